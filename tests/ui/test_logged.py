"""A line of the log can be read whole: an alarm says what to do at its end, where a table has no room."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from signalos_tui.model import events as e
from signalos_tui.model.desk import LogLine
from signalos_tui.model.events import Severity
from signalos_tui.ui.screens.logged import LoggedScreen, logged_facts
from tests.ui.console import console

TEXT = "Nothing can be traded or watched: no gateway at 127.0.0.1:18750 (Connection refused)"
REMEDY = "Start it (signalos gateway), check address and firewall"
ALARM = e.NoticeRaised(Severity.ALARM, "link-unreachable", TEXT, REMEDY)


def words(shown: str) -> str:
    """What stands on the screen without borders and line breaks."""
    return " ".join(shown.replace("│", " ").replace("▌", " ").replace("▐", " ").split())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("way", [("2",), ("tab", "tab")])
async def test_a_line_of_the_log_when_entered_then_all_of_it_is_shown(
    size: tuple[int, int], way: tuple[str, ...]
) -> None:
    async with console(size=size) as desk:
        await desk.happen(ALARM)
        await desk.press(*way, "end")
        assert "Details" in desk.text().splitlines()[-1]
        await desk.press("enter")
        assert isinstance(desk.front(), LoggedScreen)
        shown = desk.text()
        assert "alarm" in shown
        for word in (*TEXT.split(), *REMEDY.split()):
            assert word in shown
        await desk.press("escape")
        assert not isinstance(desk.front(), LoggedScreen)


async def test_a_log_without_a_line_when_entered_then_nothing_opens() -> None:
    async with console(None) as desk:
        await desk.press("2", "enter")
        assert not isinstance(desk.front(), LoggedScreen)


async def test_a_long_line_when_entered_then_it_can_be_scrolled_to_its_end() -> None:
    long = e.NoticeRaised(Severity.INFO, "long", "many words " * 400, "and THE-END")
    async with console(size=(80, 24)) as desk:
        await desk.happen(long)
        await desk.press("2", "end", "enter")
        assert "THE-END" not in desk.text()
        await desk.press("end")
        await desk.pilot.pause(0.5)
        assert "THE-END" in desk.text()


def test_a_line_with_what_to_do_when_told_then_both_stand_apart() -> None:
    facts = logged_facts(LogLine(7, 0, Severity.ALARM, f"{TEXT}. {REMEDY}", REMEDY), ZoneInfo("UTC"))
    assert [fact.text for fact in facts] == ["1970-01-01 00:00:00", "alarm", f"{TEXT}.", REMEDY]
    (_, loud, what) = logged_facts(LogLine(7, 0, Severity.INFO, "nothing"), ZoneInfo("UTC"))
    assert (loud.text, what.text) == ("for your information", "nothing")

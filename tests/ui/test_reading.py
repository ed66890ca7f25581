"""The reading screen: how channels are read, their posts with noise as well, and the keys that act there."""

from __future__ import annotations

from typing import cast

from msgspec.structs import replace

from signalos_tui.errors import SignalOSError
from signalos_tui.model import events as e
from signalos_tui.model.commands import PauseChannel
from signalos_tui.model.ids import ChannelId, MessageKey
from signalos_tui.model.lessons import Lesson, ReadingReport
from signalos_tui.model.signals import Reading, ReadingKind, ReadingVerdict
from signalos_tui.ui.screens.correct import CorrectScreen
from signalos_tui.ui.screens.reading import EVERY_MS, ReadingScreen
from signalos_tui.ui.screens.teach import TeachScreen
from signalos_tui.ui.screens.trace import TraceScreen
from signalos_tui.ui.widgets.curve import trend
from signalos_tui.ui.widgets.reading_panes import part_acted
from tests.ui.console import Desk, console
from tests.ui.learnt import CRYPTO, REHEARSAL, REPORTS

GOLD = ChannelId("tg:-1001401")


def screen(on: Desk) -> ReadingScreen:
    """The reading screen in front."""
    return cast("ReadingScreen", on.app.screen)


async def test_the_reading_screen_when_opened_then_it_shows_what_the_engine_counted() -> None:
    async with console(reports=REPORTS) as on:
        await on.press("5", "down", "down")
        text = on.text()
        assert "1988   311    64    1613" in text
        assert "a number can be read two ways" in text
        assert "88 %" in text
        assert "a target (4 posts)" in text


async def test_the_reading_screen_when_nothing_was_counted_yet_then_it_says_so() -> None:
    async with console() as on:
        await on.press("5")
        assert "Looking at the journal" in on.text()
    async with console(None) as on:
        await on.press("5")
        assert "No channels yet" in on.text()
        assert "No posts in view" in on.text()
        await on.press("e", "l")
        assert on.submitted == []


async def test_posts_when_a_channel_is_selected_then_they_are_its_own_with_noise() -> None:
    async with console(reports=REPORTS) as on:
        await on.press("5")
        assert "Good morning traders!" in on.text()
        await on.press("down")
        assert "Good morning traders!" not in on.text()
        assert screen(on).posts.channel == ChannelId("tg:-1001402")


async def test_e_when_pressed_on_noise_then_it_can_be_corrected() -> None:
    async with console(reports=REPORTS) as on:
        await on.press("5", "tab")
        screen(on).posts.grid.select(f"{GOLD}/2042")
        await on.press("e")
        assert isinstance(on.front(), CorrectScreen)
        assert "#2042 mean?" in on.text()


async def test_enter_when_pressed_on_a_post_then_its_trace_is_shown_or_that_there_is_none() -> None:
    async with console(reports=REPORTS) as on:
        await on.press("5", "enter", "tab")
        assert on.told == []
        screen(on).posts.grid.select(f"{GOLD}/2042")
        await on.press("enter")
        assert any("asks for anything" in told for told in on.told)
        screen(on).posts.grid.select(f"{GOLD}/2041")
        await on.press("enter")
        assert isinstance(on.front(), TraceScreen)


async def test_e_when_no_post_is_pointed_at_then_it_says_what_to_do() -> None:
    async with console(reports=REPORTS) as on:
        await on.press("5", "e")
        assert on.front() is screen(on)
        assert any("No post is selected" in told for told in on.told)


async def test_l_and_p_when_pressed_then_they_act_on_the_selected_channel() -> None:
    async with console(reports=REPORTS, rehearsal=REHEARSAL) as on:
        await on.press("5", "down", "down", "l")
        assert isinstance(on.front(), TeachScreen)
        assert "Teach Crypto K" in on.text()
        await on.press("escape", "p")
        (command,) = on.submitted
        assert isinstance(command, PauseChannel)
        assert command.channel == CRYPTO


async def test_l_when_pressed_among_the_channels_then_their_lesson_is_shown_there_too() -> None:
    async with console(rehearsal=REHEARSAL) as on:
        await on.press("3")
        assert "nothing: l looks at what it could be" in on.text()
        await on.happen(e.ChannelTaught(GOLD, Lesson(default_symbol="XAUUSD"), "console"))
        assert "Posts that name no market mean XAUUSD" in on.text()
        await on.press("l")
        assert isinstance(on.front(), TeachScreen)


async def test_reports_when_something_happens_then_they_are_asked_for_again_but_not_every_time() -> None:
    async with console(reports=REPORTS) as on:
        asked: list[int] = []

        async def counted(channel: ChannelId | None = None, days: int = 0) -> tuple[ReadingReport, ...]:
            asked.append(on.clock.now())
            return REPORTS

        on.control.reading_report = counted  # type: ignore[method-assign]
        await on.press("5")
        await on.happen(e.ChannelPaused(GOLD, "console"))
        assert len(asked) == 1
        for _ in range(2):  # what came meanwhile is asked for then, and nothing twice
            on.clock.advance(EVERY_MS)
            on.app.bridge.tick()
            await on.settle()
            assert len(asked) == 2
        await on.press("1")
        on.clock.advance(EVERY_MS)
        await on.happen(e.ChannelPaused(GOLD, "console"))
        assert len(asked) == 2


async def test_reports_when_the_engine_fails_then_it_is_told_and_the_posts_stay() -> None:
    async with console() as on:

        async def broken(channel: ChannelId | None = None, days: int = 0) -> tuple[ReadingReport, ...]:
            raise SignalOSError("the journal is closed", "Start again")

        on.control.reading_report = broken  # type: ignore[method-assign]
        await on.press("5")
        assert any("the journal is closed" in told for told in on.told)
        assert "Good morning traders!" in on.text()


async def test_a_corrected_post_when_shown_then_it_says_what_the_owner_meant() -> None:
    async with console(reports=REPORTS) as on:
        key = MessageKey(f"{GOLD}/2042")
        own = Reading(ReadingKind.NOISE, ReadingVerdict.IGNORE, 1.0)
        await on.happen(e.ReadingCorrected(key, 0, own, "console"))
        await on.press("5")
        assert "corrected: noise" in on.text()
        assert "1 corrected" in on.text()


async def test_the_reading_screen_when_narrow_then_report_and_posts_take_turns() -> None:
    async with console(reports=REPORTS, size=(80, 24)) as on:
        await on.press("5")
        assert "held because" in on.text()
        assert "Posts" not in on.text()
        await on.press("tab")
        assert "Posts" in on.text()
        assert "held because" not in on.text()
        await on.pilot.resize_terminal(140, 40)
        await on.settle()
        assert "held because" in on.text()
        await on.pilot.resize_terminal(1, 1)
        await on.settle()


def test_the_trend_when_there_was_nothing_to_count_then_it_is_blank_there() -> None:
    assert trend([], 3) == "   "
    assert trend([None, 1.0], 1) == "⢸"
    assert trend([0.0, 1.0], 1) == "⣸"
    assert trend([1.0] * 9, 2) == "⣿⣿"
    assert trend([1.0], 0) == ""


def test_the_part_acted_on_when_there_was_no_call_then_it_is_none() -> None:
    report = REPORTS[0]
    assert part_acted(replace(report, acted=0, held=0, failed=0)) is None
    assert part_acted(replace(report, acted=3, held=1, failed=0)) == 0.75

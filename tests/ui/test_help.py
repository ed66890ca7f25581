"""Help names every key, as the owner has it, and explains the place one is in."""

from __future__ import annotations

import pytest

from signalos_tui.ui.bindings import GROUPS, TABLE, group_of
from signalos_tui.ui.screens.help import PAGES, WIDEST, HelpScreen, key_facts, label_width, ordered, spelled
from tests.ui.stage import SCREENS, Stage


def test_help_when_shown_then_every_key_of_the_table_is_in_it() -> None:
    facts = [fact for group in ordered(()) for fact in key_facts(group, {})]
    assert len(facts) == len(TABLE)
    assert {group_of(row) for row in TABLE} <= set(GROUPS)


def test_help_when_keys_are_remapped_then_it_shows_the_owners() -> None:
    labels = [fact.label for fact in key_facts("trade", {"trade.close": "f4,ctrl+w"})]
    assert labels[0] == "f4 ^w"


def test_help_when_a_place_has_keys_of_its_own_then_they_come_first() -> None:
    assert ordered(("held", "trade"))[:2] == ("held", "trade")
    assert sorted(ordered(("held",))) == sorted(GROUPS)


def test_help_when_a_key_has_a_long_name_then_it_is_not_cut() -> None:
    facts = [fact for group in GROUPS for fact in key_facts(group, {})]
    assert "shift+tab" in [fact.label for fact in facts]
    assert label_width({}) == max(len(fact.label) for fact in facts)
    assert label_width({"trade.close": "ctrl+shift+f1,ctrl+shift+f2,ctrl+shift+f3"}) == WIDEST


async def test_help_when_it_is_narrow_then_the_longest_key_is_whole() -> None:
    app = Stage(lambda: HelpScreen("log"))
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        assert any("shift+tab  " in "".join(segment.text for segment in strip) for strip in strips)


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("question_mark", "?"),
        ("exclamation_mark", "!"),
        ("ctrl+p", "^p"),
        ("enter", "Enter"),
        ("a,b", "a b"),
        ("x", "x"),
    ],
)
def test_a_key_when_spelled_then_as_people_write_it(key: str, shown: str) -> None:
    assert spelled(key) == shown


async def test_help_when_opened_anywhere_then_it_explains_and_any_way_out_works() -> None:
    app = Stage(SCREENS["trace"])
    async with app.run_test(size=(80, 24)) as pilot:
        for place in (*PAGES, "somewhere"):
            app.push_screen(HelpScreen(place, {"trade.close": "!"}))
            await pilot.pause()
            strips = app.screen._compositor.render_strips()
            text = "\n".join("".join(segment.text for segment in strip) for strip in strips)
            assert (PAGES[place].title if place in PAGES else "SignalOS") in text
            await pilot.press("escape")
            assert not isinstance(app.screen, HelpScreen)

"""Dialogs answer with what was chosen, follow the desk while they stand, and never let through what has become impossible."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Input

from signalos_tui.model.commands import StopMode
from signalos_tui.model.desk import DeskState
from signalos_tui.model.shown import mark_of
from signalos_tui.ui.screens.card import Card
from signalos_tui.ui.screens.entry import figure, part
from signalos_tui.ui.screens.modify import Modification, Typed, check
from signalos_tui.ui.screens.stop import at_work
from signalos_tui.ui.screens.trail import Trailing, TrailScreen
from tests.ui.stage import DOW, EURO, GOLD, HELD, NASDAQ, SCREENS, Stage, desk, now


def card(pilot: Pilot[Any]) -> Card[Any]:
    """The dialog in front."""
    screen = pilot.app.screen
    assert isinstance(screen, Card)
    return screen


def words(pilot: Pilot[Any]) -> str:
    """Everything that stands on the screen."""
    return "\n".join(
        "".join(segment.text for segment in strip) for strip in pilot.app.screen._compositor.render_strips()
    )


def without(state: DeskState, signal: Any) -> DeskState:
    """The desk after a trade was closed elsewhere."""
    trade = state.trades[signal]
    return replace(state, trades={**state.trades, signal: replace(trade, legs=())})


async def answers(name: str, *keys: str) -> list[Any]:
    """What a dialog is dismissed with after some keys; [] while it still stands."""
    app = Stage(SCREENS[name])
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        return app.answers


# --- every dialog -------------------------------------------------------------------------------------------------


DIALOGS = [name for name in SCREENS if not name.startswith(("trace", "help"))]


async def opened(pilot: Pilot[Any], name: str) -> list[Any]:
    """Open one more screen on a running stage, where the one before has gone; returns what it will be answered with."""
    app = pilot.app
    assert isinstance(app, Stage)
    while len(app.screen_stack) > 2:
        await app.pop_screen()
    given: list[Any] = []
    app.push_screen(SCREENS[name](), given.append)
    await pilot.pause()
    return given


async def test_a_dialog_when_escape_is_pressed_then_nothing_happens() -> None:
    async with Stage(SCREENS["help"]).run_test(size=(100, 30)) as pilot:
        for name in DIALOGS:
            given = await opened(pilot, name)
            await pilot.press("escape")
            await pilot.pause()
            assert given in ([False], [None], [""]), name


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (31, 9), (80, 24), (250, 70)])
async def test_a_screen_when_of_any_size_then_it_draws(size: tuple[int, int]) -> None:
    async with Stage(SCREENS["help"]).run_test(size=size) as pilot:
        for name in SCREENS:
            await opened(pilot, name)
            assert len(pilot.app.screen._compositor.render_strips()) == size[1], name


async def test_a_screen_when_resized_then_it_draws() -> None:
    async with Stage(SCREENS["trace"]).run_test(size=(80, 24)) as pilot:
        await opened(pilot, "modify")
        for size in ((1, 1), (20, 5), (31, 9), (80, 24), (250, 70)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert len(pilot.app.screen._compositor.render_strips()) == size[1]


async def test_a_dialog_when_the_terminal_is_small_then_its_choices_are_in_view() -> None:
    async with Stage(SCREENS["help"]).run_test(size=(80, 24)) as pilot:
        for name in ("close", "part", "modify", "stop", "approve", "trail"):
            await opened(pilot, name)
            region = card(pilot).yes.region
            assert region.height == 1, name
            assert region.bottom <= 24, name


async def test_a_dialog_when_enter_is_pressed_blindly_then_no_money_moves() -> None:
    """Freezing is the one thing an Enter may do: it sends nothing and closes nothing."""
    async with Stage(SCREENS["trace"]).run_test(size=(100, 30)) as pilot:
        for name in DIALOGS:
            given = await opened(pilot, name)
            for _ in range(4):
                await pilot.press("enter")
                await pilot.pause()
                assert given in ([], [False], [None], [""], [StopMode.FREEZE]), name


async def test_keys_when_typed_before_a_dialog_could_be_read_then_only_the_safe_ones_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Card, "TYPED_AHEAD_S", 60.0)
    assert await answers("close", "y", "enter", "left", "enter") == []
    assert await answers("part", *"50", "enter", "y") == []
    assert await answers("stop", "l", "y", "enter") == []
    assert await answers("close", "y", "escape") == [False]
    assert await answers("stop", "f") == [StopMode.FREEZE]


async def test_keys_when_the_dialog_could_be_read_then_they_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Card, "TYPED_AHEAD_S", 0.01)
    app = Stage(SCREENS["close"])
    async with app.run_test(size=(100, 30)) as pilot:
        while pilot.app.screen.focused is None:
            await pilot.pause(0.01)
        await pilot.press("y")
        await pilot.pause()
    assert app.answers == [True]


# --- yes or no ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["enter"], False),
        (["y"], True),
        (["n"], False),
        (["left", "enter"], True),
        (["shift+tab", "enter"], True),
        (["left", "right", "enter"], False),
    ],
)
async def test_a_confirmation_when_answered_then_as_the_key_says(keys: list[str], answer: bool) -> None:
    assert await answers("close", *keys) == [answer]


async def test_a_confirmation_when_the_trade_ends_meanwhile_then_it_can_no_longer_be_given() -> None:
    app = Stage(SCREENS["close"])
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        card(pilot).show(without(desk(), GOLD), now())
        await pilot.pause()
        assert "has ended" in words(pilot)
        await pilot.press("y")
        assert app.answers == []
        await pilot.press("enter")
        assert app.answers == [False]


async def test_a_confirmation_when_the_price_moves_then_the_money_follows() -> None:
    app = Stage(SCREENS["close"])
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        assert "about +65.22" in words(pilot)
        marks = {leg: replace(mark, profit=Decimal(-5)) for leg, mark in desk().marks.items()}
        card(pilot).show(replace(desk(), marks=marks), now())
        await pilot.pause()
        assert "about -10.00" in words(pilot)


# --- stop ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "mode"),
    [
        (["enter"], StopMode.FREEZE),
        (["f"], StopMode.FREEZE),
        (["l", "y"], StopMode.FLATTEN),
        (["right", "enter", "y"], StopMode.FLATTEN),
        (["l", "f"], StopMode.FREEZE),
        (["l", "enter"], None),
        (["l", "left", "enter"], StopMode.FLATTEN),
        (["l", "n"], None),
    ],
)
async def test_stop_when_chosen_then_freeze_is_done_and_flatten_needs_its_yes(
    keys: list[str], mode: StopMode | None
) -> None:
    assert await answers("stop", *keys) == [mode]


@pytest.mark.parametrize("keys", [["l"], ["y"], ["l", "l"]])
async def test_stop_when_flatten_is_not_confirmed_then_nothing_is_done_yet(keys: list[str]) -> None:
    assert await answers("stop", *keys) == []


def test_stop_when_asked_then_it_shows_what_is_at_work() -> None:
    facts = {fact.label: fact.text for fact in at_work(desk())}
    assert facts["open"] == "6 positions in 4 trades"
    assert facts["result"] == "about +160.43 USD if closed now"
    assert facts["orders"] == "1 pending order"
    blind = {fact.label: fact.text for fact in at_work(replace(desk(), marks={}))}
    assert blind["result"] == "not known: a price is missing"


# --- a part -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("25", "0.25"), ("25%", "0.25"), ("25 %", "0.25"), ("100", "1"), ("12,5", "0.125"), ("1/4", "0.25"), ("3/3", "1"),
        ("0", None), ("101", None), ("1/0", None), ("4/3", None), ("", None), ("a", None), ("-5", None), ("1e1", None),
    ],
)  # fmt: skip
def test_a_part_when_typed_then_read_exactly_or_not_at_all(text: str, value: str | None) -> None:
    assert part(text) == (Decimal(value) if value else None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2345.50", "2345.50"), ("2345,50", "2345.50"), (".5", "0.5"), ("1,234.5", None), ("1.234.567", None), ("1 234", None),
        ("0", None), ("0.0", None), ("", None), ("٢٣٤٥", "2345"), ("1e5", None), ("nan", None), ("1" * 10, None),
    ],
)  # fmt: skip
def test_a_figure_when_it_could_mean_two_things_then_it_is_refused(text: str, value: str | None) -> None:
    assert figure(text) == (Decimal(value) if value else None)


async def test_a_part_when_typed_then_its_money_is_shown_and_a_yes_closes() -> None:
    app = Stage(SCREENS["part"])
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("5", "0")
        await pilot.pause()
        assert "about +32.61" in words(pilot)
        assert "Enter goes on" in words(pilot)
        await pilot.press("enter")
        assert app.answers == []
        assert "y yes, Esc no" in words(pilot)
        await pilot.press("y")
        await pilot.pause()
    assert app.answers == [Decimal("0.5")]


async def test_a_part_when_it_is_none_then_it_cannot_be_sent() -> None:
    app = Stage(SCREENS["part"])
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("1", "5", "0", "enter", "enter")
        await pilot.pause()
        assert 'The part was "150"' in words(pilot)
    assert app.answers == []


# --- stop and target ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (Typed("2350", "", ""), ""),
        (Typed("", "2375", "3"), ""),
        (Typed("2350", "2375", ""), ""),
        (Typed("2354", "", ""), "The stop 2354 must be below 2353.97"),
        (Typed("", "2353", ""), "The target 2353 must be above 2353.97"),
        (Typed("235", "", ""), "The stop 235 is far from 2353.97: a lost digit?"),
        (Typed("2,3,5", "", ""), 'The stop was "2,3,5": one figure, like 2345.50'),
        (Typed("", "2375", "1"), "There is no target 1: 2, 3"),
        (Typed("2350", "", "9"), ""),
    ],
)
def test_levels_when_typed_then_checked_against_the_market(typed: Typed, problem: str) -> None:
    assert check(desk().trades[GOLD], desk(), typed).problem == problem


def test_levels_when_the_trade_is_a_sell_then_the_sides_are_the_other_way_round() -> None:
    trade = desk().trades[EURO]
    assert check(trade, desk(), Typed("1.0950", "1.0800", "")).problem == ""
    assert check(trade, desk(), Typed("1.0850", "", "")).problem == "The stop 1.0850 must be above 1.08981"


def test_levels_when_only_an_order_waits_then_they_stand_around_its_entry() -> None:
    trade = desk().trades[DOW]
    assert check(trade, desk(), Typed("42500", "", "")).problem == ""
    assert check(trade, desk(), Typed("42470", "", "")).problem == "The stop 42470 must be above 42480.0"


def test_levels_when_there_is_no_price_then_nothing_is_moved() -> None:
    checked = check(desk().trades[GOLD], replace(desk(), quotes={}), Typed("2350", "", ""))
    assert checked.problem == "XAUUSD has no price: try again when quotes return"


def test_a_stop_when_moved_then_its_money_is_shown() -> None:
    facts = {fact.label: fact.text for fact in check(desk().trades[GOLD], desk(), Typed("2350", "", "")).facts}
    assert facts["stop"] == "2343.10 to 2350.00"
    assert facts["at stop"] == "about +91.19 USD  +0.9R"
    assert facts["target 2"] == "stays at 2360.00"


async def test_modify_when_typed_then_it_answers_with_the_levels() -> None:
    assert await answers("modify", *"2350", "enter", "y") == [Modification(Decimal(2350), None, None)]
    assert await answers("modify", "tab", *"2375", "tab", "3", "enter", "y") == [Modification(None, Decimal(2375), 3)]


async def test_modify_when_nothing_or_nonsense_is_typed_then_it_stays() -> None:
    assert await answers("modify", "enter", "enter") == []
    assert await answers("modify", *"2400", "enter", "y") == []


async def test_a_field_when_letters_are_typed_then_they_do_not_arrive() -> None:
    app = Stage(SCREENS["modify"])
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("2", "x", "minus", "3", "e")
        assert app.screen.query_one("#stop", Input).value == "23"


# --- trail --------------------------------------------------------------------------------------------------------


async def test_trail_when_accepted_then_the_signals_own_distance_is_suggested() -> None:
    assert await answers("trail", "enter", "y") == [Trailing(Decimal(52))]
    assert await answers("trail", *"20.5", "enter", "y") == [Trailing(Decimal("20.5"))]


async def test_trail_when_it_runs_then_an_empty_line_ends_it() -> None:
    trade = replace(desk().trades[NASDAQ], trail=Decimal(30))
    trailing = replace(desk(), trades={**desk().trades, NASDAQ: trade})
    app = Stage(lambda: TrailScreen(NASDAQ, trailing, now()))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("delete", "backspace", "enter", "y")
        await pilot.pause()
    assert app.answers == [Trailing(None)]


async def test_trail_when_the_distance_is_absurd_then_it_is_refused() -> None:
    assert await answers("trail", *"20000", "enter", "y") == []


# --- approve ------------------------------------------------------------------------------------------------------


async def test_approve_when_shown_then_it_says_why_it_was_held_and_how_far_the_price_ran() -> None:
    app = Stage(SCREENS["approve"])
    async with app.run_test(size=(100, 34)) as pilot:
        await pilot.pause()
        shown = words(pilot)
        await pilot.press("y")
        await pilot.pause()
    assert "SL missing" in shown
    assert "93600.0 to 93629.0" in shown
    assert "a denial" in shown
    assert app.answers == [mark_of(desk().signals[HELD])]


async def test_approve_when_the_update_leaves_the_choice_then_it_cannot_be_approved() -> None:
    assert await answers("approve-update", "enter") == [""]


async def test_approve_when_the_quote_is_old_then_it_is_called_stale() -> None:
    app = Stage(SCREENS["approve"])
    async with app.run_test(size=(100, 34)) as pilot:
        await pilot.pause()
        card(pilot).show(desk(), now() + 60_000)
        await pilot.pause()
        assert "stale, 1m old" in words(pilot)

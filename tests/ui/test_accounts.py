"""Several accounts: seen together or one at a time, and no key ever reaches another account than the one it is about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped]
from syrupy.assertion import SnapshotAssertion

from signalos_tui.config import Console
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import StopMode
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.ui.screens.accounts import AccountsScreen
from signalos_tui.ui.screens.confirm import ConfirmScreen
from signalos_tui.ui.screens.desk import DeskScreen
from signalos_tui.ui.screens.stop import StopScreen
from signalos_tui.ui.screens.trace import TraceScreen
from tests.scenarios.show import without_hosts
from tests.ui.console import console
from tests.ui.several import AWAY, CONFIG, Desks, desks

SIZES = {"80x24": (80, 24), "120x40": (120, 40), "180x50": (180, 50)}
QUIET = replace(CONFIG, console=Console(confirm=False))


def together(shown: Desks) -> AccountsScreen:
    screen = shown.app.screen_stack[0]
    assert isinstance(screen, AccountsScreen)
    return screen


# --- together ---------------------------------------------------------------------------------------------------------


async def test_the_console_when_there_are_several_accounts_then_it_begins_with_all_of_them() -> None:
    async with desks() as shown:
        text = shown.text()
        for words in ("3 accounts", "1 ● ACTIVE", "1 HALTED", "1 NOT RUNNING", "6 Accounts"):
            assert words in text
        assert together(shown).accounts.grid.row_count == 3
        trades = sum(len(control.snapshot().live_trades) for control in shown.controls.values())
        assert together(shown).trades.grid.row_count == trades > 3


async def test_the_border_then_it_says_what_is_wrong_with_the_selected_account() -> None:
    async with desks() as shown:
        await shown.press("down", "down")
        shown.clock.advance(2000)
        shown.app.tick()
        await shown.press()
        assert "small not running: the terminal is logged in to Broker-Demo/77" in shown.text()


async def test_a_call_then_each_account_says_what_it_made_of_it() -> None:
    async with desks() as shown:
        calls = together(shown).calls
        lines = {row.title: [(one.sign, one.text) for one in calls.said(row)] for row in calls._rows.values()}
        main, prop, small = lines["Валютный компас 🧭"]
        assert main[0] == "✓"
        assert prop == ("×", "open trades")
        assert small == ("·", "not routed")
        signs = {signs for said in lines.values() for signs, _ in said}
        assert {"✓", "×", "·"} <= signs


async def test_a_word_of_foreign_text_when_it_is_hostile_then_it_stays_text() -> None:
    async with desks() as shown:
        await shown.happen("prop", e.NoticeRaised(e.Severity.ALARM, "x", "\x1b]52;c;AAAA\x07 [bold]no[/bold]"))
        await shown.happen("prop", e.TradingStateChanged(TradingState.HALTED, "\x1b[2J[red]why[/red]", "engine"))
        shown.clock.advance(2000)
        shown.app.tick()
        await shown.press("down")
        assert "\x1b" not in shown.text()
        assert "[red]" in shown.text()


# --- one at a time ----------------------------------------------------------------------------------------------------


async def test_keys_when_pressed_then_the_next_account_on_the_same_screen() -> None:
    async with desks() as shown:
        await shown.press("1")
        assert (shown.app.mode, shown.app.seat.name) == ("desk", "main")
        await shown.press("greater_than_sign")
        assert (shown.app.mode, shown.app.seat.name) == ("desk", "prop")
        await shown.press("3", "greater_than_sign")
        assert (shown.app.mode, shown.app.seat.name) == ("channels", "small")
        await shown.press("greater_than_sign")
        assert (shown.app.mode, shown.app.seat.name) == ("channels", "main")
        await shown.press("less_than_sign")
        assert shown.app.seat.name == "small"


async def test_the_header_then_it_names_the_account_and_marks_the_alarms_of_others() -> None:
    async with desks() as shown:
        await shown.press("1")
        top = shown.text().splitlines()[0]
        assert "main" in top
        assert "!! prop +1" in top
        await shown.press("greater_than_sign", "greater_than_sign")
        top = shown.text().splitlines()[0]
        assert "small" in top
        assert "NOT RUNNING" in top
        assert "!! prop" in top


async def test_a_desk_when_another_account_changes_then_it_stays_its_own() -> None:
    async with desks() as shown:
        await shown.press("1")
        desk = shown.app.screen_stack[0]
        assert isinstance(desk, DeskScreen)
        rows = desk.trades.grid.row_count
        await shown.happen("prop", e.TradingStateChanged(TradingState.REDUCING, "news", "engine"))
        assert desk.trades.grid.row_count == rows
        assert "● ACTIVE" in shown.text().splitlines()[0]


async def test_rules_then_those_of_the_account() -> None:
    async with desks() as shown:
        await shown.press("4", "greater_than_sign")
        await shown.press("slash", *"max_daily", "enter")
        assert " 4 " in next(line for line in shown.text().splitlines() if "max_daily_loss" in line)


async def test_enter_on_an_account_then_its_desk_and_on_a_trade_its_trace() -> None:
    async with desks() as shown:
        await shown.press("down", "enter")
        assert (shown.app.mode, shown.app.seat.name) == ("desk", "prop")
        await shown.press("6", "tab", "end", "enter")
        front = shown.front()
        assert isinstance(front, TraceScreen)
        assert shown.app.seat.name == front.account == "small"


async def test_a_trace_when_going_to_the_next_account_then_the_same_call_there() -> None:
    async with desks() as shown:
        await shown.press("tab", "tab", "end", "enter")
        first = shown.front()
        assert isinstance(first, TraceScreen)
        await shown.press("greater_than_sign")
        second = shown.front()
        assert isinstance(second, TraceScreen)
        assert second.subject == first.subject
        assert (first.account, second.account) == ("main", "prop")
        assert len(shown.app.screen_stack) == 2


async def test_a_trace_when_the_call_is_not_routed_there_then_it_says_so() -> None:
    async with desks() as shown:
        calls = together(shown).calls
        await shown.press("tab", "tab")
        orbit = next(key for key, row in calls._rows.items() if row.title.startswith("Orbit"))
        calls.grid.select(orbit)
        await shown.press("enter", "less_than_sign")
        assert "small: It is not in view of this account" in shown.text()


async def test_the_palette_then_it_has_every_account() -> None:
    async with desks() as shown:
        await shown.press("ctrl+p", *"account: prop")
        for _ in range(100):
            if not any(worker.is_running for worker in shown.app.workers if worker.node is shown.front()):
                break
            await shown.pilot.pause(0.02)
        await shown.press("enter")
        assert shown.app.seat.name == "prop"


@pytest.mark.parametrize("key", ["6", "greater_than_sign", "less_than_sign"])
async def test_keys_when_there_is_one_account_then_it_says_so_and_nothing_changes(key: str) -> None:
    async with console() as shown:
        before = shown.text()
        await shown.press(key)
        assert shown.told == ["There is one account here; [accounts.NAME] in the configuration adds others"]
        assert shown.app.current_mode == "desk"
        assert before.splitlines()[:2] == shown.text().splitlines()[:2]


# --- acting -----------------------------------------------------------------------------------------------------------


async def test_a_trade_when_closed_from_the_view_of_all_then_on_its_own_account_and_the_question_names_it() -> None:
    async with desks() as shown:
        await shown.press("tab")
        trades = together(shown).trades
        key, held = next((key, row) for key, row in trades._rows.items() if row.view.name == "prop")
        trades.grid.select(key)
        shown.settled()
        await shown.press("c")
        front = shown.front()
        assert isinstance(front, ConfirmScreen)
        assert "prop: Close" in shown.text()
        await shown.press("y")
        assert shown.submitted() == {
            "main": [],
            "prop": [c.CloseTrade(key="", issued_at=0, signal=held.trade.signal)],
            "small": [],
        }


async def test_an_answer_when_another_account_is_shown_by_then_then_it_goes_where_it_was_asked() -> None:
    async with desks() as shown:
        await shown.press("1", "tab")
        shown.settled()
        await shown.press("c")
        assert isinstance(shown.front(), ConfirmScreen)
        shown.app.seat = shown.app.seats["prop"]
        await shown.press("y")
        assert [len(sent) for sent in shown.submitted().values()] == [1, 0, 0]
        assert shown.told[-1].startswith("main: ")


async def test_a_key_when_pressed_as_another_account_comes_to_the_front_then_it_is_not_taken_for_that_one() -> None:
    async with desks(config=QUIET) as shown:
        await shown.press("1", "tab", "greater_than_sign", "tab")
        await shown.press("c")
        assert shown.submitted() == {"main": [], "prop": [], "small": []}
        shown.settled()
        await shown.press("c")
        assert [len(sent) for sent in shown.submitted().values()] == [0, 1, 0]


async def test_stop_on_an_account_when_answered_then_that_account_alone() -> None:
    async with desks() as shown:
        await shown.press("1", "exclamation_mark")
        assert "main: STOP trading?" in shown.text()
        await shown.press("f")
        assert shown.submitted() == {
            "main": [c.StopTrading(key="", issued_at=0, mode=StopMode.FREEZE)],
            "prop": [],
            "small": [],
        }


async def test_stop_when_widened_then_all_accounts_and_one_that_is_away_keeps_none_of_them_from_it() -> None:
    async with desks() as shown:
        await shown.press("1", "exclamation_mark", "a")
        assert "STOP trading on all 3 accounts?" in shown.text()
        assert "a one" in shown.text()
        await shown.press("l", "y")
        sent = c.StopTrading(key="", issued_at=0, mode=StopMode.FLATTEN)
        assert shown.submitted() == {"main": [sent], "prop": [sent], "small": [sent]}
        keys = {command.key for control in shown.controls.values() for command in control.submitted}
        assert len(keys) == 3
        assert any(AWAY in one for one in shown.told)


async def test_stop_when_all_accounts_are_shown_then_it_is_for_all_and_can_be_narrowed_to_the_selected_one() -> None:
    async with desks() as shown:
        await shown.press("down", "exclamation_mark")
        dialog = shown.front()
        assert isinstance(dialog, StopScreen)
        assert dialog.is_for_all
        assert dialog.explained() == "f freeze, l flatten, a one, Esc no"
        await shown.press("a")
        assert "prop: STOP trading?" in shown.text()
        assert dialog.explained() == "f freeze, l flatten, a all, Esc no"
        await shown.press("f")
        assert [len(sent) for sent in shown.submitted().values()] == [0, 1, 0]


async def test_resume_when_all_accounts_are_shown_then_the_selected_one() -> None:
    async with desks() as shown:
        await shown.press("down", "r")
        assert "prop: Trade again?" in shown.text()
        await shown.press("y")
        resumed = c.SetTradingState(key="", issued_at=0, state=TradingState.ACTIVE)
        assert shown.submitted() == {"main": [], "prop": [resumed], "small": []}


async def test_a_held_call_when_two_accounts_wait_then_it_is_not_guessed_which() -> None:
    async with desks() as shown:
        screen = together(shown)
        for view in screen.views:
            for one in view.state.signals.values():
                held = (
                    replace(one, decision=replace(one.decision, outcome=DecisionOutcome.HELD)) if one.decision else one
                )
                view.state.signals[one.id] = held
        await shown.press("tab", "tab", "end")
        screen.calls._sources = None
        screen.show(shown.app.state, shown.clock.now())
        shown.settled()
        await shown.press("x")
        assert "It waits on main and prop" in shown.told[-1]
        assert shown.submitted() == {"main": [], "prop": [], "small": []}


async def test_leaving_when_several_accounts_have_trades_then_each_is_named() -> None:
    async with desks() as shown:
        await shown.press("q")
        for name in ("main", "prop", "small"):
            assert f"{name} " in shown.text()
        assert "Trading ends with this window" in shown.text().replace("│", "").replace("\n", " ")


async def test_notices_when_of_another_account_then_only_alarms_and_by_its_name() -> None:
    async with desks() as shown:
        await shown.happen("prop", e.NoticeRaised(e.Severity.WARNING, "w", "what all are shown with"))
        assert shown.told[-1] == "prop: what all are shown with"
        await shown.press("1")
        await shown.happen("prop", e.NoticeRaised(e.Severity.WARNING, "w", "a warning of prop"))
        assert not any("a warning of prop" in one for one in shown.told)
        await shown.happen("prop", e.NoticeRaised(e.Severity.ALARM, "a", "an alarm of prop"))
        assert shown.told[-1] == "prop: an alarm of prop"
        await shown.happen("main", e.NoticeRaised(e.Severity.WARNING, "w", "a warning of main"))
        assert shown.told[-1] == "main: a warning of main"


# --- pictures ---------------------------------------------------------------------------------------------------------

SCENES: dict[str, tuple[str, ...]] = {
    "together": (),
    "calls": ("tab", "tab"),
    "away": ("down", "down"),
    "desk": ("1",),
    "halted": ("1", "greater_than_sign"),
    "not-running": ("1", "less_than_sign"),
    "stop-all": ("exclamation_mark",),
    "stop-one": ("1", "exclamation_mark"),
    "close": ("tab", "c"),
    "trace": ("tab", "tab", "end", "enter"),
    "help": ("question_mark",),
    "leave": ("q",),
}


async def pictured(size: tuple[int, int], theme: str, name: str) -> str:
    config = replace(CONFIG, console=Console(theme=theme))
    async with desks(size=size, config=config) as shown:
        await shown.press(*SCENES[name])
        shown.settled()
        shown.app.tick()
        await shown.press()
        return without_hosts(shown.app.export_screenshot())


@pytest.mark.parametrize("size", ["80x24", "120x40"])
@pytest.mark.parametrize("name", SCENES)
async def test_pictures(snapshot: SnapshotAssertion, tmp_path: Path, name: str, size: str) -> None:
    await compared(snapshot, tmp_path, lambda: pictured(SIZES[size], "signalos-dark", name))


async def test_picture_in_the_light_and_wide(snapshot: SnapshotAssertion, tmp_path: Path) -> None:
    await compared(snapshot, tmp_path, lambda: pictured(SIZES["180x50"], "signalos-light", "together"))


async def compared(snapshot: SnapshotAssertion, folder: Path, draw: Callable[[], Awaitable[str]]) -> None:
    """The picture is as it was; a new one lies where the failure says."""
    picture = await draw()
    if picture != snapshot(extension_class=SVGImageExtension):
        file = folder / "new.svg"
        file.write_text(picture, encoding="utf-8")
        raise AssertionError(f"looks otherwise: {file}")

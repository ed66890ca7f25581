"""From a key to the command that reaches the engine: asked, looked at once more, sent once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from signalos_tui.config import Config, Console
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.commands import Command, Outcome, StopMode
from signalos_tui.model.ids import SignalId, Ticket
from signalos_tui.model.orders import CloseReason
from signalos_tui.model.shown import mark_of
from signalos_tui.ui import asking
from signalos_tui.ui.actions import Selection
from signalos_tui.ui.screens.confirm import ConfirmScreen
from signalos_tui.ui.screens.stop import StopScreen
from signalos_tui.ui.screens.trace import TraceScreen
from tests.ui.console import Desk, console
from tests.ui.stage import DENIED, DOW, EURO, GOLD, HELD, NASDAQ, desk

QUIET = Config(console=Console(confirm=False))


async def asked(action: str, selection: Selection, *keys: str, config: Config | None = None) -> list[Command]:
    """What reaches the engine after an action and the keys of its dialog."""
    async with console(config=config) as shown:
        shown.app.ask(action, selection)
        await shown.settle()
        await shown.press(*keys)
        return shown.submitted


def bare(command: Command) -> Command:
    """A command without its key and time."""
    return replace(command, key="", issued_at=0)


async def test_a_confirmed_close_when_yes_then_one_command_with_its_own_key() -> None:
    (command,) = await asked("close", Selection(trade=GOLD), "y")
    assert bare(command) == c.CloseTrade(key="", issued_at=0, signal=GOLD, fraction=Decimal(1))
    assert command.key
    assert command.issued_at
    assert command.by == "console"


@pytest.mark.parametrize("key", ["n", "escape"])
async def test_a_confirmed_close_when_no_then_nothing_is_sent(key: str) -> None:
    assert await asked("close", Selection(trade=GOLD), key) == []


async def test_a_close_when_the_owner_wants_no_questions_then_it_is_sent_at_once() -> None:
    (command,) = await asked("half", Selection(trade=GOLD), config=QUIET)
    assert bare(command) == c.CloseTrade(key="", issued_at=0, signal=GOLD, fraction=Decimal("0.5"))


async def test_stop_when_the_owner_wants_no_questions_then_it_asks_all_the_same() -> None:
    assert await asked("stop", Selection(), config=QUIET) == []
    (command,) = await asked("stop", Selection(), "l", "y", config=QUIET)
    assert bare(command) == c.StopTrading(key="", issued_at=0, mode=StopMode.FLATTEN)


async def test_a_refusal_when_a_key_makes_no_sense_then_it_is_told_and_nothing_is_sent() -> None:
    async with console() as shown:
        shown.app.ask("close", Selection(subject=DENIED))
        await shown.settle()
        assert shown.submitted == []
        assert shown.told[-1] == "FX Pros #3318 was not traded"


async def test_a_yes_when_the_trade_ended_meanwhile_then_it_is_told_instead_of_sent() -> None:
    async with console() as shown:
        shown.app.ask("close", Selection(trade=NASDAQ))
        await shown.settle()
        dialog = shown.app.screen
        assert isinstance(dialog, ConfirmScreen)
        leg = shown.app.state.trades[NASDAQ].legs[0].id
        await shown.happen(e.LegClosed(leg, Decimal("0.2"), Decimal(21532), Decimal(1), CloseReason.TARGET, Ticket(1)))
        assert dialog.yes.disabled
        # A yes that was already on its way when the desk moved
        dialog.dismiss(True)
        await shown.settle()
        assert shown.submitted == []
        assert shown.told[-1].endswith("has ended")


async def test_modify_when_both_levels_move_then_two_commands_with_two_keys() -> None:
    sent = await asked("modify", Selection(trade=GOLD), *"2350", "tab", *"2375", "enter", "y")
    assert [bare(command) for command in sent] == [
        c.MoveStop(key="", issued_at=0, signal=GOLD, price=Decimal(2350)),
        c.MoveTarget(key="", issued_at=0, signal=GOLD, price=Decimal(2375), number=None),
    ]
    assert len({command.key for command in sent}) == 2


async def test_modify_when_the_first_command_is_refused_then_the_second_is_not_sent() -> None:
    async with console() as shown:
        shown.control.answer = Outcome(ok=False, text="The stop is on the wrong side of the price")
        shown.app.ask("modify", Selection(trade=GOLD))
        await shown.settle()
        await shown.press(*"2350", "tab", *"2375", "enter", "y")
        assert len(shown.submitted) == 1
        assert shown.told[-1] == "The stop is on the wrong side of the price"


async def test_part_trail_and_approve_when_answered_then_their_commands() -> None:
    (part,) = await asked("part", Selection(trade=GOLD), "enter", "y")
    (trail,) = await asked("trail", Selection(trade=NASDAQ), "enter", "y")
    (approve,) = await asked("approve", Selection(subject=HELD), "y")
    assert bare(part) == c.CloseTrade(key="", issued_at=0, signal=GOLD, fraction=Decimal("0.25"))
    assert bare(trail) == c.TrailStop(key="", issued_at=0, signal=NASDAQ, distance=Decimal(52))
    seen = mark_of(desk().signals[HELD])
    assert bare(approve) == c.Approve(key="", issued_at=0, subject=HELD, shown=seen)


@pytest.mark.parametrize("action", ["part", "modify", "trail", "approve"])
async def test_a_dialog_when_left_then_nothing_is_sent(action: str) -> None:
    assert await asked(action, Selection(subject=HELD, trade=GOLD), "escape") == []


async def test_stop_when_pressed_again_while_it_asks_then_it_asks_once() -> None:
    async with console() as shown:
        await shown.press("exclamation_mark", "exclamation_mark", "exclamation_mark")
        stops = [screen for screen in shown.app.screen_stack if isinstance(screen, StopScreen)]
        assert len(stops) == 1
        await shown.press("escape")
        assert not isinstance(shown.app.screen, StopScreen)


async def test_stop_when_another_dialog_stands_then_it_comes_in_front() -> None:
    async with console() as shown:
        shown.app.ask("modify", Selection(trade=GOLD))
        await shown.settle()
        await shown.press("exclamation_mark", "enter")
        assert [bare(command) for command in shown.submitted] == [
            c.StopTrading(key="", issued_at=0, mode=StopMode.FREEZE)
        ]


@pytest.mark.parametrize(
    ("action", "selection", "possible"),
    [
        ("stop", Selection(), True),
        ("close", Selection(trade=GOLD), True),
        ("close", Selection(), False),
        ("modify", Selection(trade=DOW), True),
        ("trail", Selection(subject=DENIED), False),
        ("part", Selection(trade=EURO), True),
        ("approve", Selection(subject=HELD), True),
        ("approve", Selection(subject=SignalId("tg:1/1#1")), False),
        ("filter", Selection(), True),
    ],
)
def test_a_key_when_it_would_do_nothing_then_it_is_dimmed(action: str, selection: Selection, possible: bool) -> None:
    assert asking.can(action, desk(), selection) is possible


# --- the palette --------------------------------------------------------------------------------------------------


async def found(shown: Desk, query: str, wanted: str) -> bool:
    """Whether the palette comes to show `wanted` for a query."""
    await shown.press("ctrl+p")
    await shown.press(*query)
    for _ in range(60):
        if wanted in shown.text():
            return True
        await shown.pilot.pause(0.02)
    return False


async def test_the_palette_when_opened_then_it_lists_the_actions_with_their_keys() -> None:
    async with console(config=Config(keymap={"trade.close": "f4"})) as shown:
        assert await found(shown, "", "Trade: Close")
        assert "pending orders  (f4)" in shown.text()


async def test_the_palette_when_a_trade_is_chosen_then_its_trace_opens() -> None:
    async with console() as shown:
        assert await found(shown, "nas100", "NAS100 BUY Index Hunters #1206")
        await shown.press("enter")
        assert isinstance(shown.app.screen, TraceScreen)
        assert shown.app.screen.subject == NASDAQ


async def test_the_palette_when_stop_is_pressed_while_typing_then_it_asks_to_stop() -> None:
    async with console() as shown:
        assert await found(shown, "nas100", "NAS100 BUY Index Hunters #1206")
        await shown.press("!")
        assert isinstance(shown.app.screen, StopScreen)


async def test_the_palette_when_a_title_is_hostile_then_it_is_drawn_as_it_is() -> None:
    channel = desk().channels[next(iter(desk().channels))].channel
    hostile = replace(channel, title="[SL] [/b] [@click=app.quit]tap[/] \x1b[6n")
    async with console() as shown:
        await shown.happen(e.ChannelFollowed(hostile))
        assert await found(shown, "pause", "Pause [SL] [/b] [@click=app.quit]tap[/] ␛[6n")

"""Every key of the desk, from the press to the command that reaches the engine."""

from __future__ import annotations

import gc
import warnings
from decimal import Decimal

import pytest
from msgspec.structs import replace

from signalos_tui.config import Config, Console
from signalos_tui.model import commands as c
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import Command
from signalos_tui.model.decisions import Decision, DecisionOutcome
from signalos_tui.model.events import (
    ChannelPaused,
    ChannelResumed,
    MessageRead,
    MessageReceived,
    SignalDecided,
    TradingStateChanged,
)
from signalos_tui.model.ids import SignalId, UpdateId, signal_id
from signalos_tui.model.messages import Message
from signalos_tui.model.shown import mark_of
from signalos_tui.model.signals import Reason
from signalos_tui.ui.screens.confirm import ConfirmScreen
from signalos_tui.ui.screens.stop import StopScreen
from tests.scenarios.build import ARABIC, CRYPTO, FX, GOLD, INDEX
from tests.ui.console import Desk, console

D = Decimal
XAU = SignalId(f"{GOLD}/2041#1")
EUR = SignalId(f"{FX}/3314#1")
DOW = SignalId(f"{INDEX}/1203#1")
NAS = SignalId(f"{INDEX}/1206#1")
BTC = SignalId(f"{CRYPTO}/641#1")
DENIED = SignalId(f"{FX}/3318#1")
HELD_UPDATE = UpdateId(f"{FX}/3319~1")


async def on_trade(desk: Desk, signal: SignalId) -> None:
    """Put the focus on Trades and the cursor on a trade."""
    desk.screen.trades.grid.focus()
    assert desk.screen.trades.grid.select(signal)
    await desk.settle()


async def on_signal(desk: Desk, subject: SignalId | UpdateId) -> None:
    """Put the focus on Signals and the cursor on a row."""
    desk.screen.signals.grid.focus()
    assert desk.screen.signals.grid.select(subject)
    await desk.settle()


def bare(command: Command) -> Command:
    """A command without what differs with every press."""
    return replace(command, key="", issued_at=0)


TRADE_KEYS: list[tuple[SignalId, tuple[str, ...], Command]] = [
    (XAU, ("c", "y"), c.CloseTrade(key="", issued_at=0, signal=XAU)),
    (DOW, ("c", "y"), c.CloseTrade(key="", issued_at=0, signal=DOW)),
    (XAU, ("h", "y"), c.CloseTrade(key="", issued_at=0, signal=XAU, fraction=D("0.5"))),
    (XAU, ("o", "enter", "y"), c.CloseTrade(key="", issued_at=0, signal=XAU, fraction=D("0.25"))),
    (NAS, ("b", "y"), c.BreakEven(key="", issued_at=0, signal=NAS)),
    (XAU, ("m", *"2350.5", "enter", "y"), c.MoveStop(key="", issued_at=0, signal=XAU, price=D("2350.5"))),
    (XAU, ("m", "tab", *"2375", "enter", "y"), c.MoveTarget(key="", issued_at=0, signal=XAU, price=D("2375"))),
    (NAS, ("t", "enter", "y"), c.TrailStop(key="", issued_at=0, signal=NAS, distance=D("52"))),
    (DOW, ("u", "y"), c.CancelPending(key="", issued_at=0, signal=DOW)),
]


async def test_each_trade_key_and_its_yes_send_one_command() -> None:
    async with console() as desk:
        for signal, keys, command in TRADE_KEYS:
            desk.submitted.clear()
            await on_trade(desk, signal)
            await desk.press(*keys)
            assert [bare(sent) for sent in desk.submitted] == [command], keys
            assert desk.submitted[0].issued_at == desk.clock.now()
            assert desk.front() is desk.screen
        assert desk.told[-1] == "recorded"


async def test_approving_a_held_signal_sends_its_id() -> None:
    async with console() as desk:
        new = await held_signal_arrives(desk, like=XAU)
        desk.clock.advance(1000)
        await on_signal(desk, new)
        await desk.press("a", "y")
        assert [bare(sent) for sent in desk.submitted] == [
            c.Approve(key="", issued_at=0, subject=new, shown=mark_of(desk.app.state.signals[new]))
        ]


async def test_an_update_that_depends_on_a_condition_cannot_be_approved() -> None:
    async with console() as desk:
        await on_signal(desk, HELD_UPDATE)
        await desk.press("a", "enter", "y")
        assert desk.submitted == []


async def test_rejecting_what_is_held_needs_no_yes() -> None:
    async with console() as desk:
        await on_signal(desk, BTC)
        await desk.press("x")
        assert [bare(sent) for sent in desk.submitted] == [c.Reject(key="", issued_at=0, subject=BTC)]


async def test_p_twice_in_a_sorted_pane_acts_on_the_same_channel() -> None:
    """Pausing changes what channels are sorted by: the cursor goes where its channel goes."""
    async with console() as desk:
        desk.screen.channels.grid.focus()
        await desk.press("home", "s", "s", "s", "home")
        row = desk.screen.channels.selected
        assert row is not None
        await desk.press("p")
        event = ChannelResumed if row.is_paused else ChannelPaused
        await desk.happen(event(row.channel.id, "console"))
        desk.clock.advance(1000)
        await desk.press("p")
        assert [getattr(sent, "channel", None) for sent in desk.submitted] == [row.channel.id] * 2


async def test_a_cursor_on_whose_row_a_key_acted_stays_with_it_when_news_arrive() -> None:
    async with console() as desk:
        subject = desk.screen.signals.subject
        await desk.press("p")
        await held_signal_arrives(desk)
        assert desk.screen.signals.subject == subject


async def test_p_pauses_a_channel_at_once_and_trades_it_again_at_once() -> None:
    async with console() as desk:
        desk.screen.channels.grid.focus()
        desk.screen.channels.grid.select(GOLD)
        await desk.press("p")
        desk.screen.channels.grid.select(ARABIC)
        await desk.press("p")
        assert desk.front() is desk.screen
        assert [bare(sent) for sent in desk.submitted] == [
            c.PauseChannel(key="", issued_at=0, channel=GOLD),
            c.ResumeChannel(key="", issued_at=0, channel=ARABIC),
        ]


async def test_p_on_a_signal_pauses_its_channel() -> None:
    async with console() as desk:
        await on_signal(desk, DENIED)
        await desk.press("p")
        assert [bare(sent) for sent in desk.submitted] == [c.PauseChannel(key="", issued_at=0, channel=FX)]


async def test_stop_asks_freeze_or_flatten() -> None:
    async with console(config=Config(console=Console(confirm=False))) as desk:
        await desk.press("!", "f", "!", "l", "y")
        assert [bare(sent) for sent in desk.submitted] == [
            c.StopTrading(key="", issued_at=0, mode=c.StopMode.FREEZE),
            c.StopTrading(key="", issued_at=0, mode=c.StopMode.FLATTEN),
        ]


async def test_stop_works_from_every_screen_and_over_a_dialog() -> None:
    async with console() as desk:
        await on_trade(desk, XAU)
        await desk.press("c", "!")
        assert isinstance(desk.front(), StopScreen)
        await desk.press("!")
        assert sum(isinstance(screen, StopScreen) for screen in desk.app.screen_stack) == 1
        await desk.press("escape", "escape")
        for mode in ("2", "3", "4"):
            await desk.press(mode, "!")
            assert isinstance(desk.front(), StopScreen)
            await desk.press("escape")
        assert desk.submitted == []


async def test_stop_works_while_something_is_typed() -> None:
    async with console() as desk:
        await desk.press("slash", *"gold", "!")
        assert isinstance(desk.front(), StopScreen)
        assert desk.screen.signals.filter == "gold"
        await desk.press("escape", "enter")
        await on_trade(desk, XAU)
        await desk.press("m", *"23", "!")
        assert isinstance(desk.front(), StopScreen)
        assert desk.submitted == []


@pytest.mark.parametrize("key", ["z", "ctrl+t"])
async def test_stop_on_another_key_works_while_something_is_typed_and_its_old_key_is_a_letter(key: str) -> None:
    async with console(config=Config(keymap={"desk.stop": key})) as desk:
        await desk.press("slash", *"gold", key)
        assert isinstance(desk.front(), StopScreen)
        await desk.press("escape", "!")
        assert desk.front() is desk.screen
        assert desk.screen.filter_input.value == "gold!"


async def test_resume_asks_and_makes_trading_active_again() -> None:
    async with console() as desk:
        await desk.happen(TradingStateChanged(TradingState.HALTED, "daily loss", "rules"))
        await desk.press("r", "y")
        expected = c.SetTradingState(key="", issued_at=0, state=TradingState.ACTIVE)
        assert [bare(sent) for sent in desk.submitted] == [expected]


async def test_a_trade_key_without_a_trade_says_why_and_sends_nothing() -> None:
    async with console() as desk:
        await on_signal(desk, DENIED)
        for key in "chobmtu":
            await desk.press(key)
            assert desk.front() is desk.screen, key
            assert len(desk.told) == 1, key
            assert "was not traded" in desk.told[0]
            desk.app.clear_notifications()
        assert desk.submitted == []


async def test_a_key_in_a_pane_acts_on_nothing_of_another_pane() -> None:
    async with console() as desk:
        desk.screen.log_pane.grid.focus()
        await desk.press("c", "a", "x")
        assert desk.submitted == []
        assert {text.partition(" ")[0] for text in desk.told} == {"No", "Nothing"}


async def test_on_a_signal_the_keys_act_on_its_trade() -> None:
    async with console() as desk:
        await on_signal(desk, XAU)
        await desk.press("c", "y")
        assert [bare(sent) for sent in desk.submitted] == [c.CloseTrade(key="", issued_at=0, signal=XAU)]


async def test_a_no_sends_nothing() -> None:
    async with console() as desk:
        await on_trade(desk, XAU)
        await desk.press("c", "escape", "c", "n", "c", "enter")
        assert desk.submitted == []
        assert desk.front() is desk.screen


async def test_without_confirmations_a_close_goes_out_at_once() -> None:
    async with console(config=Config(console=Console(confirm=False))) as desk:
        await on_trade(desk, XAU)
        await desk.press("c")
        assert [bare(sent) for sent in desk.submitted] == [c.CloseTrade(key="", issued_at=0, signal=XAU)]


async def test_every_press_has_a_key_of_its_own() -> None:
    async with console() as desk:
        await on_trade(desk, XAU)
        await desk.press("c", "y", "c", "y")
        assert len({command.key for command in desk.submitted}) == 2


async def test_an_answer_of_no_is_told_as_an_error() -> None:
    async with console() as desk:
        desk.control.answer = c.Outcome(ok=False, text="the terminal [SL] said \x1b]52;c;eA==\x07 no")
        await on_trade(desk, XAU)
        await desk.press("c", "y")
        (notice,) = desk.app._notifications
        assert notice.severity == "error"
        assert "\x1b" not in notice.message
        assert "[SL]" in notice.message


async def test_a_row_that_has_only_just_come_under_the_cursor_is_not_acted_on() -> None:
    """Reference: reliability G5: what was on screen when the owner decided is what he meant."""
    async with console() as desk:
        new = await held_signal_arrives(desk)
        assert desk.screen.signals.subject == new
        await desk.press("x")
        assert desk.submitted == []
        assert any("just come under the cursor" in text for text in desk.told)
        desk.clock.advance(1000)
        await desk.press("x")
        assert [bare(sent) for sent in desk.submitted] == [c.Reject(key="", issued_at=0, subject=new)]


async def test_a_cursor_that_was_moved_stays_with_its_row_when_news_arrive() -> None:
    async with console() as desk:
        await on_signal(desk, BTC)
        await held_signal_arrives(desk)
        await desk.press("x")
        assert [bare(sent) for sent in desk.submitted] == [c.Reject(key="", issued_at=0, subject=BTC)]


async def test_ctrl_c_and_textuals_own_key_ask_as_q_does_while_trades_are_open() -> None:
    for key in ("q", "ctrl+c", "ctrl+q"):
        async with console() as desk:
            await desk.press(key)
            assert isinstance(desk.front(), ConfirmScreen)
            assert "Leave the console?" in desk.text()
            await desk.press("escape")
            assert desk.app.is_running
            await desk.press(key, "y")
            assert desk.app._exit


async def test_ctrl_c_twice_leaves_at_once_and_slowly_only_asks() -> None:
    async with console() as desk:
        await desk.press("ctrl+c")
        desk.clock.advance(2500)
        await desk.press("ctrl+c")
        assert sum(isinstance(screen, ConfirmScreen) for screen in desk.app.screen_stack) == 1
        assert not desk.app._exit
        desk.clock.advance(1500)
        await desk.press("ctrl+c")
        assert desk.app._exit


async def test_ctrl_c_twice_before_its_question_has_begun_then_nothing_is_left_behind() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        async with console() as desk:
            desk.app.action_interrupt()
            desk.app.action_interrupt()
            assert desk.app._exit
        gc.collect()
    assert not [one for one in caught if "never awaited" in str(one.message)]


async def test_ctrl_c_leaves_from_a_dialog_and_while_something_is_typed() -> None:
    async with console() as desk:
        await on_trade(desk, XAU)
        await desk.press("m", *"23", "ctrl+c")
        assert "Leave the console?" in desk.text()


async def test_ctrl_c_when_its_owner_gave_it_away_then_it_does_that() -> None:
    async with console(config=Config(keymap={"app.quit": "f10", "desk.stop": "ctrl+c"})) as desk:
        await desk.press("ctrl+c")
        assert isinstance(desk.front(), StopScreen)


async def test_ctrl_c_when_nothing_is_open_then_it_leaves() -> None:
    async with console(None) as desk:
        await desk.press("ctrl+c")
        assert desk.app._exit


async def held_signal_arrives(desk: Desk, like: SignalId = BTC) -> SignalId:
    """A new post with a held signal, published now."""
    old = desk.control.snapshot().signals[like]
    message = Message(CRYPTO, 700, desk.clock.now(), "again")
    held = Decision(signal_id(message.key, 1), DecisionOutcome.HELD, (), (Reason("confidence", "read with 74 %"),))
    await desk.happen(
        MessageReceived(message, message.content), MessageRead(message.key, 0, old.reading), SignalDecided(held)
    )
    return held.signal

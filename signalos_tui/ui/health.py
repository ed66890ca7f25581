"""How an account is, in a few words: whether it trades, whether its terminal answers, what money it is.

One place, so that the header of an account and its row among the others say the same. Every word tells by itself, without its
colour.
"""

from __future__ import annotations

from typing import NamedTuple

from signalos_tui.config import Config
from signalos_tui.model.account import Money, TradingState
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Severity
from signalos_tui.model.messages import Health
from signalos_tui.ui.outage import unanswered_ms

SILENT = "silent"
UNSEEN = (Health.BLIND, Health.STOPPED)
"""A channel that may be posting without our seeing it; one that is catching up is seen whole, only later."""
_WRONG = {"account": "wrong account", "token": "wrong token", "version": "other version"}
"""What is in the way, where its code alone explains nothing."""


class Word(NamedTuple):
    """What is the matter. tone: a colour of the themes. is_alarm: it needs the owner."""

    text: str
    tone: str
    is_alarm: bool = False


_MONEY = {
    Money.PAPER: Word("PAPER", "muted"),
    Money.DEMO: Word("DEMO", "accent"),
    Money.REAL: Word("REAL", "held"),
}


def kind(state: DeskState, config: Config) -> Word:
    """What money it is: paper, a demo account of a broker, or real."""
    if config.terminal.kind == "paper":
        return Word("PAPER", "muted")
    if state.account is None:
        return Word("MT5", "muted")
    return _MONEY[state.account.money]


def trading(state: DeskState) -> Word:
    """Whether it may trade."""
    if not state.is_running:
        return Word("NOT RUNNING", "halted", is_alarm=True)
    if not state.is_armed and state.trading is not TradingState.HALTED:
        return Word("RECOVERING", "reducing")
    if state.trading is TradingState.ACTIVE:
        return Word("● ACTIVE", "active")
    return Word(state.trading.upper(), str(state.trading), is_alarm=state.trading is TradingState.HALTED)


def terminal(state: DeskState, now: int, age_s: float) -> Word:
    """Whether the terminal answers. now: ms UTC. age_s: so old may its newest price be."""
    reach = state.reach
    if reach is not None and not reach.is_open:  # one that stands elsewhere: what is in the way, and for how long
        return Word(
            f"{_WRONG.get(reach.code, reach.code)} {max(0, now - reach.since) // 1000} s", "halted", is_alarm=True
        )
    if state.account is None:
        return Word("no account", "halted", is_alarm=True)
    if not state.account.trade_allowed:
        return Word("trading not allowed", "halted", is_alarm=True)
    silent = unanswered_ms(state, now, age_s)
    if silent is not None:
        return Word(f"{SILENT} {silent // 1000} s", "halted", is_alarm=True)
    return Word("ok", "accepted")


def alarm(state: DeskState, now: int, age_s: float) -> str:
    """The first thing that needs the owner; "" when nothing does."""
    may_trade, answers = trading(state), terminal(state, now, age_s)
    if may_trade.is_alarm:
        return f"{may_trade.text.lower()}: {state.trading_reason}" if state.trading_reason else may_trade.text.lower()
    return f"terminal: {answers.text}" if answers.is_alarm and state.is_armed else ""


def last_error(state: DeskState) -> str:
    """Why it stands still, else the last alarm of its log; foreign text."""
    if state.trading is not TradingState.ACTIVE and state.trading_reason:
        return state.trading_reason
    return next((line.text for line in reversed(state.log) if line.severity is Severity.ALARM), "")

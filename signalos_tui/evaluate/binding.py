"""Which trades an update is about.

"Close half" without a name must never reach the wrong trade: an update is bound by what it answers, or because exactly one
open trade of its own channel fits. Everything else is held with the reason. Another channel's trades are never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from signalos_tui.evaluate.case import OpenTrade
from signalos_tui.evaluate.symbols import means, renamed
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.ids import ChannelId, SignalId, message_of, number_of
from signalos_tui.model.signals import Reason, Update, UpdateAction


class Binding(Struct, frozen=True):
    """The trades an update is about. On a hold: those it may be about."""

    signals: tuple[SignalId, ...]
    reasons: tuple[Reason, ...]
    outcome: DecisionOutcome


def bind(
    update: Update,
    reply_to_signals: Sequence[SignalId],
    open_trades: Sequence[OpenTrade],
    channel: ChannelId,
    aliases: Mapping[str, str] = {},
    *,
    is_answer_known: bool = True,
) -> Binding:
    """Find the trades of an update.

    reply_to_signals: the signals of the posts it answers, through the whole chain of answers, nearest post first.
    open_trades: of all channels, pending and unsettled ones included. aliases: as in the configuration, for the symbol it
    names. is_answer_known: False where it answers something that may have been a call, and nobody knows which.
    """
    own = [trade for trade in open_trades if trade.channel == channel]
    fitting = [trade for trade in own if _fits(update, trade, aliases)]
    if update.action is UpdateAction.INFO:
        return _no("info", "It tells what happened and asks for nothing")
    if update.action is UpdateAction.REOPEN and reply_to_signals:
        return _ask(_nearest(reply_to_signals), "opens_again", "It asks to open an old signal again")
    if not is_answer_known and not reply_to_signals and fitting:
        text = f"What it answers is not known, so it may not mean {_listed(fitting)}"
        return _ask(_ids(fitting), "answers_unknown", text)
    binding = _reached(update, reply_to_signals, own, fitting)
    if binding.outcome is not DecisionOutcome.ACCEPTED:
        return binding
    if update.action is UpdateAction.CONDITIONAL:
        return _ask(binding.signals, "conditional", "It names a condition or leaves the choice to you")
    if update.action in (UpdateAction.REOPEN, UpdateAction.ADD):
        return _ask(binding.signals, "opens_again", "It asks for a new position on an old signal")
    return binding


def _reached(
    update: Update, reply_to_signals: Sequence[SignalId], own: Sequence[OpenTrade], fitting: Sequence[OpenTrade]
) -> Binding:
    if update.everything and not reply_to_signals:  # "close all" as an answer means all of what it answers
        if not fitting:
            return _no("nothing_open", f"No trade of this channel is open{_named(update)}")
        return Binding(_ids(fitting), (), DecisionOutcome.ACCEPTED)
    if reply_to_signals:
        return _answered(update, reply_to_signals, own, fitting)
    if not fitting:
        return _no("nothing_open", f"No trade of this channel is open{_named(update)}")
    if len(fitting) == 1:
        return Binding(_ids(fitting), (), DecisionOutcome.ACCEPTED)
    return _several(fitting)


def _answered(
    update: Update, reply_to_signals: Sequence[SignalId], own: Sequence[OpenTrade], fitting: Sequence[OpenTrade]
) -> Binding:
    # What it answers says which trade, what it names may only narrow that down. The nearest post of the chain counts; a
    # trade further up is a guess, which the owner may make.
    nearest = _nearest(reply_to_signals)
    answered = [trade for trade in own if trade.signal in nearest]
    if not answered:
        further = [trade for trade in fitting if trade.signal in reply_to_signals]
        if not further:
            return _no("not_open", "The trade it answers is not open")
        text = f"The call it answers is not open, but {_listed(further)} further up the conversation is"
        return _ask(_ids(further), "not_open", text)
    both = [trade for trade in answered if trade in fitting]
    if not both:
        symbols = ", ".join(dict.fromkeys(trade.symbol for trade in answered))
        text = f"It answers a trade on {symbols} and speaks of something else{_named(update)}"
        return _ask((), "contradiction", text)
    return Binding(_ids(both), (), DecisionOutcome.ACCEPTED) if len(both) == 1 else _several(both)


def _several(fitting: Sequence[OpenTrade]) -> Binding:
    text = f"{len(fitting)} open trades fit: {_listed(fitting)}. Act on the one that is meant"
    return _ask(_ids(fitting), "ambiguous", text)


def _fits(update: Update, trade: OpenTrade, aliases: Mapping[str, str]) -> bool:
    if update.side is not None and update.side is not trade.side:
        return False
    if update.symbol is None:
        return True
    return means(renamed(update.symbol, aliases) or update.symbol, trade.symbol)


def _nearest(signals: Sequence[SignalId]) -> tuple[SignalId, ...]:
    # The signals of the first post among them.
    return tuple(signal for signal in signals if message_of(signal) == message_of(signals[0]))


def _listed(trades: Sequence[OpenTrade]) -> str:
    return ", ".join(f"{trade.side} {trade.symbol} (#{number_of(message_of(trade.signal))})" for trade in trades)


def _ids(trades: Sequence[OpenTrade]) -> tuple[SignalId, ...]:
    return tuple(dict.fromkeys(trade.signal for trade in trades))


def _named(update: Update) -> str:
    what = " ".join(part for part in (update.side, update.symbol) if part)
    return f" ({what})" if what else ""


def _ask(signals: tuple[SignalId, ...], code: str, text: str) -> Binding:
    return Binding(signals, (Reason(code, text),), DecisionOutcome.HELD)


def _no(code: str, text: str) -> Binding:
    return Binding((), (Reason(code, text),), DecisionOutcome.DENIED)

"""What a request is held to at the moment it leaves an engine (reference: reliability V1, V6, V8, V12, R10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from signalos_tui.execute import constants as mt
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import DeskState, LegView
from signalos_tui.model.messages import Message
from signalos_tui.model.orders import LegState
from tests.proof.story import Story

COUNTS = frozenset({LegState.INTENT, LegState.SENDING, LegState.SENT, LegState.UNKNOWN, LegState.PLACED, LegState.OPEN})
"""What counts in a cap (R11)."""

SLACK_MS = 1_000
"""From the last look at the clock to the request on its way."""


class Moment(Struct, frozen=True):
    """What is known beside the request. written: the state of its leg on disk, "" for none. now: ms UTC.

    boots_from: when the engine started on a journal that had gone back in time, 0 for never.
    """

    written: str
    state: DeskState
    now: int
    boots_from: int = 0


def at_request(story: Story, request: Mapping[str, object], moment: Moment) -> Iterator[str]:
    """What is wrong with a request at the moment it leaves."""
    action, number, state = request["action"], request.get("magic"), moment.state
    if action != mt.TRADE_ACTION_PENDING and (action != mt.TRADE_ACTION_DEAL or request.get("position")):
        return
    leg = next((leg for trade in state.trades.values() for leg in trade.legs if leg.magic == number), None)
    if leg is None:
        if moment.written == "":
            yield f"V1: magic {number} is sent, and nobody knows it"
        return  # the closing deal of a netting account
    if moment.written != "sending":
        yield f"V1: {leg.id} is sent, and on disk it is {moment.written or 'nothing'}"
    if state.trading is not TradingState.ACTIVE:
        yield f"V12: {leg.id} is sent while trading is {state.trading}: {state.trading_reason}"
    if not state.is_armed:
        yield f"R10: {leg.id} is sent before everything was compared"
    yield from _in_time(story, leg, moment)
    yield from _protected(leg, request, netting=story.netting)
    cap = story.config.rules.max_open_trades
    live = sum(1 for trade in state.trades.values() if any(one.state in COUNTS for one in trade.legs))
    if cap and live > cap and not story.keys:
        yield f"V8: {leg.id} is sent with {live} trades at risk, {cap} are allowed"


def _in_time(story: Story, leg: LegView, moment: Moment) -> Iterator[str]:
    if not story.jumps and moment.now - leg.intent_at > leg.ttl_ms + SLACK_MS:
        yield f"V6: {leg.id} is sent {moment.now - leg.intent_at} ms after its intent"
    posted = [
        e.item.posted_at
        for e in story.entries
        if isinstance(e.item, Message) and leg.signal.startswith(f"{e.item.key}#")
    ]
    if moment.boots_from and posted and max(posted) < moment.boots_from:
        yield f"R9: {leg.id} was posted before the journal went back in time, and is sent"


def _protected(leg: LegView, request: Mapping[str, object], *, netting: bool) -> Iterator[str]:
    # R8: both ride along with the request. The target of a netted position lies behind those of all its legs.
    for name, planned in (("sl", leg.plan.stop), ("tp", leg.plan.target)):
        sent = request.get(name) or 0.0
        is_there = bool(sent) if netting and name == "tp" else abs(float(planned or 0) - float(str(sent))) < 1e-9
        if planned is not None and not is_there:
            yield f"R8: {leg.id} is sent with {name} {sent}, planned was {planned}"

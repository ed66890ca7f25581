"""DeskState is a fold of events: `fold(state, record)` gives the next state and changes nothing.

Every event of the glossary has one function here, so what an event means to the desk is found in one place. The journal keeps a
snapshot of this fold; starting is loading it and folding what came after. What grows without end (posts, signals, ended trades)
is cut to what a screen can use; the journal has the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, TypeVar

from msgspec.structs import replace

from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import (
    ChannelView,
    DeskState,
    LegStep,
    LegView,
    LogLine,
    Post,
    Revision,
    Sample,
    SignalView,
    Trade,
    UpdateView,
)
from signalos_tui.model.events import Event, Record, Severity
from signalos_tui.model.ids import ChannelId, LegId, SignalId, channel_of, message_of, signal_id, update_id
from signalos_tui.model.orders import ActionKind, LegState
from signalos_tui.narrate import narrate

KEEP_POSTS = 400
KEEP_ENDED_TRADES = 100
KEEP_LOG = 300
KEEP_RESULTS = 40
KEEP_SAMPLES = 600
SAMPLE_EVERY_MS = 2000
KEEP_STEPS = 24

K = TypeVar("K")
V = TypeVar("V")
E = TypeVar("E", bound=Event)
Fold = Callable[[DeskState, int, Any], DeskState]
_FOLDS: dict[type[Any], Fold] = {}


def fold(state: DeskState, record: Record) -> DeskState:
    """The state after one more event."""
    event = record.event
    step = _FOLDS.get(type(event))
    after = step(state, record.at, event) if step else state
    if not record.seq:
        return after
    line = narrate(event, after)
    log = after.log
    if line is not None:
        log = (*log[-KEEP_LOG + 1 :], LogLine(record.seq, record.at, line.severity, line.text))
    return replace(after, seq=record.seq, at=record.at, log=log)


def fold_all(records: Iterable[Record], state: DeskState | None = None) -> DeskState:
    """The state after many events."""
    state = state or DeskState()
    for record in records:
        state = fold(state, record)
    return state


def durable(state: DeskState) -> DeskState:
    """The part that the journal alone determines: without live prices and results."""
    return replace(state, account=None, quotes={}, marks={}, tracks={})


def _on(
    kind: type[E],
) -> Callable[[Callable[[DeskState, int, E], DeskState]], Callable[[DeskState, int, E], DeskState]]:
    def register(step: Callable[[DeskState, int, E], DeskState]) -> Callable[[DeskState, int, E], DeskState]:
        _FOLDS[kind] = step
        return step

    return register


# --- the engine ---------------------------------------------------------------------------------------------------


@_on(e.EngineStarted)
def _engine_started(state: DeskState, at: int, event: e.EngineStarted) -> DeskState:
    return replace(
        state,
        version=event.version,
        generation=event.generation,
        account_name=event.account,
        started_at=at,
        is_running=True,
        is_armed=False,
    )


@_on(e.EngineArmed)
def _engine_armed(state: DeskState, at: int, event: e.EngineArmed) -> DeskState:
    return replace(state, is_armed=True)


@_on(e.EngineStopped)
def _engine_stopped(state: DeskState, at: int, event: e.EngineStopped) -> DeskState:
    return replace(state, is_running=False, is_armed=False)


@_on(e.TradingStateChanged)
def _trading_state(state: DeskState, at: int, event: e.TradingStateChanged) -> DeskState:
    reason = "" if event.state is TradingState.ACTIVE else event.reason
    return replace(state, trading=event.state, trading_reason=reason)


@_on(e.DayStarted)
def _day_started(state: DeskState, at: int, event: e.DayStarted) -> DeskState:
    return replace(state, day=event.date, day_equity=event.equity)


@_on(e.AccountRecorded)
def _account_recorded(state: DeskState, at: int, event: e.AccountRecorded) -> DeskState:
    return replace(state, account=event.account)


# --- channels and messages ----------------------------------------------------------------------------------------


@_on(e.ChannelFollowed)
def _channel_followed(state: DeskState, at: int, event: e.ChannelFollowed) -> DeskState:
    known = state.channels.get(event.channel.id)
    view = replace(known, channel=event.channel) if known else ChannelView(event.channel)
    return replace(state, channels=_with(state.channels, event.channel.id, view))


@_on(e.ChannelHealthChanged)
def _channel_health(state: DeskState, at: int, event: e.ChannelHealthChanged) -> DeskState:
    return _channel(state, event.channel, health=event.health, detail=event.detail)


@_on(e.ChannelPaused)
def _channel_paused(state: DeskState, at: int, event: e.ChannelPaused) -> DeskState:
    return _channel(state, event.channel, is_paused=True)


@_on(e.ChannelResumed)
def _channel_resumed(state: DeskState, at: int, event: e.ChannelResumed) -> DeskState:
    return _channel(state, event.channel, is_paused=False)


@_on(e.MessageReceived)
def _message_received(state: DeskState, at: int, event: e.MessageReceived) -> DeskState:
    message = event.message
    state = _pruned(state)
    state = replace(state, posts=_with(state.posts, message.key, Post(message, at)))
    view = state.channels.get(message.channel)
    return _channel(state, message.channel, messages=view.messages + 1, last_at=message.posted_at) if view else state


@_on(e.MessageEdited)
def _message_edited(state: DeskState, at: int, event: e.MessageEdited) -> DeskState:
    post = state.posts.get(event.message.key)
    if post is None:
        return replace(state, posts=_with(state.posts, event.message.key, Post(event.message, at, event.revision)))
    before = Revision(post.message.edited_at or post.message.posted_at, post.message.text)
    # What was read was the revision before: until this one is read, after a restart too, the post counts as unread.
    post = replace(post, message=event.message, revision=event.revision, earlier=(*post.earlier, before), reading=None)
    return replace(state, posts=_with(state.posts, event.message.key, post))


@_on(e.MessageDeleted)
def _message_deleted(state: DeskState, at: int, event: e.MessageDeleted) -> DeskState:
    post = state.posts.get(event.key)
    if post is None:
        return state
    return replace(state, posts=_with(state.posts, event.key, replace(post, deleted_at=at)))


@_on(e.MessageRead)
def _message_read(state: DeskState, at: int, event: e.MessageRead) -> DeskState:
    post = state.posts.get(event.key)
    if post is not None:
        state = replace(state, posts=_with(state.posts, event.key, replace(post, reading=event.reading)))
    channel = channel_of(event.key)
    signals, updates, fresh = dict(state.signals), dict(state.updates), 0
    for signal in event.reading.signals:
        sid = signal_id(event.key, signal.number)
        known = signals.get(sid)
        fresh += known is None
        signals[sid] = (
            replace(known, signal=signal, reading=event.reading)
            if known
            else SignalView(sid, event.key, channel, at, signal, event.reading)
        )
    for update in event.reading.updates:
        uid = update_id(event.key, update.number)
        if uid not in updates:
            updates[uid] = UpdateView(uid, event.key, channel, at, update, event.reading)
    state = replace(state, signals=signals, updates=updates)
    view = state.channels.get(channel)
    return _channel(state, channel, signals=view.signals + fresh) if view and fresh else state


# --- decisions ----------------------------------------------------------------------------------------------------

_COUNTED = {DecisionOutcome.ACCEPTED: "traded", DecisionOutcome.HELD: "held", DecisionOutcome.DENIED: "denied"}


@_on(e.SignalDecided)
def _signal_decided(state: DeskState, at: int, event: e.SignalDecided) -> DeskState:
    decision = event.decision
    view = state.signals.get(decision.signal)
    if view is None:
        return state
    before = view.outcome
    state = replace(
        state,
        signals=_with(state.signals, view.id, replace(view, decision=decision, price=event.price, rejected="")),
    )
    channel = state.channels.get(view.channel)
    if channel is not None and before is not decision.outcome:
        counts = {_COUNTED[decision.outcome]: getattr(channel, _COUNTED[decision.outcome]) + 1}
        if before is not None:
            counts[_COUNTED[before]] = getattr(channel, _COUNTED[before]) - 1
        state = _channel(state, view.channel, **counts)
    if decision.outcome is DecisionOutcome.ACCEPTED and decision.plan is not None:
        plan = decision.plan
        known = state.trades.get(view.id)
        legs = known.legs if known else ()
        trade = Trade(view.id, view.channel, plan.symbol, plan.side, plan.risk, at, legs)
        state = replace(state, trades=_with(state.trades, view.id, trade))
    return state


@_on(e.SignalRejected)
def _signal_rejected(state: DeskState, at: int, event: e.SignalRejected) -> DeskState:
    view = state.signals.get(event.signal)
    if view is None:
        return state
    return replace(state, signals=_with(state.signals, view.id, replace(view, rejected=event.reason)))


@_on(e.UpdateDecided)
def _update_decided(state: DeskState, at: int, event: e.UpdateDecided) -> DeskState:
    view = state.updates.get(event.decision.update)
    if view is None:
        return state
    return replace(state, updates=_with(state.updates, view.id, replace(view, decision=event.decision, rejected="")))


@_on(e.UpdateRejected)
def _update_rejected(state: DeskState, at: int, event: e.UpdateRejected) -> DeskState:
    view = state.updates.get(event.update)
    if view is None:
        return state
    return replace(state, updates=_with(state.updates, view.id, replace(view, rejected=f"rejected by {event.by}")))


# --- legs ---------------------------------------------------------------------------------------------------------


@_on(e.IntentRecorded)
def _intent(state: DeskState, at: int, event: e.IntentRecorded) -> DeskState:
    trade = state.trades.get(event.signal)
    if trade is None:
        return state
    leg = LegView(
        event.leg, event.signal, event.plan.number, event.magic, event.symbol, event.side, event.plan, event.posted_at, at,
        event.ttl_ms,
    )  # fmt: skip
    trade = replace(trade, legs=(*trade.legs, leg), ended_at=None)
    return replace(state, trades=_with(state.trades, trade.signal, trade))


@_on(e.LegSending)
def _leg_sending(state: DeskState, at: int, event: e.LegSending) -> DeskState:
    return _leg(state, at, event, state_=LegState.SENDING, attempt=event.attempt, sending_at=at, request=event.request)


@_on(e.LegSent)
def _leg_sent(state: DeskState, at: int, event: e.LegSent) -> DeskState:
    return _leg(state, at, event, state_=LegState.SENT, order=event.order or None)


@_on(e.LegPlaced)
def _leg_placed(state: DeskState, at: int, event: e.LegPlaced) -> DeskState:
    leg = find_leg(state, event.leg)
    if leg is None:
        return state
    return _leg(state, at, event, state_=LegState.PLACED, order=event.order, stop=leg.plan.stop, target=leg.plan.target)


@_on(e.LegOpened)
def _leg_opened(state: DeskState, at: int, event: e.LegOpened) -> DeskState:
    return _leg(
        state,
        at,
        event,
        state_=LegState.OPEN,
        position=event.position,
        volume=event.volume,
        opened=event.volume,
        price_open=event.price,
        stop=event.stop,
        target=event.target,
        opened_at=at,
        closed_at=None,
        close_reason=None,
    )


@_on(e.LegRejected)
def _leg_rejected(state: DeskState, at: int, event: e.LegRejected) -> DeskState:
    if event.final:
        return _leg(state, at, event, state_=LegState.REJECTED, closed_at=at)
    return _leg(state, at, event)


@_on(e.LegUnknown)
def _leg_unknown(state: DeskState, at: int, event: e.LegUnknown) -> DeskState:
    return _leg(state, at, event, state_=LegState.UNKNOWN)


@_on(e.LegUnfilled)
def _leg_unfilled(state: DeskState, at: int, event: e.LegUnfilled) -> DeskState:
    return _leg(state, at, event, state_=LegState.UNFILLED, closed_at=at)


@_on(e.LegExpired)
def _leg_expired(state: DeskState, at: int, event: e.LegExpired) -> DeskState:
    return _leg(state, at, event, state_=LegState.EXPIRED, closed_at=at)


@_on(e.LegCancelled)
def _leg_cancelled(state: DeskState, at: int, event: e.LegCancelled) -> DeskState:
    return _leg(state, at, event, state_=LegState.CANCELLED, closed_at=at)


@_on(e.ActionIntended)
def _action_intended(state: DeskState, at: int, event: e.ActionIntended) -> DeskState:
    leg = find_leg(state, event.action.leg)
    if leg is None:
        return state
    action = event.action
    closing = action.reason if action.kind in (ActionKind.CLOSE, ActionKind.REDUCE) else leg.closing
    return _leg(
        state, at, event, leg=leg.id, actions=(*leg.actions, action), last_action=action.number, closing=closing
    )


@_on(e.ActionSettled)
def _action_settled(state: DeskState, at: int, event: e.ActionSettled) -> DeskState:
    leg = find_leg(state, event.leg)
    if leg is None:
        return state
    return _leg(state, at, event, actions=tuple(a for a in leg.actions if a.number != event.number))


@_on(e.LegProtected)
def _leg_protected(state: DeskState, at: int, event: e.LegProtected) -> DeskState:
    return _leg(state, at, event, stop=event.stop, target=event.target)


@_on(e.LegReduced)
def _leg_reduced(state: DeskState, at: int, event: e.LegReduced) -> DeskState:
    leg = find_leg(state, event.leg)
    if leg is None:
        return state
    return _leg(
        state, at, event, volume=event.remaining, profit=leg.profit + event.profit, deals=(*leg.deals, event.deal)
    )


@_on(e.LegClosed)
def _leg_closed(state: DeskState, at: int, event: e.LegClosed) -> DeskState:
    leg = find_leg(state, event.leg)
    if leg is None:
        return state
    return _leg(
        state,
        at,
        event,
        state_=LegState.CLOSED,
        volume=Decimal(0),
        opened=leg.opened or event.volume,
        profit=leg.profit + event.profit,
        price_close=event.price,
        closed_at=at,
        close_reason=event.reason,
        deals=(*leg.deals, event.deal),
        actions=(),
    )


@_on(e.TargetReached)
def _target_reached(state: DeskState, at: int, event: e.TargetReached) -> DeskState:
    trade = state.trades.get(event.signal)
    if trade is None or event.number in trade.reached:
        return state
    trade = replace(trade, reached=(*trade.reached, event.number))
    return replace(state, trades=_with(state.trades, trade.signal, trade))


@_on(e.TrailSet)
def _trail_set(state: DeskState, at: int, event: e.TrailSet) -> DeskState:
    trade = state.trades.get(event.signal)
    if trade is None:
        return state
    return replace(state, trades=_with(state.trades, trade.signal, replace(trade, trail=event.distance)))


# --- not journalled -----------------------------------------------------------------------------------------------


@_on(e.Pulsed)
def _pulsed(state: DeskState, at: int, event: e.Pulsed) -> DeskState:
    quotes, tracks = state.quotes, state.tracks
    if event.quotes:
        quotes, tracks = dict(quotes), dict(tracks)
        for quote in event.quotes:
            quotes[quote.symbol] = quote
            track = tracks.get(quote.symbol, ())
            if not track or quote.at - track[-1].at >= SAMPLE_EVERY_MS:
                tracks[quote.symbol] = (*track[-KEEP_SAMPLES + 1 :], Sample(quote.at, quote.mid))
    marks = {mark.leg: mark for mark in event.marks}
    return replace(state, account=event.account or state.account, quotes=quotes, tracks=tracks, marks=marks)


# --- parts --------------------------------------------------------------------------------------------------------


def find_leg(state: DeskState, leg: LegId) -> LegView | None:
    """A leg by its id, None when it is not in view."""
    trade = state.trades.get(signal_of(leg))
    return next((one for one in trade.legs if one.id == leg), None) if trade else None


def signal_of(leg: LegId) -> SignalId:
    """The signal a leg belongs to."""
    return SignalId(leg.rpartition(".")[0].partition("!")[0])


def _with(mapping: dict[K, V], key: K, value: V) -> dict[K, V]:
    return {**mapping, key: value}


def _channel(state: DeskState, channel: ChannelId, **changes: Any) -> DeskState:
    view = state.channels.get(channel)
    if view is None:
        return state
    return replace(state, channels=_with(state.channels, channel, replace(view, **changes)))


def _leg(state: DeskState, at: int, event: Any, *, state_: LegState | None = None, **changes: Any) -> DeskState:
    leg = find_leg(state, changes.pop("leg", None) or event.leg)
    if leg is None:
        return state
    if state_ is not None:
        changes["state"] = state_
    line = narrate(event, state)
    if line is not None:
        step = LegStep(at, line.text, line.severity)
        changes["history"] = (*leg.history[-KEEP_STEPS + 1 :], step)
    changed = replace(leg, **changes)
    trade = state.trades[leg.signal]
    trade = replace(trade, legs=tuple(changed if one.id == leg.id else one for one in trade.legs))
    if not trade.is_live and leg.is_live:
        trade = replace(trade, ended_at=at)
        state = _scored(state, trade)
    return replace(state, trades=_with(state.trades, trade.signal, trade))


def _scored(state: DeskState, trade: Trade) -> DeskState:
    # A trade ended: its result goes to its channel, in R and in money.
    view = state.channels.get(trade.channel)
    if view is None or not trade.was_opened or not trade.risk:
        return state
    result = (trade.realised / trade.risk).quantize(Decimal("0.01"))
    return _channel(
        state,
        trade.channel,
        results=(*view.results[-KEEP_RESULTS + 1 :], result),
        result_r=view.result_r + result,
        result_money=view.result_money + trade.realised,
    )


def _pruned(state: DeskState) -> DeskState:
    # Cut to what screens use, with some slack so that it is rarely done. What is live stays.
    if len(state.posts) < KEEP_POSTS + 50:
        return state
    ended = [sid for sid, trade in state.trades.items() if not trade.is_live]
    gone = set(ended[: max(0, len(ended) - KEEP_ENDED_TRADES)])
    trades = {sid: trade for sid, trade in state.trades.items() if sid not in gone}
    needed = {message_of(sid) for sid in trades}
    needed |= {view.key for view in state.signals.values() if view.is_waiting}
    surplus = len(state.posts) - KEEP_POSTS
    dropped = {key for key in list(state.posts)[:surplus] if key not in needed}
    return replace(
        state,
        trades=trades,
        posts={key: post for key, post in state.posts.items() if key not in dropped},
        signals={sid: view for sid, view in state.signals.items() if view.key not in dropped},
        updates={uid: view for uid, view in state.updates.items() if view.key not in dropped},
    )


__all__ = ["Severity", "durable", "find_leg", "fold", "fold_all", "signal_of"]

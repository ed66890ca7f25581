"""What events mean for legs and trades: states, volumes, money, and a trade's end on its channel's record."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from signalos_tui.model import events as e
from signalos_tui.model.desk import DeskState, LegStep, LegView, Trade
from signalos_tui.model.ids import LegId, SignalId
from signalos_tui.model.orders import ActionKind, Closing, ClosingState, LegState
from signalos_tui.narrate import narrate
from signalos_tui.state.steps import having, on, with_channel

KEEP_RESULTS = 40
KEEP_STEPS = 24


# --- legs ---------------------------------------------------------------------------------------------------------


@on(e.IntentRecorded)
def _intent(state: DeskState, at: int, event: e.IntentRecorded) -> DeskState:
    trade = state.trades.get(event.signal)
    if trade is None:
        return state
    leg = LegView(
        event.leg, event.signal, event.plan.number, event.magic, event.symbol, event.side, event.plan, event.posted_at, at,
        event.ttl_ms,
    )  # fmt: skip
    trade = replace(trade, legs=(*trade.legs, leg), ended_at=None)
    trades = having(state.trades, trade.signal, trade)
    return replace(state, trades=trades, vouched_at=max(state.vouched_at, at))


@on(e.LegSending)
def _leg_sending(state: DeskState, at: int, event: e.LegSending) -> DeskState:
    return _leg(state, at, event, state_=LegState.SENDING, attempt=event.attempt, sending_at=at, request=event.request)


@on(e.LegSent)
def _leg_sent(state: DeskState, at: int, event: e.LegSent) -> DeskState:
    return _leg(state, at, event, state_=LegState.SENT, order=event.order or None)


@on(e.LegPlaced)
def _leg_placed(state: DeskState, at: int, event: e.LegPlaced) -> DeskState:
    leg = find_leg(state, event.leg)
    if leg is None:
        return state
    return _leg(state, at, event, state_=LegState.PLACED, order=event.order, stop=leg.plan.stop, target=leg.plan.target)


@on(e.LegOpened)
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


@on(e.LegRejected)
def _leg_rejected(state: DeskState, at: int, event: e.LegRejected) -> DeskState:
    if event.final:
        return _leg(state, at, event, state_=LegState.REJECTED, closed_at=at, actions=())
    return _leg(state, at, event)


@on(e.LegUnknown)
def _leg_unknown(state: DeskState, at: int, event: e.LegUnknown) -> DeskState:
    return _leg(state, at, event, state_=LegState.UNKNOWN)


@on(e.LegUnfilled)
def _leg_unfilled(state: DeskState, at: int, event: e.LegUnfilled) -> DeskState:
    return _leg(state, at, event, state_=LegState.UNFILLED, closed_at=at)


@on(e.LegExpired)
def _leg_expired(state: DeskState, at: int, event: e.LegExpired) -> DeskState:
    return _leg(state, at, event, state_=LegState.EXPIRED, closed_at=at)


@on(e.LegCancelled)
def _leg_cancelled(state: DeskState, at: int, event: e.LegCancelled) -> DeskState:
    return _leg(state, at, event, state_=LegState.CANCELLED, closed_at=at)


@on(e.ActionIntended)
def _action_intended(state: DeskState, at: int, event: e.ActionIntended) -> DeskState:
    leg = find_leg(state, event.action.leg)
    if leg is None:
        return state
    action = event.action
    closing = action.reason if action.kind in (ActionKind.CLOSE, ActionKind.REDUCE) else leg.closing
    return _leg(
        state, at, event, leg=leg.id, actions=(*leg.actions, action), last_action=action.number, closing=closing
    )


@on(e.ActionSettled)
def _action_settled(state: DeskState, at: int, event: e.ActionSettled) -> DeskState:
    leg = find_leg(state, event.leg)
    if leg is None:
        return state
    done = next((a for a in leg.actions if a.number == event.number), None)
    left = [a for a in leg.actions if a.number != event.number]
    if done is not None and done.kind is ActionKind.PROTECT and event.ok:
        # Each carries both levels: an earlier one whose answer was lost must not be repeated after a later one.
        left = [a for a in left if a.kind is not ActionKind.PROTECT or a.number > event.number]
    return _leg(state, at, event, actions=tuple(left))


@on(e.LegProtected)
def _leg_protected(state: DeskState, at: int, event: e.LegProtected) -> DeskState:
    return _leg(state, at, event, stop=event.stop, target=event.target)


@on(e.LegReduced)
def _leg_reduced(state: DeskState, at: int, event: e.LegReduced) -> DeskState:
    leg = find_leg(state, event.leg)
    if leg is None:
        return state
    return _leg(
        state, at, event, volume=event.remaining, profit=leg.profit + event.profit, deals=(*leg.deals, event.deal)
    )


@on(e.LegClosed)
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


@on(e.LegFilled)
def _leg_filled(state: DeskState, at: int, event: e.LegFilled) -> DeskState:
    return _leg(state, at, event, volume=event.volume, opened=event.opened, price_open=event.price)


# --- closing deals ------------------------------------------------------------------------------------------------


@on(e.CloseSending)
def _close_sending(state: DeskState, at: int, event: e.CloseSending) -> DeskState:
    leg = find_leg(state, event.leg)
    if leg is None:
        return state
    request = event.request
    closing = Closing(event.number, event.part, request.magic, request.volume, at)
    return _leg(state, at, event, closings=(*leg.closings, closing))


@on(e.CloseRefused)
def _close_refused(state: DeskState, at: int, event: e.CloseRefused) -> DeskState:
    return _closing(state, at, event, ClosingState.REFUSED)


@on(e.CloseUnknown)
def _close_unknown(state: DeskState, at: int, event: e.CloseUnknown) -> DeskState:
    return _closing(state, at, event, ClosingState.UNKNOWN)


@on(e.CloseDone)
def _close_done(state: DeskState, at: int, event: e.CloseDone) -> DeskState:
    return _closing(state, at, event, ClosingState.DONE)


@on(e.CloseUnfilled)
def _close_unfilled(state: DeskState, at: int, event: e.CloseUnfilled) -> DeskState:
    return _closing(state, at, event, ClosingState.UNFILLED)


def _closing(state: DeskState, at: int, event: Any, to: ClosingState) -> DeskState:
    leg = find_leg(state, event.leg)
    if leg is None:
        return state
    closings = tuple(
        replace(one, state=to) if (one.number, one.part) == (event.number, event.part) else one for one in leg.closings
    )
    return _leg(state, at, event, closings=closings)


# --- trades -------------------------------------------------------------------------------------------------------


@on(e.TargetReached)
def _target_reached(state: DeskState, at: int, event: e.TargetReached) -> DeskState:
    trade = state.trades.get(event.signal)
    if trade is None or event.number in trade.reached:
        return state
    trade = replace(trade, reached=(*trade.reached, event.number))
    return replace(state, trades=having(state.trades, trade.signal, trade))


@on(e.TrailSet)
def _trail_set(state: DeskState, at: int, event: e.TrailSet) -> DeskState:
    trade = state.trades.get(event.signal)
    if trade is None:
        return state
    return replace(state, trades=having(state.trades, trade.signal, replace(trade, trail=event.distance)))


def find_leg(state: DeskState, leg: LegId) -> LegView | None:
    """A leg by its id, None when it is not in view."""
    trade = state.trades.get(signal_of(leg))
    return next((one for one in trade.legs if one.id == leg), None) if trade else None


def signal_of(leg: LegId) -> SignalId:
    """The signal a leg belongs to."""
    return SignalId(leg.rpartition(".")[0].partition("!")[0])


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
        state = _scored(state, trade)
        trade = replace(trade, ended_at=at, scored=trade.realised)
    return replace(state, trades=having(state.trades, trade.signal, trade))


def _scored(state: DeskState, trade: Trade) -> DeskState:
    # A trade ended: its result goes to its channel, in R and in money. One that ended before, and was woken by a leg that
    # turned up late, adds only what that leg made.
    view = state.channels.get(trade.channel)
    money = trade.realised - trade.scored
    if view is None or not trade.was_opened or not trade.risk or (trade.ended_at is not None and not money):
        return state
    result = (money / trade.risk).quantize(Decimal("0.01"))
    return with_channel(
        state,
        trade.channel,
        results=(*view.results[-KEEP_RESULTS + 1 :], result),
        result_r=view.result_r + result,
        result_money=view.result_money + money,
    )

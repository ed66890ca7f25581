"""From an intent to the broker: a leg is sent at most once.

The order of every send: look for the leg's magic at the broker, write LegSending to disk, call, read the answer. What is not
certain is written down as UNKNOWN and left to `reconcile`; there is no path from there back to here.
Reference: reliability R1 (write ahead), R3 (pre-send adoption), R8 (stops ride along), R13.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from decimal import Decimal

from msgspec.structs import replace

from signalos_tui.config import Send
from signalos_tui.execute import constants as mt
from signalos_tui.execute import netting
from signalos_tui.execute.absences import Absences
from signalos_tui.execute.calls import MOST_ATTEMPTS, Called, Calls, pause_s
from signalos_tui.execute.look import DAY_S, UNSETTLED, Look, look
from signalos_tui.execute.reconcile import opened_as, reconcile
from signalos_tui.execute.retcodes import Answer, what_of
from signalos_tui.execute.structs import OrderSendResult
from signalos_tui.execute.terminal import Intent
from signalos_tui.execute.translate import decimal, order_type, side_of
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import LegView
from signalos_tui.model.events import (
    ActionSettled,
    Event,
    LegClosed,
    LegExpired,
    LegOpened,
    LegPlaced,
    LegReduced,
    LegRejected,
    LegSending,
    LegSent,
    LegUnknown,
    TargetReached,
)
from signalos_tui.model.ids import LegId, Ticket
from signalos_tui.model.market import Quote
from signalos_tui.model.orders import ActionKind, LegState, TradeRequest
from signalos_tui.model.signals import OrderKind
from signalos_tui.state import find_leg

APPEARS_WITHIN_S = 2.0
BEFORE_LOOKING_AGAIN_S = 1.0
MOST_OVER_PLAN = Decimal("0.1")
"""By so much of its way to the stop may a price at market have run since a leg was sized: its volume is what it was then."""


class Sending(Calls):
    """Opens legs."""

    _withdrawn: dict[LegId, str]
    _not_before: int

    def quarantine(self, before: int) -> None:
        """Send nothing whose post is older than this (ms UTC): it may have been sent from a journal that is lost (R9)."""
        self._not_before = max(self._not_before, before)

    def withdraw(self, legs: Iterable[LegId], why: str) -> None:
        """Never send these; what is not a leg that waits is left alone."""
        self._withdrawn.update(dict.fromkeys(legs, why))

    async def _send(self, leg: LegView, send: Send) -> None:
        attempts = min(send.attempts, MOST_ATTEMPTS)
        filling: int | None = None
        for attempt in range(1, attempts + 1):
            seen = await self._free_way(leg, attempt)
            if seen is None:
                return
            request = await self._opening(leg, send, seen, filling)
            stopped = request if isinstance(request, str) else self._why_not(leg)
            if stopped or isinstance(request, str):
                await self._end_unsent(leg, attempt, stopped)
                return
            await self._ledger.record(LegSending(leg.id, attempt, request))
            stopped = self._why_not(leg)
            if stopped:  # the switch was thrown while the line above was being written
                await self._ledger.record(LegRejected(leg.id, 0, stopped), *self._unwished(leg))
                return
            intent = Intent(f"{leg.id}/{attempt}", leg.intent_at, leg.intent_at + leg.ttl_ms)
            called = await self._asked(request, intent, send.call_s)
            again = attempt < attempts and not self._why_not(leg)
            other = await self._refilled(leg, request, called) if again and filling is None else None
            if not await self._heard(leg, request, called, seen, again=again and _may_be_asked_anew(called, other)):
                return
            filling = other if other is not None else filling
            await asyncio.sleep(pause_s(called.code, attempt, leg.magic))

    async def _free_way(self, leg: LegView, attempt: int) -> Look | None:
        # A look that shows that this leg is not at the broker and may go there; None when it ended or was found instead.
        why = ""
        while True:
            seen = await self._seen_clearly(leg, why)
            if isinstance(seen, str):
                await self._end_unsent(leg, attempt, seen)
                return None
            if await self._adopted(leg, attempt, seen):
                return None
            why = self._beside(leg, seen) if seen.is_netting else ""
            if not why:
                return seen
            await asyncio.sleep(BEFORE_LOOKING_AGAIN_S)

    def _beside(self, leg: LegView, seen: Look) -> str:
        # Netting: a leg may only join what is its own trade's, or it would close or share what is somebody else's.
        position = netting.position_of(leg, seen.positions)
        legs = [one for trade in self._ledger.state.live_trades for one in trade.legs if one.symbol == leg.symbol]
        ours = sum((one.volume for one in legs if one.is_open), Decimal(0))
        coming = sum((one.plan.volume for one in legs if one.state in UNSETTLED), Decimal(0))
        there = decimal(position.volume) if position is not None else Decimal(0)
        if position is not None and side_of(position.type) is not leg.side:
            return f"the account is {side_of(position.type)} {there:f} lots of {leg.symbol}, which this would close"
        if there > ours + coming:
            return f"the account has {there - ours:f} lots of {leg.symbol} that are not this trade's"
        return f"the trade should have {ours:f} lots of {leg.symbol}, the account has {there:f}" if there < ours else ""

    async def _heard(self, leg: LegView, request: TradeRequest, called: Called, seen: Look, *, again: bool) -> bool:
        # Writes the answer down; True when the leg may be asked for anew.
        result, code, latency = called.result, called.code, called.latency
        match called.answer:
            case Answer.ACCEPTED | Answer.PARTIAL if result is not None:
                await self._ledger.record(*await self._accepted(leg, request, result, seen, latency))
            case Answer.PLACED if result is not None:
                await self._ledger.record(LegSent(leg.id, Ticket(result.order), code, latency))
            case Answer.REPRICE | Answer.REFUSED:
                await self._ledger.record(LegRejected(leg.id, code, called.text, not again, latency))
                return again
            case _:
                await self._ledger.record(LegUnknown(leg.id, code, what_of(code)))
        return False

    async def _refilled(self, leg: LegView, request: TradeRequest, called: Called) -> int | None:
        # The next filling mode, when this one was refused for good.
        if called.answer is not Answer.REFUSED or called.code != mt.TRADE_RETCODE_INVALID_FILL:
            return None
        seen = await self._instrument(leg.symbol)
        return None if seen is None else self._other_filling(seen[0], request)

    def _why_not(self, leg: LegView) -> str:
        state = self._ledger.state
        if state.trading is not TradingState.ACTIVE:
            return f"trading is {state.trading}: {state.trading_reason}"
        if leg.id in self._withdrawn:
            return self._withdrawn[leg.id]
        if leg.posted_at < self._not_before:
            return "it was posted before this start, and the journal had gone back in time"
        age = self._clock.now() - leg.intent_at
        if age > leg.ttl_ms:
            return f"its intent is {age / 1000:.1f} s old, {leg.ttl_ms / 1000:g} s are allowed"
        now = find_leg(state, leg.id)
        if now is None or now.state not in (LegState.INTENT, LegState.SENDING):
            return f"the leg is {now.state if now else 'gone'}"
        ended = next((a for a in now.actions if a.kind in (ActionKind.CLOSE, ActionKind.CANCEL)), None)
        return f"{ended.text} before it was sent" if ended else ""

    async def _end_unsent(self, leg: LegView, attempt: int, why: str) -> None:
        now = find_leg(self._ledger.state, leg.id)
        if now is None or now.state not in (LegState.INTENT, LegState.SENDING):
            return
        event: Event = LegExpired(leg.id, why) if attempt == 1 else LegRejected(leg.id, 0, why)
        await self._ledger.record(event, *self._unwished(leg))

    def _unwished(self, leg: LegView) -> list[Event]:
        # What was wished for a leg that will never be.
        self._withdrawn.pop(leg.id, None)
        now = find_leg(self._ledger.state, leg.id)
        return [ActionSettled(leg.id, a.number, True, 0, "it was never sent") for a in (now.actions if now else ())]

    async def _seen_clearly(self, leg: LegView, why: str = "") -> Look | str:
        # A look that proves absence; for want of one it is tried again, as long as the leg may be sent at all.
        while True:
            stopped = self._why_not(leg)
            if stopped:
                return f"{stopped}; {why}" if why else stopped
            seen = await look(self._terminal, [leg], self._account(), self._clock.now(), sweep=True)
            if seen.is_clean:
                return seen
            why = seen.why_not
            await asyncio.sleep(BEFORE_LOOKING_AGAIN_S)

    async def _adopted(self, leg: LegView, attempt: int, seen: Look) -> bool:
        # R3: whatever carries this magic is this leg; then nothing is sent.
        found = reconcile([_as_unknown(leg)], seen, Absences(), settle_ms=1 << 62)
        if seen.is_netting:  # whoever closed what since is found by comparing with all legs of the position
            found = [event for event in found if not isinstance(event, LegReduced | LegClosed | TargetReached)]
        has_dealt = seen.is_netting and any(deal.magic == leg.magic for deal in seen.deals)
        if not found and not has_dealt:
            return False
        await self._ledger.record(*found)
        await self._end_unsent(leg, attempt, "something else at the broker carries its magic")  # if it was not adopted
        return True

    # --- the request ----------------------------------------------------------------------------------------------

    async def _opening(self, leg: LegView, send: Send, seen: Look, filling: int | None = None) -> TradeRequest | str:
        known = await self._instrument(leg.symbol)
        if known is None:
            return f"{leg.symbol} has no price at the terminal"
        spec, quote = known
        plan = leg.plan
        pending = plan.kind in (OrderKind.LIMIT, OrderKind.STOP) and plan.entry is not None
        ahead = self._ahead_s() if pending and plan.expires_at else 0
        if ahead is None:  # an end by an unknown clock is no end
            return "the broker's clock is not known yet: no price has moved since the start"
        stop, target = self._shared_levels(leg) if seen.is_netting else (plan.stop, plan.target)
        ran = None if pending else run_away(leg, quote, stop)
        if ran is not None:
            return ran
        return TradeRequest(
            action=mt.TRADE_ACTION_PENDING if pending else mt.TRADE_ACTION_DEAL,
            symbol=leg.symbol,
            type=order_type(leg.side, plan.kind if pending else OrderKind.MARKET),
            volume=plan.volume,
            price=plan.entry if pending and plan.entry is not None else quote.opening(leg.side),
            sl=stop or Decimal(0),
            tp=target or Decimal(0),
            deviation=send.deviation_points,
            magic=leg.magic,
            comment=f"so {leg.magic:x}",
            type_filling=self._filling_of(spec, waits=pending) if filling is None else filling,
            type_time=mt.ORDER_TIME_SPECIFIED if pending and plan.expires_at else mt.ORDER_TIME_GTC,
            expiration=plan.expires_at // 1000 + ahead if pending and plan.expires_at else 0,
        )

    def _shared_levels(self, leg: LegView) -> tuple[Decimal | None, Decimal | None]:
        # Netting: what is added replaces the position's levels, so it carries those of all legs.
        legs = self._ledger.state.trades[leg.signal].legs
        stops = [one.stop for one in legs if one.is_open]
        return stops[0] if stops else leg.plan.stop, netting.guard(legs)

    # --- the answer -----------------------------------------------------------------------------------------------

    async def _accepted(
        self, leg: LegView, request: TradeRequest, result: OrderSendResult, seen: Look, latency: int
    ) -> list[Event]:
        if request.action == mt.TRADE_ACTION_PENDING:
            return [LegPlaced(leg.id, Ticket(result.order), result.retcode, latency)]
        opened = await (self._dealt(leg, request) if seen.is_netting else self._appeared(leg))
        if opened is None:  # accepted; whether it still stands is for reconcile to see
            return [LegSent(leg.id, Ticket(result.order), result.retcode, latency)]
        return [replace(opened, asked=request.price, retcode=result.retcode, latency_ms=latency, adopted=False)]

    async def _appeared(self, leg: LegView) -> LegOpened | None:
        # A deal can be done a moment before its position is listed.
        deadline = self._clock.now() + round(APPEARS_WITHIN_S * 1000)
        while True:
            positions = await self._terminal.positions_get(symbol=leg.symbol)
            for position in positions or ():
                if position.magic == leg.magic:
                    return opened_as(leg, position)
            if self._clock.now() >= deadline:
                return None
            await asyncio.sleep(0.1)

    async def _dealt(self, leg: LegView, request: TradeRequest) -> LegOpened | None:
        # On a netting account only the deal says what was opened; the position is everybody's.
        deadline = self._clock.now() + round(APPEARS_WITHIN_S * 1000)
        while True:
            now = self._clock.now() // 1000
            deals = netting.opening_deals(leg, await self._terminal.history_deals_get(now - DAY_S, now + DAY_S) or ())
            if deals:
                return replace(netting.opened(leg, deals), stop=request.sl or None)
            if self._clock.now() >= deadline:
                return None
            await asyncio.sleep(0.1)


def run_away(leg: LegView, quote: Quote, stop: Decimal | None) -> str | None:
    """Why a leg is not opened at market at this price; None when it may be.

    Between the decision and this moment the price may have run: then the volume that was right loses more at the stop than
    was agreed, or the stop or the target is behind the market already. stop: the one that rides along.
    """
    side, paid, out = leg.side, quote.opening(leg.side), quote.closing(leg.side)
    for what, level, sign in (("stop", stop, -side.sign), ("target", leg.plan.target, side.sign)):
        if level is not None and (out - level) * sign >= 0:
            return f"the price is {_plain(out)} by now, which is at its {what} {_plain(level)} or beyond"
    way = leg.plan.way()
    if way is None or stop is None:
        return None
    now = (paid - stop) * side.sign
    if now <= way * (1 + MOST_OVER_PLAN):
        return None
    share = (now / way - 1) * 100
    text = f"the price has run to {_plain(paid)}: {_plain(now)} to its stop, its size was made for {_plain(way)}"
    return f"{text}. It would lose {share:.0f} % more than planned, {MOST_OVER_PLAN * 100:.0f} % are allowed"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _may_be_asked_anew(called: Called, other_filling: int | None) -> bool:
    return called.answer is Answer.REPRICE or other_filling is not None


def _as_unknown(leg: LegView) -> LegView:
    return replace(leg, state=LegState.UNKNOWN, sending_at=leg.intent_at)

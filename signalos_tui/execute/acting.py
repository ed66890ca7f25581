"""From a wish to the broker: closes, parts, levels and cancellations, each absolute, each repeated until it is so.

What is to be done is computed from what the terminal shows now, never from memory: "close what is open", "reduce to", "levels
at". So an answer that was lost costs a repetition and nothing else. A part is the exception: while it may still be on its way it
is not asked for again (reference: reliability R12, D18, D19, D20).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from decimal import Decimal
from functools import partial

from signalos_tui.config import Send
from signalos_tui.execute import constants as mt
from signalos_tui.execute.calls import Called, pause_s, until
from signalos_tui.execute.look import Look, look
from signalos_tui.execute.netted import Netted, stands_already
from signalos_tui.execute.reconcile import of
from signalos_tui.execute.retcodes import GATEWAY_REFUSED, Answer
from signalos_tui.execute.structs import TradeOrder, TradePosition
from signalos_tui.execute.terminal import Intent
from signalos_tui.execute.translate import decimal, is_volume, order_type
from signalos_tui.model.desk import LegView
from signalos_tui.model.events import ActionSettled, Event, LegProtected, NoticeRaised, Severity
from signalos_tui.model.ids import LegId, Ticket
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.orders import ActionKind, LegAction, TradeRequest
from signalos_tui.model.signals import OrderKind
from signalos_tui.state import find_leg

BEFORE_ACTING_AGAIN_S = 1.0
_HALF_DONE = (Answer.PARTIAL, Answer.PLACED)
"""Accepted, and not yet so: a part was done, or it was promised."""


class Acting(Netted):
    """Carries out what is wished for legs that exist."""

    _doubts: dict[tuple[LegId, int], int]
    _delays: set[tuple[LegId, int]]

    def doubt(self, leg: LegId, actions: Iterable[int]) -> None:
        """These actions may have been sent and may still be carried out: relative to now they are not repeated for a while."""
        self._doubts.update(dict.fromkeys(((leg, number) for number in actions), self._clock.now()))

    async def _act(self, leg: LegView, action: LegAction, send: Send) -> None:
        filling: int | None = None
        for attempt in range(1, send.attempts + 1):
            seen = await look(self._terminal, (), self._account(), self._clock.now())
            if not seen.is_clean:
                return
            ask = self._netted_request if seen.is_netting else partial(self._managing, seen)
            request = await ask(leg, action, send, filling)
            if isinstance(request, str):
                await self._ledger.record(ActionSettled(leg.id, action.number, True, 0, request))
                return
            if request is None or (not seen.is_netting and self._is_doubtful(leg, action, send)):
                return
            called = await self._called(leg, action, request, send, seen)
            if called is None:
                return
            if called.code == mt.TRADE_RETCODE_INVALID_FILL and filling is None:
                known = await self._instrument(leg.symbol)
                filling = self._other_filling(known[0], request) if known is not None else None
                is_refilled = filling is not None
            else:
                is_refilled = False
            if not await self._goes_on(
                leg,
                action,
                request,
                called,
                attempt < send.attempts,
                is_refilled=is_refilled,
                is_netting_deal=seen.is_netting and request.action == mt.TRADE_ACTION_DEAL,
            ):
                return
            leg = find_leg(self._ledger.state, leg.id) or leg
            await asyncio.sleep(max(BEFORE_ACTING_AGAIN_S, pause_s(called.code, attempt, leg.magic)))

    async def _called(
        self, leg: LegView, action: LegAction, request: TradeRequest, send: Send, seen: Look
    ) -> Called | None:
        # The answer, where it has to be looked at further; what was accepted is written down here.
        if seen.is_netting and request.action == mt.TRADE_ACTION_DEAL:
            called = await self._close(leg, action, request, send)
            # What is on its way, or done, is followed by comparing; the action ends with it.
            return None if called.answer is Answer.AMBIGUOUS or called.answer.is_accepted else called
        if seen.is_netting and stands_already(request, seen.positions):
            await self._ledger.record(*self._protected(leg, action, mt.TRADE_RETCODE_NO_CHANGES, 0))
            return None
        now = self._clock.now()
        name = f"{leg.id}~{action.number}/{now}"  # repeated on purpose: an id each time
        intent = Intent(name, now, until(leg, now, send))
        try:
            called = await self._asked(request, intent, send.call_s)
        except asyncio.CancelledError:
            if action.kind is ActionKind.REDUCE:
                self.doubt(leg.id, [action.number])
            raise
        if called.answer in _HALF_DONE and action.kind is ActionKind.CLOSE and request.order == 0:
            return called  # what is left, or was promised only, is still to be closed
        if called.answer in (Answer.AMBIGUOUS, *_HALF_DONE) and action.kind is ActionKind.REDUCE:
            self.doubt(leg.id, [action.number])
            return None
        if called.answer.is_accepted and _is_first_half(leg, action, request):
            return called
        if called.answer.is_accepted:
            done = self._protected if seen.is_netting and action.kind is ActionKind.PROTECT else _done
            await self._ledger.record(*done(leg, action, called.code, called.latency))
            return None
        return called

    async def _goes_on(
        self,
        leg: LegView,
        action: LegAction,
        request: TradeRequest,
        called: Called,
        has_attempts: bool,
        *,
        is_refilled: bool,
        is_netting_deal: bool,
    ) -> bool:
        # Whether it is asked again now; a definite end is written down, what is ambiguous or done in part stays intended.
        # A removal that is refused: the order may have been filled this moment, and what is there now is to be closed.
        is_removal = action.kind is ActionKind.CLOSE and request.order != 0
        is_unfinished = called.answer in (Answer.AMBIGUOUS, *_HALF_DONE)
        is_unfinished |= called.answer.is_accepted and _is_first_half(leg, action, request)
        again = called.answer is Answer.REPRICE or is_unfinished or is_removal or is_refilled
        if again and has_attempts:
            return True
        if not is_unfinished and not is_netting_deal and _passes(called) and action.kind is not ActionKind.REDUCE:
            await self._delayed(leg, action, called)
        elif not is_unfinished:
            event = ActionSettled(leg.id, action.number, False, called.code, called.text, called.latency)
            await self._ledger.record(event)
        return False

    async def _delayed(self, leg: LegView, action: LegAction, called: Called) -> None:
        # A "no" that passes ends no wish to close: it stays intended, and the owner hears of it once.
        if (leg.id, action.number) in self._delays:
            return
        self._delays.add((leg.id, action.number))
        text = f"{leg.side} {leg.symbol}: {action.text} is not done yet. {called.text}"
        remedy = "It is asked for again until it is done; look at the terminal if it is urgent"
        await self._ledger.record(NoticeRaised(Severity.ALARM, "not-done-yet", text, remedy))

    def _is_doubtful(self, leg: LegView, action: LegAction, send: Send) -> bool:
        # A part that may still be closed late must not be closed a second time: what is left would be too little (D19). That
        # holds for whatever wish came after it, too: two of them that are both done take twice as much.
        if action.kind is not ActionKind.REDUCE:
            return False
        still = self._clock.now() - send.settle_s * 1000
        return any(doubted == leg.id and since > still for (doubted, _), since in self._doubts.items())

    async def _managing(
        self, seen: Look, leg: LegView, action: LegAction, send: Send, filling: int | None = None
    ) -> TradeRequest | str | None:
        # The request; a text when there is nothing left to do; None when the terminal cannot say.
        position, order = of(leg, seen)
        if action.kind is ActionKind.CANCEL or (action.kind is ActionKind.CLOSE and position is None):
            if order is None:  # filled this moment, or an empty list: comparing says what ended (R4)
                return "it is no longer at the broker" if position is not None else None
            return TradeRequest(action=mt.TRADE_ACTION_REMOVE, symbol=leg.symbol, order=Ticket(order.ticket))
        if position is None:
            return None if order is None else modified(leg, action, order)
        if action.kind is ActionKind.CLOSE and order is not None and order.ticket in (leg.order, leg.position):
            # Filled in part so far: the rest must not be filled after the close.
            return TradeRequest(action=mt.TRADE_ACTION_REMOVE, symbol=leg.symbol, order=Ticket(order.ticket))
        if action.kind is ActionKind.PROTECT:
            return TradeRequest(
                action=mt.TRADE_ACTION_SLTP,
                symbol=leg.symbol,
                position=Ticket(position.ticket),
                sl=action.stop or Decimal(0),
                tp=action.target or Decimal(0),
                magic=leg.magic,
            )
        instrument = await self._instrument(leg.symbol)
        if instrument is None or not is_volume(position.volume):
            return None
        mode = self._filling_of(instrument[0]) if filling is None else filling
        return _closing(leg, action, position, *instrument, send, mode)


def _passes(called: Called) -> bool:
    # Nothing was done, and later it may be: a busy gateway, a moving price, a closed market.
    return called.answer is Answer.REPRICE or called.code in (GATEWAY_REFUSED, mt.TRADE_RETCODE_MARKET_CLOSED)


def modified(leg: LegView, action: LegAction, order: TradeOrder | None) -> TradeRequest | str:
    """New levels for an order that waits; a text when there is nothing left to do."""
    if order is None or action.kind is not ActionKind.PROTECT:
        return "it is no longer at the broker"
    return TradeRequest(
        action=mt.TRADE_ACTION_MODIFY,
        symbol=leg.symbol,
        order=Ticket(order.ticket),
        price=decimal(order.price_open),
        sl=action.stop or Decimal(0),
        tp=action.target or Decimal(0),
        type_time=order.type_time,
        expiration=order.time_expiration,
    )


def _is_first_half(leg: LegView, action: LegAction, request: TradeRequest) -> bool:
    # The rest of an order that was filled in part is removed; what was filled is still to be closed.
    return action.kind is ActionKind.CLOSE and request.order != 0 and leg.is_open


def _done(leg: LegView, action: LegAction, code: int, latency: int) -> list[Event]:
    done: list[Event] = [ActionSettled(leg.id, action.number, True, code, "done", latency)]
    if action.kind is ActionKind.PROTECT:
        done.append(LegProtected(leg.id, action.stop, action.target, action.text))
    return done


def _closing(
    leg: LegView,
    action: LegAction,
    position: TradePosition,
    spec: SymbolSpec,
    quote: Quote,
    send: Send,
    filling: int,
) -> TradeRequest | str:
    open_now = decimal(position.volume)
    volume = open_now - action.volume if action.kind is ActionKind.REDUCE else open_now
    if volume <= 0:
        return "the position is that small already"
    return TradeRequest(
        action=mt.TRADE_ACTION_DEAL,
        symbol=leg.symbol,
        type=order_type(leg.side.opposite, OrderKind.MARKET),
        volume=min(volume, spec.volume_max),
        price=quote.closing(leg.side),
        deviation=send.deviation_points,
        magic=leg.magic,
        position=Ticket(position.ticket),
        comment=f"so {leg.magic:x}",
        type_filling=filling,
    )

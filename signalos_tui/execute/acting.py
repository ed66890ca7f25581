"""From a wish to the broker: closes, parts, levels and cancellations, each absolute, each repeated until it is so.

What is to be done is computed from what the terminal shows now, never from memory: "close what is open", "reduce to", "levels
at". So an answer that was lost costs a repetition and nothing else. A part is the exception: while it may still be on its way it
is not asked for again (reference: reliability R12, D18, D19, D20).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from decimal import Decimal

from signalos_tui.config import Send
from signalos_tui.execute import constants as mt
from signalos_tui.execute.calls import Calls, pause_s
from signalos_tui.execute.look import look
from signalos_tui.execute.reconcile import of
from signalos_tui.execute.retcodes import Answer
from signalos_tui.execute.structs import TradeOrder, TradePosition
from signalos_tui.execute.terminal import Intent
from signalos_tui.execute.translate import decimal, order_type
from signalos_tui.model.desk import LegView
from signalos_tui.model.events import ActionSettled, Event, LegProtected
from signalos_tui.model.ids import LegId, Ticket
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.orders import ActionKind, LegAction, TradeRequest
from signalos_tui.model.signals import OrderKind

BEFORE_ACTING_AGAIN_S = 1.0


class Acting(Calls):
    """Carries out what is wished for legs that exist."""

    _doubts: dict[tuple[LegId, int], int]

    def doubt(self, leg: LegId, actions: Iterable[int]) -> None:
        """These actions may have been sent and may still be carried out: relative to now they are not repeated for a while."""
        self._doubts.update(dict.fromkeys(((leg, number) for number in actions), self._clock.now()))

    async def _act(self, leg: LegView, action: LegAction, send: Send) -> None:
        filling: int | None = None
        for attempt in range(1, send.attempts + 1):
            request = await self._managing(leg, action, send, filling)
            if isinstance(request, str):
                await self._ledger.record(ActionSettled(leg.id, action.number, True, 0, request))
                return
            if request is None or self._is_doubtful(leg, action, send):
                return
            now = self._clock.now()
            intent = Intent(f"{leg.id}~{action.number}/{now}", now)  # repeated on purpose: an id each time
            called = await self._asked(request, intent, send.call_s)
            answer, code = called.answer, called.code
            if answer.is_accepted:
                await self._ledger.record(*_done(leg, action, code, called.latency))
                return
            if answer is Answer.AMBIGUOUS and action.kind is ActionKind.REDUCE:
                self.doubt(leg.id, [action.number])
                return
            if answer is Answer.REFUSED and code == mt.TRADE_RETCODE_INVALID_FILL and filling is None:
                seen = await self._instrument(leg.symbol)
                filling = self._other_filling(seen[0], request) if seen is not None else None
            # A removal that is refused: the order may have been filled this moment, and what is there now is to be closed.
            again = (
                answer in (Answer.REPRICE, Answer.AMBIGUOUS)
                or (action.kind is ActionKind.CLOSE and request.order != 0)
                or (code == mt.TRADE_RETCODE_INVALID_FILL and filling not in (None, request.type_filling))
            )
            if not again or (attempt == send.attempts and answer is not Answer.AMBIGUOUS):
                await self._ledger.record(
                    ActionSettled(leg.id, action.number, False, code, called.text, called.latency)
                )
                return
            await asyncio.sleep(max(BEFORE_ACTING_AGAIN_S, pause_s(code, attempt, leg.magic)))

    def _is_doubtful(self, leg: LegView, action: LegAction, send: Send) -> bool:
        # A part that may still be closed late must not be closed a second time: what is left would be too little (D19).
        since = self._doubts.get((leg.id, action.number))
        return since is not None and self._clock.now() - since < send.settle_s * 1000

    async def _managing(
        self, leg: LegView, action: LegAction, send: Send, filling: int | None = None
    ) -> TradeRequest | str | None:
        # The request; a text when there is nothing left to do; None when the terminal cannot say.
        seen = await look(self._terminal, (), self._account(), self._clock.now())
        if not seen.is_clean:
            return None
        position, order = of(leg, seen)
        if action.kind is ActionKind.CANCEL or (action.kind is ActionKind.CLOSE and position is None):
            if order is None:  # it may have been filled this moment: then a close is still to be done
                return None if action.kind is ActionKind.CLOSE and not leg.is_open else "it is no longer at the broker"
            return TradeRequest(action=mt.TRADE_ACTION_REMOVE, symbol=leg.symbol, order=Ticket(order.ticket))
        if position is None:
            return modified(leg, action, order)
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
        if instrument is None:
            return None
        mode = self._filling_of(instrument[0]) if filling is None else filling
        return _closing(leg, action, position, *instrument, send, mode)


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

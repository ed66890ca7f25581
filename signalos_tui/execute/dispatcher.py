"""From an intent to the broker: a leg is sent at most once, an action as often as it takes.

The order of every send: look for the leg's magic at the broker, write LegSending to disk, call, read the answer. What is not
certain is written down as UNKNOWN and left to `reconcile`; there is no path from there back to here.
Reference: reliability R1 (write ahead), R3 (pre-send adoption), R8 (stops ride along), R12, R13.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Protocol

from msgspec.structs import replace

from signalos_tui.clock import Clock
from signalos_tui.config import Send
from signalos_tui.execute import constants as mt
from signalos_tui.execute.look import Look, look
from signalos_tui.execute.reconcile import Absences, of, reconcile
from signalos_tui.execute.retcodes import Answer, classify, text_of, what_of
from signalos_tui.execute.structs import OrderSendResult, TradeOrder, TradePosition
from signalos_tui.execute.terminal import Intent, Terminal
from signalos_tui.execute.translate import decimal, filling, order_type, price_or_none, quote_of, spec_of, wire
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import DeskState, LegView
from signalos_tui.model.events import (
    ActionSettled,
    Event,
    LegExpired,
    LegOpened,
    LegPlaced,
    LegProtected,
    LegRejected,
    LegSending,
    LegSent,
    LegUnknown,
)
from signalos_tui.model.ids import LegId, Ticket
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.orders import ActionKind, LegAction, LegState, TradeRequest
from signalos_tui.model.signals import OrderKind
from signalos_tui.state import find_leg

APPEARS_WITHIN_S = 2.0
BEFORE_REPRICING_S = 0.3
BEFORE_LOOKING_AGAIN_S = 1.0


class Ledger(Protocol):
    """What the dispatcher needs of the engine: read the desk, write events down."""

    @property
    def state(self) -> DeskState:
        """The desk now."""
        ...

    async def record(self, *events: Event) -> None:
        """Write events down as one group; they are durable and folded when this returns. Raises JournalFailed."""
        ...


class Dispatcher:
    """Sends legs and carries out actions on one account. in_flight: legs whose answer is awaited right now."""

    def __init__(self, terminal: Terminal, ledger: Ledger, clock: Clock, account: Callable[[], str]) -> None:
        self._terminal = terminal
        self._ledger = ledger
        self._clock = clock
        self._account = account
        self._in_flight: dict[LegId, None] = {}
        self._withdrawn: dict[LegId, str] = {}
        self._doubts: dict[tuple[LegId, int], int] = {}

    def withdraw(self, legs: Iterable[LegId], why: str) -> None:
        """Never send these; what is not a leg that waits is left alone."""
        self._withdrawn.update(dict.fromkeys(legs, why))

    def doubt(self, leg: LegId, actions: Iterable[int]) -> None:
        """These actions may have been sent and may still be carried out: relative to now they are not repeated for a while."""
        self._doubts.update(dict.fromkeys(((leg, number) for number in actions), self._clock.now()))

    async def finish(self, within_s: float) -> None:
        """Wait until no answer is awaited any more, at most `within_s` seconds."""
        deadline = self._clock.now() + within_s * 1000
        while self._in_flight and self._clock.now() < deadline:  # noqa: ASYNC110 (bounded, at the end only)
            await asyncio.sleep(0.05)

    @property
    def in_flight(self) -> frozenset[LegId]:
        """Legs that only this process may speak about now."""
        return frozenset(self._in_flight)

    # --- opening --------------------------------------------------------------------------------------------------

    async def send(self, leg: LegView, send: Send) -> None:
        """Carry an intent to its answer. Returns when the answer, or the lack of one, is on disk. Raises JournalFailed."""
        if leg.id in self._in_flight:
            return
        self._in_flight[leg.id] = None
        try:
            await self._send(leg, send)
        finally:
            self._in_flight.pop(leg.id, None)

    async def _send(self, leg: LegView, send: Send) -> None:
        for attempt in range(1, send.attempts + 1):
            seen = await self._seen_clearly(leg)
            if isinstance(seen, str):
                await self._end_unsent(leg, attempt, seen)
                return
            if await self._adopted(leg, attempt, seen):
                return
            request = await self._opening(leg, send)
            stopped = request if isinstance(request, str) else self._why_not(leg)
            if stopped or isinstance(request, str):
                await self._end_unsent(leg, attempt, stopped)
                return
            await self._ledger.record(LegSending(leg.id, attempt, request))
            stopped = self._why_not(leg)
            if stopped:  # the switch was thrown while the line above was being written
                await self._ledger.record(LegRejected(leg.id, 0, stopped), *self._unwished(leg))
                return
            if not await self._asked(leg, request, send, attempt):
                return
            await asyncio.sleep(BEFORE_REPRICING_S)

    async def _asked(self, leg: LegView, request: TradeRequest, send: Send, attempt: int) -> bool:
        # True when the leg may be priced again.
        started = self._clock.now()
        result, error = await self._call(request, Intent(f"{leg.id}/{attempt}", leg.intent_at), send.call_s)
        latency = self._clock.now() - started
        answer = classify(result, error, wire(request))
        code = result.retcode if result else error[0]
        match answer:
            case Answer.ACCEPTED | Answer.PARTIAL if result is not None:
                await self._ledger.record(*await self._accepted(leg, request, result, latency))
            case Answer.PLACED if result is not None:
                await self._ledger.record(LegSent(leg.id, Ticket(result.order), code, latency))
            case Answer.REPRICE | Answer.REFUSED:
                final = answer is Answer.REFUSED or attempt == send.attempts or bool(self._why_not(leg))
                await self._ledger.record(LegRejected(leg.id, code, text_of(code), final, latency))
                return not final
            case _:
                await self._ledger.record(LegUnknown(leg.id, code, what_of(code)))
        return False

    def _why_not(self, leg: LegView) -> str:
        state = self._ledger.state
        if state.trading is not TradingState.ACTIVE:
            return f"trading is {state.trading}: {state.trading_reason}"
        if leg.id in self._withdrawn:
            return self._withdrawn[leg.id]
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

    async def _seen_clearly(self, leg: LegView) -> Look | str:
        # A look that proves absence; for want of one it is tried again, as long as the leg may be sent at all.
        why = ""
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
        if not found:
            return False
        await self._ledger.record(*found)
        await self._end_unsent(leg, attempt, "something else at the broker carries its magic")  # if it was not adopted
        return True

    async def _opening(self, leg: LegView, send: Send) -> TradeRequest | str:
        seen = await self._instrument(leg.symbol)
        if seen is None:
            return f"{leg.symbol} has no price at the terminal"
        spec, quote = seen
        plan = leg.plan
        pending = plan.kind in (OrderKind.LIMIT, OrderKind.STOP) and plan.entry is not None
        server_offset = await self._server_offset_s(leg.symbol) if plan.expires_at else 0
        return TradeRequest(
            action=mt.TRADE_ACTION_PENDING if pending else mt.TRADE_ACTION_DEAL,
            symbol=leg.symbol,
            type=order_type(leg.side, plan.kind if pending else OrderKind.MARKET),
            volume=plan.volume,
            price=plan.entry if pending and plan.entry is not None else quote.opening(leg.side),
            sl=plan.stop or Decimal(0),
            tp=plan.target or Decimal(0),
            deviation=send.deviation_points,
            magic=leg.magic,
            comment=f"so {leg.magic:x}",
            type_filling=mt.ORDER_FILLING_RETURN if pending else filling(spec),
            type_time=mt.ORDER_TIME_SPECIFIED if pending and plan.expires_at else mt.ORDER_TIME_GTC,
            expiration=plan.expires_at // 1000 + server_offset if pending and plan.expires_at else 0,
        )

    async def _accepted(
        self, leg: LegView, request: TradeRequest, result: OrderSendResult, latency: int
    ) -> list[Event]:
        if request.action == mt.TRADE_ACTION_PENDING:
            return [LegPlaced(leg.id, Ticket(result.order), result.retcode, latency)]
        position = await self._appeared(leg, result)
        if position is None:  # accepted; whether it still stands is for reconcile to see
            return [LegSent(leg.id, Ticket(result.order), result.retcode, latency)]
        return [
            LegOpened(
                leg=leg.id,
                position=Ticket(position.ticket),
                volume=decimal(position.volume),
                price=decimal(position.price_open),
                asked=request.price,
                stop=price_or_none(position.sl),
                target=price_or_none(position.tp),
                retcode=result.retcode,
                latency_ms=latency,
            )
        ]

    async def _appeared(self, leg: LegView, result: OrderSendResult) -> TradePosition | None:
        # A deal can be done a moment before its position is listed.
        deadline = self._clock.now() + round(APPEARS_WITHIN_S * 1000)
        while True:
            positions = await self._terminal.positions_get(symbol=leg.symbol)
            for position in positions or ():
                if position.magic == leg.magic:
                    return position
            if self._clock.now() >= deadline:
                return None
            await asyncio.sleep(0.1)

    # --- managing -------------------------------------------------------------------------------------------------

    async def act(self, leg: LegView, action: LegAction, send: Send) -> None:
        """Carry out one intended action. An answer that is lost leaves it intended: all are absolute and are repeated."""
        if leg.id in self._in_flight:
            return
        self._in_flight[leg.id] = None
        try:
            await self._act(leg, action, send)
        finally:
            self._in_flight.pop(leg.id, None)

    async def _act(self, leg: LegView, action: LegAction, send: Send) -> None:
        for attempt in range(1, send.attempts + 1):
            request = await self._managing(leg, action, send)
            if isinstance(request, str):
                await self._ledger.record(ActionSettled(leg.id, action.number, True, 0, request))
                return
            if request is None or self._is_doubtful(leg, action, send):
                return
            started = self._clock.now()
            intent = Intent(f"{leg.id}~{action.number}/{started}", started)  # repeated on purpose: an id each time
            result, error = await self._call(request, intent, send.call_s)
            latency = self._clock.now() - started
            answer = classify(result, error, wire(request))
            code = result.retcode if result else error[0]
            if answer.is_accepted:
                done: list[Event] = [ActionSettled(leg.id, action.number, True, code, "done", latency)]
                if action.kind is ActionKind.PROTECT:
                    done.append(LegProtected(leg.id, action.stop, action.target, action.text))
                await self._ledger.record(*done)
                return
            if answer is Answer.AMBIGUOUS and action.kind is ActionKind.REDUCE:
                self.doubt(leg.id, [action.number])
                return
            # A removal that is refused: the order may have been filled this moment, and what is there now is to be closed.
            again = answer in (Answer.REPRICE, Answer.AMBIGUOUS) or (
                action.kind is ActionKind.CLOSE and request.order != 0
            )
            if not again or (attempt == send.attempts and answer is not Answer.AMBIGUOUS):
                await self._ledger.record(ActionSettled(leg.id, action.number, False, code, text_of(code), latency))
                return
            await asyncio.sleep(BEFORE_LOOKING_AGAIN_S)

    def _is_doubtful(self, leg: LegView, action: LegAction, send: Send) -> bool:
        # A part that may still be closed late must not be closed a second time: what is left would be too little (D19).
        since = self._doubts.get((leg.id, action.number))
        return since is not None and self._clock.now() - since < send.settle_s * 1000

    async def _managing(self, leg: LegView, action: LegAction, send: Send) -> TradeRequest | str | None:
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
            return self._managing_order(leg, action, order)
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
        return None if instrument is None else _closing(leg, action, position, *instrument, send)

    def _managing_order(self, leg: LegView, action: LegAction, order: TradeOrder | None) -> TradeRequest | str:
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

    # --- the terminal ---------------------------------------------------------------------------------------------

    async def _call(
        self, request: TradeRequest, intent: Intent, within_s: float
    ) -> tuple[OrderSendResult | None, tuple[int, str]]:
        # A call that hangs or breaks is an answer that was lost: it may have traded. Nothing comes between the last check of
        # the caller and the call: no other task gets a turn.
        try:
            async with asyncio.timeout(within_s):
                result = await self._terminal.order_send(wire(request), intent)
                return result, (await self._terminal.last_error() if result is None else (mt.RES_S_OK, ""))
        except TimeoutError:
            return None, (mt.RES_E_INTERNAL_FAIL_TIMEOUT, f"no answer within {within_s:g} s")
        except Exception as error:  # noqa: BLE001 (whatever breaks in a call proves nothing about the order)
            return None, (mt.RES_E_INTERNAL_FAIL_CONNECT, f"{type(error).__name__}: {error}")

    async def _instrument(self, symbol: str) -> tuple[SymbolSpec, Quote] | None:
        info = await self._terminal.symbol_info(symbol)
        tick = await self._terminal.symbol_info_tick(symbol)
        if info is None:
            return None
        quote = quote_of(symbol, tick, info.digits, self._clock.now())
        return None if quote is None else (spec_of(info), quote)

    async def _server_offset_s(self, symbol: str) -> int:
        # The broker's clock is its wall clock written as an epoch; a fresh tick tells by how much it differs.
        tick = await self._terminal.symbol_info_tick(symbol)
        if tick is None:
            return 0
        half_hours = round((tick.time - self._clock.now() / 1000) / 1800)
        return half_hours * 1800


def _as_unknown(leg: LegView) -> LegView:
    return replace(leg, state=LegState.UNKNOWN, sending_at=leg.intent_at)


def _closing(
    leg: LegView, action: LegAction, position: TradePosition, spec: SymbolSpec, quote: Quote, send: Send
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
        type_filling=filling(spec),
    )

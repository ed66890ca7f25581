"""From an intent to the broker: a leg is sent at most once, an action as often as it takes.

The order of every send: look for the leg's magic at the broker, write LegSending to disk, call, read the answer. What is not
certain is written down as UNKNOWN and left to `reconcile`; there is no path from there back to here.
Reference: reliability R1 (write ahead), R3 (pre-send adoption), R8 (stops ride along), R12, R13.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from msgspec.structs import replace

from signalos_tui.clock import Clock
from signalos_tui.config import Send
from signalos_tui.execute import constants as mt
from signalos_tui.execute.look import look
from signalos_tui.execute.reconcile import Absences, reconcile
from signalos_tui.execute.retcodes import Answer, classify, text_of
from signalos_tui.execute.structs import OrderSendResult, TradePosition
from signalos_tui.execute.terminal import Terminal
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
            stopped = self._why_not(leg)
            if stopped:
                await self._end_unsent(leg, attempt, stopped)
                return
            if await self._adopted(leg):
                return
            request = await self._opening(leg, send)
            if isinstance(request, str):
                await self._end_unsent(leg, attempt, request)
                return
            stopped = self._why_not(leg)
            if stopped:
                await self._end_unsent(leg, attempt, stopped)
                return
            await self._ledger.record(LegSending(leg.id, attempt, request))
            stopped = self._why_not(leg, sending=True)
            if stopped:  # the switch was thrown while the line above was being written
                await self._ledger.record(LegRejected(leg.id, 0, stopped))
                return
            if not await self._asked(leg, request, send, attempt):
                return
            await asyncio.sleep(BEFORE_REPRICING_S)

    async def _asked(self, leg: LegView, request: TradeRequest, send: Send, attempt: int) -> bool:
        # True when the leg may be priced again.
        started = self._clock.now()
        result, error = await self._call(request, send.call_s)
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
                await self._ledger.record(LegUnknown(leg.id, code, text_of(code)))
        return False

    def _why_not(self, leg: LegView, *, sending: bool = False) -> str:
        state = self._ledger.state
        if state.trading is not TradingState.ACTIVE:
            return f"trading is {state.trading}: {state.trading_reason}"
        age = self._clock.now() - leg.intent_at
        if age > leg.ttl_ms:
            return f"its intent is {age / 1000:.1f} s old, {leg.ttl_ms / 1000:g} s are allowed"
        now = find_leg(state, leg.id)
        if not sending and now is not None and now.state not in (LegState.INTENT, LegState.SENDING):
            return f"the leg is {now.state}"
        return ""

    async def _end_unsent(self, leg: LegView, attempt: int, why: str) -> None:
        now = find_leg(self._ledger.state, leg.id)
        if now is None or now.state not in (LegState.INTENT, LegState.SENDING):
            return
        event: Event = LegExpired(leg.id, why) if attempt == 1 else LegRejected(leg.id, 0, why)
        await self._ledger.record(event)

    async def _adopted(self, leg: LegView) -> bool:
        # R3: whatever carries this magic is this leg; then nothing is sent.
        seen = await look(self._terminal, [leg], self._account(), self._clock.now(), sweep=True)
        if not seen.is_clean:
            return await self._refused_blind(leg, seen.why_not)
        looked_for = _as_unknown(leg)
        found = reconcile([looked_for], seen, Absences(), settle_ms=1 << 62)
        if found:
            await self._ledger.record(*found)
        return bool(found)

    async def _refused_blind(self, leg: LegView, why: str) -> bool:
        await self._end_unsent(leg, 1, why)
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
            if request is None:
                return
            started = self._clock.now()
            result, error = await self._call(request, send.call_s)
            latency = self._clock.now() - started
            answer = classify(result, error, wire(request))
            code = result.retcode if result else error[0]
            if answer.is_accepted:
                done: list[Event] = [ActionSettled(leg.id, action.number, True, code, "done", latency)]
                if action.kind is ActionKind.PROTECT:
                    done.append(LegProtected(leg.id, action.stop, action.target, action.text))
                await self._ledger.record(*done)
                return
            if answer is Answer.AMBIGUOUS:
                return
            if answer is not Answer.REPRICE or attempt == send.attempts:
                await self._ledger.record(ActionSettled(leg.id, action.number, False, code, text_of(code), latency))
                return

    async def _managing(self, leg: LegView, action: LegAction, send: Send) -> TradeRequest | str | None:
        # The request; a text when there is nothing left to do; None when the terminal cannot say.
        if action.kind is ActionKind.CANCEL:
            orders = await self._terminal.orders_get()
            if orders is None:
                return None
            if leg.order is None or all(order.ticket != leg.order for order in orders):
                return "the order is no longer in the book"
            return TradeRequest(action=mt.TRADE_ACTION_REMOVE, symbol=leg.symbol, order=leg.order)
        positions = await self._terminal.positions_get()
        seen = await self._instrument(leg.symbol)
        if positions is None or seen is None:
            return None
        position = next((p for p in positions if p.magic == leg.magic), None)
        if position is None:
            return await self._managing_order(leg, action)
        if action.kind is ActionKind.PROTECT:
            return TradeRequest(
                action=mt.TRADE_ACTION_SLTP,
                symbol=leg.symbol,
                position=Ticket(position.ticket),
                sl=action.stop or Decimal(0),
                tp=action.target or Decimal(0),
                magic=leg.magic,
            )
        spec, quote = seen
        return _closing(leg, action, position, spec, quote, send)

    async def _managing_order(self, leg: LegView, action: LegAction) -> TradeRequest | str | None:
        if action.kind is not ActionKind.PROTECT or leg.order is None:
            return "the position is closed already"
        orders = await self._terminal.orders_get(ticket=leg.order)
        if orders is None:
            return None
        if not orders:
            return "neither the order nor the position is there any more"
        order = orders[0]
        return TradeRequest(
            action=mt.TRADE_ACTION_MODIFY,
            symbol=leg.symbol,
            order=leg.order,
            price=decimal(order.price_open),
            sl=action.stop or Decimal(0),
            tp=action.target or Decimal(0),
            type_time=order.type_time,
            expiration=order.time_expiration,
        )

    # --- the terminal ---------------------------------------------------------------------------------------------

    async def _call(self, request: TradeRequest, within_s: float) -> tuple[OrderSendResult | None, tuple[int, str]]:
        # A call that hangs or breaks is an answer that was lost: it may have traded.
        sending = self._terminal.order_send(wire(request))
        try:
            result = await asyncio.wait_for(sending, within_s)
            return result, (await self._terminal.last_error() if result is None else (mt.RES_S_OK, ""))
        except TimeoutError:
            return None, (mt.RES_E_INTERNAL_FAIL_TIMEOUT, f"no answer within {within_s:g} s")
        except (ConnectionError, OSError) as error:
            return None, (mt.RES_E_INTERNAL_FAIL_CONNECT, str(error))

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

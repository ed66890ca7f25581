"""One call to the terminal: what was asked, what came back, and what that means. Sending and acting share it.

A call that hangs or breaks is an answer that was lost, never a refusal: it may have traded (reference: reliability 3.5).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Final, Protocol

from msgspec import Struct

from signalos_tui.clock import Clock
from signalos_tui.config import Send
from signalos_tui.execute import constants as mt
from signalos_tui.execute.listing import is_describable
from signalos_tui.execute.retcodes import GATEWAY_REFUSED, Answer, classify, text_of, what_of
from signalos_tui.execute.structs import OrderSendResult
from signalos_tui.execute.terminal import Intent, Terminal, note_of
from signalos_tui.execute.translate import decimal, fillings, quote_of, spec_of, wire
from signalos_tui.model.desk import DeskState, LegView
from signalos_tui.model.events import Event
from signalos_tui.model.ids import LegId, Magic
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.orders import TradeRequest

BEFORE_REPRICING_S = 0.3
BEFORE_QUOTES_S = 0.5
LONGEST_PAUSE_S: Final = 5.0
MOST_ATTEMPTS: Final = 3
"""Of one opening, whatever the configuration says (reference: reliability R13)."""


class Ledger(Protocol):
    """What sending needs of the engine: read the desk, write events down."""

    @property
    def state(self) -> DeskState:
        """The desk now."""
        ...

    async def record(self, *events: Event) -> None:
        """Write events down as one group; they are durable and folded when this returns. Raises JournalFailed."""
        ...

    def magic(self, name: LegId) -> Magic:
        """The magic of a deal that closes a leg, derived from its name (`closing_id`); no leg's and no other deal's."""
        ...


class Called(Struct, frozen=True):
    """What came of one call. code: the result's, or of `last_error` when there is none. latency: ms."""

    answer: Answer
    code: int
    latency: int
    result: OrderSendResult | None
    error: str = ""

    @property
    def text(self) -> str:
        """For the owner: the code, what it says, the next step."""
        if self.code == GATEWAY_REFUSED and self.error:
            return f"{what_of(self.code)}: {self.error}"
        if self.code == mt.TRADE_RETCODE_TOO_MANY_REQUESTS and self.answer is Answer.REPRICE:
            return f"{what_of(self.code)}. The terminal did not pass it on"
        return text_of(self.code)


class Calls:
    """The terminal of one account, as sending and acting call it. in_flight: legs whose answer is awaited right now.

    ahead_s: by how much the broker's clock is ahead of ours, seconds; None while that is not known.
    """

    def __init__(
        self,
        terminal: Terminal,
        ledger: Ledger,
        clock: Clock,
        account: Callable[[], str],
        ahead_s: Callable[[], int | None] = lambda: 0,
    ) -> None:
        self._terminal = terminal
        self._ledger = ledger
        self._clock = clock
        self._account = account
        self._ahead_s = ahead_s
        self._in_flight: dict[LegId, None] = {}
        self._filling: dict[tuple[str, bool], int] = {}

    async def _asked(self, request: TradeRequest, intent: Intent, within_s: float) -> Called:
        started = self._clock.now()
        result, error = await self._call(request, intent, within_s)
        latency = self._clock.now() - started
        answer = classify(result, error, wire(request))
        return Called(answer, result.retcode if result else error[0], latency, result, error[1])

    async def _call(
        self, request: TradeRequest, intent: Intent, within_s: float
    ) -> tuple[OrderSendResult | None, tuple[int, str]]:
        # Nothing comes between the last check of the caller and the call: no other task gets a turn.
        try:
            async with asyncio.timeout(within_s):
                result = await self._terminal.order_send(wire(request), intent)
                return result, (await self._terminal.last_error() if result is None else (mt.RES_S_OK, ""))
        except TimeoutError:
            return None, (mt.RES_E_INTERNAL_FAIL_TIMEOUT, f"no answer within {within_s:g} s")
        except Exception as error:  # noqa: BLE001 (whatever breaks in a call proves nothing about the order)
            return None, (mt.RES_E_INTERNAL_FAIL_CONNECT, f"{type(error).__name__}: {error}")

    async def _instrument(self, symbol: str) -> tuple[SymbolSpec, Quote] | None:
        info, tick = await asyncio.gather(self._terminal.symbol_info(symbol), self._terminal.symbol_info_tick(symbol))
        if info is None or not is_describable(info):
            return None
        quote = quote_of(symbol, tick, info.digits, self._clock.now())
        return None if quote is None else (spec_of(info), quote)

    async def _at_once(self, volume: Decimal, spec: SymbolSpec) -> Decimal:
        # What of a volume goes into one deal: no more than broker and gateway let through, and no rest that is too small for one.
        note = await note_of(self._terminal)
        most = spec.volume_max
        if note is not None and note.max_lot > 0:
            limit = decimal(note.max_lot)
            most = max(spec.volume_min, min(most, limit - limit % spec.volume_step))
        if volume <= most:
            return volume
        rest = volume - most
        return most if rest >= spec.volume_min else max(spec.volume_min, volume - spec.volume_min)

    # --- filling modes --------------------------------------------------------------------------------------------

    def _filling_of(self, spec: SymbolSpec, *, waits: bool = False) -> int:
        # waits: for an order that waits, RETURN is always allowed. A mode that worked where the mask was wrong comes first.
        usual = mt.ORDER_FILLING_RETURN if waits else fillings(spec)[0]
        return self._filling.get((spec.name, waits), usual)

    def _other_filling(self, spec: SymbolSpec, request: TradeRequest) -> int | None:
        # 10030 is definite, so another mode may be tried, once; it is kept for the symbol.
        other = next((mode for mode in fillings(spec) if mode != request.type_filling), None)
        if other is not None:
            self._filling[spec.name, request.action == mt.TRADE_ACTION_PENDING] = other
        return other


def pause_s(code: int, attempt: int, magic: Magic) -> float:
    """How long to wait before the next attempt, seconds: longer each time, at most 5, spread by the magic.

    Without quotes (10021) there is more to wait for. Legs of one signal do not all knock at once (reference: D22).
    """
    least = BEFORE_QUOTES_S if code in _WAITS else BEFORE_REPRICING_S
    spread = 1 + (magic * 2_654_435_761 + attempt * 40_503) % 1000 / 2000
    return min(least * float(1 << (attempt - 1)) * spread, LONGEST_PAUSE_S)


def until(leg: LegView, now: int, send: Send) -> int:
    """When the right to send what is done to a leg ends, ms UTC.

    As long after its request as an opening may be sent, and never after its answer counts as lost: what is called later would
    be done to something that was given up on.
    """
    return now + min(leg.ttl_ms, round(send.call_s * 1000))


_WAITS = (mt.TRADE_RETCODE_PRICE_OFF, mt.TRADE_RETCODE_TOO_MANY_REQUESTS)

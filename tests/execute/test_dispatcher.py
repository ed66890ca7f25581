"""From an intent to the broker, one leg at a time: written before it is sent, sent once, and never on a doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

import pytest
from msgspec.structs import replace

from signalos_tui.clock import FrozenClock
from signalos_tui.config import Send
from signalos_tui.errors import JournalFailed
from signalos_tui.execute import constants as mt
from signalos_tui.execute.dispatcher import Dispatcher
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.paper import PaperSettings, PaperTerminal
from signalos_tui.execute.paper.faults import Break, Fault, FaultyTerminal, LoseReply, LoseRequest, Refuse, TimeOut
from signalos_tui.execute.structs import OrderSendResult
from signalos_tui.execute.terminal import Intent
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import DeskState, LegView
from signalos_tui.model.events import Event, Record
from signalos_tui.model.ids import LegId, Magic, Ticket, magic
from signalos_tui.model.orders import ActionKind, CloseReason, LegAction, LegState
from signalos_tui.model.signals import OrderKind
from signalos_tui.state import fold
from tests.execute.legs import AT, SIGNAL, leg, trade

SEND = Send()
ACCOUNT = "SignalOS-Paper/1000001"


class Book:
    """A ledger that folds what it is given, and can be told to fail or to do something at the n-th record."""

    def __init__(self, *legs: LegView) -> None:
        self.state = DeskState(trades={SIGNAL: trade(*legs)})
        self.events: list[Event] = []
        self.fails_at = 0
        self.records = 0
        self.meanwhile: Callable[[Event], None] = lambda event: None

    async def record(self, *events: Event) -> None:
        """Write, or do not."""
        await asyncio.sleep(0)
        self.records += 1
        if self.records == self.fails_at:
            raise JournalFailed("the disk is full")
        for event in events:
            self.events.append(event)
            self.state = fold(self.state, Record(0, AT, event))
            self.meanwhile(event)

    def magic(self, name: LegId) -> Magic:
        """Of a closing deal."""
        return magic(b"book", ACCOUNT, name)

    def halt(self) -> None:
        """Throw the switch."""
        event = e.TradingStateChanged(TradingState.HALTED, "stopped", "owner")
        self.state = fold(self.state, Record(0, AT, event))

    @property
    def leg(self) -> LegView:
        """The leg now."""
        (one,) = self.state.trades[SIGNAL].legs
        return one


class Bench:
    """A dispatcher on a paper terminal with one price, on a clock that stands still unless somebody sleeps."""

    def __init__(self, one: LegView, faults: Iterable[Fault] = ()) -> None:
        self.clock = FrozenClock(AT)
        self.paper = PaperTerminal(None, self.clock, PaperSettings(latency_ms=(0, 0), slippage_points=0))
        self.paper.apply(FeedTick(AT, "EURUSD", 1.0849, 1.0850))
        self.terminal = FaultyTerminal(self.paper, faults)
        self.book = Book(one)
        self.dispatcher = Dispatcher(self.terminal, self.book, self.clock, lambda: ACCOUNT)

    async def send(self, send: Send = SEND) -> list[str]:
        """Carry the leg to its answer; the kinds of what was written."""
        await self.dispatcher.send(self.book.leg, send)
        return [type(event).__name__ for event in self.book.events]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    # Pauses take no time here; what waits for a time is proven in tests/engine.
    for name in (
        "calls.BEFORE_REPRICING_S",
        "calls.BEFORE_QUOTES_S",
        "sending.BEFORE_LOOKING_AGAIN_S",
        "sending.APPEARS_WITHIN_S",
        "acting.BEFORE_ACTING_AGAIN_S",
    ):
        monkeypatch.setattr(f"signalos_tui.execute.{name}", 0.0)


INTENT = leg(LegState.INTENT)


@pytest.mark.parametrize(
    ("fault", "written", "state"),
    [
        (Fault(), ["LegSending", "LegOpened"], LegState.OPEN),
        (Refuse(10006), ["LegSending", "LegRejected"], LegState.REJECTED),
        (Refuse(10004), ["LegSending", "LegRejected", "LegSending", "LegOpened"], LegState.OPEN),
        (Refuse(10011), ["LegSending", "LegUnknown"], LegState.UNKNOWN),
        (Refuse(99999), ["LegSending", "LegUnknown"], LegState.UNKNOWN),
        (LoseReply(), ["LegSending", "LegUnknown"], LegState.UNKNOWN),
        (LoseRequest(), ["LegSending", "LegUnknown"], LegState.UNKNOWN),
        (TimeOut(), ["LegSending", "LegUnknown"], LegState.UNKNOWN),
        (Break(executed=True), ["LegSending", "LegUnknown"], LegState.UNKNOWN),
    ],
)
async def test_leg_when_sent_then_its_answer_is_written_down(fault: Fault, written: list[str], state: LegState) -> None:
    """Every class of answer."""
    bench = Bench(INTENT, [fault])
    assert await bench.send() == written
    assert bench.book.leg.state is state
    await bench.dispatcher.send(bench.book.leg, SEND)  # asked again by mistake
    assert [row.magic for row in bench.paper.truth].count(INTENT.magic) <= 1


async def test_leg_when_accepted_and_the_reply_is_lost_then_asking_again_finds_it() -> None:
    """Even from an intent of a lost journal: the magic is looked for first (R3)."""
    bench = Bench(INTENT, [LoseReply()])
    await bench.send()
    bench.book.state = DeskState(trades={SIGNAL: trade(INTENT)})
    assert (await bench.send())[2:] == ["LegOpened"]
    assert len(bench.paper.truth) == len(bench.terminal.calls) == 1


@pytest.mark.parametrize("error", [ValueError, KeyError, RuntimeError, ConnectionError])
async def test_leg_when_anything_breaks_in_the_call_then_it_is_unknown(error: type[Exception]) -> None:
    """Whatever is raised proves nothing."""
    bench = Bench(INTENT)

    async def breaks(request: Mapping[str, object], intent: Intent | None = None) -> OrderSendResult | None:
        await bench.paper.order_send(request)
        raise error("x")

    setattr(bench.terminal, "order_send", breaks)  # noqa: B010
    assert await bench.send() == ["LegSending", "LegUnknown"]


async def test_leg_when_the_switch_is_thrown_while_it_is_written_down_then_it_is_not_sent() -> None:
    """Between the line on disk and the call."""
    bench = Bench(INTENT)
    bench.book.meanwhile = lambda event: bench.book.halt() if isinstance(event, e.LegSending) else None
    assert await bench.send() == ["LegSending", "LegRejected"]
    assert not bench.terminal.calls


async def test_leg_when_the_switch_is_thrown_in_the_same_moment_as_the_call_then_nothing_comes_between() -> None:
    """From the last check to the terminal no other task gets a turn (found by reading: one did)."""
    bench = Bench(INTENT)
    order_send = bench.terminal.order_send

    async def watched(request: Mapping[str, object], intent: Intent | None = None) -> OrderSendResult | None:
        assert bench.book.state.trading is TradingState.ACTIVE
        return await order_send(request, intent)

    setattr(bench.terminal, "order_send", watched)  # noqa: B010

    def soon(event: Event) -> None:
        if isinstance(event, e.LegSending):
            asyncio.get_running_loop().call_soon(bench.book.halt)

    bench.book.meanwhile = soon
    written = await bench.send()
    assert written in (["LegSending", "LegRejected"], ["LegSending", "LegOpened"])


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_leg_when_a_line_cannot_be_written_then_nothing_is_sent_after_it(number: int) -> None:
    """At the first record nothing is sent at all; later ones leave the leg to be found."""
    bench = Bench(INTENT, [Refuse(10004)])
    bench.book.fails_at = number
    with pytest.raises(JournalFailed):
        await bench.send()
    assert len(bench.terminal.calls) == number // 2
    assert not bench.paper.truth
    assert bench.dispatcher.in_flight == frozenset()


@pytest.mark.parametrize("kind", [ActionKind.CLOSE, ActionKind.CANCEL])
async def test_leg_when_it_was_wished_away_then_it_is_never_sent(kind: ActionKind) -> None:
    """A close reaches what is not there yet."""
    wish = LegAction(INTENT.id, 1, kind, CloseReason.OWNER, "close")
    bench = Bench(replace(INTENT, actions=(wish,), last_action=1))
    assert await bench.send() == ["LegExpired", "ActionSettled"]
    assert not bench.book.leg.actions


async def test_leg_when_too_old_withdrawn_or_unknown_to_the_desk_then_it_expires() -> None:
    """Each reason not to send."""
    bench = Bench(INTENT)
    bench.clock.advance(INTENT.ttl_ms + 1)
    assert await bench.send() == ["LegExpired"]
    bench = Bench(INTENT)
    bench.dispatcher.withdraw([INTENT.id], "stopped")
    assert await bench.send() == ["LegExpired"]
    bench = Bench(replace(INTENT, symbol="NOSUCH"))
    assert await bench.send() == ["LegExpired"]
    assert not bench.terminal.calls


async def test_leg_when_something_foreign_carries_its_magic_then_it_is_not_sent() -> None:
    """Two things of one magic could never be told apart."""
    bench = Bench(INTENT)
    await bench.paper.order_send(
        {
            "action": mt.TRADE_ACTION_DEAL, "symbol": "EURUSD", "type": mt.ORDER_TYPE_SELL, "volume": 0.01,
            "magic": INTENT.magic, "type_filling": mt.ORDER_FILLING_FOK,
        }
    )  # fmt: skip
    assert await bench.send() == ["NoticeRaised", "LegExpired"]
    assert not bench.terminal.calls


async def test_action_when_done_then_it_is_settled_and_a_close_of_what_is_not_listed_waits_for_the_comparison() -> None:
    """Protect, reduce, close; one list without the position does not prove that it has ended (R4)."""
    bench = Bench(INTENT)
    await bench.send()
    for number, (kind, more) in enumerate(
        [
            (ActionKind.PROTECT, {"stop": Decimal("1.0810"), "target": Decimal("1.0910")}),
            (ActionKind.REDUCE, {"volume": Decimal("0.04")}),
            (ActionKind.REDUCE, {"volume": Decimal("0.04")}),
            (ActionKind.CLOSE, {}),
            (ActionKind.CLOSE, {}),
        ],
        1,
    ):
        action = LegAction(INTENT.id, number, kind, CloseReason.OWNER, "x", **more)
        await bench.book.record(e.ActionIntended(action, "owner"))
        await bench.dispatcher.act(bench.book.leg, action, SEND)
        assert [left.number for left in bench.book.leg.actions] == [5][: number == 5], kind
    assert len(bench.terminal.calls) == 4  # the second REDUCE and the second CLOSE had nothing to do
    assert not await bench.paper.positions_get()
    settled = [event.ok for event in bench.book.events if isinstance(event, e.ActionSettled)]
    assert settled == [True] * 4


async def test_close_of_an_order_when_it_is_filled_this_moment_then_the_position_is_closed() -> None:
    """The removal is refused; what is there now is to be closed, too."""
    one = leg(LegState.INTENT, kind=OrderKind.LIMIT)
    bench = Bench(replace(one, plan=replace(one.plan, entry=Decimal("1.0845"))))
    await bench.send()
    assert bench.book.leg.state is LegState.PLACED
    order_send = bench.terminal.order_send

    async def filled_first(request: Mapping[str, object], intent: Intent | None = None) -> OrderSendResult | None:
        bench.paper.apply(FeedTick(AT, "EURUSD", 1.0843, 1.0844))
        return await order_send(request, intent)

    setattr(bench.terminal, "order_send", filled_first)  # noqa: B010
    action = LegAction(INTENT.id, 1, ActionKind.CLOSE, CloseReason.FLATTEN, "flatten")
    await bench.book.record(e.ActionIntended(action, "owner"))
    await bench.dispatcher.act(bench.book.leg, action, SEND)
    assert not await bench.paper.positions_get()
    assert not await bench.paper.orders_get()


@pytest.mark.parametrize("mode", [mt.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING, mt.ACCOUNT_MARGIN_MODE_RETAIL_NETTING])
async def test_close_of_a_leg_that_is_filled_in_part_then_the_rest_of_its_order_goes_first(mode: int) -> None:
    """What waits would be filled after the close, into a leg that has ended (D8)."""
    bench = Bench(INTENT)
    bench.paper = PaperTerminal(
        None, bench.clock, PaperSettings(latency_ms=(0, 0), slippage_points=0, margin_mode=mode)
    )
    bench.paper.apply(FeedTick(AT, "EURUSD", 1.0849, 1.0850))
    bench.terminal.inner = bench.paper
    await bench.send()
    assert bench.book.leg.state is LegState.OPEN
    rest = await bench.paper.order_send(
        {
            "action": mt.TRADE_ACTION_PENDING, "symbol": "EURUSD", "type": mt.ORDER_TYPE_BUY_LIMIT, "volume": 0.05,
            "price": 1.0830, "sl": 1.0800, "tp": 1.0900, "magic": INTENT.magic, "type_filling": mt.ORDER_FILLING_RETURN,
        }
    )  # fmt: skip
    assert rest is not None
    one = replace(bench.book.leg, order=Ticket(rest.order))
    bench.book.state = DeskState(trades={SIGNAL: trade(one)})
    action = LegAction(INTENT.id, 1, ActionKind.CLOSE, CloseReason.OWNER, "close")
    await bench.book.record(e.ActionIntended(action, "owner"))
    await bench.dispatcher.act(bench.book.leg, action, SEND)
    assert not await bench.paper.orders_get()
    assert not await bench.paper.positions_get()
    assert [call["action"] for call in bench.terminal.calls[1:]] == [mt.TRADE_ACTION_REMOVE, mt.TRADE_ACTION_DEAL]


async def test_intent_when_anything_is_sent_then_it_says_when_the_right_to_send_it_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An opening with its leg, however often it is priced again; what is done later as long after its own request (V6)."""
    bench = Bench(INTENT, [Refuse(10004)])
    intents: list[Intent] = []
    inner = bench.terminal.order_send

    async def seen(request: Mapping[str, object], intent: Intent | None = None) -> OrderSendResult | None:
        assert intent is not None
        intents.append(intent)
        return await inner(request, intent)

    monkeypatch.setattr(bench.terminal, "order_send", seen)
    await bench.send()
    assert [(one.at, one.until) for one in intents] == [(AT, AT + INTENT.ttl_ms)] * 2
    for number, send, longest in ((1, Send(call_s=5), 5_000), (2, SEND, INTENT.ttl_ms)):
        intents.clear()
        stop = Decimal("1.0810") + Decimal("0.0001") * number
        action = LegAction(INTENT.id, number, ActionKind.PROTECT, CloseReason.OWNER, "x", stop=stop)
        await bench.book.record(e.ActionIntended(action, "owner"))
        await bench.dispatcher.act(bench.book.leg, action, send)
        assert [one.until - one.at for one in intents] == [longest]

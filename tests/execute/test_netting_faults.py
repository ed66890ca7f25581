"""Any faults, any actions, one netted position: never the opposite, never more closed than open, and in the end all agrees.

Hypothesis makes up the story: legs that are sent, closed, halved, moved and sold by hand, prices that reach the stop,
answers that are lost, late, false or missing, views that go blind, kills between two steps. The broker's books are the truth.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.clock import LoopClock
from signalos_tui.config import Send
from signalos_tui.execute import constants as mt
from signalos_tui.execute.absences import Absences
from signalos_tui.execute.dispatcher import Dispatcher
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.look import look
from signalos_tui.execute.paper import PaperSettings, PaperTerminal
from signalos_tui.execute.paper.faults import (
    AcceptLate,
    Break,
    Delay,
    Fault,
    FaultyTerminal,
    LoseReply,
    LoseRequest,
    Refuse,
    TimeOut,
)
from signalos_tui.execute.reconcile import reconcile, unsettled_at_start
from signalos_tui.model import events as e
from signalos_tui.model.desk import DeskState, LegView
from signalos_tui.model.events import Event, Record
from signalos_tui.model.ids import LegId, Magic, magic
from signalos_tui.model.orders import LEG_EDGES, ActionKind, CloseReason, LegAction, LegState
from signalos_tui.state import find_leg, fold
from tests.engine.kit import simulated
from tests.execute.legs import AT, SIGNAL, leg, trade

SEND = Send()
ACCOUNT = "SignalOS-Paper/1000001"
NETTING = PaperSettings(
    margin_mode=mt.ACCOUNT_MARGIN_MODE_RETAIL_NETTING, latency_ms=(20, 60), slippage_points=0, commission=3.5
)
LEGS = 3

Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["close", "half", "protect", "by hand", "fall", "wait", "blind", "seen", "kill", "all"]),
        st.integers(0, LEGS - 1),
    ),
    max_size=10,
)
FAULTS = st.lists(
    st.sampled_from(
        [
            Fault(), Fault(), Fault(), LoseReply(), LoseRequest(), TimeOut(), Break(executed=True), Break(), Delay(5.0),
            AcceptLate(40.0), AcceptLate(330.0), AcceptLate(600.0), Refuse(10004), Refuse(10018), Refuse(10030),
            Refuse(10031),
        ]
    ),
    max_size=14,
)  # fmt: skip


class World:
    """A dispatcher, a journal in memory and a paper broker that nets, in simulated time."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.clock = LoopClock(asyncio.get_running_loop(), AT)
        self.paper = PaperTerminal(None, self.clock, NETTING)
        self.terminal = FaultyTerminal(self.paper, faults)
        self.bid = 1.0850
        intents = [replace(leg(LegState.INTENT, number), ttl_ms=60_000) for number in range(1, LEGS + 1)]
        self.state = DeskState(trades={SIGNAL: trade(*intents)}, account_name=ACCOUNT)
        self.events: list[Event] = []
        self.absences = Absences()
        self.dispatcher = Dispatcher(self.terminal, self, self.clock, lambda: ACCOUNT)
        self.floor = {one.id: one.plan.volume for one in intents}
        self.is_touched = False
        self._watching = asyncio.Lock()

    # What the dispatcher needs

    async def record(self, *events: Event) -> None:
        """Write down; every transition has to be an edge."""
        await asyncio.sleep(0.001)
        for event in events:
            before = self.legs
            self.events.append(event)
            self.state = fold(self.state, Record(0, self.clock.now(), event))
            for was, now in zip(before, self.legs, strict=True):
                assert was.state is now.state or now.state in LEG_EDGES[was.state], (was.state, event)
                assert now.volume >= 0, event

    def magic(self, name: LegId) -> Magic:
        """Of a closing deal."""
        return magic(b"world", ACCOUNT, name)

    @property
    def legs(self) -> tuple[LegView, ...]:
        """The legs now."""
        return self.state.trades[SIGNAL].legs

    # What happens

    async def pass_time(self, seconds: float) -> None:
        """Prices tick, the broker is compared with, and what was intended is done; every five seconds."""
        until = self.clock.now() + seconds * 1000
        while self.clock.now() < until:
            self.tick()
            watching = asyncio.create_task(self.compare())  # at the same time, as in the engine
            for one in self.legs:
                for action in one.actions if one.state in (LegState.OPEN, LegState.PLACED) else ():
                    now = find_leg(self.state, one.id)
                    if now is not None and action in now.actions:
                        await self.dispatcher.act(now, action, SEND)
            await watching
            await asyncio.sleep(2)
            self.tick()
            await self.compare()  # and again when nobody acts: what is acted on was left out
            await asyncio.sleep(3)

    def tick(self) -> None:
        """A price."""
        self.paper.apply(FeedTick(self.clock.now(), "EURUSD", self.bid, round(self.bid + 0.0001, 5)))

    async def compare(self) -> None:
        """What the engine's watching does."""
        async with self._watching:
            legs, busy = self.legs, self.dispatcher.in_flight
            seen = await look(self.terminal, legs, ACCOUNT, self.clock.now(), sweep=True)
            newer = {now.id for was, now in zip(legs, self.legs, strict=True) if was != now}
            await self.record(*reconcile(legs, seen, self.absences, 240_000, busy | newer | self.dispatcher.in_flight))

    async def step(self, what: str, which: int) -> None:
        """One step of the story."""
        one = self.legs[which]
        self.is_touched |= what in ("fall", "by hand")
        match what:
            case "close" | "all":
                for each in self.legs if what == "all" else (one,):
                    if each.is_open and not each.is_closing:
                        await self.wish(each, ActionKind.CLOSE)
            case "half" if one.is_open and one.volume > Decimal("0.05"):
                await self.wish(one, ActionKind.REDUCE, volume=Decimal("0.05"))
            case "protect" if one.is_open:
                await self.wish(one, ActionKind.PROTECT, stop=Decimal("1.0810"), target=one.target)
            case "by hand":
                await self.by_hand(0.01 * (1 + which))
            case "fall":
                self.bid = 1.0790
                self.tick()
            case "blind" | "seen":
                self.terminal.is_blind = what == "blind"
            case "kill":
                await self.record(*unsettled_at_start(self.legs))
                self.absences = Absences()
                self.dispatcher = Dispatcher(self.terminal, self, self.clock, lambda: ACCOUNT)
            case _:
                pass
        await self.pass_time(10 if what != "wait" else 120 * (1 + which))

    async def wish(self, one: LegView, kind: ActionKind, **more: Any) -> None:
        """Intend an action."""
        if kind is not ActionKind.PROTECT:
            self.floor[one.id] = min(self.floor[one.id], more.get("volume", Decimal(0)))
        action = LegAction(one.id, one.last_action + 1, kind, CloseReason.OWNER, "x", **more)
        await self.record(e.ActionIntended(action, "owner"))

    async def by_hand(self, lots: float) -> None:
        """The owner sells a part of what is there."""
        for position in await self.paper.positions_get() or ():
            await self.paper.order_send(
                {
                    "action": mt.TRADE_ACTION_DEAL, "symbol": "EURUSD", "type": mt.ORDER_TYPE_SELL,
                    "volume": min(lots, position.volume), "type_filling": mt.ORDER_FILLING_FOK,
                }
            )  # fmt: skip

    async def held(self) -> Decimal:
        """Lots at the broker; they are never on the other side."""
        positions = await self.paper.positions_get()
        assert positions is not None
        assert all(p.type == mt.POSITION_TYPE_BUY for p in positions), positions
        assert len(positions) <= 1
        return sum((Decimal(str(p.volume)) for p in positions), Decimal(0))

    def once(self) -> None:
        """No magic was accepted twice, and nothing was accepted that was not written down before."""
        magics = Counter(row.magic for row in self.paper.truth if row.magic)
        closings = [one.magic for each in self.legs for one in each.closings]
        for number, count in magics.items():
            assert count == 1, number
            assert number in closings or number in {each.magic for each in self.legs if each.attempt}, number

    def asked(self) -> None:
        """Nothing was closed that nobody asked for, unless the stop, a hand or a close that had been given up did it."""
        late = any(getattr(event, "code", "") == "late-close" for event in self.events)
        for one in self.legs:
            assert self.is_touched or late or not one.opened or one.volume >= self.floor[one.id], (one, self.floor)


async def _story(faults: Sequence[Fault], steps: Sequence[Step]) -> None:
    world = World(faults)
    world.tick()
    for one in world.legs:
        await world.dispatcher.send(one, SEND)
    for what, which in steps:
        await world.step(what, which)
        await world.held()
        world.once()
    world.terminal.is_blind = False
    await world.pass_time(1000)
    await world.terminal.settled()
    await world.pass_time(60)
    world.once()
    world.asked()
    open_lots = sum((one.volume for one in world.legs if one.is_open), Decimal(0))
    assert open_lots == await world.held(), [(one.state, one.volume, one.closings) for one in world.legs]
    assert not any(one.unsettled for one in world.legs)
    assert all(one.state not in (LegState.SENDING, LegState.UNKNOWN, LegState.SENT) for one in world.legs)
    bought = sum((row.volume for row in world.paper.truth if row.opens and row.magic), 0.0)
    assert Decimal(str(round(bought, 2))) == sum((one.opened for one in world.legs), Decimal(0))
    if not open_lots:
        account = await world.paper.account_info()
        assert account is not None
        made = sum((one.profit for one in world.legs), Decimal(0))
        assert abs(made - (Decimal(str(account.balance)) - 10_000)) <= Decimal("0.01") * 10


@settings(max_examples=60, deadline=None)
@given(FAULTS, STEPS)
def test_position_when_anything_happens_to_it_then_legs_and_broker_agree_and_it_never_turns(
    faults: list[Fault], steps: list[Step]
) -> None:
    """Σ legs == the broker's lots after settling, closings at most once each, money to the cent when all is closed."""
    simulated(lambda: _story(faults, steps))

"""The send protocol by itself: dispatcher, look, reconcile and fold over a durable list, at a fraction of the cost of an engine.

What a whole world spends on reading, deciding, SQL and screens is left out; the calls come ready-made, out of the journal of a
world that was lived once. So ten times as many schedules of answers, crashes and blindness are tried. The code that sends, acts,
looks and settles is the product's; what stands around it here is what `engine.watching` and `engine.managing` do, in brief.

`python -m tests.proof.protocol --seed 17` lives one again and tells it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from random import Random

import msgspec
from msgspec import Struct

from signalos_tui.clock import LoopClock
from signalos_tui.errors import JournalFailed
from signalos_tui.execute.absences import Absences
from signalos_tui.execute.dispatcher import Dispatcher
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.look import look
from signalos_tui.execute.paper import PaperTerminal
from signalos_tui.execute.paper.book import Books
from signalos_tui.execute.reconcile import reconcile, unsettled_at_start
from signalos_tui.model import events as e
from signalos_tui.model.desk import DeskState, LegView
from signalos_tui.model.ids import LegId, Magic, magic
from signalos_tui.model.messages import Message
from signalos_tui.model.orders import ActionKind, CloseReason, LegAction, LegState
from signalos_tui.state import find_leg, fold
from tests.proof import invariants as v
from tests.proof import loop as loops
from tests.proof.broker import Broker, Wire
from tests.proof.disk import SALT
from tests.proof.process import Process, adopt
from tests.proof.story import BEGINS, MARKETS, ROOM, Story, quoted, schedule, told
from tests.proof.telegram import Entry
from tests.proof.verdict import parts_are_closed_once
from tests.proof.watch import Moment, at_request
from tests.proof.world import UNSETTLED, Feed, lived, paper_of

COMPARES_EVERY_S = 16.0
BOOTS_LOOK_S = 2.0
GIVES_UP_S = 1_200.0
ACCOUNT = "SignalOS-Paper/1000001"


class Ready(Struct, frozen=True):
    """A call that was read and decided. before: the desk when it was. events: decision and intents."""

    before: DeskState
    events: tuple[e.Event, ...]


@cache
def ready_made(symbol: str, side: str, legs: int, limit: bool) -> Ready:
    """Of one call, out of a world that was lived once."""
    middle, step, digits = MARKETS[symbol]
    sign = 1 if side == "BUY" else -1
    base = middle - sign * step if limit else middle
    head = f"{side} LIMIT {symbol} {base:.{digits}f}" if limit else f"{side} {symbol} NOW"
    targets = [f"TP{n} {base + sign * step * 12 * n:.{digits}f}" for n in range(1, legs + 1)]
    text = "\n".join([head, f"SL {base - sign * step * 14:.{digits}f}", *targets])
    call = Message(ROOM.id, 1, BEGINS + 500, text)
    story = msgspec.structs.replace(
        told(1), symbols=(symbol,), entries=(Entry(call.posted_at, call, (100,)),), prices=quoted(symbol), fates=(),
        windows=(), crashes=(), failures=(), keys=(), jumps=(), copy_at=0, netting=False,
    )  # fmt: skip
    state, group = DeskState(), []
    for record in lived(story).records:
        if isinstance(record.event, e.SignalDecided | e.IntentRecorded):
            group.append(record.event)
        elif not group:
            state = fold(state, record)
    assert len(group) == legs + 1, f"{text!r} was not accepted: {group}"
    return Ready(state, tuple(group))


class Ended(Struct, frozen=True):
    """What is left of a run."""

    seed: int
    story: Story
    records: tuple[e.Record, ...]
    state: DeskState
    books: Books
    is_settled: bool
    lives: int
    seconds: float
    seen: tuple[str, ...]
    requests: int

    @property
    def digest(self) -> str:
        """The same for the same number, on any machine."""
        told = (self.records, self.books.truth, self.books.deals, BEGINS + round(self.seconds * 1000))
        return blake2b(msgspec.json.encode(told), digest_size=12).hexdigest()


class _Ledger:
    # What is durable: a list. The state is its fold.

    def __init__(self, ready: Ready, clock: LoopClock) -> None:
        self.records: list[e.Record] = []
        self.first = self.state = ready.before
        self.statements = 0
        self.process: Process | None = None
        self.failing: tuple[int, int] = (0, 0)
        self._clock = clock

    def magic(self, name: LegId) -> Magic:
        """For the deal of a netting account."""
        return magic(SALT, ACCOUNT, name)

    async def record(self, *events: e.Event) -> None:
        """Make events durable. Raises JournalFailed."""
        if not events:
            return
        process = self.process
        assert process is not None
        process.point()
        self.statements += 1
        if self.failing[0] <= self.statements < self.failing[1]:
            raise JournalFailed("the disk is full", "Make room")
        at, state = self._clock.now(), self.state
        for event in events:
            record = e.Record(state.seq + 1, at, event)
            state = fold(state, record)
            self.records.append(record)
        self.state = state
        process.point()
        await asyncio.sleep(0)


class _Run:
    def __init__(self, seed: int) -> None:
        rng = Random(~seed)
        self.seed = seed
        self.story = schedule(seed)
        (symbol,) = self.story.symbols
        side, legs = rng.choice(("BUY", "SELL")), rng.choices((1, 2, 3), (60, 28, 12))[0]
        self.ready = ready_made(symbol, side, legs, rng.random() < 0.2)
        self.wish = rng.choice((None, None, None, ActionKind.CLOSE, ActionKind.REDUCE, ActionKind.PROTECT))
        self.called_at = rng.randrange(0, 2_000)
        self.failing = (rng.randrange(2, 14), rng.randrange(1, 4)) if rng.random() < 0.1 else (0, 0)
        self.seen: list[str] = []
        self.lives = 0
        self.is_called = False

    async def run(self) -> Ended:
        loop = asyncio.get_running_loop()
        adopt(loop)
        self.clock = LoopClock(loop, BEGINS)
        story = self.story
        paper = PaperTerminal(Feed(story.symbols), self.clock, paper_of(story), seed=self.seed)
        symbol, bid, ask = story.prices[0][1:]
        paper.apply(FeedTick(BEGINS, symbol, bid, ask))
        self.paper = paper
        self.broker = Broker(paper, story.fates, story.windows, self.clock)
        self.broker.watch = self._request
        self.ledger = _Ledger(self.ready, self.clock)
        self.ledger.failing = (self.failing[0], sum(self.failing))
        for crash in (*story.crashes, None):
            self.lives += 1
            process = self.ledger.process = Process(int(crash.at_point) // 3 + 1 if crash else 0, lambda: None)
            running = process.start(self._life(process))
            await asyncio.wait([running, process.ended], timeout=GIVES_UP_S, return_when="FIRST_COMPLETED")
            if not process.is_dead:
                break
            await process.bury()
            await asyncio.sleep(crash.pause / 1000 if crash else 0)
        if not running.done():
            process.kill()
            await process.bury()
        elif running.exception() is not None:
            self.seen.append(f"it broke: {running.exception()!r}")
        return self._ended(is_settled=running.done() and not process.is_dead)

    def _ended(self, *, is_settled: bool) -> Ended:
        books, records = self.broker.books, tuple(self.ledger.records)
        seconds = (self.clock.now() - BEGINS) / 1000
        return Ended(
            self.seed, self.story, records, self.ledger.state, books, is_settled, self.lives, seconds,
            tuple(self.seen), self.broker.requests,
        )  # fmt: skip

    def _request(self, request: Mapping[str, object]) -> None:
        leg = next((leg for leg in self._legs() if leg.magic == request.get("magic")), None)
        written = leg.state.value if leg is not None else ""
        self.seen += at_request(self.story, request, Moment(written, self.ledger.state, self.clock.now()))

    def _legs(self) -> list[LegView]:
        return [leg for trade in self.ledger.state.trades.values() for leg in trade.legs]

    # --- what watching and managing do ------------------------------------------------------------------------------

    async def _life(self, process: Process) -> None:
        terminal = Wire(self.broker, process)
        dispatcher = Dispatcher(terminal, self.ledger, self.clock, lambda: ACCOUNT)
        self.absences = Absences()
        await self._written(*unsettled_at_start(self._legs()))
        while not await self._compare(terminal, dispatcher):  # noqa: ASYNC110 (as the engine does at its start)
            await asyncio.sleep(BOOTS_LOOK_S)
        if not self.is_called:
            await asyncio.sleep(max(self.called_at - (self.clock.now() - BEGINS), 0) / 1000)
            if not self._legs():
                await self._written(*self.ready.events)
            self.is_called = True
        for leg in self._legs():
            dispatcher.doubt(leg.id, [a.number for a in leg.actions if a.kind is ActionKind.REDUCE])
        sending = asyncio.ensure_future(self._send(dispatcher))
        await asyncio.sleep(COMPARES_EVERY_S)
        while True:
            if sending.done():
                if not sending.cancelled() and isinstance(sending.exception(), JournalFailed):
                    sending = asyncio.ensure_future(self._send(dispatcher))
                await self._wished(dispatcher)
            before, was_calm = self.ledger.state.seq, self._is_calm()
            self.paper.apply(FeedTick(self.clock.now(), *self.story.prices[0][1:]))
            is_clean = await self._compare(terminal, dispatcher)
            if is_clean and was_calm and self._is_calm() and sending.done() and self.ledger.state.seq == before:
                sending.result()
                return
            await asyncio.sleep(COMPARES_EVERY_S)

    async def _written(self, *events: e.Event) -> None:
        while True:
            try:
                await self.ledger.record(*events)
            except JournalFailed:
                await asyncio.sleep(1)
            else:
                return

    async def _compare(self, terminal: Wire, dispatcher: Dispatcher) -> bool:
        legs, before = self._legs(), dispatcher.in_flight
        seen = await look(terminal, [leg for leg in legs if leg.is_live], ACCOUNT, self.clock.now(), sweep=True)
        same = [leg for leg in legs if find_leg(self.ledger.state, leg.id) == leg]
        settle = round(self.story.config.send.settle_s * 1000)
        found = reconcile(same, seen, self.absences, settle, before | dispatcher.in_flight)
        try:
            await self.ledger.record(*found)
        except JournalFailed:
            return False
        return seen.is_clean

    async def _send(self, dispatcher: Dispatcher) -> None:
        for leg in self._legs():
            if leg.state is LegState.INTENT:
                await dispatcher.send(leg, self.story.config.send)

    async def _wished(self, dispatcher: Dispatcher) -> None:
        open_legs = [leg for leg in self._legs() if leg.is_open]
        if self.wish is not None and open_legs and not any(leg.last_action for leg in open_legs):
            await self._written(*(e.ActionIntended(_action(self.wish, leg), "owner") for leg in open_legs))
        for leg in self._legs():
            for action in leg.actions if leg.state in (LegState.OPEN, LegState.PLACED) else ():
                try:
                    await dispatcher.act(leg, action, self.story.config.send)
                except JournalFailed:
                    return

    def _is_calm(self) -> bool:
        if not self.broker.is_calm:
            return False
        open_legs = [leg for leg in self._legs() if leg.is_open]
        is_wished = self.wish is None or not open_legs or any(leg.last_action for leg in open_legs)
        return is_wished and not any(leg.state in UNSETTLED or (leg.is_live and leg.actions) for leg in self._legs())


def _action(kind: ActionKind, leg: LegView) -> LegAction:
    reason, text = CloseReason.OWNER, str(kind)
    if kind is ActionKind.REDUCE:
        half = max((leg.volume / 2).quantize(Decimal("0.01")), Decimal("0.01"))
        return LegAction(LegId(leg.id), 1, kind, reason, text, volume=half)
    if kind is ActionKind.PROTECT:
        return LegAction(LegId(leg.id), 1, kind, reason, text, stop=leg.stop, target=None)
    return LegAction(LegId(leg.id), 1, kind, reason, text)


def run(seed: int) -> Ended:
    """Live one. Call it while `world.ready` holds."""
    return loops.run(_Run(seed).run())


def wrong(end: Ended) -> list[str]:
    """All that is wrong with it."""
    return list(_wrong(end))


def _wrong(end: Ended) -> Iterator[str]:
    records, books, story = end.records, end.books, end.story
    yield from end.seen
    yield from v.opened_once(books.truth)
    if not end.is_settled:
        yield f"V4: after {end.seconds:.0f} s it is not settled"
        yield from v.settled(end.state)
        return
    yield from v.written_before(records, books.truth, None)
    unseen = [(window.start, window.end) for window in story.windows if window.kind != "lagging"]
    yield from v.given_up_in_time(records, round(story.config.send.settle_s * 1000), unseen)
    yield from v.tried_at_most(records, 3)
    yield from v.settled(end.state)
    yield from v.agreed(end.state, books)
    yield from v.closed_whole(records, end.state)
    if parts_are_closed_once(story, end.requests):
        yield from v.reduced_no_further(records, books)


def main() -> int:
    """As a command."""
    from tests.proof.world import ready

    with ready():
        end = run(int(sys.argv[sys.argv.index("--seed") + 1]))
    sys.stdout.write(f"protocol seed {end.seed}: {end.lives} lives, {end.seconds:.1f} s, digest {end.digest}\n")
    for name in ("crashes", "windows", "fates"):
        sys.stdout.write("".join(f"  {name}: {one}\n" for one in getattr(end.story, name)))
    for record in end.records:
        sys.stdout.write(f"  {(record.at - BEGINS) / 1000:8.3f} s  #{record.seq} {str(record.event)[:300]}\n")
    for row in end.books.truth:
        sys.stdout.write(f"  {(row.at - BEGINS) / 1000:8.3f} s  broker: {row}\n")
    found = wrong(end)
    sys.stdout.write("".join(f"WRONG {text}\n" for text in found) or "sound\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

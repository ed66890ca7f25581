"""The desk of a running engine: the journal, the state that is its fold, and whoever listens. One writer, one order.

`record` is the only way anything changes: on disk first, then folded, then published. If the disk says no, nothing has happened.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from itertools import count

import msgspec
from msgspec.structs import replace

from signalos_tui import __version__
from signalos_tui.bus import Bus
from signalos_tui.clock import Clock
from signalos_tui.errors import JournalFailed
from signalos_tui.journal import Journal
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import ActionIntended, Event, Record, TradingStateChanged
from signalos_tui.model.ids import LegId, Magic, magic
from signalos_tui.state import FOLD, durable, find_leg, fold

SNAPSHOT_EVERY = 2000
RECENT = 5000
FOLDED_BY = f"{__version__}/{FOLD}"
JOURNAL_HALT = "the journal cannot be written"


class Draft:
    """Events that will be written as one group, and the desk as it will be after them.

    What a post asks for is decided step by step, and each step has to see the ones before it: two signals of one post share
    the caps, two follow-ups of one post number their actions on (reference: reliability C7).
    """

    def __init__(self, state: DeskState, at: int) -> None:
        self.events: list[Event] = []
        self.state = state
        self._at = at

    def add(self, *events: Event) -> None:
        """Let more happen."""
        for event in events:
            self.events.append(event)
            self.state = fold(self.state, Record(0, self._at, event))


class Desk:
    """Journal, state and bus.

    lock: held by whoever decides something from the desk, from the first look at it to the record on disk. The kill switch
    does not wait for it, with positions to close or without: what is handed over while somebody else is still deciding goes
    first, and the numbers of the other's actions go on from there.
    """

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self.journal = journal
        self.clock = clock
        self.bus = Bus()
        self.state = DeskState()
        self.lock = asyncio.Lock()
        self._recent: deque[Record] = deque(maxlen=RECENT)
        self._waiting: dict[int, Record] = {}
        self._appends: set[asyncio.Task[None]] = set()
        self._unfolded: dict[int, tuple[Event, ...]] = {}
        """Groups that were handed over and are not folded yet, by the order they came in."""
        self._handed = count()
        self._snapshot_at = 0
        self._listeners: list[Callable[[Record], None]] = []
        # What trading goes on as, while it is halted and the journal does not say so.
        self._goes_on_as: tuple[TradingState, str] | None = None

    def draft(self) -> Draft:
        """A group of events to be, beginning at the desk as it is now."""
        return Draft(self.state, self.clock.now())

    def load(self) -> int:
        """Recover the state: the newest snapshot and what came after. Returns how many records were folded."""
        stored = self.journal.snapshot
        if stored is not None:
            self._snapshot_at, blob = stored
            self.state = _unpacked(blob) or DeskState()
        folded = 0
        for record in self.journal.tail(self.state.seq):
            self.state = fold(self.state, record)
            self._recent.append(record)
            folded += 1
        return folded

    def listen(self, listener: Callable[[Record], None]) -> None:
        """Call `listener` with every record right after it was folded. It must not fail and not wait."""
        self._listeners.append(listener)

    async def record(self, *events: Event) -> None:
        """Write events as one group. They are durable, folded and published when this returns.

        Giving up the wait does not undo it. Raises JournalFailed: then none of them happened.
        """
        if not events:
            return
        events = numbered_on(events, self.state, self._unfolded.values())
        number = next(self._handed)
        self._unfolded[number] = events
        append = asyncio.ensure_future(self._append(events))
        append.add_done_callback(lambda _: self._unfolded.pop(number))
        self._appends.add(append)
        append.add_done_callback(self._appends.discard)
        await asyncio.shield(append)

    async def _append(self, events: tuple[Event, ...]) -> None:
        try:
            records = await self.journal.append(events, self.clock.now())
        except JournalFailed as error:
            self.halt_unwritten(error)
            raise
        for record in records:
            self._waiting[record.seq] = record
        self._drain()
        while self.state.seq < records[-1].seq:  # noqa: ASYNC110 (an earlier group is on disk and about to be folded)
            await asyncio.sleep(0)
        if self.state.seq - self._snapshot_at >= SNAPSHOT_EVERY:
            try:
                await self.save_snapshot()
            except JournalFailed as error:  # the events themselves are on disk: whoever recorded them may act on them
                self.halt_unwritten(error)

    def _drain(self) -> None:
        while (record := self._waiting.pop(self.state.seq + 1, None)) is not None:
            self._publish(record)

    def _publish(self, record: Record) -> None:
        self.state = fold(self.state, record)
        if record.seq:
            self._recent.append(record)
            if isinstance(record.event, TradingStateChanged):
                self._goes_on_as = None
        for listener in self._listeners:
            listener(record)
        self.bus.publish(record)

    def pulse(self, event: Event) -> None:
        """Fold and publish what is never journalled."""
        self._publish(Record(0, self.clock.now(), event))

    def halt_unwritten(self, error: JournalFailed) -> None:
        """Show that trading stands still because nothing can be written; not journalled, for that is what fails."""
        if self._goes_on_as is None:
            self._goes_on_as = (self.state.trading, self.state.trading_reason)
            self.pulse(TradingStateChanged(TradingState.HALTED, f"{JOURNAL_HALT}: {error.text}", "engine"))

    def stay_halted(self, reason: str, shown: str = "") -> None:
        """The owner's stop while nothing can be written: trading does not go on by itself when writing works again.

        reason: written as soon as that works. shown: in its place until then.
        """
        self._goes_on_as = (TradingState.HALTED, reason)
        self.pulse(TradingStateChanged(TradingState.HALTED, shown or reason, "engine"))

    @property
    def is_halted_unwritten(self) -> bool:
        """Trading stands still, and the journal does not say so because it could not be written."""
        return self._goes_on_as is not None

    async def resume_written(self) -> None:
        """Try to write again; on success trading is what it was before. Raises JournalFailed."""
        if self._goes_on_as is not None:
            state, reason = self._goes_on_as
            await self.record(TradingStateChanged(state, reason or "the journal can be written again", "engine"))

    async def save_snapshot(self) -> None:
        """Keep the state so that the next start has little to fold; not while it knows more than the journal.

        Raises JournalFailed.
        """
        if self._goes_on_as is None:
            seq = self._snapshot_at = self.state.seq
            await self.journal.save_snapshot(seq, msgspec.msgpack.encode(_Snapshot(FOLDED_BY, durable(self.state))))

    def magic(self, name: LegId) -> Magic:
        """The magic of a deal that closes a leg (`closing_id`): the same after every restart, and nobody else's."""
        given = {one.magic for trade in self.state.live_trades for leg in trade.legs for one in leg.closings}
        for probe in range(1000):
            value = magic(self.journal.salt, self.state.account_name, name, probe)
            if value not in given and self.journal.magic_owner(value) is None:
                return value
        raise AssertionError(f"no free magic for {name}")

    async def settle(self) -> None:
        """Wait until everything handed over is written."""
        while self._appends:
            await asyncio.wait(list(self._appends))

    async def events(self, since: int) -> AsyncIterator[Record]:
        """The records after `since`, then each as it happens. Raises FellBehind."""
        subscription = self.bus.subscribe()
        try:
            last = since
            for record in self._past(since):
                last = record.seq
                yield record
            while True:
                record = await subscription.get()
                if record.seq == 0 or record.seq > last:
                    yield record
        finally:
            self.bus.unsubscribe(subscription)

    def _past(self, since: int) -> Iterator[Record]:
        if since >= self.state.seq:
            return iter(())
        if self._recent and self._recent[0].seq <= since + 1:
            return iter([record for record in self._recent if record.seq > since])
        return iter(list(self.journal.tail(since)))


def numbered_on(
    events: tuple[Event, ...], state: DeskState, unfolded: Iterable[tuple[Event, ...]]
) -> tuple[Event, ...]:
    """Actions that were wished for on an older desk, with the numbers that come next now; the rest as it is.

    unfolded: what is being written. The number of an action is its name: two of a name, and one of them would be forgotten.
    """
    if not any(isinstance(event, ActionIntended) for event in events):
        return events
    taken: dict[LegId, int] = {}

    def numbered(event: Event) -> Event:
        if not isinstance(event, ActionIntended):
            return event
        action = event.action
        leg = find_leg(state, action.leg)
        last = max(taken.get(action.leg, 0), leg.last_action if leg is not None else 0)
        taken[action.leg] = max(action.number, last + 1)
        return event if action.number > last else replace(event, action=replace(action, number=last + 1))

    for group in unfolded:
        for event in group:
            numbered(event)
    return tuple(numbered(event) for event in events)


class _Snapshot(msgspec.Struct):
    # The state with the version that folded it: another version may fold otherwise.
    version: str
    state: DeskState


def _unpacked(blob: bytes) -> DeskState | None:
    # None when it is not ours to use; then everything is folded again.
    try:
        snapshot = msgspec.msgpack.decode(blob, type=_Snapshot)
    except msgspec.MsgspecError:
        return None
    return snapshot.state if snapshot.version == FOLDED_BY else None

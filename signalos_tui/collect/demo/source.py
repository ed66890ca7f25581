"""The demo channels as a source: who posts when, and an opening minute that shows what the product is for.

Once a second the source looks at the market and lets every channel react; new posts follow a schedule drawn from the seed.
The same seed, clock and prices give the same posts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from random import Random

from signalos_tui.clock import Clock
from signalos_tui.collect.demo.voice import Kind
from signalos_tui.collect.demo.voices import VOICES
from signalos_tui.collect.demo.writer import Price, VoiceWriter, Writer
from signalos_tui.collect.pacing import until
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Health, HealthReport, Published

OPENING: tuple[tuple[int, str, Kind], ...] = (
    (1, "aurum", Kind.CALL),
    (5, "orbit", Kind.CALL),
    (9, "rocket", Kind.CHATTER),
    (13, "kompas", Kind.CALL),
    (18, "pulso", Kind.NO_SIDE),
    (22, "harbour", Kind.PENDING),
    (27, "aurum", Kind.HALF),
    (32, "mizan", Kind.CALL),
    (36, "harbour", Kind.NO_STOP),
    (40, "aurum", Kind.AGAIN),
    (45, "pulso", Kind.CALL),
    (49, "kompas", Kind.STALE),
    (53, "kante", Kind.FIXED),
    (58, "orbit", Kind.HALF),
)
"""Seconds after the start, who, and what: trades, something to decide, something refused and why, and a follow-up."""

_SECOND = 1_000
_LAG = 10 * _SECOND  # after a longer pause of the clock (a suspended machine) the past is not made up for
_PAUSE = (8, 20)
_WINDOW = 20  # seconds over which movement is measured
_BLIND_EVERY = (420, 900)
_BLIND_FOR = (15, 40)


class DemoSource:
    """A `MessageSource` without end. price: the last (bid, ask) of a symbol; markets without one are not called."""

    name = "demo"

    def __init__(self, seed: int, clock: Clock, price: Price) -> None:
        self._seed = seed
        self._clock = clock
        self._price = price

    def channels(self) -> tuple[Channel, ...]:
        """The invented providers."""
        return tuple(voice.channel for voice in VOICES)

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        """Posts from now on, numbered on from `since`: what the demo did not publish yet is nowhere to be read up."""
        desk = _Desk(self._seed, self._price, since)
        for channel in self.channels():
            yield HealthReport(channel.id, Health.OK)
        at = self._clock.now()
        while True:
            at += _SECOND
            await until(self._clock, at)
            if self._clock.now() - at > _LAG:
                at = self._clock.now()
            for item in desk.second(at):
                yield item


class _Desk:
    # All channels of one run: their writers, the schedule, and how far each market moved lately.

    def __init__(self, seed: int, price: Price, since: Mapping[ChannelId, int]) -> None:
        told = ",".join(f"{channel}={since[channel]}" for channel in sorted(since))
        self._rng = Random(f"{seed}:{told}")  # noqa: S311 (invented posts, not a secret)
        self._price = price
        self._mids: dict[str, deque[float]] = {
            market.symbol: deque(maxlen=_WINDOW) for voice in VOICES for market in voice.markets
        }
        self._writers: dict[str, Writer] = {
            voice.name: VoiceWriter(
                voice,
                Random(self._rng.random()),  # noqa: S311
                price,
                self._moved,
                since.get(voice.channel.id),
            )
            for voice in VOICES
        }
        self._opening = deque(() if since else OPENING)  # a demo that goes on is in the middle of its day
        self._seconds = 0
        self._next = _PAUSE[0] if since else OPENING[-1][0] + _PAUSE[0]
        self._blind: ChannelId | None = None
        self._change_of_sight = self._rng.randrange(*_BLIND_EVERY)

    def second(self, at: int) -> Iterator[Published]:
        """What is published in the second that ends at `at`."""
        self._seconds += 1
        for symbol, mids in self._mids.items():
            if quote := self._price(symbol):
                mids.append(sum(quote) / 2)
        yield from self._sight()
        for writer in self._writers.values():
            if writer.channel.id == self._blind:
                continue
            for item in writer.watch(at):
                self._next = max(self._next, self._seconds + 3)
                yield item
        yield from self._scheduled(at)

    def _scheduled(self, at: int) -> Iterator[Published]:
        while self._opening and self._opening[0][0] <= self._seconds:
            _, name, kind = self._opening.popleft()
            yield from self._author(name, kind).write(at, kind)
        if not self._opening and self._seconds >= self._next:
            self._next = self._seconds + self._rng.randint(*_PAUSE)
            awake = [writer for writer in self._writers.values() if writer.channel.id != self._blind]
            writer = self._rng.choices(awake, [one.weight for one in awake])[0]
            yield from writer.write(at)

    def _author(self, name: str, kind: Kind) -> Writer:
        # A follow-up needs a trade: whoever has one writes it when the one in the script has not.
        if kind is not Kind.HALF or self._writers[name].is_running:
            return self._writers[name]
        return next((writer for writer in self._writers.values() if writer.is_running), self._writers[name])

    def _sight(self) -> Iterator[HealthReport]:
        # Now and then one channel cannot be read for a moment, as it happens to real ones.
        if self._seconds < self._change_of_sight:
            return
        if self._blind is None:
            self._blind = self._rng.choice(list(self._writers.values())).channel.id
            self._change_of_sight = self._seconds + self._rng.randrange(*_BLIND_FOR)
            yield HealthReport(self._blind, Health.BLIND, "no answer from the channel")
        else:
            seen, self._blind = self._blind, None
            self._change_of_sight = self._seconds + self._rng.randrange(*_BLIND_EVERY)
            yield HealthReport(seen, Health.OK, "the channel answers again")

    def _moved(self, symbol: str) -> float:
        mids = self._mids[symbol]
        return max(mids) - min(mids) if mids else 0.0

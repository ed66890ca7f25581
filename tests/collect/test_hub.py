"""One source for several engines: nobody misses anything, and nobody waits for anybody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.clock import LoopClock, VirtualTimeLoop
from signalos_tui.collect.hub import Branch, Hub
from signalos_tui.collect.routed import among
from signalos_tui.collect.scripted import ScriptedSource
from signalos_tui.errors import Transient
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import (
    Channel,
    Deletion,
    Followed,
    Health,
    HealthReport,
    Imported,
    Message,
    Published,
    Unfollowed,
)
from tests.collect.playing import START

GOLD, EURO = Channel(ChannelId("t:gold"), "Gold"), Channel(ChannelId("t:euro"), "Euro")


def post(number: int, second: float, channel: Channel = GOLD, edited: float | None = None) -> Message:
    at = START + round(second * 1000)
    text = f"post {number}" + ("" if edited is None else f" edited at {edited}")
    return Message(channel.id, number, at, text, edited_at=None if edited is None else START + round(edited * 1000))


def simulated(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(work())


class Asked(ScriptedSource):
    """A script that counts how often it is read, from where, and stays open when it is over, as a live source does."""

    def __init__(self, script: list[tuple[int, Published]], breaks_after: int = 0, page_s: float = 0.0) -> None:
        super().__init__([GOLD, EURO], script, LoopClock(asyncio.get_running_loop(), START))
        self.asked: list[dict[ChannelId, int]] = []
        self.breaks_after = breaks_after
        self.page_s = page_s  # what has to be looked up in the past takes so long, each

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        self.asked.append(dict(since))
        left = self.breaks_after
        begun = self._clock.now()
        async for item in super().published(since):
            if isinstance(item, Message) and item.posted_at < begun - 1000:
                await asyncio.sleep(self.page_s)
            yield item
            left -= 1
            if left == 0:
                self.breaks_after = 0
                raise Transient("the line is down")
        await asyncio.Event().wait()


class Engine:
    """Takes in a branch as an engine does. slow: seconds for each item. heard: what it took, with the moment."""

    def __init__(self, branch: Branch, since: Mapping[ChannelId, int] | None = None, slow: float = 0.0) -> None:
        self.branch = branch
        self.heard: list[tuple[int, Published]] = []
        self._since = dict(since or {})
        self._slow = slow
        self._clock = LoopClock(asyncio.get_running_loop(), START)
        self.failed: Exception | None = None

    @property
    def items(self) -> list[Published]:
        return [item for _, item in self.heard]

    @property
    def distinct(self) -> list[Published]:
        return list(dict.fromkeys(self.items))

    async def run(self) -> None:
        try:
            async for item in self.branch.published(dict(self._since)):
                await asyncio.sleep(self._slow)
                self.heard.append((self._clock.now(), item))
                if isinstance(item, Message):
                    self._since[item.channel] = max(item.id, self._since.get(item.channel, 0))
        except Transient as error:
            self.failed = error


def lively(count: int) -> list[tuple[int, Published]]:
    return [(START + n * 1000, post(n, n)) for n in range(1, count + 1)]


async def worked(seconds: float, *engines: Engine, late: Mapping[int, float] | None = None) -> None:
    async def begin(place: int, engine: Engine) -> None:
        await asyncio.sleep((late or {}).get(place, 0))
        await engine.run()

    tasks = [asyncio.create_task(begin(place, engine)) for place, engine in enumerate(engines)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_engines_that_start_together_then_the_source_is_read_once_from_the_earliest_place() -> None:
    async def work() -> None:
        source = Asked(lively(30))
        hub = Hub(source)
        first, second = Engine(hub.branch(), {GOLD.id: 5}), Engine(hub.branch(), {GOLD.id: 9})
        await worked(60, first, second)
        assert source.asked == [{GOLD.id: 5}]
        assert first.items == [item for _, item in lively(30)][5:]
        assert second.distinct[-21:] == [item for _, item in lively(30)][9:]

    simulated(work)


def test_routes_then_each_branch_has_its_channels_and_nobodys_past_is_read_for_another() -> None:
    async def work() -> None:
        script = [(START + n * 1000, post(n, n, (GOLD, EURO)[n % 2])) for n in range(1, 20)]
        source = Asked([*script])
        hub = Hub(source)
        gold = Engine(hub.branch(among(["Gold"])), {GOLD.id: 6})
        euro = Engine(hub.branch(among(["Euro"])), {EURO.id: 3})
        await worked(60, gold, euro)
        assert source.asked == [{GOLD.id: 6, EURO.id: 3}]
        assert {item.channel for item in gold.items} == {GOLD.id}
        assert [item for item in euro.items if isinstance(item, Message)] == [
            item for _, item in script if item.channel == EURO.id and item.id > 3
        ]

    simulated(work)


def test_a_slow_engine_when_it_falls_behind_then_it_alone_reads_again_and_nobody_else_is_later() -> None:
    def run(slow: float) -> tuple[list[tuple[int, Published]], Engine, Asked]:
        found: list[Any] = []

        async def work() -> None:
            source = Asked([(START + n * 100, post(n, n / 10)) for n in range(1, 301)])
            hub = Hub(source, limit=10)
            quick, other = Engine(hub.branch()), Engine(hub.branch(), slow=slow)
            await worked(500, quick, other)
            found.extend((quick.heard, other, source))

        simulated(work)
        heard, other, source = found
        return heard, other, source

    alone, _, _ = run(0.0)
    quick, slow, source = run(1.0)
    assert quick == alone
    assert slow.branch.lapses >= 1
    assert len(source.asked) >= 2
    assert slow.distinct == [post(n, n / 10) for n in range(1, 301)]


def test_an_engine_that_starts_late_then_it_reads_up_alone_and_joins() -> None:
    async def work() -> None:
        source = Asked(lively(40))
        hub = Hub(source)
        first, late = Engine(hub.branch()), Engine(hub.branch())
        await worked(100, first, late, late={1: 20.0})
        assert len(source.asked) == 2
        assert first.items == late.distinct == [item for _, item in lively(40)]

    simulated(work)


def test_the_past_when_it_is_slow_to_look_up_then_a_late_engine_misses_nothing_of_it() -> None:
    async def work() -> None:
        hub = Hub(Asked(lively(40), page_s=8.0))
        first, late = Engine(hub.branch()), Engine(hub.branch())
        await worked(2000, first, late, late={1: 20.0})
        assert first.items == late.distinct == [item for _, item in lively(40)]

    simulated(work)


def test_edits_and_deletions_when_they_fall_into_the_time_of_reading_up_then_none_is_missed() -> None:
    async def work() -> None:
        script: list[tuple[int, Published]] = lively(40)
        script += [
            (START + 15_500, post(3, 3, edited=15.5)),
            (START + 19_900, Deletion(GOLD.id, 4, START + 19_900)),
            (START + 20_100, post(5, 5, edited=20.1)),
            (START + 25_100, Deletion(GOLD.id, 6, START + 25_100)),
        ]
        hub = Hub(Asked(script))
        first, late = Engine(hub.branch()), Engine(hub.branch())
        await worked(100, first, late, late={1: 20.0})
        assert set(late.items) == set(first.items) == {item for _, item in script}

    simulated(work)


def test_the_health_of_channels_then_a_late_engine_hears_the_last_of_each() -> None:
    async def work() -> None:
        reports = [HealthReport(GOLD.id, Health.OK), HealthReport(GOLD.id, Health.BLIND, "gone")]
        hub = Hub(Asked([(START + 100, reports[0]), (START + 5000, reports[1])]))
        first, late = Engine(hub.branch()), Engine(hub.branch())
        await worked(60, first, late, late={1: 20.0})
        assert late.items[0] == reports[1]

    simulated(work)


def test_the_source_when_it_fails_then_every_engine_hears_of_it_and_may_begin_again() -> None:
    async def work() -> None:
        source = Asked(lively(20), breaks_after=5)
        hub = Hub(source)
        first, second = Engine(hub.branch()), Engine(hub.branch())
        await worked(30, first, second)
        assert first.failed is not None
        assert second.failed is not None
        assert source.asked == [{}]
        await worked(30, first, second)
        assert source.asked == [{}, {GOLD.id: 5}]
        assert first.items == second.items == [item for _, item in lively(20)]

    simulated(work)


def test_the_source_when_it_ends_then_every_engine_ends() -> None:
    async def work() -> None:
        hub = Hub(ScriptedSource([GOLD, EURO], lively(5), LoopClock(asyncio.get_running_loop(), START)), limit=3)
        engines = [Engine(hub.branch(), slow=slow) for slow in (0.0, 4.0)]
        async with asyncio.timeout(100):
            await asyncio.gather(*(engine.run() for engine in engines))
        assert [engine.distinct for engine in engines] == [[item for _, item in lively(5)]] * 2

    simulated(work)


def test_the_last_branch_when_it_leaves_then_the_source_is_not_read_any_more() -> None:
    async def work() -> None:
        hub = Hub(Asked(lively(100)))
        await worked(10, Engine(hub.branch()), Engine(hub.branch()))
        assert hub._trunk is None
        assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("hub")]

    simulated(work)


# --- a source that is read once, whose channels come and go -------------------------------------------------------


class Once(Asked):
    """Read once at a time; what was posted before is asked with `missed`. owns: the channels it has now."""

    def __init__(self, script: list[tuple[int, Published]], owns: list[Channel]) -> None:
        super().__init__(script)
        self.owns = owns
        self.recalled: list[dict[ChannelId, int]] = []

    def channels(self) -> tuple[Channel, ...]:
        return tuple(self.owns)

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        async for item in super().published(since):
            match item:
                case Followed(info=channel):
                    self.owns.append(channel)
                case Unfollowed(channel=gone):
                    self.owns = [one for one in self.owns if one.id != gone]
            yield item

    async def missed(self, since: Mapping[ChannelId, int]) -> AsyncGenerator[Published, None]:
        self.recalled.append(dict(since))
        now = self._clock.now()
        for at, item in self._script:
            if at <= now and isinstance(item, Message) and item.id > since.get(item.channel, 0):
                yield item


def test_channels_when_they_come_and_go_then_each_branch_hears_of_those_it_wants_by_id_or_title() -> None:
    async def work() -> None:
        euro = Channel(EURO.id, "Renamed")
        script: list[tuple[int, Published]] = [
            (START + 1_000, Followed(EURO)),
            (START + 2_000, post(1, 2, EURO)),
            (START + 2_500, Followed(euro)),
            (START + 3_000, post(2, 3, EURO)),
            (START + 4_000, Imported(post(3, 0, EURO))),
            (START + 5_000, Unfollowed(EURO.id)),
            (START + 6_000, Followed(EURO)),
            (START + 7_000, Unfollowed(EURO.id)),
        ]
        source = Once(script, [GOLD])
        hub = Hub(source, missed=source.missed)
        gold, by_title = Engine(hub.branch(among(["Gold"]))), Engine(hub.branch(among(["euro"])))
        by_id, everything = Engine(hub.branch(among([EURO.id]))), Engine(hub.branch())
        await worked(60, gold, by_title, by_id, everything)
        assert gold.items == []
        assert by_title.items == by_id.items == everything.items == [item for _, item in script]

    simulated(work)


def test_channel_when_unfollowed_while_nothing_ran_then_the_source_is_asked_about_it_and_its_engine_is_told() -> None:
    async def work() -> None:
        source = Once([(START + 1_000, Unfollowed(EURO.id))], [GOLD])
        hub = Hub(source, missed=source.missed)
        had, never = Engine(hub.branch(), {EURO.id: 7}), Engine(hub.branch())
        await worked(60, had, never)
        assert source.asked == [{EURO.id: 7}]
        assert had.items == [Unfollowed(EURO.id)]
        assert never.items == []

    simulated(work)


def test_engine_when_it_has_nothing_of_a_channel_then_what_the_others_lack_is_not_skipped_for_it() -> None:
    """A new account beside one that was away: each gets what it lacks, by one reading and one look back."""

    async def work() -> None:
        script: list[tuple[int, Published]] = lively(40)
        source = Once(script, [GOLD])
        hub = Hub(source, missed=source.missed)
        away, new = Engine(hub.branch(), {GOLD.id: 10}), Engine(hub.branch())
        await worked(100, away, new)
        assert source.asked == [{GOLD.id: 10}]
        assert away.distinct == [item for _, item in script[10:]]
        assert set(new.items) >= {item for _, item in script[10:]}
        assert source.recalled == [{}]

    simulated(work)


def test_engine_when_it_falls_behind_then_it_asks_back_and_keeps_what_no_look_back_would_tell() -> None:
    async def work() -> None:
        script: list[tuple[int, Published]] = [(START + n * 100, post(n, n / 10)) for n in range(1, 201)]
        told: list[Published] = [Followed(EURO), Imported(post(1, 0, EURO)), Unfollowed(EURO.id)]
        script += [(START + 5_050 + n, item) for n, item in enumerate(told)]
        source = Once(script, [GOLD])
        hub = Hub(source, missed=source.missed, limit=10)
        quick, slow = Engine(hub.branch()), Engine(hub.branch(), slow=0.3)
        await worked(900, quick, slow)
        assert slow.branch.lapses >= 1
        assert len(source.asked) == 1
        assert set(slow.items) == set(quick.items) == {item for _, item in script}
        assert [item for item in slow.distinct if isinstance(item, Followed | Unfollowed)] == [told[0], told[2]]

    simulated(work)


def test_post_that_is_live_then_no_post_of_the_past_is_taken_before_it() -> None:
    async def work() -> None:
        script: list[tuple[int, Published]] = [(START + 1_000, Imported(post(n, 0))) for n in range(40, 0, -1)]
        source = Once([*script, (START + 1_500, post(41, 1.5))], [GOLD])
        hub = Hub(source, missed=source.missed, limit=10)
        slow = Engine(hub.branch(), slow=0.2)
        await worked(60, slow, Engine(hub.branch()))
        assert slow.items.index(post(41, 1.5)) <= 4
        assert [item for item in slow.items if isinstance(item, Imported)] == [item for _, item in script]
        assert slow.branch.lapses == 0

    simulated(work)


def test_engine_when_it_starts_late_then_it_hears_of_channels_that_came_since_it_asked_for_them() -> None:
    async def work() -> None:
        source = Once([(START + 1_000, Followed(EURO)), (START + 2_000, post(1, 2, EURO))], [GOLD])
        hub = Hub(source, missed=source.missed)
        late = Engine(hub.branch())
        assert late.branch.channels() == (GOLD,)
        await worked(60, Engine(hub.branch()), late, late={1: 20.0})
        assert late.items == [Followed(EURO), post(1, 2, EURO)]

    simulated(work)


@settings(max_examples=40, deadline=None)
@given(
    gaps=st.lists(st.sampled_from([0, 50, 300, 4000]), min_size=5, max_size=60),
    slow=st.sampled_from([0.0, 0.2, 1.5]),
    late=st.sampled_from([0.0, 0.5, 3.0, 30.0]),
    limit=st.integers(1, 8),
    since=st.integers(0, 10),
    edits=st.lists(st.integers(1, 50), max_size=6),
)
def test_whatever_happens_then_every_engine_hears_everything_after_its_place(
    gaps: list[int], slow: float, late: float, limit: int, since: int, edits: list[int]
) -> None:
    """Rates, pauses, slow and late engines, small queues, edits of old posts: nothing is ever left out."""

    async def work() -> None:
        script: list[tuple[int, Published]] = []
        at = START
        for number, gap in enumerate(gaps, 1):
            at += gap
            script.append((at, post(number, (at - START) / 1000)))
            if number in edits:
                script.append((at, post((number + 1) // 2, 0, edited=(at - START) / 1000)))
        hub = Hub(Asked(script), limit=limit)
        first = Engine(hub.branch())
        second = Engine(hub.branch(), {GOLD.id: since} if since else None, slow=slow)
        await worked(1000, first, second, late={1: late})
        owed = {item for _, item in script if isinstance(item, Message) and (item.id > since or not since)}
        assert {item for _, item in script} == set(first.items)
        assert {item for item in owed if item.edited_at is None or item.id > since} <= set(second.items)

    simulated(work)


@pytest.mark.parametrize("name", ["Gold", "t:gold"])
def test_channels_of_a_branch_then_those_it_wants(name: str) -> None:
    async def work() -> None:
        assert Hub(Asked([])).branch(among([name])).channels() == (GOLD,)

    simulated(work)

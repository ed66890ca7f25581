"""The way to a terminal elsewhere: what is told of it and when, in simulated time; real gateways are in tests/transports."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from signalos_tui.engine.linking import Linking
from signalos_tui.errors import Transient
from signalos_tui.model.events import NoticeRaised, Severity
from signalos_tui.model.reach import Reach
from tests.engine.kit import Bench, simulated

OPEN = Reach("ok", "connected")
AWAY = Reach("unreachable", "no gateway at 10.0.0.2:8750", "Start it")
BEGINS = Reach("starting", "the gateway has not been reached yet")


class Way:
    """A link that a test turns."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.is_paper = False
        self.skew_ms: int | None = None
        self._moved = asyncio.Event()

    def turn(self, reach: Reach) -> None:
        self.reach = reach
        self._moved.set()

    async def turned(self, reach: Reach) -> Reach:
        while self.reach == reach:
            self._moved.clear()
            await self._moved.wait()
        return self.reach


class Watched:
    """A desk whose way is told of. compared: how often everything was compared."""

    def __init__(self, bench: Bench, way: Way) -> None:
        self.bench, self.way = bench, way
        self.compared = 0
        self.stopping = asyncio.Event()
        self.linking = Linking(bench.engine._desk, way, bench.paper.terminal_info, self._compare, self.stopping)

    async def _compare(self) -> None:
        self.compared += 1

    @property
    def told(self) -> list[tuple[str, Severity]]:
        """What was told of the way."""
        notices = self.bench.told(NoticeRaised)
        return [(one.code, one.severity) for one in notices if one.code.startswith("link-")]


def story_of(
    work: Callable[[Watched], Awaitable[None]], folder: Path, reach: Reach = OPEN, *, runs: bool = True
) -> None:
    """Run a story beside an engine that does not need the way."""

    async def story() -> None:
        async with Bench(folder) as bench:
            watched = Watched(bench, Way(reach))
            task = asyncio.create_task(watched.linking.run()) if runs else None
            await asyncio.sleep(0.1)
            await work(watched)
            if task is not None:
                task.cancel()

    simulated(story)


def test_outage_when_it_lasts_then_told_once_and_its_end_with_a_comparison(tmp_path: Path) -> None:
    async def work(it: Watched) -> None:
        assert it.bench.desk.reach == OPEN
        it.way.turn(AWAY)
        await asyncio.sleep(0.1)
        assert it.bench.desk.reach == AWAY, "a screen shows it at once"
        assert it.told == []
        await asyncio.sleep(30)
        assert it.told == [("link-unreachable", Severity.ALARM)]
        assert it.compared == 0
        it.way.turn(OPEN)
        await asyncio.sleep(0.1)
        assert it.told[-1] == ("link-ok", Severity.INFO)
        assert it.compared == 1

    story_of(work, tmp_path)


def test_outage_when_it_is_over_in_a_blink_then_no_news(tmp_path: Path) -> None:
    async def work(it: Watched) -> None:
        it.way.turn(AWAY)
        await asyncio.sleep(0.5)
        it.way.turn(OPEN)
        await asyncio.sleep(30)
        assert it.told == []
        assert it.bench.desk.reach == OPEN

    story_of(work, tmp_path)


def test_outage_when_its_cause_changes_then_each_is_told_once(tmp_path: Path) -> None:
    """A gateway that refuses in between attempts is not told of again and again."""

    async def work(it: Watched) -> None:
        for reach in (AWAY, Reach("token", "the gateway refuses", "Copy it"), Reach("token", "still", "Copy it")):
            it.way.turn(reach)
            await asyncio.sleep(10)
        assert [code for code, _ in it.told] == ["link-unreachable", "link-token"]

    story_of(work, tmp_path)


def test_clocks_when_apart_then_told_once_until_they_agree_again(tmp_path: Path) -> None:
    async def work(it: Watched) -> None:
        it.way.skew_ms = 4_000
        await asyncio.sleep(130)
        assert it.told == []
        it.way.skew_ms = -9_000
        await asyncio.sleep(200)
        assert it.told == [("link-clock", Severity.WARNING)]
        assert "9 s behind" in it.bench.told(NoticeRaised)[-1].text
        it.way.skew_ms = 0
        await asyncio.sleep(130)
        it.way.skew_ms = 9_000
        await asyncio.sleep(130)
        assert len(it.told) == 2

    story_of(work, tmp_path)


def test_algo_trading_when_switched_off_then_told_once_before_any_order_is_refused(tmp_path: Path) -> None:
    async def work(it: Watched) -> None:
        await asyncio.sleep(60)
        assert it.told == []
        it.bench.paper.algo_trading = False
        await asyncio.sleep(120)
        assert it.told == [("link-algo-off", Severity.ALARM)]
        it.bench.paper.algo_trading = True
        await asyncio.sleep(60)
        it.bench.paper.algo_trading = False
        await asyncio.sleep(60)
        assert len(it.told) == 2

    story_of(work, tmp_path)


def test_start_when_the_terminal_is_just_being_opened_then_nothing_is_told(tmp_path: Path) -> None:
    async def work(it: Watched) -> None:
        waiting = asyncio.create_task(it.linking.patiently(_none_yet(it.way)))
        await asyncio.sleep(0.5)
        it.way.turn(Reach("terminal", "starting"))
        await asyncio.sleep(1)
        it.way.turn(OPEN)
        assert await waiting == 7
        assert it.told == []

    story_of(work, tmp_path, BEGINS, runs=False)


def test_start_when_nobody_comes_then_told_and_waited_for_without_end(tmp_path: Path) -> None:
    async def work(it: Watched) -> None:
        waiting = asyncio.create_task(it.linking.patiently(_none_yet(it.way)))
        it.way.turn(AWAY)
        await asyncio.sleep(3_600)
        assert [code for code, _ in it.told] == ["link-unreachable"]
        it.way.turn(OPEN)
        assert await waiting == 7

    story_of(work, tmp_path, BEGINS, runs=False)


def test_start_when_the_owner_ends_it_then_at_once(tmp_path: Path) -> None:
    async def work(it: Watched) -> None:
        waiting = asyncio.create_task(it.linking.patiently(_none_yet(it.way)))
        it.way.turn(AWAY)
        await asyncio.sleep(60)
        it.stopping.set()
        await asyncio.sleep(0.1)
        assert waiting.done()
        assert waiting.result() is None

    story_of(work, tmp_path, BEGINS, runs=False)


def test_start_when_the_way_is_open_and_the_terminal_does_not_answer_then_that_is_told(tmp_path: Path) -> None:
    async def work(it: Watched) -> None:
        answers = iter([Transient("the terminal does not answer", "Start it")] * 3)

        async def ask() -> int:
            for error in answers:
                raise error
            return 7

        assert await it.linking.patiently(ask) == 7
        assert [code for code, _ in it.told] == ["link-away"]

    story_of(work, tmp_path, OPEN, runs=False)


def _none_yet(way: Way) -> Callable[[], Awaitable[int]]:
    async def ask() -> int:
        if not way.reach.is_open:
            raise Transient("the terminal does not answer", "Start it")
        return 7

    return ask


def test_outage_when_it_has_several_causes_then_its_length_counts_from_the_last_answer(tmp_path: Path) -> None:
    """Found out late, and told of anew with each attempt: what the owner reads is how long nothing was seen."""

    async def work(it: Watched) -> None:
        await asyncio.sleep(20)
        begins = it.bench.clock.now()
        ask = it.bench.terminal.account_info

        async def nothing() -> None:
            return None

        setattr(it.bench.terminal, "account_info", nothing)  # noqa: B010
        await asyncio.sleep(10)
        for code in ("silent", "unreachable", "starting"):
            it.way.turn(Reach(code, f"it is {code}", "Wait", it.bench.clock.now()))
            await asyncio.sleep(5)
        setattr(it.bench.terminal, "account_info", ask)  # noqa: B010
        it.way.turn(Reach("ok", "connected", since=it.bench.clock.now()))
        await asyncio.sleep(0.1)
        away_s = (it.bench.clock.now() - begins) // 1000
        assert away_s == 25
        text = it.bench.told(NoticeRaised)[-1].text
        assert any(f"after {seconds} s;" in text for seconds in (25, 26))
        assert it.compared == 1

    story_of(work, tmp_path)


def test_outage_when_it_was_a_blink_then_what_waits_is_taken_up_all_the_same(tmp_path: Path) -> None:
    async def work(it: Watched) -> None:
        it.way.turn(AWAY)
        await asyncio.sleep(0.5)
        it.way.turn(OPEN)
        await asyncio.sleep(2)
        assert it.told == []
        assert it.compared == 1

    story_of(work, tmp_path)


def test_silence_when_connected_then_alarmed_once_in_words_and_its_end_is_told(tmp_path: Path) -> None:
    async def work(it: Watched) -> None:
        ask = it.bench.terminal.account_info

        async def nothing() -> None:
            return None

        await asyncio.sleep(60)
        assert it.told == []
        setattr(it.bench.terminal, "account_info", nothing)  # noqa: B010
        await asyncio.sleep(25)
        assert it.told == []
        await asyncio.sleep(100)
        assert it.told == [("link-silent", Severity.ALARM)]
        said = it.bench.told(NoticeRaised)[-1].text
        assert said.startswith("Nothing can be traded: the terminal has been silent for ")
        setattr(it.bench.terminal, "account_info", ask)  # noqa: B010
        await asyncio.sleep(20)
        assert it.told[-1] == ("link-heard", Severity.INFO)

    story_of(work, tmp_path)

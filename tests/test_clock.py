"""Time as a parameter: frozen, counted from a loop, and simulated."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from signalos_tui.clock import FrozenClock, LoopClock, VirtualTimeLoop, WallClock

T = TypeVar("T")
MONTH_S = 30 * 86_400


def simulated(work: Callable[[], Coroutine[Any, Any, T]], speed: float | None = None) -> T:
    """Run a coroutine in simulated time."""
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(speed)) as runner:
        return runner.run(work())


def test_month_when_slept_then_it_takes_no_time_and_every_second_of_it_passed() -> None:
    """Whenever all tasks wait, time jumps."""

    async def sleep() -> int:
        clock = LoopClock(asyncio.get_running_loop(), 1000)
        await asyncio.sleep(MONTH_S)
        return clock.now()

    began = time.monotonic()
    assert simulated(sleep) == 1000 + MONTH_S * 1000
    assert time.monotonic() - began < 2


def test_sleepers_when_they_wake_then_in_the_order_of_their_time() -> None:
    """Timers keep their order, equal ones that in which they were set."""

    async def race() -> list[int]:
        woken: list[int] = []

        async def sleeper(number: int, seconds: float) -> None:
            await asyncio.sleep(seconds)
            woken.append(number)

        await asyncio.gather(*(sleeper(n, s) for n, s in enumerate([3.0, 1.0, 2.0, 1.0])))
        return woken

    assert simulated(race) == [1, 3, 2, 0]


def test_timeout_when_it_passes_in_simulated_time_then_it_cancels() -> None:
    """`asyncio.timeout` counts simulated seconds."""

    async def wait() -> None:
        async with asyncio.timeout(3600):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        simulated(wait)


def test_runs_when_repeated_then_they_are_the_same() -> None:
    """Nothing in a run depends on the machine."""

    async def run() -> list[tuple[int, int]]:
        clock, seen = LoopClock(asyncio.get_running_loop(), 0), []

        async def ticking(number: int, every: float) -> None:
            for _ in range(50):
                await asyncio.sleep(every)
                seen.append((number, clock.now()))

        await asyncio.gather(*(ticking(n, 0.1 + n / 7) for n in range(5)))
        return seen

    assert simulated(run) == simulated(run)


def test_speed_when_given_then_simulated_time_follows_real_time_at_that_pace() -> None:
    """A demo at speed 100: 10 simulated seconds in a tenth."""

    async def sleep() -> None:
        await asyncio.sleep(10)

    began = time.monotonic()
    simulated(sleep, speed=100)
    assert 0.09 < time.monotonic() - began < 3


def test_clocks_when_asked_then_they_tell_milliseconds_since_1970() -> None:
    """The wall clock now, the frozen one when told."""
    assert abs(WallClock().now() - time.time() * 1000) < 1000
    clock = FrozenClock(5)
    clock.advance(7)
    assert clock.now() == 12

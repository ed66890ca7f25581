"""The paper terminal in time: the pump, latency, and runs that repeat to the last cent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest
from msgspec.structs import replace

from signalos_tui.clock import LoopClock, VirtualTimeLoop
from signalos_tui.execute import constants as mt
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.paper import PaperSettings, PaperTerminal
from signalos_tui.execute.structs import TradeDeal
from tests.execute.paper_kit import ALL_TIME, MONDAY, QUICK, Bench

T = TypeVar("T")


class Steps:
    """A feed of EURUSD that rises by a point a second, then ends."""

    symbols: tuple[str, ...] = ("EURUSD",)

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def ticks(self, start: int) -> Iterator[FeedTick]:
        """One a second."""
        for second in range(self.seconds):
            yield FeedTick(start + second * 1000, "EURUSD", 1.1 + second * 1e-5, 1.1001 + second * 1e-5)


def simulate(seconds: int, play: Callable[[PaperTerminal], Awaitable[T]], settings: PaperSettings, seed: int = 0) -> T:
    """Play something beside the pump on a virtual clock."""
    loop = VirtualTimeLoop()

    async def main() -> T:
        terminal = PaperTerminal(Steps(seconds), LoopClock(loop, MONDAY), settings, seed=seed)
        pump = asyncio.create_task(terminal.run())
        result = await play(terminal)
        await pump
        return result

    try:
        return loop.run_until_complete(main())
    finally:
        loop.close()


BUY = {"action": mt.TRADE_ACTION_DEAL, "symbol": "EURUSD", "type": 0, "volume": 0.1}
SLOW = replace(QUICK, latency_ms=(3000, 3000))


def test_quotes_arrive_at_their_time_and_go_stale_with_the_feed() -> None:
    async def play(terminal: PaperTerminal) -> list[int]:
        seen = []
        for pause in (0.5, 10, 60):
            await asyncio.sleep(pause)
            tick = await terminal.symbol_info_tick("EURUSD")
            assert tick is not None
            seen.append(tick.time - MONDAY // 1000 - 2 * 3600)
        return seen

    assert simulate(30, play, QUICK) == [0, 10, 29]


def test_an_order_meets_the_market_as_it_is_when_it_arrives() -> None:
    async def play(terminal: PaperTerminal) -> float:
        await asyncio.sleep(0.9)
        result = await terminal.order_send(BUY)
        assert result is not None
        return result.price

    assert simulate(10, play, SLOW) == 1.10012  # sent on the first tick, executed on the third


def test_levels_the_market_has_passed_meanwhile_are_refused_by_the_server() -> None:
    async def play(terminal: PaperTerminal) -> list[tuple[int, int]]:
        await asyncio.sleep(0.5)
        sell = BUY | {"type": 1}
        answers = [await terminal.order_send(sell | {"sl": 1.10011}), await terminal.order_send(BUY | {"sl": 1.2})]
        return [(answer.retcode, answer.request_id) for answer in answers if answer]

    assert simulate(10, play, SLOW) == [(10016, 1), (10016, 0)]


@pytest.mark.parametrize(("patience", "traded"), [(1.0, False), (2.0, True)])
def test_giving_up_on_the_way_there_sends_nothing_on_the_way_back_it_has_traded(patience: float, traded: bool) -> None:
    async def play(terminal: PaperTerminal) -> bool:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(terminal.order_send(BUY), patience)
        await asyncio.sleep(5)
        return bool(terminal.truth)

    assert simulate(10, play, SLOW) is traded


def test_the_same_seed_gives_the_same_trades_and_another_does_not() -> None:
    async def play(terminal: PaperTerminal) -> tuple[TradeDeal, ...]:
        for side in (0, 1) * 5:
            await terminal.order_send(BUY | {"type": side, "sl": 1.1 - 0.01 if side == 0 else 1.1 + 0.01})
            await asyncio.sleep(3)
        deals = await terminal.history_deals_get(*ALL_TIME)
        assert deals is not None
        return deals

    life = replace(QUICK, latency_ms=(40, 180), slippage_points=4)
    assert simulate(60, play, life, seed=1) == simulate(60, play, life, seed=1)
    assert simulate(60, play, life, seed=1) != simulate(60, play, life, seed=2)


def test_slippage_is_never_in_the_traders_favour() -> None:
    async def play(terminal: PaperTerminal) -> list[int]:
        await asyncio.sleep(0.5)
        points = []
        for side in (0, 1) * 20:
            result = await terminal.order_send(BUY | {"type": side, "volume": 0.01})
            assert result is not None
            points.append(round((result.price - result.ask if side == 0 else result.bid - result.price) * 1e5))
        return points

    points = simulate(2, play, replace(QUICK, slippage_points=3))
    assert set(points) == {0, 1, 2, 3}


def test_changes_wake_the_listener_and_silence_does_not() -> None:
    async def play(terminal: PaperTerminal) -> list[bool]:
        await asyncio.sleep(0.5)
        woken = [await terminal.changed(5)]
        result = await terminal.order_send(BUY | {"tp": 1.10030})
        assert result is not None
        woken += [await terminal.changed(5), await terminal.changed(1), await terminal.changed(60)]
        return woken

    assert simulate(60, play, QUICK) == [False, True, False, True]


def test_a_backlog_of_ticks_lets_others_have_their_turn() -> None:
    class Old(Steps):
        def ticks(self, start: int) -> Iterator[FeedTick]:
            return super().ticks(start - 10_000_000)

    async def main(loop: VirtualTimeLoop) -> int:
        terminal = PaperTerminal(Old(2_000), LoopClock(loop, MONDAY), QUICK)
        pump = asyncio.create_task(terminal.run())
        turns = 0
        while not pump.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    loop = VirtualTimeLoop()
    assert loop.run_until_complete(main(loop)) >= 7
    loop.close()


async def test_only_what_the_feed_quotes_is_listed() -> None:
    terminal = PaperTerminal(Steps(1), Bench().clock, QUICK)
    symbols = await terminal.symbols_get()
    assert symbols is not None
    assert [symbol.name for symbol in symbols] == ["EURUSD"]
    assert await terminal.symbol_info_tick("EURUSD") is None
    assert not await terminal.symbol_select("XAUUSD")

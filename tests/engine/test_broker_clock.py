"""How old a price is: told by stamps that move before our eyes, never by one that may have stood still for an hour."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.engine.broker_clock import CLOSE_LOOKS_MS, BrokerClock
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.structs import SymbolInfo, Tick
from signalos_tui.model.orders import LegState
from tests.engine.kit import BEGINS, CALL, CONFIG, Bench, simulated

HOUR_MS = 3_600_000
ZONE_MS = 2 * HOUR_MS
"""Of the paper broker in winter."""
NOW = BEGINS


def test_clock_when_nothing_has_moved_then_no_price_has_an_age() -> None:
    clock = BrokerClock()
    for at in range(NOW, NOW + 60_000, 1_000):
        clock.seen("EURUSD", NOW + ZONE_MS - HOUR_MS, at)
        clock.seen("GBPUSD", NOW + ZONE_MS - HOUR_MS, at)
        assert clock.offset is None
        assert clock.age(NOW + ZONE_MS - HOUR_MS, at) == at


def test_clock_when_the_first_price_moves_then_those_that_stood_still_are_as_old_as_they_are() -> None:
    clock = BrokerClock()
    stale = NOW + ZONE_MS - HOUR_MS
    for symbol in ("EURUSD", "GBPUSD"):
        clock.seen(symbol, stale, NOW)
    clock.seen("GBPUSD", NOW + ZONE_MS + 900, NOW + 1_000)
    assert clock.offset == ZONE_MS
    assert clock.age(stale, NOW + 1_000) == HOUR_MS + 1_000
    assert clock.age(NOW + ZONE_MS + 900, NOW + 1_000) == 100


def test_clock_when_a_price_comes_late_then_it_moves_nothing_and_shows_its_age() -> None:
    """Quotes that are delayed by twenty minutes move as well, and would make everything else look half an hour younger."""
    clock = BrokerClock()
    late_ms = 20 * 60_000
    for at in range(NOW, NOW + 20_000, 1_000):
        clock.seen("EURUSD", at + ZONE_MS, at)
        clock.seen("DAX", at + ZONE_MS - late_ms, at)
    assert clock.offset == ZONE_MS
    assert clock.age(at + ZONE_MS - late_ms, at) == late_ms


def test_clock_when_the_broker_changes_to_winter_time_then_it_is_followed_and_nothing_looks_younger_meanwhile() -> None:
    clock = BrokerClock()
    for at in range(NOW, NOW + 60_000, 1_000):
        zone = ZONE_MS if at < NOW + 10_000 else ZONE_MS - HOUR_MS
        for symbol in ("EURUSD", "GBPUSD"):
            clock.seen(symbol, at + zone, at)
            assert clock.age(at + zone, at) in ({at} if at == NOW else {0, HOUR_MS} if at < NOW + 12_000 else {0})
    assert clock.offset == ZONE_MS - HOUR_MS


def test_clock_when_a_feed_falls_behind_while_it_moves_then_its_prices_show_their_age() -> None:
    """What slows down never goes back: that is no other zone, for the ten minutes in which nobody can tell."""
    clock, lag = BrokerClock(), 0
    for at in range(NOW, NOW + CLOSE_LOOKS_MS, 1_000):
        lag = min(40 * 60_000, lag + 900) if at > NOW + 10_000 else 0
        clock.seen("EURUSD", at + ZONE_MS - lag, at)
    assert clock.age(at + ZONE_MS - lag, at) == lag


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [
        (0, 0, 1_000),  # it stands still
        (-HOUR_MS, -HOUR_MS + 900, 1_000),  # the same price, as the list and as the stream tell it
        (0, -1_000, 1_000),  # it goes back
        (-HOUR_MS, 1_000, CLOSE_LOOKS_MS + 1),  # so long apart that it may be old for all we saw
        (0, -3 * 24 * HOUR_MS, 1_000),
        (0, 20 * HOUR_MS, 1_000),  # no broker's zone
    ],
)
def test_clock_when_what_is_seen_proves_nothing_then_it_is_not_known(first: int, second: int, apart: int) -> None:
    clock = BrokerClock()
    clock.seen("EURUSD", NOW + first, NOW)
    clock.seen("EURUSD", NOW + second, NOW + apart)
    assert clock.offset is None


class Frozen:
    """A terminal whose prices are all an hour old and stand still, until they are let go."""

    def __init__(self, bench: Bench) -> None:
        self.is_on = True
        self._at = bench.clock.now() + ZONE_MS - HOUR_MS
        terminal: Any = bench.terminal
        listed, ticked, described = terminal.symbols_get, terminal.symbol_info_tick, terminal.symbol_info

        async def symbols_get() -> tuple[SymbolInfo, ...] | None:
            found: tuple[SymbolInfo, ...] | None = await listed()
            return tuple(replace(info, time=self._at // 1000) for info in found) if self.is_on and found else found

        async def symbol_info(symbol: str) -> SymbolInfo | None:
            info: SymbolInfo | None = await described(symbol)
            return replace(info, time=self._at // 1000) if self.is_on and info else info

        async def symbol_info_tick(symbol: str) -> Tick | None:
            tick: Tick | None = await ticked(symbol)
            return replace(tick, time=self._at // 1000, time_msc=self._at) if self.is_on and tick else tick

        terminal.symbols_get, terminal.symbol_info, terminal.symbol_info_tick = (
            symbols_get,
            symbol_info,
            symbol_info_tick,
        )


def test_call_when_every_price_was_an_hour_old_at_the_first_connect_then_nothing_is_opened_until_they_move(
    tmp_path: Path,
) -> None:
    """A broker an hour further west would show the same stamps: an hour's age must not be taken for his zone."""

    async def story() -> None:
        made = Bench(tmp_path, is_paper=False)
        frozen = Frozen(made)
        made.paper.apply(FeedTick(made.clock.now(), "EURUSD", 1.0850, 1.0851))
        async with made as bench:
            await bench.say(CALL, wait=5)
            assert bench.states == []
            assert not bench.truth
            frozen.is_on = False
            await asyncio.sleep(60)
            await bench.say(CALL.replace("1.0900", "1.0905"))
            assert bench.states == [LegState.OPEN] * 2

    simulated(story)


LATER = "BUY LIMIT EURUSD 1.0820\nSL 1.0780\nTP 1.0900"


def test_order_with_an_end_when_sent_then_its_end_is_told_by_the_measured_clock(tmp_path: Path) -> None:
    """Not by the stamp of one tick: that of a quiet instrument may be as old as it likes."""

    async def story() -> None:
        config = replace(CONFIG, manage=replace(CONFIG.manage, pending_expiry_min=60))
        async with Bench(tmp_path, config=config) as bench:
            assert bench.engine._venue.offset_s == ZONE_MS // 1000
            await bench.say(LATER)
            [order] = await bench.paper.orders_get() or ()
            [leg] = bench.legs
            assert leg.plan.expires_at is not None
            assert order.time_expiration == (leg.plan.expires_at + ZONE_MS) // 1000

    simulated(story)

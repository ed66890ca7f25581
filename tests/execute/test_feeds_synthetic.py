"""The seeded market: the same seed gives the same market, time runs forward, prices stay prices."""

from __future__ import annotations

from itertools import islice, pairwise, takewhile

import pytest

from signalos_tui.errors import ConfigInvalid
from signalos_tui.execute.feeds.feed import Feed, FeedTick
from signalos_tui.execute.feeds.instruments import DAY, INSTRUMENTS, activity, reopening, widening
from signalos_tui.execute.feeds.synthetic import SyntheticMarket

MONDAY = 1_767_571_200_000  # 2026-01-05 00:00 UTC
SATURDAY = MONDAY + 5 * DAY
HOUR = 3_600_000


def some(market: Feed, count: int, start: int = MONDAY + 9 * HOUR) -> list[FeedTick]:
    return list(islice(market.ticks(start), count))


def test_market_when_seed_same_then_ticks_identical() -> None:
    assert some(SyntheticMarket(5, pace=4), 4000) == some(SyntheticMarket(5, pace=4), 4000)


def test_market_when_iterated_twice_then_begins_anew() -> None:
    market = SyntheticMarket(5)
    assert some(market, 500) == some(market, 500)


def test_market_when_seed_differs_then_ticks_differ() -> None:
    assert some(SyntheticMarket(5), 200) != some(SyntheticMarket(6), 200)


def test_ticks_when_merged_then_time_never_runs_back_and_every_symbol_lives() -> None:
    ticks = some(SyntheticMarket(1, pace=4), 5000)
    assert all(before.at <= after.at for before, after in pairwise(ticks))
    assert {tick.symbol for tick in ticks} == set(INSTRUMENTS)
    assert ticks[0].at >= MONDAY + 9 * HOUR


@pytest.mark.parametrize("seed", range(4))
def test_spreads_when_news_strikes_then_wider_but_never_negative(seed: int) -> None:
    ticks = some(SyntheticMarket(seed, pace=20), 20_000)
    assert all(tick.ask > tick.bid > 0 for tick in ticks)
    spreads = {name: sorted(tick.ask - tick.bid for tick in ticks if tick.symbol == name) for name in INSTRUMENTS}
    assert max(widths[-1] / widths[len(widths) // 2] for widths in spreads.values()) > 2


def test_prices_when_quoted_then_on_the_digits_of_the_instrument() -> None:
    for tick in some(SyntheticMarket(2), 2000):
        digits = INSTRUMENTS[tick.symbol].digits
        assert tick.bid == round(tick.bid, digits)
        assert tick.ask == round(tick.ask, digits)


def test_price_when_ticking_then_the_last_emitted_one() -> None:
    market = SyntheticMarket(3, ["EURUSD", "XAUUSD"])
    opening = market.price("EURUSD")
    assert opening is not None
    assert opening[0] < opening[1]
    for tick in islice(market.ticks(MONDAY), 300):
        assert market.price(tick.symbol) == (tick.bid, tick.ask)
    assert market.price("PLUTO") is None


def test_prices_when_given_then_the_market_goes_on_from_them() -> None:
    market = SyntheticMarket(3, ["XAUUSD"], prices={"XAUUSD": 2000.0})
    first = next(market.ticks(MONDAY))
    assert abs(first.bid - 2000.0) < 10


def test_weekend_when_on_then_only_coins_trade_until_sunday_night() -> None:
    ticks = takewhile(lambda tick: tick.at < SATURDAY + DAY, SyntheticMarket(4, tick_hz=0.02).ticks(SATURDAY))
    assert {tick.symbol for tick in ticks} == {"BTCUSD", "ETHUSD"}
    opens = SATURDAY + DAY + 22 * HOUR
    later = takewhile(lambda tick: tick.at < opens + HOUR, SyntheticMarket(4, tick_hz=0.02).ticks(opens - HOUR))
    euros = [tick.at for tick in later if tick.symbol == "EURUSD"]
    assert euros
    assert min(euros) >= opens


def test_weekend_when_off_then_everything_lives_on_saturday() -> None:
    assert {tick.symbol for tick in some(SyntheticMarket(4, weekend=False), 2000, SATURDAY)} == set(INSTRUMENTS)


def test_crosses_when_their_pairs_move_then_follow() -> None:
    market = SyntheticMarket(8, ["EURUSD", "USDJPY", "EURJPY"], pace=10)
    last = {tick.symbol: (tick.bid + tick.ask) / 2 for tick in islice(market.ticks(MONDAY), 20_000)}
    assert last["EURJPY"] == pytest.approx(last["EURUSD"] * last["USDJPY"], rel=0.002)


def test_pace_when_made_for_watching_then_gold_moves_fifteen_pips_within_minutes() -> None:
    start = MONDAY + 10 * HOUR
    reached = 0
    for seed in range(20):
        market = SyntheticMarket(seed, ["XAUUSD"], pace=4)
        minute = takewhile(lambda tick: tick.at < start + 90_000, market.ticks(start))
        mids = [(tick.bid + tick.ask) / 2 for tick in minute]
        reached += max(abs(mid - mids[0]) for mid in mids) >= 1.5
    assert reached >= 15


def test_prices_when_a_long_time_passes_then_stay_plausible() -> None:
    market = SyntheticMarket(9, pace=10, tick_hz=0.005, weekend=False)
    for tick in islice(market.ticks(MONDAY), 40_000):
        assert 0.3 < tick.bid / INSTRUMENTS[tick.symbol].price < 3


def test_market_when_symbol_unknown_then_says_which_it_has() -> None:
    with pytest.raises(ConfigInvalid, match=r"'PLUTO'.*EURUSD"):
        SyntheticMarket(1, ["PLUTO"])


@pytest.mark.parametrize("wrong", [{"pace": 0.0}, {"tick_hz": -1.0}, {"pace": float("nan")}])
def test_market_when_rate_impossible_then_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigInvalid, match="tick_hz"):
        SyntheticMarket(1, **wrong)  # type: ignore[arg-type]


def test_market_when_price_impossible_then_refused() -> None:
    with pytest.raises(ConfigInvalid, match="XAUUSD was 0"):
        SyntheticMarket(1, prices={"XAUUSD": 0.0})


def test_calendar_when_friday_night_then_closed_until_sunday() -> None:
    assert reopening(MONDAY) is None
    assert reopening(SATURDAY - 2 * HOUR - 1) is None
    assert reopening(SATURDAY - 2 * HOUR) == SATURDAY + DAY + 22 * HOUR
    assert reopening(SATURDAY + DAY + 22 * HOUR) is None


def test_calendar_when_day_changes_then_spreads_widen() -> None:
    assert widening(MONDAY + 12 * HOUR) == 1
    assert widening(MONDAY + 22 * HOUR) > 1
    assert widening(SATURDAY + DAY + 22 * HOUR) > widening(MONDAY + 22 * HOUR)
    assert activity("london", 8) > activity("london", 3)


def test_spreads_when_always_open_then_the_same_at_the_change_of_the_day() -> None:
    def median(start: int, weekend: bool) -> float:
        ticks = some(SyntheticMarket(1, ["XAUUSD"], weekend=weekend), 300, start)
        return sorted(tick.ask - tick.bid for tick in ticks)[150]

    assert median(MONDAY + 22 * HOUR, weekend=True) > 2 * median(MONDAY + 12 * HOUR, weekend=True)
    assert median(MONDAY + 22 * HOUR, weekend=False) < 1.3 * median(MONDAY + 12 * HOUR, weekend=False)

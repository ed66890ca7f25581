from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.evaluate.draft import Draft, draft
from signalos_tui.model.market import SymbolSpec
from signalos_tui.model.signals import Distance, Open, OrderKind, Side, Signal, Unit
from tests.evaluate.cases import EURUSD, GOLD, NOW, OPEN, US30, D, call, dist, quote, trading

MARKET, LIMIT, STOP, BARE = OrderKind.MARKET, OrderKind.LIMIT, OrderKind.STOP, OrderKind.UNSPECIFIED


def drafted(signal: Signal, bid: str = "2344.90", ask: str = "2345.10", spec: SymbolSpec = GOLD) -> Draft:
    return draft(signal, spec, quote(bid, ask, spec.name), trading(), NOW)


def codes(made: Draft) -> list[str]:
    return [fault.code for fault in made.faults]


def test_signal_when_priced_at_the_market_then_a_market_leg_per_target() -> None:
    made = drafted(call())
    assert (made.symbol, made.side, made.kind, made.faults) == ("XAUUSD", Side.BUY, MARKET, ())
    assert [leg.number for leg in made.legs] == [1, 2, 3]
    assert [leg.target for leg in made.legs] == [D("2355.00"), D("2365.00"), D("2375.00")]
    assert {leg.reference for leg in made.legs} == {D("2345.10")}
    assert {leg.stop for leg in made.legs} == {D("2335.00")}
    assert {leg.entry for leg in made.legs} == {None}
    assert {leg.expires_at for leg in made.legs} == {None}


@pytest.mark.parametrize(
    ("side", "entry", "stop", "bid", "ask", "kind", "price"),
    [
        # A bare price: at the market, or within a tenth of the risk of it
        (Side.BUY, ("2345",), "2335", "2345.70", "2345.90", MARKET, None),
        (Side.SELL, ("2345",), "2355", "2344.10", "2344.30", MARKET, None),
        # ... or a little better than asked for
        (Side.BUY, ("2345",), "2335", "2342.60", "2342.80", MARKET, None),
        (Side.SELL, ("2345",), "2355", "2347.20", "2347.40", MARKET, None),
        # The market has left: wait for the price
        (Side.BUY, ("2345",), "2335", "2346.30", "2346.50", LIMIT, "2345.00"),
        (Side.SELL, ("2345",), "2355", "2343.50", "2343.70", LIMIT, "2345.00"),
        # Ranges: inside, at the far end, and left behind (then the near edge)
        (Side.BUY, ("2340", "2345"), "2335", "2342.00", "2342.20", MARKET, None),
        (Side.SELL, ("2340", "2345"), "2350", "2342.00", "2342.20", MARKET, None),
        (Side.BUY, ("2340", "2345"), "2330", "2350.00", "2350.20", LIMIT, "2345.00"),
        (Side.SELL, ("2340", "2345"), "2350", "2335.00", "2335.20", LIMIT, "2340.00"),
    ],
)
def test_entry_when_bare_then_kind_and_price(
    side: Side, entry: tuple[str, ...], stop: str, bid: str, ask: str, kind: OrderKind, price: str | None
) -> None:
    made = drafted(call(side, entry, stop, ()), bid, ask)
    assert made.kind is kind
    assert made.legs[0].entry == (D(price) if price else None)
    assert made.legs[0].reference == (D(price) if price else D(ask if side is Side.BUY else bid))
    assert codes(made) == []


@pytest.mark.parametrize(
    ("side", "stop", "bid", "ask"),
    [(Side.BUY, "2335", "2339.80", "2340.00"), (Side.SELL, "2355", "2350.00", "2350.20")],
)
def test_entry_when_bare_and_ahead_of_the_market_then_a_fault_and_a_stop_order(
    side: Side, stop: str, bid: str, ask: str
) -> None:
    """A breakout or an old price: nobody can know, so the owner is asked; approved, it only opens where the text says."""
    made = drafted(call(side, ("2345",), stop, ()), bid, ask)
    assert codes(made) == ["entry_ahead"]
    assert (made.kind, made.legs[0].entry) == (STOP, D("2345.00"))


@pytest.mark.parametrize(
    ("stop", "ask", "kind", "fault"),
    [
        # A tenth of a risk of 10 away is still "now", a point more is not; a quarter on the other side.
        ("2335", "2346.00", MARKET, []),
        ("2335", "2346.01", LIMIT, []),
        ("2335", "2342.50", MARKET, []),
        ("2335", "2342.49", STOP, ["entry_ahead"]),
        # Without a stop, or with one in R, the default of 50 pips is the measure: 0.50 and 1.25.
        (None, "2345.50", MARKET, []),
        (None, "2345.51", LIMIT, []),
        ("0", "2345.51", LIMIT, []),
        (dist("1", Unit.R), "2345.51", LIMIT, ["stop_unit"]),
        # A stop 30 pips away gives 0.30; the spread of 0.20 or the broker's 20 points are always granted.
        (dist("30"), "2345.30", MARKET, []),
        (dist("30"), "2345.31", LIMIT, []),
        (dist("1"), "2345.20", MARKET, []),
        (dist("1"), "2345.21", LIMIT, []),
    ],
)
def test_entry_when_bare_then_now_is_measured_in_shares_of_the_risk(
    stop: str | Distance | None, ask: str, kind: OrderKind, fault: list[str]
) -> None:
    made = drafted(call(stop=stop, targets=()), str(D(ask) - D("0.20")), ask)
    assert (made.kind, codes(made)) == (kind, fault)


def test_entry_when_the_spread_is_wide_then_within_it_is_now() -> None:
    assert drafted(call(stop=dist("1"), targets=()), "2345.00", "2345.90").kind is MARKET
    assert drafted(call(stop=dist("1"), targets=()), "2345.20", "2346.00").kind is LIMIT


@pytest.mark.parametrize("order", [LIMIT, STOP])
def test_entry_when_the_market_is_exactly_at_the_named_price_then_at_market(order: OrderKind) -> None:
    made = drafted(call(entry=("2345.10",), order=order))
    assert (made.kind, codes(made)) == (MARKET, [])


def test_entry_when_bare_range_lies_ahead_then_the_stop_order_stands_at_the_edge_met_first() -> None:
    made = drafted(call(Side.BUY, ("2345", "2350"), "2335", ()), "2339.80", "2340.00")
    assert (made.kind, made.legs[0].entry, codes(made)) == (STOP, D("2345.00"), ["entry_ahead"])


@pytest.mark.parametrize(
    ("side", "order", "entry", "bid", "ask", "kind", "price", "fault"),
    [
        (Side.BUY, LIMIT, "2340", "2344.90", "2345.10", LIMIT, "2340", []),
        (Side.SELL, LIMIT, "2350", "2344.90", "2345.10", LIMIT, "2350", []),
        (Side.BUY, LIMIT, "2346", "2344.90", "2345.10", MARKET, None, []),
        (Side.BUY, LIMIT, "2355", "2344.90", "2345.10", MARKET, None, ["limit_passed"]),
        (Side.BUY, STOP, "2350", "2344.90", "2345.10", STOP, "2350", []),
        (Side.SELL, STOP, "2340", "2344.90", "2345.10", STOP, "2340", []),
        (Side.BUY, STOP, "2345", "2344.90", "2345.10", MARKET, None, []),
        (Side.BUY, MARKET, "2330", "2344.90", "2345.10", MARKET, None, []),
    ],
)
def test_entry_when_the_order_is_named_then_obeyed(
    side: Side, order: OrderKind, entry: str, bid: str, ask: str, kind: OrderKind, price: str | None, fault: list[str]
) -> None:
    stop = "2325" if side is Side.BUY else "2365"
    made = drafted(call(side, (entry,), stop, (), order), bid, ask)
    assert made.kind is kind
    assert made.legs[0].entry == (D(price) if price else None)
    assert codes(made) == fault


def test_pending_order_then_expires_as_configured() -> None:
    signal = call(order=LIMIT, entry=("2340",))
    settings = trading()
    assert drafted(signal).legs[0].expires_at == NOW + settings.manage.pending_expiry_min * 60_000
    for_ever = replace(settings, manage=replace(settings.manage, pending_expiry_min=0))
    assert draft(signal, GOLD, quote(), for_ever, NOW).legs[0].expires_at is None


@pytest.mark.parametrize(
    ("spec", "bid", "ask", "stop", "target", "stop_price", "target_price"),
    [
        (EURUSD, "1.08500", "1.08510", dist("20"), dist("40"), "1.08310", "1.08910"),
        (EURUSD, "1.08500", "1.08510", dist("200", Unit.POINTS), dist("2", Unit.R), "1.08310", "1.08910"),
        (GOLD, "2344.90", "2345.00", dist("50"), dist("100"), "2340.00", "2355.00"),
        (GOLD, "2344.90", "2345.00", dist("1", Unit.PERCENT), dist("1.5", Unit.R), "2321.55", "2380.18"),
        (US30, "40000.0", "40002.0", dist("100", Unit.POINTS), dist("200", Unit.POINTS), "39902.0", "40202.0"),
        (US30, "40000.0", "40002.0", dist("100"), dist("200"), "39902.0", "40202.0"),
    ],
)
def test_distance_then_a_price_from_the_entry_on_the_tick_grid(
    spec: SymbolSpec, bid: str, ask: str, stop: Distance, target: Distance, stop_price: str, target_price: str
) -> None:
    made = drafted(call(entry=(), stop=stop, targets=(target,)), bid, ask, spec)
    assert (made.legs[0].stop, made.legs[0].target) == (D(stop_price), D(target_price))
    assert codes(made) == []


def test_distance_when_selling_then_mirrored() -> None:
    made = drafted(call(Side.SELL, (), dist("50"), (dist("100"),)), "2345.00", "2345.20")
    assert (made.legs[0].stop, made.legs[0].target) == (D("2350.00"), D("2335.00"))


def test_distance_when_pending_then_from_the_pending_price() -> None:
    made = drafted(call(entry=("2340",), stop=dist("50"), targets=(dist("100"),), order=LIMIT))
    assert (made.legs[0].stop, made.legs[0].target) == (D("2335.00"), D("2350.00"))


def test_points_on_gold_then_a_fault_because_nobody_knows_which() -> None:
    made = drafted(call(entry=(), stop=dist("500", Unit.POINTS), targets=(dist("900", Unit.POINTS),)))
    assert codes(made) == ["points_ambiguous"]
    assert made.legs[0].stop == D("2340.10")


def test_percent_when_leveraged_then_a_fault() -> None:
    made = drafted(call(entry=(), stop=dist("1", Unit.PERCENT), targets=(), leverage="20"))
    assert codes(made) == ["percent_ambiguous"]


def test_stop_in_r_then_a_fault_and_no_stop() -> None:
    made = drafted(call(stop=dist("1", Unit.R), targets=(dist("2", Unit.R),)))
    assert codes(made) == ["stop_unit", "target_unusable"]
    assert made.legs[0].stop is None


@pytest.mark.parametrize("stop", [None, "0", "-5"])
def test_stop_when_missing_or_zero_then_the_default_is_drafted_and_noted(stop: str | None) -> None:
    """Whether it may be traded is the rule missing_stop's to say; whoever is asked sees the money."""
    made = drafted(call(stop=stop))
    assert made.legs[0].stop == D("2340.10")  # 50 pips of 0.1
    assert "The signal has no stop: 50 pips taken" in made.notes


def test_targets_when_none_then_one_open_leg() -> None:
    made = drafted(call(targets=()))
    assert [leg.target for leg in made.legs] == [None]


def test_target_when_left_open_then_the_last_leg_has_none() -> None:
    made = drafted(call(targets=(OPEN, "2355", "2365")))
    assert [leg.target for leg in made.legs] == [D(2355), D(2365), None]


def test_targets_when_too_many_then_the_far_ones_are_left_out() -> None:
    made = drafted(call(targets=("2350", "2355", "2360", "2365", "2370", "2375")))
    assert [leg.target for leg in made.legs] == [D(2350), D(2355), D(2360), D(2365)]
    assert made.notes == ("6 targets: the nearest 4 are used",)
    assert drafted(call(targets=("2350", "2355", "2360", OPEN))).notes == ()


def test_targets_when_written_far_first_then_turned_round_and_repeats_dropped() -> None:
    made = drafted(call(targets=("2375", "2365", "2365", "2355")))
    assert [leg.target for leg in made.legs] == [D(2355), D(2365), D(2375)]
    assert codes(made) == []


def test_targets_when_in_no_order_then_a_fault() -> None:
    assert codes(drafted(call(targets=("2355", "2307", "2375")))) == ["targets_unordered"]


def test_target_when_zero_then_a_fault() -> None:
    assert codes(drafted(call(targets=("2355", "0")))) == ["target_unusable"]


@pytest.mark.parametrize(
    ("signal", "bid", "code"),
    [
        (call(side=None), "2344.90", "no_side"),
        (call(entry=(), order=LIMIT), "2344.90", "entry_missing"),
        (call(entry=("0",)), "2344.90", "entry_not_positive"),
        (call(), "NaN", "quote_unusable"),
        (call(), "0", "quote_unusable"),
    ],
)
def test_draft_when_impossible_then_no_legs_and_the_fault(signal: Signal, bid: str, code: str) -> None:
    made = drafted(signal, bid)
    assert made.legs == ()
    assert codes(made) == [code]


def test_draft_when_the_tick_size_is_zero_then_no_legs() -> None:
    assert codes(drafted(call(), spec=replace(GOLD, tick_size=D(0)))) == ["spec_unusable"]


PRICES = st.decimals(D("1.00"), D("9000.00"), places=3)
LEVELS = st.one_of(
    PRICES.map(str),
    st.builds(lambda v, u: dist(str(v), u), st.decimals(D("0.1"), D(500), places=1), st.sampled_from(list(Unit))),
)


@settings(max_examples=200)
@given(
    side=st.sampled_from(list(Side)),
    order=st.sampled_from(list(OrderKind)),
    entry=st.lists(PRICES.map(str), max_size=2),
    stop=st.one_of(st.none(), LEVELS),
    targets=st.lists(st.one_of(LEVELS, st.just(OPEN)), max_size=6),
    bid=PRICES,
    spread=st.decimals(D(0), D(5), places=2),
)
def test_draft_then_every_price_is_on_the_grid_and_all_legs_share_entry_and_stop(
    side: Side,
    order: OrderKind,
    entry: list[str],
    stop: str | Distance | None,
    targets: list[str | Distance | Open],
    bid: Decimal,
    spread: Decimal,
) -> None:
    signal = call(side, tuple(entry), stop, tuple(targets), order)
    made = drafted(signal, str(bid), str(bid + spread))
    assert len(made.legs) <= 4
    assert made.legs or made.faults
    assert len({(leg.kind, leg.entry, leg.reference, leg.stop) for leg in made.legs}) <= 1
    for leg in made.legs:
        for price in (leg.entry, leg.reference, leg.stop, leg.target):
            assert price is None or price % GOLD.tick_size == 0
        assert (leg.kind is MARKET) is (leg.entry is None)
    assert [leg.number for leg in made.legs] == list(range(1, len(made.legs) + 1))

"""The rules about the instrument, its price, the levels and the money: what they let pass, and the figures they show."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from signalos_tui.evaluate.case import Exposure
from signalos_tui.evaluate.sizing import Sized
from signalos_tui.evaluate.symbols import Resolution
from signalos_tui.model.account import TradingState
from signalos_tui.model.decisions import Effect
from signalos_tui.model.ids import ChannelId, SignalId
from signalos_tui.model.signals import OrderKind, Side, Signal, Unit
from tests.evaluate.asked import DENY, HOLD, PASS, answer, ask, exposed, trade
from tests.evaluate.cases import (
    ACCOUNT,
    EXPOSURE,
    GOLD,
    NOW,
    D,
    call,
    case,
    dist,
    quote,
    trading,
)


def test_symbol_when_unknown_ambiguous_or_similar() -> None:
    unknown = case(resolution=Resolution(None, "none", False))
    assert answer("symbol", unknown) == (DENY, "no match", "one certain match")
    two = case(resolution=Resolution(None, "ambiguous", False, ("XAUUSD.a", "XAUUSD.b")))
    assert answer("symbol", two) == (DENY, "2 matches", "one certain match")
    assert "XAUUSD.a, XAUUSD.b" in ask("symbol", two).text
    near = case(resolution=Resolution("XAUUSD", "fuzzy", False, ("XAUUSD",)))
    assert answer("symbol", near) == (HOLD, "XAUUSD (fuzzy)", "one certain match")


def test_symbol_when_the_owner_can_say_which_then_held_and_no_approval_says_it_for_him() -> None:
    question = Resolution(None, "ambiguous", False, ("XAUUSD.a", "XAUUSD.b"), is_question=True)
    assert answer("symbol", case(resolution=question)) == (HOLD, "2 matches", "one certain match")
    approved = replace(case(resolution=question), by_owner=True)
    assert ask("symbol", approved).effect is DENY
    assert "Choose the instrument first" in ask("symbol", approved).text
    many = replace(question, candidates=tuple(f"XAUUSD.{number}" for number in range(40)))
    assert ask("symbol", case(resolution=many)).text.endswith("XAUUSD.4 and others. Choose the instrument")
    lapsed = replace(question, lapsed="the broker lists it no longer")
    assert "is not what it was: the broker lists it no longer" in ask("symbol", case(resolution=lapsed)).text


def test_symbol_when_the_owner_said_never_then_denied() -> None:
    never = case(resolution=Resolution(None, "never", False))
    assert answer("symbol", never) == (DENY, "never", "one certain match")


def test_symbol_when_not_named_not_described_or_not_tradable_then_denied() -> None:
    assert answer("symbol", case(call(symbol=None)))[:2] == (DENY, "none")
    assert answer("symbol", replace(case(), spec=None))[:2] == (DENY, "XAUUSD")
    other = replace(case(), spec=replace(GOLD, name="XAGUSD"))
    assert ask("symbol", other).effect is DENY
    closed = replace(case(), spec=replace(GOLD, tradable=False))
    assert answer("symbol", closed) == (DENY, "not tradable", "tradable")


@pytest.mark.parametrize(
    ("allow", "deny", "effect", "limit"),
    [
        ((), (), PASS, "any"),
        (("XAUUSD",), (), PASS, "XAUUSD"),
        (("gold",), (), PASS, "gold"),
        (("EURUSD", "US30"), (), DENY, "EURUSD, US30"),
        ((), ("GOLD",), DENY, "not GOLD"),
        (("XAUUSD",), ("XAUUSD",), DENY, "not XAUUSD"),
        ((), ("EURUSD",), PASS, "any"),
    ],
)
def test_allowed_by_lists(allow: tuple[str, ...], deny: tuple[str, ...], effect: Effect, limit: str) -> None:
    assert answer("allowed", case(settings=trading(allow=allow, deny=deny))) == (effect, "XAUUSD", limit)


# --- the price ---


def test_quote_when_old_foreign_or_no_price_then_denied() -> None:
    assert answer("quote", case()) == (PASS, "0 s", "20 s")
    assert answer("quote", case(now_quote=quote(at=NOW - 20_001)))[:2] == (DENY, "20 s")
    assert answer("quote", case(quote=quote(symbol="XAGUSD")))[:2] == (DENY, "XAGUSD")
    for bid, ask_ in (("2345", "2344"), ("0", "1"), ("NaN", "2345"), ("2345", "Infinity")):
        assert ask("quote", case(quote=quote(bid, ask_))).effect is DENY
    assert answer("quote", replace(case(), quote=None)) == (DENY, "none", "20 s")


def test_spread_when_wide_in_pips_then_denied() -> None:
    assert answer("spread", case()) == (PASS, "2 pips", "3 pips")
    assert answer("spread", case(now_quote=quote("2344.60", "2345.00"))) == (DENY, "4 pips", "3 pips")


def test_spread_when_a_large_share_of_the_stop_then_denied() -> None:
    made = case(call(stop="2344.60"))
    assert answer("spread", made) == (DENY, "40 %", "33 %")
    assert ask("spread", case(call(stop="2344.10"), settings=trading(max_spread_of_stop=D(20)))).effect is PASS
    assert answer("spread", case(call(stop="2345.10"))) == (DENY, "0 %", "33 %")


# --- the levels ---


@pytest.mark.parametrize(("policy", "effect"), [("hold", HOLD), ("deny", DENY), ("default", PASS)])
@pytest.mark.parametrize("stop", [None, "0"])
def test_missing_stop_by_policy(policy: str, effect: Effect, stop: str | None) -> None:
    made = case(call(stop=stop), settings=trading(missing_stop=policy))
    assert answer("missing_stop", made) == (effect, "no stop", policy)
    assert ask("size", made).effect is PASS


def test_missing_stop_when_there_is_one_then_passes_whatever_the_policy() -> None:
    assert ask("missing_stop", case(settings=trading(missing_stop="deny"))).effect is PASS


def test_levels_when_the_draft_has_a_fault_then_held() -> None:
    made = case(call(entry=("2350",)))
    assert answer("levels", made) == (HOLD, "entry_ahead", "no open question")
    points = case(call(entry=(), stop=dist("500", Unit.POINTS), targets=()))
    assert answer("levels", points)[:2] == (HOLD, "points_ambiguous")


def test_levels_when_there_is_no_leg_then_denied() -> None:
    made = case(call(entry=(), order=OrderKind.LIMIT))
    assert answer("levels", made) == (DENY, "entry_missing", "an order")
    assert ask("levels", made).text == "The signal asks for a limit order and names no price"


@pytest.mark.parametrize(
    ("signal", "seen", "limit"),
    [
        (call(stop="2350"), "2350", "below 2345.1"),
        (call(stop="2345.10"), "2345.1", "below 2345.1"),
        (call(targets=("2340",)), "2340", "above 2345.1"),
        (call(targets=("2355", "2345.10")), "2345.1", "above 2345.1"),
        (call(Side.SELL, stop="2335", targets=()), "2335", "above 2344.9"),
        (call(Side.SELL, stop="2355", targets=("2350",)), "2350", "below 2344.9"),
        (call(stop=dist("1", Unit.R), targets=()), "no stop", "below 2345.1"),
        # The broker wants 20 points: the stop is measured from the bid a buy closes at.
        (call(stop="2344.80", targets=()), "10 points", "20 points"),
        (call(stop="2345.00", targets=()), "-10 points", "20 points"),
        (call(entry=("2345.00",), order=OrderKind.LIMIT), "10 points", "20 points"),
        (call(entry=("2340",), order=OrderKind.LIMIT, stop="2339.90"), "10 points", "20 points"),
        (call(entry=("2340",), order=OrderKind.LIMIT, targets=("2340.15",)), "15 points", "20 points"),
        (call(stop="2344.90", targets=()), "0 points", "20 points"),
        # A distance larger than the price itself
        (call(stop=dist("30000"), targets=()), "-654.9", "below 2345.1"),
        (call(stop=dist("23451"), targets=()), "0", "below 2345.1"),
        (call(Side.SELL, stop="2355", targets=(dist("23449"),)), "0", "below 2344.9"),
    ],
)
def test_geometry_when_a_level_stands_wrong_then_denied_with_the_figures(signal: Signal, seen: str, limit: str) -> None:
    assert answer("geometry", case(signal)) == (DENY, seen, limit)


def test_geometry_when_in_order_then_stop_entry_and_target_are_shown() -> None:
    assert answer("geometry", case()) == (PASS, "2335 / 2345.1 / 2355", "in order")
    assert answer("geometry", case(call(targets=())))[1] == "2335 / 2345.1 / open"


def test_geometry_when_the_broker_names_no_distance_then_a_stop_at_the_price_is_denied_all_the_same() -> None:
    """A stop level of 0 only says that the broker decides at the time."""
    free = replace(GOLD, stops_level=0)
    assert answer("geometry", case(call(stop="2344.90", targets=()), spec=free)) == (DENY, "0 points", "0 points")
    assert ask("geometry", case(call(stop="2344.89", targets=()), spec=free)).effect is PASS


def test_geometry_when_price_ran_past_the_first_target_then_denied() -> None:
    made = case(call(order=OrderKind.MARKET), now_quote=quote("2355.90", "2356.10"))
    assert answer("geometry", made) == (DENY, "2355", "above 2356.1")


def test_geometry_when_a_pending_price_is_on_the_wrong_side_then_denied() -> None:
    """The market moved between drafting and judging: the broker would refuse it as well."""
    waiting = case(call(entry=("2340",), order=OrderKind.LIMIT))
    assert ask("geometry", waiting).effect is PASS
    assert answer("geometry", replace(waiting, quote=quote("2338.90", "2339.10"))) == (DENY, "2340", "2339.1")
    assert answer("geometry", replace(waiting, quote=quote("2339.80", "2340.00"))) == (DENY, "2340", "2340")
    breakout = case(call(entry=("2350",), order=OrderKind.STOP))
    assert ask("geometry", breakout).effect is PASS
    assert answer("geometry", replace(breakout, quote=quote("2350.90", "2351.10"))) == (DENY, "2350", "2351.1")
    assert answer("geometry", replace(breakout, quote=quote("2349.80", "2350.00"))) == (DENY, "2350", "2350")


@pytest.mark.parametrize(
    ("signal", "seen"),
    [
        (call(targets=("23750",)), "912.79 %"),
        (call(stop="233.5"), "90.04 %"),
        (call(entry=("234.5",)), "90 %"),
        (call(targets=("2350", "2351", "2352", "2353", "9999")), "326.4 %"),
        (call(entry=(), stop=dist("2000"), targets=()), "8.52 %"),
    ],
)
def test_scale_when_a_digit_is_lost_then_held(signal: Signal, seen: str) -> None:
    assert answer("scale", case(signal)) == (HOLD, seen, "5 %")


def test_scale_when_all_prices_are_near_then_the_furthest_is_named() -> None:
    assert answer("scale", case()) == (PASS, "1.28 %", "5 %")
    assert "2375" in ask("scale", case()).text


@pytest.mark.parametrize(
    ("ask_price", "effect", "seen"), [("2344", PASS, "0 R"), ("2350", PASS, "0.5 R"), ("2350.01", DENY, "0.5 R")]
)
def test_distance_when_at_market_then_the_drift_in_r(ask_price: str, effect: Effect, seen: str) -> None:
    made = case(call(order=OrderKind.MARKET), now_quote=quote(str(D(ask_price) - Decimal("0.2")), ask_price))
    assert answer("distance", made) == (effect, seen, "0.5 R")


def test_distance_when_selling_a_range_then_the_drift_is_measured_from_the_near_edge() -> None:
    signal = call(Side.SELL, ("2340", "2345"), "2350", ("2320",), OrderKind.MARKET)
    assert answer("distance", case(signal, now_quote=quote("2334.00", "2334.20"))) == (DENY, "0.6 R", "0.5 R")


def test_distance_when_approved_late_then_the_drift_still_denies() -> None:
    made = case(call(order=OrderKind.MARKET), now_quote=quote("2351", "2351.2"), by_owner=True, posted_at=NOW - 900_000)
    assert answer("distance", made) == (DENY, "0.62 R", "0.5 R")


def test_distance_when_pending_then_percent_from_the_market() -> None:
    near = case(call(entry=("2300",), stop="2290", targets=(), order=OrderKind.LIMIT))
    assert answer("distance", near) == (PASS, "1.92 %", "3 %")
    far = case(call(entry=("2250",), stop="2240", targets=(), order=OrderKind.LIMIT))
    assert answer("distance", far) == (DENY, "4.06 %", "3 %")


def test_distance_when_the_stop_lies_beyond_the_entry_then_there_is_no_measure() -> None:
    made = case(call(stop="2346", order=OrderKind.MARKET), now_quote=quote("2347.80", "2348.00"))
    assert answer("distance", made) == (DENY, "none", "0.5 R")
    at_entry = case(call(stop="2345", order=OrderKind.MARKET), now_quote=quote("2347.80", "2348.00"))
    assert answer("distance", at_entry) == (DENY, "none", "0.5 R")


def test_distance_when_no_entry_is_named_then_passes() -> None:
    assert answer("distance", case(call(entry=()))) == (PASS, "no entry", "0.5 R")


# --- the money ---


def test_size_when_there_is_no_plan_then_sizings_own_reason() -> None:
    made = case(settings=trading(risk={"value": D("0.01")}))
    verdict = ask("size", made)
    assert (verdict.effect, verdict.seen) == (DENY, "too_small")
    assert "the smallest is 0.01" in verdict.text


def test_size_when_sized_then_volume_and_money_are_said() -> None:
    verdict = ask("size", case())
    assert (verdict.effect, verdict.seen) == (PASS, "0.09 lots")
    assert verdict.text == "0.09 lots in 3 legs, 90.90 USD at risk"


def test_size_when_the_plan_is_of_another_signal_or_has_a_naked_leg_then_denied() -> None:
    made = case()
    assert ask("size", replace(made, signal_id=SignalId("x/1#1"))).effect is DENY
    assert made.plan is not None
    first = made.plan.legs[0]
    for legs in ((replace(first, stop=None),), (replace(first, volume=D(0)),), ()):
        poor = replace(made.plan, legs=legs)
        assert ask("size", replace(made, sized=Sized(poor, (), D(1), D(1)))).effect is DENY


def test_risk_ceiling_when_above_then_denied_with_percent() -> None:
    assert answer("risk_ceiling", case()) == (PASS, "0.91 %", "5 %")
    made = case(settings=trading(risk={"mode": "lots", "value": D(1)}))
    assert answer("risk_ceiling", made) == (DENY, "10.1 %", "5 %")


def test_open_trades_when_too_many_then_denied() -> None:
    nine = tuple(trade(n, "EURUSD") for n in range(9))
    assert answer("open_trades", exposed(trades=nine)) == (PASS, "10", "10")
    ten = (*nine, trade(9, "EURUSD"))
    assert answer("open_trades", exposed(trades=ten)) == (DENY, "11", "10")
    assert ask("open_trades", exposed(trades=ten)).text == "10 trades are open, at most 10 are allowed"
    free = replace(exposed(trades=ten), trading=trading(max_open_trades=0))
    assert answer("open_trades", free) == (PASS, "11", "no limit")


def test_open_trades_when_too_many_on_one_symbol_then_denied_over_all_channels() -> None:
    three = tuple(trade(n, channel=ChannelId(f"tg:{n}")) for n in range(3))
    assert answer("open_trades", exposed(trades=three)) == (DENY, "4 on XAUUSD", "3")
    assert ask("open_trades", exposed(trades=three)).text == "3 trades are open on XAUUSD, at most 3 are allowed"
    assert ask("open_trades", exposed(trades=three[:2])).effect is PASS
    free = replace(exposed(trades=three), trading=trading(max_open_per_symbol=0))
    assert ask("open_trades", free).effect is PASS


def test_open_risk_then_this_plan_counts_and_a_stop_in_profit_pays_for_nothing() -> None:
    assert answer("open_risk", exposed(trades=(trade(1, risk="500"),))) == (PASS, "5.91 %", "6 %")
    assert answer("open_risk", exposed(trades=(trade(1, risk="510"),))) == (DENY, "6.01 %", "6 %")
    made = exposed(trades=(trade(1, risk="510"), trade(2, risk="-400")))
    assert answer("open_risk", made) == (DENY, "6.01 %", "6 %")


def test_daily_loss_when_the_limit_is_reached_then_denied() -> None:
    made = case(account=replace(ACCOUNT, balance=D(9_500), equity=D(9_500)))
    assert answer("daily_loss", made) == (DENY, "5 %", "5 %")
    assert answer("daily_loss", case(account=replace(ACCOUNT, equity=D(10_200)))) == (PASS, "0 %", "5 %")
    floating = case(account=replace(ACCOUNT, equity=D(9_400)))
    assert answer("daily_loss", floating) == (DENY, "6 %", "5 %")


def test_daily_loss_when_all_stops_would_break_it_then_denied_before() -> None:
    """4.2 % lost and 0.9 % at risk now: the trade that could break the limit is not opened."""
    made = case(account=replace(ACCOUNT, balance=D(9_580), equity=D(9_580)))
    assert answer("daily_loss", made)[:1] == (DENY,)
    assert ask("daily_loss", made).text == "If all stops are hit the day ends at -5.11 %, the limit is 5 %"
    open_ones = exposed(trades=(trade(1, risk="450"),))
    assert ask("daily_loss", open_ones).effect is DENY


def test_daily_loss_when_open_trades_float_below_then_not_counted_twice() -> None:
    """An open trade that may lose 300 floats at -200: the worst is 300 and this plan, not 500 and this plan."""
    made = case(account=replace(ACCOUNT, equity=D(9_800)), exposure=replace(EXPOSURE, trades=(trade(1, risk="300"),)))
    assert answer("daily_loss", made) == (PASS, "2 %", "5 %")
    assert ask("daily_loss", made).text == "At worst the day ends at -3.91 %"


@pytest.mark.parametrize("began", [None, D(0)])
def test_daily_loss_when_the_day_is_unknown_then_denied(began: Decimal | None) -> None:
    assert answer("daily_loss", exposed(day_equity=began)) == (DENY, "none", "5 %")


def test_margin_then_needed_and_free_are_shown() -> None:
    assert answer("margin", case()) == (PASS, "211.05 USD", "10 000.00 USD")
    short = case(account=replace(ACCOUNT, margin_free=D(200)))
    assert answer("margin", short) == (DENY, "211.05 USD", "200.00 USD")


def test_exposure_when_defaults_then_the_day_is_unknown() -> None:
    """A front end that forgets the day's equity trades nothing rather than everything."""
    assert ask("daily_loss", case(exposure=Exposure(TradingState.ACTIVE))).effect is DENY

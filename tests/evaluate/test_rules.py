"""Every rule: what it lets pass, holds and denies, and the figures it shows."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from signalos_tui.evaluate.case import Call, Case, OpenTrade, fingerprint, is_same_call
from signalos_tui.evaluate.rules import RULES
from signalos_tui.model.account import TradingState
from signalos_tui.model.decisions import Effect
from signalos_tui.model.ids import ChannelId, SignalId
from signalos_tui.model.signals import OrderKind, ReadingKind, ReadingVerdict, Reason, Side, Signal
from tests.evaluate.asked import CHECKS, DENY, HOLD, PASS, answer, ask, exposed, trade
from tests.evaluate.cases import (
    ACCOUNT,
    CHANNEL,
    EXPOSURE,
    NOW,
    OPEN,
    READING,
    SIGNAL,
    D,
    call,
    case,
    dist,
    quote,
    trading,
)


def test_rules_then_each_has_its_own_name_and_lets_a_sound_signal_pass() -> None:
    assert len(CHECKS) == len(RULES)
    made = case()
    assert {rule: ask(rule, made).effect for rule in CHECKS} == dict.fromkeys(CHECKS, PASS)


@pytest.mark.parametrize("rule", ["account", "quote", "levels", "geometry", "scale", "distance", "size", "spread"])
def test_rule_when_it_lacks_what_it_looks_at_then_denies(rule: str) -> None:
    blind = case(account=ACCOUNT)
    blind = replace(blind, account=None, quote=None, draft=None, sized=None, spec=None)
    assert ask(rule, blind).effect is DENY


@pytest.mark.parametrize("rule", ["risk_ceiling", "open_risk", "daily_loss", "margin"])
def test_money_rule_when_there_is_no_size_then_denies(rule: str) -> None:
    assert ask(rule, case(sized=None)).effect is DENY
    assert ask(rule, replace(case(), account=None)).effect is DENY


def at_limit() -> dict[str, Case]:
    # For each rule with a figure, a case that stands exactly at the limit: it still passes.
    round_quote = quote("1999.90", "2000.10")
    waiting = call(entry=("1940",), stop="1930", targets=(), order=OrderKind.LIMIT)
    return {
        "account": case(account=replace(ACCOUNT, at=NOW - 60_000)),
        "staleness": case(posted_at=NOW + 5_000),
        "quote": case(now_quote=quote("2345", "2345", at=NOW - 20_000)),
        "spread": case(now_quote=quote("2344.80", "2345.10"), settings=trading(max_spread_of_stop=D(100))),
        "geometry": case(call(stop="2344.70", targets=("2345.11",))),
        "scale": case(call(entry=(), stop="1900", targets=()), now_quote=round_quote),
        "distance": case(waiting, now_quote=quote("1999.80", "2000.00")),
        "risk_ceiling": case(
            account=replace(ACCOUNT, equity=D(10_100)), settings=trading(risk={"mode": "lots", "value": D("0.5")})
        ),
        "open_risk": exposed(trades=(trade(1, risk="509.10"),)),
        "daily_loss": case(account=replace(ACCOUNT, equity=D("9590.90"), balance=D("9590.90"))),
        "margin": case(account=replace(ACCOUNT, margin_free=D("211.05"))),
    }


@pytest.mark.parametrize("rule", sorted(at_limit()))
def test_rule_when_the_limit_is_exactly_met_then_passes(rule: str) -> None:
    assert ask(rule, at_limit()[rule]).effect is PASS


@pytest.mark.parametrize("rule", ["spread", "geometry"])
@pytest.mark.parametrize("missing", ["spec", "quote"])
def test_rule_when_one_thing_is_missing_then_denies(rule: str, missing: str) -> None:
    assert ask(rule, replace(case(), **{missing: None})).effect is DENY


# --- who may trade ---


@pytest.mark.parametrize("state", [TradingState.REDUCING, TradingState.HALTED])
def test_trading_state_when_not_active_then_denied_even_for_the_owner(state: TradingState) -> None:
    made = replace(exposed(trading_state=state), by_owner=True)
    assert answer("trading_state", made) == (DENY, state, "active")


def test_channel_when_paused_or_switched_off_then_denied() -> None:
    assert answer("channel", exposed(channel_paused=True)) == (DENY, "paused", "trading")
    assert answer("channel", exposed(channel_is_read=False)) == (DENY, "not followed", "followed")
    assert answer("channel", case(settings=trading(enabled=False))) == (DENY, "off", "on")


def test_account_when_old_locked_or_empty_then_denied() -> None:
    assert answer("account", case()) == (PASS, "10 000.00 USD", "above 0")
    assert answer("account", case(account=replace(ACCOUNT, at=NOW - 61_000))) == (DENY, "61 s", "60 s")
    assert answer("account", case(account=replace(ACCOUNT, trade_allowed=False))) == (DENY, "not allowed", "allowed")
    assert answer("account", case(account=replace(ACCOUNT, equity=D(0)))) == (DENY, "0.00 USD", "above 0")


# --- is it understood ---


def test_readable_when_the_reader_holds_then_held_with_its_reasons() -> None:
    reasons = (Reason("two_sides", "Both buy and sell are named"), Reason("scale", "A price is far off"))
    made = case(reading=replace(READING, verdict=ReadingVerdict.HOLD, reasons=reasons))
    assert answer("readable", made) == (HOLD, "two_sides, scale", "act")
    assert ask("readable", made).text == "Both buy and sell are named; A price is far off"


def test_readable_when_no_signal_or_no_side_then_denied() -> None:
    for reading in (
        replace(READING, kind=ReadingKind.NOISE),
        replace(READING, kind=ReadingKind.UPDATE),
        replace(READING, verdict=ReadingVerdict.IGNORE),
    ):
        assert ask("readable", case(reading=reading)).effect is DENY
    assert answer("readable", case(call(side=None))) == (DENY, "no side", "buy or sell")


@pytest.mark.parametrize(
    ("confidence", "effect", "seen"), [(0.8, PASS, "80 %"), (0.79, HOLD, "79 %"), (float("nan"), HOLD, "NaN %")]
)
def test_confidence_when_below_the_least_then_held(confidence: float, effect: Effect, seen: str) -> None:
    made = case(reading=replace(READING, confidence=confidence))
    assert answer("confidence", made) == (effect, seen, "80 %")


# --- is it timely ---


@pytest.mark.parametrize(
    ("age_ms", "effect", "seen"),
    [
        (1_200, PASS, "1.2 s"),
        (30_000, PASS, "30 s"),
        (30_100, DENY, "30.1 s"),
        (-4_000, PASS, "-4 s"),
        (-6_000, HOLD, "-6 s"),
    ],
)
def test_staleness_by_age(age_ms: int, effect: Effect, seen: str) -> None:
    assert answer("staleness", case(posted_at=NOW - age_ms)) == (effect, seen, "30 s")


def test_staleness_when_approved_then_age_is_lifted_and_said() -> None:
    verdict = ask("staleness", case(posted_at=NOW - 600_000, by_owner=True))
    assert verdict.effect is PASS
    assert verdict.text == "600 s old, released by the owner"


def test_staleness_when_an_old_post_is_edited_then_still_old() -> None:
    verdict = ask("staleness", case(posted_at=NOW - 600_000, edited=True))
    assert (verdict.effect, verdict.text[:20]) == (DENY, "An edit of a post 60")


def called(signal: Signal, minutes_ago: int = 5, channel: ChannelId = CHANNEL, number: int = 2000) -> Case:
    past = Call(SignalId(f"{channel}/{number}#1"), channel, NOW - minutes_ago * 60_000, fingerprint(signal))
    return case(exposure=replace(EXPOSURE, calls=(past,)), posted_at=NOW)


@pytest.mark.parametrize(
    "again",
    [
        call(),
        call(targets=("2355.0", "2365.00", "2375")),
        call(targets=("2355", "2365", "2375", "2385")),
        call(entry=("2345.8",)),
        call(entry=(), order=OrderKind.MARKET),
    ],
)
def test_duplicate_when_nearly_the_same_call_then_denied(again: Signal) -> None:
    assert answer("duplicate", called(again)) == (DENY, "5 min apart", "once in 60 min")


@pytest.mark.parametrize(("minutes", "when"), [(0, "in the same minute"), (5, "5 min apart")])
def test_duplicate_when_told_then_by_its_post_and_not_by_an_id(minutes: int, when: str) -> None:
    assert ask("duplicate", called(call(), minutes)).text == f"The channel made the same call {when}, post #2000"


@pytest.mark.parametrize(
    "other",
    [
        call(Side.SELL, stop="2355", targets=("2335",)),
        call(symbol="XAGUSD"),
        call(stop="2330"),
        call(entry=("2360",), stop="2350", targets=("2370",)),
        call(entry=(), stop=None, targets=()),
        call(stop=dist("100")),
    ],
)
def test_duplicate_when_another_call_then_passes(other: Signal) -> None:
    assert answer("duplicate", called(other)) == (PASS, "first", "once in 60 min")


def test_duplicate_when_without_levels_then_only_the_very_same_call() -> None:
    bare = call(entry=(), stop=None, targets=())
    past = Call(SignalId("x/1#1"), CHANNEL, NOW, fingerprint(bare))
    assert ask("duplicate", case(bare, exposure=replace(EXPOSURE, calls=(past,)))).effect is DENY


def test_fingerprint_then_written_one_way() -> None:
    signal = call(entry=("2340.0", "2345"), stop=dist("30"), targets=("2355", OPEN))
    assert fingerprint(signal) == "XAUUSD|buy|2340,2345|30pips|2355,open"
    assert fingerprint(call(None, (), None, (), symbol=None)) == "||||"


@pytest.mark.parametrize(("stop", "is_same"), [("2333.84", True), ("2333.82", False)])
def test_fingerprint_when_a_level_moved_a_little_then_the_same_call(stop: str, is_same: bool) -> None:
    """0.05 % of 2335 is 1.1675."""
    assert is_same_call(fingerprint(call()), fingerprint(call(stop=stop))) is is_same


def test_duplicate_when_long_ago_or_elsewhere_or_itself_then_passes() -> None:
    assert ask("duplicate", called(call(), minutes_ago=60)).effect is DENY
    assert ask("duplicate", called(call(), minutes_ago=61)).effect is PASS
    assert ask("duplicate", called(call(), channel=ChannelId("tg:-5"))).effect is PASS
    assert ask("duplicate", called(call(), number=2041)).effect is PASS
    off = replace(called(call()), trading=trading(duplicate_window_min=0))
    assert answer("duplicate", off) == (PASS, "", "off")


def test_duplicate_when_a_later_post_was_handled_first_then_denied_too() -> None:
    assert ask("duplicate", called(call(), minutes_ago=-5)).effect is DENY


def test_duplicate_when_the_signal_is_open_then_an_edit_never_opens_it_again() -> None:
    open_already = OpenTrade(SIGNAL, CHANNEL, "XAUUSD", Side.BUY, D(100))
    made = replace(exposed(trades=(open_already,)), edited=True, by_owner=True)
    assert answer("duplicate", made) == (DENY, "open", "not open")

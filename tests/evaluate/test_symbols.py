from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.evaluate.symbols import How, means, resolve
from signalos_tui.model.symbols import SAME

BROKER = (
    "XAUUSDm",
    "EURUSD.pro",
    "#US30",
    "GBPUSD_i",
    "BTCUSD!",
    "USTEC",
    "USTEC.Z25",
    "GER40.cash",
    "US500.Z25",
    "SILVER",
    "ETHUSD.a",
    "ETHUSD.b",
    "XTIUSD",
    "EUR/JPY",
    "EURAUD.pro",
    "SOLUSDT",
    "GOLDMAN",
    "USDJPYX",
    "US2000.f",
    "AUDCADecn",
)


@pytest.mark.parametrize(
    ("wanted", "name", "how"),
    [
        ("XAUUSD", "XAUUSDm", "suffix"),
        ("GOLD", "XAUUSDm", "suffix"),
        ("eurusd", "EURUSD.pro", "suffix"),
        ("US30", "#US30", "suffix"),
        ("DJ30", "#US30", "suffix"),
        ("GBPUSD", "GBPUSD_i", "suffix"),
        ("BTCUSDT", "BTCUSD!", "suffix"),
        ("BTCUSD", "BTCUSD!", "suffix"),
        ("NAS100", "USTEC", "alias"),
        ("US100", "USTEC", "alias"),
        ("DAX", "GER40.cash", "suffix"),
        ("XAGUSD", "SILVER", "alias"),
        ("USOIL", "XTIUSD", "alias"),
        ("WTI", "XTIUSD", "alias"),
        ("EURJPY", "EUR/JPY", "exact"),
        ("USTEC", "USTEC", "exact"),
        ("SOLUSD", "SOLUSDT", "alias"),
        ("AUDCAD", "AUDCADecn", "suffix"),
    ],
)
def test_name_when_one_fits_then_certain(wanted: str, name: str, how: How) -> None:
    found = resolve(wanted, BROKER)
    assert (found.name, found.how, found.is_certain) == (name, how, True)
    assert found.candidates == (name,)


@pytest.mark.parametrize("wanted", [None, "", "  ", "CADJPY", "T", "GOLDX", "ЕURUSD"])
def test_name_when_nothing_fits_then_none(wanted: str | None) -> None:
    found = resolve(wanted, BROKER)
    assert (found.name, found.how, found.is_certain) == (None, "none", False)


def test_name_when_two_fit_then_ambiguous_and_none_chosen() -> None:
    found = resolve("ETHUSD", BROKER)
    assert (found.name, found.how, found.is_certain) == (None, "ambiguous", False)
    assert found.candidates == ("ETHUSD.a", "ETHUSD.b")


def test_name_when_synonym_and_suffix_both_fit_then_ambiguous() -> None:
    """GOLD is also the ticker of a mining company: neither a synonym nor a suffix beats the other, nor the very name."""
    assert resolve("XAUUSD", ["GOLD", "XAUUSDm"]).how == "ambiguous"
    assert resolve("XAUUSD", ["GOLD", "XAUUSDm", "XAUUSD"]).candidates == ("GOLD", "XAUUSD", "XAUUSDm")


def test_exact_name_when_decorated_ones_can_be_traded_too_then_the_owner_says_which() -> None:
    """Two kinds of account at one broker: which of them he has is his to say."""
    found = resolve("EURUSD", ["EURUSDm", "EURUSD"])
    assert (found.name, found.how, found.is_question) == (None, "ambiguous", True)


def test_coin_when_its_very_pair_is_listed_then_the_pair_in_another_dollar_does_not_count() -> None:
    assert resolve("BTCUSD", ["BTCUSDT", "BTCUSDm"]).name == "BTCUSDm"
    assert resolve("BTCUSDT", ["BTCUSDT", "BTCUSDm"]).name == "BTCUSDT"


def test_dated_name_when_alone_then_uncertain_and_when_not_alone_then_ignored() -> None:
    assert resolve("SPX500", BROKER) == resolve("US500", BROKER)
    alone = resolve("US500", BROKER)
    assert (alone.name, alone.is_certain) == ("US500.Z25", False)
    assert resolve("NAS100", BROKER).name == "USTEC"


def test_similar_name_then_proposed_but_never_certain() -> None:
    found = resolve("USDJPY", ["USDJPYX", "GBPJPY"])
    assert (found.name, found.how, found.is_certain) == ("USDJPYX", "fuzzy", False)


def test_similar_names_when_equally_near_then_ambiguous() -> None:
    found = resolve("USDJPY", ["USDJPYX", "USDJPYQ"])
    assert (found.name, found.how, found.candidates) == (None, "ambiguous", ("USDJPYQ", "USDJPYX"))


@pytest.mark.parametrize(("wanted", "other"), [("EURUSD", "EURAUD"), ("XAUUSD", "XAGUSD"), ("GER40", "GER30x50")])
def test_other_pair_when_one_letter_apart_then_never_proposed(wanted: str, other: str) -> None:
    assert resolve(wanted, [other]).name is None


def test_own_alias_then_wins_even_over_the_exact_name() -> None:
    found = resolve("gold", ["GOLD", "XAUUSD.mini", "XAUUSD"], {"Gold": "XAUUSD.mini"})
    assert (found.name, found.how, found.is_certain) == ("XAUUSD.mini", "alias", True)


def test_own_alias_when_its_meaning_is_decorated_at_the_broker_then_found() -> None:
    assert resolve("KIWI", ["NZDUSDm"], {"kiwi": "NZDUSD"}).name == "NZDUSDm"


def test_own_alias_when_the_broker_has_no_such_name_then_nothing_is_guessed() -> None:
    found = resolve("XAUUSD", ["XAUUSD"], {"XAUUSD": "XAUUSD.mini"})
    assert (found.name, found.how) == (None, "none")


def test_name_when_very_short_then_only_the_very_name() -> None:
    assert resolve("T", ["Tm", "T.us"]).is_certain is False
    assert resolve("T", ["Tm", "T"]).name == "T"
    assert resolve("DAX", ["DAX.f"]).name == "DAX.f"


def test_coin_rule_when_no_coin_then_no_stablecoin_pair() -> None:
    assert resolve("EURUSD", ["EURUSDT"]).is_certain is False
    assert resolve("XAUUSD", ["XAUUSDT"]).is_certain is False


def test_synonyms_then_no_name_stands_in_two_groups() -> None:
    names = [name for group in SAME for name in group]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("wanted", "name", "expected"),
    [
        ("GOLD", "XAUUSDm", True),
        ("XAUUSD", "GOLD", True),
        ("US100", "USTEC.cash", True),
        ("BTC", "BTCUSD", False),
        ("EURUSD", "EURAUD", False),
        ("eur/usd", "EURUSD.pro", True),
        ("XAUUSD.mini", "XAUUSD.mini", True),
        ("XAUUSD.mini", "XAUUSD", False),
    ],
)
def test_means(wanted: str, name: str, expected: bool) -> None:
    assert means(wanted, name) is expected


CORES = st.sampled_from(["XAUUSD", "GOLD", "EURUSD", "US30", "WS30", "NAS100", "USTEC", "BTCUSD", "BTCUSDT", "GER40"])
NAMES = st.lists(
    st.builds(
        lambda before, core, after: before + core + after,
        st.sampled_from(["", "", "#", "."]),
        CORES,
        st.sampled_from(["", "", "m", ".pro", "_i", "!", ".Z25", "X", "ecn"]),
    ),
    max_size=8,
)


@settings(max_examples=300)
@given(wanted=CORES, names=NAMES)
def test_resolution_never_picks_one_of_several(wanted: str, names: list[str]) -> None:
    """A certain name is the only name that can be meant; and the broker's order changes nothing."""
    found = resolve(wanted, names)
    assert found == resolve(wanted, names[::-1])
    if found.is_certain:
        assert found.name in names
        tether = "USDT" in wanted
        fitting = {name for name in names if means(wanted, name) and ".Z25" not in name}
        own = {name for name in fitting if not name.upper().find("BTC") >= 0 or ("USDT" in name) is tether}
        assert (own or fitting) == {found.name}
    else:
        assert found.name is None or found.how in ("suffix", "alias", "fuzzy")
    if found.how == "ambiguous":
        assert found.name is None
        assert len(found.candidates) > 1


@given(wanted=st.text(max_size=30), names=st.lists(st.text(max_size=20), max_size=5))
def test_resolution_when_text_is_hostile_then_a_name_of_the_broker_or_none(wanted: str, names: list[str]) -> None:
    found = resolve(wanted, names)
    assert found.name is None or found.name in names

"""Whole broker lists: what is certain, what is asked, what is missing; and what must hold whatever a broker lists."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.evaluate.symbols import WELL_KNOWN, Directory, means
from signalos_tui.model.symbols import Choice, Listed, Match, TradeMode, Verdict
from tests.evaluate.brokers import BROKERS, Broker, coin, forex, gold, index

each_broker = pytest.mark.parametrize("broker", BROKERS, ids=lambda broker: broker.style)


@each_broker
def test_broker_when_one_fits_then_it_is_certain(broker: Broker) -> None:
    directory = Directory(broker.listed)
    found = {wanted: directory.match(wanted) for wanted in broker.certain}
    assert {wanted: (one.verdict, one.name) for wanted, one in found.items()} == {
        wanted: (Verdict.CERTAIN, name) for wanted, name in broker.certain.items()
    }
    assert {wanted: directory.resolve(wanted).name for wanted in broker.certain} == broker.certain


@each_broker
def test_broker_when_the_owner_has_to_say_then_nothing_is_certain_and_the_choices_are_listed(broker: Broker) -> None:
    directory = Directory(broker.listed)
    for wanted, names in broker.ask.items():
        match = directory.match(wanted)
        assert (match.verdict, match.name) == (Verdict.ASK, "")
        assert tuple(sorted(one.name for one in match.candidates)) == names
        assert not directory.resolve(wanted).is_certain
        assert directory.resolve(wanted).is_question


@each_broker
def test_broker_when_nothing_fits_then_missing(broker: Broker) -> None:
    directory = Directory(broker.listed)
    for wanted in broker.missing:
        assert directory.match(wanted).verdict is Verdict.MISSING
        assert not directory.resolve(wanted).is_certain


@each_broker
def test_match_when_kept_and_read_again_then_the_same_and_small(broker: Broker) -> None:
    """What goes into the journal, whatever a broker writes."""
    directory = Directory(broker.listed)
    for wanted in WELL_KNOWN:
        match = directory.match(wanted)
        kept = msgspec.json.encode(match)
        assert len(kept) < 8_000
        assert msgspec.json.decode(kept, type=Match) == match


def test_candidates_when_they_are_set_apart_then_it_is_said_why() -> None:
    match = Directory([gold("GOLD"), gold("GOLDmicro", 1), gold("GOLD.z", mode=TradeMode.CLOSE_ONLY)]).match("XAUUSD")
    assert [(one.name, one.note) for one in match.candidates] == [
        ("GOLD", ""),
        ("GOLD.z", "closed for new positions"),
        ("GOLDmicro", "1 a lot, 100 is usual"),
    ]


def test_mini_when_its_lot_is_as_large_as_the_other_then_it_is_only_a_word_and_asked_about() -> None:
    found = Directory([gold("XAUUSD.r"), gold("XAUUSD.mini")]).resolve("XAUUSD")
    assert (found.name, found.is_question) == (None, True)


def test_index_when_its_mini_has_another_lot_then_told_apart_without_knowing_the_usual_size() -> None:
    assert Directory([index("US500", 50), index("US500.mini", 1)]).resolve("US500").name == "US500"


def test_only_one_when_it_is_closed_then_missing_and_never_a_question() -> None:
    directory = Directory([gold("XAUUSD.c", mode=TradeMode.CLOSE_ONLY)])
    assert directory.match("XAUUSD").verdict is Verdict.MISSING
    assert not directory.resolve("XAUUSD").is_certain


@pytest.mark.parametrize("name", ["mDAX", "MDAX", "TecDAX", "EURUSDX", "GOLDMAN", "USDXAUUSDEUR", "XAUUSD" + "a" * 9])
def test_name_when_another_name_is_in_it_then_it_is_not_that(name: str) -> None:
    directory = Directory([Listed(name)])
    assert not any(directory.resolve(wanted).is_certain for wanted in ("GER40", "EURUSD", "XAUUSD", "DXY"))


# --- whatever a broker lists --------------------------------------------------------------------------------------

METALS = ("XAU", "XAG")
CODES = ("EUR", "USD", "GBP", "JPY", "AUD")
PAIRS = tuple(f"{one}{other}" for one in (*CODES, *METALS) for other in CODES if one != other)

NAMES = st.builds(
    lambda before, core, after: before + core + after,
    st.sampled_from(["", "", "#", ".", "m", "_", "FX:", "micro"]),
    st.sampled_from((*PAIRS, "GOLD", "SILVER", "US30", "DJ30", "BTCUSD", "BTCUSDT", "BTCEUR")),
    st.sampled_from(["", "", "m", ".pro", "_i", "micro", ".Z26", "-DEC26", "m#", "X", "T", "EUR", ".EUR", "usd"]),
)
LISTED = st.builds(
    Listed,
    name=NAMES,
    description=st.sampled_from(["", "Gold", "Barrick Corp"]),
    path=st.sampled_from(["", "Metals\\Spot", "Stocks\\US", "Futures", "Stock Indices"]),
    digits=st.sampled_from([2, 5]),
    contract_size=st.sampled_from([Decimal(1), Decimal(100), Decimal(100_000)]),
    base=st.sampled_from(["", *CODES, *METALS]),
    profit=st.sampled_from(["", "", *CODES, "USC"]),
    mode=st.sampled_from([TradeMode.FULL, TradeMode.FULL, TradeMode.CLOSE_ONLY]),
)
LISTS = st.lists(LISTED, max_size=6, unique_by=lambda one: one.name)


@settings(max_examples=300)
@given(wanted=st.sampled_from((*PAIRS, "GOLD", "US30", "BTCUSD")), listed=LISTS)
def test_certain_name_then_its_currencies_are_those_that_are_wanted(wanted: str, listed: list[Listed]) -> None:
    """XAUEUR is never XAUUSD: not by its name, and not by what the terminal says of it."""
    directory = Directory(listed)
    for name in [directory.resolve(wanted).name, *(one.name for one in directory.match(wanted).candidates)]:
        if name is None:
            continue
        found = directory.get(name)
        assert found is not None
        pair = {"GOLD": "XAUUSD"}.get(wanted, wanted)
        if len(pair) == 6:
            assert found.profit in ("", pair[3:], "USC"), (wanted, found)
            assert found.base in ("", pair[:3], pair[3:]), (wanted, found)
    found = directory.get(directory.resolve(wanted).name or "")
    if directory.resolve(wanted).is_certain and found is not None:
        assert means(wanted, found.name)
        assert found.mode is TradeMode.FULL
        assert "Stocks" not in found.path
        assert found.profit != "USC" or wanted == "US30"


@settings(max_examples=200)
@given(
    market=st.sampled_from([("EURUSD", forex), ("XAUUSD", gold), ("US30", index), ("BTCUSD", coin)]),
    endings=st.lists(st.sampled_from(["", ".r", "m", "_i", ".pro", "+", "#"]), min_size=1, max_size=4, unique=True),
    others=LISTS,
)
def test_second_one_that_fits_then_the_first_is_certain_no_longer(
    market: tuple[str, object], endings: list[str], others: list[Listed]
) -> None:
    """Never the first match, in any order, whatever else is listed."""
    wanted, make = market
    fitting = [make(f"{wanted}{ending}") for ending in endings]  # type: ignore[operator]
    others = [one for one in others if not means(wanted, one.name)]
    for listed in ([*fitting, *others], [*others, *reversed(fitting)]):
        found = Directory(listed).resolve(wanted)
        assert found.is_certain is (len(fitting) == 1), found
        assert found.candidates == tuple(sorted(one.name for one in fitting))


@settings(max_examples=200)
@given(
    listed=LISTED,
    change=st.sampled_from(["", "gone", "size", "digits", "price", "closed", "words"]),
    wanted=st.sampled_from(("EURUSD", "XAUUSD", "US30", "BTCUSD")),
)
def test_choice_then_it_counts_only_while_the_instrument_is_there_and_unchanged(
    listed: Listed, change: str, wanted: str
) -> None:
    """What was chosen is the instrument, not its name: re-specified it is asked about again."""
    before = Directory([listed])
    choice = Choice.of(listed)
    if before.lapse(wanted, choice):
        return  # another currency: it could not have been chosen
    changed = {
        "size": replace(listed, contract_size=Decimal(7)),
        "digits": replace(listed, digits=9),
        "price": replace(listed, spread=Decimal(3), tick_value=Decimal(4)),
        "closed": replace(listed, mode=TradeMode.DISABLED),
        "words": replace(listed, description="something else"),
    }.get(change, listed)
    after = Directory([] if change == "gone" else [changed]).resolve(wanted, {}, choice)
    if change in ("gone", "size", "digits"):
        assert (after.name, after.is_certain, after.is_question) == (None, False, True)
        assert after.lapsed
    else:
        assert (after.name, after.how, after.lapsed) == (listed.name, "chosen", "")


def test_choice_of_never_then_nothing_is_traded_whatever_is_listed() -> None:
    found = Directory([gold("XAUUSD")]).resolve("GOLD", {}, Choice(None))
    assert (found.name, found.how, found.is_certain, found.is_question) == (None, "never", False, False)


def test_alias_of_the_configuration_then_it_stands_above_a_choice() -> None:
    directory = Directory([gold("XAUUSD.a"), gold("XAUUSD.b")])
    found = directory.resolve("XAUUSD", {"gold": "x", "xauusd": "XAUUSD.b"}, Choice("XAUUSD.a", Decimal(100), 2))
    assert (found.name, found.how) == ("XAUUSD.b", "alias")


def test_lapsed_choice_then_the_owner_is_asked_even_where_one_fits() -> None:
    found = Directory([gold("XAUUSD.b")]).resolve("XAUUSD", {}, None, "XAUUSD.a: the broker lists it no longer")
    assert (found.name, found.is_certain, found.is_question) == (None, False, True)
    assert found.candidates == ("XAUUSD.b",)


def test_directory_when_a_thousand_are_listed_then_all_well_known_are_matched_in_a_moment() -> None:
    """As many as a large broker has; this runs at every start."""
    listed = [index(f"S{number}.x") for number in range(1000)] + [gold("XAUUSD")]
    directory = Directory(listed)
    found = [directory.match(wanted) for wanted in WELL_KNOWN]
    assert [one.name for one in found if one.verdict is Verdict.CERTAIN] == ["XAUUSD"]

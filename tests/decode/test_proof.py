"""An owner's reading is proven from the text, number by number, or it is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.decode import read
from signalos_tui.decode.profile import profile_of
from signalos_tui.decode.proof import CORRECTED, prove
from signalos_tui.decode.teaching import disagreement, propose
from signalos_tui.model.lessons import Lesson
from signalos_tui.model.signals import (
    Distance,
    Level,
    Number,
    Open,
    OrderKind,
    Reading,
    ReadingKind,
    ReadingVerdict,
    Side,
    Signal,
    Span,
    Unit,
    Update,
    UpdateAction,
)
from tests.decode.corpus import messages

NOWHERE = Span(0, 0)
NOISE = Reading(ReadingKind.NOISE, ReadingVerdict.IGNORE, 1.0)


def at(value: str) -> Number:
    """A number as somebody types it, without a place."""
    return Number(Decimal(value), NOWHERE)


def call(side: Side | None, symbol: str | None, **more: Any) -> Reading:
    """What an owner says a post calls for."""
    return Reading(ReadingKind.SIGNAL, ReadingVerdict.HOLD, 1.0, (Signal(1, side, symbol, **more),))


def follow(action: UpdateAction, **more: Any) -> Reading:
    """What an owner says a post asks for."""
    return Reading(ReadingKind.UPDATE, ReadingVerdict.HOLD, 1.0, updates=(Update(1, action, **more),))


def proven(text: str, claimed: Reading) -> Reading:
    """The proven reading."""
    found = prove(text, claimed)
    assert isinstance(found, Reading), found
    return found


def refused(text: str, claimed: Reading) -> dict[str, str]:
    """The problems by field."""
    found = prove(text, claimed)
    assert isinstance(found, tuple)
    return {problem.field: problem.text for problem in found}


# --- proof --------------------------------------------------------------------------------------------------------


def test_reading_when_every_number_stands_in_the_post_then_each_has_its_place() -> None:
    """Shorthands, thousands marks, glued labels and native digits are numbers of the post too."""
    text = "BUY GOLD 4061-59\nLimes 4,046.5\nTp1 4066 TP² ۴۰۷۰ x20"
    claimed = call(
        Side.BUY,
        "xauusd",
        entry=(at("4061"), at("4059")),
        stop=at("4046.50"),
        targets=(at("4066"), at("4070")),
        leverage=at("20"),
    )
    reading = proven(text, claimed)
    (signal,) = reading.signals
    assert signal.stop is not None
    assert signal.leverage is not None
    numbers = [*signal.entry, signal.stop, *signal.targets, signal.leverage]
    places = [text[level.span.start : level.span.end] for level in numbers if not isinstance(level, Open)]
    assert places == ["59", "4061", "4,046.5", "4066", "۴۰۷۰", "20"]
    assert signal.symbol == "XAUUSD"
    assert signal.symbol_span == Span(4, 8)
    assert signal.side_span == Span(0, 3)
    assert reading.verdict is ReadingVerdict.HOLD
    assert reading.reasons == (CORRECTED,)


def test_number_when_it_stands_twice_then_the_place_behind_its_label_is_taken() -> None:
    """The same price as entry and as stop: each has its own."""
    text = "BUY GOLD 2345 TP 2355 SL 2345"
    (signal,) = proven(text, call(Side.BUY, "XAUUSD", stop=at("2345"), entry=(at("2345"),))).signals
    assert signal.stop is not None
    assert (signal.entry[0].span.start, signal.stop.span.start) == (9, 25)


@pytest.mark.parametrize(
    ("claimed", "field", "text"),
    [
        (call(Side.BUY, "XAUUSD", stop=at("2335.5")), "stop", "2335.5 does not stand in the post"),
        (call(Side.BUY, "XAUUSD", targets=(at("2355"), at("2366"))), "target 2", "2366 does not stand"),
        (call(Side.BUY, "XAUUSD", entry=(at("NaN"),)), "entry", "above 0"),
        (call(Side.BUY, "XAUUSD", entry=(at("-2345"),)), "entry", "above 0"),
        (call(Side.BUY, "XAUUSD", entry=(at("1E+999999"),)), "entry", "1E+999999 does not"),
        (call(Side.BUY, "XAUUSD", leverage=at("20")), "leverage", "20 does not"),
        (call(Side.BUY, "XAUUSD", stop=Distance(Decimal(30), Unit.PIPS, NOWHERE)), "stop", "30 does not"),
        (call(Side.BUY, "XAUUSD", order=OrderKind.LIMIT), "entry", "needs a price"),
        (call(None, "XAUUSD"), "side", "buy or a sell"),
        (call(Side.BUY, None), "symbol", "name it as"),
        (call(Side.BUY, "gold; rm"), "symbol", "name it as"),
        (follow(UpdateAction.CLOSE_PARTIAL, fraction=Decimal("0.4")), "fraction", "0.4 does not"),
        (follow(UpdateAction.CLOSE_PARTIAL, fraction=Decimal("sNaN")), "fraction", "does not"),
        (follow(UpdateAction.MOVE_SL, price=at("2340")), "price", "2340 does not"),
        (follow(UpdateAction.MOVE_TP, target=4), "target", "target 4 does not"),
    ],
)
def test_reading_when_it_cannot_be_proven_then_the_field_is_named(claimed: Reading, field: str, text: str) -> None:
    """Nothing of it is taken."""
    assert text in refused("BUY GOLD 2345\nSL 2335\nTP 2355", claimed)[field]


def test_target_when_open_then_the_post_must_speak_of_one() -> None:
    """An open target is no number, but it stands somewhere."""
    claimed = call(Side.BUY, "XAUUSD", targets=(Open(NOWHERE),))
    assert proven("BUY GOLD 2345 TP open", claimed).signals[0].targets == (Open(Span(17, 21)),)
    assert "target 1" in refused("BUY GOLD 2345", claimed)


@pytest.mark.parametrize(("part", "text"), [("0.5", "close half"), ("0.3", "close 30 %"), ("0.333", "close 1/3 now")])
def test_fraction_when_the_post_says_it_then_it_is_taken(part: str, text: str) -> None:
    """In words, in percent, as a fraction."""
    reading = proven(text, follow(UpdateAction.CLOSE_PARTIAL, fraction=Decimal(part)))
    assert reading.updates[0].fraction == Decimal(part)


def test_reading_when_nothing_is_left_to_do_then_it_is_ignored() -> None:
    """Noise, and a report."""
    assert proven("BUY GOLD 2345", NOISE).verdict is ReadingVerdict.IGNORE
    assert proven("TP1 hit", follow(UpdateAction.INFO)).verdict is ReadingVerdict.IGNORE


def test_reading_when_it_is_more_than_a_post_can_say_then_it_is_refused() -> None:
    """No correction fills a journal."""
    many = Reading(ReadingKind.UPDATE, ReadingVerdict.HOLD, 1.0, updates=(Update(1, UpdateAction.CLOSE),) * 21)
    assert refused("close", many)
    assert refused("close " * 5_000, follow(UpdateAction.CLOSE))


def test_problems_when_there_are_several_then_all_are_told_at_once() -> None:
    """Field by field, in the order of the form."""
    found = prove("BUY GOLD", call(None, None))
    assert isinstance(found, tuple)
    assert [one.field for one in found] == ["side", "symbol"]


@pytest.mark.parametrize(("numbers", "kept"), [((2, 5), (2, 5)), ((1, 1), (1, 2)), ((0, 3), (1, 2))])
def test_numbers_when_they_are_clear_then_each_call_keeps_its_own(
    numbers: tuple[int, int], kept: tuple[int, int]
) -> None:
    """After an edit the second call of a post may be its only one; a correction does not rename it."""
    calls = tuple(Signal(number, Side.BUY, "XAUUSD") for number in numbers)
    reading = proven("BUY GOLD", Reading(ReadingKind.SIGNAL, ReadingVerdict.HOLD, 1.0, calls))
    assert tuple(one.number for one in reading.signals) == kept


PRICES = st.integers(1000, 9999).map(str)
ROLES = ["entry", "stop", "target", "leverage"]


@settings(max_examples=150)
@given(st.lists(PRICES, min_size=1, max_size=4), PRICES, st.sampled_from(ROLES), st.sampled_from(["\n", " ", " / "]))
def test_number_when_it_is_not_in_the_text_then_it_is_always_refused(
    written: list[str], claimed: str, role: str, mark: str
) -> None:
    """Whatever else the reading says, and it is taken when it is there."""
    text = f"SELL GOLD {mark.join(written)}"
    level: Level = at(claimed)
    fields: dict[str, Any] = {role: level if role in ("stop", "leverage") else (level,)}
    if role == "target":
        fields = {"targets": (level,)}
    found = prove(text, call(Side.SELL, "XAUUSD", **fields))
    assert isinstance(found, Reading) == (claimed in written)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([message["text"] for _, message in messages()]))
def test_reader_when_its_own_reading_is_claimed_then_it_is_proven(text: str) -> None:
    """What the reader finds, an owner can confirm; nobody's numbers are refused that are really there."""
    reading = read(text)
    found = prove(text, reading)
    wanting = {problem.field for problem in found} if isinstance(found, tuple) else set()
    assert wanting <= {"side", "symbol", "fraction", "target"}, found
    if isinstance(found, Reading) and reading.verdict is not ReadingVerdict.IGNORE:
        assert disagreement(read(text), found) == 0


@settings(max_examples=100)
@given(st.text(max_size=80), st.decimals(allow_nan=True, allow_infinity=True))
def test_text_when_it_is_anything_at_all_then_proving_never_raises(text: str, value: Decimal) -> None:
    """Hostile text and hostile figures."""
    claimed = call(Side.BUY, text[:30], entry=(Number(value, NOWHERE),))
    found = prove(text, claimed)
    assert isinstance(found, Reading) or all(one.text for one in found)


# --- what could be taught -----------------------------------------------------------------------------------------


def lessons(text: str, claimed: Reading, known: Lesson | None = None) -> list[Lesson]:
    """What is proposed."""
    return [one.lesson for one in propose(text, proven(text, claimed), known or Lesson())]


LEVELS: dict[str, Any] = {"entry": (at("2345"),), "stop": at("2335"), "targets": (at("2355"),)}
GOLD = call(Side.BUY, "XAUUSD", **LEVELS)


@pytest.mark.parametrize(
    ("text", "claimed", "first"),
    [
        ("BUY GOLD 2345\nLimes 2335\nTP 2355", GOLD, Lesson(words=(("stop", ("limes",)),))),
        ("BUY GOLD 2345\nRisk: 2335\nTP 2355", GOLD, Lesson(words=(("stop", ("risk",)),))),
        ("BUY GOLD 2345\nLimes:\n2335\nTP 2355", GOLD, Lesson(words=(("stop", ("limes",)),))),
        ("BUY GOLD 2345\nGrenze@2335\nTP 2355", GOLD, Lesson(words=(("stop", ("grenze",)),))),
        ("Signal of the hour\nfor all\nGOLD kaufi 2345\nSL 2335\nTP 2355", GOLD, Lesson(words=(("buy", ("kaufi",)),))),
        ("KAUFI GOLD 2345\nSL 2335\nTP 2355", GOLD, Lesson(words=(("buy", ("kaufi",)),))),
        ("BUY goldilein 2345\nSL 2335\nTP 2355", GOLD, Lesson(markets=(("XAUUSD", ("goldilein",)),))),
        ("BUY 2345\nSL 2335\nTP 2355", GOLD, Lesson(default_symbol="XAUUSD")),
        ("GOLD entry 2345\nSL 2335\nTP 2355", GOLD, Lesson(side_from_levels=True)),
        ("BUY SOLUSDT 2,345", call(Side.BUY, "SOLUSDT", entry=(at("2345"),)), Lesson(decimal_comma=False)),
        ("BUY SOLUSDT 2,345", call(Side.BUY, "SOLUSDT", entry=(at("2.345"),)), Lesson(decimal_comma=True)),
        ("Wochenplan\nBUY GOLD 2345 SL 2335 TP 2355", NOISE, Lesson(ignore=("wochenplan",))),
    ],
)
def test_correction_when_it_shows_a_habit_then_that_is_proposed_first(
    text: str, claimed: Reading, first: Lesson
) -> None:
    """And with it the reader agrees with the owner; once it is known, it is not proposed again."""
    assert lessons(text, claimed)[0] == first
    owner = proven(text, claimed)
    assert disagreement(read(text), owner) > 0 or read(text).verdict is ReadingVerdict.HOLD
    taught = read(text, profile_of(first))
    assert taught.verdict is (ReadingVerdict.IGNORE if claimed is NOISE else ReadingVerdict.ACT)
    assert disagreement(taught, owner) == 0
    assert first not in lessons(text, claimed, first)


def test_correction_when_it_only_confirms_then_nothing_is_proposed() -> None:
    """There is nothing to learn."""
    assert lessons("BUY GOLD 2345\nSL 2335\nTP 2355", GOLD) == []


def test_correction_when_an_update_was_not_understood_then_its_words_are_proposed() -> None:
    """A word of the channel's own for closing."""
    assert Lesson(words=(("close", ("finito",)),)) in lessons("Finito", follow(UpdateAction.CLOSE))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([message["text"] for _, message in messages()]),
    st.sampled_from([NOISE, follow(UpdateAction.CLOSE)]),
)
def test_propose_when_asked_about_any_post_then_each_lesson_can_be_taught(text: str, claimed: Reading) -> None:
    """Never one that a check would refuse, or that takes the reader further from the owner."""
    owner = proven(text, claimed)
    before = disagreement(read(text), owner)
    for suggestion in propose(text, owner, Lesson()):
        assert disagreement(read(text, profile_of(suggestion.lesson)), owner) <= before
        assert suggestion.text == suggestion.lesson.sentences[0]

"""What must never happen: an act on a contradiction, an exception, more work than the length of the text."""

from __future__ import annotations

import sys
from decimal import Decimal
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.decode import read
from signalos_tui.model.signals import Number, Reading, ReadingKind, ReadingVerdict, Side


def _prices(levels: tuple[Any, ...]) -> list[Decimal]:
    return [level.value for level in levels if isinstance(level, Number)]


def assert_possible(reading: Reading) -> None:
    """An act has a side, a market, and every stop behind and every target before its entry."""
    for signal in reading.signals:
        assert signal.side is not None
        assert signal.symbol is not None
        entry, targets = _prices(signal.entry), _prices(signal.targets)
        stop = [signal.stop.value] if isinstance(signal.stop, Number) else []
        if signal.side is Side.SELL:
            entry, targets, stop = [-p for p in entry], [-p for p in targets], [-p for p in stop]
        assert all(s < e for s in stop for e in entry)
        assert all(t > e for t in targets for e in entry)
        assert all(t > s for t in targets for s in stop)


@st.composite
def calls(draw: st.DrawFn) -> str:
    """A well-formed call in one of a few layouts."""
    symbol, base, tick = draw(st.sampled_from([("EURUSD", 10850, 4), ("XAUUSD", 20300, 1), ("USDJPY", 15020, 2)]))
    side = draw(st.sampled_from(["BUY", "SELL"]))
    sign = 1 if side == "BUY" else -1
    risk = draw(st.integers(5, 60))

    def price(distance: int) -> str:
        return format(Decimal(base + sign * distance).scaleb(-tick), "f")

    layout = draw(st.sampled_from(["{} {} {}\nSL {}\nTP {}\nTP {}", "{} {} @ {} sl: {} tp1: {} tp2: {}"]))
    return layout.format(side, symbol, price(0), price(-risk), price(risk), price(2 * risk))


@settings(max_examples=150, deadline=None)
@given(text=calls())
def test_call_when_well_formed_then_acted_on(text: str) -> None:
    """The generator's calls are read at all, so that the next test means something."""
    reading = read(text)
    assert reading.verdict is ReadingVerdict.ACT
    assert_possible(reading)


@settings(max_examples=400, deadline=None)
@given(text=calls(), data=st.data())
def test_call_when_a_digit_is_mistyped_then_never_acted_on_against_geometry(text: str, data: st.DataObject) -> None:
    """A digit lost, doubled or changed may shift a price, but a contradiction is always held."""
    places = [at for at, character in enumerate(text) if character.isdigit()]
    at = data.draw(st.sampled_from(places))
    new = data.draw(st.sampled_from(["", text[at] * 2, *"0123456789", ".", ","]))
    reading = read(text[:at] + new + text[at + 1 :])
    if reading.verdict is ReadingVerdict.ACT:
        assert_possible(reading)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_text_when_arbitrary_then_never_raises(text: str) -> None:
    """Foreign text is hostile; not being able to read it is an outcome, not an error."""
    assert read(text).kind in ReadingKind


_VOCABULARY = (
    "buy sell gold EURUSD eur/usd BTC/USDT $SOL #LINK sl tp tp1 stop target entry @ now limit close half 50% be move to "
    "at - / ( ) : 1.0850 2030 2,031.50 4061-59 0 0.00 ??? 1) 2. 40x +30 pips 12:30 2024-01-02 ① 1️⃣ \u202e \u200b \n "
    "\n\n if not you can cancel купить стоп вход شراء 买入 止损 £5 #12 1.2.3.4 1'000'000 ,"
)
_WORDS = st.sampled_from(_VOCABULARY.split(" "))


@settings(max_examples=400, deadline=None)
@given(st.lists(_WORDS, max_size=40))
def test_vocabulary_when_shuffled_then_never_raises_nor_acts_on_a_contradiction(words: list[str]) -> None:
    """The reader's own words in any order."""
    reading = read(" ".join(words))
    if reading.verdict is ReadingVerdict.ACT:
        assert_possible(reading)


def _work(text: str) -> int:
    """Lines of Python the reader runs for a text."""
    lines = 0

    def count(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal lines
        if event == "line" and "decode" in frame.f_code.co_filename:
            lines += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        read(text)
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize(
    "unit",
    [
        "1 ",
        "1.",
        "1,2 ",
        "sl ",
        "buy sl tp ",
        "tp 1.1 ",
        "sl move ",
        "close? ",
        "close\n",
        "not close all ",
        "if buy ",
        "buy gold hit ",
        "sell eur/ ",
        "+1 pips buy ",
        "http://",
        "@@buy",
        "buy ((((",
        "- - buy ",
        "止损1",
        "take profit stop loss ",
        "a" * 9 + " buy\n",
        "\n",
        "1️⃣buy",
        '"buy" ',
        "~~buy ",
        "> buy\n",
        "❌ buy\n",
        "✅ tp 1\n",
        "not buy ",
        "close and buy ",
        "二三三 ",
        "2'5 sl ",
        "| sl | entry | tp\n| 1 | 2 | 3\n",
        "buy 10 minutes ",
        "buy gold 10 minutes\n",
        "A) close\n",
        "18420 stop, ",
        "analyst: sell ",
        "friends said buy ",
        "fecha metade ",
        "hier achat ",
        "[12.03.24 10:15] buy ",
        "2k048 ",
        "tp 50/80 pips ",
        "close gold and silver ",
        "buy or sell ",
        "tp1 2 ✅ +5 pips\n",
        "se becho ",
        "بيع 10 ",
    ],
)
def test_work_when_text_is_twice_as_long_then_at_most_about_twice(unit: str) -> None:
    """The time is linear in the message, whatever it says (counted, not timed)."""
    read(unit * 10)
    short, long = _work(unit * 60), _work(unit * 120)
    assert long <= 2.3 * short + 200


@pytest.mark.parametrize("lone", ["\ud83d", "\ud83d\n", "a\udfff1"])
def test_text_when_it_holds_half_a_character_then_read_like_any_other(lone: str) -> None:
    """Half of a surrogate pair (a message cut in the middle of an emoji) is a space, never an exception."""
    assert read(lone + " BUY EURUSD 1.0850\nSL 1.0820\nTP 1.0900 " + lone).kind is ReadingKind.SIGNAL
    assert read(f"close {lone}").kind in ReadingKind


def test_text_when_far_longer_than_a_post_then_not_read() -> None:
    """A megabyte is turned away at once."""
    assert read("BUY EURUSD 1.0850 " * 60_000).verdict is ReadingVerdict.IGNORE


def test_text_when_it_reverses_its_direction_then_held() -> None:
    """What the owner sees would not be what the reader read."""
    reading = read("BUY EURUSD \u202e1.0850\nSL 1.0820\nTP 1.0900")
    assert reading.verdict is not ReadingVerdict.ACT


def test_confidence_when_held_then_lower_than_when_acted_on() -> None:
    """Each reason to doubt takes from the confidence, and stands in the evidence."""
    clear = read("BUY EURUSD 1.0850\nSL 1.0820\nTP 1.0900")
    held = read("BUY EURUSD 1.0850\nSL 1.0920\nTP 1.0900")
    assert 0 <= held.confidence < clear.confidence <= 1
    assert {reason.code for reason in held.reasons} <= {part.name for part in held.evidence}


def test_call_when_its_head_is_missing_then_its_levels_are_no_instruction() -> None:
    """A call whose first line was lost must not move the stop of a trade that exists."""
    reading = read("XAUUSD\nSL set at 2020\nTP set at 2050")
    assert reading.verdict is not ReadingVerdict.ACT


def test_list_when_it_starts_again_without_a_label_then_held() -> None:
    """Numbers behind a second "1)" belong to a list whose label was not read."""
    reading = read("LONG SOL/USDT\nEntry:\n1) 150.5\n2) 148.5\n\n1) 155.5\n2) 160.5\nStop: 140.5")
    assert reading.verdict is ReadingVerdict.HOLD

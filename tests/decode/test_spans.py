"""Every number of a reading stands in the text, at the place the reading names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.decode import read
from signalos_tui.decode.normalise import fold
from signalos_tui.model.signals import Distance, Number, Open, Reading
from tests.decode.corpus import messages


def numbers(reading: Reading) -> Iterator[Number | Distance]:
    """All numbers of a reading."""
    for signal in reading.signals:
        yield from signal.entry
        yield from (target for target in signal.targets if not isinstance(target, Open))
        if signal.stop is not None:
            yield signal.stop
        if signal.leverage is not None:
            yield signal.leverage
    for update in reading.updates:
        if update.price is not None:
            yield update.price


def digits(text: str) -> str:
    """The digits of a text, in any script, as 0-9."""
    return "".join(str(unicodedata.decimal(character)) for character in text if character.isdecimal())


def assert_written(text: str, number: Number | Distance) -> None:
    """The digits at the span are those of the value; a shorthand ("4061-59") has its last ones, a list number ("TP1.18") more."""
    written = text[number.span.start : number.span.end]
    seen = digits(written)
    if fold(written).endswith(("k", "к")):
        assert digits(format(number.value, "f")).strip("0") == seen.strip("0")
        return
    assert seen
    value = digits(format(number.value, "f"))
    assert value.endswith(seen) or seen.endswith(value)


@pytest.mark.parametrize("text", [pytest.param(message["text"], id=name) for name, message in messages()])
def test_numbers_when_read_then_stand_at_their_spans(text: str) -> None:
    """For every message of the corpus."""
    for number in numbers(read(text)):
        assert_written(text, number)


@settings(max_examples=150, deadline=None)
@given(
    digits_of=st.sampled_from(["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"]),
    hidden=st.sampled_from(["", "\u200b", "\u200f", "\ufeff"]),
    entry=st.integers(1500, 4000),
    step=st.integers(1, 200),
)
def test_numbers_when_written_in_other_digits_then_stand_at_their_spans(
    digits_of: str, hidden: str, entry: int, step: int
) -> None:
    """Offsets survive other scripts, characters outside the basic plane and invisible ones."""

    def write(value: int) -> str:
        return hidden.join(digits_of[int(digit)] for digit in str(value))

    text = f"🥇{hidden} XAUUSD BUY {write(entry)}\nSL {write(entry - step)}\nTP {write(entry + step)}"
    reading = read(text)
    found = list(numbers(reading))
    assert [number.value for number in found] == [entry, entry + step, entry - step]
    for number in found:
        assert_written(text, number)


def test_side_and_symbol_when_read_then_have_their_spans() -> None:
    """The screen can mark the words the direction and the market come from."""
    text = "🔥 Sell gold now"
    (signal,) = read(text).signals
    assert signal.side_span is not None
    assert signal.symbol_span is not None
    assert text[signal.side_span.start : signal.side_span.end] == "Sell"
    assert text[signal.symbol_span.start : signal.symbol_span.end] == "gold"

"""Every word of a language file does its work in a plain call: side, stop, target, "now", kind of order, market.

A word that another language claims first is left out: it has the meaning of that one.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from signalos_tui.decode import read
from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.lexicon import PARTS, Meaning, languages, lexicon
from signalos_tui.decode.normalise import fold
from signalos_tui.decode.profile import DEFAULT
from signalos_tui.decode.symbols import band
from signalos_tui.model.signals import Number, OrderKind, Reading, Side, Signal

_BUY = "{buy} XAUUSD 2331\nSL 2324\nTP 2345"
_ROOM = Decimal(100)
"""A price for markets nothing is known about."""


def _known(word: str) -> Meaning | None:
    """What the table of all languages makes of a word or phrase."""
    node = lexicon(DEFAULT).root
    for part in PARTS.findall(fold(word)):
        if part not in node.following:
            return None
        node = node.following[part]
    return node.meaning


def _own(data: dict[str, Any], concept: Concept) -> list[str]:
    """The words of a concept that mean it in this language and no earlier one."""
    words: list[str] = data["words"].get(concept.name.lower(), [])
    known = [(word, _known(word)) for word in words]
    return [
        word
        for word, meaning in known
        if meaning and (meaning.concept, meaning.language) == (concept, data["language"])
    ]


def _call(reading: Reading) -> Signal:
    """The one call of a post that may be acted on."""
    (signal,) = reading.signals
    assert not reading.reasons
    return signal


def _levels(signal: Signal) -> list[Decimal]:
    """Entry, stop and targets, as numbers."""
    stop = [signal.stop] if signal.stop is not None else []
    return [level.value for level in (*signal.entry, *stop, *signal.targets) if isinstance(level, Number)]


def _calls(data: dict[str, Any]) -> Iterator[tuple[str, Side, OrderKind | None]]:
    """Plain calls, each with one word of the language in it, and what they must say."""
    buy = data["words"]["buy"][0]
    for word in _own(data, Concept.BUY):
        yield _BUY.format(buy=word), Side.BUY, None
    for word in _own(data, Concept.SELL):
        yield f"{word} XAUUSD 2331\nSL 2338\nTP 2315", Side.SELL, None
    for word in _own(data, Concept.STOP):
        yield f"XAUUSD {buy} 2331\n{word}: 2324\nTP 2345", Side.BUY, None
    for word in _own(data, Concept.TARGET):
        yield f"XAUUSD {buy} 2331\nSL 2324\n{word} 2345", Side.BUY, None
    for word in _own(data, Concept.NOW):
        yield f"{buy} XAUUSD {word} 2331\nSL 2324\nTP 2345", Side.BUY, OrderKind.MARKET
    for word in _own(data, Concept.BUY_LIMIT):
        yield _BUY.format(buy=word), Side.BUY, OrderKind.LIMIT
    for word in _own(data, Concept.BUY_STOP):
        yield _BUY.format(buy=word), Side.BUY, OrderKind.STOP


_FILES = [pytest.param(data, id=data["language"]) for data in languages()]


@pytest.mark.parametrize("data", _FILES)
def test_word_when_in_a_plain_call_then_does_its_work(data: dict[str, Any]) -> None:
    """Sides, labels and kinds of order."""
    for text, side, order in _calls(data):
        signal = _call(read(text))
        levels = [Decimal(price) for price in ((2331, 2324, 2345) if side is Side.BUY else (2331, 2338, 2315))]
        assert (signal.side, signal.symbol, _levels(signal)) == (side, "XAUUSD", levels), text
        assert order is None or signal.order is order, text


@pytest.mark.parametrize("data", _FILES)
def test_market_when_named_in_its_language_then_is_the_one_of_the_file(data: dict[str, Any]) -> None:
    """All names of markets, at a price this market can have."""
    buy = data["words"]["buy"][0]
    for word, symbol in data.get("symbols", {}).items():
        meaning = _known(word)
        if meaning is None or meaning.value != symbol:
            continue
        limits = band(symbol)
        price = limits[0] * 2 if limits else _ROOM
        text = f"{buy} {word} {price}\nSL {price * Decimal('0.99')}\nTP {price * Decimal('1.02')}"
        assert _call(read(text)).symbol == symbol, text

"""The fields a JSON alert may have, and what each may say. Pure: foreign values in, plain ones or `Unusable` out.

Numbers stay the text they were sent as: nothing is rounded, and what is no plain decimal is refused, never repaired. A field that
is not known is refused too: an alert whose "stoplos" is passed over would open a trade without a stop.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any

from signalos_tui.collect.moments import moment_of
from signalos_tui.harmless import one_line

MEANS: Mapping[str, tuple[str, ...]] = {
    "token": ("token", "secret"),
    "symbol": ("symbol", "ticker", "pair", "instrument"),
    "action": ("action", "side", "direction"),
    "order": ("order", "order_type", "type"),
    "price": ("price", "entry"),
    "sl": ("sl", "stop", "stop_loss", "stoploss"),
    "tp": ("tp", "target", "targets", "take_profit", "takeprofit"),
    "text": ("text", "message"),
    "id": ("id", "alert_id"),
    "sent": ("sent", "timenow"),
    "position": ("market_position", "position"),
    "before": ("prev_market_position",),
    **{f"tp{number}": (f"tp{number}",) for number in range(1, 10)},
}
"""What a field says, and the names it may have."""
_OTHERS = """
    exchange interval timeframe time open high low close volume currency strategy name order_id comment note
    contracts quantity qty size lots amount risk leverage position_size market_position_size prev_market_position_size
"""
PASSED_OVER = frozenset(_OTHERS.split())
"""Fields that templates carry and nobody reads here: how large a signal is traded is the owner's to say."""

_MEANING = {name: meaning for meaning, names in MEANS.items() for name in names}
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,20})?")
_SYMBOL = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._/#-]{0,31}")
_NONE = ("", None)


class Unusable(Exception):
    """An alert that cannot become a post; says why in a few words that hold nothing secret."""


def by_meaning(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, by what it says. Raises Unusable: a field nobody knows, or two that say one thing differently."""
    found: dict[str, Any] = {}
    for given, value in fields.items():
        name = given.strip().lower().replace(" ", "_").replace("-", "_")
        if name in PASSED_OVER:
            continue
        meaning = _MEANING.get(name)
        if meaning is None:
            close = difflib.get_close_matches(name, [*_MEANING, *PASSED_OVER], n=1)
            hint = f', did you mean "{close[0]}"?' if close else ""
            raise Unusable(f'"{one_line(given)[:30]}" is no field{hint}')
        if value in _NONE:
            continue
        if found.setdefault(meaning, value) != value:
            raise Unusable(f'"{meaning}" is given twice, and not alike')
    return found


def word(name: str, value: object, longest: int = 200) -> str:
    """A text that TradingView has filled in. Raises Unusable."""
    if not isinstance(value, str):
        raise Unusable(f"{name} is no text")
    if "{{" in value:
        raise Unusable(f"{name} is a placeholder that was not filled in")
    text = value.encode("utf-8", "replace").decode().strip()  # half a surrogate pair is no text a file can hold
    if not text or len(text) > longest:
        raise Unusable(f"{name} has {len(text)} characters, 1 to {longest} are allowed")
    return text


def price(name: str, value: object) -> str:
    """A price as it was written. Raises Unusable."""
    text = word(name, value, 40)
    if not _NUMBER.fullmatch(text):
        raise Unusable(f'{name} was "{one_line(text)[:24]}", a price is written like 1.0850')
    if not text.strip("0."):
        raise Unusable(f"{name} was {text[:24]}: leave it out where there is none")
    return text


def prices(name: str, value: object) -> list[str]:
    """One price or a list of them. Raises Unusable."""
    if not isinstance(value, list):
        return [price(name, value)]
    if len(value) > 10:
        raise Unusable(f"{name} has {len(value)} prices, at most 10 are allowed")
    return [price(name, one) for one in value]


def symbol(value: object) -> str:
    """The instrument, without the exchange in front of it. Raises Unusable."""
    text = word("symbol", value, 60).rpartition(":")[2]
    if not _SYMBOL.fullmatch(text):
        raise Unusable(f'symbol was "{one_line(text)[:24]}": write the name your broker trades, such as "NAS100"')
    return text.upper()


def moment(name: str, value: object) -> int:
    """When, ms UTC: ISO 8601 with its zone, or seconds or milliseconds since 1970. Raises Unusable."""
    text = word(name, value, 40)
    try:
        return moment_of(int(text) if text.isascii() and text.isdecimal() else text)
    except ValueError as why:
        raise Unusable(f'{name} was "{one_line(text)}": {why}') from None

"""What brokers put around a name: "#US30", "mXAUUSD", "EURUSD.pro", "GOLDmicro", "XAUUSD-DEC26", and what it says about it.

Only what is known to be decoration is taken for one, so a pair can never be read into another's name: EURUSDX, MDAX and GOLDMAN
are names of their own.
"""

from __future__ import annotations

import re
from typing import NamedTuple

CURRENCIES = frozenset({
    "USD", "EUR", "GBP", "JPY", "CHF", "AUD", "CAD", "NZD", "SEK", "NOK", "DKK", "PLN", "HUF", "CZK", "TRY", "ZAR", "MXN",
    "SGD", "HKD", "CNH", "CNY", "RUB", "INR", "THB", "ILS", "KRW", "BRL",
})  # fmt: skip
METALS = frozenset({"XAU", "XAG", "XPT", "XPD"})
STABLE = frozenset({"USDT", "USDC"})

LONGEST = 64
"""Characters of a name we look at; MetaTrader's own limit is 31."""

_SIGNS = r"[.\-_+!#^@$&:]"
_SIZES = "mini|micro|nano|cent"
_WORDS = f"{_SIZES}|cash|spot|cfd|pro|ecn|raw|std|stp|prime|zero|plus|vip|roll|sb"
_PREFIX = re.compile(rf"{_SIGNS}{{1,2}}|(?i:{_SIZES}|fx|cfd|spot|cash){_SIGNS}?")
_LETTERS = re.compile(rf"[a-z]{{1,2}}{_SIGNS}?")
_SUFFIX = re.compile(
    rf"(?:{_SIGNS}{{1,2}}[A-Za-z0-9]{{0,8}}|[a-z]{{1,3}}|(?i:{_WORDS}))(?:{_SIGNS}[A-Za-z0-9]{{1,8}})?[+!#]?"
)
_TOKENS = re.compile(r"[A-Za-z]+|\d+")
_MONTHS = frozenset({"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"})
_EXCHANGES = frozenset({
    "US", "NYSE", "NAS", "NASDAQ", "NSQ", "N", "OQ", "AMEX", "UK", "LSE", "L", "DE", "XETRA", "TO", "TSX", "AX",
    "ASX", "PA", "AMS",
})  # fmt: skip
_SHORT = 3
_FOR_LETTERS = 5
"""A letter before a shorter name makes another name of it: mDAX is not the DAX."""


class Decoration(NamedTuple):
    """What stands around a name. size: "mini" and the like. is_dated: digits or a month, so a delivery. currency: a code in it.

    is_exchange: an ending under which shares are listed.
    """

    text: str = ""
    size: str = ""
    is_dated: bool = False
    currency: str = ""
    is_exchange: bool = False


def is_sound(name: str) -> bool:
    """A name that can be one: printable ASCII, not endless."""
    return 0 < len(name) <= LONGEST and name.isascii() and name.isprintable()


def decoration(name: str, core: str) -> Decoration | None:
    """What a broker put around `core`; None when `name` is something else. name: without blanks and slashes. core: capitals."""
    at = name.upper().find(core)
    if at < 0 or len(core) < _SHORT or not is_sound(name):
        return None
    before, after = name[:at], name[at + len(core) :]
    if before and not _PREFIX.fullmatch(before) and not (len(core) >= _FOR_LETTERS and _LETTERS.fullmatch(before)):
        return None
    if after and not _SUFFIX.fullmatch(after):
        return None
    return _said(before, after)


def _said(before: str, after: str) -> Decoration:
    tokens = _TOKENS.findall(f"{before} {after}")
    lower = [token.lower() for token in tokens]
    return Decoration(
        text=before + after,
        size=next((token for token in lower if token in _SIZES.split("|")), ""),
        is_dated=any(token.isdigit() or token in _MONTHS for token in lower),
        currency=next((token.upper() for token in tokens if token.upper() in CURRENCIES | STABLE), ""),
        is_exchange=after[:1] == "." and after[1:] in _EXCHANGES,
    )

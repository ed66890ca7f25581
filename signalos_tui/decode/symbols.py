"""Names of markets: from what people write to the symbol they agree on ("gold" -> XAUUSD, "eur/usd" -> EURUSD).

Only what is written counts: a coin without its quote stays what the alias file says or the bare name; nothing is guessed
from prices.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files

from msgspec import Struct


class Symbols(Struct, frozen=True):
    """The content of symbols.toml. tickers: coins and stocks. bands: the lowest and highest price a market can have.

    quoted: what stands behind the other half of a name written apart.
    """

    aliases: dict[str, str]
    currencies: frozenset[str]
    majors: frozenset[str]
    metals: frozenset[str]
    quotes: tuple[str, ...]
    coins: frozenset[str]
    bands: dict[str, tuple[Decimal, Decimal]]
    tickers: frozenset[str]
    quoted: frozenset[str]


_STABLE = frozenset({"usdt", "usdc", "busd", "fdusd"})


@cache
def symbols() -> Symbols:
    """Read symbols.toml, once."""
    data = tomllib.loads(files(__package__).joinpath("symbols.toml").read_text(encoding="utf-8"))
    codes = data["codes"]
    return Symbols(
        aliases=data["aliases"],
        currencies=frozenset(codes["currencies"]),
        majors=frozenset(codes["majors"]),
        metals=frozenset(codes["metals"]),
        quotes=tuple(sorted(codes["quotes"], key=len, reverse=True)),
        coins=frozenset(codes["coins"]),
        tickers=frozenset(codes["coins"]) | frozenset(codes["stocks"]),
        quoted=frozenset(codes["currencies"]) | _STABLE,
        bands={name: (Decimal(low), Decimal(high)) for name, (low, high) in data["bands"].items()},
    )


@lru_cache(maxsize=16384)
def from_word(word: str) -> str | None:
    """The symbol one folded word spells by itself: a pair of currency codes, or a coin with its quote; else None."""
    if len(word) < 5:
        return None
    pair = from_codes(word[:3], word[3:6])
    if pair and (len(word) == 6 or word[6:] in _SUFFIXES or set(word[6:]) == {word[5]}):
        return pair
    for quote in ("usdt", "usdc", "busd", "fdusd"):
        if word.endswith(quote) and len(word) > len(quote):
            return word.upper()
    known = symbols()
    if word[-1] in _SHORT_SUFFIXES and len(word) > _STEM and word[:-1] in known.aliases:
        return known.aliases[word[:-1]]
    base = word[:-3]
    if word.endswith("usd") and (base in known.coins or base in known.aliases):
        return word.upper()
    return None


_SUFFIXES = frozenset(
    {"m", "c", "x", "z", "r", "i", "b", "pro", "ecn", "raw", "vip", "pm", "std", "cash", "mini", "micro"}
)
"""Endings brokers give their markets (EURUSDm, GBPJPYpro); a doubled last letter is a slip of the finger."""

_SHORT_SUFFIXES = frozenset("mcxz")
_STEM = 4
"""An everyday name takes an ending of one letter only (GOLDm), and only where it is no short word itself."""


@lru_cache(maxsize=4096)
def from_codes(base: str, quote: str) -> str | None:
    """Two codes as one symbol: EUR and USD, XAU and USD; None where they make no pair."""
    known = symbols()
    if base == quote or quote not in known.currencies:
        return None
    if base in known.currencies or base in known.metals or (base in {"btc", "eth"} and quote in known.majors):
        return (base + quote).upper()
    return None


@lru_cache(maxsize=4096)
def from_base(base: str, quote: str) -> str | None:
    """A coin and what it is quoted in, written apart ("PEPE/USDT")."""
    if quote in _STABLE or (quote == "usd" and base in symbols().coins):
        return (base + quote).upper()
    return None


def closer(one: str, other: str) -> str | None:
    """Of two names for one coin the one with its quote: "Bitcoin (BTC/USDT)" is BTCUSDT. None where they are two markets."""
    short, long = sorted((one, other), key=len)
    return long if short.endswith("USD") and long in (f"{short}T", f"{short}C") else None


@lru_cache(maxsize=4096)
def band(symbol: str | None) -> tuple[Decimal, Decimal] | None:
    """The prices this market can have at all, None when nothing is known."""
    if symbol is None:
        return None
    known = symbols()
    if symbol in known.bands:
        return known.bands[symbol]
    base, quote = symbol[:3].lower(), symbol[3:].lower()
    if base in known.majors and quote in known.majors and base != "jpy":
        return known.bands["jpy" if quote == "jpy" else "major"]
    return None


def is_forex(symbol: str | None) -> bool:
    """A pair of two currencies."""
    if symbol is None or len(symbol) != 6:
        return False
    known = symbols()
    return symbol[:3].lower() in known.currencies and symbol[3:].lower() in known.currencies


def is_index_level(symbol: str, value: Decimal) -> bool:
    """A price of an index whose lowest price is more points than anybody sets as a distance."""
    limits = band(symbol) if symbol in _INDICES else None
    return limits is not None and limits[0] <= value <= limits[1]


_INDICES = frozenset({"GER40", "US30", "NAS100", "UK100", "FRA40", "JP225", "AUS200", "HK50"})


@lru_cache(maxsize=4096)
def is_broad(symbol: str | None) -> bool:
    """A market whose day moves a few percent at most: currencies, metals, indices, oil."""
    return is_forex(symbol) or (symbol is not None and not symbol.endswith("USDT") and symbol in _steady())


@cache
def _steady() -> frozenset[str]:
    """Symbols of symbols.toml that are no coins."""
    known = symbols()
    coins = {f"{coin.upper()}USD" for coin in known.coins} | {"BTCUSD", "ETHUSD"}
    return frozenset(known.aliases.values()) - coins

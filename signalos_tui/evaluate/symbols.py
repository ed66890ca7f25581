"""From the name a signal uses to the broker's own: XAUUSD -> "XAUUSDm", NAS100 -> "#USTEC".

A wrong instrument is the dearest mistake a copier can make, so a name is only certain when exactly one of the broker's fits
(reference: reliability C2, never the first match). Two that fit are ambiguous and none is chosen; a merely similar name is
proposed and waits for the owner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal

from msgspec import Struct
from rapidfuzz import fuzz, process

How = Literal["exact", "alias", "suffix", "fuzzy", "none", "ambiguous"]


class Resolution(Struct, frozen=True):
    """What a wanted name means at this broker.

    name: the broker's, None when none or several fit. is_certain: may be traded without asking. candidates: the names that
    fit or come near, sorted.
    """

    name: str | None
    how: How
    is_certain: bool
    candidates: tuple[str, ...] = ()


SAME: tuple[tuple[str, ...], ...] = (
    ("XAUUSD", "GOLD", "GOLDUSD"),
    ("XAGUSD", "SILVER", "SILVERUSD"),
    ("NAS100", "USTEC", "US100", "USTECH100", "USTECH", "TECH100", "NDX100", "NDX", "NASDAQ100", "NASDAQ", "USNAS100"),
    ("US30", "DJ30", "WS30", "DJI30", "DOW30", "DJIA30", "DJIA", "DJI", "USA30", "WALLSTREET30"),
    ("US500", "SPX500", "SP500", "SPX", "USA500", "USSPX500", "S&P500"),
    ("US2000", "RUSSELL2000", "RUT2000", "USSMALLCAP2000"),
    ("GER40", "DE40", "DAX40", "DAX", "GER30", "DE30", "DAX30", "GERMANY40"),
    ("UK100", "FTSE100", "FTSE", "GB100"),
    ("FRA40", "FR40", "CAC40"),
    ("EU50", "STOXX50", "EUSTX50", "ESTX50", "EURSTX50"),
    ("JP225", "JPN225", "JAP225", "NIK225", "NI225", "NIKKEI225", "NIKKEI"),
    ("HK50", "HKG50", "HSI50", "HSI"),
    ("AUS200", "AU200", "ASX200"),
    ("USOIL", "WTI", "XTIUSD", "WTIUSD", "USOUSD", "USCRUDE", "CRUDEOIL"),
    ("UKOIL", "BRENT", "XBRUSD", "BRENTUSD", "UKOUSD", "UKBRENT"),
    ("NATGAS", "XNGUSD", "NGAS", "NATURALGAS"),
    ("DXY", "USDX", "USDINDEX"),
    ("BTCUSD", "XBTUSD", "BITCOIN"),
    ("ETHUSD", "ETHEREUM"),
)
"""Names for one and the same instrument, as brokers and channels use them. A stablecoin pair is added to every coin's."""

_GROUP = {name: group for group in SAME for name in group}

# Bases whose price in dollars is not that of a coin: for them a pair in USDT is another instrument.
_NO_COIN = re.compile(r"EUR|GBP|AUD|NZD|XAU|XAG|XPT|XPD|XTI|XBR|XNG|GOLD|SILVER|WTI|BRENT")

_WORDS = "cash|spot|cfd|pro|ecn|raw|std|stp|prime|zero|mini|micro|cent|plus|vip|roll|sb"
_PREFIX = re.compile(r"[#._!^@$&-]{1,2}")
_SUFFIX = re.compile(rf"(?:[.\-_+!#^@$&]{{1,2}}[A-Za-z0-9]{{0,8}}[+!#]?|[a-z]{{1,3}}[+!#]?|(?i:{_WORDS})[+!#]?)")

FUZZY_CUTOFF = 88
"""Similarity, 0 to 100, from which a name is proposed. One exchanged letter in a currency pair gives 83: EURAUD is never
proposed for EURUSD."""


def resolve(wanted: str | None, broker: Sequence[str], aliases: Mapping[str, str] = {}) -> Resolution:
    """The broker's name for what a signal wants.

    Own aliases first (they alone may overrule an exact name), then the very name, then well-known other names and the
    broker's prefixes and suffixes together, last a similar name, which is never certain. aliases: any case, wanted -> meant.
    """
    return _resolved(wanted or "", tuple(broker), tuple(aliases.items()))


@lru_cache(maxsize=512)
def _resolved(wanted: str, broker: tuple[str, ...], aliases: tuple[tuple[str, str], ...]) -> Resolution:
    # Remembered, because a broker has a thousand names and a channel speaks of the same five.
    sought = _folded(wanted)
    if not sought:
        return Resolution(None, "none", False)
    names = sorted(set(broker))
    own = renamed(wanted, dict(aliases))
    if own is not None:
        return _renamed(own, names)
    exact = _exact(wanted, names)
    if exact:
        return _single(exact, "exact")
    how, found, is_dated = _decorated(synonyms(sought), names)
    if found:
        return _single(found, how, is_certain=not is_dated)
    return _similar(sought, names)


def renamed(wanted: str, aliases: Mapping[str, str]) -> str | None:
    """What the owner says a name means, None when he says nothing."""
    sought = _folded(wanted)
    return next((meant for name, meant in aliases.items() if _folded(name) == sought), None)


def means(wanted: str, name: str) -> bool:
    """Whether `wanted` may mean the broker's (or another channel's) `name`: the same, a synonym, or one of them decorated."""
    sought = synonyms(_folded(wanted))
    return any(_decoration(_folded(name, keep_case=True), alias) is not None for alias in sought) or bool(
        set(sought) & set(synonyms(_folded(name)))
    )


@lru_cache(maxsize=1024)
def synonyms(name: str) -> tuple[str, ...]:
    """`name` and its well-known other names, itself first; of a coin in dollars also the pair in USDT, and back."""
    group = list(_GROUP.get(name, (name,)))
    base = name.partition("USD")[0]
    if len(base) >= 2 and not _NO_COIN.fullmatch(base):
        if name == f"{base}USDT":
            group += _GROUP.get(f"{base}USD", (f"{base}USD",))
        elif name == f"{base}USD":
            group.append(f"{base}USDT")
    return (name, *(other for other in group if other != name))


def _folded(name: str, keep_case: bool = False) -> str:
    # "EUR/USD", " eurusd " and EURUSD are one name.
    bare = name.replace("/", "").replace(" ", "")
    return bare if keep_case else bare.upper()


def _exact(wanted: str, names: Iterable[str]) -> list[str]:
    # The very name; else the names that differ from it in nothing but case, blanks and a slash.
    sought = _folded(wanted)
    alike = [name for name in names if _folded(name) == sought]
    return [wanted] if wanted in alike else alike


def _decoration(name: str, core: str) -> str | None:
    # What a broker put around `core` ("#", ".pro"), "" for nothing, None when `name` is something else.
    at = name.upper().find(core)
    if at < 0 or len(core) < 3 or not name.isascii():
        return None
    before, after = name[:at], name[at + len(core) :]
    if (before and not _PREFIX.fullmatch(before)) or (after and not _SUFFIX.fullmatch(after)):
        return None
    return before + after


def _decorated(sought: Sequence[str], names: Iterable[str]) -> tuple[How, list[str], bool]:
    # Names that are one of `sought` with or without decoration. Digits in a decoration name a delivery month or a size
    # (US30.Z25): such a name counts only when there is no other, and is for the owner to confirm.
    spot: dict[str, How] = {}
    dated: dict[str, How] = {}
    for name in names:
        bare = _folded(name, keep_case=True)
        for core in sought:
            around = _decoration(bare, core)
            if around is not None:
                into = dated if any(c.isdigit() for c in around) else spot
                into[name] = "suffix" if around else "alias"
                break
    found = spot or dated
    how: How = next(iter(found.values()), "none")
    return how, list(found), not spot


def _renamed(meant: str, names: Sequence[str]) -> Resolution:
    # The owner said what it means: that name, or that name as the broker decorates it. Nothing is guessed beyond.
    found = _exact(meant, names) or _decorated((_folded(meant),), names)[1]
    return _single(found, "alias") if found else Resolution(None, "none", False)


def _single(found: Sequence[str], how: How, is_certain: bool = True) -> Resolution:
    if len(found) == 1:
        return Resolution(found[0], how, is_certain, tuple(found))
    return Resolution(None, "ambiguous", False, tuple(sorted(found)))


def _similar(sought: str, names: Sequence[str]) -> Resolution:
    near = process.extract(
        sought, {name: _folded(name) for name in names}, scorer=fuzz.ratio, score_cutoff=FUZZY_CUTOFF, limit=5
    )
    if not near:
        return Resolution(None, "none", False)
    best = [name for _, score, name in near if score == near[0][1]]
    candidates = tuple(sorted(name for _, _, name in near))
    if len(best) > 1:
        return Resolution(None, "ambiguous", False, candidates)
    return Resolution(best[0], "fuzzy", False, candidates)

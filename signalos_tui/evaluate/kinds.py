"""What an instrument must be to be the one a signal names: its currencies, its usual size, and no share of a company.

A name alone is weak evidence: GOLD is a metal at one broker and a mining company at the next. So what the terminal says of it
is asked too, and an instrument in other currencies is never even offered.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from signalos_tui.evaluate.decorations import CURRENCIES, METALS, STABLE, Decoration
from signalos_tui.model.symbols import SAME, Listed, TradeMode, market

_DOLLARS = frozenset({"USD", "UST", *STABLE})
_ENERGIES = frozenset({"USOIL", "UKOIL", "NATGAS"})
_NAMED = frozenset(group[0] for group in SAME)
_USUAL = {"XAU": Decimal(100)}
_USUAL_PAIR = Decimal(100_000)

_SHARES = re.compile(r"stock|share|equit|\betfs?\b|bond", re.IGNORECASE)
_INDICES = re.compile(r"ind(?:ex|ices)", re.IGNORECASE)
_COMPANY = re.compile(r"\b(inc|corp|corporation|ltd|plc|holdings?|mining|miners?|etf|fund|trust)\b", re.IGNORECASE)
_FUTURES = re.compile(r"future|forward", re.IGNORECASE)

_MODES = {
    TradeMode.DISABLED: "closed for new positions",
    TradeMode.CLOSE_ONLY: "closed for new positions",
    TradeMode.LONG_ONLY: "can only be bought",
    TradeMode.SHORT_ONLY: "can only be sold",
}


class Kind(NamedTuple):
    """What is expected of a market. base, quote: currencies, "" where any will do. is_known: we know what it is at all.

    usual: the contract size brokers agree on, None where they do not.
    """

    base: str = ""
    quote: str = ""
    is_known: bool = False
    usual: Decimal | None = None


@lru_cache(maxsize=1024)
def kind_of(name: str) -> Kind:
    """What the market of a name is: a currency pair, a metal, oil, a coin in dollars, an index, or nothing we know."""
    own = market(name)
    base, quote = own[:3], own[3:]
    if quote in CURRENCIES and base in METALS:
        return Kind(base, quote, True, _USUAL.get(base) if quote == "USD" else None)
    if quote in CURRENCIES and base in CURRENCIES and base != quote:
        return Kind(base, quote, True, _USUAL_PAIR)
    if own in _ENERGIES:
        return Kind("", "USD", True)
    for ending in ("USDT", "USDC", "USD"):
        if own.endswith(ending) and len(own) > len(ending) + 1 and own not in _NAMED - {"BTCUSD", "ETHUSD"}:
            return Kind(own.removesuffix(ending), ending, True)
    return Kind(is_known=own in _NAMED)


def is_coin(kind: Kind) -> bool:
    """A coin in dollars of some sort."""
    return bool(kind.base) and kind.base not in METALS | CURRENCIES


def contradiction(name: str, listed: Listed) -> str:
    """What the terminal says of an instrument that the market of `name` cannot be; "" for nothing."""
    kind = kind_of(name)
    if not kind.is_known:
        return ""
    profit, base = listed.profit.upper(), listed.base.upper()
    dollars = _DOLLARS if is_coin(kind) else frozenset({kind.quote})
    if kind.quote and profit in CURRENCIES | _DOLLARS and profit not in dollars:
        return f"quoted in {profit}"
    # A metal or a coin is often told as having the currency it is quoted in for its base.
    allowed = {kind.base} if kind.base in CURRENCIES else {kind.base, *dollars}
    if kind.base and base in CURRENCIES | METALS and base not in allowed:
        return f"{base} against {profit or kind.quote}"
    folder = listed.path.rpartition("\\")[0] or listed.path
    if _SHARES.search(folder) and not _INDICES.search(folder):
        return "a share"
    return ""


def apart(name: str, listed: Listed, around: Decoration) -> str:
    """What sets an instrument that fits apart from an ordinary one, so that it is not taken unasked; "" for nothing."""
    kind = kind_of(name)
    if listed.mode is not TradeMode.FULL:
        return _MODES[listed.mode]
    if around.is_dated or listed.is_dated or _FUTURES.search(listed.path):
        return "a delivery, it ends on a day"
    if kind.is_known and (around.currency or _foreign(kind, listed)):
        return f"{around.currency or listed.profit.upper()[:8]} in its terms"
    if kind.is_known and (_COMPANY.search(listed.description) or (around.is_exchange and _is_word(listed.name))):
        return "may be a company's share"
    return ""


def other_size(name: str, listed: Listed, around: Decoration) -> str:
    """Why an instrument may be another size of the market, a micro or a cent lot, or a share; "" for nothing."""
    usual, size = kind_of(name).usual, listed.contract_size
    if (around.text or _is_word(listed.name)) and size is not None and usual is not None and size != usual:
        return f"{size:f} a lot, {usual:f} is usual"
    if around.size and (size is None or size != usual):
        return f"{around.size} in its name" + (f", {size:f} a lot" if size is not None else "")
    return ""


def _foreign(kind: Kind, listed: Listed) -> bool:
    # A currency code we do not know: a cent, a bonus dollar, or something else altogether.
    return bool(kind.quote and listed.profit) and listed.profit.upper() not in CURRENCIES | _DOLLARS


def _is_word(name: str) -> bool:
    stem = name.partition(".")[0]
    return stem.isalpha() and kind_of(stem).is_known and stem.upper() != market(stem)

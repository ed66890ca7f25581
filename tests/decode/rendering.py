"""Random calls, written as people write them: what is rendered is known, so what is read can be compared with it.

A call is made from a market's scale, put into a template of any language (templates.toml), and dressed up in ways that change
nothing: other digits, other letters, invisible characters, emoji, blank lines.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

MARKETS: dict[str, tuple[Decimal, int]] = {
    "XAUUSD": (Decimal("4150.00"), 2),
    "EURUSD": (Decimal("1.16120"), 5),
    "GBPUSD": (Decimal("1.33850"), 5),
    "USDJPY": (Decimal("154.250"), 3),
    "GBPJPY": (Decimal("206.480"), 3),
    "US30": (Decimal(46840), 0),
    "NAS100": (Decimal("24960.5"), 1),
    "BTCUSDT": (Decimal(91250), 0),
    "ETHUSDT": (Decimal("3413.05"), 2),
    "SOLUSDT": (Decimal("142.30"), 2),
}
"""A price of each market, and how many decimals it is written with."""

STEP = Decimal("0.002")
"""How far apart the levels of a call lie, as a share of the price."""


class Call(NamedTuple):
    """A call as it is meant. entry: one price, or (low, high). side: "buy" or "sell"."""

    side: str
    symbol: str
    entry: tuple[Decimal, ...]
    stop: Decimal
    targets: tuple[Decimal, ...]


@cache
def templates() -> tuple[dict[str, Any], ...]:
    """All layouts."""
    path = Path(__file__).parent / "templates.toml"
    return tuple(tomllib.loads(path.read_text(encoding="utf-8"))["template"])


def random_call(random: Random) -> Call:
    """A call whose levels lie in order and differ by more than a rounding."""
    symbol = random.choice(sorted(MARKETS))
    usual, decimals = MARKETS[symbol]
    unit = Decimal(1).scaleb(-decimals)
    price = (usual * Decimal(random.randint(900, 1100)) / 1000).quantize(unit)
    side = random.choice(("buy", "sell"))
    away = 1 if side == "buy" else -1

    def level(steps: float) -> Decimal:
        return (price + away * price * STEP * Decimal(str(steps))).quantize(unit)

    stop = level(-1 - random.random() * 3)
    targets = tuple(level(number + random.random() * 0.8) for number in range(1, random.randint(2, 5)))
    other = level(-random.choice((0.2, 0.5)))
    entry = tuple(sorted((price, other))) if random.random() < 0.3 else (price,)
    return Call(side, symbol, entry, stop, targets)


def rendered(call: Call, template: dict[str, Any], random: Random | None = None) -> str:
    """A call in a template; with `random` also dressed up in what must change nothing."""
    dash = " - " if len(call.entry) > 1 else ""
    text: str = (
        template["text"]
        .strip("\n")
        .format(
            side=template["sides"][call.side == "sell"],
            symbol=call.symbol,
            entry=dash.join(format(price, "f") for price in call.entry),
            stop=format(call.stop, "f"),
            targets="\n".join(
                template["target"].format(number=number, price=format(price, "f"))
                for number, price in enumerate(call.targets, 1)
            ),
        )
    )
    return dressed(text, random) if random is not None else text


_DIGITS = {
    "ar": ("٠١٢٣٤٥٦٧٨٩",),
    "fa": ("۰۱۲۳۴۵۶۷۸۹",),
    "ur": ("۰۱۲۳۴۵۶۷۸۹",),
    "hi": ("०१२३४५६७८९",),
    "zh": ("０１２３４５６７８９",),
    "ja": ("０１２３４５６７８９",),
}
_BOLD = {ord(plain): chr(0x1D400 + at) for at, plain in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {
    ord(plain): chr(0x1D7CE + at) for at, plain in enumerate("0123456789")
}


def dressed(text: str, random: Random) -> str:
    """The same text in another dress: capitals, bold letters, spaces, blank lines, emoji, marks nobody sees."""
    match random.randrange(7):
        case 0:
            text = text.upper()
        case 1:
            text = text.translate(_BOLD)
        case 2:
            text = text.replace("\n", "\n\n")
        case 3:
            text = "\n".join(f"{line}  " for line in text.split("\n"))
        case 4:
            text = f"🚨🚨🚨\n{text}\n🙏"
        case 5:
            text = "".join(f"{character}\u200f" if character in ":\n" else character for character in text)
        case _:
            pass
    return text


def in_native_digits(text: str, language: str, random: Random) -> str:
    """The digits of the language, where it has its own."""
    own = _DIGITS.get(language)
    return text.translate(dict(zip(map(ord, "0123456789"), random.choice(own), strict=True))) if own else text

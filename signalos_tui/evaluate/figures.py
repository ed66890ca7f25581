"""Figures as the owner reads them: every number that appears in a verdict is written here, with its unit.

One place, so that the same value never looks like two values on one screen.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal


def plain(value: Decimal) -> str:
    """A number without exponent and without trailing zeros: Decimal("1.50E+1") gives "15"."""
    if not value.is_finite():
        return str(value)
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def places(value: Decimal, digits: int) -> str:
    """At most `digits` decimals, trailing zeros left out; thousands apart: 10 000.5."""
    if not value.is_finite():
        return str(value)
    text = f"{value:,.{digits}f}".replace(",", " ")
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: Decimal, currency: str) -> str:
    """Two decimals and the currency: "10 000.00 USD"."""
    return f"{value:,.2f} {currency}".replace(",", " ") if value.is_finite() else f"{value} {currency}"


def percent(value: Decimal) -> str:
    """At most two decimals: "1.25 %"."""
    return f"{places(value, 2)} %"


def pips(value: Decimal) -> str:
    """At most one decimal: "3.1 pips"."""
    return f"{places(value, 1)} pips"


def seconds(ms: float) -> str:
    """Milliseconds as seconds: "31.5 s"; above ten minutes in the units a person counts in: "17 h 50 min"."""
    minutes = round(abs(ms)) // 60_000
    if abs(ms) <= 600_000:
        return f"{places(Decimal(round(ms)) / 1000, 1)} s"
    told = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
    return f"-{told}" if ms < 0 else told


def lots(value: Decimal) -> str:
    """The size in lots, never written larger than it is: 0.00499 gives "0.0049 lots"."""
    if not value.is_finite() or value <= 0:
        return f"{value} lots"
    digits = max(2, 1 - value.adjusted())
    return f"{plain(value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_DOWN))} lots"

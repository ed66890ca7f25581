"""The instruments of the seeded market: what drives each, how it is quoted, and where it starts.

A price is a ratio of two drivers, so EURJPY always follows EURUSD and USDJPY, and news about the dollar moves everything
that has a dollar in it. Figures are plausible, not historical.
"""

from __future__ import annotations

from typing import NamedTuple


class Driver(NamedTuple):
    """Something with a value of its own. daily: standard deviation of a day, as a fraction. session: when it is awake.

    always: trades at weekends too.
    """

    name: str
    daily: float
    session: str
    always: bool = False


class Instrument(NamedTuple):
    """A symbol. spread: usual, in points (last digit of the price). price: where it starts, quote currency."""

    symbol: str
    base: str
    quote: str
    digits: int
    spread: int
    price: float


DRIVERS: dict[str, Driver] = {
    driver.name: driver
    for driver in (
        Driver("USD", 0.0032, "new york"),
        Driver("EUR", 0.0040, "london"),
        Driver("GBP", 0.0046, "london"),
        Driver("JPY", 0.0050, "tokyo"),
        Driver("CHF", 0.0042, "london"),
        Driver("AUD", 0.0054, "tokyo"),
        Driver("NZD", 0.0056, "tokyo"),
        Driver("CAD", 0.0036, "new york"),
        Driver("XAU", 0.0100, "london"),
        Driver("XAG", 0.0170, "london"),
        Driver("US30", 0.0085, "new york"),
        Driver("NAS100", 0.0125, "new york"),
        Driver("US500", 0.0090, "new york"),
        Driver("GER40", 0.0095, "london"),
        Driver("USOIL", 0.0190, "new york"),
        Driver("BTC", 0.0230, "always", always=True),
        Driver("ETH", 0.0310, "always", always=True),
        Driver("CASH", 0.0, "always", always=True),
    )
}
"""CASH never moves: indices and oil are quoted against it, so that dollar news does not move them twice."""

INSTRUMENTS: dict[str, Instrument] = {
    instrument.symbol: instrument
    for instrument in (
        Instrument("EURUSD", "EUR", "USD", 5, 8, 1.16240),
        Instrument("GBPUSD", "GBP", "USD", 5, 11, 1.33870),
        Instrument("USDJPY", "USD", "JPY", 3, 9, 154.620),
        Instrument("USDCHF", "USD", "CHF", 5, 12, 0.79840),
        Instrument("AUDUSD", "AUD", "USD", 5, 10, 0.66120),
        Instrument("NZDUSD", "NZD", "USD", 5, 12, 0.57100),
        Instrument("USDCAD", "USD", "CAD", 5, 12, 1.38950),
        Instrument("EURJPY", "EUR", "JPY", 3, 14, 179.730),
        Instrument("GBPJPY", "GBP", "JPY", 3, 20, 206.990),
        Instrument("XAUUSD", "XAU", "USD", 2, 18, 4152.60),
        Instrument("XAGUSD", "XAG", "USD", 3, 22, 51.840),
        Instrument("US30", "US30", "CASH", 1, 22, 46820.0),
        Instrument("NAS100", "NAS100", "CASH", 1, 12, 24930.0),
        Instrument("US500", "US500", "CASH", 1, 5, 6640.0),
        Instrument("GER40", "GER40", "CASH", 1, 11, 23860.0),
        Instrument("USOIL", "USOIL", "CASH", 2, 3, 61.45),
        Instrument("BTCUSD", "BTC", "USD", 2, 180, 98450.0),
        Instrument("ETHUSD", "ETH", "USD", 2, 70, 3412.0),
    )
}

_AWAKE = {"tokyo": range(7), "london": range(7, 16), "new york": range(13, 21)}
_OPENING, _OPEN, _ASLEEP, _ALWAYS = 1.35, 1.0, 0.62, 0.95


def activity(session: str, hour: int) -> float:
    """How lively a driver is in an hour UTC (0..23): 1 in its own session, more in the first hour, less outside it."""
    awake = _AWAKE.get(session)
    if awake is None:
        return _ALWAYS
    if hour == awake.start:
        return _OPENING
    return _OPEN if hour in awake else _ASLEEP


MINUTE = 60_000
DAY = 24 * 60 * MINUTE
_WEEK_MINUTES = 7 * 24 * 60
_EPOCH_WEEKDAY = 3  # 1 January 1970 was a Thursday; Monday is 0
_CLOSES = (4 * 24 + 22) * 60  # Friday 22:00 UTC
_OPENS = (6 * 24 + 22) * 60  # Sunday 22:00 UTC


def minute_of_week(at: int) -> int:
    """Minutes since Monday 00:00 UTC of a time in ms."""
    return (at // MINUTE + _EPOCH_WEEKDAY * 24 * 60) % _WEEK_MINUTES


def reopening(at: int) -> int | None:
    """When currencies, metals and indices trade again, ms UTC; None when they do at `at`."""
    minute = minute_of_week(at)
    if not _CLOSES <= minute < _OPENS:
        return None
    return at // MINUTE * MINUTE + (_OPENS - minute) * MINUTE


def widening(at: int) -> float:
    """The factor on the usual spread at the edges of the trading day: the change of the day, and Sunday's opening."""
    minute = minute_of_week(at)
    if _OPENS <= minute < _OPENS + 15:
        return 4.0
    of_day = minute % (24 * 60)
    if 21 * 60 + 55 <= of_day < 22 * 60 + 10:
        return 3.0
    return 1.5 if 21 * 60 + 30 <= of_day < 23 * 60 else 1.0

"""The paper broker's instruments: what an ordinary retail broker offers, in MetaTrader's terms.

They differ on purpose in the ways that break robots: contract sizes from 1 to 100 000, lots from 0.01 or 0.1, minimum
distances of 0 to 50 points, filling masks of FOK, IOC or both, and swaps in points, money and interest.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.server_time import DAY_MS, HOUR_MS, weekday
from signalos_tui.execute.structs import SymbolInfo


class Session(StrEnum):
    """When a market is open, on the server's clock."""

    WEEK = "week"
    """Monday to Friday, around the clock: currencies."""
    DAYS = "days"
    """Monday to Friday from 01:00 to midnight: metals, indices, oil."""
    ALWAYS = "always"
    """Every day: coins."""

    def is_open(self, server: int) -> bool:
        """Whether the market is open at a server time (ms)."""
        if self is Session.ALWAYS:
            return True
        if weekday(server) in (mt.DAY_OF_WEEK_SUNDAY, mt.DAY_OF_WEEK_SATURDAY):
            return False
        return self is Session.WEEK or server % DAY_MS >= HOUR_MS


class Instrument(Struct, frozen=True):
    """A symbol and what MetaTrader does not show of it.

    price: a plausible price, for converting money as long as there is no quote; 0 for unknown. margin_rate: factor on the
    margin (coins are lent less than currencies). tick_price: what a tick of a lot is worth in the profit currency, for futures
    and CFDs on indices; 0 for what follows from the contract. quote: bid, ask and when (ms UTC) of a recorded quote, to start
    from.
    """

    spec: SymbolInfo
    session: Session
    price: float
    margin_rate: float = 1.0
    tick_price: float = 0.0
    quote: tuple[float, float, int] | None = None


_BASE = SymbolInfo(
    select=True,
    visible=True,
    spread_float=True,
    trade_mode=mt.SYMBOL_TRADE_MODE_FULL,
    trade_exemode=mt.SYMBOL_TRADE_EXECUTION_MARKET,
    expiration_mode=15,
    order_mode=127,
    filling_mode=mt.SYMBOL_FILLING_FOK | mt.SYMBOL_FILLING_IOC,
    swap_rollover3days=mt.DAY_OF_WEEK_WEDNESDAY,
    volume_min=0.01,
    volume_step=0.01,
    volume_max=100.0,
)


def _spec(name: str, digits: int, base: str, profit: str, contract: float, path: str, description: str) -> SymbolInfo:
    point = round(10.0**-digits, digits)
    return replace(
        _BASE,
        name=name,
        path=f"{path}\\{name}",
        description=description,
        digits=digits,
        point=point,
        trade_tick_size=point,
        trade_contract_size=contract,
        margin_hedged=contract,
        currency_base=base,
        currency_profit=profit,
        currency_margin=profit,
    )


def _currency(name: str, price: float, swap_long: float, swap_short: float, description: str) -> Instrument:
    base, profit = name[:3], name[3:6]
    spec = _spec(name, 3 if profit == "JPY" else 5, base, profit, 100_000.0, "Forex", description)
    return Instrument(
        replace(
            spec,
            trade_calc_mode=mt.SYMBOL_CALC_MODE_FOREX,
            currency_margin=base,
            swap_mode=mt.SYMBOL_SWAP_MODE_POINTS,
            swap_long=swap_long,
            swap_short=swap_short,
        ),
        Session.WEEK,
        price,
    )


def _metal(spec: SymbolInfo, price: float, swap_long: float, swap_short: float, stops: int) -> Instrument:
    return Instrument(
        replace(
            spec,
            trade_calc_mode=mt.SYMBOL_CALC_MODE_CFDLEVERAGE,
            trade_stops_level=stops,
            swap_mode=mt.SYMBOL_SWAP_MODE_POINTS,
            swap_long=swap_long,
            swap_short=swap_short,
            volume_max=50.0,
        ),
        Session.DAYS,
        price,
    )


def _index(spec: SymbolInfo, price: float, swap_long: float, swap_short: float) -> Instrument:
    return Instrument(
        replace(
            spec,
            trade_calc_mode=mt.SYMBOL_CALC_MODE_CFDLEVERAGE,
            trade_stops_level=5,
            filling_mode=mt.SYMBOL_FILLING_IOC,
            swap_mode=mt.SYMBOL_SWAP_MODE_CURRENCY_SYMBOL,
            swap_rollover3days=mt.DAY_OF_WEEK_FRIDAY,
            swap_long=swap_long,
            swap_short=swap_short,
            volume_min=0.1,
            volume_step=0.1,
            volume_max=250.0,
        ),
        Session.DAYS,
        price,
    )


def _oil(spec: SymbolInfo, price: float) -> Instrument:
    return Instrument(
        replace(
            spec, trade_calc_mode=mt.SYMBOL_CALC_MODE_CFDLEVERAGE, trade_stops_level=5, swap_mode=0, volume_max=20.0
        ),
        Session.DAYS,
        price,
        margin_rate=2.0,
    )


def _coin(spec: SymbolInfo, price: float, swap_long: float, swap_short: float) -> Instrument:
    return Instrument(
        replace(
            spec,
            trade_calc_mode=mt.SYMBOL_CALC_MODE_CFDLEVERAGE,
            filling_mode=mt.SYMBOL_FILLING_FOK,
            swap_mode=mt.SYMBOL_SWAP_MODE_INTEREST_CURRENT,
            swap_rollover3days=7,  # every calendar day alike: some brokers really write 7
            swap_long=swap_long,
            swap_short=swap_short,
        ),
        Session.ALWAYS,
        price,
        margin_rate=5.0,
    )


def _catalogue() -> dict[str, Instrument]:
    instruments = (
        _currency("EURUSD", 1.1624, -7.2, 3.4, "Euro vs US Dollar"),
        _currency("GBPUSD", 1.3387, -2.1, -1.4, "Pound Sterling vs US Dollar"),
        _currency("USDJPY", 154.62, 9.0, -19.5, "US Dollar vs Japanese Yen"),
        _currency("USDCHF", 0.7984, 5.1, -12.4, "US Dollar vs Swiss Franc"),
        _currency("AUDUSD", 0.6612, -1.7, 0.2, "Australian Dollar vs US Dollar"),
        _currency("USDCAD", 1.3895, 3.0, -8.8, "US Dollar vs Canadian Dollar"),
        _currency("NZDUSD", 0.5710, -2.8, 1.2, "New Zealand Dollar vs US Dollar"),
        _currency("EURJPY", 179.73, 1.6, -11.0, "Euro vs Japanese Yen"),
        _currency("GBPJPY", 206.99, 6.2, -24.0, "Pound Sterling vs Japanese Yen"),
        _metal(_spec("XAUUSD", 2, "XAU", "USD", 100.0, "Metals", "Gold vs US Dollar"), 4152.6, -62.0, 38.0, 20),
        _metal(_spec("XAGUSD", 3, "XAG", "USD", 5_000.0, "Metals", "Silver vs US Dollar"), 51.84, -9.5, 1.9, 10),
        _index(_spec("US30", 1, "USD", "USD", 1.0, "Indices", "US Wall Street 30"), 46_820.0, -10.1, 1.1),
        _index(_spec("NAS100", 1, "USD", "USD", 1.0, "Indices", "US Tech 100"), 24_930.0, -5.4, 1.2),
        _index(_spec("US500", 1, "USD", "USD", 1.0, "Indices", "US 500"), 6_640.0, -1.5, 0.3),
        _index(_spec("GER40", 1, "EUR", "EUR", 1.0, "Indices", "Germany 40"), 23_860.0, -3.3, 0.2),
        _oil(_spec("USOIL", 2, "USD", "USD", 1_000.0, "Energies", "WTI Crude Oil"), 61.45),
        _coin(_spec("BTCUSD", 2, "BTC", "USD", 1.0, "Crypto", "Bitcoin vs US Dollar"), 98_450.0, -20.0, 5.0),
        _coin(_spec("ETHUSD", 2, "ETH", "USD", 1.0, "Crypto", "Ethereum vs US Dollar"), 3_412.0, -25.0, 5.0),
    )
    return {instrument.spec.name: instrument for instrument in instruments}


CATALOGUE: dict[str, Instrument] = _catalogue()
"""The instruments by plain name."""

CURRENCIES = ("USD", "EUR", "GBP", "JPY", "CHF", "AUD", "CAD", "NZD")
_METALS = {"XAU": 100.0, "XAG": 5_000.0, "XPT": 100.0, "XPD": 100.0}
_STABLE = ("USDT", "USDC")


def inferred(name: str, digits: int | None = None) -> Instrument:
    """A sane instrument for a name that is not in the catalogue, judged by its letters.

    Two currencies make a currency pair, XAU, XAG, XPT and XPD a metal, any other name that ends in a currency a coin, the
    rest an index in US dollars. digits: of its prices; None for what is usual.
    """
    stem = name.upper()
    for stable in _STABLE:
        stem = stem.removesuffix(stable) + "USD" if stem.endswith(stable) and stem != stable else stem
    base, profit = stem[:-3], stem[-3:]
    if base in CURRENCIES and profit in CURRENCIES:
        instrument = _currency(stem, 0.0, -3.0, -3.0, f"{base} vs {profit}")
    elif base in _METALS and profit in CURRENCIES:
        contract = _METALS[base]
        instrument = _metal(
            _spec(name, 2, base, profit, contract, "Metals", f"{base} vs {profit}"), 0.0, -5.0, -5.0, 10
        )
    elif base and profit in CURRENCIES:
        instrument = _coin(_spec(name, 4, base, profit, 1.0, "Crypto", f"{base} vs {profit}"), 0.0, -20.0, -20.0)
    else:
        instrument = _index(_spec(name, 2, "USD", "USD", 1.0, "Other", name), 0.0, -3.0, -3.0)
    places = instrument.spec.digits if digits is None else digits
    point = round(10.0**-places, places)
    spec = replace(
        instrument.spec,
        name=name,
        path=f"{instrument.spec.path.partition(chr(92))[0]}\\{name}",
        digits=places,
        point=point,
        trade_tick_size=point,
    )
    return replace(instrument, spec=spec)

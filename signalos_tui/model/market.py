"""Prices and instruments as the terminal knows them."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from signalos_tui.model.signals import Side

_METAL_PIPS = {"XAU": Decimal("0.1"), "XAG": Decimal("0.01")}


class Quote(Struct, frozen=True):
    """The latest price of a symbol. bid, ask: quote currency. at: when we received it, ms UTC."""

    symbol: str
    bid: Decimal
    ask: Decimal
    at: int

    @property
    def spread(self) -> Decimal:
        """Ask minus bid, in price."""
        return self.ask - self.bid

    @property
    def mid(self) -> Decimal:
        """Half way between bid and ask."""
        return (self.bid + self.ask) / 2

    def opening(self, side: Side) -> Decimal:
        """The price a trade of this side opens at: a buy at the ask, a sell at the bid."""
        return self.ask if side is Side.BUY else self.bid

    def closing(self, side: Side) -> Decimal:
        """The price a trade of this side closes at: a buy at the bid, a sell at the ask."""
        return self.bid if side is Side.BUY else self.ask


class SymbolSpec(Struct, frozen=True):
    """An instrument of the broker (MQL5 Reference: Symbol Properties).

    point, tick_size: price. contract_size: units a lot. volume_*: lots. stops_level, freeze_level: points.
    tradable: open positions of both sides are allowed. filling_mode: bit mask FOK 1, IOC 2.
    """

    name: str
    description: str
    digits: int
    point: Decimal
    tick_size: Decimal
    contract_size: Decimal
    volume_min: Decimal
    volume_max: Decimal
    volume_step: Decimal
    stops_level: int
    freeze_level: int
    currency_base: str
    currency_profit: str
    tradable: bool = True
    filling_mode: int = 1
    execution_mode: int = 2

    @property
    def pip(self) -> Decimal:
        """What traders call a pip: 0.1 on gold, 0.01 on silver and oil, the fourth decimal of a currency pair (the second
        with yen), a whole point of an index or a coin, ten points of anything finer.
        """
        if self.currency_base in _METAL_PIPS:
            return _METAL_PIPS[self.currency_base]
        if self.contract_size >= 100:  # currency pairs and commodities; an odd digit is the fractional pip
            return self.point * 10 if self.digits % 2 else self.point
        return max(self.point, Decimal(1)) if self.digits <= 2 else self.point * 10

    def rounded(self, price: Decimal) -> Decimal:
        """The price on the instrument's tick grid and with its digits."""
        ticks = (price / self.tick_size).to_integral_value()
        return (ticks * self.tick_size).quantize(Decimal(1).scaleb(-self.digits))

    def floored(self, volume: Decimal) -> Decimal:
        """The largest tradable volume that is not above `volume`; 0 when it is below the smallest lot."""
        steps = (volume / self.volume_step).to_integral_value(rounding="ROUND_FLOOR")
        lots = min(steps * self.volume_step, self.volume_max)
        return lots if lots >= self.volume_min else Decimal(0)


class Sample(Struct, frozen=True, array_like=True):
    """One point of a symbol's price track. price: the middle of bid and ask."""

    at: int
    price: Decimal

"""A signal while it is being read: what the text has said so far, nothing decided yet.

A draft keeps tokens, not values: every number stays tied to the place where it stands.
"""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.tokens import Token
from signalos_tui.model.signals import Side, Unit

UNITS = {"pips": Unit.PIPS, "points": Unit.POINTS, "%": Unit.PERCENT, "r": Unit.R}
"""Units a level can have as a distance."""


class Draft:
    """One signal of a post. doubts: stable codes of what is not certain, in the order they came up.

    implicit: entry prices without a label ("BUY EURUSD 1.08"); explicit: those after "entry", "at", "@".
    named: the labels of levels it holds, with or without a value. dashed: its first two prices are joined like a zone.
    pending: it calls for a waiting order without saying which kind. current: the market price the author quotes.
    breaks_out: a stop order in all but name ("buy above 4120"). loose: prices nothing claims. remarks: numbers behind
    "risk", "signal" and such.
    """

    __slots__ = (
        "breaks_out",
        "current",
        "dashed",
        "doubts",
        "explicit",
        "implicit",
        "labelled",
        "leverage",
        "limit",
        "loose",
        "named",
        "no_stop",
        "now",
        "others",
        "own_symbol",
        "pending",
        "remarks",
        "side",
        "side_token",
        "stop_order",
        "stops",
        "symbol",
        "symbol_token",
        "targets",
    )

    def __init__(self) -> None:
        self.side: Side | None = None
        self.side_token: Token | None = None
        self.symbol: str | None = None
        self.symbol_token: Token | None = None
        self.own_symbol = False
        self.others: list[Token] = []
        self.implicit: list[Price] = []
        self.explicit: list[Price] = []
        self.current: list[Price] = []
        self.stops: list[Price] = []
        self.targets: list[Price] = []
        self.leverage: list[Price] = []
        self.loose: list[Price] = []
        self.remarks: list[Price] = []
        self.now = False
        self.limit = False
        self.pending = False
        self.stop_order = False
        self.breaks_out = False
        self.no_stop = False
        self.labelled = False
        self.dashed = False
        self.named: set[Concept] = set()
        self.doubts: list[str] = []

    @property
    def has_levels(self) -> bool:
        """A stop or a target was read."""
        return bool(self.stops or self.targets or self.no_stop)

    @property
    def has_prices(self) -> bool:
        """Any price was read."""
        return bool(self.implicit or self.explicit or self.has_levels or self.loose)

    @property
    def entry(self) -> list[Price]:
        """The entry prices as written: labelled ones, else those beside the side, else the quoted market price."""
        return self.explicit or self.implicit or self.current

    def doubt(self, code: str) -> None:
        """Note once that something is not certain."""
        if code not in self.doubts:
            self.doubts.append(code)


class Price:
    """A number in its role. values: its possible values, the usual one first; unit: "" for a price; open: a target left open."""

    __slots__ = ("open", "token", "unit", "value", "values")

    def __init__(self, token: Token, value: Decimal | None = None, *, is_open: bool = False) -> None:
        self.token = token
        self.values: tuple[Decimal, ...] = (value,) if value is not None else token.values
        self.value: Decimal = self.values[0] if self.values else Decimal(0)
        self.unit = token.unit
        self.open = is_open

    @property
    def is_price(self) -> bool:
        """A level in quote currency, neither a distance nor left open."""
        return not self.open and not self.unit

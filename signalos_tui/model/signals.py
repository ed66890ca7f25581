"""What decode makes of a message: signals, updates or noise, each number with the place in the text it came from.

A number that has no span cannot exist: `Number` is only ever built from a token of the text.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct


class Side(StrEnum):
    """The direction of a trade."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> Side:
        """The other direction."""
        return Side.SELL if self is Side.BUY else Side.BUY

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1


class OrderKind(StrEnum):
    """How a signal wants to be entered; UNSPECIFIED when the text gives a price but no order type."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    UNSPECIFIED = "unspecified"


class Unit(StrEnum):
    """The unit of a level that is a distance, not a price."""

    PIPS = "pips"
    POINTS = "points"
    PERCENT = "percent"
    R = "r"


class Span(Struct, frozen=True, array_like=True):
    """Where in the message: code points of the text as published, end exclusive."""

    start: int
    end: int


class Number(Struct, frozen=True, tag="price"):
    """A price or plain number that stands in the text."""

    value: Decimal
    span: Span


class Distance(Struct, frozen=True, tag="distance"):
    """A level given as a distance: "TP 50 pips", "SL 2 %"."""

    value: Decimal
    unit: Unit
    span: Span


class Open(Struct, frozen=True, tag="open"):
    """A target left open: the position runs until somebody closes it."""

    span: Span


Level = Number | Distance | Open


class Signal(Struct, frozen=True):
    """A readable call to trade.

    number: its place in the post, from 1. symbol: as people agree on it (XAUUSD for gold), None when the text has none.
    entry: () at market, one price, or (low, high). targets: nearest first as written. leverage: the highest of a range.
    is_order_implied: the text does not name the kind of order, it is a stop order by its sense ("buy above 4120").
    """

    number: int
    side: Side | None
    symbol: str | None
    order: OrderKind = OrderKind.UNSPECIFIED
    entry: tuple[Number, ...] = ()
    stop: Number | Distance | None = None
    targets: tuple[Level, ...] = ()
    leverage: Number | None = None
    side_span: Span | None = None
    symbol_span: Span | None = None
    is_order_implied: bool = False


class UpdateAction(StrEnum):
    """What a follow-up asks for; INFO commands nothing, CONDITIONAL is for the owner."""

    CLOSE = "close"
    CLOSE_PARTIAL = "close_partial"
    BREAKEVEN = "breakeven"
    MOVE_SL = "move_sl"
    MOVE_TP = "move_tp"
    CANCEL = "cancel"
    REOPEN = "reopen"
    ADD = "add"
    INFO = "info"
    CONDITIONAL = "conditional"


class Update(Struct, frozen=True):
    """A follow-up on an earlier signal.

    fraction: 0..1 of the position, None when the size is not said. price: the level it names. target: which target it
    talks about, from 1. everything: it says all trades.
    """

    number: int
    action: UpdateAction
    fraction: Decimal | None = None
    price: Number | Distance | None = None
    symbol: str | None = None
    side: Side | None = None
    target: int | None = None
    everything: bool = False
    span: Span | None = None


class ReadingKind(StrEnum):
    """The three things a message can be."""

    SIGNAL = "signal"
    UPDATE = "update"
    NOISE = "noise"


class ReadingVerdict(StrEnum):
    """ACT: safe to go on without the owner. HOLD: shown, the owner decides. IGNORE: nothing to do."""

    ACT = "act"
    HOLD = "hold"
    IGNORE = "ignore"


class Reason(Struct, frozen=True):
    """Why something is held or denied: a stable code and a sentence for the owner."""

    code: str
    text: str


def in_one_line(reasons: Iterable[Reason]) -> str:
    """What all of them say, in their order: "It asks to wait; It is an example". "" when there is none."""
    return "; ".join(reason.text.removesuffix(".") for reason in reasons)


class Evidence(Struct, frozen=True):
    """One named part of a reading's confidence. weight: added to the score; detail: what was seen."""

    name: str
    weight: float
    detail: str = ""


class Reading(Struct, frozen=True):
    """What decode made of one revision of a message. confidence: 0..1. language: the words it was read with ("en", "ru")."""

    kind: ReadingKind
    verdict: ReadingVerdict
    confidence: float
    signals: tuple[Signal, ...] = ()
    updates: tuple[Update, ...] = ()
    reasons: tuple[Reason, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    language: str = ""

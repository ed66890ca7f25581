"""The concepts the reader knows: what a token of a message can mean.

The first group is made by the scanner itself; every other name is a key in the language files.
"""

from __future__ import annotations

from enum import IntEnum, auto


class Concept(IntEnum):
    """What a token means; names in lower case are the keys of `languages/*.toml`.

    Whole numbers, because the reader looks them up in sets all day.
    """

    # made by the scanner
    WORD = auto()
    NUMBER = auto()
    INDEX = auto()
    MARK = auto()
    BREAK = auto()
    SYMBOL = auto()
    ORDINAL = auto()
    FRACTION = auto()
    SKIPPED = auto()

    # a call to trade
    BUY = auto()
    SELL = auto()
    BOUGHT = auto()
    SOLD = auto()
    NOW = auto()
    CURRENT = auto()
    LIMIT = auto()
    STOP_ORDER = auto()
    PENDING = auto()
    BUY_LIMIT = auto()
    SELL_LIMIT = auto()
    BUY_STOP = auto()
    SELL_STOP = auto()
    BUY_NOW = auto()
    SELL_NOW = auto()
    ENTRY = auto()
    ENTRY_WEAK = auto()
    ENTRY_MORE = auto()
    AT = auto()
    ABOVE = auto()
    BELOW = auto()
    TO = auto()
    AND = auto()
    OR = auto()
    STOP = auto()
    STOP_WEAK = auto()
    NEW_STOP = auto()
    TARGET = auto()
    TARGET_WEAK = auto()
    NEW_TARGET = auto()
    OPEN = auto()
    NONE = auto()
    LEVERAGE = auto()
    SYMBOL_LABEL = auto()
    SIDE_LABEL = auto()
    OTHER = auto()
    REFERENCE = auto()

    # units
    PIPS = auto()
    POINTS = auto()
    DURATION = auto()
    SIZE = auto()
    MONEY = auto()
    PERCENT = auto()

    # follow-ups
    MOVE = auto()
    TRAIL = auto()
    MODIFY = auto()
    CLOSE = auto()
    CLOSE_OPTIONAL = auto()
    CLOSED = auto()
    CLOSED_SELF = auto()
    PARTIAL = auto()
    PART = auto()
    SECURE = auto()
    PROTECT = auto()
    EVERYTHING = auto()
    EVERYTHING_BUT = auto()
    BREAKEVEN = auto()
    RISK_FREE = auto()
    CANCEL = auto()
    CANCELLED = auto()
    REOPEN = auto()
    REOPENED = auto()
    ADD = auto()
    HOLD = auto()
    KEEP = auto()
    HIT = auto()
    PROFIT_WORD = auto()

    # how it is meant
    OPTIONAL = auto()
    CONDITION = auto()
    CONDITION_WEAK = auto()
    BEFORE = auto()
    FILLER = auto()
    NEGATION = auto()
    QUESTION = auto()
    RECAP = auto()
    IDEA = auto()
    REFUSAL = auto()
    WAITING = auto()
    PAST = auto()
    STANDING = auto()
    QUOTED = auto()
    COMMANDING = auto()
    PROMOTION = auto()
    OBJECT = auto()
    REMAINING = auto()
    STATING = auto()
    BUYS = auto()
    SELLS = auto()
    HEADING = auto()
    ASKING = auto()
    ALREADY = auto()
    NEUTRAL = auto()


SIDES = frozenset({Concept.BUY, Concept.SELL})
"""The two directions."""

CALLING = SIDES | {Concept.ENTRY}
"""What stands on the lines that call a trade."""

VARIANTS = {
    Concept.BOUGHT: (Concept.BUY, "past"),
    Concept.SOLD: (Concept.SELL, "past"),
    Concept.ABOVE: (Concept.AT, "above"),
    Concept.BELOW: (Concept.AT, "below"),
    Concept.PENDING: (Concept.LIMIT, "pending"),
    Concept.RISK_FREE: (Concept.BREAKEVEN, "risk"),
    Concept.BUY_LIMIT: (Concept.BUY, "limit"),
    Concept.SELL_LIMIT: (Concept.SELL, "limit"),
    Concept.BUY_STOP: (Concept.BUY, "stop"),
    Concept.SELL_STOP: (Concept.SELL, "stop"),
    Concept.BUY_NOW: (Concept.BUY, "now"),
    Concept.SELL_NOW: (Concept.SELL, "now"),
    Concept.CLOSE_OPTIONAL: (Concept.CLOSE, "optional"),
    Concept.PROTECT: (Concept.SECURE, "guard"),
    Concept.REMAINING: (Concept.OBJECT, "rest"),
    Concept.NEW_STOP: (Concept.STOP, "new"),
    Concept.NEW_TARGET: (Concept.TARGET, "new"),
    Concept.ENTRY_MORE: (Concept.ENTRY, "more"),
    Concept.TRAIL: (Concept.MOVE, "trail"),
    Concept.EVERYTHING_BUT: (Concept.EVERYTHING, "but"),
    Concept.REOPENED: (Concept.REOPEN, "past"),
    Concept.KEEP: (Concept.WORD, "keep"),
    Concept.BEFORE: (Concept.CONDITION_WEAK, "before"),
}
"""Words that are read as another concept, and the unit their tokens carry.

"We bought" is a direction in the past; "Kauflimit" a direction that names the kind of order as well;
"kapatabilirsiniz" (Turkish: you may close) a close that is only offered; "secure" what a
stop does to a profit as well as a close; "the rest" what is left of a trade; "new SL" a stop that takes the place of another;
"DCA" one more entry; "trail" a move that names no price; "all but" what is left open; "before" (NFP) a reason as well.
"""

NEGATION_LAST = frozenset({"de", "nl", "sv"})
"""Languages that say no at the end: "wir schließen die Position nicht"."""

DECIMAL_COMMA = frozenset({"de", "es", "pt", "fr", "it", "nl", "sv", "id", "tr", "pl", "ru", "uk", "vi"})
"""Languages that write decimals with a comma, and thousands with a point or a space."""

VERB_LAST = frozenset({"de", "nl", "tr", "fa", "ja", "hi", "ur", "zh"})
"""Languages that may put what is closed in front of the verb: "ein Drittel schließen"."""

FREE_ORDER = frozenset({"ru", "uk", "pl"})
"""Languages that put what is taken before or behind the verb as they like: "70% фиксируем, остальное держим"."""

WEAK = {
    Concept.STOP_WEAK: Concept.STOP,
    Concept.TARGET_WEAK: Concept.TARGET,
    Concept.ENTRY_WEAK: Concept.ENTRY,
}
"""Labels that count only in front of a number, and what they are then."""

TRIGGERS = frozenset(
    {
        Concept.BUY,
        Concept.SELL,
        Concept.BUY_LIMIT,
        Concept.SELL_LIMIT,
        Concept.BUY_STOP,
        Concept.SELL_STOP,
        Concept.BUY_NOW,
        Concept.SELL_NOW,
        Concept.STOP,
        Concept.TARGET,
        Concept.CLOSE,
        Concept.CLOSE_OPTIONAL,
        Concept.CLOSED,
        Concept.CLOSED_SELF,
        Concept.PARTIAL,
        Concept.BREAKEVEN,
        Concept.RISK_FREE,
        Concept.CANCEL,
        Concept.CANCELLED,
        Concept.REOPEN,
        Concept.REOPENED,
        Concept.ADD,
        Concept.MODIFY,
        Concept.FRACTION,
        Concept.MOVE,
        Concept.SECURE,
        Concept.PROTECT,
    }
)
"""A message with none of these can be neither a signal nor an update."""

"""Hand every number to the label it stands under; keep those that nothing claims.

A label ("entry", "SL", "targets") holds until the next one. Prices nothing claims stay loose, because a number that was
not understood is a reason to hold, not to look away.
"""

from __future__ import annotations

from collections.abc import Callable

from signalos_tui.decode.concepts import CALLING, SIDES, Concept
from signalos_tui.decode.drafts import UNITS, Draft, Price
from signalos_tui.decode.lookaround import heads_group, heads_line, is_cut
from signalos_tui.decode.numerals import shorthand
from signalos_tui.decode.page import Page
from signalos_tui.decode.tokens import Token

LEVELS = frozenset({Concept.ENTRY, Concept.STOP, Concept.TARGET})
"""Labels of prices that are traded."""

_COUNTABLE = frozenset({Concept.TARGET, Concept.STOP, Concept.ENTRY, Concept.OTHER})
"""Labels that are numbered: "TP1", "Entry 2"."""
_ORDERED = SIDES | {Concept.LIMIT, Concept.STOP_ORDER}
"""Orders that are numbered: "Buy 2 @", "Sell limit 1:"."""
_NO_LEVELS = frozenset({"garbled", "no", "share", "x"})
_NUMBERED = frozenset({Concept.ENTRY, Concept.STOP, Concept.TARGET, Concept.ORDINAL})
_JOINERS = frozenset({"-", "/", "_", ",", "&", "~", "\\", ";", "(", ")", "[", "]", "$", ".", "@"})
_SHORT_JOINERS = frozenset({"-", "/", "_", "~"})
STOP_SIGNS = frozenset("🛑⛔🚫")
"""What is drawn in front of a stop where nobody writes the word."""

REACHES = frozenset({"a", "se", "i"})
"""The "to" of Spanish, Portuguese, Italian and French, and of Hindi in Latin letters, the "and" of Polish; elsewhere they are
other words."""


# Compared for every token; an enumeration member costs a descriptor call each time.
_AT, _BREAK, _ENTRY, _MARK, _NUMBER, _STOP, _TARGET = (
    Concept.AT,
    Concept.BREAK,
    Concept.ENTRY,
    Concept.MARK,
    Concept.NUMBER,
    Concept.STOP,
    Concept.TARGET,
)


class Gatherer:
    """The state of the pass: the draft being filled, the label in force, and how far its reach goes.

    explicit: the label was written, not implied by a side. count: numbers the label took. header: it stood alone on its
    line, so a list may follow. fresh: a new line began. tail: words came after its number. bracketed: its first number
    stood in brackets, so the others may. draws_stop: only a sign marks the stop. names_stop: a stop has its label or its
    sign, so a 🎯 is one for targets; in posts without any the geometry tells. ticks_targets: with no target in words, so
    does a tick. calls: the lines of directions and entries.
    prose: those of talk.
    """

    def __init__(self, page: Page) -> None:
        self.tokens = page.tokens
        self.folded = page.folded
        self.draft = Draft()
        self.drafts = [self.draft]
        self.label: Concept | None = None
        self.explicit = False
        self.count = 0
        self.words = 0
        self.fresh = False
        self.header = False
        self.listed = False
        self.last_listed = 0
        self.label_line = -1
        self.tail = False
        self.brackets = 0
        self.bracketed = False
        self.last_number = self.last_taken = -1
        self.muted = -1
        self.wants_symbol = False
        self.prices: list[Price] = []
        self.distances: list[Price] = []
        self.prose = page.prose
        self.calls = page.lines(CALLING)
        self.draws_stop = not page.only(_STOP) and not STOP_SIGNS.isdisjoint(page.words)
        self.names_stop = self.draws_stop or bool(page.only(_STOP))
        self.ticks_targets = self.names_stop and not page.only(_TARGET)

    def set_label(self, label: Concept | None, line: int, *, explicit: bool = True) -> None:
        """Put a label in force; what the last one gathered goes into the draft."""
        self.flush()
        self.label, self.explicit, self.label_line = label, explicit, line
        self.count = self.words = self.last_listed = 0
        self.tail = self.header = self.listed = self.fresh = False

    def flush(self) -> None:
        """Prices beat distances under one label: in "TP 1.0900 (50 pips)" the pips are a remark."""
        if not (self.prices or self.distances):
            return
        if self.label is _STOP:
            found = self.prices or self.distances
            self.draft.stops.extend(found[:1])
            if len({price.value for price in found}) > 1:
                self.draft.doubt("two_stops")
        elif self.label is _TARGET:
            self.draft.targets.extend(self.prices or self.distances)
        self.prices, self.distances = [], []

    def on_index(self, at: int, token: Token) -> None:
        """A list number drawn as one sign."""
        self.number_line(token.value if isinstance(token.value, int) else 0, token)

    def number_line(self, number: int, token: Token) -> None:
        """A list number; one that does not grow begins another list, whose label was not read."""
        if self.label is not None and self.count and number <= self.last_listed:
            self.set_label(None, token.line)
        self.listed, self.last_listed = True, number

    def on_number(self, at: int, token: Token) -> None:
        """A number goes to the label in force, or stays loose."""
        if token.listed:
            self.number_line(int(token.text) if token.text.isdigit() else 0, token)
            return
        if token.unit in _NO_LEVELS:
            if token.unit == "garbled":
                self.draft.doubt("unreadable")
            elif token.unit == "x":
                self.draft.leverage.append(Price(token))
            return
        if self.is_index(at, token):
            self.listed = True
            if heads_group(self.tokens, at):
                self.draft.doubt("two_readings")
            return
        if self.splits_thousands(at, token):
            self.draft.doubt("two_readings")
        taker = _TAKERS.get(self.label) if self.label is not None else None
        count = self.count
        if taker is not None:
            taker(self, at, token)
        else:
            self.take_loose(token)
        self.last_number = at
        if self.count > count:
            self.last_taken = at
        self.fresh = False

    def splits_thousands(self, at: int, token: Token) -> bool:
        """Groups of digits with a space between ("64 500") may be one price or two; a list has numbers of one size."""
        if self.last_number != at - 1 or at == 0 or len(token.text) != 3 or not token.text.isdigit():
            return False
        before = self.tokens[at - 1]
        if token.start - before.end != 1 or not before.text.isdigit() or len(before.text) > 3:
            return False
        small, large = sorted((int(before.text), int(token.text)))
        return large * 5 > small * 6

    def is_index(self, at: int, token: Token) -> bool:
        """A small number right behind a label numbers it: "TP1", "Target 2:", "Entry 1", "Buy 2 @"."""
        if self.count or token.unit or self.label not in _COUNTABLE:
            return False
        if not token.text.isdigit() or len(token.text) > 2 or int(token.text) > 20:
            return False
        before = self.tokens[at - 1]
        if token.glued and before.concept in _NUMBERED:
            return True
        if before.concept in _ORDERED:
            return self.tokens[at + 1 : at + 2] != [] and self.tokens[at + 1].text in {"@", ":"}
        if not self.explicit:
            return False
        if self.tokens[at + 1 : at + 2] and self.tokens[at + 1].text == ":":
            return True
        if before.concept not in _NUMBERED and before.concept is not _MARK:
            return False
        for other in self.tokens[at + 1 : at + 14]:
            if other.concept is _NUMBER and other.unit != "no" and not other.listed:
                return True
            if other.concept in LEVELS or other.concept in SIDES or other.concept is Concept.OPEN:
                return other.concept is Concept.OPEN
        entry = self.draft.entry
        return bool(entry) and not entry[0].value / 2 <= token.values[0] <= entry[0].value * 2

    def joined(self, at: int) -> str | None:
        """The mark that joins this number to the one before, "" for a word like "to"; None where nothing joins them."""
        if self.last_taken < 0:
            return None
        between = self.tokens[self.last_taken + 1 : at]
        if not between:
            return None
        mark: str | None = None
        for token in between:
            if token.concept is _MARK and token.text in _JOINERS:
                mark = token.text if token.text in _SHORT_JOINERS else mark or ","
            elif token.concept in (Concept.TO, Concept.AND, Concept.OR, _AT) or token.text in REACHES:
                mark = mark or ""
            elif token.concept not in (_BREAK, Concept.NEUTRAL, Concept.MONEY):
                return None
        return mark

    def take_entry(self, at: int, token: Token) -> None:
        """An entry price, the other end of a zone, or one more rung of a ladder."""
        if token.unit in UNITS or token.sign == "+":
            return
        draft = self.draft
        held = draft.explicit if self.explicit else draft.implicit
        if self.count:
            mark = self.joined(at)
            numbered = at > 1 and self.tokens[at - 2].listed and self.tokens[at - 2].line == token.line
            below = self.fresh and (self.header or self.listed) and heads_line(self.tokens, at)
            continues = (below or numbered) and self.explicit
            if not continues and (mark is None or (self.fresh and not self.listed)):
                self.take_loose(token)
                return
            draft.dashed |= len(held) == 1 and mark == "-"
            held.append(_completed(held[-1], token, mark))
            if held[-1].value not in token.values and is_cut(self.tokens, at):
                draft.doubt("two_readings")
        else:
            if self.fresh and self.words > 3 and not self.explicit:
                self.take_loose(token)
                return
            held.append(Price(token))
        self.count += 1

    def take_stop(self, at: int, token: Token) -> None:
        """The stop, as a price or a distance; "SL 0" is no stop."""
        if self.count and (self.fresh or self.tail or self.brackets):
            if self.fresh:
                self.set_label(None, token.line)
                self.take_loose(token)
            elif not token.unit and not _is_near(self.prices, token):
                self.take_loose(token)
            return
        self.count += 1
        if token.unit in UNITS:
            if token.sign != "+":
                self.distances.append(Price(token))
        elif token.values and token.values[0] == 0:
            self.draft.no_stop = True
        else:
            self.prices.append(Price(token))

    def take_target(self, at: int, token: Token) -> None:
        """A target, as a price or a distance."""
        if token.unit == "%" and any(target.is_price for target in self.draft.targets):
            return  # "at TP1 secure 50%": a part to be closed there
        if token.unit in UNITS:
            gains = all(target.unit in UNITS for target in self.draft.targets)
            if not self.prices and (token.sign != "+" or gains):
                self.distances.append(Price(token))
                self.count += 1
            return
        if not self.count:
            self.bracketed = self.brackets > 0
        if self.count and (self.tail or (self.brackets and not self.bracketed)):
            hints = self.brackets and self.draft.targets and self.draft.targets[-1].open and not self.prices
            if not hints and not _is_near(self.prices, token):
                self.take_loose(token)
            return
        if token.values and token.values[0] == 0:
            return
        if self.prices:
            self.prices.append(_completed(self.prices[-1], token, self.joined(at)))
        else:
            self.prices.append(Price(token))
        self.count += 1

    def take_current(self, at: int, token: Token) -> None:
        """The market price as the author saw it."""
        if not token.unit:
            if self.draft.current and self.joined(at) is not None:
                self.draft.current.append(_completed(self.draft.current[-1], token, self.joined(at)))
            else:
                self.draft.current.append(Price(token))
            self.count += 1

    def take_leverage(self, at: int, token: Token) -> None:
        """A leverage without its "x"."""
        if token.unit or not token.values or not 1 <= token.values[0] <= 1000:
            return
        if self.count and self.tokens[at - 1].text == ":" and self.draft.leverage[-1].value == 1:
            self.draft.leverage[-1] = Price(token)
        elif not self.count:
            self.draft.leverage.append(Price(token))
            self.count += 1

    def take_reference(self, at: int, token: Token) -> None:
        """A number that is no level of the trade, by its label; remembered in case it was one after all."""
        self.count += 1
        draft = self.draft
        missing = draft.side is not None and not draft.entry and not draft.now
        if (self.label is Concept.OTHER or missing) and not token.unit and not token.sign:
            draft.remarks.append(Price(token))

    def take_loose(self, token: Token) -> None:
        """A number nothing claims."""
        if not token.unit and not token.sign:
            self.draft.loose.append(Price(token))


def _completed(before: Price, token: Token, mark: str | None) -> Price:
    """A number behind another: written out, or by its last digits only ("4061-59")."""
    if mark is None or mark not in _SHORT_JOINERS or not before.is_price or token.unit or not token.values:
        return Price(token)
    full = format(before.value, "f")
    meant = shorthand(full, token.text) if token.text.replace(".", "", 1).isdigit() else None
    if meant is None or meant <= 0:
        return Price(token)
    written = token.values[0]
    if abs(written - before.value) * 10 <= before.value:
        return Price(token)  # "29.45 / 29" is 29, not 29.29
    if abs(meant - before.value) < abs(written - before.value) and abs(meant - before.value) * 10 <= before.value:
        return Price(token, meant)
    return Price(token)


def _is_near(prices: list[Price], token: Token) -> bool:
    """A repeat of the last price in other words: "4577 (4577.10)"."""
    if not prices or not token.values:
        return False
    last = prices[-1].value
    return abs(token.values[0] - last) * 1000 <= last


_Taker = Callable[[Gatherer, int, Token], None]
_TAKERS: dict[Concept, _Taker] = {
    Concept.ENTRY: Gatherer.take_entry,
    Concept.STOP: Gatherer.take_stop,
    Concept.TARGET: Gatherer.take_target,
    Concept.CURRENT: Gatherer.take_current,
    Concept.LEVERAGE: Gatherer.take_leverage,
    Concept.OTHER: Gatherer.take_reference,
    Concept.SIZE: Gatherer.take_reference,
    Concept.REFERENCE: Gatherer.take_reference,
}

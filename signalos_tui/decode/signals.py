"""Read calls to trade from tokens: one pass that hands every number to the label it stands under.

A label ("entry", "SL", "targets") holds until the next one; side and symbol open an unlabelled entry behind them. Numbers
nothing claims are kept as loose, because a price that was not understood is a reason to hold, not to look away.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from signalos_tui.decode.concepts import SIDES, Concept
from signalos_tui.decode.drafts import UNITS, Draft, Price
from signalos_tui.decode.numerals import shorthand
from signalos_tui.decode.tokens import Token, prose_lines
from signalos_tui.decode.symbols import symbols
from signalos_tui.model.signals import Side

_JOINERS = frozenset({"-", "/", "_", ",", "&", "|", "~", "\\", ";", "(", ")", "[", "]", "$", ".", "*", "@"})
_SHORT_JOINERS = frozenset({"-", "/", "_", "~"})
_PROSE = 5
"""So many unknown words end the reach of a label."""


def read_drafts(tokens: list[Token]) -> list[Draft]:
    """The drafts of a message, in order; the first also holds what came before any side or symbol."""
    collector = Collector(tokens)
    collector.run()
    return collector.drafts


class Collector:
    """The state of the pass: the draft being filled, the label in force, and how far its reach goes."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.draft = Draft()
        self.drafts = [self.draft]
        self.label: Concept | None = None
        self.explicit = False
        self.count = 0
        self.words = 0
        self.fresh = False
        self.header = False
        self.listed = False
        self.label_line = -1
        self.tail = False
        self.brackets = 0
        self.last_number = -1
        self.muted = -1
        self.wants_symbol = False
        self.prices: list[Price] = []
        self.distances: list[Price] = []
        self.prose = prose_lines(tokens)

    def run(self) -> None:
        """Read every token once."""
        handlers = _HANDLERS
        for at, token in enumerate(self.tokens):
            if token.line == self.muted and token.concept is not Concept.BREAK:
                continue
            handler = handlers.get(token.concept)
            if handler is not None:
                handler(self, at, token)
            else:
                self.on_word(at, token)
        self.flush()

    # --- labels ---------------------------------------------------------------------------------------------------

    def set_label(self, label: Concept | None, line: int, *, explicit: bool = True) -> None:
        """Put a label in force; what the last one gathered goes into the draft."""
        self.flush()
        self.label, self.explicit, self.label_line = label, explicit, line
        self.count = self.words = 0
        self.tail = self.header = self.listed = self.fresh = False

    def flush(self) -> None:
        """Prices beat distances under one label: in "TP 1.0900 (50 pips)" the pips are a remark."""
        if self.label is Concept.STOP:
            found = self.prices or self.distances
            self.draft.stops.extend(found[:1])
            if len({price.value for price in found}) > 1:
                self.draft.doubt("two_stops")
        elif self.label is Concept.TARGET:
            self.draft.targets.extend(self.prices or self.distances)
        self.prices, self.distances = [], []

    def next_meaning(self, at: int) -> Token | None:
        """The next token that is more than a mark or "at"; line ends count as marks."""
        for token in self.tokens[at + 1 : at + 9]:
            if token.concept not in (Concept.MARK, Concept.AT, Concept.BREAK):
                return token
        return None

    def heads_number(self, at: int) -> bool:
        """A weak label counts only with a number or a colon right behind it."""
        following = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if following is None:
            return False
        if following.text in {":", "="}:
            return True
        meaning = self.next_meaning(at)
        return (
            meaning is not None
            and meaning.concept in (Concept.NUMBER, Concept.INDEX)
            and meaning.line == self.tokens[at].line
        )

    # --- words ----------------------------------------------------------------------------------------------------

    def on_word(self, at: int, token: Token) -> None:
        """A word without meaning for prices: it ends lists, and too many of them end the label."""
        if self.wants_symbol:
            self.take_symbol_word(token)
            return
        if token.unit in {"tag", "coin"} and self.draft.symbol is None and not self.draft.has_levels:
            self.take_tag(at, token)
            return
        self.words += 1
        if self.count and self.fresh:
            self.set_label(None, token.line)
        elif self.count and self.label is not None:
            self.tail = True
        elif self.words >= _PROSE:
            self.set_label(None, token.line)

    def take_symbol_word(self, token: Token) -> None:
        """The word after "Pair:" or "Ticker:" is the symbol, whatever it says."""
        self.wants_symbol = False
        if (
            token.concept is Concept.WORD
            and token.text.isascii()
            and 2 <= len(token.text) <= 12
            and not self.draft.symbol
        ):
            self.draft.symbol, self.draft.symbol_token = token.text.upper(), token
            self.draft.own_symbol = True

    def take_tag(self, at: int, token: Token) -> None:
        """#LINK or $SOL names a market when a side is near, on its line or a neighbouring one."""
        near = self.tokens[max(0, at - 2) : at + 2]
        cash = at > 0 and self.tokens[at - 1].text == "$"
        beside = any(other.concept in SIDES and other.line == token.line for other in near)
        if cash or beside or (token.unit == "tag" and token.text in symbols().coins):
            self.draft.symbol, self.draft.symbol_token = token.text.upper(), token
            self.draft.own_symbol = True
            if not self.explicit and not self.draft.entry:
                self.set_label(Concept.ENTRY, token.line, explicit=False)

    def on_break(self, at: int, token: Token) -> None:
        """The end of a line ends remarks and stops; lists and labels still waiting for a number go on."""
        self.brackets = 0
        self.tail = False
        self.wants_symbol = False
        if self.label in _REMARKS:
            if self.count or self.label is not Concept.CURRENT:
                self.set_label(None, token.line)
        elif self.label is not None and self.count == 0:
            self.header = True
        self.fresh = True
        self.listed = False

    def on_mark(self, at: int, token: Token) -> None:
        """Brackets set remarks apart; everything else is decoration."""
        if token.text in "([":
            self.brackets += 1
        elif token.text in ")]":
            self.brackets = max(0, self.brackets - 1)

    def on_side(self, at: int, token: Token) -> None:
        """A direction: of this draft, or of the next one where this one already has its prices."""
        if self.negated(at):
            self.muted = token.line
            return
        if token.line in self.prose:
            return
        side = Side.BUY if token.concept is Concept.BUY else Side.SELL
        draft = self.draft
        if draft.side is None:
            draft.side, draft.side_token = side, token
        elif draft.has_prices or self.starts_another(at, token):
            self.open_draft()
            self.draft.side, self.draft.side_token = side, token
        elif side is not draft.side:
            draft.doubt("both_sides")
        if self.label not in (Concept.STOP, Concept.TARGET) or self.count or self.label_line != token.line:
            self.set_label(Concept.ENTRY, token.line, explicit=False)

    def negated(self, at: int) -> bool:
        """ "Don't buy": a negation at most two words before, on the same line."""
        line = self.tokens[at].line
        return any(
            other.concept is Concept.NEGATION and other.line == line for other in self.tokens[max(0, at - 2) : at]
        )

    def starts_another(self, at: int, token: Token) -> bool:
        """A second "SELL GBPUSD now" on a line of its own, with a symbol of its own."""
        draft = self.draft
        if draft.symbol is None or draft.side_token is None or draft.side_token.line == token.line:
            return False
        near = self.tokens[max(0, at - 3) : at + 4]
        return any(o.concept is Concept.SYMBOL and o.line == token.line and o.value != draft.symbol for o in near)

    def open_draft(self) -> None:
        """Begin the next signal of the post."""
        self.flush()
        self.label = None
        self.draft = Draft()
        self.drafts.append(self.draft)

    def on_symbol(self, at: int, token: Token) -> None:
        """A market: of this draft, or of the next one where this one is complete."""
        self.wants_symbol = False
        if token.line in self.prose and self.draft.symbol is not None:
            return
        draft, symbol = self.draft, str(token.value)
        if draft.symbol is None:
            draft.symbol, draft.symbol_token, draft.own_symbol = symbol, token, True
        elif draft.symbol != symbol:
            if draft.has_levels or (draft.entry and draft.side and self.side_near(at)):
                self.open_draft()
                self.draft.symbol, self.draft.symbol_token, self.draft.own_symbol = symbol, token, True
            else:
                self.weigh_symbol(symbol, token)
        if not self.draft.entry and self.label not in (Concept.STOP, Concept.TARGET, Concept.ENTRY, Concept.CURRENT):
            self.set_label(Concept.ENTRY, token.line, explicit=False)

    def side_near(self, at: int) -> bool:
        """A direction within the next few tokens."""
        return any(token.concept in SIDES for token in self.tokens[at + 1 : at + 5])

    def weigh_symbol(self, symbol: str, token: Token) -> None:
        """Two markets in one head: the one on the side's line is meant, if only one of them is."""
        draft = self.draft
        side_line = draft.side_token.line if draft.side_token else -1
        first = draft.symbol_token
        if (first is not None and first.concept is not Concept.SYMBOL) or (
            first is not None and first.line != side_line and token.line == side_line
        ):
            draft.symbol, draft.symbol_token = symbol, token
        elif first is not None and (first.line == side_line) == (token.line == side_line):
            draft.others.append(token)

    def on_entry(self, at: int, token: Token) -> None:
        """ "Entry", "zone", "вход": entry prices follow."""
        self.set_label(Concept.ENTRY, token.line)

    def on_at(self, at: int, token: Token) -> None:
        """ "@", "at", "from": the number behind it belongs to the label in force, or is the entry."""
        if self.label is not None and self.label is not Concept.ENTRY and not self.count:
            return
        if self.label is Concept.ENTRY:
            if not self.count:
                self.explicit = True
            return
        if (self.draft.entry or self.draft.has_levels) and token.text != "@" and self.draft.entry:
            return
        if not self.draft.entry and (self.draft.side or self.draft.symbol or token.text == "@"):
            self.set_label(Concept.ENTRY, token.line)

    def on_stop(self, at: int, token: Token) -> None:
        """ "SL": a stop follows; "sell stop" is an order; "no SL" says there is none."""
        before = self.tokens[at - 1] if at else None
        if before is not None and before.concept in SIDES and before.line == token.line and "loss" not in token.text:
            if token.text in _ORDER_STOPS and not self.draft.entry:
                self.draft.stop_order = True
                self.set_label(Concept.ENTRY, token.line, explicit=False)
                return
        if before is not None and before.concept in (Concept.NEGATION, Concept.NONE) and before.line == token.line:
            self.draft.no_stop = True
            self.set_label(None, token.line)
            return
        self.draft.labelled = True
        if self.label is Concept.STOP and not self.count and self.label_line == token.line:
            return
        self.set_label(Concept.STOP, token.line)

    def on_target(self, at: int, token: Token) -> None:
        """ "TP", "targets": targets follow."""
        self.draft.labelled = True
        if self.label is Concept.TARGET:
            self.flush()
        self.set_label(Concept.TARGET, token.line)

    def on_other(self, at: int, token: Token) -> None:
        """ "Risk", "lot size", "support": numbers behind it are no levels of the trade."""
        if self.label in (Concept.STOP, Concept.TARGET) and not self.count and token.concept is Concept.OTHER:
            if not self.heads_number(at) and token.line == self.label_line:
                return
        if self.fresh or self.count or self.heads_number(at):
            self.set_label(token.concept, token.line)

    def on_add(self, at: int, token: Token) -> None:
        """ "Доливка 3150", "add at": a later, additional entry; the owner decides what becomes of it."""
        following = self.tokens[at + 1 : at + 5]
        if any(other.concept is Concept.NUMBER and other.line == token.line for other in following):
            self.draft.doubt("averaging")
            self.set_label(Concept.REFERENCE, token.line)

    def on_current(self, at: int, token: Token) -> None:
        """ "CMP", "market price": a number behind it is the market's, none means "at market"."""
        meaning = self.next_meaning(at)
        if (
            meaning is not None
            and meaning.concept is Concept.NUMBER
            and meaning.line == token.line
            and not self.brackets
        ):
            self.set_label(Concept.CURRENT, token.line)
        else:
            self.draft.now = True

    def on_leverage(self, at: int, token: Token) -> None:
        """ "Leverage", "cross": a number behind it is the leverage."""
        if self.label is not Concept.LEVERAGE:
            self.set_label(Concept.LEVERAGE, token.line)

    def on_order_word(self, at: int, token: Token) -> None:
        """ "now", "limit", "stop order", where it speaks of this entry."""
        draft = self.draft
        if token.line in self.prose or (draft.has_levels and not self.line_has_side(at)):
            return
        if token.concept is Concept.NOW:
            if token.text == "market" and self.tokens[at + 1 : at + 2] and self.tokens[at + 1].text in {":", "="}:
                self.wants_symbol = True
                return
            draft.now = True
        elif token.concept is Concept.LIMIT:
            draft.limit = True
        else:
            draft.stop_order = True

    def line_has_side(self, at: int) -> bool:
        """A direction or an entry label close by on the same line."""
        line = self.tokens[at].line
        near = self.tokens[max(0, at - 6) : at + 6]
        return any(o.line == line and (o.concept in SIDES or o.concept is Concept.ENTRY) for o in near)

    def on_open(self, at: int, token: Token) -> None:
        """ "TP open", "SL open"."""
        if self.label is Concept.TARGET and token.line == self.label_line and not self.tail:
            self.flush()
            self.draft.targets.append(Price(token, Decimal(0), is_open=True))
            self.count += 1
            self.tail = True
        elif self.label is Concept.STOP and not self.count:
            self.draft.no_stop = True
            self.set_label(None, token.line)
        else:
            self.on_word(at, token)

    def on_none(self, at: int, token: Token) -> None:
        """ "SL none"."""
        if self.label is Concept.STOP and not self.count:
            self.draft.no_stop = True
            self.set_label(None, token.line)

    def on_label(self, at: int, token: Token) -> None:
        """ "Pair:", "Direction:": what follows is a symbol or a side, no price."""
        colon = at + 1 < len(self.tokens) and self.tokens[at + 1].text in {":", "=", "@", "-"}
        if token.concept is Concept.SYMBOL_LABEL and colon:
            self.wants_symbol = True
            self.set_label(None, token.line)
        elif self.fresh or self.label is None:
            self.on_word(at, token)

    def on_join(self, at: int, token: Token) -> None:
        """ "and", "to": between numbers they join, elsewhere they are words."""

    # --- numbers --------------------------------------------------------------------------------------------------

    def on_index(self, at: int, token: Token) -> None:
        """A list number drawn as one sign."""
        self.listed = True

    def on_number(self, at: int, token: Token) -> None:
        """A number goes to the label in force, or stays loose."""
        if token.listed:
            self.listed = True
            return
        if token.unit == "no":
            return
        if token.unit == "x":
            self.draft.leverage.append(Price(token))
            return
        if self.is_index(at, token):
            self.listed = True
            return
        taker = _TAKERS.get(self.label) if self.label is not None else None
        if taker is not None:
            taker(self, at, token)
        else:
            self.take_loose(token)
        self.last_number = at
        self.fresh = False

    def is_index(self, at: int, token: Token) -> bool:
        """ "TP1", "Target 2:", "Entry 1": a small number right behind the label numbers it."""
        if self.label not in (Concept.TARGET, Concept.STOP, Concept.ENTRY, Concept.OTHER) or self.count or token.unit:
            return False
        if not token.text.isdigit() or len(token.text) > 2 or int(token.text) > 20:
            return False
        before = self.tokens[at - 1]
        if token.glued and before.concept in _NUMBERED_LABELS:
            return True
        if before.concept in SIDES:
            return self.tokens[at + 1 : at + 2] != [] and self.tokens[at + 1].text in {"@", ":"}
        if not self.explicit or before.concept not in (*_NUMBERED_LABELS, Concept.MARK):
            return False
        for other in self.tokens[at + 1 : at + 14]:
            if other.concept is Concept.NUMBER and other.unit != "no" and not other.listed:
                return True
            if other.concept in _LEVEL_LABELS or other.concept in SIDES or other.concept is Concept.OPEN:
                return other.concept is Concept.OPEN
        entry = self.draft.entry
        return bool(entry) and not entry[0].value / 2 <= token.values[0] <= entry[0].value * 2

    def joined(self, at: int) -> str | None:
        """The mark that joins this number to the one before, "" for a word like "to"; None where nothing joins them."""
        if self.last_number < 0:
            return None
        between = self.tokens[self.last_number + 1 : at]
        if not between:
            return None
        mark: str | None = None
        for token in between:
            if token.concept is Concept.MARK and token.text in _JOINERS:
                mark = token.text if token.text in _SHORT_JOINERS else mark or ","
            elif token.concept in (Concept.TO, Concept.AND, Concept.AT):
                mark = mark or ""
            elif token.concept not in (Concept.BREAK, Concept.NEUTRAL, Concept.MONEY):
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
            continues = self.fresh and (self.header or self.listed) and self.explicit
            if not continues and (mark is None or (self.fresh and not self.listed)):
                self.take_loose(token)
                return
            held.append(_completed(held[-1], token, mark))
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
        if token.unit in UNITS:
            if not self.prices and (token.sign != "+" or not self.draft.targets):
                self.distances.append(Price(token))
                self.count += 1
            return
        if self.count and (self.tail or self.brackets):
            if not _is_near(self.prices, token):
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
        if not token.unit and token.values and 1 <= token.values[0] <= 1000 and not self.count:
            self.draft.leverage.append(Price(token))
            self.count += 1

    def take_reference(self, at: int, token: Token) -> None:
        """A number that is no level of the trade, by its label."""
        self.count += 1

    def take_loose(self, token: Token) -> None:
        """A number nothing claims; kept once the head of a signal was seen."""
        if not token.unit and not token.sign and (self.draft.side is not None or self.draft.symbol is not None):
            self.draft.loose.append(Price(token))


def _completed(before: Price, token: Token, mark: str | None) -> Price:
    """A number behind another: written out, or by its last digits only ("4061-59")."""
    if mark is None or mark not in _SHORT_JOINERS or not before.is_price or token.unit or not token.values:
        return Price(token)
    full = format(before.value, "f")
    meant = shorthand(full, token.text) if token.text.replace(".", "").isdigit() else None
    if meant is None or meant <= 0:
        return Price(token)
    written = token.values[0]
    if abs(meant - before.value) < abs(written - before.value) and abs(meant - before.value) * 10 <= before.value:
        return Price(token, meant)
    return Price(token)


def _is_near(prices: list[Price], token: Token) -> bool:
    """A repeat of the last price in other words: "4577 (4577.10)"."""
    if not prices or not token.values:
        return False
    last = prices[-1].value
    return abs(token.values[0] - last) * 1000 <= last


_REMARKS = frozenset({Concept.OTHER, Concept.SIZE, Concept.REFERENCE, Concept.CURRENT, Concept.LEVERAGE})
_ORDER_STOPS = frozenset({"stop", "stops", "стоп"})
_LEVEL_LABELS = frozenset({Concept.ENTRY, Concept.STOP, Concept.TARGET})
_NUMBERED_LABELS = frozenset({Concept.ENTRY, Concept.STOP, Concept.TARGET, Concept.ORDINAL})
_Taker = Callable[[Collector, int, Token], None]
_TAKERS: dict[Concept, _Taker] = {
    Concept.ENTRY: Collector.take_entry,
    Concept.STOP: Collector.take_stop,
    Concept.TARGET: Collector.take_target,
    Concept.CURRENT: Collector.take_current,
    Concept.LEVERAGE: Collector.take_leverage,
    Concept.OTHER: Collector.take_reference,
    Concept.SIZE: Collector.take_reference,
    Concept.REFERENCE: Collector.take_reference,
}
_HANDLERS: dict[Concept, _Taker] = {
    Concept.NUMBER: Collector.on_number,
    Concept.INDEX: Collector.on_index,
    Concept.MARK: Collector.on_mark,
    Concept.BREAK: Collector.on_break,
    Concept.BUY: Collector.on_side,
    Concept.SELL: Collector.on_side,
    Concept.SYMBOL: Collector.on_symbol,
    Concept.ENTRY: Collector.on_entry,
    Concept.AT: Collector.on_at,
    Concept.STOP: Collector.on_stop,
    Concept.TARGET: Collector.on_target,
    Concept.OTHER: Collector.on_other,
    Concept.SIZE: Collector.on_other,
    Concept.REFERENCE: Collector.on_other,
    Concept.CURRENT: Collector.on_current,
    Concept.LEVERAGE: Collector.on_leverage,
    Concept.NOW: Collector.on_order_word,
    Concept.LIMIT: Collector.on_order_word,
    Concept.STOP_ORDER: Collector.on_order_word,
    Concept.OPEN: Collector.on_open,
    Concept.NONE: Collector.on_none,
    Concept.SYMBOL_LABEL: Collector.on_label,
    Concept.SIDE_LABEL: Collector.on_label,
    Concept.AND: Collector.on_join,
    Concept.TO: Collector.on_join,
    Concept.PIPS: Collector.on_join,
    Concept.POINTS: Collector.on_join,
    Concept.MONEY: Collector.on_join,
    Concept.DURATION: Collector.on_join,
    Concept.ORDINAL: Collector.on_join,
    Concept.SKIPPED: Collector.on_join,
    Concept.MOVE: Collector.on_join,
    Concept.NEGATION: Collector.on_join,
    Concept.LADDER: Collector.on_join,
    Concept.ADD: Collector.on_add,
}

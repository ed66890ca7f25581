"""Read calls to trade from tokens: one pass in which every word changes what the next numbers are for.

Side and symbol open a signal and an unlabelled entry behind them; labels say what follows; a second side with prices of
its own opens the next signal of the post.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from signalos_tui.decode.concepts import SIDES, Concept
from signalos_tui.decode.drafts import Draft, Price
from signalos_tui.decode.gather import LEVELS, REACHES, STOP_SIGNS
from signalos_tui.decode.lookaround import heads_number, negated, next_meaning, repeats, sells_later, starts_another
from signalos_tui.decode.markets import MarketReader
from signalos_tui.decode.page import Page
from signalos_tui.decode.signs import TICKS
from signalos_tui.decode.tokens import Token, is_figure
from signalos_tui.model.signals import Side

_PROSE = 5
"""So many unknown words end the reach of a label."""

_REMARKS = frozenset({Concept.OTHER, Concept.SIZE, Concept.REFERENCE, Concept.CURRENT, Concept.LEVERAGE})
_VALUES = frozenset({Concept.NUMBER, Concept.PIPS, Concept.POINTS})
_BEYOND = {"above": Side.BUY, "below": Side.SELL}
"""A buy above a price, a sell below it: a breakout, that must not go out at the market."""

_SPEAKING = frozenset("?~_🎯🥅🛑⛔🚫✅✔☑([)]")
"""The marks that change what the next numbers are for."""

_ORDER_STOPS = frozenset({"stop", "stops", "стоп"})


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


def read_drafts(page: Page) -> list[Draft]:
    """The drafts of a message, in order; the first also holds what came before any side or symbol."""
    reader = Reader(page)
    reader.run()
    return reader.drafts


class Reader(MarketReader):
    """What each kind of word does to the pass."""

    def run(self) -> None:
        """Read every token once."""
        handlers = _HANDLERS
        for at, token in enumerate(self.tokens):
            if token.line != self.muted or token.concept is _BREAK:
                handlers[token.concept](self, at, token)
        self.flush()

    def on_word(self, at: int, token: Token) -> None:
        """A word without meaning for prices: it ends lists, and too many of them end the label."""
        if self.wants_symbol:
            self.take_symbol_word(token)
            return
        if (
            token.text in REACHES
            and self.last_number == at - 1
            and is_figure(self.tokens[min(at + 1, len(self.tokens) - 1)])
        ):
            return
        if token.unit in {"tag", "coin"} and self.draft.symbol is None and not self.draft.has_levels:
            self.take_tag(at, token)
            return
        if self.label in LEVELS and (token.unit == "garbled" or token.text[0].isdigit()):
            self.draft.doubt("unreadable")
        self.words += 1
        if self.count and self.fresh:
            self.set_label(None, token.line)
        elif self.count and self.label is not None:
            self.tail = True
        elif self.words >= _PROSE:
            self.set_label(None, token.line)

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
        """Brackets set remarks apart, "SL ???" leaves the stop open; everything else is decoration."""
        if token.text not in _SPEAKING:
            return
        if self.label is _STOP and not self.count and token.text in "?~_" and token.line == self.label_line:
            self.draft.no_stop = True
        if token.text in "([":
            self.brackets += 1
        elif token.text in ")]":
            self.brackets = max(0, self.brackets - 1)
        elif self.draws_target(at, token):
            self.on_target(at, token)
        elif token.text in STOP_SIGNS:
            after = self.tokens[at + 1 : at + 2]
            if self.draws_stop and self.draft.side is not None and after and is_figure(after[0]):
                self.on_stop(at, token)

    def draws_target(self, at: int, token: Token) -> bool:
        """A sign that stands for the word "target": 🎯, a goal, and a tick where no target is written out."""
        if token.text == "🥅":
            return self.draft.side is not None and self.draws_level(at)
        if token.text in TICKS:
            return self.ticks_targets and self.points_at_price(at)
        if token.text != "🎯":
            return False
        following = self.tokens[at + 1 : at + 2]
        beside = self.names_stop and bool(following) and is_figure(following[0]) and self.label is not _TARGET
        return beside or self.points_at_price(at)

    def points_at_price(self, at: int) -> bool:
        """A target drawn instead of written, with a price alone on its line: "🎯 3240".

        The entry must be known and the stop written out; where nothing is labelled, the order of the numbers decides.
        """
        return self.names_stop and bool(self.draft.entry) and self.draws_level(at)

    def draws_level(self, at: int) -> bool:
        """A sign with a price behind it, and nothing else on its line."""
        mark = self.tokens[at]
        line = [other for other in self.tokens[max(0, at - 2) : at + 4] if other.line == mark.line]
        words = [other for other in line if other.concept not in (_MARK, _BREAK)]
        return len(words) == 1 and is_figure(words[0]) and words[0].start > mark.start

    def on_sell(self, at: int, token: Token) -> None:
        """A direction, or where coins that are bought are sold again."""
        if self.draft.side is Side.BUY and sells_later(self.draft, self.tokens, at):
            self.on_target(at, token)
        else:
            self.on_side(at, token)

    def on_side(self, at: int, token: Token) -> None:
        """A direction: of this draft, or of the next one where this one already has its prices."""
        if negated(self.tokens, at):
            if self.draft.side is None:
                self.muted = token.line
            else:
                self.draft.doubt("both_sides")  # "SELL, not buy": a correction
            return
        if token.line in self.prose:
            return
        side = Side.BUY if token.concept is Concept.BUY else Side.SELL
        draft = self.draft
        if draft.side is None:
            draft.side, draft.side_token = side, token
        elif draft.has_prices or starts_another(draft, self.tokens, at):
            self.open_draft()
            self.draft.side, self.draft.side_token = side, token
            if side is draft.side and repeats(self.tokens, at):
                self.draft.doubt("averaging")
        elif side is not draft.side:
            draft.doubt("both_sides")
        before = self.tokens[at - 1] if at else None
        if before is not None and before.concept is _AT and before.unit and _BEYOND.get(before.unit) is side:
            self.draft.doubt("beyond")  # Hindi puts the verb last: "2324 ke neeche sell"
        self.draft.now = self.draft.now or token.unit == "now"
        self.draft.limit = self.draft.limit or token.unit == "limit"
        if token.unit == "stop" and self.draft.entry:
            following = next_meaning(self.tokens, at)
            if following is not None and following.concept is _NUMBER and following.line == token.line:
                self.draft.doubt("two_entries")  # "4012 sell stop 4020": an order, or a call with its stop
        self.draft.stop_order = self.draft.stop_order or token.unit == "stop"
        if self.label not in (_STOP, _TARGET) or self.count or self.label_line != token.line:
            self.set_label(_ENTRY, token.line, explicit=False)
        else:
            self.draft.doubt("in_passing")  # "SL for the gold buy: 2640" speaks of a trade that exists

    def on_entry(self, at: int, token: Token) -> None:
        """Entry prices follow: "entry", "zone", "вход"; a "second entry" is one more rung below the price beside the side."""
        before = self.tokens[at - 1] if at else None
        second = before is not None and before.concept is Concept.ORDINAL and before.value not in (0, 1)
        if second or token.unit == "more":
            self.flush()
            self.draft.explicit = self.draft.explicit or list(self.draft.implicit)
        self.set_label(_ENTRY, token.line)

    def on_at(self, at: int, token: Token) -> None:
        """The number behind "@", "at", "from" belongs to the label in force, or is the entry."""
        if token.unit and _BEYOND.get(token.unit) is self.draft.side and self._stands_behind_entry(at):
            self.draft.doubt("beyond")  # "buy gold 4120 above"
        if self.label is not None and self.label is not _ENTRY and not self.count:
            return
        if token.unit and not self.draft.entry and _BEYOND.get(token.unit) is self.draft.side:
            self.draft.doubt("beyond")
        if self.label is _ENTRY:
            if not self.count:
                self.explicit = True
            return
        if not self.draft.entry and (self.draft.side or self.draft.symbol or token.text == "@"):
            self.set_label(_ENTRY, token.line)

    def _stands_behind_entry(self, at: int) -> bool:
        """The entry price is right before it, but for a bracket."""
        is_set_apart = self.tokens[at - 1].concept is _MARK
        return self.label is _ENTRY and self.last_number == at - 1 - is_set_apart

    def on_stop(self, at: int, token: Token) -> None:
        """A stop follows "SL"; but "sell stop" is an order, and "no SL" says there is none."""
        before = self.tokens[at - 1].concept if at and self.tokens[at - 1].line == token.line else None
        if before in SIDES and token.text in _ORDER_STOPS and not self.draft.entry:
            self.draft.stop_order = True
            self.set_label(_ENTRY, token.line, explicit=False)
            return
        if before in (Concept.NEGATION, Concept.NONE):
            self.draft.no_stop = True
            self.set_label(None, token.line)
            return
        self.draft.labelled = True
        self.draft.named.add(_STOP)
        self.check_order(at, token)
        if self.label is _STOP and not self.count and self.label_line == token.line:
            return
        self.set_label(_STOP, token.line)

    def on_target(self, at: int, token: Token) -> None:
        """Targets follow."""
        self.draft.labelled = True
        self.draft.named.add(_TARGET)
        self.check_order(at, token)
        if self.label is _TARGET:
            self.flush()
        self.set_label(_TARGET, token.line)

    def check_order(self, at: int, token: Token) -> None:
        """A label behind its number ("1.0820 SL") and none before another: which number belongs to it is not certain."""
        before = self.tokens[at - 1] if at else None
        if before is None or before.line != token.line or before.concept not in _VALUES:
            return
        following = next_meaning(self.tokens, at)
        if following is None or following.line != token.line:
            self.draft.doubt("reversed")

    def on_other(self, at: int, token: Token) -> None:
        """Numbers behind "risk", "lot size", "support" are no levels of the trade."""
        if token.concept is Concept.SIZE and at and self.tokens[at - 1].unit == "no":
            return  # "0.01 lot": the number stood before it
        waiting = self.label in (_STOP, _TARGET) and not self.count and token.line == self.label_line
        if waiting and token.concept is Concept.OTHER and not heads_number(self.tokens, at):
            return
        if self.fresh or self.count or heads_number(self.tokens, at):
            self.set_label(token.concept, token.line)

    def on_add(self, at: int, token: Token) -> None:
        """A later, additional entry ("add at 1.08"): the owner decides what becomes of it."""
        following = self.tokens[at + 1 : at + 5]
        if any(other.concept is _NUMBER and other.line == token.line for other in following):
            self.draft.doubt("averaging")
            self.set_label(Concept.REFERENCE, token.line)

    def on_current(self, at: int, token: Token) -> None:
        """A number behind "CMP", "market price" is the market's; without one it means "at market"."""
        meaning = next_meaning(self.tokens, at)
        if meaning is not None and meaning.concept is _NUMBER and meaning.line == token.line and not self.brackets:
            self.set_label(Concept.CURRENT, token.line)
        else:
            self.draft.now = True

    def on_leverage(self, at: int, token: Token) -> None:
        """A number behind "leverage", "cross" is the leverage."""
        if self.label is not Concept.LEVERAGE:
            self.set_label(Concept.LEVERAGE, token.line)

    def on_order_word(self, at: int, token: Token) -> None:
        """Take "now", "limit", "stop order" where they speak of this entry."""
        draft = self.draft
        if token.line in self.prose or (draft.has_levels and token.line not in self.calls):
            return
        if token.concept is Concept.NOW:
            if token.text == "market" and self.tokens[at + 1 : at + 2] and self.tokens[at + 1].text in {":", "="}:
                self.wants_symbol = True
                return
            draft.now = True
        elif token.unit == "pending":
            draft.pending = True
        elif token.concept is Concept.LIMIT:
            draft.limit = True
        else:
            draft.stop_order = True

    def on_open(self, at: int, token: Token) -> None:
        """A target left open; a stop left open is none."""
        if self.label is _TARGET and token.line == self.label_line and not self.tail:
            if self.brackets and self.count:
                return  # "TP3 4200 (open)" says what becomes of that target
            self.flush()
            self.draft.targets.append(Price(token, Decimal(0), is_open=True))
            self.count += 1
            self.tail = True
        elif self.label is _STOP and not self.count:
            self.draft.no_stop = True
            self.set_label(None, token.line)
        else:
            self.on_word(at, token)

    def on_none(self, at: int, token: Token) -> None:
        """A stop that is said to be none."""
        if self.label is _STOP and not self.count:
            self.draft.no_stop = True
            self.set_label(None, token.line)

    def on_label(self, at: int, token: Token) -> None:
        """A symbol follows "Pair:", a side "Direction:"; no price does."""
        colon = at + 1 < len(self.tokens) and self.tokens[at + 1].text in {":", "=", "@", "-"}
        if token.concept is Concept.SYMBOL_LABEL and colon:
            self.wants_symbol = True
            self.set_label(None, token.line)
        elif self.fresh or self.label is None:
            self.on_word(at, token)


def _read_on(reader: Reader, at: int, token: Token) -> None:
    """Words that only join, count or qualify change nothing here."""


_JOINING = (
    Concept.AND, Concept.OR, Concept.TO, Concept.PIPS, Concept.POINTS, Concept.MONEY, Concept.PERCENT, Concept.DURATION,
    Concept.ORDINAL, Concept.SKIPPED, Concept.MOVE, Concept.NEGATION,
)  # fmt: skip

_Handler = Callable[[Reader, int, Token], None]
_HANDLERS: dict[Concept, _Handler] = {
    **dict.fromkeys(Concept, Reader.on_word),
    Concept.NUMBER: Reader.on_number,
    Concept.INDEX: Reader.on_index,
    Concept.MARK: Reader.on_mark,
    Concept.BREAK: Reader.on_break,
    Concept.BUY: Reader.on_side,
    Concept.SELL: Reader.on_sell,
    Concept.SYMBOL: Reader.on_symbol,
    Concept.ENTRY: Reader.on_entry,
    Concept.AT: Reader.on_at,
    Concept.STOP: Reader.on_stop,
    Concept.TARGET: Reader.on_target,
    Concept.OTHER: Reader.on_other,
    Concept.SIZE: Reader.on_other,
    Concept.REFERENCE: Reader.on_other,
    Concept.CURRENT: Reader.on_current,
    Concept.LEVERAGE: Reader.on_leverage,
    Concept.NOW: Reader.on_order_word,
    Concept.LIMIT: Reader.on_order_word,
    Concept.STOP_ORDER: Reader.on_order_word,
    Concept.OPEN: Reader.on_open,
    Concept.NONE: Reader.on_none,
    Concept.SYMBOL_LABEL: Reader.on_label,
    Concept.SIDE_LABEL: Reader.on_label,
    Concept.ADD: Reader.on_add,
    **dict.fromkeys(_JOINING, _read_on),
}

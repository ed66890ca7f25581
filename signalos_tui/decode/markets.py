"""Which market a draft is about: a name, the word behind "Pair:", a tag; a second market opens the next signal of the post.

The numbers and labels of the same pass stand in `gather` and `signals`.
"""

from __future__ import annotations

from signalos_tui.decode.concepts import SIDES, Concept
from signalos_tui.decode.drafts import Draft
from signalos_tui.decode.gather import Gatherer
from signalos_tui.decode.lookaround import side_near
from signalos_tui.decode.symbols import closer, symbols
from signalos_tui.decode.tokens import Token

_LABELLED = frozenset({Concept.STOP, Concept.TARGET, Concept.ENTRY, Concept.CURRENT})


class MarketReader(Gatherer):
    """What names of markets do to the pass."""

    def on_symbol(self, at: int, token: Token) -> None:
        """A market: of this draft, or of the next one where this one is complete."""
        self.wants_symbol = False
        if token.line in self.prose and self.draft.symbol is not None:
            return
        draft, symbol = self.draft, str(token.value)
        if draft.symbol is None:
            self.name_market(symbol, token)
        elif draft.symbol != symbol:
            if (coin := closer(draft.symbol, symbol)) is not None:
                draft.symbol, draft.symbol_token = (coin, token) if coin == symbol else (coin, draft.symbol_token)
            elif draft.has_levels or (draft.entry and draft.side and side_near(self.tokens, at)):
                self.open_draft()
                self.name_market(symbol, token)
            else:
                self.weigh_symbol(symbol, token)
        if not self.draft.entry and self.label not in _LABELLED:
            self.set_label(Concept.ENTRY, token.line, explicit=False)

    def name_market(self, symbol: str, token: Token) -> None:
        """The market of the draft, named in its own words."""
        self.draft.symbol, self.draft.symbol_token, self.draft.own_symbol = symbol, token, True

    def weigh_symbol(self, symbol: str, token: Token) -> None:
        """Two markets in one head: the one on the side's line is meant, if only one of them is."""
        draft = self.draft
        side_line = draft.side_token.line if draft.side_token else -1
        first = draft.symbol_token
        if (first is not None and first.concept is not Concept.SYMBOL) or (
            first is not None and first.line != side_line and token.line == side_line
        ):
            draft.symbol, draft.symbol_token = symbol, token
            draft.others = [other for other in draft.others if other.line == side_line and other.value != symbol]
        elif first is not None and (first.line == side_line) == (token.line == side_line):
            draft.others.append(token)

    def take_symbol_word(self, token: Token) -> None:
        """The word after "Pair:" or "Ticker:" is the symbol, whatever it says."""
        self.wants_symbol = False
        if token.concept is not Concept.WORD or self.draft.symbol or not 2 <= len(token.text) <= 12:
            return
        span = self.folded.span(token.start, token.end)
        name = self.folded.original[span.start : span.end]
        if token.text.isascii():
            token.unit = "" if name.isupper() or token.text in symbols().coins else "guess"
            self.name_market(token.text.upper(), token)

    def take_tag(self, at: int, token: Token) -> None:
        """#LINK or $SOL names a market when a side is near, on its line or a neighbouring one."""
        apart = at + 1 < len(self.tokens) and self.tokens[at + 1].concept is Concept.MARK
        near = self.tokens[max(0, at - 2) : at + 2 + apart]  # "NVDA - Buy at 182"
        cash = at > 0 and self.tokens[at - 1].text == "$"
        beside = any(other.concept in SIDES and other.line == token.line for other in near)
        if cash or beside or (token.unit == "tag" and token.text in symbols().coins):
            self.name_market(token.text.upper(), token)
            if not self.explicit and not self.draft.entry:
                self.set_label(Concept.ENTRY, token.line, explicit=False)

    def open_draft(self) -> None:
        """Begin the next signal of the post."""
        self.flush()
        self.label = None
        self.draft = Draft()
        self.drafts.append(self.draft)

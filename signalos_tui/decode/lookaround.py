"""What stands near a token: a negation before it, a number behind it, another market on its line.

Each look goes a fixed number of tokens far, so that reading stays linear whatever a message says.
"""

from __future__ import annotations

from signalos_tui.decode.concepts import SIDES, Concept
from signalos_tui.decode.drafts import Draft
from signalos_tui.decode.symbols import is_broad
from signalos_tui.decode.tokens import Token, is_figure


def negated(tokens: list[Token], at: int) -> bool:
    """A negation at most two words before, on the same line: "don't buy"."""
    line = tokens[at].line
    return any(other.concept is Concept.NEGATION and other.line == line for other in tokens[max(0, at - 2) : at])


def starts_another(draft: Draft, tokens: list[Token], at: int) -> bool:
    """A second "SELL GBPUSD now" on a line of its own, with a symbol of its own."""
    token = tokens[at]
    if draft.symbol is None or draft.side_token is None or draft.side_token.line == token.line:
        return False
    near = tokens[max(0, at - 3) : at + 4]
    return any(o.concept is Concept.SYMBOL and o.line == token.line and o.value != draft.symbol for o in near)


def sells_later(draft: Draft, tokens: list[Token], at: int) -> bool:
    """Where coins are bought to be sold: "BUY 92 - 90 / SELL 94 - 97 / STOP 88" is one trade, "sell" names its targets.

    The line begins with it, its price lies above the entry, and the only stop behind it below. Gold and currencies are sold
    short on such a line.
    """
    if draft.symbol is None or is_broad(draft.symbol) or not draft.entry or draft.has_levels:
        return False
    following = tokens[at + 1 : at + _LINES]
    price = next_meaning(tokens, at)
    if price is None or not is_figure(price) or price.line != tokens[at].line or not heads_line(tokens, at):
        return False
    stop = next((n for n, token in enumerate(following) if token.concept is Concept.STOP), -1)
    behind = next((token for token in following[stop + 1 :] if is_figure(token)), None) if stop >= 0 else None
    if behind is None or any(token.concept in SIDES or token.concept is Concept.SYMBOL for token in following[:stop]):
        return False
    entry = [level.value for level in draft.entry]
    return behind.values[0] < min(entry) and max(entry) < price.values[0]


_LINES = 32


def side_near(tokens: list[Token], at: int) -> bool:
    """A direction within the next few tokens."""
    return any(token.concept in SIDES for token in tokens[at + 1 : at + 5])


def next_meaning(tokens: list[Token], at: int) -> Token | None:
    """The next token that is more than a mark or "at"; line ends count as marks."""
    for token in tokens[at + 1 : at + 9]:
        if token.concept not in (Concept.MARK, Concept.AT, Concept.BREAK):
            return token
    return None


def heads_number(tokens: list[Token], at: int) -> bool:
    """A weak label counts only with a number or a colon right behind it."""
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    if following is None:
        return False
    if following.text in {":", "="}:
        return True
    meaning = next_meaning(tokens, at)
    return (
        meaning is not None and meaning.concept in (Concept.NUMBER, Concept.INDEX) and meaning.line == tokens[at].line
    )


def heads_group(tokens: list[Token], at: int) -> bool:
    """Digits in groups, or a list number and a price: "SL 3 100" may be the third stop at 100, or one at 3100."""
    token = tokens[at]
    if token.glued or at + 1 >= len(tokens):
        return False
    after = tokens[at + 1]
    return (
        after.concept is Concept.NUMBER
        and after.start - token.end == 1
        and len(after.text) == 3
        and after.text.isdigit()
    )


def is_cut(tokens: list[Token], at: int) -> bool:
    """Another number behind a space: "4061 -5 9" is no shorthand but a price that was cut in two."""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    return after is not None and after.concept is Concept.NUMBER and after.start - tokens[at].end == 1


def heads_line(tokens: list[Token], at: int) -> bool:
    """Nothing but marks, "@" and list numbers before it on its line; behind other letters a number is not one of the list."""
    for token in reversed(tokens[max(0, at - _RUNG_REACH) : at]):
        if token.concept is Concept.BREAK:
            return True
        if token.concept not in _BEFORE_RUNG:
            return False
    return True


_BEFORE_RUNG = frozenset(
    {
        Concept.MARK,
        Concept.AT,
        Concept.ENTRY,
        Concept.INDEX,
        Concept.NUMBER,
        Concept.ORDINAL,
        Concept.LIMIT,
        Concept.BUY,
        Concept.SELL,
        Concept.MONEY,
        Concept.NEUTRAL,
        Concept.AND,
        Concept.TO,
        Concept.FILLER,
    }
)
_RUNG_REACH = 6


def repeats(tokens: list[Token], at: int) -> bool:
    """A direction that is taken once more: "Re-Buy: 4115", "more buy @ 1296"; whether that is a rung or a trade is not said."""
    before = [token for token in tokens[max(0, at - _RUNG_REACH) : at] if token.text != "-"]
    return bool(before) and before[-1].line == tokens[at].line and before[-1].text in _AGAIN


_AGAIN = frozenset({"re", "more", "extra"})

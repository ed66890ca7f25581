"""ABOVE and BELOW as a kind of order: "buy above 1.0870", "sell XAUUSD below 4012".

Who buys above a price that the market has yet to pass asks for a stop order without calling it one. As such it can be
traded: it opens at that price or beyond it, never short of it. That is only taken from a call that is nothing but a call.
Any other word beside it ("above 4120 on a H1 close") may be a condition of its own, and the call is left to the owner.
"""

from __future__ import annotations

from signalos_tui.decode.concepts import SIDES, Concept
from signalos_tui.decode.drafts import Draft
from signalos_tui.decode.page import Page
from signalos_tui.decode.tokens import Token

DOUBT = "beyond"
"""The doubt of a draft whose entry is a price to be passed."""

_CALL = SIDES | {
    Concept.SYMBOL,
    Concept.AT,
    Concept.NUMBER,
    Concept.STOP,
    Concept.TARGET,
    Concept.ENTRY,
    Concept.LEVERAGE,
    Concept.MARK,
    Concept.BREAK,
    Concept.INDEX,
    Concept.AND,
    Concept.FILLER,
}
"""All that such a call is made of; fillers only where they do not stand between direction and price."""


def settle_breakout(drafts: list[Draft], page: Page) -> None:
    """Make the only call of a post a stop order where it waits for a price to be passed, and says that and no more."""
    if len(drafts) != 1 or DOUBT not in drafts[0].doubts:
        return
    draft = drafts[0]
    if (
        _is_whole(draft)
        and len(page.sides) == 1
        and _leads_to_price(draft, page.tokens)
        and _is_bare(draft, page.tokens)
    ):
        draft.doubts.remove(DOUBT)
        draft.breaks_out = True


def _is_whole(draft: Draft) -> bool:
    """One entry, one stop and targets, all of them prices, and no kind of order named."""
    if draft.now or draft.limit or draft.pending or draft.stop_order:
        return False
    levels = [*draft.entry, *draft.stops, *draft.targets]
    is_one = len(draft.entry) == 1 and len(draft.stops) == 1
    return is_one and bool(draft.targets) and all(level.is_price for level in levels)


def _leads_to_price(draft: Draft, tokens: list[Token]) -> bool:
    """Direction, perhaps the market, "above" and the price; or "above" right behind the price ("4120 above")."""
    side, entry = draft.side_token, draft.entry[0].token
    if side is None or side.unit or side.text in _DONE or side.start > entry.start:
        return False
    passive = (Concept.MARK, Concept.BREAK)
    path = [token for token in tokens if side.end <= token.start and token is not draft.symbol_token]
    path = [token for token in path if token.concept not in passive or token.text == "("]
    at = path.index(entry)
    ways = path[:at] or path[1:2]
    return len(path[:at]) <= 1 and ways[0].concept is Concept.AT and bool(ways[0].unit) and ways[0].line == entry.line


_DONE = frozenset({"bought", "sold"})
"""Who bought above a price is in the market already."""


def _is_bare(draft: Draft, tokens: list[Token]) -> bool:
    """Nothing in the post but the call."""
    return all(token.concept in _CALL or token is draft.symbol_token for token in tokens)

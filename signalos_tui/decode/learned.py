"""What a lesson may not do: make a call out of something that contradicts itself without it.

A channel's own words can name a label the reader did not know. They cannot turn a stop on the wrong side into a target, a
report into an order or a question into an answer: what speaks against a post when it is read plainly goes on speaking.
"""

from __future__ import annotations

from signalos_tui.decode.drafts import Draft
from signalos_tui.decode.score import held
from signalos_tui.model.signals import Reading, Side

CURABLE = frozenset(
    {
        "noise",
        "side_missing",
        "symbol_missing",
        "symbol_unknown",
        "bare_call",
        "price_missing",
        "level_missing",
        "unread_number",
        "two_readings",
        "in_passing",
    }
)
"""What only says that a name was not known: a lesson is there to end it. Every other reason outlives any lesson."""


def unless_contradicted(reading: Reading, plain: Reading) -> Reading:
    """A reading with a channel's words, held by what speaks against the post without them."""
    reasons = tuple(reason for reason in plain.reasons if reason.code not in CURABLE)
    return held(reading, reasons) if reasons else reading


def infer_side(draft: Draft) -> None:
    """Give a draft without a direction the one its levels show: stop on one side, every target on the other.

    Only prices count, and an entry has to lie between. What is not wholly consistent keeps its doubt.
    """
    levels = [*draft.stops, *draft.targets]
    if draft.side is not None or not draft.stops or not draft.targets or not all(level.is_price for level in levels):
        return
    stops = [level.value for level in draft.stops]
    targets = [level.value for level in draft.targets]
    entry = [price.value for price in draft.entry if price.is_price]
    if max((*stops, *entry)) < min(targets) and (not entry or max(stops) < min(entry)):
        draft.side = Side.BUY
    elif min((*stops, *entry)) > max(targets) and (not entry or min(stops) > max(entry)):
        draft.side = Side.SELL

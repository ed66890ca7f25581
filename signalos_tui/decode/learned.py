"""What a lesson may not do: make a call out of something that contradicts itself without it.

A channel's own words can name a label the reader did not know. They cannot turn a stop on the wrong side into a target, a
report into an order or a question into an answer: what speaks against a post when it is read plainly goes on speaking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.drafts import Draft
from signalos_tui.decode.normalise import Folded
from signalos_tui.decode.profile import Profile
from signalos_tui.decode.score import held
from signalos_tui.decode.tokens import Token, is_figure
from signalos_tui.model.signals import OrderKind, Reading, Reason, Side

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
    reasons = reasons or tuple(_turned(reading, plain))
    return held(reading, reasons) if reasons else reading


def _turned(reading: Reading, plain: Reading) -> Iterator[Reason]:
    """What the post says in words everybody knows, and a lesson turned into something else: the direction, the kind of order."""
    if len(reading.signals) != 1 or len(plain.signals) != 1:
        return
    taught, said = reading.signals[0], plain.signals[0]
    if said.side not in (None, taught.side):
        yield Reason("turned", f"Without what the channel was taught it says {said.side}, not {taught.side}.")
    elif said.order in (OrderKind.LIMIT, OrderKind.STOP) and taught.order is not said.order:
        yield Reason("turned", f"Without what the channel was taught it is a {said.order} order, not {taught.order}.")


def follow_habits(draft: Draft, tokens: Sequence[Token], folded: Folded, profile: Profile) -> None:
    """Fill in what a channel leaves out, where its owner said so, and doubt it where it may not have been left out."""
    if profile.side_from_levels and not _is_spoken(tokens):
        infer_side(draft)
    if profile.default_symbol and may_name_another(draft, tokens, folded):
        draft.doubt("other_name")


def _is_spoken(tokens: Sequence[Token]) -> bool:
    """Words without a meaning beside the prices: one may be the direction, or say that it is long past ("hebben gekocht")."""
    lines = {token.line for token in tokens if is_figure(token)}
    return sum(token.concept is Concept.WORD and token.line in lines for token in tokens) >= _SPOKEN


_SPOKEN = 2


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


def may_name_another(draft: Draft, tokens: Sequence[Token], folded: Folded) -> bool:
    """Whether a call that got the channel's usual market may be about another: an unknown name beside its direction.

    "BUY Reliance 2345" in a channel for gold. A name is a word with a capital that means nothing to the reader.
    """
    if draft.symbol_token is not None or draft.side_token is None:
        return False
    at = next((at for at, token in enumerate(tokens) if token is draft.side_token), -1)
    beside = [tokens[place] for place in (at - 1, at + 1) if 0 <= place < len(tokens)] if at >= 0 else []
    return any(_is_name(token, folded) for token in beside if token.line == draft.side_token.line)


def _is_name(token: Token, folded: Folded) -> bool:
    if token.concept is not Concept.WORD or len(token.text) < _SHORTEST_NAME:
        return False
    return folded.original[folded.span(token.start, token.end).start].isupper()


_SHORTEST_NAME = 3

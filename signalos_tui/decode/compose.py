"""From drafts to the signals of a post: drop mentions, join what was said twice, share common levels, settle two-way numbers.

Nothing is added that is not in the text; sharing a stop between the rungs of one ladder is the only thing a signal may
take from its neighbour.
"""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.drafts import UNITS, Draft, Price
from signalos_tui.decode.levels import complete_levels
from signalos_tui.decode.loose import all_prices, settle_loose
from signalos_tui.decode.normalise import Folded
from signalos_tui.decode.profile import Profile
from signalos_tui.decode.symbols import band
from signalos_tui.decode.tokens import Token
from signalos_tui.model.signals import Distance, Level, Number, Open, OrderKind, Signal


def settle_drafts(drafts: list[Draft], profile: Profile) -> list[Draft]:
    """The drafts that are signals, in the order of the post."""
    kept = _without_mentions(drafts)
    for draft, before in zip(kept[1:], kept, strict=False):
        if draft.symbol is None:
            draft.symbol, draft.symbol_token = before.symbol, before.symbol_token
    if profile.default_symbol:
        for draft in kept:
            draft.symbol = draft.symbol or profile.default_symbol
    for draft in kept:
        complete_levels(draft)
        _settle_values(draft, profile)
        settle_loose(draft)
        if len({price.value for price in draft.stops}) > 1:
            draft.doubt("two_stops")
    if len(kept) == 1:
        return kept
    merged = _merged(kept)
    _share_levels(merged)
    return merged


def _without_mentions(drafts: list[Draft]) -> list[Draft]:
    """Drafts with prices of their own; side or symbol named again in a footer is a mention, not a signal."""
    if len(drafts) == 1:
        return drafts
    kept: list[Draft] = []
    for draft in drafts:
        priced = draft.has_prices
        called = draft.side is not None and draft.symbol is not None and draft.now
        if not kept or (draft.side is not None and (priced or called)):
            kept.append(draft)
            continue
        if priced:
            kept[-1].doubt("second_part")
        elif draft.side is not None and draft.side is not kept[-1].side:
            kept[-1].doubt("both_sides")
    if len(kept) > 1 and not kept[0].has_prices and not (kept[0].side and kept[0].symbol and kept[0].now):
        head, following = kept[0], kept[1]
        if head.symbol and not following.own_symbol:
            following.symbol, following.symbol_token, following.own_symbol = head.symbol, head.symbol_token, True
        following.now = following.now or head.now
        following.limit = following.limit or head.limit
        following.pending = following.pending or head.pending
        following.leverage = following.leverage or head.leverage
        if head.side is not None and following.side is not head.side:
            following.doubt("both_sides")
        kept = kept[1:]
    return kept


def _settle_values(draft: Draft, profile: Profile) -> None:
    """Choose between the readings of a number like "4.061" by the market's band and the other prices."""
    prices = [price for price in all_prices(draft) if price.is_price]
    two_way = [price for price in prices if len(price.values) > 1]
    if not two_way:
        return
    limits = band(draft.symbol)
    certain = sorted(price.value for price in prices if len(price.values) == 1 and price.value)
    for price in two_way:
        options = [value for value in price.values if limits is None or limits[0] <= value <= limits[1]]
        if len(options) == 1:
            price.value = options[0]
        elif certain:
            anchor = certain[len(certain) // 2]
            price.value = min(
                price.values, key=lambda value: max(value / anchor, anchor / value) if value else Decimal(10**9)
            )
        elif profile.decimal_comma is not None and price.token.text.count(",") + price.token.text.count(".") == 1:
            comma = "," in price.token.text
            price.value = min(price.values) if comma is profile.decimal_comma else max(price.values)
        elif "," in price.token.text:
            draft.doubt("two_readings")


def _merged(drafts: list[Draft]) -> list[Draft]:
    """Two drafts that say the same entry twice are one ("SELL STOP @0.78 … Direction: SHORT @0.78", or two languages)."""
    merged: list[Draft] = []
    for draft in drafts:
        twin = next((other for other in merged if _same_call(other, draft)), None)
        if twin is None:
            merged.append(draft)
            continue
        twin.stops = twin.stops or draft.stops
        twin.targets = twin.targets or draft.targets
        twin.explicit = twin.explicit or draft.explicit
        twin.leverage = twin.leverage or draft.leverage
        twin.now, twin.limit = twin.now or draft.now, twin.limit or draft.limit
        twin.pending = twin.pending or draft.pending
        twin.stop_order = twin.stop_order or draft.stop_order
        twin.no_stop = twin.no_stop or draft.no_stop
        for code in draft.doubts:
            twin.doubt(code)
        if _values(draft.stops) not in ([], _values(twin.stops)) or _values(draft.targets) not in (
            [],
            _values(twin.targets),
        ):
            twin.doubt("said_twice")
    return merged


def _values(prices: list[Price]) -> list[Decimal]:
    return [price.value for price in prices]


def _same_call(first: Draft, second: Draft) -> bool:
    """Same market, same direction, same entry, or no entry in one of them and no conflict in the levels."""
    if first.side is not second.side or first.symbol != second.symbol:
        return False
    one, two = set(_values(first.entry)), set(_values(second.entry))
    if one and two:
        return one == two
    return not (first.has_levels and second.has_levels)


def _share_levels(drafts: list[Draft]) -> None:
    """The rungs of one ladder share the stop and the targets written once behind the last rung."""
    for group in _ladders(drafts):
        last = group[-1]
        for draft in group[:-1]:
            if not draft.stops and not draft.no_stop:
                draft.stops, draft.no_stop = last.stops, last.no_stop
            draft.targets = draft.targets or last.targets
            draft.labelled = draft.labelled or last.labelled


def _ladders(drafts: list[Draft]) -> list[list[Draft]]:
    """Neighbours of one market and direction."""
    groups: list[list[Draft]] = []
    for draft in drafts:
        before = groups[-1][-1] if groups else None
        same = before is not None and before.side is draft.side
        if before is not None and same and (not draft.own_symbol or draft.symbol == before.symbol):
            groups[-1].append(draft)
        else:
            groups.append([draft])
    return [group for group in groups if len(group) > 1]


def guess_symbol(draft: Draft, tokens: list[Token], folded: Folded) -> None:
    """The unknown name right beside the side, in capitals ("BUY RELIANCE @ 2450"): shown to the owner, never acted on."""
    if draft.symbol is not None or draft.side_token is None or not (draft.entry or draft.has_levels):
        return
    side = next((at for at, token in enumerate(tokens) if token is draft.side_token), -1)
    for at in (side + 1, side - 1):
        if (
            not 0 <= at < len(tokens)
            or tokens[at].concept is not Concept.WORD
            or tokens[at].line != draft.side_token.line
        ):
            continue
        first = last = tokens[at]
        for token in tokens[at + 1 :]:
            if token.start != last.end or token.concept in (Concept.MARK, Concept.BREAK):
                break
            last = token
        span = folded.span(first.start, last.end)
        name = folded.original[span.start : span.end]
        if name.isascii() and name.isupper() and 3 <= len(name) <= 20:
            draft.symbol, draft.symbol_token = (
                name,
                Token(Concept.WORD, first.start, last.end, first.line, name.lower(), unit="guess"),
            )
            return


def to_signal(draft: Draft, number: int, folded: Folded) -> Signal:
    """A draft as the model's value; every number keeps its place in the original text."""
    entry = _entry(draft, folded)
    stop = _level(draft.stops[0], folded) if draft.stops else None
    leverage = max((p for p in draft.leverage), key=lambda price: price.value, default=None)
    side, name = draft.side_token, draft.symbol_token
    return Signal(
        number=number,
        side=draft.side,
        symbol=draft.symbol,
        order=order_kind(draft),
        entry=entry,
        stop=stop if not isinstance(stop, Open) else None,
        targets=tuple(_level(target, folded) for target in draft.targets),
        leverage=Number(leverage.value, folded.span(leverage.token.start, leverage.token.end)) if leverage else None,
        side_span=folded.span(side.start, side.end) if side else None,
        symbol_span=folded.span(name.start, name.end) if name else None,
        is_order_implied=draft.breaks_out,
    )


def order_kind(draft: Draft) -> OrderKind:
    """How it wants to be entered, as far as the text says so."""
    if draft.limit:
        return OrderKind.LIMIT
    if draft.stop_order or draft.breaks_out:
        return OrderKind.STOP
    if draft.pending:
        return OrderKind.LIMIT
    if draft.now or (not draft.explicit and not draft.implicit):
        return OrderKind.MARKET
    return OrderKind.UNSPECIFIED


def _entry(draft: Draft, folded: Folded) -> tuple[Number, ...]:
    """() at market, one price, or the two ends of the zone, lowest first."""
    prices: dict[Decimal, Price] = {}
    for price in draft.entry:
        prices.setdefault(price.value, price)
    if not prices:
        return ()
    low, high = prices[min(prices)], prices[max(prices)]
    ends = (low,) if low is high else (low, high)
    return tuple(Number(price.value, folded.span(price.token.start, price.token.end)) for price in ends)


def _level(price: Price, folded: Folded) -> Level:
    """One level as price, distance, or left open."""
    span = folded.span(price.token.start, price.token.end)
    if price.open:
        return Open(span)
    if price.unit in UNITS:
        return Distance(price.value, UNITS[price.unit], span)
    return Number(price.value, span)

"""Numbers no label claims: levels in a fixed order, the far end of a zone, or a reason to hold.

A number that was not understood is never passed over: where it could be a price of the trade, the owner decides.
"""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.decode.drafts import Draft, Price
from signalos_tui.decode.symbols import band, is_broad
from signalos_tui.model.signals import Side


def settle_loose(draft: Draft) -> None:
    """Numbers without labels: "BUY 1413 1409 1435" is entry, stop, targets, if and only if the sides fit."""
    loose, draft.loose = draft.loose, []
    if not loose and not draft.labelled and not draft.has_levels and len(draft.entry) > _ZONE_ENDS:
        _settle_row(draft)
        return
    if len(draft.implicit) > _ZONE_ENDS and draft.targets and not draft.stops and not draft.no_stop:
        draft.doubt("unread_number")  # "sell 4100 - 4105 - 4110 tp 4090": three rungs, or a zone and its stop
    stopless = bool(draft.targets) and not draft.stops and not draft.no_stop
    lacking = stopless or (draft.has_levels and not (draft.entry and draft.targets))
    if lacking and any(_plausible(price.value, draft) for price in draft.remarks):
        draft.doubt("unread_number")
    if not loose:
        return
    entry = [price.value for price in draft.entry if price.is_price]
    if not draft.labelled and not draft.has_levels and entry and draft.side is not None and len(loose) >= 2:
        stop = _only_stop(loose, entry, draft.side)
        if stop is not None and all(_plausible(price.value, draft) for price in loose):
            draft.stops, draft.targets = [stop], [price for price in loose if price is not stop]
            draft.labelled = True
            return
    if len(loose) == 1 and _is_far_end(loose[0], draft):
        (draft.explicit or draft.implicit).append(loose[0])
        return
    known = {price.value for price in all_prices(draft)}
    if any(price.value not in known and _plausible(price.value, draft) for price in loose):
        draft.doubt("unread_number")


def _settle_row(draft: Draft) -> None:
    """Three or more prices in a row and no label at all: "SELL 4102/4110/4085" is entry, stop, target, never a zone.

    The first one or the first two of them are the entry, whichever the sides allow; where they allow both or none, it is held.
    """
    row = draft.entry
    entered = draft.implicit or draft.explicit
    if draft.side is None or row is not entered or not all(price.is_price for price in row):
        draft.doubt("unread_number")
        return
    ways: list[tuple[int, Price]] = []
    for count in (1, _ZONE_ENDS):
        rest = row[count:]
        stop = _only_stop(rest, [price.value for price in row[:count]], draft.side) if len(rest) > 1 else None
        if stop is not None:
            ways.append((count, stop))
    if len(ways) != 1 or (draft.dashed and ways[0][0] == 1):
        draft.doubt("unread_number")
        return
    count, stop = ways[0]
    draft.stops, draft.targets = [stop], [price for price in row[count:] if price is not stop]
    del row[count:]
    draft.labelled = True


_ZONE_ENDS = 2
_ZONE = Decimal("1.005")


def _is_far_end(price: Price, draft: Draft) -> bool:
    """The second price of a zone with nothing but a space before it: "SELL 4099 4102", inside its own stop and target."""
    entry, stops, targets = draft.entry, draft.stops, draft.targets
    if len(entry) != 1 or not stops or not targets or draft.side is None or not is_broad(draft.symbol):
        return False
    first = entry[0]
    if price.token.line != first.token.line or price.token.start - first.token.end != 1:
        return False
    if any(not level.is_price for level in (first, stops[0], targets[0])):
        return False
    if len(price.token.text) != len(first.token.text):
        return False
    low, high = sorted((first.value, price.value))
    inner, outer = sorted((stops[0].value, targets[0].value))
    return inner < low < high < outer and high <= low * _ZONE


def _only_stop(loose: list[Price], entry: list[Decimal], side: Side) -> Price | None:
    """The first or last of numbers without labels, if it alone lies behind the entry and all others before it."""
    sign = side.sign
    near, far = (min(entry), max(entry)) if sign > 0 else (max(entry), min(entry))
    behind = [price for price in loose if (near - price.value) * sign > 0]
    before = [price for price in loose if (price.value - far) * sign > 0]
    if len(behind) == 1 and len(before) == len(loose) - 1 and (behind[0] is loose[0] or behind[0] is loose[-1]):
        return behind[0]
    return None


def _plausible(value: Decimal, draft: Draft) -> bool:
    """Near enough to the draft's other prices to be one of them."""
    anchors = [price.value for price in all_prices(draft) if price.is_price and price.value]
    if not anchors or not value:
        limits = band(draft.symbol)
        return limits is None or limits[0] <= value <= limits[1]
    reach = Decimal("1.3") if is_broad(draft.symbol) else Decimal(3)
    anchor = anchors[0]
    return max(value / anchor, anchor / value) <= reach


def all_prices(draft: Draft) -> list[Price]:
    """Every number of a draft that may be a price."""
    return [*draft.explicit, *draft.implicit, *draft.current, *draft.stops, *draft.targets, *draft.loose]

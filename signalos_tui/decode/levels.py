"""Levels written by their last digits only: "gold buy 4060 sl 50 tp 66 72" means 4050, 4066, 4072.

They are read so only where all of them, put behind the first digits of the entry, lie on their sides and in order. Round
numbers may be distances as well: such a call is read, and held.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from signalos_tui.decode.drafts import Draft, Price
from signalos_tui.decode.symbols import band

_SHORTEST = 2
_STEP = 5
"""Distances are counted in steps of so many; a level need not be."""


def complete_levels(draft: Draft) -> None:
    """Put the first digits of the entry before the levels of a draft that are only last digits; nothing else is touched."""
    levels = [price for price in (*draft.stops, *draft.targets) if not price.open]
    limits = band(draft.symbol)
    entry = [price.value for price in draft.entry if price.is_price]
    if limits is None or not entry or not draft.stops or not draft.targets or draft.side is None:
        return
    if not all(_is_short(price, limits[0]) for price in levels):
        return
    full = {price: _completed(entry[0], price) for price in levels}
    sign = draft.side.sign
    stops = [full[price] for price in draft.stops if price in full]
    targets = [full[price] for price in draft.targets if price in full]
    behind = all((value - stop) * sign > 0 for stop in stops for value in entry)
    before = all((target - value) * sign > 0 for target in targets for value in entry)
    ordered = all((two - one) * sign > 0 for one, two in pairwise(targets))
    if not (behind and before and ordered):
        return
    for price, value in full.items():
        price.value, price.values = value, (value,)
    if all(int(price.token.text) % _STEP == 0 for price in levels):
        draft.doubt("last_digits")


def _is_short(price: Price, lowest: Decimal) -> bool:
    """Two digits or three, plain, and no price of the market."""
    text = price.token.text
    return price.is_price and text.isdigit() and _SHORTEST <= len(text) < len(str(int(lowest))) and price.value < lowest


def _completed(entry: Decimal, price: Price) -> Decimal:
    """The price whose first digits are those of the entry."""
    tail = Decimal(10) ** len(price.token.text)
    return entry // tail * tail + price.value

"""What the terminal shows of a leg and cannot be: a position of 1e21 lots, a deal that earned 1e300.

Such figures are finite, so they are read; nothing may follow from them. The leg they are about is left alone until the terminal
shows it otherwise, the others go on. What is only for display (`price_current`, a floating profit) is no reason for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from signalos_tui.execute.look import Look
from signalos_tui.execute.structs import TradeDeal, TradeOrder, TradePosition
from signalos_tui.execute.translate import is_number, is_volume
from signalos_tui.model.desk import LegView
from signalos_tui.model.ids import LegId

_POSITION = ("volume", "price_open", "sl", "tp")
_ORDER = ("volume_initial", "volume_current", "price_open", "sl", "tp")
_DEAL = ("volume", "price", "profit", "swap", "commission", "fee")


def unbelievable(legs: Iterable[LegView], seen: Look) -> Mapping[LegId, str]:
    """The legs of which something is shown that cannot be, and what. A netted position is about every leg of its symbol."""
    positions = [(p, why) for p in seen.positions if (why := _wrong(p, _POSITION) or _too_small(p, seen))]
    orders = [(o, why) for o in (*seen.orders, *seen.past_orders) if (why := _wrong(o, _ORDER))]
    deals = [(d, why) for d in seen.deals if (why := _wrong(d, _DEAL))]
    found: dict[LegId, str] = {}
    if not positions and not orders and not deals:
        return found
    for leg in legs:
        whys = [
            *(why for p, why in positions if _is_about(leg, p, seen)),
            *(why for o, why in orders if o.magic == leg.magic),
            *(why for d, why in deals if d.magic == leg.magic or d.position_id == leg.position),
        ]
        if whys:
            found[leg.id] = whys[0]
    return found


def _is_about(leg: LegView, position: TradePosition, seen: Look) -> bool:
    if seen.is_netting:
        return position.symbol == leg.symbol
    return position.magic == leg.magic or leg.position in (position.ticket, position.identifier)


def _too_small(position: TradePosition, seen: Look) -> str:
    # On a netting account nothing may be left for a moment.
    return (
        "" if seen.is_netting or is_volume(position.volume) else f"{position.volume:g} lots of ticket {position.ticket}"
    )


def _wrong(thing: TradePosition | TradeOrder | TradeDeal, figures: tuple[str, ...]) -> str:
    for name in figures:
        value = getattr(thing, name)
        if not is_number(value):
            return f"{name} {value:g} of ticket {thing.ticket}"
    return ""

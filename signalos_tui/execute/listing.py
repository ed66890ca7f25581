"""From a terminal's instrument to what the matching of names looks at: the broker's words, sizes and currencies.

A list comes from outside and has a thousand entries; one of them that is no instrument (a size that is no number) must not keep
the others from being known.
"""

from __future__ import annotations

from collections.abc import Iterable

from signalos_tui.execute import constants as mt
from signalos_tui.execute.structs import SymbolInfo
from signalos_tui.execute.translate import decimal, is_number
from signalos_tui.model.symbols import Listed, TradeMode

_MODES = {
    mt.SYMBOL_TRADE_MODE_FULL: TradeMode.FULL,
    mt.SYMBOL_TRADE_MODE_LONGONLY: TradeMode.LONG_ONLY,
    mt.SYMBOL_TRADE_MODE_SHORTONLY: TradeMode.SHORT_ONLY,
    mt.SYMBOL_TRADE_MODE_CLOSEONLY: TradeMode.CLOSE_ONLY,
}
LONGEST_WORDS = 200
"""Characters kept of a description or path; MetaTrader's own are shorter."""


def is_describable(info: SymbolInfo) -> bool:
    """Its figures are numbers an instrument can have."""
    sizes = (info.trade_contract_size, info.point, info.volume_min, info.volume_max, info.volume_step)
    others = (info.trade_tick_size, info.trade_tick_value, info.bid, info.ask)
    return all(map(is_number, (*sizes, *others))) and all(size > 0 for size in sizes) and 0 <= info.digits <= 16


def listed_of(info: SymbolInfo) -> Listed:
    """The instrument as the matching sees it. info: describable. One that was made in the terminal cannot be traded."""
    has_quote = 0 < info.bid <= info.ask
    return Listed(
        name=info.name,
        description=info.description[:LONGEST_WORDS],
        path=info.path[:LONGEST_WORDS],
        digits=info.digits,
        contract_size=decimal(info.trade_contract_size),
        tick_size=decimal(info.trade_tick_size or info.point, 10),
        tick_value=decimal(info.trade_tick_value),
        spread=decimal(info.ask - info.bid, info.digits) if has_quote else None,
        base=info.currency_base[:8],
        profit=info.currency_profit[:8],
        mode=TradeMode.DISABLED if info.custom else _MODES.get(info.trade_mode, TradeMode.DISABLED),
        is_dated=info.expiration_time > 0,
    )


def listing(infos: Iterable[SymbolInfo]) -> tuple[Listed, ...]:
    """Everything of a broker's list that can be described."""
    return tuple(listed_of(info) for info in infos if is_describable(info))


def shape(info: SymbolInfo) -> tuple[object, ...]:
    """What the matching depends on, quick to compare: two looks with the same shapes need no new matching."""
    return (
        info.name,
        info.digits,
        info.trade_contract_size,
        info.trade_mode,
        info.custom,
        info.expiration_time,
        info.path,
        info.description,
        info.currency_base,
        info.currency_profit,
    )

"""What trades earn, bind and cost: MetaTrader's formulas, pure.

Amounts are in the instrument's own currencies; `markets.py` converts them (MQL5 Reference: Symbol Properties, calculation
modes; Swap Types).
"""

from __future__ import annotations

from typing import NamedTuple

from signalos_tui.execute import constants as mt
from signalos_tui.execute.structs import SymbolInfo

YEAR_DAYS = 360


def profit(spec: SymbolInfo, side: int, volume: float, price_open: float, price_close: float) -> float:
    """The result of a trade in the profit currency. side: POSITION_TYPE_BUY or POSITION_TYPE_SELL. volume: lots."""
    move = price_close - price_open if side == mt.POSITION_TYPE_BUY else price_open - price_close
    return move * spec.trade_contract_size * volume


def margin(spec: SymbolInfo, volume: float, price: float, leverage: int) -> float:
    """The margin of a trade that stands alone, in the margin currency. volume: lots.

    Only the modes the paper broker's instruments use; LookupError for any other.
    """
    amount = volume * spec.trade_contract_size
    match spec.trade_calc_mode:
        case mt.SYMBOL_CALC_MODE_FOREX:
            return amount / leverage
        case mt.SYMBOL_CALC_MODE_FOREX_NO_LEVERAGE:
            return amount
        case mt.SYMBOL_CALC_MODE_CFD:
            return amount * price
        case mt.SYMBOL_CALC_MODE_CFDLEVERAGE:
            return amount * price / leverage
        case mode:
            msg = f"No margin formula for calculation mode {mode}"
            raise LookupError(msg)


def swap(spec: SymbolInfo, side: int, volume: float, price_open: float, price: float) -> tuple[float, str]:
    """What holding a position over one night brings (or costs, when negative), and in which currency."""
    rate = spec.swap_long if side == mt.POSITION_TYPE_BUY else spec.swap_short
    amount = volume * spec.trade_contract_size
    match spec.swap_mode:
        case mt.SYMBOL_SWAP_MODE_POINTS:
            return rate * spec.point * amount, spec.currency_profit
        case mt.SYMBOL_SWAP_MODE_CURRENCY_SYMBOL:
            return rate * volume, spec.currency_base
        case mt.SYMBOL_SWAP_MODE_CURRENCY_MARGIN:
            return rate * volume, spec.currency_margin
        case mt.SYMBOL_SWAP_MODE_INTEREST_CURRENT:
            return price * amount * rate / 100 / YEAR_DAYS, spec.currency_profit
        case mt.SYMBOL_SWAP_MODE_INTEREST_OPEN:
            return price_open * amount * rate / 100 / YEAR_DAYS, spec.currency_profit
        case _:
            return 0.0, spec.currency_profit


def nights(spec: SymbolInfo, weekday: int) -> int:
    """How many nights are charged when a day of the week ends (Sunday is 0).

    The weekend is charged with the triple day; an instrument without one is charged every calendar day.
    """
    if spec.swap_rollover3days > mt.DAY_OF_WEEK_SATURDAY:
        return 1
    if weekday in (mt.DAY_OF_WEEK_SUNDAY, mt.DAY_OF_WEEK_SATURDAY):
        return 0
    return 3 if weekday == spec.swap_rollover3days else 1


class LegMargin(NamedTuple):
    """All positions of one side of a symbol: their lots, and the margin they would bind alone in account currency."""

    lots: float
    margin: float


def hedged(spec: SymbolInfo, long: LegMargin, short: LegMargin) -> float:
    """The margin of a symbol on a hedging account: in full for what is not covered, `margin_hedged` for what is."""
    larger, smaller = (long, short) if long.lots >= short.lots else (short, long)
    if not smaller.lots:
        return larger.margin
    if spec.margin_hedged_use_leg:
        return max(long.margin, short.margin)
    uncovered = larger.margin * (larger.lots - smaller.lots) / larger.lots
    a_lot = (larger.margin + smaller.margin) / (larger.lots + smaller.lots)
    return uncovered + a_lot * smaller.lots * spec.margin_hedged / spec.trade_contract_size

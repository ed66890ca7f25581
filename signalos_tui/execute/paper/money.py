"""What trades earn, bind and cost: MetaTrader's formulas, pure.

Amounts are in the instrument's own currencies; `markets.py` converts them (MQL5 Reference: Symbol Properties, calculation
modes; Swap Types; MQL5 Programming for Traders: Margin requirements). An instrument's last price is the price of the trade:
feeds carry no trades of others.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.instruments import Instrument
from signalos_tui.execute.structs import SymbolInfo

YEAR_DAYS = 360

_FUTURES: Final = (
    mt.SYMBOL_CALC_MODE_FUTURES,
    mt.SYMBOL_CALC_MODE_EXCH_FUTURES,
    mt.SYMBOL_CALC_MODE_EXCH_FUTURES_FORTS,
)
_BONDS: Final = (mt.SYMBOL_CALC_MODE_EXCH_BONDS, mt.SYMBOL_CALC_MODE_EXCH_BONDS_MOEX)
_STOCKS: Final = (mt.SYMBOL_CALC_MODE_EXCH_STOCKS, mt.SYMBOL_CALC_MODE_EXCH_STOCKS_MOEX)
_CONTRACTS: Final = (
    mt.SYMBOL_CALC_MODE_FOREX,
    mt.SYMBOL_CALC_MODE_FOREX_NO_LEVERAGE,
    mt.SYMBOL_CALC_MODE_CFD,
    mt.SYMBOL_CALC_MODE_CFDINDEX,
    mt.SYMBOL_CALC_MODE_CFDLEVERAGE,
    *_STOCKS,
)
_LENT: Final = (mt.SYMBOL_CALC_MODE_FOREX, mt.SYMBOL_CALC_MODE_CFDLEVERAGE)

TRADABLE: Final = frozenset((*_CONTRACTS, *_FUTURES, *_BONDS))
"""Calculation modes with formulas; options have none in the reference, and a collateral is not traded."""


def tick_price(instrument: Instrument) -> float:
    """What one tick of one lot is worth in the profit currency."""
    spec = instrument.spec
    if instrument.tick_price:
        return instrument.tick_price
    worth = spec.trade_contract_size * spec.trade_tick_size
    return worth * spec.trade_face_value / 100 if spec.trade_calc_mode in _BONDS else worth


def profit(instrument: Instrument, side: int, volume: float, price_open: float, price_close: float) -> float:
    """The result of a trade in the profit currency. side: POSITION_TYPE_BUY or POSITION_TYPE_SELL. volume: lots."""
    spec = instrument.spec
    move = price_close - price_open if side == mt.POSITION_TYPE_BUY else price_open - price_close
    mode = spec.trade_calc_mode
    if mode in _CONTRACTS:
        return move * spec.trade_contract_size * volume
    if mode == mt.SYMBOL_CALC_MODE_SERV_COLLATERAL:
        return 0.0
    return move * volume * tick_price(instrument) / spec.trade_tick_size


def margin(
    instrument: Instrument, side: int, volume: float, price: float, leverage: int, *, is_held: bool = False
) -> float:
    """The margin of a trade that stands alone, in the margin currency. volume: lots.

    An initial margin in the specification stands in for contract and price, a maintenance margin for it once the position is
    held (is_held). Assumed: it is divided by the leverage where the formula is. LookupError for a mode without a formula.
    """
    spec, mode = instrument.spec, instrument.spec.trade_calc_mode
    set_margin = (spec.margin_maintenance if is_held else 0.0) or spec.margin_initial
    amount = volume * (set_margin or spec.trade_contract_size)
    if mode in _FUTURES:
        amount = volume * set_margin - _discount(instrument, side, volume, price)
    elif mode in _BONDS:
        amount *= 1.0 if set_margin else spec.trade_face_value * price / 100
    elif mode == mt.SYMBOL_CALC_MODE_SERV_COLLATERAL:
        return 0.0
    elif mode not in _CONTRACTS:
        msg = f"No margin formula for calculation mode {mode}"
        raise LookupError(msg)
    elif not set_margin and mode not in (mt.SYMBOL_CALC_MODE_FOREX, mt.SYMBOL_CALC_MODE_FOREX_NO_LEVERAGE):
        amount *= price
        if mode == mt.SYMBOL_CALC_MODE_CFDINDEX and instrument.tick_price:
            amount *= instrument.tick_price / spec.trade_tick_size
    return amount * instrument.margin_rate / (leverage if mode in _LENT else 1)


def _discount(instrument: Instrument, side: int, volume: float, price: float) -> float:
    # FORTS lends more to whoever buys below the clearing price or sells above it.
    spec = instrument.spec
    settled = spec.session_price_settlement
    if spec.trade_calc_mode != mt.SYMBOL_CALC_MODE_EXCH_FUTURES_FORTS or not settled:
        return 0.0
    better = settled - price if side == mt.ORDER_TYPE_BUY else price - settled
    return max(0.0, volume * better * tick_price(instrument) / spec.trade_tick_size)


def swap(
    instrument: Instrument, side: int, volume: float, price_open: float, price: float, deposit: str
) -> tuple[float, str]:
    """What holding a position over one night brings (or costs, when negative), and in which currency.

    deposit: the account's currency. Modes that reopen the position charge nothing here.
    """
    spec = instrument.spec
    rate = spec.swap_long if side == mt.POSITION_TYPE_BUY else spec.swap_short
    match spec.swap_mode:
        case mt.SYMBOL_SWAP_MODE_POINTS:
            return rate * profit(instrument, mt.POSITION_TYPE_BUY, volume, 0.0, spec.point), spec.currency_profit
        case mt.SYMBOL_SWAP_MODE_CURRENCY_SYMBOL:
            return rate * volume, spec.currency_base
        case mt.SYMBOL_SWAP_MODE_CURRENCY_MARGIN:
            return rate * volume, spec.currency_margin
        case mt.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT:
            return rate * volume, deposit
        case mt.SYMBOL_SWAP_MODE_INTEREST_CURRENT | mt.SYMBOL_SWAP_MODE_INTEREST_OPEN:
            of = price if spec.swap_mode == mt.SYMBOL_SWAP_MODE_INTEREST_CURRENT else price_open
            worth = profit(instrument, mt.POSITION_TYPE_BUY, volume, 0.0, of)
            return worth * rate / 100 / YEAR_DAYS, spec.currency_profit
        case _:
            return 0.0, spec.currency_profit


def reopens(spec: SymbolInfo) -> bool:
    """Whether nights are charged by closing and opening the position anew at a shifted price."""
    return spec.swap_mode in (mt.SYMBOL_SWAP_MODE_REOPEN_CURRENT, mt.SYMBOL_SWAP_MODE_REOPEN_BID)


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
    """The margin of a symbol on a hedging account: in full for what is not covered, `margin_hedged` for what is.

    margin_hedged is a contract size that takes the place of the real one; with an initial margin, money that takes its place.
    """
    larger, smaller = (long, short) if long.lots >= short.lots else (short, long)
    if not smaller.lots:
        return larger.margin
    if spec.margin_hedged_use_leg:
        return max(long.margin, short.margin)
    uncovered = larger.margin * (larger.lots - smaller.lots) / larger.lots
    a_lot = (larger.margin + smaller.margin) / (larger.lots + smaller.lots)
    return uncovered + a_lot * smaller.lots * spec.margin_hedged / (spec.margin_initial or spec.trade_contract_size)

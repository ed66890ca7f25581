"""How much may be opened: the symbol's trade mode, and the limits of volume, orders and positions."""

from __future__ import annotations

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.dealing import Dealer
from signalos_tui.execute.paper.markets import HAIR, Market
from signalos_tui.execute.structs import RequestEcho


def new_objection(dealer: Dealer, market: Market, echo: RequestEcho, fresh: float) -> int:
    """The objection to what a deal or a pending order adds, or 0. fresh: lots that would be new."""
    side, is_pending = echo.type % 2, echo.action == mt.TRADE_ACTION_PENDING
    return (
        (_orders_objection(dealer) if is_pending else 0)
        or _side_objection(market, side)
        or _positions_objection(dealer, market)
        or _hedge_objection(dealer, market, side)
        or _volume_objection(dealer, market, side, fresh)
    )


def _orders_objection(dealer: Dealer) -> int:
    limit = dealer.settings.max_orders
    waiting = sum(order.type > mt.ORDER_TYPE_SELL for order in dealer.book.orders.values())
    return mt.TRADE_RETCODE_LIMIT_ORDERS if limit and waiting >= limit else 0


def _side_objection(market: Market, side: int) -> int:
    match market.spec.trade_mode:
        case mt.SYMBOL_TRADE_MODE_CLOSEONLY:
            return mt.TRADE_RETCODE_CLOSE_ONLY
        case mt.SYMBOL_TRADE_MODE_LONGONLY if side != mt.ORDER_TYPE_BUY:
            return mt.TRADE_RETCODE_LONG_ONLY
        case mt.SYMBOL_TRADE_MODE_SHORTONLY if side != mt.ORDER_TYPE_SELL:
            return mt.TRADE_RETCODE_SHORT_ONLY
        case _:
            return 0


def _positions_objection(dealer: Dealer, market: Market) -> int:
    # Hedging: every order can become a position. Netting: only an order on a symbol without one (MQL5 Reference: 10040).
    limit, book = dealer.settings.max_positions, dealer.book
    if not limit or dealer.netted(market) is not None:
        return 0
    count = len(book.holdings) if dealer.settings.is_netting else len(book.holdings) + len(book.orders)
    return mt.TRADE_RETCODE_LIMIT_POSITIONS if count >= limit else 0


def _hedge_objection(dealer: Dealer, market: Market, side: int) -> int:
    if not dealer.settings.hedging_prohibited or dealer.settings.is_netting:
        return 0
    is_opposite = any(held.position.type != side for held in dealer.book.of_symbol(market.name))
    return mt.TRADE_RETCODE_HEDGE_PROHIBITED if is_opposite else 0


def _volume_objection(dealer: Dealer, market: Market, side: int, fresh: float) -> int:
    limit = market.spec.volume_limit
    is_over = bool(limit) and dealer.book.exposure(market.name)[side] + fresh > limit + HAIR
    return mt.TRADE_RETCODE_LIMIT_VOLUME if is_over else 0

"""What speaks against closing a position: it is gone, too small, frozen, or it is not its turn."""

from __future__ import annotations

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.book import Holding
from signalos_tui.execute.paper.dealing import LOTS_DIGITS, Dealer
from signalos_tui.execute.paper.markets import HAIR, Market
from signalos_tui.execute.paper.symbol_rules import frozen_position
from signalos_tui.execute.structs import RequestEcho


def close_objection(dealer: Dealer, market: Market, echo: RequestEcho) -> int:
    """The objection to a deal that names a position, or 0."""
    held = dealer.book.holdings.get(echo.position)
    if held is None:
        return mt.TRADE_RETCODE_POSITION_CLOSED
    position, least = held.position, market.spec.volume_min
    if position.symbol != echo.symbol or position.type == echo.type:
        return mt.TRADE_RETCODE_INVALID
    if any(order.position_id == position.identifier for order in dealer.book.orders.values()):
        return mt.TRADE_RETCODE_CLOSE_ORDER_EXIST
    left = round(position.volume - echo.volume, LOTS_DIGITS)
    if left < 0:
        return mt.TRADE_RETCODE_INVALID_CLOSE_VOLUME
    if left and (left < least - HAIR or echo.volume < least - HAIR):
        return mt.TRADE_RETCODE_INVALID_VOLUME
    return _out_of_turn(dealer, held) or frozen_position(market, position)


def close_by_objection(dealer: Dealer, market: Market, echo: RequestEcho) -> int:
    """The objection to closing two positions by one another, or 0. The first one is there."""
    one, other = dealer.book.holdings[echo.position], dealer.book.holdings.get(echo.position_by)
    if other is None:
        return mt.TRADE_RETCODE_POSITION_CLOSED
    if not market.spec.order_mode & mt.SYMBOL_ORDER_CLOSEBY:
        return mt.TRADE_RETCODE_INVALID_ORDER
    if one.position.symbol != other.position.symbol or one.position.type == other.position.type:
        return mt.TRADE_RETCODE_INVALID
    objections = (
        objection
        for held in (one, other)
        if (objection := _out_of_turn(dealer, held) or frozen_position(market, held.position))
    )
    return next(objections, 0)


def _out_of_turn(dealer: Dealer, held: Holding) -> int:
    if not dealer.settings.fifo_close or dealer.settings.is_netting:
        return 0
    position = held.position
    queue = (each.position for each in dealer.book.of_symbol(position.symbol) if each.position.type == position.type)
    oldest = min(queue, key=lambda each: (each.time_msc, each.identifier))
    return 0 if oldest.ticket == position.ticket else mt.TRADE_RETCODE_FIFO_CLOSE

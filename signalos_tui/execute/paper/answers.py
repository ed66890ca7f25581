"""The shapes of the terminal's answers, as real terminals give them.

A refusal by the terminal is all zeros with request_id 0. A refusal by the server carries the quote and a request_id. An
executed deal names deal, order, volume and price; a placed order its ticket only; changed levels nothing at all.
"""

from __future__ import annotations

from typing import Final

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.markets import Market
from signalos_tui.execute.structs import OrderSendResult, RequestEcho, TradeDeal

DONE: Final = "Request executed"

_TEXTS: Final = {
    mt.TRADE_RETCODE_REQUOTE: "Requote",
    mt.TRADE_RETCODE_REJECT: "Request rejected",
    mt.TRADE_RETCODE_TIMEOUT: "Request timeout",
    mt.TRADE_RETCODE_INVALID: "Invalid request",
    mt.TRADE_RETCODE_INVALID_VOLUME: "Invalid volume",
    mt.TRADE_RETCODE_INVALID_PRICE: "Invalid price",
    mt.TRADE_RETCODE_INVALID_STOPS: "Invalid stops",
    mt.TRADE_RETCODE_TRADE_DISABLED: "Trade disabled",
    mt.TRADE_RETCODE_MARKET_CLOSED: "Market closed",
    mt.TRADE_RETCODE_NO_MONEY: "No money",
    mt.TRADE_RETCODE_PRICE_CHANGED: "Price changed",
    mt.TRADE_RETCODE_PRICE_OFF: "Off quotes",
    mt.TRADE_RETCODE_INVALID_EXPIRATION: "Invalid expiration",
    mt.TRADE_RETCODE_NO_CHANGES: "No changes",
    mt.TRADE_RETCODE_CLIENT_DISABLES_AT: "AutoTrading disabled by client",
    mt.TRADE_RETCODE_FROZEN: "Order or position frozen",
    mt.TRADE_RETCODE_INVALID_FILL: "Unsupported filling mode",
    mt.TRADE_RETCODE_CONNECTION: "No connection",
    mt.TRADE_RETCODE_LIMIT_ORDERS: "Orders limit reached",
    mt.TRADE_RETCODE_LIMIT_VOLUME: "Volume limit reached",
    mt.TRADE_RETCODE_INVALID_ORDER: "Invalid order",
    mt.TRADE_RETCODE_POSITION_CLOSED: "Position doesn't exist",
    mt.TRADE_RETCODE_INVALID_CLOSE_VOLUME: "Invalid close volume",
    mt.TRADE_RETCODE_LONG_ONLY: "Long only",
    mt.TRADE_RETCODE_SHORT_ONLY: "Short only",
    mt.TRADE_RETCODE_CLOSE_ONLY: "Close only",
}


def comment_of(code: int) -> str:
    """The terminal's own words for a result code."""
    return _TEXTS.get(code, f"Error {code}")


def refused_by_terminal(code: int, echo: RequestEcho) -> OrderSendResult:
    """A refusal that never left the terminal."""
    return OrderSendResult(retcode=code, comment=comment_of(code), request=echo)


def refused_by_server(code: int, echo: RequestEcho, market: Market | None, request_id: int) -> OrderSendResult:
    """A refusal by the trade server, with the quote it was decided on."""
    return OrderSendResult(
        retcode=code,
        bid=market.rounded(market.bid) if market else 0.0,
        ask=market.rounded(market.ask) if market else 0.0,
        comment=comment_of(code),
        request_id=request_id,
        request=echo,
    )


def executed(deal: TradeDeal, echo: RequestEcho, market: Market, request_id: int) -> OrderSendResult:
    """A deal that was made."""
    return OrderSendResult(
        retcode=mt.TRADE_RETCODE_DONE,
        deal=deal.ticket,
        order=deal.order,
        volume=deal.volume,
        price=deal.price,
        bid=market.rounded(market.bid),
        ask=market.rounded(market.ask),
        comment=DONE,
        request_id=request_id,
        request=echo,
    )


def done(echo: RequestEcho, request_id: int, *, order: int = 0, volume: float = 0.0) -> OrderSendResult:
    """An order placed, changed or removed, or levels that were changed."""
    return OrderSendResult(
        retcode=mt.TRADE_RETCODE_DONE,
        order=order,
        volume=volume,
        comment=DONE,
        request_id=request_id,
        request=echo,
    )

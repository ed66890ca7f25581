"""The shapes of the terminal's answers, as real terminals give them.

A refusal by the terminal is all zeros with request_id 0. A refusal by the server carries the quote and a request_id. An
executed deal names deal, order, volume and price; a placed order its ticket only; changed levels nothing at all.
"""

from __future__ import annotations

from typing import Final

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.markets import Market
from signalos_tui.execute.paper.settings import PaperSettings
from signalos_tui.execute.structs import OrderSendResult, RequestEcho, TradeDeal

DONE: Final = "Request executed"

_TEXTS: Final = {
    mt.TRADE_RETCODE_REQUOTE: "Requote",
    mt.TRADE_RETCODE_REJECT: "Request rejected",
    mt.TRADE_RETCODE_CANCEL: "Request canceled",
    mt.TRADE_RETCODE_PLACED: "Order placed",
    mt.TRADE_RETCODE_DONE: DONE,
    mt.TRADE_RETCODE_DONE_PARTIAL: "Request executed partially",
    mt.TRADE_RETCODE_ERROR: "Request error",
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
    mt.TRADE_RETCODE_ORDER_CHANGED: "Order changed",
    mt.TRADE_RETCODE_TOO_MANY_REQUESTS: "Too many requests",
    mt.TRADE_RETCODE_NO_CHANGES: "No changes",
    mt.TRADE_RETCODE_SERVER_DISABLES_AT: "AutoTrading disabled by server",
    mt.TRADE_RETCODE_CLIENT_DISABLES_AT: "AutoTrading disabled by client",
    mt.TRADE_RETCODE_LOCKED: "Request locked",
    mt.TRADE_RETCODE_FROZEN: "Order or position frozen",
    mt.TRADE_RETCODE_INVALID_FILL: "Unsupported filling mode",
    mt.TRADE_RETCODE_CONNECTION: "No connection",
    mt.TRADE_RETCODE_ONLY_REAL: "Only real accounts",
    mt.TRADE_RETCODE_LIMIT_ORDERS: "Orders limit reached",
    mt.TRADE_RETCODE_LIMIT_VOLUME: "Volume limit reached",
    mt.TRADE_RETCODE_INVALID_ORDER: "Invalid order",
    mt.TRADE_RETCODE_POSITION_CLOSED: "Position doesn't exist",
    mt.TRADE_RETCODE_INVALID_CLOSE_VOLUME: "Invalid close volume",
    mt.TRADE_RETCODE_CLOSE_ORDER_EXIST: "Close order already exists",
    mt.TRADE_RETCODE_LIMIT_POSITIONS: "Positions limit reached",
    mt.TRADE_RETCODE_REJECT_CANCEL: "Order rejected and canceled",
    mt.TRADE_RETCODE_LONG_ONLY: "Long only",
    mt.TRADE_RETCODE_SHORT_ONLY: "Short only",
    mt.TRADE_RETCODE_CLOSE_ONLY: "Close only",
    mt.TRADE_RETCODE_FIFO_CLOSE: "FIFO close only",
    mt.TRADE_RETCODE_HEDGE_PROHIBITED: "Hedge is prohibited",
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


class Answers:
    """The trade server's answers to one request, in the manner of its broker."""

    def __init__(self, settings: PaperSettings, request_id: int) -> None:
        self._settings = settings
        self._request_id = request_id

    def refused(self, code: int, echo: RequestEcho, market: Market | None) -> OrderSendResult:
        """No."""
        return refused_by_server(code, echo, market, self._request_id)

    def executed(
        self, deal: TradeDeal, echo: RequestEcho, market: Market, *, is_bare: bool | None = None
    ) -> OrderSendResult:
        """A deal that was made, of the whole volume or a part of it. is_bare: see `manners.py`."""
        is_whole = deal.volume >= echo.volume or echo.action == mt.TRADE_ACTION_CLOSE_BY
        code = mt.TRADE_RETCODE_DONE if is_whole else mt.TRADE_RETCODE_DONE_PARTIAL
        if is_bare is None:
            is_bare = market.spec.trade_exemode == mt.SYMBOL_TRADE_EXECUTION_EXCHANGE
        number, price = (0, 0.0) if is_bare else (deal.ticket, deal.price)
        return self._filled(code, echo, market, order=deal.order, deal=number, volume=deal.volume, price=price)

    def placed(self, echo: RequestEcho, market: Market, order: int) -> OrderSendResult:
        """An order that is taken in and not dealt yet."""
        return self._filled(mt.TRADE_RETCODE_PLACED, echo, market, order=order, volume=echo.volume)

    def _filled(
        self,
        code: int,
        echo: RequestEcho,
        market: Market,
        *,
        order: int,
        volume: float,
        deal: int = 0,
        price: float = 0.0,
    ) -> OrderSendResult:
        bid, ask = market.rounded(market.bid), market.rounded(market.ask)
        match self._settings.answer_quotes:
            case "fills":
                bid = ask = price
            case "never":
                bid = ask = 0.0
        return OrderSendResult(
            retcode=code,
            deal=deal,
            order=order,
            volume=volume,
            price=price,
            bid=bid,
            ask=ask,
            comment=self._comment(code, echo),
            request_id=self._request_id,
            request=echo,
        )

    def done(
        self, echo: RequestEcho, *, order: int = 0, volume: float = 0.0, market: Market | None = None
    ) -> OrderSendResult:
        """An order placed, changed or removed, or levels that were changed. market: of an order that was placed."""
        shown = market if self._settings.answer_quotes == "always" else None
        code = self._settings.pending_retcode if market else mt.TRADE_RETCODE_DONE
        return OrderSendResult(
            retcode=code,
            order=order,
            volume=volume,
            bid=shown.rounded(shown.bid) if shown else 0.0,
            ask=shown.rounded(shown.ask) if shown else 0.0,
            comment=self._comment(code, echo),
            request_id=self._request_id,
            request=echo,
        )

    def _comment(self, code: int, echo: RequestEcho) -> str:
        own = echo.comment if self._settings.echoes_comment else ""
        return own or comment_of(code)

"""The books as MetaTrader shows them: the account, positions and orders, valued at the last quote."""

from __future__ import annotations

from msgspec.structs import replace

from signalos_tui.execute.paper.dealing import Dealer
from signalos_tui.execute.paper.settings import PaperSettings
from signalos_tui.execute.structs import AccountInfo, TerminalInfo, TradeOrder, TradePosition

_BUILD = 5200


def terminal_info(settings: PaperSettings, *, allowed: bool, connected: bool) -> TerminalInfo:
    """The terminal. allowed: whether robots may trade. connected: to the trade server."""
    return TerminalInfo(
        connected=connected,
        trade_allowed=allowed,
        build=_BUILD,
        ping_last=sum(settings.latency_ms) * 500,
        company=settings.company,
        name="SignalOS paper terminal",
        language="English",
    )


def account_info(dealer: Dealer) -> AccountInfo:
    """The account with its money as of now."""
    settings, margin, profit = dealer.settings, dealer.margin, dealer.floating_now()
    credit = dealer.book.account.credit
    equity = dealer.cents(dealer.book.balance + credit + profit)
    return AccountInfo(
        login=settings.login,
        trade_mode=settings.trade_mode,
        leverage=settings.leverage,
        limit_orders=settings.max_orders,
        margin_so_mode=settings.stop_out_mode,
        trade_allowed=not settings.is_investor,
        trade_expert=settings.experts_allowed,
        margin_mode=settings.margin_mode,
        currency_digits=dealer.currency_digits,
        fifo_close=settings.fifo_close,
        balance=dealer.book.balance,
        credit=credit,
        profit=profit,
        equity=equity,
        margin=margin,
        margin_free=dealer.cents(equity - margin),
        margin_level=equity / margin * 100 if margin else 0.0,
        margin_so_call=settings.margin_call,
        margin_so_so=settings.stop_out,
        name=settings.name,
        server=settings.server,
        currency=settings.currency,
        company=settings.company,
    )


def positions(dealer: Dealer, symbol: str | None, ticket: int | None) -> tuple[TradePosition, ...]:
    """The open positions, oldest first, with current price and profit; the newest may not be listed yet."""
    now, delay = dealer.server_now, dealer.settings.position_delay_ms
    return tuple(
        replace(
            holding.position,
            price_current=dealer.market_of(holding).closing(holding.position.type) or holding.position.price_open,
            profit=dealer.profit_of(holding),
        )
        for holding in dealer.book.holdings.values()
        if symbol in (None, holding.position.symbol)
        and ticket in (None, holding.position.ticket)
        and not 0 <= now - holding.position.time_msc < delay
    )


def orders(dealer: Dealer, symbol: str | None, ticket: int | None) -> tuple[TradeOrder, ...]:
    """The orders that wait, oldest first, with the price they look at."""
    return tuple(
        replace(order, price_current=market.opening(order.type % 2))
        for order in dealer.book.orders.values()
        if symbol in (None, order.symbol)
        and ticket in (None, order.ticket)
        and (market := dealer.markets.of(order.symbol)) is not None
    )

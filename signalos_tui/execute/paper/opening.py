"""Opens the books of a paper account, new or as they were left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from signalos_tui.errors import ConfigInvalid
from signalos_tui.execute.paper import operations
from signalos_tui.execute.paper.book import Account, Book, Books, Keeper
from signalos_tui.execute.paper.dealing import Dealer
from signalos_tui.execute.paper.markets import Markets
from signalos_tui.execute.paper.settings import PaperSettings


def open_desk(
    symbols: Iterable[str],
    settings: PaperSettings,
    keeper: Keeper,
    now: int,
    random: Random,
    on_commit: Callable[[], None],
) -> Dealer:
    """A dealing desk on the kept books; a new account starts with its deposit. now: ms UTC.

    Raises ConfigInvalid when the books belong to another account or hold symbols of another name.
    """
    books = keeper.load()
    account = books.account or Account(login=settings.login, currency=settings.currency)
    if (account.login, account.currency) != (settings.login, settings.currency):
        text = f"The paper books belong to account {account.login} in {account.currency}"
        raise ConfigInvalid(text, "Set login and currency back, or move the file away to start a new account.")
    markets = Markets(symbols, settings)
    dealer = Dealer(settings, markets, Book(keeper, books, account, on_commit), random)
    dealer.now = now
    _meet_again(markets, books, settings)
    if books.account is None:
        operations.operate(dealer, settings.balance)
        dealer.book.rolled(now)
    for market in markets:
        dealer.reckon(market)
    return dealer


def _meet_again(markets: Markets, books: Books, settings: PaperSettings) -> None:
    held = (holding.position.symbol for holding in books.holdings)
    waiting = (order.symbol for order in books.orders)
    for symbol in (*held, *waiting):
        if markets.meet(symbol.removesuffix(settings.suffix)).name != symbol:
            text = f"The paper books hold {symbol}, which does not end with the suffix {settings.suffix!r}"
            raise ConfigInvalid(text, "Set paper.suffix back, or move the file away to start a new account.")
    for plain, at, bid, ask in books.quotes:
        market = markets.quoted(plain)
        if market is not None:
            market.at, market.bid, market.ask = at, bid, ask

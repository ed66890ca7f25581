"""Opens the books of a paper account, new or as they were left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from signalos_tui.errors import ConfigInvalid
from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import operations
from signalos_tui.execute.paper.book import Account, Book, Books, Keeper
from signalos_tui.execute.paper.dealing import Dealer
from signalos_tui.execute.paper.markets import Market, Markets
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
    account = books.account or Account(settings.login, settings.currency, margin_mode=settings.margin_mode)
    if (account.login, account.currency) != (settings.login, settings.currency):
        text = f"The paper books belong to account {account.login} in {account.currency}"
        raise ConfigInvalid(text, "Set login and currency back, or move the file away to start a new account.")
    if account.margin_mode != settings.margin_mode:
        kind = "hedging" if account.margin_mode == mt.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING else "netting"
        text = f"The paper books belong to a {kind} account"
        raise ConfigInvalid(text, "Set paper.account back, or move the file away to start a new account.")
    markets = Markets(symbols, settings)
    dealer = Dealer(settings, markets, Book(keeper, books, account, on_commit), random)
    dealer.now = now
    held = _meet_again(markets, books, settings)
    if books.account is None:
        operations.operate(dealer, settings.balance)
        dealer.book.rolled(now)
    for market in held:
        dealer.reckon(market)
    return dealer


def _meet_again(markets: Markets, books: Books, settings: PaperSettings) -> list[Market]:
    # The markets on which there is something; all of them are known by their last quotes again.
    held = (holding.position.symbol for holding in books.holdings)
    waiting = (order.symbol for order in books.orders)
    met = {symbol: markets.meet(symbol.removesuffix(settings.suffix)) for symbol in (*held, *waiting)}
    for symbol, market in met.items():
        if market.name != symbol:
            text = f"The paper books hold {symbol}, which does not end with the suffix {settings.suffix!r}"
            raise ConfigInvalid(text, "Set paper.suffix back, or move the file away to start a new account.")
    for plain, at, bid, ask in books.quotes:
        quoted = markets.quoted(plain)
        if quoted is not None:
            quoted.at, quoted.bid, quoted.ask = at, bid, ask
    return list(met.values())

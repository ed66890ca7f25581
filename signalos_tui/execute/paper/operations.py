"""Money that moves without a trade: deposits and withdrawals, credit, charges, corrections, bonuses."""

from __future__ import annotations

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.dealing import Dealer
from signalos_tui.execute.structs import TradeDeal

OPERATIONS = frozenset(range(mt.DEAL_TYPE_BALANCE, mt.DEAL_TYPE_INTEREST + 1)) | {
    mt.DEAL_DIVIDEND,
    mt.DEAL_DIVIDEND_FRANKED,
    mt.DEAL_TAX,
}
"""Kinds of deals that are no trade."""


def operate(dealer: Dealer, amount: float, kind: int = mt.DEAL_TYPE_BALANCE, comment: str = "") -> TradeDeal:
    """Book money in (or out, when negative); credit is kept apart from the balance. ValueError for a kind that trades.

    The deal has no order, no position, no symbol and no volume; its profit is the amount.
    """
    if kind not in OPERATIONS:
        msg = f"kind was {kind}, which is a trade and no balance operation"
        raise ValueError(msg)
    now = dealer.server_now
    deal = TradeDeal(time=now // 1000, time_msc=now, type=kind, profit=dealer.cents(amount), comment=comment)
    booked = dealer.add_deal(deal)
    dealer.book.commit()
    return booked

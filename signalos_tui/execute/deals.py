"""Deals as money: what a leg's closing deals made, and why they happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from signalos_tui.execute import constants as mt
from signalos_tui.execute.structs import TradeDeal
from signalos_tui.execute.translate import decimal
from signalos_tui.model.desk import LegView
from signalos_tui.model.events import Event, LegClosed, LegReduced, TargetReached
from signalos_tui.model.ids import Ticket
from signalos_tui.model.orders import CloseReason

BY_THE_BROKER = {
    mt.DEAL_REASON_SL: CloseReason.STOP,
    mt.DEAL_REASON_TP: CloseReason.TARGET,
    mt.DEAL_REASON_SO: CloseReason.STOP_OUT,
}


def accounted(leg: LegView, closing: Iterable[TradeDeal], volume: Decimal, costs: Decimal) -> Iterator[Event]:
    """What closing deals of a leg mean, in their order. volume: lots open before. costs: of opening, booked with the first."""
    for deal in closing:
        part = decimal(deal.volume)
        profit = decimal(deal.profit, 2) + costs_of([deal]) + costs
        yield from closed_part(leg, deal, part, volume, profit, reason_of(deal, leg.closing))
        volume, costs = volume - part, Decimal(0)


def closed_part(
    leg: LegView, deal: TradeDeal, part: Decimal, volume: Decimal, profit: Decimal, reason: CloseReason
) -> Iterator[Event]:
    """A deal closed `part` of the `volume` lots a leg had open, with this profit."""
    price, ticket, left = decimal(deal.price), Ticket(deal.ticket), volume - part
    if left > 0:
        yield LegReduced(leg.id, part, left, price, profit, reason, ticket)
        return
    yield LegClosed(leg.id, part, price, profit, reason, ticket)
    if reason is CloseReason.TARGET:
        yield TargetReached(leg.signal, leg.number, price)


def is_rollover(deal: TradeDeal) -> bool:
    """The broker closed a position and opened it anew to charge for the night: money, but nothing has ended or begun."""
    return deal.reason == mt.DEAL_REASON_ROLLOVER


def money_of(deals: Iterable[TradeDeal]) -> Decimal:
    """Everything these deals made, account currency."""
    deals = tuple(deals)
    return sum((decimal(d.profit, 2) for d in deals), Decimal(0)) + costs_of(deals)


def costs_of(deals: Iterable[TradeDeal]) -> Decimal:
    """Swap, commission and fee, account currency; what was paid is negative."""
    return sum((decimal(d.swap + d.commission + d.fee, 2) for d in deals), Decimal(0))


def reason_of(deal: TradeDeal, asked: CloseReason | None) -> CloseReason:
    """Why a deal closed something. asked: why we had last asked for a close, where the deal may be ours."""
    return BY_THE_BROKER.get(deal.reason) or asked or CloseReason.ELSEWHERE

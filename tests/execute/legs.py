"""What the tests of execution share: legs in any state, and what a broker shows of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.look import Look, Signs
from signalos_tui.execute.structs import TradeDeal, TradeOrder, TradePosition
from signalos_tui.model.desk import LegView, Trade
from signalos_tui.model.ids import ChannelId, LegId, Magic, SignalId, Ticket
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.orders import LegState, PlannedLeg
from signalos_tui.model.signals import OrderKind, Side

AT = 1_767_603_600_000
SIGNAL = SignalId("test:room/1#1")
SETTLE_MS = 240_000

SPEC = SymbolSpec(
    name="EURUSD",
    description="",
    digits=5,
    point=Decimal("0.00001"),
    tick_size=Decimal("0.00001"),
    contract_size=Decimal(100_000),
    volume_min=Decimal("0.01"),
    volume_max=Decimal(100),
    volume_step=Decimal("0.01"),
    stops_level=0,
    freeze_level=0,
    currency_base="EUR",
    currency_profit="USD",
)


def quote(bid: str) -> Quote:
    """A quote a pip wide."""
    return Quote("EURUSD", Decimal(bid), Decimal(bid) + Decimal("0.0001"), AT)


def leg(
    state: LegState = LegState.OPEN, number: int = 1, *, side: Side = Side.BUY, volume: str = "0.10", **more: Any
) -> LegView:
    """A leg as it is in a state: 0.10 lots of EURUSD from 1.0850, stop 1.0800, target 1.0900."""
    sign = side.sign
    plan = PlannedLeg(
        number=number,
        kind=more.pop("kind", OrderKind.LIMIT if state is LegState.PLACED else OrderKind.MARKET),
        volume=Decimal(volume),
        entry=Decimal("1.0850"),
        stop=Decimal("1.0850") - sign * Decimal("0.0050"),
        target=Decimal("1.0850") + sign * Decimal("0.0050") * number,
        risk=Decimal(50),
    )
    made = LegView(
        LegId(f"{SIGNAL}.{number}"), SIGNAL, number, Magic(1000 + number), "EURUSD", side, plan, AT, AT, 30_000, state
    )
    if state is not LegState.INTENT and state is not LegState.EXPIRED:
        made = replace(made, sending_at=AT, attempt=1)
    if state in (LegState.OPEN, LegState.CLOSED):
        made = replace(
            made,
            position=Ticket(5000 + number),
            opened=plan.volume,
            volume=plan.volume if state is LegState.OPEN else Decimal(0),
            price_open=Decimal("1.0850"),
        )
    if state in (LegState.OPEN, LegState.PLACED):
        made = replace(made, stop=plan.stop, target=plan.target, order=Ticket(5000 + number))
    return replace(made, **more)


def trade(*legs: LegView, trail: Decimal | None = None) -> Trade:
    """A trade of legs."""
    return Trade(SIGNAL, ChannelId("test:room"), "EURUSD", legs[0].side, Decimal(50), AT, legs, trail=trail)


def position(of: LegView, **more: Any) -> TradePosition:
    """The broker's position of a leg."""
    plan = of.plan
    made = TradePosition(
        ticket=5000 + of.number,
        identifier=5000 + of.number,
        type=mt.POSITION_TYPE_BUY if of.side is Side.BUY else mt.POSITION_TYPE_SELL,
        magic=of.magic,
        volume=float(plan.volume),
        price_open=1.0850,
        sl=float(plan.stop or 0),
        tp=float(plan.target or 0),
        symbol="EURUSD",
    )
    return replace(made, **more)


def order(of: LegView, **more: Any) -> TradeOrder:
    """The broker's pending order of a leg."""
    made = TradeOrder(
        ticket=5000 + of.number,
        type=mt.ORDER_TYPE_BUY_LIMIT if of.side is Side.BUY else mt.ORDER_TYPE_SELL_LIMIT,
        state=mt.ORDER_STATE_PLACED,
        magic=of.magic,
        volume_initial=float(of.plan.volume),
        volume_current=float(of.plan.volume),
        price_open=1.0850,
        sl=float(of.plan.stop or 0),
        tp=float(of.plan.target or 0),
        symbol="EURUSD",
    )
    return replace(made, **more)


def opening(of: LegView, **more: Any) -> TradeDeal:
    """The deal that opened a leg."""
    made = TradeDeal(
        ticket=7000 + of.number,
        position_id=5000 + of.number,
        magic=of.magic,
        type=mt.DEAL_TYPE_BUY if of.side is Side.BUY else mt.DEAL_TYPE_SELL,
        entry=mt.DEAL_ENTRY_IN,
        volume=float(of.plan.volume),
        price=1.0850,
        commission=-0.35,
        symbol="EURUSD",
    )
    return replace(made, **more)


def closing(
    of: LegView, volume: float, ticket: int, profit: float = 10.0, reason: int = mt.DEAL_REASON_EXPERT
) -> TradeDeal:
    """A deal that closed a part of a leg."""
    return TradeDeal(
        ticket=ticket,
        position_id=5000 + of.number,
        type=mt.DEAL_TYPE_SELL if of.side is Side.BUY else mt.DEAL_TYPE_BUY,
        entry=mt.DEAL_ENTRY_OUT,
        reason=reason,
        volume=volume,
        price=1.0860,
        profit=profit,
        commission=-0.35,
        symbol="EURUSD",
        time_msc=ticket,
    )


def seen(*things: TradePosition | TradeOrder | TradeDeal, at: int = AT, past: tuple[TradeOrder, ...] = ()) -> Look:
    """A clean look with history that shows these."""
    return Look(
        at,
        is_clean=True,
        has_history=True,
        positions=tuple(t for t in things if isinstance(t, TradePosition)),
        orders=tuple(t for t in things if isinstance(t, TradeOrder)),
        past_orders=past,
        deals=tuple(t for t in things if isinstance(t, TradeDeal)),
        signs=Signs((("EURUSD", at),)),
    )


BLIND = Look(AT + 10_000_000, is_clean=False, has_history=False, why_not="the terminal is not connected")

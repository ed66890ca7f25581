"""Ready-made values for the tests of this stage: a gold buy that every rule lets pass, and ways to change one thing about it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from signalos_tui.config import Risk, Trading
from signalos_tui.evaluate.case import Case, Exposure
from signalos_tui.evaluate.draft import draft
from signalos_tui.evaluate.sizing import size
from signalos_tui.evaluate.symbols import resolve
from signalos_tui.model.account import Account, TradingState
from signalos_tui.model.ids import ChannelId, SignalId
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.signals import (
    Distance,
    Number,
    Open,
    OrderKind,
    Reading,
    ReadingKind,
    ReadingVerdict,
    Side,
    Signal,
    Span,
    Unit,
)

D = Decimal
NOW = 1_767_603_600_000  # Monday 5 January 2026, 09:00 UTC
CHANNEL = ChannelId("tg:-100123")
SIGNAL = SignalId("tg:-100123/2041#1")
SPAN = Span(0, 1)
GOLD_LOSS_PER_PRICE = D(100)  # one lot of gold is 100 ounces


def num(value: str) -> Number:
    return Number(D(value), SPAN)


def dist(value: str, unit: Unit = Unit.PIPS) -> Distance:
    return Distance(D(value), unit, SPAN)


OPEN = Open(SPAN)


def call(
    side: Side | None = Side.BUY,
    entry: tuple[str, ...] = ("2345",),
    stop: str | Distance | None = "2335",
    targets: tuple[str | Distance | Open, ...] = ("2355", "2365", "2375"),
    order: OrderKind = OrderKind.UNSPECIFIED,
    symbol: str | None = "XAUUSD",
    leverage: str | None = None,
) -> Signal:
    return Signal(
        number=1,
        side=side,
        symbol=symbol,
        order=order,
        entry=tuple(num(e) for e in entry),
        stop=num(stop) if isinstance(stop, str) else stop,
        targets=tuple(num(t) if isinstance(t, str) else t for t in targets),
        leverage=num(leverage) if leverage else None,
    )


GOLD = SymbolSpec(
    name="XAUUSD",
    description="Gold",
    digits=2,
    point=D("0.01"),
    tick_size=D("0.01"),
    contract_size=D(100),
    volume_min=D("0.01"),
    volume_max=D(50),
    volume_step=D("0.01"),
    stops_level=20,
    freeze_level=0,
    currency_base="XAU",
    currency_profit="USD",
)
EURUSD = replace(
    GOLD,
    name="EURUSD",
    description="Euro",
    digits=5,
    point=D("0.00001"),
    tick_size=D("0.00001"),
    contract_size=D(100_000),
    stops_level=0,
    currency_base="EUR",
)
US30 = replace(GOLD, name="US30", digits=1, point=D("0.1"), tick_size=D("0.1"), contract_size=D(1), currency_base="USD")

ACCOUNT = Account(
    login=1,
    server="Paper",
    currency="USD",
    balance=D(10_000),
    equity=D(10_000),
    margin=D(0),
    margin_free=D(10_000),
    margin_level=D(0),
    leverage=100,
    is_demo=True,
    is_hedging=True,
    trade_allowed=True,
    at=NOW,
)
READING = Reading(kind=ReadingKind.SIGNAL, verdict=ReadingVerdict.ACT, confidence=0.99)
EXPOSURE = Exposure(TradingState.ACTIVE, day_equity=D(10_000))


ONE_PERCENT = Risk(value=D(1))


def quote(bid: str = "2344.90", ask: str = "2345.10", symbol: str = "XAUUSD", at: int = NOW) -> Quote:
    return Quote(symbol, D(bid), D(ask), at)


def trading(risk: dict[str, Any] | None = None, enabled: bool = True, **rules: Any) -> Trading:
    base = Trading(enabled=enabled, risk=ONE_PERCENT)
    return replace(base, risk=replace(base.risk, **(risk or {})), rules=replace(base.rules, **rules))


def case(
    signal: Signal | None = None, now_quote: Quote | None = None, settings: Trading | None = None, **over: Any
) -> Case:
    """A case taken through the engine's own steps; what is given in `over` replaces the result."""
    signal = signal or call()
    now_quote = now_quote or quote()
    settings = settings or trading()
    spec = over.get("spec", GOLD)
    drafted = draft(signal, spec, now_quote, settings, NOW)
    losses = [
        abs(leg.reference - leg.stop) * GOLD_LOSS_PER_PRICE if leg.stop is not None else D(0) for leg in drafted.legs
    ]
    account = over.get("account", ACCOUNT)
    sized = size(drafted, losses, [D(2345)] * len(losses), account, spec, settings.risk, signal=SIGNAL)
    made = Case(
        signal=signal,
        signal_id=SIGNAL,
        channel=CHANNEL,
        reading=READING,
        posted_at=NOW - 1_200,
        now=NOW,
        resolution=resolve(signal.symbol, [spec.name]),
        trading=settings,
        exposure=EXPOSURE,
        spec=spec,
        quote=now_quote,
        account=account,
        draft=drafted,
        sized=sized,
    )
    return replace(made, **over)

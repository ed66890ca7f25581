"""A call that waits for a price to be passed opens at that price or beyond it, and never short of it."""

from __future__ import annotations

import pytest

from signalos_tui.decode import read
from signalos_tui.evaluate.draft import draft
from signalos_tui.model.signals import OrderKind, ReadingVerdict
from tests.evaluate.cases import GOLD, NOW, D, quote, trading

BUY = "Buy gold above 4120\nSL 4110\nTP 4140"
BEHIND = "Doston gold buy kare 4120 ke upar, SL 4110, target 4140"
SELL = "XAUUSD sell below 4120, SL 4130, TP 4100"


@pytest.mark.parametrize(
    ("text", "bid", "ask", "kind"),
    [
        (BUY, "4119.70", "4119.90", OrderKind.STOP),
        (BUY, "4102.00", "4102.20", OrderKind.STOP),
        (BUY, "4119.90", "4120.10", OrderKind.MARKET),
        (BUY, "4129.80", "4130.00", OrderKind.MARKET),  # how far is too far is the rule distance's to say
        (BEHIND, "4102.00", "4102.20", OrderKind.STOP),
        (SELL, "4120.10", "4120.30", OrderKind.STOP),
        (SELL, "4138.00", "4138.20", OrderKind.STOP),
        (SELL, "4119.90", "4120.10", OrderKind.MARKET),
        (SELL, "4110.00", "4110.20", OrderKind.MARKET),
    ],
)
def test_breakout_when_drafted_then_it_opens_only_where_its_condition_holds(
    text: str, bid: str, ask: str, kind: OrderKind
) -> None:
    reading = read(text)
    (signal,) = reading.signals
    assert (reading.verdict, signal.order, signal.is_order_implied) == (ReadingVerdict.ACT, OrderKind.STOP, True)
    made = draft(signal, GOLD, quote(bid, ask), trading(), NOW)
    assert (made.kind, made.faults) == (kind, ())
    assert made.legs[0].entry == (D("4120.00") if kind is OrderKind.STOP else None)


@pytest.mark.parametrize(
    "text",
    [
        "Buy gold above 4120 H1 close SL 4110 TP 4140",
        "Buy gold above 4120 candle SL 4110 TP 4140",
        "Buy gold above 4120-4125 SL 4110 TP 4140",
        "Buy gold above 4120 or at 4100 SL 4090 TP 4140",
        "Buy gold above 4120 SL 4110",
        "Buy gold above 4120 TP 4140",
        "Buy gold now above 4120 SL 4110 TP 4140",
        "Buy gold 4120 above 4125 SL 4110 TP 4140",
        "Buy gold 4120 (above) on a daily close SL 4110 TP 4140",
        "Gold long, stay above 4120 SL 4110 TP 4140",
        "Gold kaufen über 4120 auf H1 Schluss SL 4110 TP 4140",
        "BUY GOLD ABOVE 4120 SL 4110 TP 4140\nSELL GOLD BELOW 4100 SL 4110 TP 4080",
    ],
)
def test_breakout_when_anything_else_is_said_then_the_owner_decides(text: str) -> None:
    reading = read(text)
    assert reading.verdict is ReadingVerdict.HOLD
    assert "beyond" in {reason.code for reason in reading.reasons}

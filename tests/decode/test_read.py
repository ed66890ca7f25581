"""The reader as a whole: what it acts on, what it holds, what it passes over."""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.decode import read
from signalos_tui.model.signals import Number, OrderKind, ReadingKind, ReadingVerdict, Side


def test_plain_signal_when_complete_then_acted_on() -> None:
    """A signal with side, market, zone, stop and targets needs no owner."""
    reading = read("XAUUSD BUY 2411-2408\nSL 2402\nTP 2415\nTP 2420")
    assert reading.kind is ReadingKind.SIGNAL
    assert reading.verdict is ReadingVerdict.ACT
    (signal,) = reading.signals
    assert (signal.side, signal.symbol, signal.order) == (Side.BUY, "XAUUSD", OrderKind.UNSPECIFIED)
    assert [price.value for price in signal.entry] == [Decimal(2408), Decimal(2411)]
    assert isinstance(signal.stop, Number)
    assert signal.stop.value == Decimal(2402)


def test_signal_when_stop_is_on_the_wrong_side_then_held() -> None:
    """The written direction stands; the contradiction is the owner's to judge."""
    reading = read("EURUSD SELL 1.0850\nSL 1.0800\nTP 1.0750")
    assert reading.verdict is ReadingVerdict.HOLD
    assert "stop_wrong_side" in {reason.code for reason in reading.reasons}


def test_chatter_when_read_then_ignored() -> None:
    """Small talk is noise."""
    assert read("good morning traders, have a great weekend").kind is ReadingKind.NOISE

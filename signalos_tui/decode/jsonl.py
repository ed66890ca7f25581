"""A reading as one JSON object: the form `signalos parse --jsonl` prints, one message a line.

    {"id", "kind", "verdict", "confidence", "reasons": [{"code", "text"}],
     "signals": [{"side", "order", "symbol", "entry", "sl", "tp", "leverage"}],
     "updates": [{"action", "fraction", "price", "symbol", "side", "target", "everything"}]}

Prices are strings, so that no digit is lost; a level in pips is {"pips": "50"}, an open target is "open".
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from signalos_tui.model.signals import Distance, Level, Open, OrderKind, Reading, Signal, Update


def to_json(message_id: Any, reading: Reading) -> dict[str, Any]:
    """One reading, ready for json.dumps. message_id: as the input named it."""
    return {
        "id": message_id,
        "kind": str(reading.kind),
        "verdict": str(reading.verdict),
        "confidence": reading.confidence,
        "language": reading.language,
        "reasons": [{"code": reason.code, "text": reason.text} for reason in reading.reasons],
        "signals": [_signal(signal) for signal in reading.signals],
        "updates": [_update(update) for update in reading.updates],
    }


def _plain(value: Decimal) -> str:
    """A decimal without exponent, its digits as they are."""
    return format(value, "f")


def _signal(signal: Signal) -> dict[str, Any]:
    """One signal; missing fields are null or empty, never left out."""
    return {
        "side": str(signal.side) if signal.side else None,
        "order": str(OrderKind.UNSPECIFIED if signal.is_order_implied else signal.order),
        "symbol": signal.symbol,
        "entry": [_plain(price.value) for price in signal.entry],
        "sl": _level(signal.stop) if signal.stop is not None else None,
        "tp": [_level(target) for target in signal.targets],
        "leverage": _plain(signal.leverage.value) if signal.leverage else None,
    }


def _level(level: Level) -> Any:
    """A price, a distance with its unit, or "open"."""
    if isinstance(level, Open):
        return "open"
    if isinstance(level, Distance):
        return {str(level.unit): _plain(level.value)}
    return _plain(level.value)


def _update(update: Update) -> dict[str, Any]:
    """One update."""
    return {
        "action": str(update.action),
        "fraction": _plain(update.fraction) if update.fraction is not None else None,
        "price": _level(update.price) if update.price is not None else None,
        "symbol": update.symbol,
        "side": str(update.side) if update.side else None,
        "target": update.target,
        "everything": update.everything,
    }

"""Requests as the official package accepts them, checked before anything is sent.

The package fails a call for an int where it wants a float, for a Decimal, for a text of more than 29 UTF-16 units; a request that
names no filling mode is sent with a wrong one. Such a request is a mistake in this program: it is refused here, with the field's
name, instead of half-way to the broker (reference: mt5, section 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from signalos_tui.execute import constants as mt
from signalos_tui.execute.translate import COMMENT_LENGTH

FLOATS = ("volume", "price", "stoplimit", "sl", "tp")
INTS = {
    "action": 32,
    "magic": 64,
    "order": 64,
    "deviation": 32,
    "type": 32,
    "type_filling": 32,
    "type_time": 32,
    "expiration": 63,
    "position": 64,
    "position_by": 64,
}
TEXTS = ("symbol", "comment")
_TEXT_UNITS = 29
_OPENING = (mt.TRADE_ACTION_DEAL, mt.TRADE_ACTION_PENDING)
_NEEDED = ("symbol", "volume", "type", "type_filling")
"""Of a deal, a close among them, and of a pending order: a mode that is left out is taken for fill-or-kill."""


def refused(request: Mapping[str, object]) -> str:
    """What is wrong with a request, as the package would say it: 'Invalid "volume" argument'; "" when nothing is."""
    for field, value in request.items():
        if not _is_acceptable(field, value):
            return f'Invalid "{field}" argument: was {str(value)[:40]!r} ({type(value).__name__})'
    if "action" not in request:
        return 'Invalid "action" argument: there was none'
    missing = [field for field in _NEEDED if field not in request] if request["action"] in _OPENING else []
    return f'Invalid "{missing[0]}" argument: there was none' if missing else ""


def _is_acceptable(field: str, value: object) -> bool:
    if field in FLOATS:
        return type(value) is float and isfinite(value) and value >= 0
    if field in TEXTS:
        return isinstance(value, str) and _is_short(field, value)
    bits = INTS.get(field)
    return bits is not None and type(value) is int and 0 <= value < 1 << bits


def _is_short(field: str, text: str) -> bool:
    if field == "comment":
        return text.isascii() and len(text) <= COMMENT_LENGTH
    try:
        return len(text.encode("utf-16-le")) // 2 <= _TEXT_UNITS
    except UnicodeEncodeError:  # half of a surrogate pair
        return False

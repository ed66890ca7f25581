"""What each method of the wire may be asked with: names, types and sizes, checked before anything reaches the worker.

A request is checked key by key: what the vendor's parser would silently leave out is refused here, a stop loss with a letter
wrong would be an open trade without one. Numbers of the wrong kind go through: the terminal's own answer to them is -2, and a
client is to see the same wherever it trades.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from signalos_tui.link.messages import ORDER_SEND, SYMBOLS_GET

Name = Annotated[str, Meta(min_length=1, max_length=64)]
Whole = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
Number = float | int

LONGEST_TEXT = 64
INTEGERS = (
    "action", "magic", "order", "deviation", "type", "type_filling", "type_time", "expiration", "position", "position_by",
)  # fmt: skip
PRICES = ("volume", "price", "stoplimit", "sl", "tp")
TEXTS = ("symbol", "comment")


class _Arguments(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The arguments of a method, in the order of the terminal port."""


class _None(_Arguments, frozen=True):
    pass


class _Page(_Arguments, frozen=True):
    # Neither: the whole list.
    start: Whole | None = None
    count: Annotated[int, Meta(ge=1, le=10_000)] | None = None


class _Symbol(_Arguments, frozen=True):
    symbol: Name


class _Select(_Arguments, frozen=True):
    symbol: Name
    enable: bool = True


class _Profit(_Arguments, frozen=True):
    action: Whole
    symbol: Name
    volume: Number
    price_open: Number
    price_close: Number


class _Margin(_Arguments, frozen=True):
    action: Whole
    symbol: Name
    volume: Number
    price: Number


class _Request(_Arguments, frozen=True):
    request: dict[str, Any]


class _Filter(_Arguments, frozen=True):
    symbol: Name | None = None
    ticket: Whole | None = None


class _Window(_Arguments, frozen=True):
    date_from: int
    date_to: int


class _Of(_Arguments, frozen=True):
    position: Whole


_SHAPES: dict[str, type[_Arguments]] = {
    "terminal_info": _None,
    "account_info": _None,
    SYMBOLS_GET: _Page,
    "symbol_info": _Symbol,
    "symbol_info_tick": _Symbol,
    "symbol_select": _Select,
    "order_calc_profit": _Profit,
    "order_calc_margin": _Margin,
    "order_check": _Request,
    ORDER_SEND: _Request,
    "positions_get": _Filter,
    "orders_get": _Filter,
    "history_orders_get": _Window,
    "history_deals_get": _Window,
    "history_deals_of": _Of,
}


def checked(method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments in the port's order. Raises ValueError saying what is wrong."""
    try:
        found = msgspec.convert(arguments, _SHAPES[method])
    except msgspec.ValidationError as error:
        raise ValueError(f"the arguments of {method} cannot be used: {error}") from None
    named = {name: getattr(found, name) for name in found.__struct_fields__}
    if isinstance(found, _Request):
        why = fault_of(found.request)
        if why:
            raise ValueError(why)
    return {name: value for name, value in named.items() if value is not None}


def fault_of(request: dict[str, Any]) -> str:
    """What is wrong with a trade request; "" when it can be shown to the terminal."""
    for key, value in request.items():
        if key in TEXTS:
            is_fine = isinstance(value, str) and len(value) <= LONGEST_TEXT
        elif key in PRICES or key in INTEGERS:
            is_fine = isinstance(value, int | float) and math.isfinite(value)
        else:
            return f"the request has the unknown key {key[:40]!r}"
        if not is_fine:
            return f'the request\'s "{key}" is of a wrong kind, not finite or too long'
    return ""

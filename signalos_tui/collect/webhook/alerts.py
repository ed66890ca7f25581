"""From the body of a request to posts. Pure: bytes in, an `Alert` or `Unusable` out.

Nothing is traded from a field. A JSON alert is written out as the words a channel would have posted, and those are read, proven
and judged like every other post; an alert of plain text is the post itself. Its token never becomes a part of a post.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from msgspec import Struct

from signalos_tui.collect.webhook.fields import Unusable, by_meaning, moment, price, prices, symbol, word
from signalos_tui.harmless import one_line

LONGEST_TEXT = 4_096
"""Characters of a post, as in Telegram."""
NAMED = "token"

_FIRST_LINE = re.compile(r"(?:token|secret)\s*[:=]\s*(\S+)\s*(?:\n|\Z)", re.IGNORECASE)
_IN_BROKEN_JSON = re.compile(r'"(?:token|secret)"\s*:\s*"([^"\\]{1,4096})"', re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BARE = re.compile(
    r":\s*+(?:\{\{|n/?a\b|[,}\]])", re.IGNORECASE
)  # still there, without a value, or filled in with nothing

_SIDES = {"buy": "BUY", "long": "BUY", "sell": "SELL", "short": "SELL"}
_CLOSES = ("close", "exit", "flat", "close_long", "close_short", "exit_long", "exit_short")
_ORDERS = {"market": "", "limit": "LIMIT", "stop": "STOP"}
_POSITIONS = {"long": "BUY", "short": "SELL", "flat": ""}


class Opened(Struct, frozen=True):
    """A body that can be read. token: what it carries, "" for none. fields: of a JSON alert; else None and its text.

    fault: why it can be no alert, though its token could be read; "" when it may be one.
    """

    token: str
    fields: Mapping[str, Any] | None = None
    text: str = ""
    fault: str = ""


class Alert(Struct, frozen=True):
    """What is to be posted, in order. id: what its sender calls it, "" for nothing. sent: when, ms UTC, where it says so."""

    posts: tuple[str, ...]
    id: str = ""
    sent: int | None = None

    @property
    def mark(self) -> str:
        """A hash of what it says; the same for the same alert."""
        return blake2b("\x00".join(self.posts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def opened(body: bytes) -> Opened:
    """The token of a body, and the rest of it. Never raises: what cannot be read has a fault."""
    try:
        text = body.decode("utf-8-sig").strip().replace("\r\n", "\n")
    except UnicodeDecodeError:
        return Opened("", fault="the body is no UTF-8")
    if not text.startswith("{"):
        found = _FIRST_LINE.match(text)
        return Opened(found[1], text=text[found.end() :].strip()) if found else Opened("", text=text)
    try:
        fields = json.loads(
            text,
            strict=False,  # a line break typed into a text
            object_pairs_hook=_pairs,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
        )
    except Unusable as fault:
        why = str(fault)
    except RecursionError:
        why = "the JSON is nested too deep"
    except ValueError as error:
        line = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        hint = ": a placeholder belongs in quotes, it may stay empty" if _has_bare_placeholder(text) else ""
        why = f"the alert begins like JSON and is not JSON{line}{hint}"
    else:
        token = next((value for name, value in fields.items() if name.lower() in ("token", "secret")), "")
        return Opened(token if isinstance(token, str) else "", fields=fields)
    found = _IN_BROKEN_JSON.search(text)
    return Opened(found[1] if found else "", fault=why)


def alert_of(body: Opened) -> Alert:
    """What a body wants to be posted. Raises Unusable."""
    if body.fault:
        raise Unusable(body.fault)
    if body.fields is None:
        return Alert((_post(body.text),))
    given = by_meaning(body.fields)
    given.pop(NAMED, None)
    name = one_line(word("id", given.pop("id"), 128)) if "id" in given else ""
    sent = moment("sent", given.pop("sent")) if "sent" in given else None
    if "text" in given:
        if len(given) > 1:
            raise Unusable("text stands alone: an alert has either a text or fields")
        return Alert((_post(given["text"]),), name, sent)
    return Alert(_words(given), name, sent)


def _has_bare_placeholder(text: str) -> bool:
    return _BARE.search(_QUOTED.sub('""', text)) is not None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Unusable("a field is given twice")
    return fields


def _post(value: object) -> str:
    return word("text", value, LONGEST_TEXT)


def _words(given: dict[str, Any]) -> tuple[str, ...]:
    # What is left after the fields that are about the alert itself.
    if "symbol" not in given:
        raise Unusable("symbol is missing")
    name = symbol(given["symbol"])
    action = word("action", given["action"], 20).lower().replace(" ", "_") if "action" in given else ""
    if action in ("cancel", "breakeven", "move_sl"):
        return (_update(action, name, given),)
    sides = _sides(action, given)
    return tuple(_opening(side, name, given) if side else f"Close {name}" for side in sides)


def _update(action: str, name: str, given: Mapping[str, Any]) -> str:
    if action == "cancel":
        return f"Cancel {name}"
    if action == "breakeven":
        return f"{name}: move SL to breakeven"
    if "sl" not in given:
        raise Unusable("sl is missing: where should the stop go?")
    return f"Move SL of {name} to {price('sl', given['sl'])}"


def _sides(action: str, given: Mapping[str, Any]) -> tuple[str, ...]:
    # "BUY", "SELL", "" for a close. A strategy says where it stands afterwards, and an order can be its end as well.
    if "position" not in given:
        if action in _CLOSES:
            return ("",)
        if action not in _SIDES:
            raise Unusable(f'action was "{one_line(action)}", may be buy, sell, close, cancel, breakeven or move_sl')
        return (_SIDES[action],)
    now, before = (
        word(field, given[field], 20).lower() if field in given else "flat" for field in ("position", "before")
    )
    if now not in _POSITIONS or before not in _POSITIONS:
        raise Unusable("a position may be long, short or flat")
    side = _POSITIONS[now]
    if action and side and _SIDES.get(action) != side:
        raise Unusable(f"{one_line(action)} with a {now} position closes a part of it: send that as a text")
    return ("", side) if side and _POSITIONS[before] not in ("", side) else (side,)


def _opening(side: str, name: str, given: Mapping[str, Any]) -> str:
    order = word("order", given["order"], 20).lower() if "order" in given else "market"
    if order not in _ORDERS:
        raise Unusable(f'order was "{one_line(order)}", may be market, limit or stop')
    entry = price("price", given["price"]) if "price" in given else ""
    if _ORDERS[order] and not entry:
        raise Unusable(f"price is missing: at which price should the {order} order stand?")
    lines = [f"{side} {_ORDERS[order]} {name} {entry}" if _ORDERS[order] else f"{side} {name} NOW"]
    if entry and not _ORDERS[order]:
        lines.append(f"Entry {entry}")
    if "sl" in given:
        lines.append(f"SL {price('sl', given['sl'])}")
    targets = prices("tp", given["tp"]) if "tp" in given else []
    targets += [price(f"tp{number}", given[f"tp{number}"]) for number in range(1, 10) if f"tp{number}" in given]
    lines += [f"TP{number} {target}" for number, target in enumerate(targets, start=1)]
    return "\n".join(lines)

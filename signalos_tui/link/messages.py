"""What a client and a gateway say to one another, in the order it is said.

    client                                   gateway
    Hello      who I am, what I expect  ->
                                        <-   Welcome    what is here          or   Refused and the end
    Call       one of METHODS           ->
                                        <-   Answer     the result, or the terminal's own error
    Follow     symbols                  ->
                                        <-   Ticked, Changed, Health          whenever there is something
    Ping                                ->
                                        <-   Pong

Calls may be answered in another order than they were asked; `id` joins the two. A message that is not one of these, a method
that is not listed or a second Hello ends the connection; so does silence, a client says something at least every half minute.
Version 2: an order says until when it may be called, the gateway its largest lot. Another version is refused with both numbers.
Of ticks, Changed and Health a slow reader gets the newest only.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

VERSION = 2

READS = (
    "terminal_info",
    "account_info",
    "symbols_get",
    "symbol_info",
    "symbol_info_tick",
    "symbol_select",
    "order_calc_profit",
    "order_calc_margin",
    "order_check",
    "positions_get",
    "orders_get",
    "history_orders_get",
    "history_deals_get",
    "history_deals_of",
)
"""Methods of the terminal port that anybody who was let in may call; their arguments are the port's, by name."""

ORDER_SEND = "order_send"
METHODS = (*READS, ORDER_SEND)

SYMBOLS_GET = "symbols_get"
"""It may be asked for page by page (`start` and `count`): a long list is too much for one answer."""
PAGE = 1_000
"""Instruments of one page: about two megabytes."""

REFUSED_BY_GATEWAY = -20_001
"""`Answer.error`: a guard said no before anything was called. Definite: nothing was sent."""
ATTEMPTED_BEFORE = -20_002
"""`Answer.error`: this intent was called once already and how it ended is not known. Ambiguous: reconcile."""
WORKER_LOST = -20_003
"""`Answer.error`: the call hung or its process died. Ambiguous: it may have traded."""


class Message(Struct, frozen=True, tag_field="t", forbid_unknown_fields=True):
    """Any of them."""


class Hello(Message, frozen=True, tag="hello"):
    """The first word. token: the shared secret. account: "<server>/<login>" that has to be there, "" for whatever is.

    trades: this client wants to be the one executor of the account. holder: who that is, the same after a reconnect and at no
    other start: it takes the place over from its own dead connection. fence: the generation of its journal; one that is lower
    than the gateway has seen is an older copy and is refused.
    """

    version: int
    token: str
    client: str
    account: str = ""
    trades: bool = False
    holder: str = ""
    fence: int = 0


class Welcome(Message, frozen=True, tag="welcome"):
    """Let in. account: "<server>/<login>" the terminal is logged in to. trade_mode: MetaTrader's, 0 demo, 1 contest, 2 real.

    fence: the highest generation seen. newest_intent_at: ms UTC of the newest opening this gateway was ever asked to send, 0
    for none; what is done to a leg later ("~" in its id) may be repeated long after the journal's last line and does not count
    (reference: reliability R9). started: ms UTC, another value after every restart of the
    gateway. call_limit_s: the longest a call may take there before its worker is ended, 0 when it is not said (R5). max_lot: the
    largest volume of one order there, lots, 0 when it is not said.
    """

    version: int
    gateway: str
    account: str
    trade_mode: int
    is_paper: bool
    fence: int
    newest_intent_at: int
    started: int
    call_limit_s: float = 0.0
    max_lot: float = 0.0


class Refused(Message, frozen=True, tag="refused"):
    """Not let in, or no longer. code: one of REFUSALS."""

    code: str
    text: str
    remedy: str


REFUSALS = (
    "version",  # the other side speaks another version
    "token",  # wrong or missing
    "account",  # another account than the expected one, or not the pinned one
    "executor",  # another client trades this account
    "fence",  # an older copy of the journal
    "terminal",  # the terminal cannot be reached
    "protocol",  # something that is no message, too long, or out of order
    "busy",  # too many connections
)


class Call(Message, frozen=True, tag="call"):
    """One question. intent, intent_at, intent_until: for order_send, see `execute.terminal.Intent`.

    intent_until: ms UTC by the gateway's clock, as well as the client knows it.
    """

    id: int
    method: str
    arguments: dict[str, Any] = {}
    intent: str = ""
    intent_at: int = 0
    intent_until: int = 0


class Answer(Message, frozen=True, tag="answer"):
    """Its answer. result: dicts with MetaTrader's field names, lists of them, or plain values; None: failed, `error` says why.

    error: code and text, (1, "Success") when it went well; a code of the gateway's own is below -20000.
    """

    id: int
    result: Any
    error: tuple[int, str] = (1, "Success")


class Follow(Message, frozen=True, tag="follow"):
    """Send me the ticks of these symbols from now on, and no others."""

    symbols: tuple[str, ...]


class Ticked(Message, frozen=True, tag="ticked"):
    """New quotes. ticks: symbol and MetaTrader's tick as a dict."""

    ticks: dict[str, dict[str, Any]]


class Changed(Message, frozen=True, tag="changed"):
    """Orders, positions or deals are others than they were."""


class Health(Message, frozen=True, tag="health"):
    """How the terminal is. state: one of HEALTH. since: ms UTC."""

    state: str
    text: str
    since: int


HEALTH = ("ok", "starting", "no terminal", "not connected", "hung", "other account")


class Ping(Message, frozen=True, tag="ping"):
    """Are you there? at: returned in the Pong."""

    at: int


class Pong(Message, frozen=True, tag="pong"):
    """Yes. now: the gateway's clock, ms UTC."""

    at: int
    now: int


FromClient = Hello | Call | Follow | Ping
FromGateway = Welcome | Refused | Answer | Ticked | Changed | Health | Pong

_encoder = msgspec.msgpack.Encoder()
_from_client: msgspec.msgpack.Decoder[FromClient] = msgspec.msgpack.Decoder(FromClient)
_from_gateway: msgspec.msgpack.Decoder[FromGateway] = msgspec.msgpack.Decoder(FromGateway)


def packed(message: Message) -> bytes:
    """A message as msgpack."""
    return _encoder.encode(message)


def from_client(payload: bytes) -> FromClient:
    """What a client said. Raises msgspec.DecodeError: it is none of the messages."""
    return _from_client.decode(payload)


def from_gateway(payload: bytes) -> FromGateway:
    """What a gateway said. Raises msgspec.DecodeError: it is none of the messages."""
    return _from_gateway.decode(payload)

"""What a terminal's answer means: accepted, refused, to be priced again, or unknown.

The table is total. Only codes that are known to prove that nothing was executed count as a refusal; every other code, also
one we have never seen, is AMBIGUOUS, and no edge leads from there back to sending (reference: reliability 3.5). A wrong
"refused" would double a position, a wrong "ambiguous" only costs a look at the broker's books.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from signalos_tui.execute import constants as mt
from signalos_tui.execute.structs import OrderSendResult, RequestEcho


class Answer(StrEnum):
    """What follows from an answer.

    ACCEPTED: done. PARTIAL: done for `result.volume` only. PLACED: accepted, not yet executed. REFUSED: nothing happened
    and nothing will. REPRICE: nothing happened; the same request may be made at a new price (R13). AMBIGUOUS: anything
    may have happened; reconcile, never resend.
    """

    ACCEPTED = "accepted"
    PARTIAL = "partial"
    PLACED = "placed"
    REFUSED = "refused"
    REPRICE = "reprice"
    AMBIGUOUS = "ambiguous"

    @property
    def is_accepted(self) -> bool:
        """The broker has taken the request, in full or in part."""
        return self in (Answer.ACCEPTED, Answer.PARTIAL, Answer.PLACED)


REPRICED: Final = frozenset(
    {mt.TRADE_RETCODE_REQUOTE, mt.TRADE_RETCODE_PRICE_CHANGED, mt.TRADE_RETCODE_PRICE_OFF},
)

REFUSED: Final = frozenset(
    {
        mt.TRADE_RETCODE_REJECT,
        mt.TRADE_RETCODE_INVALID,
        mt.TRADE_RETCODE_INVALID_VOLUME,
        mt.TRADE_RETCODE_INVALID_PRICE,
        mt.TRADE_RETCODE_INVALID_STOPS,
        mt.TRADE_RETCODE_TRADE_DISABLED,
        mt.TRADE_RETCODE_MARKET_CLOSED,
        mt.TRADE_RETCODE_NO_MONEY,
        mt.TRADE_RETCODE_INVALID_EXPIRATION,
        mt.TRADE_RETCODE_SERVER_DISABLES_AT,
        mt.TRADE_RETCODE_CLIENT_DISABLES_AT,
        mt.TRADE_RETCODE_INVALID_FILL,
        mt.TRADE_RETCODE_ONLY_REAL,
        mt.TRADE_RETCODE_LIMIT_ORDERS,
        mt.TRADE_RETCODE_LIMIT_VOLUME,
        mt.TRADE_RETCODE_INVALID_ORDER,
        mt.TRADE_RETCODE_INVALID_CLOSE_VOLUME,
        mt.TRADE_RETCODE_CLOSE_ORDER_EXIST,
        mt.TRADE_RETCODE_LIMIT_POSITIONS,
        mt.TRADE_RETCODE_REJECT_CANCEL,
        mt.TRADE_RETCODE_LONG_ONLY,
        mt.TRADE_RETCODE_SHORT_ONLY,
        mt.TRADE_RETCODE_CLOSE_ONLY,
        mt.TRADE_RETCODE_FIFO_CLOSE,
        mt.TRADE_RETCODE_HEDGE_PROHIBITED,
    }
)

GATEWAY_REFUSED: Final = -20_001
ATTEMPTED_BEFORE: Final = -20_002
WORKER_LOST: Final = -20_003
"""What a gateway says instead of the terminal: a guard said no; asked for that intent before; the call hung or died."""

REFUSED_CALLS: Final = frozenset({mt.RES_E_INVALID_PARAMS, mt.RES_E_AUTO_TRADING_DISABLED, GATEWAY_REFUSED})
"""Failures of the call itself that prove it never left the terminal; all others may have reached the server."""


def classify(
    result: OrderSendResult | None,
    last_error: tuple[int, str],
    request: Mapping[str, object] | None = None,
) -> Answer:
    """What the answer to `order_send` means.

    result: None when the call itself failed, then last_error says why. request: what was sent; with it the answer must echo
    it, an accepted deal or pending order must name a ticket, and a close or change that finds its work already done (10036,
    10025) counts as accepted. Give it whenever it is known.
    """
    if result is None:
        return Answer.REFUSED if last_error[0] in REFUSED_CALLS else Answer.AMBIGUOUS
    if request is not None and not echoes(result.request, request):
        return Answer.AMBIGUOUS
    code = result.retcode
    if code in REPRICED or (code == mt.TRADE_RETCODE_TOO_MANY_REQUESTS and is_local(result)):
        return Answer.REPRICE
    if code in REFUSED:
        return Answer.REFUSED
    if request is not None and _is_already_so(code, request):
        return Answer.ACCEPTED
    if code == mt.TRADE_RETCODE_POSITION_CLOSED and request is not None and request.get("position"):
        return Answer.REFUSED  # new levels for a position that is gone
    return _accepted(result, request)


def _accepted(result: OrderSendResult, request: Mapping[str, object] | None) -> Answer:
    # A promise without a ticket cannot be followed up, so it proves nothing. Changes and removals need none.
    opens = request is None or request.get("action") in (mt.TRADE_ACTION_DEAL, mt.TRADE_ACTION_PENDING)
    if opens and not (result.order or result.deal):
        return Answer.AMBIGUOUS
    match result.retcode:
        case mt.TRADE_RETCODE_DONE:
            return Answer.ACCEPTED
        case mt.TRADE_RETCODE_DONE_PARTIAL:
            return Answer.PARTIAL
        case mt.TRADE_RETCODE_PLACED:
            return Answer.PLACED
        case _:
            return Answer.AMBIGUOUS


def _is_already_so(code: int, request: Mapping[str, object]) -> bool:
    action = request.get("action")
    if code == mt.TRADE_RETCODE_NO_CHANGES:
        return action in (mt.TRADE_ACTION_SLTP, mt.TRADE_ACTION_MODIFY)
    return code == mt.TRADE_RETCODE_POSITION_CLOSED and action == mt.TRADE_ACTION_DEAL and bool(request.get("position"))


def is_local(result: OrderSendResult) -> bool:
    """The terminal itself refused, the server never heard of it: no request number, no prices, no tickets (recorded so)."""
    return not (result.request_id or result.bid or result.ask or result.order or result.deal or result.retcode_external)


_IDENTITY = ("action", "magic", "order", "symbol", "type", "position", "position_by")


def echoes(echo: RequestEcho, request: Mapping[str, object]) -> bool:
    """Whether an answer belongs to this request: what identifies it has come back unchanged.

    Prices are left out, because terminals round them.
    """
    for field in _IDENTITY:
        if field in request and getattr(echo, field) != request[field]:
            return False
    volume = request.get("volume")
    return not isinstance(volume, float) or abs(echo.volume - volume) < 1e-9


class Words(NamedTuple):
    """A code in words. what: one clause, lower case. remedy: the next step, one sentence."""

    what: str
    remedy: str


_NOTHING_TO_DO = "Nothing to do."
_RECONCILING = "It is being looked up at the broker; do not send it again by hand."

WORDS: Final[Mapping[int, Words]] = {
    mt.TRADE_RETCODE_REQUOTE: Words("the price moved before the order arrived", "A new price is asked for by itself."),
    mt.TRADE_RETCODE_REJECT: Words(
        "the broker rejected the request", "Ask the broker why; its journal has the reason."
    ),
    mt.TRADE_RETCODE_CANCEL: Words("the request was cancelled by a dealer", _RECONCILING),
    mt.TRADE_RETCODE_PLACED: Words("the order was accepted and is not yet executed", _NOTHING_TO_DO),
    mt.TRADE_RETCODE_DONE: Words("done", _NOTHING_TO_DO),
    mt.TRADE_RETCODE_DONE_PARTIAL: Words("only a part was executed", "Check the volume of the position."),
    mt.TRADE_RETCODE_ERROR: Words("the trade server failed while processing", _RECONCILING),
    mt.TRADE_RETCODE_TIMEOUT: Words("the trade server did not answer in time", _RECONCILING),
    mt.TRADE_RETCODE_INVALID: Words(
        "the request makes no sense to the server", "Report it; the request is in the log."
    ),
    mt.TRADE_RETCODE_INVALID_VOLUME: Words(
        "the volume is not allowed for this symbol", "Compare it with the smallest lot, the largest lot and the step."
    ),
    mt.TRADE_RETCODE_INVALID_PRICE: Words(
        "the price is on the wrong side of the market or off the grid", "Compare the entry with the current quote."
    ),
    mt.TRADE_RETCODE_INVALID_STOPS: Words(
        "stop or target is too close to the price or on its wrong side",
        "Compare both levels with the quote and the broker's minimum distance.",
    ),
    mt.TRADE_RETCODE_TRADE_DISABLED: Words(
        "trading is disabled for this account or symbol", "Check for a read-only password, or ask the broker."
    ),
    mt.TRADE_RETCODE_MARKET_CLOSED: Words("the market is closed", "Wait for the session to open."),
    mt.TRADE_RETCODE_NO_MONEY: Words(
        "there is not enough free margin", "Lower the risk, close something, or deposit money."
    ),
    mt.TRADE_RETCODE_PRICE_CHANGED: Words("the price has changed", "A new price is asked for by itself."),
    mt.TRADE_RETCODE_PRICE_OFF: Words("there is no quote to trade on", "It is tried again when quotes return."),
    mt.TRADE_RETCODE_INVALID_EXPIRATION: Words(
        "the expiry is in the past or not allowed", "Check the expiry rule and the clock of this machine."
    ),
    mt.TRADE_RETCODE_ORDER_CHANGED: Words("the order's state changed meanwhile", _RECONCILING),
    mt.TRADE_RETCODE_TOO_MANY_REQUESTS: Words("too many requests in a short time", _RECONCILING),
    mt.TRADE_RETCODE_NO_CHANGES: Words("the order or position is like that already", _NOTHING_TO_DO),
    mt.TRADE_RETCODE_SERVER_DISABLES_AT: Words(
        "the broker does not allow automated trading on this account", "Ask the broker to enable algorithmic trading."
    ),
    mt.TRADE_RETCODE_CLIENT_DISABLES_AT: Words(
        "the terminal does not allow automated trading",
        'Press "Algo Trading" in MetaTrader and allow the external Python API under Tools, Options, Expert Advisors.',
    ),
    mt.TRADE_RETCODE_LOCKED: Words("the request is locked for processing", _RECONCILING),
    mt.TRADE_RETCODE_FROZEN: Words(
        "the price is too near for the order or position to be changed",
        "It is tried again when the price has moved away.",
    ),
    mt.TRADE_RETCODE_INVALID_FILL: Words(
        "the symbol does not allow this filling mode", "Report it; the symbol's filling mask is in the log."
    ),
    mt.TRADE_RETCODE_CONNECTION: Words("the terminal has no connection to the trade server", _RECONCILING),
    mt.TRADE_RETCODE_ONLY_REAL: Words("only real accounts may do this", "Use another account or ask the broker."),
    mt.TRADE_RETCODE_LIMIT_ORDERS: Words(
        "the account has reached its number of pending orders", "Cancel some that wait, then issue the signal again."
    ),
    mt.TRADE_RETCODE_LIMIT_VOLUME: Words(
        "the largest total volume for this symbol is reached", "Close something on this symbol, or lower the volume."
    ),
    mt.TRADE_RETCODE_INVALID_ORDER: Words(
        "this kind of order is not allowed for the symbol", "Ask the broker which order types the symbol has."
    ),
    mt.TRADE_RETCODE_POSITION_CLOSED: Words("the position is closed already", _NOTHING_TO_DO),
    mt.TRADE_RETCODE_INVALID_CLOSE_VOLUME: Words(
        "more was to be closed than is open", "Look at the position's volume and close again."
    ),
    mt.TRADE_RETCODE_CLOSE_ORDER_EXIST: Words("the position is being closed already", "Wait for that order to finish."),
    mt.TRADE_RETCODE_LIMIT_POSITIONS: Words(
        "the account has reached its number of positions", "Close one, then issue the signal again."
    ),
    mt.TRADE_RETCODE_REJECT_CANCEL: Words(
        "the pending order could not be activated and was cancelled", "Check free margin and the symbol's limits."
    ),
    mt.TRADE_RETCODE_LONG_ONLY: Words("only buying is allowed on this symbol", "Trade it at another broker."),
    mt.TRADE_RETCODE_SHORT_ONLY: Words("only selling is allowed on this symbol", "Trade it at another broker."),
    mt.TRADE_RETCODE_CLOSE_ONLY: Words(
        "only closing is allowed on this symbol", "Wait until the broker opens it again."
    ),
    mt.TRADE_RETCODE_FIFO_CLOSE: Words(
        "positions of this account close oldest first", "Close the older position of this symbol first."
    ),
    mt.TRADE_RETCODE_HEDGE_PROHIBITED: Words(
        "the account may not hold both sides of a symbol", "Close the opposite position first."
    ),
    mt.RES_E_FAIL: Words("the terminal failed", "Look at MetaTrader's journal."),
    mt.RES_E_INVALID_PARAMS: Words(
        "the terminal did not understand an argument", "Report it; the request is in the log."
    ),
    mt.RES_E_NOT_FOUND: Words("there is no such thing at this broker", "Check the symbol's name in the market watch."),
    mt.RES_E_AUTH_FAILED: Words("the terminal is not logged in", "Check login, password and server."),
    mt.RES_E_AUTO_TRADING_DISABLED: Words(
        "automated trading through Python is disabled",
        "Allow it in MetaTrader under Tools, Options, Expert Advisors.",
    ),
    mt.RES_E_INTERNAL_FAIL_CONNECT: Words(
        "there is no connection to the terminal", "Start MetaTrader and the gateway."
    ),
    mt.RES_E_INTERNAL_FAIL_TIMEOUT: Words("the terminal did not answer in time", _RECONCILING),
    GATEWAY_REFUSED: Words("the gateway did not let it through", "Compare the gateway's limits with this order."),
    ATTEMPTED_BEFORE: Words("the gateway had been asked for it before and does not know how it ended", _RECONCILING),
    WORKER_LOST: Words("the terminal hung or ended while it was asked", _RECONCILING),
}

_UNLISTED: Final = Words("the answer is not known to us", _RECONCILING)


def words_of(code: int) -> Words:
    """What a result code or a `last_error` code says, and the next step."""
    return WORDS.get(code, _UNLISTED)


def what_of(retcode: int) -> str:
    """The code and what it says, where what to do about it is said elsewhere."""
    return f"{retcode}: {words_of(retcode).what}"


def text_of(retcode: int) -> str:
    """One or two sentences for the owner: the code, what it says, what to do about it."""
    return f"{what_of(retcode)}. {words_of(retcode).remedy}"

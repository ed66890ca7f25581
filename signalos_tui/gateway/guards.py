"""The guards before each send: whatever the console believes, these are checked here, against the terminal of this moment.

They fail closed: what is not known is refused, an account of an unknown kind is a real one. A refusal is definite, nothing has
been called. Pure functions of the request, the facts and the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from signalos_tui.gateway.settings import Guards
from signalos_tui.link.messages import Call

DEAL, PENDING, SLTP, MODIFY, REMOVE, CLOSE_BY = 1, 5, 6, 7, 8, 10
"""MQL5 Reference: ENUM_TRADE_REQUEST_ACTIONS."""
HEDGING = 2
"""MQL5 Reference: ENUM_ACCOUNT_MARGIN_MODE."""
DEMO, CONTEST = 0, 1
"""MQL5 Reference: ENUM_ACCOUNT_TRADE_MODE; everything else counts as real."""

LONGEST_ID = 200


def refusal_of_intent(guards: Guards, call: Call, now: int) -> str:
    """Why the intent of a call cannot be sent any more (or yet); "" when it can. now: ms UTC, our clock."""
    at, until = call.intent_at, call.intent_until
    if not call.intent or len(call.intent) > LONGEST_ID or at <= 0 or until <= 0:
        return "an order needs an intent, its time and its end: without them it could be sent twice, or too late"
    if now > until:
        return f"the right to send it ended {(now - until) / 1000:.1f} s ago"
    age_s, ahead_s = (now - at) / 1000, (at - now) / 1000
    if ahead_s > guards.clock_s:
        return f"the intent is {ahead_s:.0f} s in the future, {guards.clock_s:g} are allowed: compare the clocks of both machines"
    if age_s > guards.max_age_s + guards.clock_s:
        return f"the intent is {age_s:.0f} s old, at most {guards.max_age_s:g} are allowed"
    return ""


def refusal_of_request(
    guards: Guards, request: Mapping[str, Any], account: Mapping[str, Any], positions: Sequence[Mapping[str, Any]] = ()
) -> str:
    """Why this request is not sent; "" when it is. account: the terminal's account_info of this moment.

    positions: on a netting account, the one a deal is to close, where it is open.
    """
    action = request.get("action")
    if action not in (DEAL, PENDING, SLTP, MODIFY, REMOVE, CLOSE_BY):
        return f"the action was {action!r}, which is none that is sent"
    symbol = request.get("symbol", "")
    opens = action in (DEAL, PENDING) and not _only_closes(request, account)  # what is open may always be closed
    is_foreign = bool(guards.symbols) and symbol not in guards.symbols
    if opens and is_foreign and not any(_makes_smaller(request, position) for position in positions):
        return f"the symbol was {symbol!r}, which is not among the allowed ones"
    volume = request.get("volume", 0.0)
    if opens and volume > guards.max_lot:
        return f"the volume was {volume:g} lots, at most {guards.max_lot:g} are allowed"
    return ""


def refusal_of_place(
    guards: Guards, pinned: tuple[int, str], account: Mapping[str, Any], terminal: Mapping[str, Any]
) -> str:
    """Why nothing is sent from this terminal now; "" when it can be. Both as asked for this moment."""
    if (account.get("login"), account.get("server")) != pinned:
        return "the terminal is logged in to another account than the configured one"
    is_real = account.get("trade_mode") not in (DEMO, CONTEST)
    if is_real != guards.is_real:
        found, told = ("real", "a demo one") if is_real else ("demo", "a real one")
        return f"the account is a {found} account, the gateway was started for {told} (--real)"
    if terminal.get("connected") is not True:
        return "the terminal has no connection to the broker"
    if terminal.get("trade_allowed") is not True:
        return "algo trading is switched off in the terminal: switch the button Algo Trading on"
    if terminal.get("tradeapi_disabled") is not False:
        return "the terminal refuses the Python interface: Options, Expert Advisors, allow it"
    if account.get("trade_allowed") is not True:
        return "the account may not trade: this is the investor's password, or the broker has locked it"
    if account.get("trade_expert") is not True:
        return "the broker does not allow algo trading on this account"
    return ""


def may_make_smaller(request: Mapping[str, Any], account: Mapping[str, Any]) -> bool:
    """Whether only its position can tell if a deal closes or opens: netting, and a position is named."""
    return request.get("action") == DEAL and bool(request.get("position")) and account.get("margin_mode") != HEDGING


def protects(arguments: Mapping[str, Any]) -> bool:
    """Whether an order, not checked yet, is one that can wait for nothing: a close, other levels, a removal."""
    request = arguments.get("request")
    if not isinstance(request, dict):
        return False
    action = request.get("action")
    return action in (SLTP, MODIFY, REMOVE, CLOSE_BY) or (action == DEAL and bool(request.get("position")))


def _makes_smaller(request: Mapping[str, Any], position: Mapping[str, Any]) -> bool:
    # The largest lot holds for it all the same: a stop could be hit in between, and then it would open what it should close.
    is_against = request.get("type") in (0, 1) and position.get("type") == 1 - request["type"]
    is_of = (position.get("ticket"), position.get("symbol")) == (request.get("position"), request.get("symbol"))
    return is_of and is_against and request.get("volume", 0.0) <= position.get("volume", 0.0)


def _only_closes(request: Mapping[str, Any], account: Mapping[str, Any]) -> bool:
    # With hedging a deal on a position can only make it smaller. With netting it could turn it round.
    return request["action"] == DEAL and bool(request.get("position")) and account.get("margin_mode") == HEDGING

"""What was accepted and is not sent yet, held against what its channel may do once more: the owner may have said otherwise since.

What stands at the broker is none of this: it is managed on, whatever its channel may do now.
"""

from __future__ import annotations

from collections.abc import Callable

from signalos_tui.config import Permit
from signalos_tui.model.account import Account
from signalos_tui.model.desk import DeskState, Trade
from signalos_tui.model.ids import ChannelId, LegId
from signalos_tui.model.messages import Policy
from signalos_tui.model.orders import LegState

KEPT_BACK = "its channel may not open this by itself any more"
PAUSED = "its channel is paused"
DROPPED = "its channel is not followed any more"
SWITCHED_OFF = "trading is switched off for it (enabled = false)"
"""Why an order that waited was not sent."""


def kept_back(
    state: DeskState,
    account: Account | None,
    permit: Callable[[ChannelId], Permit],
    is_enabled: Callable[[Trade], bool],
) -> dict[LegId, str]:
    """The legs that wait to be sent and may not be any more, with why. account: as it was last seen, None when it never was."""
    found: dict[LegId, str] = {}
    for trade in state.live_trades:
        waiting = [leg.id for leg in trade.legs if leg.state in (LegState.INTENT, LegState.SENDING)]
        why = _why_not(trade, state, account, permit, is_enabled) if waiting else ""
        if why:
            found.update(dict.fromkeys(waiting, why))
    return found


def _why_not(
    trade: Trade,
    state: DeskState,
    account: Account | None,
    permit: Callable[[ChannelId], Permit],
    is_enabled: Callable[[Trade], bool],
) -> str:
    # A pause and what is switched off are stronger than any policy, and than the owner's own yes before.
    view = state.channels.get(trade.channel)
    if view is not None and not view.is_followed:
        return DROPPED
    if view is not None and view.is_paused:
        return PAUSED
    if not is_enabled(trade):
        return SWITCHED_OFF
    return "" if _may_open(trade, state, account, permit(trade.channel)) else KEPT_BACK


def _may_open(trade: Trade, state: DeskState, account: Account | None, permit: Permit) -> bool:
    # What the owner approved himself, an ask does not take back.
    if permit.on(account) is not Policy.ASK:
        return not permit.opens_nothing_on(account)
    view = state.signals.get(trade.signal)
    return view is not None and view.decision is not None and view.decision.by == "owner"

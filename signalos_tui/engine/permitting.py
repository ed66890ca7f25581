"""What was accepted and is not sent yet, held against its channel's policy once more: the owner may have said otherwise since.

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
"""Why an order that waited was not sent."""


def kept_back(state: DeskState, account: Account | None, permit: Callable[[ChannelId], Permit]) -> list[LegId]:
    """The legs that wait to be sent and may not be any more. account: as it was last seen, None when it never was."""
    return [
        leg.id
        for trade in state.live_trades
        if not _may_open(trade, state, account, permit(trade.channel))
        for leg in trade.legs
        if leg.state in (LegState.INTENT, LegState.SENDING)
    ]


def _may_open(trade: Trade, state: DeskState, account: Account | None, permit: Permit) -> bool:
    # What the owner approved himself, an ask does not take back.
    if permit.on(account) is not Policy.ASK:
        return not permit.opens_nothing_on(account)
    view = state.signals.get(trade.signal)
    return view is not None and view.decision is not None and view.decision.by == "owner"

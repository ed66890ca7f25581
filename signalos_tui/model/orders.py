"""Orders and positions: the plan of a signal, its legs, and the request that goes to the terminal.

The states and their edges are the send protocol (reference: reliability 3.3). No edge leads from an ambiguous send back to
sending: that is the promise "at most one position per leg".
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from signalos_tui.model.ids import LegId, Magic, SignalId, Ticket
from signalos_tui.model.signals import OrderKind, Side


class LegState(StrEnum):
    """Where a leg stands.

    INTENT -> SENDING -> PLACED | OPEN | SENT | UNKNOWN | REJECTED        INTENT -> EXPIRED
    SENT, UNKNOWN, SENDING found at boot -> PLACED | OPEN | UNFILLED      PLACED -> OPEN | CANCELLED
    OPEN -> CLOSED       REJECTED, EXPIRED, UNFILLED, CANCELLED -> OPEN (adopted, with an alert)
    """

    INTENT = "intent"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    PLACED = "placed"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNFILLED = "unfilled"


LEG_EDGES: dict[LegState, frozenset[LegState]] = {
    LegState.INTENT: frozenset(
        {
            LegState.SENDING,
            LegState.EXPIRED,
            LegState.PLACED,  # the rest: it was sent from a journal that is lost, and is found at the broker (R3)
            LegState.OPEN,
            LegState.CLOSED,
            LegState.CANCELLED,
        }
    ),
    LegState.SENDING: frozenset(
        {
            LegState.SENDING,  # a new priced attempt after a definite refusal (R13)
            LegState.SENT,
            LegState.UNKNOWN,
            LegState.PLACED,
            LegState.OPEN,
            LegState.CLOSED,
            LegState.CANCELLED,
            LegState.REJECTED,
            LegState.UNFILLED,
        }
    ),
    LegState.SENT: frozenset(
        {LegState.UNKNOWN, LegState.PLACED, LegState.OPEN, LegState.CLOSED, LegState.CANCELLED, LegState.UNFILLED}
    ),
    LegState.UNKNOWN: frozenset(
        {LegState.PLACED, LegState.OPEN, LegState.CLOSED, LegState.CANCELLED, LegState.UNFILLED}
    ),
    LegState.PLACED: frozenset({LegState.OPEN, LegState.CANCELLED, LegState.CLOSED}),
    LegState.OPEN: frozenset({LegState.CLOSED}),
    LegState.CLOSED: frozenset(),
    LegState.CANCELLED: frozenset({LegState.OPEN, LegState.PLACED, LegState.CLOSED}),
    LegState.REJECTED: frozenset({LegState.OPEN, LegState.PLACED, LegState.CLOSED}),
    LegState.EXPIRED: frozenset({LegState.OPEN, LegState.PLACED, LegState.CLOSED}),
    LegState.UNFILLED: frozenset({LegState.OPEN, LegState.PLACED, LegState.CLOSED}),
}

ENDED: frozenset[LegState] = frozenset(
    {LegState.CLOSED, LegState.CANCELLED, LegState.REJECTED, LegState.EXPIRED, LegState.UNFILLED}
)
"""States a leg rests in; only the orphan sweep may wake one."""

AT_RISK: frozenset[LegState] = frozenset(
    {LegState.INTENT, LegState.SENDING, LegState.SENT, LegState.UNKNOWN, LegState.PLACED, LegState.OPEN}
)
"""States that count as filled in every cap (R11)."""


class PlannedLeg(Struct, frozen=True):
    """One leg as decided. volume: lots. entry: None at market. stop, target: price or None. risk: money lost at the stop.

    reference: the price the risk was reckoned from; None in journals that did not keep it.
    """

    number: int
    kind: OrderKind
    volume: Decimal
    entry: Decimal | None
    stop: Decimal | None
    target: Decimal | None
    risk: Decimal
    expires_at: int | None = None
    reference: Decimal | None = None

    def way(self, opened: Decimal | None = None) -> Decimal | None:
        """The distance to the stop that `risk` was reckoned for, in price: what opens elsewhere loses in proportion to it.

        opened: taken where the journal did not keep the reference. None when there is no distance to be known.
        """
        opens = self.reference or self.entry or opened
        if opens is None or self.stop is None or opens == self.stop:
            return None
        return abs(opens - self.stop)


class Plan(Struct, frozen=True):
    """The legs of an accepted signal. symbol: the broker's name. risk: money of all legs at their stops. notes: for the owner."""

    signal: SignalId
    symbol: str
    side: Side
    legs: tuple[PlannedLeg, ...]
    risk: Decimal
    notes: tuple[str, ...] = ()


class TradeRequest(Struct, frozen=True, omit_defaults=True):
    """What is asked of the terminal (MQL5 Reference: MqlTradeRequest), with MetaTrader's numbers for the enumerations.

    volume: lots. price, sl, tp: quote currency, 0 for none. deviation: points. expiration: server time, seconds.
    """

    action: int
    symbol: str
    type: int = 0
    volume: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    sl: Decimal = Decimal(0)
    tp: Decimal = Decimal(0)
    deviation: int = 0
    magic: Magic = Magic(0)
    comment: str = ""
    type_filling: int = 0
    type_time: int = 0
    expiration: int = 0
    position: Ticket = Ticket(0)
    order: Ticket = Ticket(0)


class CloseReason(StrEnum):
    """Why a position or a part of it ended."""

    TARGET = "target"
    STOP = "stop"
    STOP_OUT = "stop_out"
    OWNER = "owner"
    UPDATE = "update"
    FLATTEN = "flatten"
    ELSEWHERE = "elsewhere"


class ActionKind(StrEnum):
    """What can be done to a leg: all absolute, so that saying it twice does no harm (R12)."""

    PROTECT = "protect"
    REDUCE = "reduce"
    CLOSE = "close"
    CANCEL = "cancel"


class LegAction(Struct, frozen=True):
    """An intent on a leg that exists. number: grows by one per leg. volume: lots left after a REDUCE. stop, target: the
    levels after a PROTECT, None for none.
    """

    leg: LegId
    number: int
    kind: ActionKind
    reason: CloseReason
    text: str
    volume: Decimal = Decimal(0)
    stop: Decimal | None = None
    target: Decimal | None = None


class ClosingState(StrEnum):
    """Where a deal that closes a part of a netted position stands.

    SENDING -> DONE | REFUSED | UNKNOWN     SENDING, UNKNOWN -> DONE | UNFILLED     UNFILLED -> DONE (late, with an alert)
    No edge leads back to SENDING: what is left to close is asked for as another deal with a magic of its own.
    """

    SENDING = "sending"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"
    UNFILLED = "unfilled"


class Closing(Struct, frozen=True):
    """A deal of its own that closes a leg on a netting account, or a part of it (R12). Its magic is its identity.

    number: of the action it serves. part: from 1; an action may need several. volume: lots asked for. at: when it was written
    ahead, ms UTC.
    """

    number: int
    part: int
    magic: Magic
    volume: Decimal
    at: int
    state: ClosingState = ClosingState.SENDING

    @property
    def is_unsettled(self) -> bool:
        """It may still be carried out, so nothing else of its leg is closed meanwhile."""
        return self.state in (ClosingState.SENDING, ClosingState.UNKNOWN)

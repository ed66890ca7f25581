"""What a front end may ask: imperative, frozen, each with its own idempotency key (sent twice, it acts once)."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

from msgspec import Struct

from signalos_tui.model.account import TradingState
from signalos_tui.model.ids import ChannelId, MessageKey, SignalId, UpdateId
from signalos_tui.model.lessons import Lesson
from signalos_tui.model.messages import Policy
from signalos_tui.model.signals import Reading
from signalos_tui.model.tags import kebab


class StopMode(StrEnum):
    """FREEZE: nothing new is sent, positions stay with their stops. FLATTEN: also close and cancel everything."""

    FREEZE = "freeze"
    FLATTEN = "flatten"


class CommandBase(Struct, frozen=True, kw_only=True, tag_field="command", tag=kebab):
    """key: unique per press of a key. issued_at: ms UTC; an old command is refused. by: "console", "bot:42" …"""

    key: str
    issued_at: int
    by: str = "console"


class Approve(CommandBase, frozen=True, kw_only=True):
    """Let a held signal or update go on. Rules that protect the account still apply.

    shown: the mark of what was shown (`shown.mark_of`): if something else stands there by now, nothing is done. "" for a
    caller that shows nothing.
    """

    subject: SignalId | UpdateId
    shown: str = ""


class Reject(CommandBase, frozen=True, kw_only=True):
    """Turn a held signal or update down."""

    subject: SignalId | UpdateId


class CloseTrade(CommandBase, frozen=True, kw_only=True):
    """Close a part (0 < fraction <= 1) of every open leg of a trade; at 1 its pending orders go too."""

    signal: SignalId
    fraction: Decimal = Decimal(1)


class BreakEven(CommandBase, frozen=True, kw_only=True):
    """Move the stop of every open leg to its opening price."""

    signal: SignalId


class MoveStop(CommandBase, frozen=True, kw_only=True):
    """Move the stop of a trade to a price."""

    signal: SignalId
    price: Decimal


class MoveTarget(CommandBase, frozen=True, kw_only=True):
    """Move one target (number from 1) of a trade, None for all of them."""

    signal: SignalId
    price: Decimal
    number: int | None = None


class TrailStop(CommandBase, frozen=True, kw_only=True):
    """Let the stop follow the price at a distance in price; None ends it."""

    signal: SignalId
    distance: Decimal | None


class CancelPending(CommandBase, frozen=True, kw_only=True):
    """Remove the pending orders of a trade."""

    signal: SignalId


class PauseChannel(CommandBase, frozen=True, kw_only=True):
    """Read on, but open nothing from this channel."""

    channel: ChannelId


class ResumeChannel(CommandBase, frozen=True, kw_only=True):
    """Trade a paused channel again."""

    channel: ChannelId


class CorrectReading(CommandBase, frozen=True, kw_only=True):
    """The owner's own reading of one revision of a post.

    Its numbers need no true spans: the engine finds each value in the text, or refuses. A post that was not traded is
    decided anew and comes out held; one that was is corrected for the record only.
    """

    message: MessageKey
    revision: int
    reading: Reading


class TeachChannel(CommandBase, frozen=True, kw_only=True):
    """What the owner teaches about a channel, as a whole: it replaces what was taught before. An empty one forgets all."""

    channel: ChannelId
    lesson: Lesson


class SetPolicy(CommandBase, frozen=True, kw_only=True):
    """What a channel's signals may do on this account."""

    channel: ChannelId
    policy: Policy


class ChooseSymbol(CommandBase, frozen=True, kw_only=True):
    """Which of the broker's instruments a market is on this account. name: exactly as the broker writes it; None: never trade it.

    Signals that waited for the answer go through all rules again, as old as they are.
    """

    market: str
    name: str | None


class StopTrading(CommandBase, frozen=True, kw_only=True):
    """The kill switch."""

    mode: StopMode


class SetTradingState(CommandBase, frozen=True, kw_only=True):
    """Go back to ACTIVE, or to REDUCING."""

    state: TradingState


Command = (
    Approve
    | Reject
    | CloseTrade
    | BreakEven
    | MoveStop
    | MoveTarget
    | TrailStop
    | CancelPending
    | PauseChannel
    | ResumeChannel
    | CorrectReading
    | TeachChannel
    | SetPolicy
    | ChooseSymbol
    | StopTrading
    | SetTradingState
)


class Outcome(Struct, frozen=True):
    """The answer to a command. text: what happened, or why not and what to do."""

    ok: bool
    text: str
    details: dict[str, Any] = {}

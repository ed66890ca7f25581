"""The case: everything a rule may look at, in one value.

A rule that needs to know something gets it here or not at all; so a decision can be repeated, word for word, from a journal.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from signalos_tui.config import Permit, Trading
from signalos_tui.evaluate.draft import Draft
from signalos_tui.evaluate.figures import plain
from signalos_tui.evaluate.sizing import Sized
from signalos_tui.evaluate.symbols import Resolution
from signalos_tui.model.account import Account, TradingState
from signalos_tui.model.decisions import RuleVerdict
from signalos_tui.model.ids import ChannelId, SignalId
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.orders import Plan
from signalos_tui.model.signals import Distance, Level, Number, Reading, Reason, Side, Signal

NEARLY = Decimal("0.0005")
"""Two levels this share apart are the same level in a repost (5 pips on EURUSD, 1.2 on gold at 2 400)."""


class OpenTrade(Struct, frozen=True):
    """A signal with a position, a pending order or an unsettled leg (reference: reliability R11).

    symbol: the broker's name. risk: account money lost if all its legs end at their stops now, 0 when the stops are in
    profit.
    """

    signal: SignalId
    channel: ChannelId
    symbol: str
    side: Side
    risk: Decimal


class Call(Struct, frozen=True):
    """A signal that was accepted or held before. at: when it was published, ms UTC."""

    signal: SignalId
    channel: ChannelId
    at: int
    fingerprint: str


class Exposure(Struct, frozen=True):
    """Where the desk stands. day_equity: the trading day's first equity, None when not known. calls: any order."""

    trading_state: TradingState
    channel_paused: bool = False
    channel_is_read: bool = True
    trades: tuple[OpenTrade, ...] = ()
    day_equity: Decimal | None = None
    calls: tuple[Call, ...] = ()


class Case(Struct, frozen=True, kw_only=True):
    """One signal and the desk it meets. posted_at: of the first revision, ms UTC. by_owner: the owner approved it.

    seconded: a second reader agrees in every field, and `agreement.objection` has none. permit: what the channel may do.
    asking: why the owner is asked even if all rules pass. so_far: what the rules before this one said.
    """

    signal: Signal
    signal_id: SignalId
    channel: ChannelId
    reading: Reading
    posted_at: int
    now: int
    resolution: Resolution
    trading: Trading
    exposure: Exposure
    edited: bool = False
    spec: SymbolSpec | None = None
    quote: Quote | None = None
    account: Account | None = None
    draft: Draft | None = None
    sized: Sized | None = None
    quote_age_limit_ms: int = 20_000
    by_owner: bool = False
    seconded: bool = False
    permit: Permit = Permit()
    asking: Reason | None = None
    so_far: tuple[RuleVerdict, ...] = ()

    @property
    def plan(self) -> Plan | None:
        """What would be sent, None when it could not be made."""
        return self.sized.plan if self.sized is not None else None


def fingerprint(signal: Signal) -> str:
    """A signal as "symbol|side|entry|stop|targets", the same however its numbers are written."""
    side = signal.side.value if signal.side is not None else ""
    parts = (signal.entry, (signal.stop,) if signal.stop is not None else (), signal.targets)
    return "|".join((signal.symbol or "", side, *(",".join(map(_written, part)) for part in parts)))


def is_same_call(one: str, other: str) -> bool:
    """Whether two fingerprints are one call: symbol and side equal, and the levels both give nearly so.

    A repost with one more target, or an entry that moved a little, is the same call. A call with levels is never the same as
    one without: "buy gold now" and the full signal that follows it are two.
    """
    if one == other:
        return True
    mine, theirs = one.split("|"), other.split("|")
    if len(mine) != 5 or mine[:2] != theirs[:2]:
        return False
    if not mine[3] or not theirs[3]:
        return False
    pairs = [
        (left, right)
        for a, b in zip(mine[2:], theirs[2:], strict=True)
        for left, right in zip(a.split(","), b.split(","), strict=False)
        if left and right
    ]
    return all(_is_near(left, right) for left, right in pairs)


def _written(level: Level) -> str:
    if isinstance(level, Number):
        return plain(level.value)
    return f"{plain(level.value)}{level.unit.value}" if isinstance(level, Distance) else "open"


def _is_near(left: str, right: str) -> bool:
    if left == right:
        return True
    if not (left[-1:].isdigit() and right[-1:].isdigit()):
        return False
    one, other = Decimal(left), Decimal(right)
    return abs(one - other) <= max(abs(one), abs(other)) * NEARLY

"""What the owner sees: the parts of `DeskState`, all frozen, each built from events only."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from signalos_tui.model.account import Account, TradingState
from signalos_tui.model.decisions import Decision, DecisionOutcome, UpdateDecision
from signalos_tui.model.events import Mark, Severity
from signalos_tui.model.ids import ChannelId, LegId, Magic, MessageKey, SignalId, Ticket, UpdateId
from signalos_tui.model.lessons import Lesson
from signalos_tui.model.market import Quote, Sample, SymbolSpec
from signalos_tui.model.messages import Channel, Health, Message, Policy
from signalos_tui.model.opinions import Opinion, Usage
from signalos_tui.model.orders import (
    AT_RISK,
    ENDED,
    ActionKind,
    CloseReason,
    Closing,
    LegAction,
    LegState,
    PlannedLeg,
    TradeRequest,
)
from signalos_tui.model.reach import Reach
from signalos_tui.model.revisions import Part
from signalos_tui.model.signals import Reading, Side, Signal, Update
from signalos_tui.model.symbols import SymbolView, market

MOST_TITLES = 100
"""Former titles that are kept of a channel."""


class ChannelView(Struct, frozen=True):
    """A channel's row. results: R of its ended trades, oldest first, the last 40. result_money: account currency.

    lesson: what the owner taught about it in the console; what config.toml says stands beside it. policy: what he chose in the
    console, None for what config.toml says. imported: older posts that were taken in to judge it by. titles: those it had before,
    the latest first, at most `MOST_TITLES`.
    """

    channel: Channel
    health: Health = Health.OK
    detail: str = ""
    is_paused: bool = False
    messages: int = 0
    signals: int = 0
    traded: int = 0
    held: int = 0
    denied: int = 0
    results: tuple[Decimal, ...] = ()
    result_r: Decimal = Decimal(0)
    result_money: Decimal = Decimal(0)
    last_at: int | None = None
    lesson: Lesson = Lesson()
    policy: Policy | None = None
    is_followed: bool = True
    imported: int = 0
    titles: tuple[str, ...] = ()


class Revision(Struct, frozen=True):
    """What a post said before it was edited. at: when that revision was published, ms UTC."""

    at: int
    text: str


class Post(Struct, frozen=True):
    """A message with its past. received_at: when we had it on disk, ms UTC. earlier: revisions replaced by edits.

    reading: what the reader made of this revision, None before it was read. corrected: what the owner says it means.
    second: what the second reader says of it, None before it answered.
    """

    message: Message
    received_at: int
    revision: int = 0
    earlier: tuple[Revision, ...] = ()
    deleted_at: int | None = None
    reading: Reading | None = None
    corrected: Reading | None = None
    second: Opinion | None = None


class SignalView(Struct, frozen=True):
    """A signal and what became of it. price: the market when it was decided. rejected: the owner's or the source's no.

    decided: the signal as it was when it was accepted, whatever edits made of it since. is_lost: an edit once left it out
    after it was accepted. parts: the other posts that say it, when one alone does not. edited: what the last edit did to it.
    """

    id: SignalId
    key: MessageKey
    channel: ChannelId
    at: int
    signal: Signal
    reading: Reading
    decision: Decision | None = None
    price: Decimal | None = None
    rejected: str = ""
    rejected_by: str = ""
    decided: Signal | None = None
    is_lost: bool = False
    parts: tuple[Part, ...] = ()
    edited: str = ""

    @property
    def outcome(self) -> DecisionOutcome | None:
        """The answer so far; None while it is being decided."""
        return self.decision.outcome if self.decision else None

    @property
    def is_waiting(self) -> bool:
        """Held, and the owner has not answered."""
        return self.outcome is DecisionOutcome.HELD and not self.rejected

    @property
    def was_accepted(self) -> bool:
        """It was traded, or was to be; from then on its name stands for this call and for no other."""
        return self.decided is not None or self.outcome is DecisionOutcome.ACCEPTED

    @property
    def symbol(self) -> str:
        """The broker's name of the instrument where there is a plan, else the signal's."""
        plan = self.decision.plan if self.decision else None
        return plan.symbol if plan else self.signal.symbol or ""


class UpdateView(Struct, frozen=True):
    """An update and what became of it. is_lost: an edit changed it or left it out after it was followed."""

    id: UpdateId
    key: MessageKey
    channel: ChannelId
    at: int
    update: Update
    reading: Reading
    decision: UpdateDecision | None = None
    rejected: str = ""
    is_lost: bool = False

    @property
    def outcome(self) -> DecisionOutcome | None:
        """The answer so far; None while it is being decided."""
        return self.decision.outcome if self.decision else None

    @property
    def is_waiting(self) -> bool:
        """Held, and the owner has not answered."""
        return self.outcome is DecisionOutcome.HELD and not self.rejected


class LegStep(Struct, frozen=True, array_like=True):
    """One line of a leg's history."""

    at: int
    text: str
    severity: Severity = Severity.INFO


class LegView(Struct, frozen=True):
    """A leg. volume: lots open now; opened: lots it opened with. profit: realised, with swap and commission.

    order, position: the broker's tickets. deals: closing deals already counted in `profit`. actions: intended and not yet
    settled. last_action: the highest action number. closing: why we last asked for a close or a part. closings: on a netting
    account, every deal that was to close this leg; there `position` is the one all legs of the trade share.
    """

    id: LegId
    signal: SignalId
    number: int
    magic: Magic
    symbol: str
    side: Side
    plan: PlannedLeg
    posted_at: int
    intent_at: int
    ttl_ms: int
    state: LegState = LegState.INTENT
    attempt: int = 0
    sending_at: int | None = None
    request: TradeRequest | None = None
    order: Ticket | None = None
    position: Ticket | None = None
    volume: Decimal = Decimal(0)
    opened: Decimal = Decimal(0)
    price_open: Decimal | None = None
    stop: Decimal | None = None
    target: Decimal | None = None
    opened_at: int | None = None
    profit: Decimal = Decimal(0)
    price_close: Decimal | None = None
    closed_at: int | None = None
    close_reason: CloseReason | None = None
    deals: tuple[Ticket, ...] = ()
    actions: tuple[LegAction, ...] = ()
    last_action: int = 0
    closing: CloseReason | None = None
    closings: tuple[Closing, ...] = ()
    history: tuple[LegStep, ...] = ()

    @property
    def is_live(self) -> bool:
        """It may still change: not in a state it rests in."""
        return self.state not in ENDED

    @property
    def is_open(self) -> bool:
        """A position exists."""
        return self.state is LegState.OPEN

    @property
    def is_closing(self) -> bool:
        """Its end was asked for already."""
        return any(action.kind in (ActionKind.CLOSE, ActionKind.CANCEL) for action in self.actions)

    @property
    def unsettled(self) -> tuple[Closing, ...]:
        """Closing deals that may still be carried out."""
        return tuple(closing for closing in self.closings if closing.is_unsettled)

    @property
    def levels(self) -> tuple[Decimal | None, Decimal | None]:
        """Stop and target when all that is intended is done; the plan's as long as nothing stands at the broker."""
        wished = next((action for action in reversed(self.actions) if action.kind is ActionKind.PROTECT), None)
        if wished is not None:
            return wished.stop, wished.target
        stands = self.state in (LegState.OPEN, LegState.PLACED)
        return (self.stop, self.target) if stands else (self.plan.stop, self.plan.target)

    @property
    def risk_left(self) -> Decimal:
        """Money lost if the stop is hit now, never below zero; the planned risk until it is open (R11)."""
        if self.state not in AT_RISK:
            return Decimal(0)
        if self.state is not LegState.OPEN or self.price_open is None or not self.opened:
            return self.plan.risk
        way = self.plan.way(self.price_open)
        if self.stop is None or way is None:
            return self.plan.risk * self.volume / self.opened
        share = (self.price_open - self.stop) * self.side.sign / way
        return max(Decimal(0), self.plan.risk * self.volume / self.opened * share)


class Trade(Struct, frozen=True):
    """A signal that was accepted: its legs and what was done with them. risk: money at the stops as planned.

    scored: money already counted in its channel's results.
    """

    signal: SignalId
    channel: ChannelId
    symbol: str
    side: Side
    risk: Decimal
    at: int
    legs: tuple[LegView, ...] = ()
    reached: tuple[int, ...] = ()
    trail: Decimal | None = None
    ended_at: int | None = None
    scored: Decimal = Decimal(0)

    @property
    def open_legs(self) -> tuple[LegView, ...]:
        """Legs with a position."""
        return tuple(leg for leg in self.legs if leg.is_open)

    @property
    def is_live(self) -> bool:
        """At least one leg may still change."""
        return any(leg.is_live for leg in self.legs)

    @property
    def was_opened(self) -> bool:
        """At least one leg had a position."""
        return any(leg.opened for leg in self.legs)

    @property
    def volume(self) -> Decimal:
        """Lots open now."""
        return sum((leg.volume for leg in self.open_legs), Decimal(0))

    @property
    def realised(self) -> Decimal:
        """Money already taken or lost, with swap and commission."""
        return sum((leg.profit for leg in self.legs), Decimal(0))

    @property
    def risk_left(self) -> Decimal:
        """Money lost if every stop were hit now."""
        return sum((leg.risk_left for leg in self.legs), Decimal(0))

    @property
    def price_open(self) -> Decimal | None:
        """The average opening price of all legs that were opened."""
        opened = [(leg.price_open, leg.opened) for leg in self.legs if leg.price_open is not None and leg.opened]
        lots = sum((volume for _, volume in opened), Decimal(0))
        return sum((price * volume for price, volume in opened), Decimal(0)) / lots if lots else None


class LogLine(Struct, frozen=True, array_like=True):
    """One line of the log pane. text may hold foreign words. remedy: the end of the text, where that says what to do."""

    seq: int
    at: int
    severity: Severity
    text: str
    remedy: str = ""

    @property
    def what(self) -> str:
        """What happened, without what to do about it."""
        return self.text.removesuffix(self.remedy).rstrip() if self.remedy else self.text


class DeskState(Struct, frozen=True):
    """Everything a front end shows; a fold of events (state.py). Dictionaries are never changed in place.

    seq, at: of the last journalled event. is_armed: recovery is complete. vouched_at: ms UTC; intents up to here are this
    journal's own, or the owner has looked at what is not. marks, quotes, tracks, specs and account are live
    figures that are not journalled. second: what the second reader has used today. symbols: what names mean here, by market.
    """

    seq: int = 0
    at: int = 0
    version: str = ""
    generation: int = 0
    account_name: str = ""
    started_at: int = 0
    is_running: bool = False
    is_armed: bool = False
    vouched_at: int = 0
    trading: TradingState = TradingState.ACTIVE
    trading_reason: str = ""
    day: str = ""
    day_equity: Decimal | None = None
    channels: dict[ChannelId, ChannelView] = {}
    posts: dict[MessageKey, Post] = {}
    signals: dict[SignalId, SignalView] = {}
    updates: dict[UpdateId, UpdateView] = {}
    trades: dict[SignalId, Trade] = {}
    log: tuple[LogLine, ...] = ()
    currency: str = ""
    """Of the account as the journal has it; "" before it was written down."""
    account: Account | None = None
    quotes: dict[str, Quote] = {}
    marks: dict[LegId, Mark] = {}
    tracks: dict[str, tuple[Sample, ...]] = {}
    specs: dict[str, SymbolSpec] = {}
    reach: Reach | None = None
    """The way to a terminal that stands elsewhere, live; None for one in the same process."""
    second: Usage = Usage()
    symbols: dict[str, SymbolView] = {}

    @property
    def live_trades(self) -> tuple[Trade, ...]:
        """Trades with at least one leg that may still change, oldest first."""
        return tuple(trade for trade in self.trades.values() if trade.is_live)

    @property
    def open_risk(self) -> Decimal:
        """Money lost if every stop were hit now; unsettled legs count as filled."""
        return sum((trade.risk_left for trade in self.trades.values()), Decimal(0))

    def symbol(self, name: str | None) -> SymbolView | None:
        """What is known of the market that a signal names, by any of its names."""
        return self.symbols.get(market(name)) if name else None

    def was_acted_on(self, key: MessageKey) -> bool:
        """Something a post said was traded or followed: another reading of it changes nothing about that."""
        followed = (view for view in self.updates.values() if view.key == key)
        traded = (view for view in self.signals.values() if view.was_accepted)
        return any(view.key == key or any(part.key == key for part in view.parts) for view in traded) or any(
            view.outcome is DecisionOutcome.ACCEPTED for view in followed
        )

    def floating(self, trade: Trade) -> Decimal:
        """The floating result of a trade's open legs, account currency."""
        return sum((self.marks[leg.id].profit for leg in trade.open_legs if leg.id in self.marks), Decimal(0))

    def result(self, trade: Trade) -> Decimal:
        """Realised and floating result of a trade."""
        return trade.realised + self.floating(trade)

    def result_r(self, trade: Trade) -> Decimal | None:
        """The result in units of the planned risk."""
        return self.result(trade) / trade.risk if trade.risk else None

    def day_change(self) -> Decimal | None:
        """Percent gained since the day began."""
        if self.account is None or not self.day_equity:
            return None
        return (self.account.equity / self.day_equity - 1) * 100

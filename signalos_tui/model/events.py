"""What happened: past tense, frozen, tagged. The journal is a list of these and `DeskState` is their fold.

Read top to bottom, this file is the glossary of the product: the engine starts, a message comes in, it is read, decided,
sent, managed, and ends.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from signalos_tui.model.account import Account, TradingState
from signalos_tui.model.channel_events import (
    ChannelFollowed,
    ChannelHealthChanged,
    ChannelPaused,
    ChannelPolicySet,
    ChannelResumed,
    ChannelUnfollowed,
    PostImported,
)
from signalos_tui.model.commands import Command, Outcome
from signalos_tui.model.decisions import Decision, UpdateDecision
from signalos_tui.model.ids import ChannelId, LegId, Magic, MessageKey, SignalId, Ticket, UpdateId
from signalos_tui.model.lessons import Lesson
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.messages import Message
from signalos_tui.model.opinions import Opinion
from signalos_tui.model.orders import CloseReason, LegAction, PlannedLeg, TradeRequest
from signalos_tui.model.reach import Reach
from signalos_tui.model.revisions import Difference, Part
from signalos_tui.model.signals import Reading, Side
from signalos_tui.model.symbols import Choice, Match
from signalos_tui.model.tags import EventBase


class Severity(StrEnum):
    """How loud a notice is."""

    INFO = "info"
    WARNING = "warning"
    ALARM = "alarm"


# --- the engine ---------------------------------------------------------------------------------------------------


class EngineStarted(EventBase, frozen=True):
    """The engine took the journal. generation: grows by one per start. account: "<server>/<login>"."""

    version: str
    generation: int
    account: str


class EngineArmed(EventBase, frozen=True):
    """Recovery is complete (R10); from here on new positions may be opened."""

    reconciled: int
    adopted: int


class EngineStopped(EventBase, frozen=True):
    """The engine ended in order."""

    reason: str


class TradingStateChanged(EventBase, frozen=True):
    """ACTIVE, REDUCING or HALTED, with who and why."""

    state: TradingState
    reason: str
    by: str


class TaskFailed(EventBase, frozen=True):
    """A supervised task ended in an error; it is started again after `delay` seconds, or trading is halted."""

    task: str
    error: str
    failures: int
    delay: float


class NoticeRaised(EventBase, frozen=True):
    """Something the owner should know. remedy: what to do. code: stable, for filters and tests."""

    severity: Severity
    code: str
    text: str
    remedy: str = ""


# --- channels and messages ----------------------------------------------------------------------------------------


class MessageReceived(EventBase, frozen=True):
    """A post, on disk before anything looks at it."""

    message: Message
    content: str


class MessageEdited(EventBase, frozen=True):
    """A later revision with other content. revision: 1 for the first edit."""

    message: Message
    content: str
    revision: int


class MessageDeleted(EventBase, frozen=True):
    """A post was withdrawn."""

    key: MessageKey


class MessageRead(EventBase, frozen=True):
    """What the reader made of one revision. differences: of an edit, against what was known of the post before it."""

    key: MessageKey
    revision: int
    reading: Reading
    differences: tuple[Difference, ...] = ()


class PostsJoined(EventBase, frozen=True):
    """Several posts say one call. reading: of all together. parts: the other posts; () when it stands alone again."""

    signal: SignalId
    reading: Reading
    parts: tuple[Part, ...]


class SecondReading(EventBase, frozen=True):
    """What the second reader says of a revision that the rules hold; the first answer written is the answer."""

    key: MessageKey
    revision: int
    opinion: Opinion


class ReadingCorrected(EventBase, frozen=True):
    """The owner says what one revision of a post means. reading: with the place in the text of every number."""

    key: MessageKey
    revision: int
    reading: Reading
    by: str


class ChannelTaught(EventBase, frozen=True):
    """From here on a channel is read with this lesson; it replaces the one before as a whole."""

    channel: ChannelId
    lesson: Lesson
    by: str


# --- names of instruments -----------------------------------------------------------------------------------------


class SymbolsMatched(EventBase, frozen=True):
    """What names of signals mean at this account's broker, where that is new or not as it was."""

    matches: tuple[Match, ...]


class SymbolChosen(EventBase, frozen=True):
    """The owner said which of the broker's instruments a market is on this account, or that it is never traded."""

    market: str
    choice: Choice
    by: str


class ChoiceLapsed(EventBase, frozen=True):
    """What the owner chose is gone or is another thing now, so he is asked again. text: what changed."""

    market: str
    name: str
    text: str


# --- decisions ----------------------------------------------------------------------------------------------------


class SignalDecided(EventBase, frozen=True):
    """The rules (or the owner, with the rules) answered a signal. price: the market when it was decided."""

    decision: Decision
    price: Decimal | None = None


class SignalRejected(EventBase, frozen=True):
    """The owner turned a held signal down, or it was withdrawn before it was sent."""

    signal: SignalId
    reason: str
    by: str


class UpdateDecided(EventBase, frozen=True):
    """An update was bound to trades and accepted, held or denied."""

    decision: UpdateDecision


class UpdateRejected(EventBase, frozen=True):
    """The owner turned a held update down."""

    update: UpdateId
    by: str


# --- legs: opening ------------------------------------------------------------------------------------------------


class IntentRecorded(EventBase, frozen=True):
    """A leg may be sent. It is on disk before the terminal is asked. posted_at: when its message was published."""

    leg: LegId
    signal: SignalId
    magic: Magic
    symbol: str
    side: Side
    plan: PlannedLeg
    posted_at: int
    ttl_ms: int


class LegSending(EventBase, frozen=True):
    """The request is about to leave. From here on only proof ends the doubt. attempt: from 1."""

    leg: LegId
    attempt: int
    request: TradeRequest


class LegSent(EventBase, frozen=True):
    """The terminal took it (10008) and has not yet shown what became of it."""

    leg: LegId
    order: Ticket
    retcode: int
    latency_ms: int


class LegPlaced(EventBase, frozen=True):
    """A pending order stands in the broker's book."""

    leg: LegId
    order: Ticket
    retcode: int = 0
    latency_ms: int = 0
    adopted: bool = False


class LegOpened(EventBase, frozen=True):
    """A position is open. price: what it opened at; asked: what we asked for. adopted: found at the broker, not answered."""

    leg: LegId
    position: Ticket
    volume: Decimal
    price: Decimal
    asked: Decimal | None = None
    stop: Decimal | None = None
    target: Decimal | None = None
    retcode: int = 0
    latency_ms: int = 0
    adopted: bool = False


class LegRejected(EventBase, frozen=True):
    """A definite no. final: the leg ends; else it is priced again within its time (R13)."""

    leg: LegId
    retcode: int
    text: str
    final: bool = True
    latency_ms: int = 0


class LegUnknown(EventBase, frozen=True):
    """The answer is lost or says nothing certain: never sent again, only looked for."""

    leg: LegId
    retcode: int
    text: str


class LegUnfilled(EventBase, frozen=True):
    """Looked for long enough, three clean absences: it is not at the broker."""

    leg: LegId
    text: str


class LegExpired(EventBase, frozen=True):
    """Its time ran out before it was sent."""

    leg: LegId
    text: str


class LegCancelled(EventBase, frozen=True):
    """A pending order left the book without a position."""

    leg: LegId
    text: str


# --- legs: managing -----------------------------------------------------------------------------------------------


class ActionIntended(EventBase, frozen=True):
    """A close, reduction, change of levels or cancellation, on disk before the terminal is asked."""

    action: LegAction
    by: str


class ActionSettled(EventBase, frozen=True):
    """The terminal's answer to an action. ok: what was asked for is now so."""

    leg: LegId
    number: int
    ok: bool
    retcode: int
    text: str
    latency_ms: int = 0


class LegProtected(EventBase, frozen=True):
    """Stop or target of a leg are now these. seen at the terminal, whoever moved them."""

    leg: LegId
    stop: Decimal | None
    target: Decimal | None
    text: str


class LegReduced(EventBase, frozen=True):
    """A part was closed. profit: with swap and commission, account currency."""

    leg: LegId
    volume: Decimal
    remaining: Decimal
    price: Decimal
    profit: Decimal
    reason: CloseReason
    deal: Ticket


class LegClosed(EventBase, frozen=True):
    """The position is gone. profit: of this last part, with swap and commission, account currency."""

    leg: LegId
    volume: Decimal
    price: Decimal
    profit: Decimal
    reason: CloseReason
    deal: Ticket


class LegFilled(EventBase, frozen=True):
    """More of an open leg was filled. volume: lots open now; opened: lots filled so far; price: their average."""

    leg: LegId
    volume: Decimal
    opened: Decimal
    price: Decimal


# --- legs: closing on a netting account ---------------------------------------------------------------------------


class CloseSending(EventBase, frozen=True):
    """A deal that closes a leg or a part of it is about to leave; from here on only proof ends the doubt (R1, R12).

    number: of the action. part: which deal of that action, from 1.
    """

    leg: LegId
    number: int
    part: int
    request: TradeRequest


class CloseRefused(EventBase, frozen=True):
    """A definite no: nothing was closed by this deal."""

    leg: LegId
    number: int
    part: int
    retcode: int
    text: str
    latency_ms: int = 0


class CloseUnknown(EventBase, frozen=True):
    """The answer is lost: this deal is not sent again, only looked for."""

    leg: LegId
    number: int
    part: int
    retcode: int
    text: str


class CloseDone(EventBase, frozen=True):
    """Everything this deal closed is accounted for. volume: lots, less than asked when only a part was executed."""

    leg: LegId
    number: int
    part: int
    volume: Decimal


class CloseUnfilled(EventBase, frozen=True):
    """Looked for long enough: the broker did not close anything for it. The leg stays open; the owner may ask anew."""

    leg: LegId
    number: int
    part: int
    text: str


class TargetReached(EventBase, frozen=True):
    """A target of a signal was hit. number: from 1."""

    signal: SignalId
    number: int
    price: Decimal


class TrailSet(EventBase, frozen=True):
    """The stop follows the price at this distance in price, or no longer."""

    signal: SignalId
    distance: Decimal | None


# --- money and the door -------------------------------------------------------------------------------------------


class DayStarted(EventBase, frozen=True):
    """A trading day began. date: ISO, in the owner's time zone. equity: what the day's loss is measured from."""

    date: str
    equity: Decimal


class AccountRecorded(EventBase, frozen=True):
    """The account after something changed its balance."""

    account: Account


class CommandAnswered(EventBase, frozen=True):
    """A front end's command and the answer it got; the same key gets the same answer."""

    command: Command
    outcome: Outcome


# --- not journalled -----------------------------------------------------------------------------------------------


class Mark(Struct, frozen=True, array_like=True):
    """The floating result of a leg. price: where it would close. profit: account currency, with swap."""

    leg: LegId
    price: Decimal
    profit: Decimal


class Pulsed(EventBase, frozen=True):
    """Prices, floating results and the account right now. Many a second; never journalled, folded all the same.

    specs: instruments that were not told before. reach: when the way to a terminal elsewhere is another than it was.
    """

    account: Account | None = None
    quotes: tuple[Quote, ...] = ()
    marks: tuple[Mark, ...] = ()
    specs: tuple[SymbolSpec, ...] = ()
    reach: Reach | None = None


Event = (
    EngineStarted
    | EngineArmed
    | EngineStopped
    | TradingStateChanged
    | TaskFailed
    | NoticeRaised
    | ChannelFollowed
    | ChannelUnfollowed
    | ChannelPolicySet
    | PostImported
    | ChannelHealthChanged
    | ChannelPaused
    | ChannelResumed
    | MessageReceived
    | MessageEdited
    | MessageDeleted
    | MessageRead
    | PostsJoined
    | SecondReading
    | ReadingCorrected
    | ChannelTaught
    | SymbolsMatched
    | SymbolChosen
    | ChoiceLapsed
    | SignalDecided
    | SignalRejected
    | UpdateDecided
    | UpdateRejected
    | IntentRecorded
    | LegSending
    | LegSent
    | LegPlaced
    | LegOpened
    | LegRejected
    | LegUnknown
    | LegUnfilled
    | LegExpired
    | LegCancelled
    | ActionIntended
    | ActionSettled
    | LegProtected
    | LegReduced
    | LegClosed
    | LegFilled
    | CloseSending
    | CloseRefused
    | CloseUnknown
    | CloseDone
    | CloseUnfilled
    | TargetReached
    | TrailSet
    | DayStarted
    | AccountRecorded
    | CommandAnswered
    | Pulsed
)


class Record(Struct, frozen=True):
    """An event in its place. seq: from 1, without gaps; 0 for what is not journalled. at: ms UTC."""

    seq: int
    at: int
    event: Event


def kind_of(event: Event) -> str:
    """The event's tag, as the journal and filters name it ("leg-opened")."""
    return str(event.__struct_config__.tag)

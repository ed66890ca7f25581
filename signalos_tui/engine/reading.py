"""From a message on disk to a reading, its decisions and its intents: one group in the journal (reference: reliability R2).

An edited post is read again and only the difference matters: a signal that was not traded is decided anew, one that was traded
gets its new levels, and a changed symbol or side is never followed but shown (reference: reliability A8, A9).
"""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.config import Config
from signalos_tui.decode import Profile, read
from signalos_tui.engine.deciding import Decider
from signalos_tui.engine.desk import Desk, Draft
from signalos_tui.engine.managing import Managing
from signalos_tui.engine.settings import Settings
from signalos_tui.errors import JournalFailed
from signalos_tui.logs import logger
from signalos_tui.model.account import TradingState
from signalos_tui.model.decisions import DecisionOutcome, UpdateDecision
from signalos_tui.model.desk import Post, SignalView
from signalos_tui.model.events import (
    Event,
    MessageDeleted,
    MessageRead,
    NoticeRaised,
    Severity,
    SignalRejected,
    UpdateDecided,
)
from signalos_tui.model.ids import ChannelId, signal_id, update_id
from signalos_tui.model.messages import Message
from signalos_tui.model.signals import Number, Reading, ReadingKind, ReadingVerdict, Reason, Signal, UpdateAction

_log = logger("signalos.reading")


class ReadingRoom:
    """Reads messages and decides what is in them."""

    def __init__(self, desk: Desk, decider: Decider, managing: Managing, config: Config, settings: Settings) -> None:
        self._desk = desk
        self._decider = decider
        self._managing = managing
        self._config = config
        self._settings = settings
        self._profiles: dict[ChannelId, Profile] = {}

    async def take(self, message: Message, revision: int) -> None:
        """Read one revision, decide what is new in it, write it all down."""
        if message.service:
            return
        async with self._desk.lock:
            try:
                draft = await self._drafted(message, revision)
                await self._desk.record(*draft.events)
            except JournalFailed:
                raise
            except Exception as error:  # noqa: BLE001 (one post may break us, it must not stop the rest: B16)
                _log.error("post set aside", post=message.key, error=f"{type(error).__name__}: {error}")
                await self._desk.record(*_set_aside(message, revision, error))

    async def _drafted(self, message: Message, revision: int) -> Draft:
        draft = self._desk.draft()
        before = draft.state
        reading = self._read(message)
        draft.add(MessageRead(message.key, revision, reading))
        for signal in reading.signals:
            view = before.signals.get(signal_id(message.key, signal.number))
            if view is None or view.outcome is not DecisionOutcome.ACCEPTED:
                draft.add(*await self._decider.decide(signal, reading, message, draft.state))
            elif view.id in before.trades:
                await self._changed(draft, view, signal)
        if revision:
            self._withdrawn(draft, message, reading)
        await self._updates(draft, message, reading)
        return draft

    def _read(self, message: Message) -> Reading:
        try:
            return read(message.text, self._profile(message.channel))
        except Exception as error:  # noqa: BLE001 (as above; told apart because it is a reader's fault, not a rule's)
            _log.error("reader failed", post=message.key, error=f"{type(error).__name__}: {error}")
            return _unread(
                "reader_failed", f"The reader itself failed on it ({type(error).__name__}). Please report it"
            )

    def _profile(self, channel: ChannelId) -> Profile:
        if channel not in self._profiles:
            words = self._settings.words(channel)
            self._profiles[channel] = Profile(
                default_symbol=words.default_symbol or None, ignore=words.ignore, symbols=tuple(self._config.aliases)
            )
        return self._profiles[channel]

    async def deleted(self, post: Post) -> None:
        """A post is gone: what was not sent is withdrawn, pending orders follow the owner's rule."""
        async with self._desk.lock:
            draft = self._desk.draft()
            draft.add(MessageDeleted(post.message.key))
            for view in list(draft.state.signals.values()):
                if view.key == post.message.key:
                    self._gone(draft, view, "the message was deleted")
            await self._desk.record(*draft.events)

    # --- edits ----------------------------------------------------------------------------------------------------

    def _withdrawn(self, draft: Draft, message: Message, reading: Reading) -> None:
        still = {signal_id(message.key, signal.number) for signal in reading.signals}
        for view in [v for v in draft.state.signals.values() if v.key == message.key and v.id not in still]:
            self._gone(draft, view, "an edit took the signal away")

    def _gone(self, draft: Draft, view: SignalView, why: str) -> None:
        trade = draft.state.trades.get(view.id)
        if trade is None:
            if view.is_waiting:
                draft.add(SignalRejected(view.id, why, "source"))
            return
        policy = self._settings.of(view.channel, view.signal.symbol or "").manage.deleted
        if not trade.is_live or policy == "ignore":
            return
        draft.add(
            NoticeRaised(
                Severity.ALARM,
                "signal-withdrawn",
                f"{why[0].upper()}{why[1:]}, and {trade.side} {trade.symbol} was traded on it",
                "Open positions stay with their stops; close them if you do not trust the call",
            )
        )
        if policy == "cancel" and draft.state.trading is not TradingState.HALTED:
            draft.add(*self._managing.cancelling(trade, why))

    async def _changed(self, draft: Draft, view: SignalView, signal: Signal) -> None:
        old, trade = view.signal, draft.state.trades[view.id]
        if signal == old or not trade.is_live:
            return
        if (signal.symbol, signal.side) != (old.symbol, old.side):
            text = f"An edit made {old.side} {old.symbol} into {signal.side} {signal.symbol} after it was traded"
            draft.add(NoticeRaised(Severity.ALARM, "edit-swapped", text, "Nothing was changed: close it, or leave it"))
            return
        if draft.state.trading is TradingState.HALTED:
            text = f"An edit changed the levels of {trade.side} {trade.symbol}"
            draft.add(
                NoticeRaised(Severity.WARNING, "edit-not-followed", text, "Trading is halted: move them yourself")
            )
            return
        if isinstance(signal.stop, Number) and _value(old.stop) != signal.stop.value:
            draft.add(*await self._managing.stop_to(trade, signal.stop.value, "edited"))
        for number, target in enumerate(signal.targets, 1):
            before = old.targets[number - 1] if number <= len(old.targets) else None
            if isinstance(target, Number) and _value(before) != target.value:
                trade = draft.state.trades[view.id]
                draft.add(*await self._managing.target_to(trade, target.value, number, "edited"))

    # --- updates --------------------------------------------------------------------------------------------------

    async def _updates(self, draft: Draft, message: Message, reading: Reading) -> None:
        known = self._desk.state.updates
        for update in reading.updates:
            uid = update_id(message.key, update.number)
            if uid in known or update.action is UpdateAction.INFO:
                continue
            binding = self._decider.binding(update, message, draft.state)
            outcome, reasons = binding.outcome, binding.reasons
            doubt = self._doubt(message, reading)
            if outcome is DecisionOutcome.ACCEPTED and doubt:
                outcome, reasons = DecisionOutcome.HELD, doubt
            draft.add(UpdateDecided(UpdateDecision(uid, outcome, binding.signals, reasons)))
            if outcome is DecisionOutcome.ACCEPTED:
                for sid in binding.signals:
                    draft.add(*await self._managing.update(update, draft.state.trades[sid]))

    def _doubt(self, message: Message, reading: Reading) -> tuple[Reason, ...]:
        # Why an update is not followed without asking.
        if reading.verdict is not ReadingVerdict.ACT:
            return reading.reasons or (Reason("uncertain", "The reader is not certain of it"),)
        if self._desk.state.trading is TradingState.HALTED:
            return (Reason("halted", "Trading is halted: only the owner's own commands are followed"),)
        trading = self._settings.of(message.channel)
        published = message.edited_at or message.posted_at
        if self._desk.clock.now() - published > trading.rules.max_update_age_s * 1000:
            return (Reason("staleness", "It was published too long ago to follow without asking"),)
        return ()

    # --- recovery -------------------------------------------------------------------------------------------------

    async def catch_up(self) -> int:
        """Read what was received and not read before the engine ended. Returns how many posts."""
        unread = [
            post
            for post in self._desk.state.posts.values()
            if post.deleted_at is None and not post.message.service and self._is_unread(post)
        ]
        for post in unread:
            await self.take(post.message, post.revision)
        return len(unread)

    def _is_unread(self, post: Post) -> bool:
        return post.reading is None or (post.reading.kind is ReadingKind.SIGNAL and self._is_undecided(post))

    def _is_undecided(self, post: Post) -> bool:
        views = [v for v in self._desk.state.signals.values() if v.key == post.message.key]
        return any(view.decision is None for view in views)


def _unread(code: str, text: str) -> Reading:
    return Reading(ReadingKind.NOISE, ReadingVerdict.HOLD, 0.0, reasons=(Reason(code, text),))


def _set_aside(message: Message, revision: int, error: Exception) -> list[Event]:
    # Nothing of it is done; the owner is told, and the post counts as read so that it cannot break the next start too.
    what = f"Deciding on it failed ({type(error).__name__}: {error})"
    notice = NoticeRaised(
        Severity.ALARM, "post-set-aside", f"{message.key}: {what}", "Act on it yourself, and report it"
    )
    return [MessageRead(message.key, revision, _unread("deciding_failed", f"{what}. Please report it")), notice]


def _value(level: object) -> Decimal | None:
    return level.value if isinstance(level, Number) else None

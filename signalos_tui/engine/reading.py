"""From a message on disk to a reading, its decisions and its intents: one group in the journal (reference: reliability R2).

An edited post is read again and only the difference matters: a signal that was not traded is decided anew, one that was traded
gets its new levels, and a changed symbol or side is never followed but shown (reference: reliability A8, A9).
"""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.config import Config
from signalos_tui.decode import Profile, read
from signalos_tui.engine.deciding import Decider
from signalos_tui.engine.desk import Desk
from signalos_tui.engine.managing import Managing
from signalos_tui.logs import logger
from signalos_tui.model.decisions import DecisionOutcome, UpdateDecision
from signalos_tui.model.desk import Post, SignalView, Trade
from signalos_tui.model.events import (
    Event,
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

    def __init__(self, desk: Desk, decider: Decider, managing: Managing, config: Config) -> None:
        self._desk = desk
        self._decider = decider
        self._managing = managing
        self._config = config
        self._profiles: dict[ChannelId, Profile] = {}

    async def take(self, message: Message, revision: int) -> None:
        """Read one revision, decide what is new in it, write it all down."""
        if message.service:
            return
        async with self._decider.lock:
            reading = self._read(message)
            before = self._desk.state
            events: list[Event] = [MessageRead(message.key, revision, reading)]
            for signal in reading.signals:
                view = before.signals.get(signal_id(message.key, signal.number))
                if view is None or view.id not in before.trades:
                    events += await self._decider.decide(signal, reading, message)
                else:
                    events += await self._changed(view, signal, before.trades[view.id])
            if revision:
                events += self._withdrawn(message, reading)
            events += await self._updates(message, reading)
            await self._desk.record(*events)

    def _read(self, message: Message) -> Reading:
        try:
            return read(message.text, self._profile(message.channel))
        except Exception as error:  # noqa: BLE001 (one post may break the reader, it must not stop the rest: B16)
            _log.error("reader failed", post=message.key, error=f"{type(error).__name__}: {error}")
            reason = Reason(
                "reader_failed", f"The reader itself failed on it ({type(error).__name__}). Please report it"
            )
            return Reading(ReadingKind.NOISE, ReadingVerdict.HOLD, 0.0, reasons=(reason,))

    def _profile(self, channel: ChannelId) -> Profile:
        if channel not in self._profiles:
            view = self._desk.state.channels.get(channel)
            words = self._config.words(channel, view.channel.title if view else "")
            self._profiles[channel] = Profile(default_symbol=words.default_symbol or None, ignore=words.ignore)
        return self._profiles[channel]

    async def deleted(self, post: Post) -> None:
        """A post is gone: what was not sent is withdrawn, pending orders follow the owner's rule."""
        async with self._decider.lock:
            events: list[Event] = []
            for view in list(self._desk.state.signals.values()):
                if view.key == post.message.key:
                    events += self._gone(view, "the message was deleted")
            await self._desk.record(*events)

    # --- edits ----------------------------------------------------------------------------------------------------

    def _withdrawn(self, message: Message, reading: Reading) -> list[Event]:
        still = {signal_id(message.key, signal.number) for signal in reading.signals}
        gone = [v for v in self._desk.state.signals.values() if v.key == message.key and v.id not in still]
        return [event for view in gone for event in self._gone(view, "an edit took the signal away")]

    def _gone(self, view: SignalView, why: str) -> list[Event]:
        trade = self._desk.state.trades.get(view.id)
        if trade is None:
            return [SignalRejected(view.id, why, "source")] if view.is_waiting else []
        if not trade.is_live:
            return []
        policy = self._decider.trading(view.channel, view.signal.symbol or "").manage.deleted
        if policy == "ignore":
            return []
        notice = NoticeRaised(
            Severity.ALARM,
            "signal-withdrawn",
            f"{why[0].upper()}{why[1:]}, and {trade.side} {trade.symbol} was traded on it",
            "Open positions stay with their stops; close them if you do not trust the call",
        )
        return [notice, *(self._managing.cancelling(trade, why) if policy == "cancel" else ())]

    async def _changed(self, view: SignalView, signal: Signal, trade: Trade) -> list[Event]:
        old = view.signal
        if signal == old or not trade.is_live:
            return []
        if (signal.symbol, signal.side) != (old.symbol, old.side):
            text = f"An edit made {old.side} {old.symbol} into {signal.side} {signal.symbol} after it was traded"
            return [NoticeRaised(Severity.ALARM, "edit-swapped", text, "Nothing was changed: close it, or leave it")]
        events: list[Event] = []
        if isinstance(signal.stop, Number) and _value(old.stop) != signal.stop.value:
            events += await self._managing.stop_to(trade, signal.stop.value, "edited")
        for number, target in enumerate(signal.targets, 1):
            before = old.targets[number - 1] if number <= len(old.targets) else None
            if isinstance(target, Number) and _value(before) != target.value:
                events += await self._managing.target_to(trade, target.value, number, "edited")
        return events

    # --- updates --------------------------------------------------------------------------------------------------

    async def _updates(self, message: Message, reading: Reading) -> list[Event]:
        events: list[Event] = []
        for update in reading.updates:
            uid = update_id(message.key, update.number)
            if uid in self._desk.state.updates or update.action is UpdateAction.INFO:
                continue
            binding = self._decider.binding(update, message)
            outcome, reasons = binding.outcome, binding.reasons
            if outcome is DecisionOutcome.ACCEPTED and reading.verdict is not ReadingVerdict.ACT:
                outcome = DecisionOutcome.HELD
                reasons = reading.reasons or (Reason("uncertain", "The reader is not certain of it"),)
            if outcome is DecisionOutcome.ACCEPTED and self._is_too_old(message):
                outcome = DecisionOutcome.HELD
                reasons = (Reason("staleness", "It was published too long ago to follow without asking"),)
            events.append(UpdateDecided(UpdateDecision(uid, outcome, binding.signals, reasons)))
            if outcome is DecisionOutcome.ACCEPTED:
                for sid in binding.signals:
                    events += await self._managing.update(update, self._desk.state.trades[sid])
        return events

    def _is_too_old(self, message: Message) -> bool:
        trading = self._decider.trading(message.channel)
        published = message.edited_at or message.posted_at
        return self._desk.clock.now() - published > trading.rules.max_update_age_s * 1000

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


def _value(level: object) -> Decimal | None:
    return level.value if isinstance(level, Number) else None

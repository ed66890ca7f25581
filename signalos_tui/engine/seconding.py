"""Asks the second reader about what the rules hold, beside the pipeline: nothing ever waits for it, and nothing breaks with it.

A held reading on disk puts its post in a queue; this task asks, one post at a time, and writes the opinion down. When it is
slow, down or over its budget the posts stay what they were: held. Its faults end here, they never halt trading.
With `trade_on_agreement` an agreement may send a held call back to the rules (`evaluate/agreement.py` says which).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from signalos_tui.config import SecondReader
from signalos_tui.decode import Profile, grounds
from signalos_tui.engine.deciding import Decider
from signalos_tui.engine.desk import Desk
from signalos_tui.errors import JournalFailed
from signalos_tui.evaluate.agreement import objection
from signalos_tui.logs import logger
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import Post
from signalos_tui.model.events import Event, MessageRead, NoticeRaised, Record, SecondReading, Severity, SignalDecided
from signalos_tui.model.ids import ChannelId, MessageKey, signal_id
from signalos_tui.model.opinions import Opinion, Usage
from signalos_tui.model.signals import Reading, ReadingKind, ReadingVerdict, Reason

MOST_WAITING = 50
"""Posts in the queue; what comes while it is full pushes out the oldest."""

TROUBLE = frozenset({"second_key", "second_config", "second_down", "second_failing", "second_failed", "second_budget"})
"""Reasons for no opinion that the owner can do something about: told once, until it works again."""

LATE = Reason("second_late", "the post changed while it was asked about")

REMEDY = "Held messages wait for you as before. signalos doctor says more"

_log = logger("signalos.seconding")


class Reader(Protocol):
    """A second reader. It answers whatever happens, and in a bounded time."""

    async def ask(self, text: str, profile: Profile, rules: Reading, used: Usage, now: int) -> Opinion:
        """What it makes of a post that the rules read as `rules`. used: of today; now: ms UTC."""
        ...

    async def close(self) -> None:
        """Let go of what it holds."""
        ...


class Seconding:
    """Keeps the queue and writes down the answers."""

    def __init__(
        self,
        desk: Desk,
        reader: Reader,
        decider: Decider,
        config: SecondReader,
        profile: Callable[[ChannelId], Profile],
    ) -> None:
        self._desk = desk
        self._reader = reader
        self._decider = decider
        self._config = config
        self._profile = profile
        self._waiting: dict[MessageKey, None] = {}
        self._grown = asyncio.Event()
        self._told = ""
        desk.listen(self._heard)

    async def run(self) -> None:
        """Ask about what waits and what comes, until cancelled."""
        for post in self._desk.state.posts.values():
            if self._is_held(post) and any(
                view.is_waiting for view in self._desk.state.signals.values() if view.key == post.message.key
            ):
                self._add(post.message.key)
        try:
            while True:
                while self._waiting:
                    await self._second(self._next())
                self._grown.clear()
                await self._grown.wait()
        finally:
            await self._reader.close()

    # --- the queue ------------------------------------------------------------------------------------------------

    def _heard(self, record: Record) -> None:
        # Called with every record on disk: must not fail and not wait.
        event = record.event
        if isinstance(event, MessageRead) and self._is_asked_about(event.reading):
            self._add(event.key)

    def _is_asked_about(self, reading: Reading) -> bool:
        kinds = (ReadingKind.SIGNAL, ReadingKind.UPDATE) if self._config.only_when == "held" else (ReadingKind.SIGNAL,)
        return reading.verdict is ReadingVerdict.HOLD and reading.kind in kinds

    def _add(self, key: MessageKey) -> None:
        self._waiting.pop(key, None)
        self._waiting[key] = None
        if len(self._waiting) > MOST_WAITING:
            self._next()
        self._grown.set()

    def _next(self) -> MessageKey:
        key = next(iter(self._waiting))
        del self._waiting[key]
        return key

    # --- one post -------------------------------------------------------------------------------------------------

    def _is_held(self, post: Post) -> bool:
        is_answered = post.second is not None and post.second.why != LATE
        if post.deleted_at is not None or post.corrected is not None or is_answered:
            return False
        return post.reading is not None and self._is_asked_about(post.reading)

    async def _second(self, key: MessageKey) -> None:
        post = self._desk.state.posts.get(key)
        if post is None or not self._is_held(post):
            return
        try:
            opinion = await self._opinion(post)
            await self._written(post, opinion)
        except JournalFailed:
            return  # the desk shows it; the post stays held, as it was
        except Exception as error:  # noqa: BLE001 (a suggestion may fail, it must not take anything with it)
            _log.error("second reading failed", post=key, error=type(error).__name__)

    async def _opinion(self, post: Post) -> Opinion:
        state, message = self._desk.state, post.message
        assert post.reading is not None
        try:
            return await self._reader.ask(
                message.text, self._profile(message.channel), post.reading, state.second, self._desk.clock.now()
            )
        except Exception as error:  # noqa: BLE001 (as above; told in the journal, by its kind alone)
            why = Reason("second_failed", f"the second reader itself failed ({type(error).__name__})")
            return Opinion(why=why, model=self._config.model)

    async def _written(self, asked: Post, opinion: Opinion) -> None:
        async with self._desk.lock:
            post = self._desk.state.posts.get(asked.message.key)
            is_same = post is not None and post.revision == asked.revision and post.reading == asked.reading
            if not is_same:  # what was used is counted, what was said is about another reading
                opinion = replace(opinion, reading=None, agrees=False, differs=(), why=LATE)
            events: list[Event] = [SecondReading(asked.message.key, asked.revision, opinion), *self._notice(opinion)]
            if post is not None and is_same and self._config.trade_on_agreement:
                events += await self._released(post, opinion)
            await self._desk.record(*events)

    def _notice(self, opinion: Opinion) -> tuple[Event, ...]:
        if opinion.why is None:
            self._told = ""
            return ()
        code = opinion.why.code
        if code not in TROUBLE or code == self._told:
            return ()
        self._told = code
        return (NoticeRaised(Severity.WARNING, "second-reader", f"The second reader: {opinion.why.text}", REMEDY),)

    async def _released(self, post: Post, opinion: Opinion) -> list[Event]:
        # The events of a call that both readers read alike and the rules accept now; none when it stays held.
        state, message, reading = self._desk.state, post.message, post.reading
        if reading is None or not reading.signals or not self._is_held(post) or post.revision:
            return []  # what an edit brings is the owner's: a second reader makes it no fresher
        view = state.signals.get(signal_id(message.key, reading.signals[0].number))
        if view is None or view.decision is None or not view.is_waiting or view.was_accepted or view.reading != reading:
            return []
        is_plain = grounds(message.text, self._profile(message.channel)).is_plain
        if objection(view.decision, reading, opinion, is_plain=is_plain):
            return []
        events = await self._decider.decide(view.signal, reading, message, state, seconded=True)
        decided = next(event.decision for event in events if isinstance(event, SignalDecided))
        return events if decided.outcome is DecisionOutcome.ACCEPTED else []

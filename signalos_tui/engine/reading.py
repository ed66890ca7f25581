"""From a message on disk to a reading, its decisions and its intents: one group in the journal (reference: reliability R2).

An edited post is read again and only the difference matters: a signal that was not traded is decided anew; what becomes of one
that was is for `edits` to say, and which one is which for `identity` (reference: reliability A8, A9).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from signalos_tui.decode import Profile, load_languages, read
from signalos_tui.engine.answering import is_part
from signalos_tui.engine.deciding import Decider
from signalos_tui.engine.desk import Desk, Draft
from signalos_tui.engine.differences import differences
from signalos_tui.engine.edits import PART_GONE, SOURCE, Edits, is_swapped, loud, named, why_ask
from signalos_tui.engine.following import Following
from signalos_tui.engine.identity import is_same_signal, recognised
from signalos_tui.engine.joining import Joined, Joining, Whole, freshest, is_traded_on
from signalos_tui.engine.managing import Managing
from signalos_tui.engine.settings import Settings
from signalos_tui.errors import JournalFailed
from signalos_tui.logs import logger
from signalos_tui.model.desk import Post, SignalView
from signalos_tui.model.events import (
    Event,
    MessageDeleted,
    MessageRead,
    NoticeRaised,
    PostsJoined,
    Severity,
    SignalRejected,
)
from signalos_tui.model.ids import ChannelId, signal_id
from signalos_tui.model.messages import Message
from signalos_tui.model.signals import Reading, ReadingKind, ReadingVerdict, Reason, Signal

_log = logger("signalos.reading")


class ReadingRoom:
    """Reads messages and decides what is in them."""

    def __init__(self, desk: Desk, decider: Decider, managing: Managing, settings: Settings) -> None:
        self._desk = desk
        self._decider = decider
        self._managing = managing
        self._settings = settings
        self._edits = Edits(desk, managing, settings)
        self._following = Following(desk, decider, managing, settings)
        self._joining = Joining(settings, self.profile)

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

    async def take_all(self, messages: Sequence[Message]) -> None:
        """Read new posts, in their order; those that nothing follows from are written down together."""
        rest = deque(message for message in messages if not message.service)
        while rest:
            if len(rest) > 1:
                try:
                    done = await self._take_quiet(rest)
                except JournalFailed:
                    raise
                except Exception:  # noqa: BLE001 (one by one then: `take` meets it again, and sets that one aside)
                    done = 0
                for _ in range(done):
                    rest.popleft()
            if rest:
                await self.take(rest.popleft(), 0)

    async def _take_quiet(self, messages: Iterable[Message]) -> int:
        # Up to the first that something follows from; how many there were.
        async with self._desk.lock:
            draft = self._desk.draft()
            for message in messages:
                found = self._joining.of(message, self._read(message), draft.state)
                if found != Joined(found.reading) or found.reading.signals or found.reading.updates:
                    break
                draft.add(MessageRead(message.key, 0, found.reading))
                await asyncio.sleep(0)  # a long post takes a while: everybody else has a turn between two
            await self._desk.record(*draft.events)
            return len(draft.events)

    async def _drafted(self, message: Message, revision: int) -> Draft:
        draft = self._desk.draft()
        before = draft.state
        found = self._joining.of(message, self._read(message), before)
        is_traded = is_traded_on(message.key, before)
        reading = recognised(found.reading, before, message.key)
        changes = differences(before, message.key, reading) if revision else ()
        draft.add(MessageRead(message.key, revision, reading, changes))
        if found.parts:
            draft.add(PostsJoined(signal_id(message.key, reading.signals[0].number), reading, found.parts))
        dated = freshest(before, message, found.parts)
        for signal in reading.signals:
            view = before.signals.get(signal_id(message.key, signal.number))
            if view is None or not view.was_accepted:
                await self._decide(draft, view, signal, dated, reading, is_traded=is_traded)
            elif view.id in before.trades:
                await self._edits.follow(draft, view, signal, message, reading)
        if revision:
            self._edits.withdraw(draft, before, message, reading)
        if found.call is not None and found.whole is not None:
            await self._rejoin(draft, before.signals[found.call], found.whole, message)
        if found.repeated is not None:
            why = f"post #{message.id} makes the call again, in full"
            draft.add(SignalRejected(found.repeated, why, SOURCE))
        await self._following.follow(draft, before, message, reading, found.traded)
        return draft

    async def _rejoin(
        self, draft: Draft, view: SignalView, whole: Whole, news: Message | None, asking: Reason | None = None
    ) -> None:
        # A call is made of other posts than before, or one of them says something else. news: what changed it; None for a
        # deletion.
        reading, parts = whole
        signal = reading.signals[0] if len(reading.signals) == 1 else None
        if signal is None:
            return  # its own post is not what it was: then that is told, and decided, where that post is read
        signal = replace(signal, number=view.signal.number)
        reading = replace(reading, signals=(signal,))
        call = freshest(draft.state, draft.state.posts[view.key].message, parts)
        if not view.was_accepted:
            draft.add(PostsJoined(view.id, reading, parts))
            await self._decide(draft, view, signal, call, reading, is_traded=False, asking=asking)
        elif is_swapped(view.signal, signal):
            self._edits.swapped(draft, draft.state.trades.get(view.id), named(signal))
        elif news is not None:
            draft.add(PostsJoined(view.id, reading, parts))
            await self._edits.follow(draft, view, signal, replace(call, edited_at=news.edited_at), reading)

    async def _decide(
        self,
        draft: Draft,
        before: SignalView | None,
        signal: Signal,
        message: Message,
        reading: Reading,
        *,
        is_traded: bool,
        asking: Reason | None = None,
    ) -> None:
        is_changed = before is None or not is_same_signal(before.signal, signal)
        if before is not None and before.rejected and before.rejected_by != SOURCE and not is_changed:
            return  # the owner's no stands
        asking = asking or why_ask(before, signal, is_traded=is_traded)
        decided = await self._decider.decide(signal, reading, message, draft.state, asking=asking)
        draft.add(*decided)
        if asking is not None and is_changed and draft.state.signals[signal_id(message.key, signal.number)].is_waiting:
            draft.add(*loud(asking, signal))

    def _read(self, message: Message) -> Reading:
        try:
            return read(message.text, self.profile(message.channel))
        except Exception as error:  # noqa: BLE001 (as above; told apart because it is a reader's fault, not a rule's)
            _log.error("reader failed", post=message.key, error=f"{type(error).__name__}: {error}")
            return _unread(
                "reader_failed", f"The reader itself failed on it ({type(error).__name__}). Please report it"
            )

    def profile(self, channel: ChannelId) -> Profile:
        """How a channel writes, for whoever reads its posts."""
        return self._settings.profile(channel)

    async def deleted(self, post: Post) -> None:
        """A post is gone: what was made of it is withdrawn as far as that can be."""
        async with self._desk.lock:
            draft = self._desk.draft()
            draft.add(MessageDeleted(post.message.key))
            self._edits.deleted(draft, post.message.key)
            for view in [one for one in draft.state.signals.values() if is_part(post.message.key, one)]:
                whole = self._joining.without(post.message.key, view, draft.state)
                if view.was_accepted:
                    self._edits.gone(draft, view, "a post it was made of was deleted")
                elif whole is not None and not view.rejected:
                    why = Reason(PART_GONE, f"Post #{post.message.id}, which said a part of it, was deleted")
                    await self._rejoin(draft, view, whole, None, why)
            await self._desk.record(*draft.events)

    # --- recovery -------------------------------------------------------------------------------------------------

    async def catch_up(self) -> int:
        """Read what was received and not read before the engine ended. Returns how many posts."""
        load_languages()  # takes a while: now, and not when the first post comes
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

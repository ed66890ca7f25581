"""Several posts that make one call: "GOLD BUY NOW" and, a minute later, "SL 4046 TP 4060"; or the market first, then the call.

A post is joined to the one call it can belong to: the one it answers, or the channel's last, within `join_window_s` and with no
other call between. A call that waits is decided anew as a whole. One that is traded gets the levels as an update, under the
rules for updates: nothing is opened a second time, and no risk grows without the owner (reference: reliability A8, B6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.decode import Profile, read
from signalos_tui.decode.parts import headed, heading_of, joined, levels_of
from signalos_tui.engine.answering import is_part, reply_signals
from signalos_tui.engine.forwards import why_forwarded
from signalos_tui.engine.settings import Settings
from signalos_tui.model.desk import DeskState, Post, SignalView
from signalos_tui.model.ids import ChannelId, MessageKey, SignalId, message_of, number_of
from signalos_tui.model.messages import Message
from signalos_tui.model.revisions import Part
from signalos_tui.model.signals import (
    Evidence,
    Number,
    OrderKind,
    Reading,
    ReadingKind,
    ReadingVerdict,
    Reason,
    Side,
    Signal,
    Update,
    UpdateAction,
)

Whole = tuple[Reading, tuple[Part, ...]]
"""A call as all its posts say it, and the posts beside its own."""


class Joined(Struct, frozen=True):
    """What a post is beside the others of its channel.

    reading: what is written down of it. parts: the posts its own call is made of besides. call: another post's call that
    waits and is to be decided anew, as `whole`. traded: another post's call that is traded: the updates of `reading` are about
    it. repeated: a call that waits, and that this post makes again in full.
    """

    reading: Reading
    parts: tuple[Part, ...] = ()
    call: SignalId | None = None
    whole: Whole | None = None
    traded: SignalId | None = None
    repeated: SignalId | None = None


class Joining:
    """Finds what belongs together. profile: how a channel writes."""

    def __init__(self, settings: Settings, profile: Callable[[ChannelId], Profile]) -> None:
        self._settings = settings
        self._profile = profile

    def of(self, message: Message, own: Reading, state: DeskState) -> Joined:
        """What a post is beside the others. own: its reading by itself. state: the desk before it is read."""
        if why_forwarded(message, self._settings.of(message.channel).rules) is not None:
            return Joined(own)  # somebody else's words complete no call
        if message.answers_elsewhere:
            return Joined(own)  # nor do words to another chat's post complete one of this channel
        known = next((view for view in state.signals.values() if view.parts and is_part(message.key, view)), None)
        if known is not None:
            return self._again(message, own, known, state)
        signal = own.signals[0] if len(own.signals) == 1 else None
        if signal is not None and signal.side is not None:
            if signal.symbol is None:
                return self._under_heading(message, own, state)
            view = state.signals.get(SignalId(f"{message.key}#{signal.number}"))
            if view is not None and view.parts:
                return Joined(*self._whole(message, self._posts(view, state)))
            return self._repeated(message, own, signal, state)
        if own.kind is ReadingKind.UPDATE and own.verdict is ReadingVerdict.ACT:
            return Joined(own)
        if any(one.side is not None for one in own.signals) or not any(map(str.isdecimal, message.text)):
            return Joined(own)
        return self._completing(message, own, state)

    def without(self, key: MessageKey, view: SignalView, state: DeskState) -> Whole | None:
        """A call when one of its other posts is gone; None when its own is."""
        post = state.posts.get(view.key)
        if post is None:
            return None
        return self._whole(post.message, [one for one in self._posts(view, state) if one.key != key])

    # --- one call, several posts ------------------------------------------------------------------------------------

    def _whole(self, call: Message, others: Iterable[Message]) -> Whole:
        # Each post by itself, then together; a post that does not fit any more is left out.
        profile = self._profile(call.channel)
        reading = read(call.text, profile)
        parts: list[Part] = []
        for other in sorted(others, key=lambda one: one.id):
            if other.id < call.id:
                heading = heading_of(other.text, profile)
                if heading is not None and heading.is_bare and _lacks_symbol(reading):
                    reading = headed(call.text, profile, heading)
                    parts.append(Part(other.key, ("symbol",)))
            elif len(reading.signals) == 1 and _is_addressed(reading.signals[0]):
                levels = levels_of(other.text, profile, reading.signals[0])
                both = joined(reading, levels) if levels is not None else None
                if both is not None:
                    reading, fields = both
                    parts.append(Part(other.key, fields))
        return reading, tuple(parts)

    def _posts(self, view: SignalView, state: DeskState) -> list[Message]:
        found = [state.posts.get(part.key) for part in view.parts]
        return [post.message for post in found if post is not None and post.deleted_at is None]

    def _again(self, message: Message, own: Reading, view: SignalView, state: DeskState) -> Joined:
        # A new revision of a post that is a part of a call.
        post = state.posts.get(view.key)
        if post is None or post.deleted_at is not None:
            return Joined(own)
        others = [one for one in self._posts(view, state) if one.key != message.key]
        whole = self._whole(post.message, [*others, message])
        is_part = any(part.key == message.key for part in whole[1])
        return Joined(_belongs(view, whole[0]) if is_part else own, call=view.id, whole=whole)

    # --- the market first -------------------------------------------------------------------------------------------

    def _under_heading(self, message: Message, own: Reading, state: DeskState) -> Joined:
        found = self._heading(message, state)
        if found is None:
            return Joined(own)
        return Joined(*self._whole(message, [found]))

    def _heading(self, message: Message, state: DeskState) -> Message | None:
        # The last post that names a market, if it does nothing else and neither a call nor a follow-up came after it.
        busy = {view.key for view in state.signals.values()} | {view.key for view in state.updates.values()}
        for post in self._before(message, state):
            if post.deleted_at is not None or post.message.key in busy:
                return None
            heading = heading_of(post.message.text, self._profile(message.channel))
            if heading is not None:
                return post.message if heading.is_bare else None
        return None

    def _before(self, message: Message, state: DeskState) -> list[Post]:
        # The posts of the channel within the window, newest first; of an answer, the one it answers.
        found = [
            post
            for post in state.posts.values()
            if post.message.channel == message.channel
            and post.message.id < message.id
            and self._is_near(post.message, message)
            and message.reply_to in (None, post.message.id)
        ]
        return sorted(found, key=lambda post: -post.message.id)

    def _is_near(self, first: Message, second: Message) -> bool:
        window = self._settings.of(second.channel).rules.join_window_s * 1000
        return bool(window) and 0 <= second.posted_at - first.posted_at <= window

    # --- the levels later -------------------------------------------------------------------------------------------

    def _completing(self, message: Message, own: Reading, state: DeskState) -> Joined:
        view = self._unfinished(message, state)
        if view is None:
            return Joined(own)
        levels = levels_of(message.text, self._profile(message.channel), view.signal)
        if levels is None:
            return Joined(own)
        if view.was_accepted:
            both = joined(replace(view.reading, signals=(view.signal,)), levels)
            return Joined(own) if both is None else self._levels(own, view, both[0], both[1], state)
        call = state.posts[view.key].message
        whole = self._whole(call, [*self._posts(view, state), message])
        if all(part.key != message.key for part in whole[1]):
            return Joined(own)
        return Joined(_belongs(view, whole[0]), call=view.id, whole=whole)

    def _repeated(self, message: Message, own: Reading, signal: Signal, state: DeskState) -> Joined:
        # The same call again, now with its levels.
        view = self._unfinished(message, state)
        if view is None or not _says_more(view.signal, signal):
            return Joined(own)
        if view.was_accepted:
            return self._levels(own, view, own, ("stop", "targets"), state)
        return Joined(own, repeated=view.id if view.is_waiting else None)

    def _unfinished(self, message: Message, state: DeskState) -> SignalView | None:
        # The call a post may complete: the one it answers, or the channel's last. One call, not settled by the owner.
        if message.reply_to is not None:
            answered = reply_signals(state, message)
            views = [state.signals[sid] for sid in answered if message_of(sid) == message_of(answered[0])]
        else:
            earlier = [
                (number_of(view.key), view) for view in state.signals.values() if view.channel == message.channel
            ]
            last = max((number for number, _ in earlier if number < message.id), default=0)
            views = [view for number, view in earlier if number == last]
        post = state.posts.get(views[0].key) if len(views) == 1 else None
        if post is None or post.deleted_at is not None or post.corrected is not None:
            return None
        view = views[0]
        is_whole = view.signal.stop is not None and bool(view.signal.targets)
        if is_whole or view.rejected or view.is_lost or not _is_addressed(view.signal):
            return None
        if view.was_accepted and (view.id not in state.trades or not state.trades[view.id].is_live):
            return None
        said = replace(message, posted_at=message.edited_at or message.posted_at)  # an edit says it when it is made
        return view if self._is_near(post.message, said) and not _is_called_off(view, message, state) else None

    def _levels(
        self, own: Reading, view: SignalView, whole: Reading, fields: tuple[str, ...], state: DeskState
    ) -> Joined:
        # The call is traded already: its levels come as an update of that trade.
        said, reasons = whole.signals[0], [reason for reason in whole.reasons if reason not in view.reading.reasons]
        wishes: list[Update] = []
        if "stop" in fields and said.stop is not None:
            if isinstance(said.stop, Number):
                wishes.append(_wish(UpdateAction.MOVE_SL, said, said.stop))
            else:
                reasons.append(Reason("stop_distance", "It gives the stop of a trade that is open as a distance."))
                wishes.append(_wish(UpdateAction.MOVE_SL, said, None))
        legs = len(state.trades[view.id].legs) or 1
        prices = [level for level in said.targets if isinstance(level, Number)] if "targets" in fields else []
        sign = (said.side or Side.BUY).sign
        for place, level in enumerate(sorted(prices, key=lambda one: one.value * sign)[:legs], 1):
            wishes.append(_wish(UpdateAction.MOVE_TP, said, level, place))
        if not wishes:
            return Joined(own)
        reading = Reading(
            ReadingKind.UPDATE,
            ReadingVerdict.HOLD if reasons else ReadingVerdict.ACT,
            whole.confidence,
            updates=tuple(replace(wish, number=number) for number, wish in enumerate(wishes, 1)),
            reasons=tuple(reasons),
            evidence=(Evidence("joined", 0.0, f"the levels of post #{number_of(view.key)}"), *whole.evidence),
            language=own.language or whole.language,
        )
        return Joined(reading, traded=view.id)


def is_traded_on(key: MessageKey, state: DeskState) -> bool:
    """A call of this post, or one it is a part of, was accepted: what an edit brings into it is never opened by itself."""
    return any(view.was_accepted for view in state.signals.values() if view.key == key or is_part(key, view))


def freshest(state: DeskState, call: Message, parts: Iterable[Part]) -> Message:
    """The post of a call, dated like the last of the posts that say it: it is as old as its last word."""
    times = [state.posts[part.key].message.posted_at for part in parts if part.key in state.posts]
    return replace(call, posted_at=max([call.posted_at, *times]))


def _wish(action: UpdateAction, call: Signal, level: Number | None, target: int | None = None) -> Update:
    span = level.span if level is not None else None
    return Update(0, action, price=level, symbol=call.symbol, side=call.side, target=target, span=span)


def _belongs(view: SignalView, whole: Reading) -> Reading:
    # A post that only adds to another one's call has no call of its own: nothing is left to do about it.
    why = Reason("joined", f"It belongs to the call of post #{number_of(view.key)}.")
    verdict = ReadingVerdict.IGNORE
    return Reading(ReadingKind.SIGNAL, verdict, whole.confidence, reasons=(why,), language=whole.language)


def _is_called_off(view: SignalView, message: Message, state: DeskState) -> bool:
    """A close or a cancel that can mean the call stands between it and the post: what was called off takes no levels."""
    between = range(number_of(view.key) + 1, message.id)
    for seen in state.updates.values():
        wish, bound = seen.update, seen.decision.signals if seen.decision is not None else ()
        if wish.action not in (UpdateAction.CLOSE, UpdateAction.CANCEL) or seen.channel != view.channel:
            continue
        is_meant = wish.symbol in (None, view.signal.symbol) and wish.side in (None, view.signal.side)
        if number_of(seen.key) in between and is_meant and (not bound or view.id in bound):
            return True
    return False


def _is_addressed(signal: Signal) -> bool:
    return signal.side is not None and signal.symbol is not None


def _lacks_symbol(reading: Reading) -> bool:
    return len(reading.signals) == 1 and reading.signals[0].symbol is None


def _says_more(one: Signal, other: Signal) -> bool:
    """The same call, first without levels, then with them."""
    if (one.symbol, one.side) != (other.symbol, other.side) or one.stop is not None or one.targets:
        return False
    if other.order not in (OrderKind.MARKET, OrderKind.UNSPECIFIED) or other.stop is None:
        return False
    entries = [{number.value for number in signal.entry} for signal in (one, other)]
    return not entries[0] or entries[0] == entries[1]

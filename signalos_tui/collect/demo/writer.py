"""Who writes a demo channel: turns a voice, the live price and a seeded die into posts, edits, deletions and replies.

Posts are numbered when they are published, never before, so numbers and times run the same way. Replies follow what the
price really did; nothing is invented about a target that was not reached.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.collect.demo.call import Call, Turn
from signalos_tui.collect.demo.voice import Kind, Market, Reply, Voice
from signalos_tui.model.messages import Channel, Deletion, Message, Published
from signalos_tui.model.signals import Side

Price = Callable[[str], tuple[float, float] | None]
"""The last (bid, ask) of a symbol, None when there is none."""

Movement = Callable[[str], float]
"""How far a symbol's price ranged in the last seconds, in price."""

_STALE_MS = 240_000
_MOST_CALLS = 6
_OF_CALLS = frozenset(
    {Kind.CALL, Kind.WRONG_STOP, Kind.FAR, Kind.UNKNOWN, Kind.STALE, Kind.FIXED, Kind.WITHDRAWN}
)  # written with the templates of a call


class Writer(Protocol):
    """One channel being written. weight: how often, relative to the others."""

    channel: Channel
    weight: float

    @property
    def is_running(self) -> bool:
        """It has a call that is open."""
        ...

    def write(self, at: int, kind: Kind | None = None) -> list[Published]:
        """A post of this kind, or of one the channel is in the mood for. at: ms UTC. May be empty: nothing to say."""
        ...

    def watch(self, at: int) -> list[Published]:
        """What is due now: replies the price calls for, edits and deletions of earlier posts."""
        ...


class _Later(Struct):
    # Something to publish at `due`: an edit of `revises`, a deletion of `withdraws`, or a reply with `text`.
    due: int
    text: str = ""
    reply_to: int | None = None
    revises: Message | None = None
    withdraws: int | None = None


class VoiceWriter:
    """Writes one `Voice`. last: the number of its last post; what it publishes goes on from there."""

    def __init__(self, voice: Voice, rng: Random, price: Price, movement: Movement, last: int | None = None) -> None:
        self.channel = voice.channel
        self.weight = voice.weight
        self._voice = voice
        self._rng = rng
        self._price = price
        self._movement = movement
        self._number = voice.first if last is None else last
        self._calls: list[Call] = []
        self._later: list[_Later] = []
        self._last_call = ""
        self._said: dict[str, str] = {}

    @property
    def is_running(self) -> bool:
        """It has a call that is open."""
        return any(not call.over and not call.waiting for call in self._calls)

    def write(self, at: int, kind: Kind | None = None) -> list[Published]:
        """A post of this kind, or of one the channel is in the mood for."""
        kind = kind or self._mood()
        if kind is Kind.HALF:
            return self._half(at)
        if kind is Kind.AGAIN:
            return [self._post(at, self._last_call)] if self._last_call else self._chatter(at)
        if kind in _OF_CALLS or kind in (Kind.PENDING, Kind.NO_STOP, Kind.NO_SIDE, Kind.MAYBE):
            return self._call(at, kind)
        if kind is Kind.HOSTILE and Kind.HOSTILE in self._voice.posts:
            return [self._post(at, self._pick(self._voice.posts[Kind.HOSTILE]))]
        return self._chatter(at)

    def watch(self, at: int) -> list[Published]:
        """Replies the price calls for, edits and deletions that are due."""
        for call in self._calls:
            quote = self._price(call.market.symbol)
            turn = call.follow(*quote, at, self._voice.patience_s * 1000) if quote else None
            if turn is not None:
                self._react(call, turn, at)
        self._calls = [call for call in self._calls if not call.over]
        due = [later for later in self._later if later.due <= at]
        self._later = [later for later in self._later if later.due > at]
        return [self._publish(later, at) for later in due]

    def _mood(self) -> Kind:
        habits = self._voice.habits
        return self._rng.choices(list(habits), list(habits.values()))[0]

    def _pick(self, texts: tuple[str, ...]) -> str:
        # Nobody posts the same words twice in a row.
        last = self._said.get(texts[0])
        text = self._rng.choice([one for one in texts if one != last] or texts)
        self._said[texts[0]] = text
        return text

    def _post(self, at: int, text: str, reply_to: int | None = None, posted_at: int | None = None) -> Message:
        self._number += 1
        return Message(self.channel.id, self._number, at if posted_at is None else posted_at, text, reply_to=reply_to)

    def _publish(self, later: _Later, at: int) -> Published:
        if later.revises is not None:
            return replace(later.revises, text=later.text, edited_at=at)
        if later.withdraws is not None:
            return Deletion(self.channel.id, later.withdraws, at)
        return self._post(at, later.text, later.reply_to)

    def _chatter(self, at: int) -> list[Published]:
        market = self._rng.choice(self._voice.markets)
        text = self._pick(self._voice.posts[Kind.CHATTER])
        return [self._post(at, text.format(name=self._rng.choice(market.names), n=self._rng.randrange(18, 140)))]

    # --- calls --------------------------------------------------------------------------------------------------------

    def _call(self, at: int, kind: Kind) -> list[Published]:
        busy = {call.market.symbol for call in self._calls}
        free = [market for market in self._voice.markets if market.symbol not in busy]
        market = self._rng.choice(free or self._voice.markets)
        quote = self._price(market.symbol)
        texts = self._voice.posts.get(Kind.CALL if kind in _OF_CALLS else kind, ())
        if quote is None or not texts or (kind is Kind.UNKNOWN and not self._voice.foreign):
            return self._chatter(at)
        side = self._rng.choice((Side.BUY, Side.SELL))
        order = self._rng.randrange(2) if kind is Kind.PENDING else None
        call = self._levels(market, side, quote, order)
        call.at = at
        shown = self._distorted(call, kind)
        alphabet = self._voice.numerals if self._rng.random() < 0.4 else ""
        template = self._pick(texts)
        call.text = self._filled(template, shown, order, alphabet)
        return self._published_call(at, kind, call, alphabet)

    def _published_call(self, at: int, kind: Kind, call: Call, alphabet: str) -> list[Published]:
        if kind is Kind.STALE:
            return [self._post(at, call.text, posted_at=at - _STALE_MS)]
        text = self._with_slip(call, alphabet) if kind is Kind.FIXED else call.text
        post = self._post(at, text)
        call.id = post.id
        self._last_call = call.text
        if kind is Kind.WITHDRAWN:
            self._later.append(_Later(at + self._rng.randrange(9_000, 26_000), withdraws=post.id))
        elif kind is Kind.FIXED:
            self._later.append(_Later(at + self._rng.randrange(4_000, 12_000), text=call.text, revises=post))
        if kind in (Kind.CALL, Kind.PENDING, Kind.FIXED) and len(self._calls) < _MOST_CALLS:
            self._calls.append(call)
        return [post]

    def _levels(self, market: Market, side: Side, quote: tuple[float, float], order: int | None) -> Call:
        # order: None at market, 0 for a limit order on the better side of the price, 1 for a stop order beyond it.
        bid, ask = quote
        sign, stride = side.sign, market.stride
        entry = ask if side is Side.BUY else bid
        waiting = 0
        if order is not None:
            waiting = -sign if order == 0 else sign
            entry += waiting * stride * self._rng.uniform(0.8, 2.5)
        near = min(max(1.2 * (ask - bid + self._movement(market.symbol) / 2), 0.7 * stride), 1.5 * stride)
        first, *others = self._voice.targets
        distances = (near * first, *(stride * distance for distance in others))
        targets = tuple(round(entry + sign * distance, market.digits) for distance in distances)
        stop = round(entry - sign * stride * self._voice.stop, market.digits)
        name = self._rng.choice(market.names)
        return Call(0, market, name, side, round(entry, market.digits), stop, targets, "", 0, waiting)

    def _distorted(self, call: Call, kind: Kind) -> Call:
        if kind is Kind.WRONG_STOP:
            return replace(call, stop=2 * call.entry - call.stop)
        if kind is Kind.UNKNOWN:
            return replace(call, name=self._rng.choice(self._voice.foreign))
        if kind is Kind.FAR:
            factor = self._rng.choice((0.88, 0.92, 1.09, 10.0))
            far = tuple(target * factor for target in call.targets)
            return replace(call, entry=call.entry * factor, stop=call.stop * factor, targets=far)
        return call

    def _filled(self, template: str, call: Call, order: int | None, alphabet: str) -> str:
        zone = call.side.sign * call.market.stride * self._voice.zone
        targets = {f"tp{n}": self._written(call, target, alphabet) for n, target in enumerate(call.targets, start=1)}
        return template.format(
            name=call.name,
            side=self._rng.choice(self._voice.sides[call.side]),
            near=self._written(call, call.entry, alphabet),
            far=self._written(call, call.entry - zone, alphabet),
            sl=self._written(call, call.stop, alphabet),
            leverage=self._rng.choice(self._voice.leverage),
            order=self._voice.orders[order or 0],
            **targets,
        )

    def _written(self, call: Call, price: float, alphabet: str = "") -> str:
        text = f"{price:.{call.market.digits}f}".replace(".", self._voice.decimal)
        return text.translate(str.maketrans("0123456789", alphabet)) if alphabet else text

    def _with_slip(self, call: Call, alphabet: str) -> str:
        # The stop with one figure too few: the sort of slip that gets corrected a moment later.
        stop = self._written(call, call.stop, alphabet)
        place = len(stop) // 2 if stop[len(stop) // 2].isdecimal() else len(stop) // 2 + 1
        return call.text.replace(stop, stop[:place] + stop[place + 1 :])

    # --- replies ------------------------------------------------------------------------------------------------------

    def _half(self, at: int) -> list[Published]:
        # In profit the stop goes to the entry as well; in loss that is no longer possible, so half is all there is.
        for call in self._calls:
            quote = self._price(call.market.symbol)
            if call.over or call.waiting or quote is None:
                continue
            gains = call.gains(*quote)
            texts = self._voice.replies.get(Reply.HALF if gains else Reply.TRIM, ())
            if not texts:
                continue
            if gains:
                call.protect()
            return [self._post(at, self._reply_text(call, texts), reply_to=call.id)]
        return self._chatter(at)

    def _react(self, call: Call, turn: Turn, at: int) -> None:
        reply = _REPLIES.get(turn) or self._target_reply(call)
        if turn is Turn.STOPPED and call.protected:
            reply = Reply.SCRATCHED
        elif turn is Turn.TIRED and call.waiting:
            reply = Reply.CANCEL
        if reply is Reply.FIRST_TARGET:
            call.protect()
        texts = self._voice.replies.get(reply, ())
        if texts:
            due = at + self._rng.randrange(1_000, 4_000)
            self._later.append(_Later(due, text=self._reply_text(call, texts), reply_to=call.id))

    def _target_reply(self, call: Call) -> Reply:
        if call.over:
            return Reply.LAST_TARGET
        return Reply.FIRST_TARGET if call.reached == 1 else Reply.TARGET

    def _reply_text(self, call: Call, texts: tuple[str, ...]) -> str:
        level = call.targets[call.reached - 1] if call.reached else call.stop
        return self._pick(texts).format(
            name=call.name,
            entry=self._written(call, call.entry),
            sl=self._written(call, call.stop),
            price=self._written(call, level),
            pips=call.pips(level),
            n=call.reached,
        )


_REPLIES = {Turn.FILLED: Reply.FILLED, Turn.STOPPED: Reply.STOPPED, Turn.TIRED: Reply.CLOSE}

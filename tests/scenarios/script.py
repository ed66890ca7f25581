"""A pen for scenarios: writes the records an engine would have journalled, in order and at stated moments.

Numbers of a reading are looked up in the text of the post, so their spans are true and highlighting can be tested with them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from signalos_tui.model import events as e
from signalos_tui.model.account import Account
from signalos_tui.model.commands import Command, Outcome
from signalos_tui.model.decisions import Decision, DecisionOutcome, Effect, RuleVerdict, UpdateDecision
from signalos_tui.model.events import Event, Mark, Record, Severity
from signalos_tui.model.ids import (
    ChannelId,
    LegId,
    MessageKey,
    SignalId,
    Ticket,
    UpdateId,
    leg_id,
    magic,
    message_key,
    signal_id,
    update_id,
)
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.messages import Channel, Message
from signalos_tui.model.orders import (
    ActionKind,
    CloseReason,
    LegAction,
    Plan,
    PlannedLeg,
    TradeRequest,
)
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
    Span,
    Update,
    UpdateAction,
)
from signalos_tui.state import find_leg, fold_all

ACCOUNT = "Paper-Demo/70014"
DAY_MS = 86_400_000
Legs = Sequence[tuple[str, str | None]]


def d(text: str) -> Decimal:
    """A Decimal, short enough to read in a story."""
    return Decimal(text)


class Script:
    """Writes records; `at` is the moment of the next one."""

    def __init__(self, day: int) -> None:
        self.day = day
        self.at = day
        self.records: list[Record] = []
        self._seq = 0
        self._ticket = 50_341_200

    def clock(self, hms: str, days: int = 0) -> Script:
        """Go to a time of day ("12:04:31.118"), `days` from the scenario's day."""
        hours, minutes, seconds = hms.split(":")
        ms = round(float(seconds) * 1000) + int(minutes) * 60_000 + int(hours) * 3_600_000
        self.at = self.day + days * DAY_MS + ms
        return self

    def later(self, ms: int) -> Script:
        """Let time pass."""
        self.at += ms
        return self

    def add(self, event: Event) -> None:
        """Journal an event now."""
        self._seq += 1
        self.records.append(Record(self._seq, self.at, event))

    def pulse(
        self,
        quotes: Sequence[Quote],
        account: Account | None = None,
        marks: Sequence[Mark] = (),
        specs: Sequence[SymbolSpec] = (),
    ) -> None:
        """Publish live figures, which are not journalled."""
        self.records.append(Record(0, self.at, e.Pulsed(account, tuple(quotes), tuple(marks), tuple(specs))))

    def ticket(self) -> Ticket:
        """The broker's next number."""
        self._ticket += 7
        return Ticket(self._ticket)

    # --- posts and readings -------------------------------------------------------------------------------------

    def follow(self, channel: str, title: str, provider: str = "") -> ChannelId:
        """Start to read a channel."""
        cid = ChannelId(channel)
        self.add(e.ChannelFollowed(Channel(cid, title, provider)))
        return cid

    def post(self, channel: ChannelId, number: int, text: str, *, reply_to: int | None = None) -> MessageKey:
        """Publish a post; it is on disk 380 ms later."""
        message = Message(channel, number, self.at, text, reply_to=reply_to)
        self.later(380).add(e.MessageReceived(message, message.content))
        return message_key(channel, number)

    def edit(self, key: MessageKey, text: str, revision: int = 1) -> None:
        """Publish another revision of a post."""
        post = fold_all(self.records).posts[key].message
        message = Message(post.channel, post.id, post.posted_at, text, edited_at=self.at, reply_to=post.reply_to)
        self.later(300).add(e.MessageEdited(message, message.content, revision))

    def noise(self, channel: ChannelId, number: int, text: str) -> None:
        """A post that is no signal."""
        key = self.post(channel, number, text)
        self.add(e.MessageRead(key, 0, Reading(ReadingKind.NOISE, ReadingVerdict.IGNORE, 0.97, language="en")))

    def read(
        self,
        key: MessageKey,
        text: str,
        side: Side,
        symbol: str,
        *,
        words: tuple[str, str] = ("", ""),
        entry: tuple[str, ...] = (),
        stop: str | None = None,
        targets: tuple[str, ...] = (),
        order: OrderKind = OrderKind.UNSPECIFIED,
        confidence: float = 0.99,
        reasons: tuple[Reason, ...] = (),
        language: str = "en",
        revision: int = 0,
    ) -> SignalId:
        """Read a signal out of a post. words: how the text writes the side and the symbol."""
        place = _Finder(text)
        side_word, symbol_word = words[0] or side.upper(), words[1] or symbol
        signal = Signal(
            1,
            side,
            symbol,
            order,
            side_span=_span(text, side_word),
            symbol_span=_span(text, symbol_word),
            entry=tuple(sorted((place(price) for price in entry), key=lambda number: number.value)),
            stop=place(stop) if stop else None,
            targets=tuple(place(price) for price in targets),
        )
        evidence = _evidence(signal, confidence)
        verdict = ReadingVerdict.HOLD if reasons else ReadingVerdict.ACT
        reading = Reading(
            ReadingKind.SIGNAL, verdict, confidence, (signal,), reasons=reasons, evidence=evidence, language=language
        )
        self.later(2).add(e.MessageRead(key, revision, reading))
        return signal_id(key, 1)

    def read_update(
        self,
        key: MessageKey,
        text: str,
        action: UpdateAction,
        words: str,
        *,
        confidence: float = 0.95,
        fraction: str = "",
    ) -> UpdateId:
        """Read an update out of a post."""
        update = Update(1, action, fraction=d(fraction) if fraction else None, span=_span(text, words))
        reading = Reading(ReadingKind.UPDATE, ReadingVerdict.ACT, confidence, updates=(update,), language="en")
        self.later(2).add(e.MessageRead(key, 0, reading))
        return update_id(key, 1)

    # --- decisions ----------------------------------------------------------------------------------------------

    def accept(
        self,
        signal: SignalId,
        symbol: str,
        side: Side,
        legs: Legs,
        *,
        stop: str,
        risk: str,
        price: str,
        entry: str | None = None,
        by: str = "rules",
        kind: OrderKind = OrderKind.MARKET,
    ) -> Plan:
        """Accept a signal with legs of (lots, target)."""
        share = d(risk) / len(legs)
        planned = tuple(
            PlannedLeg(n, kind, d(lots), d(entry) if entry else None, d(stop), d(target) if target else None, share)
            for n, (lots, target) in enumerate(legs, 1)
        )
        plan = Plan(signal, symbol, side, planned, d(risk))
        verdicts = (
            RuleVerdict("age", Effect.PASS, "0.4 s", "30 s", "posted 0.4 s ago"),
            RuleVerdict("spread", Effect.PASS, "1.8 pips", "3 pips", "spread 1.8 of 3 pips"),
            RuleVerdict("open risk", Effect.PASS, "1.8 %", "6 %", "1.8 % of 6 % at risk"),
            RuleVerdict("drift", Effect.PASS, "0.1 R", "0.5 R", "price ran 0.1 R from the entry"),
        )
        decision = Decision(signal, DecisionOutcome.ACCEPTED, verdicts, plan=plan, by=by)
        self.later(1).add(e.SignalDecided(decision, d(price)))
        return plan

    def refuse(
        self, signal: SignalId, rule: str, seen: str, limit: str, text: str, *, price: str, held: bool = False
    ) -> None:
        """Deny a signal, or hold it for the owner, because of one rule."""
        effect = Effect.HOLD if held else Effect.DENY
        verdicts = (
            RuleVerdict("age", Effect.PASS, "0.4 s", "30 s", "posted 0.4 s ago"),
            RuleVerdict(rule, effect, seen, limit, text),
        )
        outcome = DecisionOutcome.HELD if held else DecisionOutcome.DENIED
        reasons = (Reason(rule.replace(" ", "_"), text),)
        self.later(1).add(e.SignalDecided(Decision(signal, outcome, verdicts, reasons), d(price)))

    def decide_update(
        self, update: UpdateId, outcome: DecisionOutcome, signals: tuple[SignalId, ...], why: str = ""
    ) -> None:
        """Answer an update."""
        reasons = (Reason("update", why),) if why else ()
        self.later(1).add(e.UpdateDecided(UpdateDecision(update, outcome, signals, reasons)))

    # --- orders -------------------------------------------------------------------------------------------------

    def send(self, plan: Plan, number: int, *, price: str = "0") -> LegId:
        """Journal the intent of a leg and send it."""
        leg = leg_id(plan.signal, number)
        planned = plan.legs[number - 1]
        mark = magic(b"scenario", ACCOUNT, leg)
        self.later(1).add(
            e.IntentRecorded(leg, plan.signal, mark, plan.symbol, plan.side, planned, self.at - 400, 30_000)
        )
        request = TradeRequest(
            1, plan.symbol, 0 if plan.side is Side.BUY else 1, planned.volume, d(price), planned.stop or d("0"),
            planned.target or d("0"), 20, mark,
        )  # fmt: skip
        self.later(1).add(e.LegSending(leg, 1, request))
        return leg

    def fill(self, plan: Plan, number: int, price: str, *, asked: str | None = None, ms: int = 142) -> LegId:
        """Send a leg at the market and have it filled."""
        leg = self.send(plan, number, price=asked or price)
        planned = plan.legs[number - 1]
        self.later(ms).add(
            e.LegOpened(
                leg,
                self.ticket(),
                planned.volume,
                d(price),
                asked=d(asked or price),
                stop=planned.stop,
                target=planned.target,
                retcode=10009,
                latency_ms=ms,
            )
        )
        return leg

    def place(self, plan: Plan, number: int, ms: int = 96) -> LegId:
        """Send a pending order and have it placed."""
        leg = self.send(plan, number, price=str(plan.legs[number - 1].entry))
        self.later(ms).add(e.LegPlaced(leg, self.ticket(), 10008, ms))
        return leg

    def close(self, leg: LegId, price: str, profit: str, reason: CloseReason) -> None:
        """A position ends."""
        view = find_leg(fold_all(self.records), leg)
        assert view is not None, f"{leg} is not in the story"
        self.add(e.LegClosed(leg, view.volume, d(price), d(profit), reason, self.ticket()))

    def reduce(self, leg: LegId, volume: str, remaining: str, price: str, profit: str, reason: CloseReason) -> None:
        """A part of a position is closed."""
        self.add(e.LegReduced(leg, d(volume), d(remaining), d(price), d(profit), reason, self.ticket()))

    def protect(self, leg: LegId, stop: str, target: str | None, text: str, number: int = 1) -> None:
        """Move the levels of a leg."""
        level = d(target) if target else None
        action = LegAction(leg, number, ActionKind.PROTECT, CloseReason.OWNER, text, stop=d(stop), target=level)
        self.later(1).add(e.ActionIntended(action, "rules"))
        self.later(88).add(e.ActionSettled(leg, number, True, 10009, "done", 88))
        self.add(e.LegProtected(leg, d(stop), level, text))

    def notice(self, severity: Severity, code: str, text: str, remedy: str = "") -> None:
        """Tell the owner something."""
        self.add(e.NoticeRaised(severity, code, text, remedy))

    def answered(self, command: Command, text: str) -> None:
        """A command of the owner and its answer."""
        self.add(e.CommandAnswered(command, Outcome(ok=True, text=text)))


class _Finder:
    # Finds numbers in a text, each after the one before where it can, so equal numbers get different spans.

    def __init__(self, text: str) -> None:
        self._text = text
        self._taken: list[int] = []

    def __call__(self, number: str) -> Number:
        start = self._text.find(number)
        while start in self._taken and start >= 0:
            start = self._text.find(number, start + 1)
        assert start >= 0, f"{number} does not stand in {self._text!r}"
        self._taken.append(start)
        return Number(Decimal(number), Span(start, start + len(number)))


_WEIGHTS = {"side": 1.9, "symbol": 2.0, "entry": 0.1, "stop": 0.1, "targets": 0.1}
_TOGETHER = {"written alike": 0.6, "in proportion": 1.0}
"""Evidence as the reader lists it, with weights near its own."""


def _evidence(signal: Signal, confidence: float) -> tuple[Evidence, ...]:
    """What speaks for a signal; where that starts from is made to fit the confidence of the story."""
    weights = {**_WEIGHTS, **(_TOGETHER if signal.stop is not None else {})}
    details = {"side": str(signal.side), "symbol": str(signal.symbol)}
    found = [
        Evidence(name, weight, details.get(name, ""))
        for name, weight in weights.items()
        if name in _TOGETHER or getattr(signal, name)
    ]
    start = math.log(confidence / (1 - confidence)) - sum(part.weight for part in found)
    return (Evidence("start", round(start, 2)), *found)


def _span(text: str, words: str) -> Span | None:
    start = text.lower().find(words.lower())
    return Span(start, start + len(words)) if start >= 0 else None

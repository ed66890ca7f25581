"""One line of words per event: what the log pane, a leg's history and the headless log say.

Written for the owner: what happened, with the figures. An event that says nothing to him has no line.
Foreign words (channel titles, error texts) may be in a line; whoever shows it makes them harmless.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from signalos_tui.model import events as e
from signalos_tui.model.account import Account, Money, TradingState, is_real
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Event, Severity
from signalos_tui.model.ids import MessageKey, SignalId, channel_of, message_of, number_of
from signalos_tui.model.messages import Policy
from signalos_tui.model.opinions import Opinion
from signalos_tui.model.orders import ActionKind, CloseReason
from signalos_tui.model.revisions import DifferenceKind
from signalos_tui.model.signals import Distance, Level, Open, OrderKind, Signal, Update, in_one_line
from signalos_tui.model.symbols import Verdict


class Line(NamedTuple):
    """How loud, and what. remedy: the end of the text, where that says what to do."""

    severity: Severity
    text: str
    remedy: str = ""


def narrate(event: Event, state: DeskState) -> Line | None:
    """The line of an event, with names looked up in `state`; None when there is nothing to tell."""
    words = _WORDS.get(type(event))
    if words is None:
        return None
    told = words(event, state)
    return Line(Severity.INFO, told) if isinstance(told, str) else told


def post_name(key: MessageKey, state: DeskState) -> str:
    """A post as the owner knows it: channel title and number."""
    view = state.channels.get(channel_of(key))
    return f"{view.channel.title if view else channel_of(key)} #{number_of(key)}"


def signal_name(signal: SignalId, state: DeskState) -> str:
    """A signal as the owner knows it; the number within the post only where there are several."""
    number = signal.rpartition("#")[2]
    name = post_name(message_of(signal), state)
    return name if number == "1" else f"{name}.{number}"


def number(value: Decimal) -> str:
    """A figure without trailing zeros and without an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: Decimal, currency: str = "") -> str:
    """Account money with its sign, and its currency where that is known."""
    return f"{value:+,.2f} {currency}".replace(",", " ").rstrip()


def opinion_words(opinion: Opinion) -> str:
    """What the second reader suggests and how it compares: "BUY XAUUSD 4061 SL 4046 TP 4080, agrees with the rules"."""
    if opinion.reading is None:
        return opinion.why.text if opinion.why is not None else "no answer"
    told = [_call(signal) for signal in opinion.reading.signals]
    told += [_wish(update) for update in opinion.reading.updates]
    compared = "agrees with the rules" if opinion.agrees else f"differs in {', '.join(opinion.differs)}"
    return f"{'; '.join(told) or 'nothing to trade in it'}, {compared}"


def _call(signal: Signal) -> str:
    words = [signal.side.upper() if signal.side else "", signal.symbol or ""]
    words.append(signal.order if signal.order in (OrderKind.LIMIT, OrderKind.STOP) else "")
    words.append("-".join(number(price.value) for price in signal.entry))
    words += ["SL", _written(signal.stop)] if signal.stop is not None else []
    words += ["TP", *map(_written, signal.targets)] if signal.targets else []
    return " ".join(word for word in words if word)


def _wish(update: Update) -> str:
    words = [update.action.replace("_", " "), update.symbol or ""]
    words.append(f"{number(update.fraction * 100)} %" if update.fraction is not None else "")
    words.append(f"target {update.target}" if update.target is not None else "")
    words.append(_written(update.price) if update.price is not None else "")
    words.append("everything" if update.everything else "")
    return " ".join(word for word in words if word)


def _written(level: Level) -> str:
    if isinstance(level, Open):
        return "open"
    return f"{number(level.value)} {level.unit}" if isinstance(level, Distance) else number(level.value)


def policy_words(policy: Policy, account: Account | None) -> str:
    """What becomes of a channel's signals on an account: "traded on this demo account, never with real money"."""
    where = _WHERE[account.money] if account is not None else "on this account, whose money is not known yet"
    if policy is Policy.ASK:
        return f"held for you, and traded {where} when you approve"
    if policy is Policy.TRADE:
        return f"traded {where}"
    if is_real(account):
        return "judged and shown, nothing is opened with real money"
    return f"traded {where}, never with real money"


_WHERE = {Money.PAPER: "on this paper account", Money.DEMO: "on this demo account", Money.REAL: "with real money"}


def _decided(event: e.SignalDecided, state: DeskState) -> Line:
    decision, name = event.decision, signal_name(event.decision.signal, state)
    if decision.outcome is DecisionOutcome.ACCEPTED and decision.plan is not None:
        legs, plan = len(decision.plan.legs), decision.plan
        lots = number(sum((leg.volume for leg in plan.legs), Decimal(0)))
        what = f"{plan.side} {lots} lots of {plan.symbol} in {legs} leg{'s' * (legs > 1)}"
        return Line(Severity.INFO, f"{name}: accepted, {what}, risk {plan.risk:.2f} {state.currency}".rstrip())
    why = in_one_line(decision.reasons)
    severity = Severity.WARNING if decision.outcome is DecisionOutcome.HELD else Severity.INFO
    return Line(severity, f"{name}: {decision.outcome}: {why}")


def _update_decided(event: e.UpdateDecided, state: DeskState) -> Line | None:
    decision = event.decision
    view = state.updates.get(decision.update)
    what = view.update.action.replace("_", " ") if view else "update"
    name = post_name(message_of(decision.update), state)
    if decision.outcome is DecisionOutcome.ACCEPTED:
        return Line(Severity.INFO, f"{name}: {what} for {', '.join(signal_name(s, state) for s in decision.signals)}")
    why = in_one_line(decision.reasons)
    return Line(
        Severity.WARNING if decision.outcome is DecisionOutcome.HELD else Severity.INFO, f"{name}: {what}: {why}"
    )


def _opened(event: e.LegOpened, state: DeskState) -> Line:
    slip = ""
    if event.asked is not None and event.asked != event.price:
        slip = f" (asked {number(event.asked)}, slip {number(abs(event.price - event.asked))})"
    how = "adopted: found open at" if event.adopted else f"{event.retcode} filled" if event.retcode else "filled"
    timing = f" in {event.latency_ms} ms" if event.latency_ms else ""
    text = f"leg {_leg(event.leg)} {how} {number(event.volume)} at {number(event.price)}{slip}{timing}"
    return Line(Severity.WARNING if event.adopted else Severity.INFO, text)


def _placed(event: e.LegPlaced, state: DeskState) -> Line:
    how = "adopted: found in the book as" if event.adopted else f"{event.retcode} placed,"
    return Line(
        Severity.WARNING if event.adopted else Severity.INFO, f"leg {_leg(event.leg)} {how} order {event.order}"
    )


def _sending(event: e.LegSending, state: DeskState) -> str:
    request = event.request
    at = f" at {number(request.price)}" if request.price else " at market"
    again = f", attempt {event.attempt}" if event.attempt > 1 else ""
    return f"leg {_leg(event.leg)} sent: {number(request.volume)} {request.symbol}{at}, magic {request.magic:x}{again}"


def _rejected(event: e.LegRejected, state: DeskState) -> Line:
    again = "" if event.final else ", priced again"
    return Line(Severity.WARNING, f"leg {_leg(event.leg)} refused {event.text}{again}")


def _intended(event: e.ActionIntended, state: DeskState) -> str:
    action = event.action
    what = {
        ActionKind.CLOSE: "close",
        ActionKind.REDUCE: f"reduce to {number(action.volume)}",
        ActionKind.PROTECT: f"stop {_level(action.stop)} target {_level(action.target)}",
        ActionKind.CANCEL: "cancel the order",
    }[action.kind]
    return f"leg {_leg(action.leg)} asked: {what} ({action.text})"


def _settled(event: e.ActionSettled, state: DeskState) -> Line | None:
    if event.ok:
        return None
    return Line(Severity.WARNING, f"leg {_leg(event.leg)} not done: {event.text}")


def _close_sending(event: e.CloseSending, state: DeskState) -> str:
    request = event.request
    again = f", deal {event.part}" if event.part > 1 else ""
    return f"leg {_leg(event.leg)} close sent: {number(request.volume)} {request.symbol}{again}"


def _close_done(event: e.CloseDone, state: DeskState) -> Line | None:
    if event.volume:
        return None
    return Line(Severity.WARNING, f"leg {_leg(event.leg)} close ended without a deal")


def _command(event: e.CommandAnswered, state: DeskState) -> Line:
    tag = str(event.command.__struct_config__.tag).replace("-", " ")
    return Line(
        Severity.INFO if event.outcome.ok else Severity.WARNING, f"{event.command.by}: {tag}: {event.outcome.text}"
    )


def _trading(event: e.TradingStateChanged, state: DeskState) -> Line:
    severity = Severity.INFO if event.state is TradingState.ACTIVE else Severity.ALARM
    return Line(severity, f"trading is {event.state.upper()}: {event.reason}")


def _failed(event: e.TaskFailed, state: DeskState) -> Line:
    return Line(Severity.ALARM, f"{event.task} failed ({event.error}), again in {event.delay:g} s")


def _notice(event: e.NoticeRaised, state: DeskState) -> Line:
    return Line(event.severity, f"{event.text}. {event.remedy}" if event.remedy else event.text, event.remedy)


def _read(event: e.MessageRead, state: DeskState) -> Line | None:
    if not event.revision:
        return None
    name, found = post_name(event.key, state), event.differences
    if all(one.kind is DifferenceKind.SAME for one in found):
        return Line(Severity.INFO, f"{name}: the edit changed nothing that matters")
    loud = any(one.kind in (DifferenceKind.WITHDRAWN, DifferenceKind.SWAPPED) for one in found)
    told = "; ".join(one.text for one in found if one.kind is not DifferenceKind.SAME)
    return Line(Severity.WARNING if loud else Severity.INFO, f"{name}: edited, {told}")


def _joined(event: e.PostsJoined, state: DeskState) -> str:
    name = signal_name(event.signal, state)
    if not event.parts:
        return f"{name} stands alone again"
    posts = " and ".join(f"#{number_of(part.key)} ({', '.join(part.fields)})" for part in event.parts)
    return f"{name} is one call with {posts}"


def _corrected(event: e.ReadingCorrected, state: DeskState) -> str:
    counts = ((len(event.reading.signals), "signal"), (len(event.reading.updates), "update"))
    what = " and ".join(f"{count} {word}{'s' * (count > 1)}" for count, word in counts if count) or "noise"
    return f"{post_name(event.key, state)} is {what}: corrected by {event.by}"


def _taught(event: e.ChannelTaught, state: DeskState) -> str:
    count = event.lesson.entries
    what = (
        f"was taught {count} thing{'s' * (count > 1)}" if count else "is read as before, what was taught is forgotten"
    )
    return f"{_title(event.channel, state)} {what} ({event.by})"


def _matched(event: e.SymbolsMatched, state: DeskState) -> str:
    # The first look tells how many; later ones what is not as it was, as far as that fits into a line.
    changed = [f"{one.market} is {one.name or _MEANT[one.verdict]}" for one in event.matches]
    if len(changed) > MOST_MATCHES:
        counts = Counter(one.verdict for one in event.matches)
        told = (
            f"{counts[Verdict.CERTAIN]} certain, {counts[Verdict.ASK]} to be chosen, {counts[Verdict.MISSING]} missing"
        )
        return f"instruments of this account: {len(changed)} looked for, {told}"
    return f"instruments of this account: {', '.join(changed)}"


_MEANT = {Verdict.CERTAIN: "certain", Verdict.ASK: "to be chosen", Verdict.MISSING: "missing"}
MOST_MATCHES = 5


def _chosen(event: e.SymbolChosen, state: DeskState) -> str:
    name = event.choice.name
    return f"{event.market} is {'never traded' if name is None else name} on this account ({event.by})"


def _lapsed(event: e.ChoiceLapsed, state: DeskState) -> Line:
    text = f"{event.market}: {event.name} is not what you chose, {event.text}. Choose again: until then its signals are held"
    return Line(Severity.ALARM, text)


def _second(event: e.SecondReading, state: DeskState) -> Line:
    loud = event.opinion.why is None and not event.opinion.agrees
    text = f"{post_name(event.key, state)}: second reader: {opinion_words(event.opinion)}"
    return Line(Severity.WARNING if loud else Severity.INFO, text)


def _leg(leg: str) -> str:
    return leg.rpartition("/")[2]


def _why(reason: CloseReason) -> str:
    return reason.replace("_", " ")


def _level(price: Decimal | None) -> str:
    return number(price) if price is not None else "none"


_WORDS: dict[type[Any], Callable[[Any, DeskState], Line | str | None]] = {
    e.EngineStarted: lambda x, s: f"engine {x.version} started, account {x.account}, start {x.generation}",
    e.EngineArmed: lambda x, s: f"armed: {x.reconciled} legs compared with the terminal, {x.adopted} adopted",
    e.EngineStopped: lambda x, s: f"engine stopped: {x.reason}",
    e.TradingStateChanged: _trading,
    e.TaskFailed: _failed,
    e.NoticeRaised: _notice,
    e.ChannelHealthChanged: lambda x, s: Line(
        Severity.INFO if x.health in ("ok", "connecting") else Severity.WARNING,
        f"{_title(x.channel, s)} is {x.health}{f': {x.detail}' if x.detail else ''}",
    ),
    e.ChannelPaused: lambda x, s: f"{_title(x.channel, s)} paused by {x.by}",
    e.ChannelResumed: lambda x, s: f"{_title(x.channel, s)} resumed by {x.by}",
    e.ChannelUnfollowed: lambda x, s: f"{_title(x.channel, s)} is no longer followed",
    e.ChannelPolicySet: lambda x, s: f"{_title(x.channel, s)}: {x.policy}, by {x.by}",
    e.MessageEdited: lambda x, s: f"{post_name(x.message.key, s)} was edited (revision {x.revision})",
    e.MessageDeleted: lambda x, s: Line(Severity.WARNING, f"{post_name(x.key, s)} was deleted"),
    e.SecondReading: _second,
    e.MessageRead: _read,
    e.PostsJoined: _joined,
    e.ReadingCorrected: _corrected,
    e.ChannelTaught: _taught,
    e.SymbolsMatched: _matched,
    e.SymbolChosen: _chosen,
    e.ChoiceLapsed: _lapsed,
    e.SignalDecided: _decided,
    e.SignalRejected: lambda x, s: f"{signal_name(x.signal, s)}: {x.reason} ({x.by})",
    e.UpdateDecided: _update_decided,
    e.UpdateRejected: lambda x, s: f"{post_name(message_of(x.update), s)}: update rejected by {x.by}",
    e.LegSending: _sending,
    e.LegSent: lambda x, s: f"leg {_leg(x.leg)} {x.retcode} taken, waiting for proof",
    e.LegPlaced: _placed,
    e.LegOpened: _opened,
    e.LegRejected: _rejected,
    e.LegUnknown: lambda x, s: Line(
        Severity.ALARM, f"leg {_leg(x.leg)} answer lost ({x.text}): not sent again, looking for it"
    ),
    e.LegUnfilled: lambda x, s: Line(Severity.ALARM, f"leg {_leg(x.leg)} unfilled: {x.text}"),
    e.LegExpired: lambda x, s: Line(Severity.WARNING, f"leg {_leg(x.leg)} expired: {x.text}"),
    e.LegCancelled: lambda x, s: f"leg {_leg(x.leg)} cancelled: {x.text}",
    e.ActionIntended: _intended,
    e.ActionSettled: _settled,
    e.LegProtected: lambda x, s: (
        f"leg {_leg(x.leg)} at the broker: stop {_level(x.stop)} target {_level(x.target)} ({x.text})"
    ),
    e.LegReduced: lambda x, s: (
        f"leg {_leg(x.leg)} part closed {number(x.volume)} at {number(x.price)} {money(x.profit, s.currency)} ({_why(x.reason)})"
    ),
    e.LegClosed: lambda x, s: (
        f"leg {_leg(x.leg)} closed {number(x.volume)} at {number(x.price)} {money(x.profit, s.currency)} ({_why(x.reason)})"
    ),
    e.LegFilled: lambda x, s: (
        f"leg {_leg(x.leg)} more filled: {number(x.opened)} at {number(x.price)} on average, {number(x.volume)} open"
    ),
    e.CloseSending: _close_sending,
    e.CloseRefused: lambda x, s: Line(Severity.WARNING, f"leg {_leg(x.leg)} close refused {x.text}"),
    e.CloseUnknown: lambda x, s: Line(
        Severity.ALARM, f"leg {_leg(x.leg)} answer to its close lost ({x.text}): not sent again, looking for it"
    ),
    e.CloseDone: _close_done,
    e.CloseUnfilled: lambda x, s: Line(Severity.ALARM, f"leg {_leg(x.leg)} was not closed: {x.text}"),
    e.TargetReached: lambda x, s: f"{signal_name(x.signal, s)}: target {x.number} reached at {number(x.price)}",
    e.TrailSet: lambda x, s: (
        f"{signal_name(x.signal, s)}: trailing {'off' if x.distance is None else number(x.distance)}"
    ),
    e.DayStarted: lambda x, s: f"day {x.date} began with equity {x.equity:.2f} {s.currency}".rstrip(),
    e.CommandAnswered: _command,
}


def _title(channel: Any, state: DeskState) -> str:
    view = state.channels.get(channel)
    return view.channel.title if view else str(channel)

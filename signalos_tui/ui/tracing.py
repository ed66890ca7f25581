"""The answer to "why" about one signal or update, as facts: what was read, what each rule saw, what every order did.

Pure: from the state to what the trace shows, so that it can be tested without a screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from signalos_tui.model.decisions import DecisionOutcome, Effect, RuleVerdict
from signalos_tui.model.desk import DeskState, LegView, Post, SignalView, Trade, UpdateView
from signalos_tui.model.events import Severity
from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.model.orders import LegState
from signalos_tui.model.signals import Reading, Signal, Span, Update
from signalos_tui.narrate import post_name, signal_name
from signalos_tui.ui import stakes
from signalos_tui.ui.actions import Fact, counted, tone
from signalos_tui.ui.joined import Other, others, said_here, said_there, source
from signalos_tui.ui.phrases import Said, asked, entry, level, meant, second_said, signal_said, update_said
from signalos_tui.ui.text import age, lots, moment, money, multiple, percent, price, share

Mark = tuple[int, int, str]
_SIGNS = {Effect.HOLD: ("?", "held"), Effect.DENY: ("×", "denied")}
_INTENDED = ("sent: ", "asked: ")
_LOUD = {Severity.INFO: "", Severity.WARNING: "held", Severity.ALARM: "halted"}


class Subject(NamedTuple):
    """What a trace is about, gathered from the state. trades: those of the signal, or those an update is bound to."""

    view: SignalView | UpdateView
    post: Post | None
    trades: tuple[Trade, ...]
    others: tuple[Other, ...] = ()


def subject(state: DeskState, wanted: SignalId | UpdateId) -> Subject | None:
    """Everything the state has about a signal or update; None when it is no longer in view."""
    view = state.signals.get(SignalId(wanted)) or state.updates.get(UpdateId(wanted))
    if view is None:
        return None
    if isinstance(view, SignalView):
        bound: tuple[SignalId, ...] = (view.id,)
    else:
        bound = view.decision.signals if view.decision else ()
    trades = tuple(state.trades[sid] for sid in bound if sid in state.trades)
    return Subject(view, state.posts.get(view.key), trades, others(view, state) if isinstance(view, SignalView) else ())


# --- the first line -----------------------------------------------------------------------------------------------


def headline(found: Subject, state: DeskState) -> tuple[Fact, ...]:
    """Who, what, which revision: the left of the first line."""
    view = found.view
    if isinstance(view, UpdateView):
        name = Fact("", post_name(view.key, state), "strong")
        about = f"{asked(view.update)}  {found.trades[0].symbol if found.trades else view.update.symbol or ''}".rstrip()
        return (name, Fact("", about), *_revision(found.post))
    side = str(view.signal.side or "")
    what = f"{side.upper() or 'no side'} {view.symbol or 'no symbol'}"
    name = Fact("", signal_name(view.id, state), "strong")
    return (name, Fact("", what, side), Fact("", entry(view.signal)), *_revision(found.post))


def outcome(found: Subject, state: DeskState, now: int) -> tuple[Fact, ...]:
    """What became of it, and the money: the right of the first line."""
    said = _said(found, state)
    facts = [Fact("", f"{said.sign} {said.text}", said.tone)]
    for trade in found.trades[:1]:
        if trade.open_legs:  # of what has ended the words say the result already
            result = state.result(trade)
            facts.append(Fact("", f"{money(result, sign=True)}  {multiple(state.result_r(trade))}", tone(result)))
        facts.append(Fact("", age((trade.ended_at or now) - trade.at), "muted"))
    return tuple(facts)


def _said(found: Subject, state: DeskState) -> Said:
    return signal_said(found.view, state) if isinstance(found.view, SignalView) else update_said(found.view, state)


def _revision(post: Post | None) -> Iterator[Fact]:
    if post is None:
        return
    if post.revision and post.message.edited_at:
        late = max(0, post.message.edited_at - post.message.posted_at)
        yield Fact("", f"revision {post.revision} (+{age(late)})", "held")
    if post.deleted_at is not None:
        yield Fact("", "deleted", "denied")


# --- the message --------------------------------------------------------------------------------------------------


def marks(view: SignalView | UpdateView) -> tuple[Mark, ...]:
    """The places of the message that were read, with their styles."""
    return _signal_marks(said_here(view)) if isinstance(view, SignalView) else _update_marks(view.update)


def other_marks(found: Subject, other: Other) -> tuple[Mark, ...]:
    """The same in another post of a call that several say."""
    return _signal_marks(said_there(found.view, other.part)) if isinstance(found.view, SignalView) else ()


def reading_marks(reading: Reading, number: int) -> tuple[Mark, ...]:
    """The same for one signal or update of a reading."""
    found = [_signal_marks(one) for one in reading.signals if one.number == number]
    found += [_update_marks(one) for one in reading.updates if one.number == number]
    return found[0] if found else ()


def _signal_marks(signal: Signal) -> tuple[Mark, ...]:
    places = [(signal.side_span, str(signal.side or "accent")), (signal.symbol_span, "symbol")]
    places += [(number.span, "entry") for number in signal.entry]
    places += [(signal.stop.span, "stop")] if signal.stop else []
    places += [(target.span, "target") for target in signal.targets]
    places += [(signal.leverage.span, "accent")] if signal.leverage else []
    return _marked(places)


def _update_marks(update: Update) -> tuple[Mark, ...]:
    return _marked([(update.span, "accent"), (getattr(update.price, "span", None), "target")])


def _marked(places: Sequence[tuple[Span | None, str]]) -> tuple[Mark, ...]:
    return tuple((span.start, span.end, f"bold underline ${name}") for span, name in places if span is not None)


# --- the reading --------------------------------------------------------------------------------------------------


def reading_facts(found: Subject) -> tuple[Fact, ...]:
    """What was made of the message, with the words it stands on and the evidence for it."""
    view, text = found.view, found.post.message.text if found.post else ""
    read = _signal_facts(found, view) if isinstance(view, SignalView) else _update_facts(view, text)
    second = (Fact("2nd reader", said.text, said.tone) for said in second_said(found.post))
    own = found.post.corrected if found.post else None
    said = (Fact("you said", meant(own), "accent"),) if own is not None else ()
    return (*read, *said, *second, *_evidence(view.reading))


def _signal_facts(found: Subject, view: SignalView) -> tuple[Fact, ...]:
    signal, text = view.signal, found.post.message.text if found.post else ""
    heading = next((one.post.message.text for one in found.others if "symbol" in one.part.fields), text)
    symbol = signal.symbol or "none"
    named = symbol if view.symbol in ("", symbol) else f"{symbol}, here {view.symbol}"
    facts = [
        Fact(
            "side",
            (signal.side.upper() if signal.side else "none") + _quoted(text, signal.side_span),
            str(signal.side or "held"),
        ),
        Fact(
            "symbol",
            named + _quoted(heading, signal.symbol_span) + source(view, "symbol"),
            "" if signal.symbol else "held",
        ),
        Fact("entry", f"{entry(signal)}{source(view, 'entry')}"),
        Fact("stop", (level(signal.stop) if signal.stop else "none") + source(view, "stop"), _doubtful(signal.stop)),
        Fact("targets", ("  ".join(level(target) for target in signal.targets) or "none") + source(view, "targets")),
    ]
    if signal.leverage is not None:
        facts.append(Fact("leverage", f"x{price(signal.leverage.value)}{source(view, 'leverage')}"))
    if view.edited:
        facts.append(Fact("last edit", view.edited, "held"))
    return tuple(facts)


def _update_facts(view: UpdateView, text: str) -> tuple[Fact, ...]:
    update = view.update
    facts = [Fact("asks for", asked(update) + _quoted(text, update.span), "strong")]
    if update.symbol or update.side:
        facts.append(Fact("of", " ".join(filter(None, (update.symbol, update.side and update.side.upper())))))
    if update.price is not None:
        facts.append(Fact("level", level(update.price)))
    if update.target is not None:
        facts.append(Fact("target", str(update.target)))
    if update.everything:
        facts.append(Fact("reach", "everything it has open"))
    return tuple(facts)


def _quoted(text: str, span: Span | None) -> str:
    return f'  from "{text[span.start : span.end]}"' if span is not None and text else ""


def _doubtful(found: object) -> str:
    return "" if found else "held"


def _evidence(reading: Reading) -> tuple[Fact, ...]:
    # What speaks for it in one run, what speaks against it in full.
    bad = [part for part in reading.evidence if part.weight < 0 and part.name != "start"]
    good = ", ".join(f"{part.name} {part.weight:+.1f}" for part in reading.evidence if part not in bad)
    facts = [Fact("evidence", good, "muted")] if good else []
    facts += [Fact("against", f"{part.detail or part.name} {part.weight:+.1f}", "held") for part in bad]
    said = {part.detail for part in bad}
    return (*facts, *(Fact("but", reason.text, "held") for reason in reading.reasons if reason.text not in said))


# --- the checks ---------------------------------------------------------------------------------------------------


def check_facts(found: Subject, state: DeskState) -> tuple[Fact, ...]:
    """Every rule with what it saw; what stood in the way comes first, in full."""
    view = found.view
    rejected = (Fact("–", view.rejected, "muted"),) if view.rejected else ()
    if view.decision is None:
        return rejected or (Fact("…", "being decided", "muted"),)
    if isinstance(view, UpdateView):
        return (*rejected, *_bound(view, state)) or (Fact("–", "no trade fits it", "muted"),)
    return (*rejected, *_decided(view))


def _bound(view: UpdateView, state: DeskState) -> tuple[Fact, ...]:
    if view.decision is None:
        return ()
    denied = view.decision.outcome is DecisionOutcome.DENIED
    sign, shade = ("×", "denied") if denied else ("?", "held")
    reasons = [Fact(sign, reason.text, shade) for reason in view.decision.reasons]
    return (*reasons, *(Fact("✓", f"fits {signal_name(sid, state)}") for sid in view.decision.signals))


def _decided(view: SignalView) -> tuple[Fact, ...]:
    decision = view.decision
    if decision is None:
        return ()
    stood = [verdict for verdict in decision.verdicts if verdict.effect is not Effect.PASS]
    facts = [
        Fact(f"{_SIGNS[verdict.effect][0]} {_named(verdict)}", verdict.text, _SIGNS[verdict.effect][1])
        for verdict in sorted(stood, key=lambda verdict: verdict.effect is Effect.HOLD)
    ]
    said = {verdict.text for verdict in decision.verdicts}
    facts += [Fact("× because", reason.text, "denied") for reason in decision.reasons if reason.text not in said]
    facts += _passed(decision.verdicts)
    if decision.by != "rules":
        facts.append(Fact("by", decision.by, "accent"))
    if decision.plan is not None:
        facts += [Fact("plan", note, "muted") for note in decision.plan.notes]
    return tuple(facts)


def _passed(verdicts: Sequence[RuleVerdict]) -> Iterator[Fact]:
    # A line for each rule with figures; the others, which can only say yes, share one.
    others = []
    for verdict in verdicts:
        if verdict.effect is not Effect.PASS:
            continue
        if verdict.limit[:1].isdigit() and verdict.seen[:1].isdigit():
            yield Fact(f"✓ {_named(verdict)}", f"{verdict.seen}, limit {verdict.limit}")
        else:
            others.append(_named(verdict))
    if others:
        yield Fact("✓ also", ", ".join(others), "muted")


def _named(verdict: RuleVerdict) -> str:
    return verdict.rule.replace("_", " ")


# --- the orders ---------------------------------------------------------------------------------------------------


def order_facts(found: Subject, state: DeskState, zone: tzinfo = UTC) -> tuple[Fact, ...]:
    """Every leg with its history, as the terminal answered."""
    if not found.trades:
        return _planned(found, state) or (Fact("", "Nothing was sent.", "muted"),)
    facts: list[Fact] = []
    for trade in found.trades:
        if len(found.trades) > 1:
            facts.append(Fact("", f"{trade.symbol} {trade.side.upper()}  {signal_name(trade.signal, state)}", "strong"))
        for leg in trade.legs:
            facts.append(_leg(leg, state))
            facts += _history(leg, zone)
    return tuple(facts) or (Fact("", "No leg was made yet.", "muted"),)


def _leg(leg: LegView, state: DeskState) -> Fact:
    words = [f"{lots(leg.volume if leg.is_open else leg.plan.volume)} lots {leg.state}"]
    if leg.is_open:
        words.append(f"at {stakes.quoted(leg.price_open, state, leg.symbol)}")
        mark = state.marks.get(leg.id)
        result = leg.profit + mark.profit if mark else None
        words.append(money(result, sign=True) if result is not None else "no price")
    elif leg.opened:
        words.append(money(leg.profit, sign=True))
    words.append(f"magic {leg.magic:x}")
    shade = "halted" if leg.state in (LegState.UNKNOWN, LegState.SENT) else "strong"
    return Fact(f"leg {leg.number}", "  ".join(words), shade)


def _history(leg: LegView, zone: tzinfo) -> Iterator[Fact]:
    # What was intended is said by what came of it: one line for both, unless that went wrong.
    told = ""
    for step, after in zip(leg.history, [*leg.history[1:], None], strict=True):
        words = _told(step.text)
        if words == told or (words.startswith(_INTENDED) and after is not None and after.severity is Severity.INFO):
            continue
        told = words
        yield Fact(moment(step.at, zone, seconds=True), words, _LOUD[step.severity])


def _told(text: str) -> str:
    # The narrator names the leg for the log; here it stands under its leg already.
    first, _, rest = text.partition(" ")
    return rest.partition(" ")[2] if first == "leg" else text


def _planned(found: Subject, state: DeskState) -> tuple[Fact, ...]:
    view = found.view
    plan = view.decision.plan if isinstance(view, SignalView) and view.decision else None
    if plan is None:
        return ()
    facts = [
        Fact("", f"Nothing was sent. It would be {counted(len(plan.legs), 'leg')}, risk {money(plan.risk)}:", "muted")
    ]
    quoted = partial(stakes.quoted, state=state, symbol=plan.symbol)
    for leg in plan.legs:
        where = "market" if leg.entry is None else f"{leg.kind} {quoted(leg.entry)}"
        words = f"{lots(leg.volume)} lots {where}  SL {quoted(leg.stop)}  TP {quoted(leg.target)}"
        facts.append(Fact(f"leg {leg.number}", words, "muted"))
    return tuple(facts)


# --- titles -----------------------------------------------------------------------------------------------------


def confidence(found: Subject) -> str:
    """How sure the reading is, for its title."""
    reading = found.view.reading
    words = f"{share(reading.confidence)} sure"
    return f"{words}, {reading.language}" if reading.language else words


def at_risk(found: Subject, state: DeskState) -> str:
    """What its trades risk now, in money and of the equity, for the title of the orders."""
    left = sum((trade.risk_left for trade in found.trades), Decimal(0))
    equity = state.account.equity if state.account else None
    if not left or not equity:
        return ""
    return f"{money(left)} at risk, {percent(left / equity * 100, digits=2)}"

"""Letting a held signal go on: what it asks for, why it was held, how far the price has run since, and what it would risk.

Approving is not the last word. Every rule that protects the account is asked again with the price of that moment, and a denial
stands. So the engine is asked beforehand what it would decide, again and again while the dialog stands, and a denial is shown
here instead of after the answer. The yes is to what is shown: where an edit makes something else of it under the owner's finger,
the card says so and takes no yes for a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial
from typing import ClassVar

from textual.timer import Timer

from signalos_tui.errors import SignalOSError
from signalos_tui.model.decisions import Decision, DecisionOutcome, Effect
from signalos_tui.model.desk import DeskState, SignalView, UpdateView
from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.model.shown import is_read, mark_of
from signalos_tui.model.signals import Number, Side, in_one_line
from signalos_tui.narrate import post_name, signal_name
from signalos_tui.ui import stakes
from signalos_tui.ui.actions import Fact, Refusal, Selection, approve, held_view, in_currency, money_fact
from signalos_tui.ui.phrases import asked, entry, level, second_said
from signalos_tui.ui.screens.card import Card
from signalos_tui.ui.text import age, lots, multiple, share

AGAIN = "Every rule is asked again with the price of that moment; a denial stands."
LOOK_AHEAD_S = 2.0
"""How often the engine is asked what it would decide, while the dialog stands."""

Foresee = Callable[[SignalId], Awaitable[Decision | None]]


CHANGED = "It was edited while you looked, and is not what it was."
BEING_READ = "It was edited and is being read again."


class ApproveScreen(Card[str]):
    """Shows a held signal or update until the owner answers: the mark of what he saw for yes, "" for no.

    quote_age_s: older prices are called stale. foresee: what approving a signal would decide now, None where that is not known.
    """

    YES = "Approve"
    NO = "Leave it held"
    LOOK_AGAIN_S: ClassVar[float] = 1.0
    """How long no yes is taken after it has become something else."""

    def __init__(
        self,
        subject: SignalId | UpdateId,
        state: DeskState,
        now: int,
        quote_age_s: float = 20.0,
        foresee: Foresee | None = None,
    ) -> None:
        super().__init__(state, now)
        self._subject = subject
        self._stale_ms = quote_age_s * 1000
        self._foresee = foresee
        self._foreseen: Decision | None = None
        self._seen = ""
        self._was_changed = False
        self._looking: Timer | None = None

    def on_mount(self) -> None:
        """Ask what would be decided, and again as long as it stands."""
        super().on_mount()
        if self._foresee is not None and SignalId(self._subject) in self.state.signals:
            self.run_worker(self._looking_ahead(self._foresee), name="looking ahead", exit_on_error=False)

    async def _looking_ahead(self, foresee: Foresee) -> None:
        while True:
            try:
                self._foreseen = await foresee(SignalId(self._subject))
            except SignalOSError:
                self._foreseen = None
            self.refreshed()
            await asyncio.sleep(LOOK_AHEAD_S)

    def refreshed(self) -> None:
        """What would be approved, as it stands now."""
        view = held_view(self.state, Selection(subject=self._subject))
        if isinstance(view, Refusal):
            self.say("No longer held", (), problem=view.text)
            return
        self._see(mark_of(view))
        missing = CHANGED if self._looking is not None else "" if is_read(view, self.state) else BEING_READ
        again = AGAIN if isinstance(view, SignalView) else ""
        note = " ".join(words for words in (CHANGED if self._was_changed else "", again) if words)
        if isinstance(view, UpdateView):
            answer = approve(self.state, Selection(subject=self._subject))
            problem = answer.text if isinstance(answer, Refusal) else ""
            facts = update_facts(view, self.state, self.now)
            self.say("Approve this update?", facts, note=note, missing=missing, problem=problem)
        else:
            facts = signal_facts(view, self.state, self.now, self._stale_ms, self._foreseen)
            self.say("Approve this signal?", facts, note=note, missing=missing, problem=against(self._foreseen))

    def _see(self, mark: str) -> None:
        # Something else than what was shown has to be looked at before a yes counts.
        if self._seen and mark != self._seen:
            self._was_changed = True
            self._foreseen = None
            if self._looking is not None:
                self._looking.stop()
            self._looking = self.set_timer(self.LOOK_AGAIN_S, self._looked)
        self._seen = mark

    def _looked(self) -> None:
        self._looking = None
        self.refreshed()

    def accept(self) -> None:
        """Yes, to what is shown."""
        self.dismiss(self._seen)

    def action_back(self) -> None:
        """No."""
        self.dismiss("")


def against(foreseen: Decision | None) -> str:
    """Why approving would not help now; "" where nothing speaks against it, or nothing is known."""
    if foreseen is None or foreseen.outcome is DecisionOutcome.ACCEPTED:
        return ""
    return f"Not possible now: {in_one_line(foreseen.reasons) or 'there is no plan for it'}"


def signal_facts(
    view: SignalView, state: DeskState, now: int, stale_ms: float, foreseen: Decision | None = None
) -> tuple[Fact, ...]:
    """Everything about a held signal that its owner needs to decide. stale_ms: an older quote is called stale.

    foreseen: what approving it would decide now; its plan stands instead of the one of when it was held.
    """
    signal, post = view.signal, state.posts.get(view.key)
    side = signal.side.upper() if signal.side else "no side"
    facts = [
        Fact("from", signal_name(view.id, state)),
        Fact("signal", f"{side} {view.symbol or 'no symbol'}  {entry(signal)}", str(signal.side or "")),
        Fact("stop", level(signal.stop) if signal.stop else "none", "" if signal.stop else "held"),
        Fact("targets", "  ".join(level(target) for target in signal.targets) or "none"),
        Fact("reading", f"{share(view.reading.confidence)} sure"),
    ]
    if view.decision is not None:
        facts += [Fact("held", reason.text, "held") for reason in view.decision.reasons]
    facts += [Fact("2nd reader", said.text, said.tone) for said in second_said(post)]
    if post is not None:
        facts.append(Fact("posted", f"{age(now - post.message.posted_at)} ago"))
    facts += [*drift(view, state), *_quote(view, state, now, stale_ms), *_plan(view, state, foreseen), *_denials(view)]
    return tuple(facts)


def drift(view: SignalView, state: DeskState) -> tuple[Fact, ...]:
    """How far the price has run since the signal was read: in price, pips and R, and in whose favour."""
    quote, side = state.quotes.get(view.symbol), view.signal.side
    if quote is None or side is None or view.price is None:
        return ()
    now = quote.opening(side)
    run = (now - view.price) * side.sign
    quoted = partial(stakes.quoted, state=state, symbol=view.symbol)
    words = [f"{quoted(view.price)} to {quoted(now)}"]
    size = stakes.pip(view.symbol, state)
    if size is not None:
        words.append(f"{run / size:+.1f} pips")
    risk = _risk_distance(view, side)
    if risk:
        words.append(multiple(run / risk))
    how = "for it: you would enter later than its author" if run > 0 else "against it" if run < 0 else "not at all"
    return (Fact("moved", "  ".join(words)), Fact("", how, "held" if run > 0 else "muted"))


def update_facts(view: UpdateView, state: DeskState, now: int) -> tuple[Fact, ...]:
    """A held update, and the trades it would act on with their money."""
    post = state.posts.get(view.key)
    facts = [Fact("from", post_name(view.key, state)), Fact("asks for", asked(view.update), "strong")]
    if post is not None:
        facts += [Fact("posted", f"{age(now - post.message.posted_at)} ago"), Fact("says", post.message.text)]
    if view.decision is not None:
        facts += [Fact("held", reason.text, "held") for reason in view.decision.reasons]
    facts += [Fact("2nd reader", said.text, said.tone) for said in second_said(post)]
    if view.decision is not None:
        for sid in view.decision.signals:
            trade = state.trades.get(sid)
            if trade is not None and trade.is_live:
                facts.append(Fact("acts on", f"{trade.symbol} {trade.side.upper()} {lots(trade.volume)} lots"))
                facts.append(money_fact("", trade, stakes.floating(trade, state), state))
    return tuple(facts)


def _risk_distance(view: SignalView, side: Side) -> Decimal | None:
    stop, opened = view.signal.stop, view.price
    if not isinstance(stop, Number) or opened is None:
        return None
    distance = (opened - stop.value) * side.sign
    return distance if distance > 0 else None


def _quote(view: SignalView, state: DeskState, now: int, stale_ms: float) -> tuple[Fact, ...]:
    old = stakes.quote_age(state, view.symbol, now)
    if old is None:
        return (Fact("price", "none: the terminal has no quote, it will be denied", "denied"),)
    if old > stale_ms:
        return (Fact("price", f"stale, {age(old)} old: it will be denied", "denied"),)
    return ()


def _plan(view: SignalView, state: DeskState, foreseen: Decision | None) -> tuple[Fact, ...]:
    if against(foreseen):
        return (Fact("plan", "none: it would be denied", "denied"),)
    decision = foreseen or view.decision
    plan = decision.plan if decision else None
    if plan is None:
        return (Fact("plan", "none could be made: approving alone may not be enough", "held"),)
    volume = sum((leg.volume for leg in plan.legs), Decimal(0))
    legs = f"{len(plan.legs)} leg{'s' * (len(plan.legs) != 1)}"
    risk = f"about {in_currency(plan.risk, state)}"
    return (Fact("plan", f"{lots(volume)} lots in {legs}"), Fact("risk", risk, "strong"))


def _denials(view: SignalView) -> tuple[Fact, ...]:
    verdicts = view.decision.verdicts if view.decision else ()
    return tuple(Fact("denied by", verdict.text, "denied") for verdict in verdicts if verdict.effect is Effect.DENY)

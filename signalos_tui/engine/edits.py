"""What an edit or a deletion does to a call that was decided before (reference: reliability A8-A10).

New levels of a traded call are followed when the reader is certain, the edit is fresh and the trade gets no more dangerous than
the owner agreed to; everything else is told and left to him. A post that once became another call is not followed any more.
"""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.decode.proof import CORRECTED
from signalos_tui.engine.desk import Desk, Draft
from signalos_tui.engine.identity import is_same_signal
from signalos_tui.engine.managing import Managing
from signalos_tui.engine.settings import Settings
from signalos_tui.evaluate.updates import doubt, stale
from signalos_tui.execute.manager import Market, withdraw
from signalos_tui.model.account import TradingState
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import DeskState, SignalView, Trade
from signalos_tui.model.events import NoticeRaised, Severity, SignalRejected, UpdateRejected
from signalos_tui.model.ids import MessageKey, signal_id, update_id
from signalos_tui.model.messages import Message
from signalos_tui.model.orders import LegState
from signalos_tui.model.signals import Level, Number, OrderKind, Reading, ReadingVerdict, Reason, Signal, in_one_line

AFTER_TRADE = "edit_of_traded"
AFTER_REJECTION = "edit_of_rejected"
AFTER_CORRECTION = "edit_of_corrected"
SWAPPED = "edit_swapped"
PART_GONE = "part_gone"
SOURCE = "source"


def why_ask(before: SignalView | None, signal: Signal, *, is_traded: bool) -> Reason | None:
    """Why a signal that an edit brings is never opened by itself; None where the rules alone decide.

    before: the signal under its name so far. is_traded: any signal of the post was accepted before this revision.
    """
    if is_traded:
        return Reason(AFTER_TRADE, "An edit brought it into a post that was traded already")
    asked = before.decision.reasons if before is not None and before.decision is not None else ()
    if before is not None and (before.rejected or any(reason.code == AFTER_REJECTION for reason in asked)):
        return Reason(AFTER_REJECTION, "It was rejected before, and an edit changed it")
    if any(reason.code in (CORRECTED.code, AFTER_CORRECTION) for reason in asked):
        return Reason(AFTER_CORRECTION, "You corrected it before, and its post has changed since")
    if before is not None and is_swapped(before.signal, signal):
        return Reason(SWAPPED, f"An edit made {named(before.signal)} into {named(signal)}")
    if any(reason.code == SWAPPED for reason in asked):
        return Reason(SWAPPED, "An edit made another call of it before, and now changed it again")
    return None


def loud(asking: Reason, signal: Signal) -> list[NoticeRaised]:
    """What is told aloud of a call that an edit brought and that waits for the owner. asking: why it does."""
    texts = {
        AFTER_TRADE: ("edit-new-signal", f"An edit brought {named(signal)} into a post that was traded already"),
        SWAPPED: ("edit-swapped", asking.text),
    }
    if asking.code not in texts:
        return []
    return [NoticeRaised(Severity.ALARM, *texts[asking.code], "It is held: approve it, or reject it")]


class Edits:
    """Carries changes of posts into what was made of them."""

    def __init__(self, desk: Desk, managing: Managing, settings: Settings) -> None:
        self._desk = desk
        self._managing = managing
        self._settings = settings

    # --- what is gone ---------------------------------------------------------------------------------------------

    def withdraw(self, draft: Draft, before: DeskState, message: Message, reading: Reading) -> None:
        """What an edit took out of a post. before: the desk without this revision."""
        still = {signal_id(message.key, signal.number): signal for signal in reading.signals}
        fresh = [signal for sid, signal in still.items() if sid not in before.signals]
        for view in [v for v in before.signals.values() if v.key == message.key and v.id not in still]:
            trade = draft.state.trades.get(view.id)
            if view.is_lost:
                continue  # it was told before
            if not fresh or trade is None:
                self.gone(draft, view, "an edit took the signal away")
            elif trade.is_live:
                self.swapped(draft, trade, " and ".join(map(named, fresh)))
        wishes = {update_id(message.key, update.number) for update in reading.updates}
        for seen in [v for v in before.updates.values() if v.key == message.key and v.id not in wishes]:
            if seen.is_waiting:
                draft.add(UpdateRejected(seen.id, SOURCE))
            elif seen.outcome is DecisionOutcome.ACCEPTED and not seen.is_lost:
                what = seen.update.action.replace("_", " ")
                text = f"An edit changed or took back an update that was followed ({what})"
                remedy = "What was done stays as it is: look at the trade"
                draft.add(NoticeRaised(Severity.WARNING, "update-edited", text, remedy))

    def swapped(self, draft: Draft, trade: Trade | None, now: str) -> None:
        """A call that was traded became another one: what stands is left to the owner, what was not sent never is."""
        if trade is None or not trade.is_live:
            return
        was_sent = any(leg.state is not LegState.INTENT for leg in trade.legs)
        withdrawn = self._managing.intended(withdraw(trade, f"an edit made it into {now}"), SOURCE, trade)
        draft.add(*withdrawn)
        when = "after it was traded" if was_sent else "before it was sent"
        text = f"An edit made {trade.side} {trade.symbol} into {now} {when}"
        remedy = "Nothing was changed, and the post is not followed any more: close it, or leave it"
        if withdrawn and was_sent:
            remedy = "What was not sent never is. The rest stands, and the post is not followed any more: close it, or leave it"
        elif withdrawn:
            remedy = "It is not sent, and the post is not followed any more: trade the new call yourself if you want it"
        draft.add(NoticeRaised(Severity.ALARM, "edit-swapped", text, remedy))

    def deleted(self, draft: Draft, key: MessageKey) -> None:
        """A post is gone: what was not sent is withdrawn, pending orders follow the owner's rule."""
        state = draft.state
        for view in [v for v in state.signals.values() if v.key == key]:
            self.gone(draft, view, "the message was deleted")
        draft.add(*[UpdateRejected(v.id, SOURCE) for v in state.updates.values() if v.key == key and v.is_waiting])

    def gone(self, draft: Draft, view: SignalView, why: str) -> None:
        """A call was taken back: one that waits goes, of one that was traded what the owner's rule says."""
        trade = draft.state.trades.get(view.id)
        if trade is None:
            if view.is_waiting:
                draft.add(SignalRejected(view.id, why, SOURCE))
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

    # --- what changed ---------------------------------------------------------------------------------------------

    async def follow(self, draft: Draft, view: SignalView, signal: Signal, message: Message, reading: Reading) -> None:
        """New levels of a call that was traded. view: the call before this revision."""
        trade = draft.state.trades[view.id]
        if is_same_signal(view.signal, signal) or not trade.is_live:
            return
        market = await self._managing.market(trade.symbol)
        why = self._why_not(draft.state, trade, view, signal, message, reading)
        if market is None or why:
            draft.add(_not_followed(trade, why or f"{trade.symbol} has no price at the terminal"))
            return
        await self._stop(draft, view, signal, market)
        await self._targets(draft, view, signal, market)

    def _why_not(
        self, state: DeskState, trade: Trade, view: SignalView, signal: Signal, message: Message, reading: Reading
    ) -> str:
        if any(one.is_lost for one in state.signals.values() if one.key == message.key):
            return "an edit made another call of the post, or took one away"
        if state.trading is TradingState.HALTED:
            return "trading is halted"
        if reading.verdict is not ReadingVerdict.ACT:
            return in_one_line(reading.reasons) or "the reader is not certain of it"
        published = message.edited_at or message.posted_at
        old = stale(published, self._desk.clock.now(), self._settings.of_trade(trade).rules)
        if old is not None:
            return old.text
        planned = view.decided or view.signal
        is_pending = any(
            leg.is_live and not leg.is_open and leg.plan.kind in (OrderKind.LIMIT, OrderKind.STOP) for leg in trade.legs
        )
        if is_pending and ((signal.order, _values(signal.entry)) != (planned.order, _values(planned.entry))):
            return "it gives another entry than the order that waits; the order stays as it is"
        return ""

    async def _stop(self, draft: Draft, view: SignalView, signal: Signal, market: Market) -> None:
        old, new, trade = view.signal.stop, signal.stop, draft.state.trades[view.id]
        if _written(old) == _written(new):
            return
        if not isinstance(new, Number):
            draft.add(_not_followed(trade, "the stop is a distance now, or is gone; the stops stay where they are"))
            return
        stop = market.spec.rounded(new.value)
        was = market.spec.rounded(old.value) if isinstance(old, Number) else None
        why = self._doubt(trade, market, stop=stop) or _loosens(trade, stop, was)
        if why:
            draft.add(_not_followed(trade, why))
            return
        draft.add(*await self._managing.stop_to(trade, stop, "edited"))

    async def _targets(self, draft: Draft, view: SignalView, signal: Signal, market: Market) -> None:
        before, planned = view.signal.targets, (view.decided or view.signal).targets
        if sorted(map(_written, before)) == sorted(map(_written, signal.targets)):
            return
        if len(before) != len(signal.targets):
            text = f"it lists {len(signal.targets)} targets, there were {len(before)}; the ones there were are kept"
            draft.add(_not_followed(draft.state.trades[view.id], text))
        for place, (old, new) in enumerate(zip(before, signal.targets, strict=False)):
            if _written(old) == _written(new):
                continue
            trade = draft.state.trades[view.id]
            first = planned[place] if place < len(planned) else None
            if not isinstance(first, Number) or not isinstance(new, Number) or _values(planned).count(first.value) > 1:
                text = f"which leg has target {place + 1} cannot be told from the text"
                draft.add(_not_followed(trade, text))
                continue
            why = self._doubt(trade, market, target=new.value)
            draft.add(
                *([_not_followed(trade, why)] if why else ()),
                *(() if why else await self._managing.target_to(trade, first.value, new.value, "edited")),
            )

    def _doubt(
        self, trade: Trade, market: Market, *, stop: Decimal | None = None, target: Decimal | None = None
    ) -> str:
        rules, account = self._settings.of_trade(trade).rules, self._desk.state.account
        found = doubt(
            trade, market.quote, rules, stop=stop, target=target, currency=account.currency if account else ""
        )
        return found.text if found is not None else ""


def _loosens(trade: Trade, stop: Decimal, was: Decimal | None) -> str:
    # A stop that stands neither where the plan nor where the post had it was moved since, and with reason.
    for leg in trade.legs:
        now = leg.levels[0]
        if leg.is_live and now is not None and now not in (was, leg.plan.stop) and (now - stop) * trade.side.sign > 0:
            return f"the stop was moved to {now:f} since, and {stop:f} would loosen it"
    return ""


def _not_followed(trade: Trade, why: str) -> NoticeRaised:
    text = f"An edit of {trade.side} {trade.symbol} was not followed: {why}"
    return NoticeRaised(Severity.WARNING, "edit-not-followed", text, "Move the levels yourself if you agree with it")


def is_swapped(before: Signal, after: Signal) -> bool:
    """It became a call on another market or in the other direction; what was not said before is no swap."""
    return _is_another(before.symbol, after.symbol) or _is_another(before.side, after.side)


def named(signal: Signal) -> str:
    """A call by its direction and market."""
    return f"{signal.side or 'no side'} {signal.symbol or 'no symbol'}"


def _is_another(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _values(levels: tuple[Level, ...]) -> list[Decimal]:
    return [level.value for level in levels if isinstance(level, Number)]


def _written(level: Level | None) -> tuple[str, str]:
    # A level without its place in the text.
    if level is None:
        return "", ""
    value = getattr(level, "value", None)
    return ("open" if value is None else str(value.normalize())), str(getattr(level, "unit", ""))

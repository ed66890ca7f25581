"""The owner says which of the broker's instruments a name means: checked, written down, and applied to what waited for it.

The answer is about a name, not about a trade: what was held for it goes through every rule again, as old as it is by now, so a
call that has grown stale meanwhile is not traded. What an edit or a correction holds stays held.
"""

from __future__ import annotations

from signalos_tui.engine.deciding import Decider
from signalos_tui.engine.desk import Desk, Draft
from signalos_tui.engine.joining import freshest
from signalos_tui.engine.symbols import Symbols, answer_of
from signalos_tui.evaluate.rules import RULES
from signalos_tui.evaluate.rules import symbol as rule
from signalos_tui.model.commands import ChooseSymbol, Outcome
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import SignalView
from signalos_tui.model.events import Event, SymbolChosen, SymbolsMatched
from signalos_tui.model.symbols import market

Answer = tuple[Outcome, list[Event]]

_RULES = frozenset(one.name for one in RULES)


class Choosing:
    """Takes choices."""

    def __init__(self, desk: Desk, symbols: Symbols, decider: Decider) -> None:
        self._desk = desk
        self._symbols = symbols
        self._decider = decider

    async def choose(self, asked: ChooseSymbol) -> Answer:
        """Take a choice. Held: `desk.lock`."""
        name = market(asked.market)
        if self._symbols.is_renamed(name):
            return Outcome(False, f"config.toml says under [aliases] what {name} is: change it there"), []
        match = self._symbols.match(name)
        if not match.candidates and name not in self._desk.state.symbols:
            return Outcome(False, f"The broker has nothing that may be {name}: write it under [aliases]"), []
        choice = answer_of(match, asked.name)
        if isinstance(choice, str):
            return Outcome(False, choice), []
        draft = self._desk.draft()
        view = draft.state.symbols.get(name)
        if view is not None and view.choice == choice:
            return Outcome(True, f"{_told(name, asked.name)} already"), []
        if view is None or view.match.lasting != match.lasting:
            draft.add(SymbolsMatched((match,)))
        draft.add(SymbolChosen(name, choice, asked.by))
        became = [await self._again(draft, one) for one in self._waiting(draft, name)]
        return Outcome(True, _told(name, asked.name) + _became(became)), draft.events

    def _waiting(self, draft: Draft, name: str) -> list[SignalView]:
        return [
            view
            for view in draft.state.signals.values()
            if view.is_waiting and market(view.signal.symbol or "") == name and _is_held_for_name(view)
        ]

    async def _again(self, draft: Draft, view: SignalView) -> DecisionOutcome | None:
        post = draft.state.posts.get(view.key)
        if post is None or view.decision is None:
            return None
        # What asked for the owner beside the rules (an edit, a correction) still asks for him.
        asking = next((reason for reason in view.decision.reasons if reason.code not in _RULES), None)
        message = freshest(draft.state, post.message, view.parts)
        draft.add(*await self._decider.decide(view.signal, view.reading, message, draft.state, asking=asking))
        return draft.state.signals[view.id].outcome


def _is_held_for_name(view: SignalView) -> bool:
    return view.decision is not None and any(reason.code == rule.RULE for reason in view.decision.reasons)


def _told(name: str, chosen: str | None) -> str:
    return f"{name} is never traded on this account" if chosen is None else f"{name} is {chosen} on this account"


def _became(outcomes: list[DecisionOutcome | None]) -> str:
    counts = {one: outcomes.count(one) for one in DecisionOutcome}
    told = ", ".join(f"{count} {one}" for one, count in counts.items() if count)
    return f"; decided again: {told}" if told else ""

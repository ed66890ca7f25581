"""Saying which of the broker's instruments a name means: what the key is about, and how the dialog is opened.

The question is asked for a signal that waits for it, or for a row of the list of instruments, where an answer can be changed.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from signalos_tui.model import commands as c
from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.model.symbols import SymbolView, market
from signalos_tui.ui.actions import Draft, Refusal, Selection
from signalos_tui.ui.screens.symbol import SymbolScreen

if TYPE_CHECKING:
    from signalos_tui.ui.asking import Console


def asked(state: DeskState, selection: Selection) -> SymbolView | Refusal:
    """The market of what is selected, where there is something to choose from or an answer to change."""
    name = selection.symbol or _named(state, selection)
    if name is None:
        return Refusal("No instrument is selected: choose a signal, or a row under Instruments in Rules")
    view = state.symbol(name)
    if view is None or not (view.match.candidates or view.choice or view.lapsed):
        return Refusal(f"The broker has nothing that may be {market(name)}: write its name under [aliases]")
    return view


def is_held_for_name(state: DeskState, selection: Selection) -> bool:
    """The selected signal waits for exactly this answer, and no approval can give it."""
    view = state.signals.get(SignalId(selection.subject or ""))
    if view is None or not view.is_waiting or view.decision is None or view.decision.plan is not None:
        return False
    found = state.symbol(view.signal.symbol)
    return found is not None and found.is_open


async def choose(app: Console, selection: Selection) -> tuple[Draft, ...] | Refusal:
    """Ask which one is meant."""
    view = asked(app.state, selection)
    if isinstance(view, Refusal):
        return view
    answer = await app.push_screen_wait(SymbolScreen(view.match.market, app.state, app.clock.now()))
    return () if answer is None else (partial(c.ChooseSymbol, market=view.match.market, name=answer.name),)


def _named(state: DeskState, selection: Selection) -> str | None:
    subject = selection.subject or selection.trade
    if subject is None:
        said = (view.signal.symbol for view in state.signals.values() if view.key == selection.post)
        return next((name for name in said if name), None)
    signal, update = state.signals.get(SignalId(subject)), state.updates.get(UpdateId(subject))
    return signal.signal.symbol if signal is not None else update.update.symbol if update is not None else None

"""The question before the console is left: what is open, and what becomes of it.

The engine lives in this process and ends with the window. A broker elsewhere goes on and keeps stops and targets; the paper
broker ends as well, and what a demo had open is gone where nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from signalos_tui.config import Config
from signalos_tui.model.desk import DeskState
from signalos_tui.ui.actions import Answer, Fact, Proposal, counted, in_currency

AT_BROKER = "Stops and targets stay at the broker; nothing else is managed until the next start."
ON_PAPER = "On paper all stands still until the next start."
PASSING = "This demo is not kept: what is open is gone. To keep one, start it with --data and a folder."


def leave(state: DeskState, warning: str, desks: Mapping[str, DeskState] = {}) -> Answer:
    """Leave the console while something is open; it sends nothing. desks: of every account, where there are several."""
    facts = [
        Fact("open now", counted(len(state.live_trades), "trade")),
        Fact("open risk", in_currency(state.open_risk, state)),
    ]
    if desks:
        facts = [
            Fact(name, f"{counted(len(desk.live_trades), 'trade')} open, {in_currency(desk.open_risk, desk)} at risk")
            for name, desk in desks.items()
        ]
    return Proposal("Leave the console?", "Leave", tuple(facts), (), warning)


def follows(configs: Iterable[Config], *, is_kept: bool) -> str:
    """What becomes of what is open. configs: of every account. is_kept: the folder of the run outlives it."""
    kinds = {config.terminal.kind for config in configs}
    is_paper = "paper" in kinds
    words = ["Trading ends with this window, the paper broker too." if is_paper else "Trading ends with this window."]
    words += [AT_BROKER] if kinds - {"paper"} else []
    words += [ON_PAPER if is_kept else PASSING] if is_paper else []
    return " ".join(words)

"""What a terminal that does not answer means for what the owner is about to do: said before he answers, and once more after.

The last prices stand on the screen as if they were of now, and an order that is only written down looks like one that is done.
"""

from __future__ import annotations

from msgspec.structs import replace

from signalos_tui.model import commands as c
from signalos_tui.model.commands import Command, Outcome
from signalos_tui.model.desk import DeskState
from signalos_tui.ui.actions import Fact
from signalos_tui.ui.text import lasting


def unanswered_ms(state: DeskState, now: int, age_s: float) -> int | None:
    """How long the terminal has not answered; None while it does, or where nothing is known of it. now: ms UTC.

    age_s: so old may its newest word be.
    """
    reach = state.reach
    if reach is not None and not reach.is_open:
        return max(0, now - reach.since)
    if state.account is None:
        return None
    silent = now - heard_at(state)
    return silent if silent > age_s * 1000 else None


def heard_at(state: DeskState) -> int:
    """When the terminal last said anything, ms UTC. What the journal has of an earlier run says nothing of this one."""
    begun = max(state.started_at, state.reach.since if state.reach is not None else 0)
    account = state.account.at if state.account is not None else 0
    return max([begun, account, *(quote.at for quote in state.quotes.values())])


def outage(state: DeskState, now: int, age_s: float, waits: str) -> tuple[Fact, ...]:
    """That the terminal does not answer, since when, and what becomes of the order; () while it answers.

    waits: what becomes of it, "" where the terminal is not asked.
    """
    silent = unanswered_ms(state, now, age_s) if waits else None
    if silent is None:
        return ()
    text = f"has not answered for {lasting(silent)}: {waits}. Prices and results are as old, or missing"
    return (Fact("terminal", text, "halted"),)


def told(outcome: Outcome, command: Command, state: DeskState, now: int, age_s: float) -> Outcome:
    """The answer to a command, and that it waits where it was taken though the terminal does not answer."""
    silent = unanswered_ms(state, now, age_s) if outcome.ok and _waits(command) else None
    if silent is None:
        return outcome
    return replace(outcome, text=f"{outcome.text}. It waits: the terminal has not answered for {lasting(silent)}")


def _waits(command: Command) -> bool:
    # Whatever else goes to the terminal needs a price, and is refused without one.
    if isinstance(command, c.CloseTrade):
        return command.fraction == 1
    return isinstance(command, c.StopTrading) and command.mode is c.StopMode.FLATTEN

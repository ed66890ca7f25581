"""From a key to a command: ask what must be asked, look at the desk once more, send.

The one place where dialogs, proposals and the control port meet, for the desk, the trace and the palette alike. Between the
question and the yes the desk moves on; so what is sent is proposed again from the newest state, and what has become impossible
is told instead of sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Protocol

from textual.notifications import SeverityLevel
from textual.screen import Screen, ScreenResultType

from signalos_tui.clock import Clock
from signalos_tui.config import Config
from signalos_tui.control import Control
from signalos_tui.model import commands as c
from signalos_tui.model.commands import Command, Outcome
from signalos_tui.model.desk import DeskState
from signalos_tui.ui import actions, learning, leaving, naming
from signalos_tui.ui.actions import Answer, Draft, Refusal, Selection
from signalos_tui.ui.screens.approve import ApproveScreen
from signalos_tui.ui.screens.confirm import ConfirmScreen
from signalos_tui.ui.screens.modify import ModifyScreen
from signalos_tui.ui.screens.part import PartScreen
from signalos_tui.ui.screens.policy import PolicyScreen
from signalos_tui.ui.screens.stop import StopScreen
from signalos_tui.ui.screens.trail import TrailScreen

Drafts = tuple[Draft, ...] | Refusal


class Console(Protocol):
    """What asking needs of the app: one account (seats.py). name: "" for the only one. seats: every account, this one as well."""

    name: str
    state: DeskState
    config: Config
    control: Control

    @property
    def is_kept(self) -> bool:
        """What is written outlives the run."""
        ...

    @property
    def clock(self) -> Clock:
        """The console's clock."""
        ...

    @property
    def seats(self) -> Sequence[Console]:
        """Every account, this one as well."""
        ...

    @property
    def screen(self) -> Screen[object]:
        """What stands in front."""
        ...

    async def push_screen_wait(self, screen: Screen[ScreenResultType]) -> ScreenResultType | None:
        """Show a dialog and wait for its answer; only within a worker."""
        ...

    async def submit(self, command: Command) -> Outcome:
        """Send a command and tell its outcome."""
        ...

    def exit(self) -> None:
        """End the console."""
        ...

    def new_key(self) -> str:
        """A key for one command."""
        ...

    def tell(self, text: str, severity: SeverityLevel = "information") -> None:
        """Say something to the owner."""
        ...


async def ask(app: Console, action: str, selection: Selection) -> None:
    """Carry an action of the table (bindings.py) through to its commands, or to the reason why there are none.

    Runs in a worker, because it waits for dialogs. KeyError for an action that sends nothing.
    """
    drafts = await _DIALOGS[action](app, selection)
    if isinstance(drafts, Refusal):
        app.tell(drafts.text, "warning")
        return
    for draft in drafts:
        outcome = await app.submit(draft(key=app.new_key(), issued_at=app.clock.now()))
        if not outcome.ok:
            break


EVERYWHERE = Selection(everywhere=True)
"""Every account at once, for STOP."""

ACTIONS: tuple[str, ...] = (
    *("close", "half", "part", "break_even", "modify", "trail", "cancel_pending"),
    *("approve", "reject", "correct", "teach", "symbol", "pause", "policy", "stop", "resume"),
)
"""Every action that ends in a command."""


def can(action: str, state: DeskState, selection: Selection) -> bool:
    """Whether an action would do something now; keys that would not are dimmed."""
    if action == "stop":
        return True
    if action in ("part", "modify", "trail"):
        return not isinstance(actions.live_trade(state, selection), Refusal)
    if action == "correct":
        return not isinstance(learning.pointed(state, selection), Refusal)
    if action == "teach":
        return not isinstance(learning.taught(state, selection), Refusal)
    if action == "symbol":
        return not isinstance(naming.asked(state, selection), Refusal)
    if action == "policy":
        return not isinstance(actions.channel_selected(state, selection), Refusal)
    return action not in ACTIONS or not isinstance(actions.propose(action, state, selection), Refusal)


# --- one dialog each ----------------------------------------------------------------------------------------------


async def _confirm(action: str, app: Console, selection: Selection) -> Drafts:
    def question(state: DeskState) -> Answer:
        return actions.propose(action, state, selection)

    answer = question(app.state)
    if isinstance(answer, Refusal):
        return answer
    if answer.asks and app.config.console.confirm:
        if not await app.push_screen_wait(ConfirmScreen(question, app.state, app.clock.now())):
            return ()
        answer = question(app.state)
    return answer if isinstance(answer, Refusal) else answer.drafts


async def _approve(app: Console, selection: Selection) -> Drafts:
    held = actions.held_view(app.state, selection)
    if isinstance(held, Refusal):
        return held
    if naming.is_held_for_name(app.state, selection):
        return await naming.choose(app, selection)
    age_s = app.config.engine.quote_age_s
    dialog = ApproveScreen(held.id, app.state, app.clock.now(), age_s, app.control.foresee)
    seen = await app.push_screen_wait(dialog)
    if not seen:
        return ()
    answer = actions.approve(app.state, Selection(subject=held.id))
    # What he saw, not what stands there by now: if that is something else, the engine refuses.
    return answer if isinstance(answer, Refusal) else (partial(c.Approve, subject=held.id, shown=seen),)


async def _part(app: Console, selection: Selection) -> Drafts:
    possible = actions.close(app.state, selection, Decimal("0.5"))
    trade = actions.live_trade(app.state, selection)
    if isinstance(possible, Refusal) or isinstance(trade, Refusal):
        return possible if isinstance(possible, Refusal) else ()
    fraction = await app.push_screen_wait(PartScreen(trade.signal, app.state, app.clock.now()))
    if fraction is None:
        return ()
    answer = actions.close(app.state, Selection(trade=trade.signal), fraction)
    return answer if isinstance(answer, Refusal) else answer.drafts


async def _modify(app: Console, selection: Selection) -> Drafts:
    trade = actions.live_trade(app.state, selection)
    if isinstance(trade, Refusal):
        return trade
    moved = await app.push_screen_wait(ModifyScreen(trade.signal, app.state, app.clock.now()))
    if moved is None:
        return ()
    drafts: list[Draft] = []
    if moved.stop is not None:
        drafts.append(partial(c.MoveStop, signal=trade.signal, price=moved.stop))
    if moved.target is not None:
        drafts.append(partial(c.MoveTarget, signal=trade.signal, price=moved.target, number=moved.number))
    return tuple(drafts)


async def _trail(app: Console, selection: Selection) -> Drafts:
    trade = actions.live_trade(app.state, selection)
    if isinstance(trade, Refusal):
        return trade
    trailing = await app.push_screen_wait(TrailScreen(trade.signal, app.state, app.clock.now()))
    if trailing is None:
        return ()
    return (partial(c.TrailStop, signal=trade.signal, distance=trailing.distance),)


async def _policy(app: Console, selection: Selection) -> Drafts:
    view = actions.channel_selected(app.state, selection)
    if isinstance(view, Refusal):
        return view
    channel = view.channel.id
    chosen = await app.push_screen_wait(PolicyScreen(channel, app.state, app.clock.now(), app.config))
    return () if chosen is None else (partial(c.SetPolicy, channel=channel, policy=chosen),)


async def _stop(app: Console, selection: Selection) -> Drafts:
    if isinstance(app.screen, StopScreen):
        return ()  # pressed again while it asks
    dialog = StopScreen(app.state, app.clock.now(), lambda: _desks(app), is_for_all=selection == EVERYWHERE)
    mode = await app.push_screen_wait(dialog)
    if mode is None:
        return ()
    draft = partial(c.StopTrading, mode=mode)
    if not dialog.is_for_all:
        return (draft,)
    # At once, so that one that does not answer stops nobody else's stop.
    await asyncio.gather(*(seat.submit(draft(key=seat.new_key(), issued_at=seat.clock.now())) for seat in app.seats))
    return ()


def _desks(app: Console) -> dict[str, DeskState]:
    return {seat.name: seat.state for seat in app.seats} if len(app.seats) > 1 else {}


async def _leave(app: Console, selection: Selection) -> Drafts:
    warning = leaving.follows((seat.config for seat in app.seats), is_kept=app.is_kept)

    def question(state: DeskState) -> Answer:
        return leaving.leave(state, warning, _desks(app))

    dialog = ConfirmScreen(question, app.state, app.clock.now())
    dialog.is_of_account = False
    asks = any(seat.state.live_trades for seat in app.seats) and app.config.console.confirm
    if not asks or await app.push_screen_wait(dialog):
        app.exit()
    return ()


_DIALOGS: dict[str, Callable[[Console, Selection], Awaitable[Drafts]]] = {
    **{action: partial(_confirm, action) for action in ACTIONS},
    "approve": _approve,
    "part": _part,
    "modify": _modify,
    "trail": _trail,
    "correct": learning.correct,
    "teach": learning.teach,
    "symbol": naming.choose,
    "policy": _policy,
    "stop": _stop,
    "leave": _leave,
}

"""Where the account of a login is logged in: each place in a row, and one of them ended after it was marked.

What nobody knows there is a stranger with the account, so this is also the way to find one. The list is asked for when the card
opens, which shows that the login's own session is good.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, tzinfo
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from signalos_tui.errors import SignalOSError
from signalos_tui.model.commands import Outcome
from signalos_tui.model.desk import DeskState
from signalos_tui.model.places import Device
from signalos_tui.ui.messages import TraceWanted
from signalos_tui.ui.screens.card import Card
from signalos_tui.ui.text import safe
from signalos_tui.ui.widgets.telegram_panes import DevicesPane, LoginSelected


class DevicesScreen(Card[None]):
    """The devices of a login. look: asks for them. end: ends one by its number, tells it, and says how it ended."""

    CSS_PATH: ClassVar[str | list[str]] = ["card.tcss", "devices.tcss"]
    DANGEROUS = True
    FIRST = "#devices Grid"
    YES = "End it"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "mark", "Mark", id="devices.mark", tooltip="Mark the one to end"),
    ]

    def __init__(
        self,
        login: str,
        look: Callable[[], Awaitable[Sequence[Device]]],
        end: Callable[[int], Awaitable[Outcome]],
        state: DeskState,
        now: int,
        *,
        zone: tzinfo = UTC,
    ) -> None:
        """zone: of the times shown."""
        super().__init__(state, now)
        self._login = login
        self._look = look
        self._end = end
        self._devices: dict[str, Device] = {}
        self._problem = ""
        self.devices = DevicesPane("devices", zone)

    def body(self) -> Iterable[Widget]:
        """The table."""
        yield self.devices

    def on_mount(self) -> None:
        """Ask at once."""
        self._work(self._asked, "looking at the devices")

    def _work(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        self.devices.give({}, empty=f"Asking Telegram where {self._login} is logged in ...")
        self.refreshed()
        self.run_worker(work, name=name, group="devices", exclusive=True, exit_on_error=False)

    async def _asked(self) -> None:
        try:
            found = await self._look()
        except SignalOSError as error:
            self._fail(str(error))
            return
        self._devices = {str(one.number): one for one in sorted(found, key=lambda one: (one.number != 0, -one.used_at))}
        self.devices.give(self._devices)
        self.refreshed()

    def _fail(self, text: str) -> None:
        self._devices = {}
        self.devices.give({}, empty=text)
        self.refreshed()

    # --- what it shows --------------------------------------------------------------------------------------------

    def refreshed(self) -> None:
        """What a yes would end."""
        self.devices.show(self.state, self.now)
        title = f"Where {self._login} is logged in"
        marked = self._devices.get(self.devices.marked or "")
        if marked is not None:
            note = f"It is logged out there at once: {safe(marked.what)}."
            self.say(title, (), note=note)
        elif len(self._devices) > 1:
            self.say(title, (), missing="One that you do not know is a stranger: Space marks it, y ends it.")
        else:
            self.say(title, (), missing="This console is the only one." if self._devices else " ")

    def explained(self) -> str:
        """Which keys answer now."""
        return "y ends it, Esc back" if self.devices.marked else "Space marks, Esc back"

    # --- what is answered -----------------------------------------------------------------------------------------

    def action_mark(self) -> None:
        """Mark the one under the cursor, or no longer. This console is logged out where logins are."""
        row = self.devices.selected
        if row is None or not self.devices.has_focus_within:
            return
        key = str(row.number)
        self.devices.marked = None if row.number == 0 or key == self.devices.marked else key
        self.devices.grid.repaint()
        self.refreshed()

    def on_login_selected(self, message: LoginSelected) -> None:
        """Another one is under the cursor; what is marked stays marked."""
        message.stop()

    def on_trace_wanted(self, message: TraceWanted) -> None:
        """A double click does what Space does."""
        message.stop()
        self.action_mark()

    def accept(self) -> None:
        """End what is marked."""
        marked = self._devices.get(self.devices.marked or "")
        if marked is not None:
            self.devices.marked = None
            self._work(partial(self._ended, marked.number), "ending a device")

    async def _ended(self, number: int) -> None:
        await self._end(number)
        await self._asked()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What nobody foresaw is said where the list would stand."""
        event.stop()
        if event.state is WorkerState.ERROR:
            self._fail(f"{event.worker.name} failed: {event.worker.error}")

"""Logging in to Telegram: the name, then what Telegram wants to know, one question after another in the same card.

The directory asks and this answers (`Talk`): a question waits for Enter, what is wrong is told above it, a QR code is drawn in
the place of a question. Escape at any of them ends the call, and who ends it leaves nothing behind. What was typed is handed on
and forgotten, and a secret is not shown while it is typed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from enum import Enum, auto
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static
from textual.worker import Worker, WorkerState

from signalos_tui.directory import Talk
from signalos_tui.errors import SignalOSError
from signalos_tui.model.commands import Outcome
from signalos_tui.model.desk import DeskState
from signalos_tui.model.places import LoginView
from signalos_tui.ui.actions import Fact
from signalos_tui.ui.places import free_name
from signalos_tui.ui.screens.card import Card
from signalos_tui.ui.screens.entry import Field
from signalos_tui.ui.text import plain
from signalos_tui.ui.widgets.choice import Choice, Option
from signalos_tui.ui.widgets.line_input import AnswerInput
from signalos_tui.ui.widgets.qr import Qr, fitting

LogIn = Callable[[str, Talk, bool], Awaitable[Outcome]]
"""Lets an account in. The name of the login, who is asked, and whether by QR code."""
TOLD = 3
"""Lines of what was told that stay in view."""
BESIDE, EDGES, AROUND = 30, 6, 3
"""Cells that the words beside a QR code need, cells of both edges, and lines around it: two of the frame, one of buttons."""

HOW = {
    False: "Telegram sends a code to your other apps; then it asks for the password, where there is one.",
    True: "Scan a code with the Telegram app on your phone; then it asks for the password, where there is one.",
}
SCAN = "In Telegram on your phone:\nSettings, Devices,\nLink Desktop Device.\n\nA new code comes by itself when this one expires."
TOO_SMALL = "The code needs a terminal of about 80 by 24: make it larger, or log in by phone number."
UNSHOWN = "It is not shown, and kept nowhere. An exclamation mark is a letter of it: Esc first, then ! stops trading."
CAREFUL = "It only reads: it can post, join and mark nothing. An account of its own has little to lose."


class Stage(Enum):
    """What the card is at."""

    BEGIN = auto()
    WAITING = auto()
    ASKING = auto()
    SCANNING = auto()
    FAILED = auto()


class Asker:
    """The card as whoever logs in."""

    def __init__(self, card: LoginScreen) -> None:
        self._card = card

    async def ask(self, question: str, *, is_secret: bool = False) -> str:
        """Show a question and wait for its answer."""
        return await self._card.asked(question, is_secret=is_secret)

    def tell(self, text: str) -> None:
        """Show a line."""
        self._card.told(text)

    def show(self, link: str) -> None:
        """Draw a link."""
        self._card.scanned(link)


class LoginScreen(Card[Outcome | None]):
    """Lets an account in, and how that ended; None when the owner gave up. again: the name of a login that was lost."""

    CSS_PATH: ClassVar[str | list[str]] = ["card.tcss", "login.tcss"]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 (an instance variable in Textual)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", "Go on", show=False, id="login.go-on", tooltip="Go on from here"),
    ]
    FIRST = "#name"
    NO = "Give up"

    def __init__(
        self, log_in: LogIn, logins: Sequence[LoginView], state: DeskState, now: int, *, again: str = ""
    ) -> None:
        super().__init__(state, now)
        self._log_in = log_in
        self._again = again
        self._taken = {login.name for login in logins if not login.is_lost} - {again}
        self._stage = Stage.BEGIN
        self._told: list[str] = []
        self._link = ""
        self._question = ""
        self._answer: asyncio.Future[str] | None = None
        name = again or free_name(logins)
        hint = "letters, figures, - and _"
        self._called = Field("login", name="name", value=name, hint=hint, after="how it is called here", keys=r"[\w-]*")
        self._called.input.max_length = 32
        ways = [Option(False, "phone number and code"), Option(True, "QR code")]
        self._way: Choice[bool] = Choice(ways, False, name="way")
        self._begin_with = Vertical(
            self._called, Horizontal(Static(Content("by"), markup=False), self._way, classes="field"), id="begin"
        )
        self._asks = Static(id="asks", markup=False)
        self._typed = AnswerInput(id="typed", max_length=256, compact=True)
        self._line = Horizontal(self._typed, classes="field", id="line")
        self._qr = Qr(name="qr")
        self._scan = Static(plain(SCAN, lines=True), id="scan", markup=False)
        self._code = Horizontal(self._qr, self._scan, id="code")

    def _begin(self) -> None:
        super()._begin()
        if self._again:
            self._way.focus()

    def body(self) -> Iterable[Widget]:
        """What the card is at stands alone; the others are hidden."""
        yield self.facts
        yield self._begin_with
        yield self._asks
        yield self._line
        yield self._code

    # --- what it shows --------------------------------------------------------------------------------------------

    @property
    def login(self) -> str:
        """The name, as typed."""
        return self._again or self._called.text

    def refreshed(self) -> None:
        """What the stage needs, and nothing else."""
        stage = self._stage
        self._begin_with.display = stage is Stage.BEGIN
        self._called.display = not self._again
        self._asks.display = self._line.display = stage is Stage.ASKING
        self._code.display = stage is Stage.SCANNING
        self.facts.display = stage in (Stage.BEGIN, Stage.WAITING)
        title = f"Log in {self.login} again" if self._again else "Log in to Telegram"
        if stage is Stage.BEGIN:
            facts = (Fact("", HOW[self._way.value]), Fact("", CAREFUL, "muted"))
            self.say(title, facts, missing=self._missing(), verb="Go on")
        elif stage is Stage.WAITING:
            self.say(title, (Fact("", "Asking Telegram ...", "accent"),), missing=self._lines or " ", verb="Go on")
        elif stage is Stage.ASKING:
            self._asks.update(plain(self._question, style="bold"))
            self.say(title, (), note=self._lines or (UNSHOWN if self._typed.password else ""), verb="Go on")
        elif stage is Stage.FAILED:
            self.say(title, (), note=self._lines, verb="Try again")
        else:
            self._draw(title)
        self.set_class(stage is Stage.SCANNING, "-scanning")
        self.set_class(stage is Stage.FAILED, "-failed")

    @property
    def _lines(self) -> str:
        return "\n".join(self._told[-TOLD:])

    def _missing(self) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", self.login):
            return "Type how this login is to be called: letters, figures, - and _."
        if self.login in self._taken:
            return f"{self.login} is logged in already: take another name."
        return ""

    def _draw(self, title: str) -> None:
        room, lines = self.app.size.width - EDGES, self.app.size.height - AROUND
        is_light = self.app.no_color
        beside = fitting(self._link, room - BESIDE, lines, is_light=is_light)
        drawn = beside or fitting(self._link, room, lines, is_light=is_light)
        self._qr.display = drawn is not None
        self._scan.display = beside is not None
        if drawn is None:
            self.say(title, (), note=TOO_SMALL, verb="By phone number")
        else:
            self._qr.draw(drawn)
            self.say(title, (), note=self._lines, verb="By phone number")

    def on_resize(self) -> None:
        """A code that did not fit may fit now."""
        if self._stage is Stage.SCANNING:
            self.refreshed()

    def explained(self) -> str:
        """Which keys answer now."""
        if self._stage in (Stage.BEGIN, Stage.ASKING):
            return "Enter goes on, Esc gives up"
        again = {Stage.SCANNING: "y by phone number, ", Stage.FAILED: "y again, "}.get(self._stage, "")
        return f"{again}Esc gives up"

    # --- what is asked --------------------------------------------------------------------------------------------

    async def asked(self, question: str, *, is_secret: bool) -> str:
        """An answer, once Enter was pressed; it is kept nowhere."""
        self._question = question.strip().removesuffix(":")
        self._typed.password = is_secret
        self._typed.value = ""
        self._go(Stage.ASKING, self._typed)
        self._answer = asyncio.get_running_loop().create_future()
        try:
            return await self._answer
        finally:
            self._answer = None
            if self.is_mounted:
                self._typed.value = ""
                self._go(Stage.WAITING, self.no)

    def told(self, text: str) -> None:
        """A line to read with what comes next."""
        self._told.append(text)
        self.refreshed()

    def scanned(self, link: str) -> None:
        """A code to scan, instead of the one before."""
        self._link = link
        if self._stage is Stage.SCANNING:
            self.refreshed()
        else:
            self._go(Stage.SCANNING, self.no)

    def _go(self, stage: Stage, focus: Widget) -> None:
        self._stage = stage
        self.refreshed()
        focus.focus()

    # --- what is answered -----------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """A name may be missing or taken. What was told was about the answer before."""
        event.stop()
        if event.input is self._typed and event.value:
            self._told.clear()
        self.refreshed()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Say what the other way is."""
        event.stop()
        self.refreshed()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter is the answer to a question, and goes on from the name."""
        event.stop()
        event.prevent_default()
        if event.input is self._typed or not self._missing():
            self.accept()

    def action_go_on(self) -> None:
        """Enter goes on also from the choice of the way."""
        if self._stage is Stage.BEGIN and not self._missing():
            self.accept()

    def accept(self) -> None:
        """Go on from where it is."""
        if self._stage is Stage.ASKING and self._answer is not None:
            if not self._answer.done():
                self._answer.set_result(self._typed.value)
        elif self._stage is Stage.FAILED:
            self._told.clear()
            self._go(Stage.BEGIN, self._way if self._again else self._called.input)
        elif self._stage is Stage.SCANNING:
            self._way.choose(False)
            self._begin_anew()
        elif self._stage is Stage.BEGIN:
            self._begin_anew()

    def _begin_anew(self) -> None:
        self._told.clear()
        self._go(Stage.WAITING, self.no)
        begin = partial(self._let_in, qr=self._way.value)
        _: Worker[None] = self.run_worker(begin, name="logging in", group="login", exclusive=True, exit_on_error=False)

    async def _let_in(self, *, qr: bool) -> None:
        try:
            outcome = await self._log_in(self.login, Asker(self), qr)
        except SignalOSError as error:
            outcome = Outcome(ok=False, text=str(error))
        if outcome.ok:
            self.dismiss(outcome)
            return
        self._told = [outcome.text]
        self._go(Stage.FAILED, self.no)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What nobody foresaw: said by its kind alone, because its words may hold what was typed."""
        event.stop()
        if event.state is WorkerState.ERROR:
            self._told = [f"Logging in failed: {type(event.worker.error).__name__}"]
            self._go(Stage.FAILED, self.no)

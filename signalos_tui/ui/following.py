"""From a key on the Telegram screen to the messenger: ask what must be asked, then let it be done.

What `asking.py` is for an account's commands, this is for the directory. Dialogs that only look end their call when they are
closed; what was decided in one goes on as an errand.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.worker import Worker

from signalos_tui.directory import Directory, Talk
from signalos_tui.model.commands import Outcome
from signalos_tui.model.places import Chat, LoginView
from signalos_tui.ui.actions import Proposal
from signalos_tui.ui.errands import Errands
from signalos_tui.ui.places import logging_out, unfollowing
from signalos_tui.ui.screens.confirm import ConfirmScreen
from signalos_tui.ui.screens.devices import DevicesScreen
from signalos_tui.ui.screens.importing import ImportScreen
from signalos_tui.ui.screens.login import LoginScreen

if TYPE_CHECKING:
    from signalos_tui.ui.app import ConsoleApp


class Following:
    """The dialogs about logins and chats. zone: of the times shown."""

    def __init__(self, app: ConsoleApp, directory: Directory, errands: Errands, zone: tzinfo) -> None:
        self._app = app
        self._directory = directory
        self._errands = errands
        self._zone = zone

    # --- chats ----------------------------------------------------------------------------------------------------

    def follow_or_not(self, chat: Chat) -> None:
        """Follow a chat; one that is followed is followed no more, after a question."""
        if not self._errands.is_followed(chat):
            self._errands.follow(chat)
            return

        def question() -> Proposal:
            return unfollowing(chat, {name: seat.state for name, seat in self._app.seats.items()})

        self._ask(question, partial(self._errands.unfollow, chat))

    def import_history(self, chat: Chat) -> None:
        """Ask how much, or show how far it is."""
        app, login = self._app, partial(self._login_of, chat)
        app.push_screen(ImportScreen(chat, self._errands, login, app.state, app.clock.now(), zone=self._zone))

    def _login_of(self, chat: Chat) -> LoginView | None:
        return next((login for login in self._directory.logins() if login.name == chat.login), None)

    # --- logins ---------------------------------------------------------------------------------------------------

    def log_in(self, then: Callable[[str], None], again: str = "") -> None:
        """Let another account in. then: told its name once it is in. again: the name of a login whose session was lost."""
        app = self._app
        dialog = LoginScreen(self._let_in, self._directory.logins(), app.state, app.clock.now(), again=again)

        def ended(outcome: Outcome | None) -> None:
            if outcome is not None:
                app.tell(outcome.text)
                then(dialog.login)

        app.push_screen(dialog, ended)

    async def _let_in(self, login: str, talk: Talk, qr: bool) -> Outcome:
        return await self._directory.log_in(login, talk, qr=qr)

    def devices(self, login: str) -> None:
        """Show where its account is logged in."""

        async def end(number: int) -> Outcome:
            ending = partial(self._directory.end_device, login, number)
            return await self._decided(ending, "ending a device").wait()

        app, look = self._app, partial(self._directory.devices, login)
        app.push_screen(DevicesScreen(login, look, end, app.state, app.clock.now(), zone=self._zone))

    def log_out(self, login: LoginView) -> None:
        """End its session, after a question."""
        ending = partial(self._directory.log_out, login.name)
        self._ask(lambda: logging_out(login), lambda: self._decided(ending, "logging out"))

    # --- parts ----------------------------------------------------------------------------------------------------

    def _ask(self, question: Callable[[], Proposal], then: Callable[[], object]) -> None:
        def answered(answer: Any) -> None:
            if answer:
                then()

        dialog = ConfirmScreen(lambda _: question(), self._app.state, self._app.clock.now())
        dialog.is_of_account = False
        self._app.push_screen(dialog, answered)

    def _decided(self, work: Callable[[], Any], name: str) -> Worker[Outcome]:
        # A decision: the screen that it was made on need not stay.
        begin = partial(self._errands.told, work)
        worker: Worker[Outcome] = self._app.run_worker(begin, name=name, exit_on_error=False)
        return worker

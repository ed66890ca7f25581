"""Telegram: the logins with how they stand, and the chats of the one under the cursor, of which any can be followed.

What is looked up is asked for beside the screen and ends with it; what the owner decides goes on (`errands.py`). The chats come
once for each login and are searched here, so typing in the filter costs Telegram nothing. F5 asks again. What is followed is
known without asking, so it stands there at once, and can be dropped while nobody answers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.worker import Worker, WorkerState

from signalos_tui.config import Config
from signalos_tui.directory import Directory
from signalos_tui.errors import SignalOSError
from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.places import Chat, ChatKind, LoginView, Standing
from signalos_tui.ui import asking
from signalos_tui.ui.actions import Selection
from signalos_tui.ui.bindings import BY_ID, bindings
from signalos_tui.ui.errands import Errands
from signalos_tui.ui.following import Following
from signalos_tui.ui.messages import TraceWanted
from signalos_tui.ui.places import ChatRow, arranged, standing
from signalos_tui.ui.screens.base import ConsoleScreen
from signalos_tui.ui.widgets.pane import Pane
from signalos_tui.ui.widgets.telegram_panes import ChatsPane, LoginSelected, LoginsPane

NO_TELEGRAM = (
    "This run does not read Telegram\n\n"
    'In config.toml: kind = "telegram" under [source], and api_id and the place of the api_hash under [telegram]\n'
    "docs/telegram.md goes through it in five minutes; then start it again"
)
NO_LOGIN = "Nobody is logged in yet\n\nn logs in, by phone number and code\nor by a QR code"
AGAIN = "F5 tries again"
ASKED = (Standing.READING, Standing.FLOODED)
"""How a login stands that is worth asking; any other is asked as soon as it stands so."""
NOBODY = "without a messenger there is nothing to look up"
LOOK_S = 0.2


class TelegramScreen(ConsoleScreen):
    """Logins above, chats below. directory: the messenger that is read, None for none; errands: what goes on with it."""

    MODE = "telegram"
    CSS_PATH = "telegram.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("telegram", "channel.policy", "view.back", shown=True),
        dataclasses.replace(BY_ID["view.trace"], description="Open"),
        Binding("backspace", "back", "Back", show=False, id="telegram.back", tooltip="Back to where you were"),
    ]
    AUTO_FOCUS = "#chats Grid"

    def __init__(self, config: Config, directory: Directory | None, errands: Errands | None) -> None:
        super().__init__(config)
        self._directory = directory
        self._errands = errands
        self._zone = ZoneInfo(config.console.timezone)
        self.logins = LoginsPane("logins", self._zone)
        self.chats = ChatsPane("chats", errands, config)
        self._known: dict[str, tuple[Chat, ...]] = {}
        self._topics: dict[str, dict[ChannelId, tuple[Chat, ...]]] = {}
        self._there: tuple[LoginView, ...] = ()
        self._looked: tuple[str, bool, bool] | None = None
        self._failed_while: Standing | None = None
        self._following: Following | None = None
        self._version = -1

    def middle(self) -> ComposeResult:
        """The two tables; without a messenger there are no logins to show."""
        if self._directory is not None:
            yield self.logins
        yield self.chats

    def on_mount(self) -> None:
        """Follow what is under way."""
        super().on_mount()
        if self._directory is None or self._errands is None:
            self.chats.give({}, empty=NO_TELEGRAM)
        else:
            self._following = Following(self.console, self._directory, self._errands, self._zone)
        self.set_interval(LOOK_S, self._follow_errands)

    @property
    def panes(self) -> list[Pane[Any]]:
        """In the order Tab goes through them."""
        return [self.chats] if self._directory is None else [self.chats, self.logins]

    @property
    def login(self) -> LoginView | None:
        """The login under the cursor."""
        return self.logins.selected if self._directory is not None else None

    @property
    def chat(self) -> Chat | None:
        """The chat under the cursor, while one is in that table."""
        row = self.chats.selected
        return row.chat if row is not None and self.chats.has_focus_within else None

    @property
    def selection(self) -> Selection:
        """The channel of that chat, where this account knows it."""
        return Selection(channel=self.chat.id if self.chat is not None else None)

    def show(self, state: DeskState, now: int) -> None:
        """Show the logins as they stand; another one, or one that is back, has its chats looked up."""
        there = self._directory.logins() if self._directory is not None else ()
        if there != self._there:
            if _members(there) != _members(self._there):  # who came or went may have changed what is followed
                self._known.clear()
                self._topics.clear()
                self._looked = None
            self._there = there
            self.logins.give({login.name: login for login in there})
            self.logins.styles.height = min(len(there), 4) + 3
        super().show(state, now)
        self._follow_login()
        self.hints.show()

    def _follow_errands(self) -> None:
        if self._errands is not None and self._errands.version != self._version:
            self._version = self._errands.version
            self.chats.grid.repaint()
            self.hints.show()

    # --- looking up -----------------------------------------------------------------------------------------------

    def _follow_login(self) -> None:
        login = self.login
        looked = (login.name, login.is_lost, login.standing in ASKED) if login is not None else ("", False, False)
        # What failed because the login did not read is asked again as soon as it does.
        has_failed = self._failed_while not in (None, Standing.READING)
        is_back = has_failed and login is not None and login.standing is Standing.READING
        if self._directory is not None and (looked != self._looked or is_back):
            self._looked = looked
            self._look_up()

    def _look_up(self) -> None:
        login = self.login
        self.workers.cancel_group(self, "chats")
        self._failed_while = None
        if login is None:
            self.chats.give_chats({}, empty=NO_LOGIN)
        elif login.is_lost:
            stands = f"{login.name}: {standing(login, self.logins.now, self._zone)}\n{login.detail}"
            self._arrange(login, stands, f"others not seen: {login.standing}")
        elif login.name in self._known:
            self._arrange(login)
        elif login.standing not in ASKED:
            why = login.detail or "Telegram has not answered yet"
            self._arrange(
                login, f"{why}\n\n{login.name} is asked for its chats as soon as it does", f"others not seen: {why}"
            )
        else:
            self._arrange(login, f"Asking Telegram what {login.name} sees ...", "asking for the others ...")
            self._aside(partial(self._looked_up, login.name), "looking at the chats", "chats")

    async def _looked_up(self, login: str) -> None:
        assert self._directory is not None, NOBODY
        assert self._errands is not None, NOBODY
        try:
            found = await self._directory.chats(login)
        except SignalOSError as error:
            self._failed_while = self.login.standing if self.login is not None else None
            self._arrange(self.login, f"{error}\n\n{AGAIN}", f"others not seen: {error.text}, {AGAIN}")
            return
        self._errands.looked_up(found)
        self._known[login] = found
        self._arrange(self.login)

    async def _opened(self, forum: Chat) -> None:
        assert self._directory is not None, NOBODY
        assert self._errands is not None, NOBODY
        try:
            found = await self._directory.topics(forum)
        except SignalOSError as error:
            self.console.tell(str(error), "error")
            return
        if not found:
            self.console.tell(f"{forum.title} has no topics; Space follows it as a whole", "warning")
        self._errands.looked_up(found)
        self._topics.setdefault(forum.login, {})[forum.id] = found
        self._arrange(self.login)

    def _arrange(self, login: LoginView | None, empty: str = "", note: str = "") -> None:
        # What was asked for, and what is followed whether it was asked for or not.
        if login is None or self._directory is None or self._errands is None:
            return
        rows = arranged(self._known.get(login.name, ()), self._topics.get(login.name, {}))
        kept = [chat for chat in self._directory.followed(login.name) if chat.id not in rows]
        self._errands.looked_up(kept)
        rows.update((chat.id, ChatRow(chat)) for chat in kept)
        if not empty:
            empty = f"{login.name} sees no channels and no groups\n\nJoin one in a Telegram app; F5 looks again"
        self.chats.give_chats({str(key): row for key, row in rows.items()}, empty=empty, note=note)
        self.hints.show()

    def _aside(self, work: Callable[[], Awaitable[None]], name: str, group: str) -> None:
        self.run_worker(work, name=name, group=group, exclusive=True, exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What nobody foresaw: say so."""
        event.stop()
        if event.state is WorkerState.ERROR:
            self.console.tell(f"{event.worker.name} failed: {event.worker.error}", "error")
            if event.worker.group == "chats":
                failed = f"{event.worker.name} failed"
                self._arrange(self.login, f"{failed}\n\n{AGAIN}", f"others not seen: {failed}, {AGAIN}")

    # --- what is pointed at ---------------------------------------------------------------------------------------

    def on_login_selected(self, message: LoginSelected) -> None:
        """Another login has other chats; other keys act."""
        message.stop()
        self._follow_login()
        self.hints.show()

    def can_act(self, action: str) -> bool:
        """Whether a key would do something now."""
        chat, login = self.chat, self.login
        if action == "log_in":
            return self._directory is not None
        if action == "look_again":
            return login is not None
        if action in ("devices", "log_out"):
            return login is not None and (action == "log_out" or not login.is_lost)
        if action == "follow":
            return chat is not None and self._errands is not None and not self._errands.doing(chat.id)
        if action == "policy":
            return asking.can(action, self.chats.state, self.selection)
        if action == "import_history":
            return chat is not None and self.chats.is_followed(chat)
        if action == "trace":
            return chat is not None or (self.logins.has_focus_within and login is not None)
        return True

    def offers(self, action: str) -> bool:
        """A run without Telegram has nothing to log in to, and without a login there is nothing to follow."""
        return bool(self._there) or self.can_act(action)

    # --- keys -----------------------------------------------------------------------------------------------------

    def action_back(self) -> None:
        """What a filter hides comes back first."""
        if self.chats.filter:
            self.chats.set_filter("")
        else:
            self.app.pop_screen()

    def action_trace(self) -> None:
        """Open a forum or shut it; follow anything else; go from a login to its chats, or log it in again."""
        chat, login = self.chat, self.login
        if chat is not None and chat.kind is ChatKind.FORUM:
            opened = self._topics.setdefault(chat.login, {})
            if opened.pop(chat.id, None) is not None:
                self._arrange(self.login)
            else:
                self._aside(partial(self._opened, chat), "looking at the topics", "topics")
        elif chat is not None:
            self.action_follow()
        elif login is not None and login.is_lost:
            self.action_log_in()
        elif login is not None:
            self.go_to(self.chats)

    def on_trace_wanted(self, message: TraceWanted) -> None:
        """A double click does what Enter does."""
        message.stop()
        self.action_trace()

    def action_follow(self) -> None:
        """Follow the chat, or follow it no more."""
        if self.chat is None or self._following is None:
            self.console.tell("No chat is selected: Tab goes to the chats", "warning")
        else:
            self._following.follow_or_not(self.chat)

    def action_import_history(self) -> None:
        """Take in what the chat posted before it was followed."""
        if self.chat is None or self._following is None:
            self.console.tell("No chat is selected: Tab goes to the chats", "warning")
        elif not self.chats.is_followed(self.chat):
            self.console.tell("Its history is imported once it is followed: Space follows it", "warning")
        else:
            self._following.import_history(self.chat)

    def action_policy(self) -> None:
        """Say what the channel may do on the account in front."""
        self.console.ask("policy", self.selection)

    def action_log_in(self) -> None:
        """Let another account in, or the one under the cursor again where its session was lost."""

        def let_in(name: str) -> None:
            self.action_look_again()
            self.logins.grid.select(name)

        login = self.login
        if self._following is None:
            self.console.tell("This run does not read Telegram: docs/telegram.md says how", "warning")
        else:
            self._following.log_in(let_in, login.name if login is not None and login.is_lost else "")

    def action_devices(self) -> None:
        """Where the account of the login is logged in."""
        if self.login is None or self._following is None:
            self.console.tell("No login is selected: n logs in", "warning")
        else:
            self._following.devices(self.login.name)

    def action_log_out(self) -> None:
        """End the session of the login."""
        if self.login is None or self._following is None:
            self.console.tell("No login is selected: n logs in", "warning")
        else:
            self._following.log_out(self.login)

    def action_look_again(self) -> None:
        """Ask Telegram again."""
        self._known.clear()
        self._topics.clear()
        self._looked = None
        self.on_screen_resume()


def _members(logins: tuple[LoginView, ...]) -> frozenset[tuple[str, bool]]:
    return frozenset((login.name, login.is_lost) for login in logins)

"""The tables of Telegram: the logins with how they stand, the chats one of them sees, and where its account is logged in."""

from __future__ import annotations

from datetime import UTC, tzinfo
from textwrap import wrap
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from textual.message import Message

from signalos_tui.config import Config
from signalos_tui.model.desk import DeskState
from signalos_tui.model.messages import Health
from signalos_tui.model.places import Chat, ChatKind, Device, LoginView, Standing
from signalos_tui.ui.errands import Errands
from signalos_tui.ui.places import TONES, ChatRow, device_said, standing
from signalos_tui.ui.policies import policy_said
from signalos_tui.ui.text import NOTHING, age, safe, spaced
from signalos_tui.ui.widgets.cells import Cell, Column, Row, Run, cell
from signalos_tui.ui.widgets.channels_pane import state_of
from signalos_tui.ui.widgets.grid import Grid
from signalos_tui.ui.widgets.pane import Pane

T = TypeVar("T")


class LoginSelected(Message):
    """The cursor stands on another login; or on another chat or device, for which other keys act."""


class GivenPane(Pane[T]):
    """A table of what it is given, by key, instead of a part of the desk."""

    def __init__(self, place: str, zone: tzinfo = UTC) -> None:
        super().__init__(place)
        self._zone = zone
        self._given: dict[str, T] = {}
        self._said = self.EMPTY

    def on_resize(self) -> None:
        """A table draws a line as it is, so a sentence is broken here."""
        width = max(20, (self.grid.size.width or 60) - 4)
        parts = self._said.splitlines()
        self._empty = "\n".join(line for part in parts for line in wrap(safe(part), width) or [""])
        if not self.filter:
            self.grid.empty = self._empty

    def give(self, rows: dict[str, T], *, empty: str = "") -> None:
        """Show these. empty: what to say where there are none, may be foreign; "" for the usual words."""
        self._given = rows
        self._said = empty or self.EMPTY
        self.on_resize()
        if self.filter:
            self.set_filter(self.filter)
        self.grid.repaint()
        self.show(self.state, self.now)

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """What was given."""
        return (self._given,)

    def rows(self, state: DeskState) -> dict[str, T]:
        """As given."""
        return self._given

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """Tell that another row is selected."""
        event.stop()
        self.post_message(LoginSelected())


class LoginsPane(GivenPane[LoginView]):
    """One row a login: whether it reads, and what to do where it does not."""

    TITLE_TEXT = "Telegram logins"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("sign", "", 2),
        Column("login", "login", 10, weight=1, limit=20),
        Column("standing", "how it stands", 34, weight=4),
        Column("followed", "follows", 12, right=True),
        Column("since", "since", 5, right=True, drop=1),
    )
    EMPTY = "Nobody is logged in to Telegram yet: n logs in"
    SORTS = ("login", "followed")
    FROM_A = ("login",)

    def cells(self, row: LoginView) -> Row:
        """How it stands, in words; what Telegram says of it behind that."""
        sign, tone = TONES[row.standing]
        words: Cell = (Run(standing(row, self.now, self._zone), "" if row.standing is Standing.READING else tone),)
        if row.detail:
            words += (Run(f"  {row.detail}", "muted"),)
        return (
            cell(sign, tone),
            cell(row.name, "strong"),
            words,
            cell(f"{row.followed} channel{'s' * (row.followed != 1)}", "" if row.followed else "muted"),
            cell(age(self.now - row.since) if row.since else NOTHING, "muted"),
        )

    def words(self, row: LoginView) -> str:
        """Name and standing."""
        return f"{row.name} {row.standing} {row.detail}"

    def rank(self, row: LoginView, column: str) -> Any:
        """By name, or by how much it reads."""
        return row.followed if column == "followed" else row.name


class ChatsPane(GivenPane[ChatRow]):
    """One row a chat, the newest first. errands: what is under way with them, None where there is no messenger.

    config: that of the account in front, whose policies stand beside what is followed.
    """

    TITLE_TEXT = "Chats"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("followed", "", 2),
        Column("chat", "chat", 20, weight=4, limit=52),
        Column("kind", "kind", 11),
        Column("name", "name or id", 17, weight=1, limit=24, drop=2),
        Column("state", "here", 23, weight=2, limit=40),
    )
    SORTS = ("followed", "chat", "kind")
    FROM_A = ("chat", "kind")

    def __init__(self, place: str, errands: Errands | None, config: Config) -> None:
        super().__init__(place, ZoneInfo(config.console.timezone))
        self._errands = errands
        self._config = config
        self._note = ""

    def give_chats(self, rows: dict[str, ChatRow], *, empty: str, note: str = "") -> None:
        """Show these. empty: what to say where there are none. note: what to say below them, may be foreign."""
        self._note = safe(note)
        self.give(rows, empty=empty)

    def is_followed(self, chat: Chat) -> bool:
        """Whether it is read, as far as is known now."""
        return self._errands.is_followed(chat) if self._errands is not None else chat.is_followed

    def cells(self, row: ChatRow) -> Row:
        """What is under another chat stands a little to the right of it."""
        chat = row.chat
        is_followed = self.is_followed(chat)
        title = cell(chat.title, "strong" if is_followed else "")
        return (
            cell("✓", "profit") if is_followed else cell("·", "faint"),
            (Run("  " * (row.depth - 1) + "└ ", "muted"), *title) if row.depth else title,
            cell(chat.kind, "muted"),
            cell(f"@{chat.username}", "muted") if chat.username else cell(self._number(chat), "faint"),
            self._state(row, is_followed),
        )

    def words(self, row: ChatRow) -> str:
        """Title, name, id and kind, and of what is under another chat that one's title as well."""
        name = f"@{row.chat.username}" if row.chat.username else ""
        return f"{row.chat.title} {name} {row.chat.id} {row.chat.kind} {row.above}"

    def rank(self, row: ChatRow, column: str) -> Any:
        """What is read first, or by title or kind."""
        if column == "followed":
            return self.is_followed(row.chat)
        return str(row.chat.kind) if column == "kind" else safe(row.chat.title).casefold()

    def caption(self) -> str:
        """How many of them are read, and why there are no others."""
        count = sum(1 for row in self._given.values() if self.is_followed(row.chat))
        return f"{count} followed" + (f"   {self._note}" if self._note else "") if self._given else ""

    def _number(self, chat: Chat) -> str:
        # As the configuration names it. What tells two topics apart stands at its end.
        width = self.grid.width_of("name")
        return chat.id if len(chat.id) <= width else f"…{chat.id[1 - width :]}" if width > 1 else ""

    def _state(self, row: ChatRow, is_followed: bool) -> Cell:
        doing = self._errands.doing(row.chat.id) if self._errands is not None else ""
        if doing:
            return cell(doing, "accent")
        if not is_followed:
            is_shut = row.chat.kind is ChatKind.FORUM and not row.is_open
            return cell("Enter shows its topics" if is_shut else "", "faint")
        view = self.state.channels.get(row.chat.id)
        if view is None or not view.is_followed:
            return cell("followed", "profit")
        sign, word, tone = state_of(view)
        policy, its_tone = policy_said(view, self.state.account, self._config)
        seen = (Run(f"{sign} {word}", tone) if view.health is not Health.OK else Run("followed", "profit"),)
        imported = (Run(f", {spaced(view.imported)} imported", "muted"),) if view.imported else ()
        return (*seen, Run(f", {policy}", its_tone), *imported)


class DevicesPane(GivenPane[Device]):
    """One row a place where the account is logged in, this console among them."""

    TITLE_TEXT = "Devices"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("mark", "", 2),
        Column("what", "device", 28, weight=4),
        Column("used", "last used", 16, right=True),
    )
    EMPTY = "It is logged in nowhere"
    marked: str | None = None
    """The key of the one that is marked to be ended."""

    def cells(self, row: Device) -> Row:
        """What it is called there, and when it was used."""
        what, used = device_said(row, self.now, self._zone)
        is_marked = self.marked == str(row.number)
        return (
            cell("×" if is_marked else "", "halted"),
            cell(what, "halted" if is_marked else ""),
            cell(used, "accent" if row.number == 0 else "muted"),
        )

    def words(self, row: Device) -> str:
        """What it is called there."""
        return row.what

    def rank(self, row: Device, column: str) -> Any:
        """By when it was used."""
        return row.used_at

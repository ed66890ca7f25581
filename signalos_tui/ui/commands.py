"""The palette: every action by its name, and every signal, trade and channel by what it is called.

An action from the palette does what its key does, on what is selected behind the palette. A signal or trade opens its trace, a
channel is paused or traded again, or asked about its policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple, Protocol, cast

from textual.app import ComposeResult
from textual.command import CommandInput, CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider, SearchIcon
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import LoadingIndicator

from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.narrate import signal_name
from signalos_tui.ui.actions import Selection
from signalos_tui.ui.bindings import GROUPS, TABLE, group_of
from signalos_tui.ui.phrases import entry, signal_said, trade_said
from signalos_tui.ui.text import plain, safe
from signalos_tui.ui.widgets.line_input import LineInput

OF_SEVERAL = ("view.accounts", "account.next", "account.previous")
"""What only makes sense with several accounts."""

NEWEST = 200
"""Signals the palette looks through, newest first."""


class Console(Protocol):
    """What the palette needs of the app."""

    state: DeskState
    has_several: bool

    @property
    def seats(self) -> Mapping[str, object]:
        """The accounts by their names."""
        ...

    def show_account(self, name: str) -> None:
        """Show an account."""
        ...

    def ask(self, action: str, selection: Selection) -> None:
        """Carry an action through."""
        ...

    def trace(self, subject: SignalId | UpdateId) -> None:
        """Show why."""
        ...


class Entry(NamedTuple):
    """One line of the palette. name: what is searched. told: the smaller line under it. Both harmless, neither is markup."""

    name: str
    told: str
    run: Callable[[], object]

    @property
    def shown(self) -> Content:
        """Both lines. Textual reads a hit's own help as markup, so that is never used."""
        return Content.assemble(plain(self.name), "\n", plain(self.told, style="not bold $muted"))


class PaletteInput(CommandInput, LineInput):
    """The palette's line: also here the kill switch is no letter."""


class Palette(CommandPalette):
    """Textual's palette around that line."""

    def compose(self) -> ComposeResult:
        """The line above, what it found below."""
        with Vertical(id="--container"):
            with Horizontal(id="--input"):
                yield SearchIcon()
                yield PaletteInput(
                    placeholder="Search for an action, a signal, a trade, a channel", select_on_focus=False
                )
            with Vertical(id="--results"):
                yield CommandList()
                yield LoadingIndicator()


class DeskProvider(Provider):
    """Every action that the screen behind the palette knows; and, once something is typed, everything that has a name."""

    async def discover(self) -> Hits:
        """The actions, before anything is typed."""
        for found in self._actions():
            yield DiscoveryHit(found.shown, found.run, text=found.name)

    async def search(self, query: str) -> Hits:
        """What matches by its name, actions also by what they do."""
        matcher = self.matcher(query)
        for found in self._actions():
            score = max(matcher.match(found.name), matcher.match(found.told) / 2)
            if score > 0:
                yield Hit(score, found.shown, found.run, text=found.name)
        for found in entries(cast("Console", self.app)):
            score = matcher.match(found.name)
            if score > 0:
                yield Hit(score, found.shown, found.run, text=found.name)

    def _actions(self) -> Iterator[Entry]:
        # Keys as they are now: the owner's keymap is in the bindings of the screen, not in the table.
        keys = {
            active.binding.id: self.app.get_key_display(active.binding)
            for active in self.screen.active_bindings.values()
        }
        console = cast("Console", self.app)
        hidden = {"app.palette"} if console.has_several else {"app.palette", *OF_SEVERAL}
        for row in TABLE:
            method = f"action_{_method(row.action)}"
            target = next((place for place in (self.screen, self.app) if hasattr(place, method)), None)
            if target is not None and row.id not in hidden:
                name = f"{GROUPS[group_of(row)]}: {row.description}"
                told = f"{row.tooltip}  ({keys.get(row.id) or self.app.get_key_display(row)})"
                yield Entry(name, told, partial(self.app.run_action, row.action, target))
        if console.has_several:
            for name in console.seats:
                yield Entry(f"Account: {name}", "Show this account", partial(console.show_account, name))
        yield Entry("Console: Theme", "Choose other colours", self.app.search_themes)
        yield Entry("Console: Screenshot", "Save a picture of the screen as SVG", self.app.deliver_screenshot)


def entries(console: Console) -> Iterator[Entry]:
    """Everything on the desk that has a name."""
    state = console.state
    for trade in reversed(state.live_trades):
        name = f"{trade.symbol} {trade.side.upper()} {signal_name(trade.signal, state)}"
        yield Entry(safe(name), safe(f"trade, {trade_said(trade).text}"), partial(console.trace, trade.signal))
    live = {trade.signal for trade in state.live_trades}
    for view in list(reversed(state.signals.values()))[:NEWEST]:
        if view.id not in live:
            side = view.signal.side.upper() if view.signal.side else ""
            name = f"{view.symbol} {side} {signal_name(view.id, state)} {entry(view.signal)}"
            yield Entry(safe(name), safe(f"signal, {signal_said(view, state).text}"), partial(console.trace, view.id))
    for channel in state.channels.values():
        verb = "Trade again" if channel.is_paused else "Pause"
        selection = Selection(channel=channel.channel.id)
        told = f"channel, {channel.health}{', paused' if channel.is_paused else ''}"
        yield Entry(safe(f"{verb} {channel.channel.title}"), told, partial(console.ask, "pause", selection))
        asked = "channel, what it may do on this account: paper, ask or trade"
        yield Entry(safe(f"Policy of {channel.channel.title}"), asked, partial(console.ask, "policy", selection))


def _method(action: str) -> str:
    return action.partition("(")[0].rpartition(".")[2]

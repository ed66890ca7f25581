"""The channels: their records side by side, and for the selected one which rules apply to it and how its trades ended."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from signalos_tui.config import Config, Giver, Rules
from signalos_tui.config.titles import Named, applying
from signalos_tui.model.account import Account
from signalos_tui.model.desk import ChannelView, DeskState
from signalos_tui.narrate import policy_words
from signalos_tui.ui import asking
from signalos_tui.ui.actions import Selection
from signalos_tui.ui.bindings import bindings
from signalos_tui.ui.messages import ChannelSelected
from signalos_tui.ui.policies import is_only_shown, permit_of, policy_said, source_said
from signalos_tui.ui.screens.acting import Acting
from signalos_tui.ui.screens.base import ConsoleScreen
from signalos_tui.ui.settings import differing, on_symbols
from signalos_tui.ui.text import multiple, plain, share
from signalos_tui.ui.widgets.channels_pane import state_of
from signalos_tui.ui.widgets.pane import Pane
from signalos_tui.ui.widgets.records_pane import RecordsPane

NAMED = 3
"""So many symbols with a figure of their own are named."""


class ChannelsScreen(Acting, ConsoleScreen):
    """Records above, the selected channel below."""

    MODE = "channels"
    CSS_PATH = "channels.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("channel", "reading.teach", "view.telegram", shown=True)]
    AUTO_FOCUS = "#records Grid"

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.records = RecordsPane("records")
        self.records.config = config
        self.detail = Static(id="detail", markup=False)
        self._state = DeskState()
        self._detailed: Content | None = None

    def middle(self) -> ComposeResult:
        """Records, detail."""
        yield self.records
        yield self.detail

    @property
    def panes(self) -> list[Pane[Any]]:
        """Only the records."""
        return [self.records]

    @property
    def selection(self) -> Selection:
        """The channel under the cursor."""
        row = self.records.selected
        return Selection(channel=row.channel.id if row else None)

    def show(self, state: DeskState, now: int) -> None:
        """Show the records, and the selected channel."""
        self._state = state
        super().show(state, now)
        self._show_detail()

    def can_act(self, action: str) -> bool:
        """Whether a key would do something with the selected channel."""
        return asking.can(action, self._state, self.selection)

    def on_channel_selected(self, message: ChannelSelected) -> None:
        """Show another channel's rules."""
        message.stop()
        self._show_detail()
        self.hints.show()

    def ask_for(self, action: str) -> None:
        """Pause the selected channel, say what it may do, look at what it was taught."""
        self.console.ask(action, self.selection)

    def _show_detail(self) -> None:
        row = self.records.selected
        content = described(row, self.config, self._state.account) if row else Content("")
        if content != self._detailed:
            self._detailed = content
            self.detail.border_title = plain(row.channel.title, 40) if row else Content("")
            self.detail.update(content)


def described(view: ChannelView, config: Config, account: Account | None) -> Content:
    """What applies to a channel on an account, and how its last trades ended."""
    own = applying(config, Named.of(view), account)
    risk, rules = own.risk, own.rules
    lines = [
        _line("state", _state(view, only_shown=is_only_shown(view, account, config))),
        _line("policy", _policy(view, config, account)),
        _line("published by", plain(view.channel.provider or "not said", 60)),
        _line("risk a signal", Content(f"{risk.value} {_unit(risk.mode)}, never above {risk.max_percent} % of equity")),
        _line(
            "asks you when",
            Content(
                f"read with less than {share(rules.min_confidence)}, or the stop is missing ({rules.missing_stop})"
            ),
        ),
        _line("denies when", _denials(view, config, rules)),
        _line("last results", _results(view)),
        _line("was taught", _taught(view)),
    ]
    different = differing(own, config.trading())
    if different:
        texts = ", ".join(f"{key} {here} (else {there})" for key, here, there in different)
        lines.append(_line("its own rules", plain(texts).stylize("$accent")))
    else:
        # By its id: a title opens nothing with real money, because whoever owns the channel can change it.
        where = f'none; set them under [channels."{view.channel.id}"]'
        lines.append(_line("its own rules", plain(where, style="$muted")))
    return Content("\n").join(lines)


def _state(view: ChannelView, *, only_shown: bool) -> Content:
    _, word, tone = state_of(view)
    if not view.is_followed:
        return Content.styled("not followed: what is open is managed on", "$muted")
    if word:
        return plain(f"{word} {view.detail}".strip()).stylize("$held" if tone == "warning" else "$muted")
    return Content.styled("read and shown", "$muted") if only_shown else Content.styled("trading", "$accepted")


def _policy(view: ChannelView, config: Config, account: Account | None) -> Content:
    found = permit_of(view, config)
    word, tone = policy_said(view, account, config)
    told = f"  {policy_words(found.on(account), account)}"
    why = f"  ({source_said(found, account)})" if found.by is not Giver.NOBODY else ""
    return Content.assemble((word, f"bold ${tone}" if tone else "bold"), told, (why, "$muted"))


def _denials(view: ChannelView, config: Config, rules: Rules) -> Content:
    others = on_symbols(config, view.channel.id, view.channel.title, "max_spread_pips")
    text = f"older than {rules.max_age_s:g} s, spread above {rules.max_spread_pips} pips"
    return plain(f"{text} ({_figures(others)})" if others else text)


def _figures(others: Mapping[str, Decimal]) -> str:
    # "5 on XAUUSD, 6 on US30"; where there are many, how far they go: Rules has each of them.
    if len(others) <= NAMED:
        return ", ".join(f"{figure} on {symbol}" for symbol, figure in others.items())
    first = ", ".join(list(others)[:NAMED])
    return f"{min(others.values())} to {max(others.values())} on {first} and {len(others) - NAMED} more"


def _results(view: ChannelView) -> Content:
    if not view.results:
        return Content.styled("no trade has ended yet", "$muted")
    return Content(" ").join(
        Content.styled(multiple(result), "$profit" if result > 0 else "$loss") for result in view.results[-16:]
    )


def _taught(view: ChannelView) -> Content:
    told = "; ".join(view.lesson.sentences)
    return plain(told, style="$accent") if told else Content.styled("nothing: l looks at what it could be", "$muted")


def _line(label: str, content: Content) -> Content:
    return Content.assemble((f"{label:<15}", "$muted"), content)


def _unit(mode: str) -> str:
    return {"equity": "% of equity", "balance": "% of balance", "money": "in account money", "lots": "lots"}[mode]

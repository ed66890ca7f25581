"""What the focused place shows and which keys act on it, in words; the same for the whole console behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from signalos_tui.ui.actions import Fact
from signalos_tui.ui.bindings import GROUPS, TABLE, group_of, keymap
from signalos_tui.ui.text import plain
from signalos_tui.ui.widgets.facts import Facts
from signalos_tui.ui.widgets.rail import LEGEND


class Page(NamedTuple):
    """Help for one place. groups: whose keys come first."""

    title: str
    text: str
    marks: tuple[Fact, ...] = ()
    groups: tuple[str, ...] = ()


PAGES: dict[str, Page] = {
    "channels": Page(
        "Channels",
        "Where signals come from. The word says whether silence means silence: a blind channel may be posting what we do not "
        "see. R is the sum of its ended trades in units of what each risked; the curve shows the way there. Each has a policy on "
        "this account, and begins on paper.",
        (
            Fact("ok", "its posts arrive"),
            Fact("behind", "older posts are being fetched; new ones wait behind them, none is missing", "accent"),
            Fact("blind", "posts may be missing: nothing new is assumed", "held"),
            Fact("stopped", "not read any more", "halted"),
            Fact("paused", "read and shown, nothing is opened", "muted"),
            Fact("paper", "its signals are judged and shown; nothing is opened with real money", "muted"),
            Fact("ask", "each of its signals waits for you", "held"),
            Fact("trade", "its signals are traded, also with real money"),
            Fact("off", "followed no more; its record stays", "muted"),
        ),
        ("channel",),
    ),
    "signals": Page(
        "Signals",
        "Every readable call and every follow-up, the newest first, with what became of it and why. A held one waits for you: "
        "nothing happens until you approve or reject it. Enter shows message, reading, checks and orders on one screen.",
        (
            Fact("?", "held, waits for you", "held"),
            Fact("×", "denied by a rule, or not opened", "denied"),
            Fact("✓", "traded"),
            Fact("○", "its order waits in the broker's book", "accent"),
            Fact("‼", "an answer was lost: it is looked for, and never sent again", "halted"),
        ),
        ("held", "reading", "trade"),
    ),
    "trades": Page(
        "Trades",
        "What is open or waits. The rail shows stop, entry, price and targets on one scale, good is to the right. Money is "
        "what it made so far, taken and floating together; R is that in units of what it risked.",
        (Fact("rail", LEGEND),),
        ("trade",),
    ),
    "accounts": Page(
        "Accounts",
        "Every account with what it has at work. Each has its own terminal, journal, sizing and rules; what troubles one is told "
        "here and delays no other. Enter goes to the account; > and < go round from anywhere. STOP asks whether it is for all.",
        (
            Fact("● ACTIVE", "it trades", "profit"),
            Fact("HALTED", "nothing new is sent; what is open is managed by you", "halted"),
            Fact(
                "NOT RUN.",
                "it could not start, or lost its terminal: the border says why, and it is tried again",
                "halted",
            ),
        ),
        ("account", "desk"),
    ),
    "fleet-trades": Page(
        "Trades of all accounts",
        "What is open on any account. A key acts on the trade of the row's own account, and the question names it.",
        (Fact("rail", LEGEND),),
        ("trade", "account"),
    ),
    "calls": Page(
        "Calls, side by side",
        "The calls of the last twelve hours with a column for each account: who traded it, who did not and by which rule. Enter "
        "shows why on one of them; there > and < show the same call on the others.",
        (
            Fact("?", "held, waits for you on that account", "held"),
            Fact("×", "denied by the rules of that account", "denied"),
            Fact("✓", "traded"),
            Fact("·", "its channel does not go to this account", "muted"),
            Fact("–", "this account was not running, or has not seen it", "muted"),
        ),
        ("account", "held"),
    ),
    "log": Page(
        "Log",
        "What happened, the newest below. Everything here stands in the journal, which keeps all of it. "
        "Enter shows a line whole, with what to do about it.",
        (),
        ("view",),
    ),
    "logins": Page(
        "Telegram logins",
        "The accounts that read for you. What happens to one does not touch the other, and a login that is lost stops reading "
        "and nothing else: open trades are managed on. Enter goes to its chats, or logs a lost one in again.",
        (
            Fact("ok", "it reads"),
            Fact("!!", "it does not answer, or Telegram wants a pause: it goes on by itself", "held"),
            Fact("xx", "its session is gone: log it in again", "halted"),
        ),
        ("telegram",),
    ),
    "chats": Page(
        "Chats",
        "What the login above sees, the newest first; / searches it. Space follows a chat or drops it; a channel that is new is "
        "on paper until you say otherwise under Channels. Enter opens a forum into its topics, which can be followed one by "
        "one. A discussion group stands under its channel.",
        (
            Fact("✓", "followed: its posts are read and journalled", "profit"),
            Fact("·", "not followed", "muted"),
        ),
        ("telegram",),
    ),
    "trace": Page(
        "Trace",
        "Why a signal was or was not traded, on one screen: its words with what was read from them, each rule with the figure "
        "it saw, every order with its answer, and the price since the post against entry, stop and targets.",
        (),
        ("held", "reading", "trade"),
    ),
    "instruments": Page(
        "Instruments",
        "What names of signals mean at this account's broker. Where several of its instruments fit, none is traded until you say "
        "which; your answer is kept with this account, and asked for again when the broker changes what you chose. config.toml's "
        "[aliases] stand above it.",
        (
            Fact("choose", "several fit: say which", "held"),
            Fact("you", "as you said", "accent"),
            Fact("never", "not traded, as you said", "denied"),
            Fact("missing", "the broker has none", "muted"),
        ),
        ("reading",),
    ),
    "report": Page(
        "Reading",
        "How well each channel is read: how many of its posts were acted on, held for you and passed over, what you corrected, "
        "and how that went week by week. Below stands why its posts are held, what it was taught, and what it could be taught. "
        "Tab goes to its posts.",
        (
            Fact("acted %", "of what looked like a call or an update, so much needed no question"),
            Fact("missed", "passed over although it was a call, as your correction says", "denied"),
        ),
        ("reading", "channel"),
    ),
    "posts": Page(
        "Posts",
        "Everything the channel posted, noise as well, with what was read from it. Correct what was read wrongly: every figure "
        "you type has to stand in the post, and nothing is traded until you approve it. Then you are asked whether the channel "
        "should be read like this from now on, with what that would have changed in its past.",
        (
            Fact("✓", "clear, the rules decide"),
            Fact("?", "held, waits for you", "held"),
            Fact("·", "noise", "muted"),
            Fact("✎", "corrected by you", "accent"),
        ),
        ("reading", "channel"),
    ),
}
"""Help by the id of a pane or screen."""

DESK_PAGE = Page(
    "SignalOS",
    "Reads signals where people publish them, checks them against your rules, trades them, and writes everything down first. "
    "At most one position for each leg of a signal, always; exactly one when the broker accepted it; otherwise you are told.",
)

WIDEST = 16
"""Cells of keys at most: an owner can give one action many."""


class HelpScreen(ModalScreen[None]):
    """Help for `place` (a pane's id). own: the owner's `[keymap]`."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "dismiss", "Back", id="help.back", tooltip="Back to where you were"),
    ]

    def __init__(self, place: str, own: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._page = PAGES.get(place, DESK_PAGE)
        self._keys = keymap(own or {}).keys

    def compose(self) -> ComposeResult:
        """Words, marks, keys."""
        with VerticalScroll(id="help") as frame:
            frame.border_title = plain(self._page.title)
            frame.border_subtitle = Content("Esc")
            yield Static(plain(self._page.text), id="words")
            if self._page.marks:
                yield Facts(self._page.marks, label_width=8, classes="part")
            width = label_width(self._keys)
            for group in ordered(self._page.groups):
                yield Static(plain(GROUPS[group], style="bold $accent"), classes="part")
                yield Facts(key_facts(group, self._keys), label_width=width)


def ordered(first: Iterable[str]) -> tuple[str, ...]:
    """All groups, those of the focused place first."""
    return tuple(dict.fromkeys((*first, *GROUPS)))


def key_facts(group: str, keys: Mapping[str, str]) -> tuple[Fact, ...]:
    """The keys of a group and what each does."""
    return tuple(
        Fact(spelled(keys.get(str(row.id), row.key)), f"{row.description}: {row.tooltip}")
        for row in TABLE
        if group_of(row) == group
    )


def label_width(keys: Mapping[str, str]) -> int:
    """Cells of the widest key, so that all groups stand under one another and none is cut; within reason."""
    return min(max(len(fact.label) for group in GROUPS for fact in key_facts(group, keys)), WIDEST)


def spelled(keys: str) -> str:
    """Keys as people write them: "ctrl+p" as ^p, "question_mark" as ?."""
    return " ".join(_SPELLED.get(key.strip(), key.strip().replace("ctrl+", "^")) for key in keys.split(","))


_SPELLED = {
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "question_mark": "?",
    "exclamation_mark": "!",
    "slash": "/",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "space": "Space",
    "f5": "F5",
}

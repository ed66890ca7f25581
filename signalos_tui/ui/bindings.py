"""Every key of the console in one table: what it does, in which words, under which id an owner remaps it.

Screens take their bindings from here by id, the footer, the palette and the help read the same rows, so a key cannot mean two
things or be missing in one of the three. The part of an id before the dot is its group. `[keymap]` in config.toml gives an id
other keys; a keymap that would take a key away from STOP, or give one key to two actions, is refused with the reason.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from textual.binding import Binding
from textual.keys import KEY_ALIASES, KEY_NAME_REPLACEMENTS, Keys

GROUPS: dict[str, str] = {
    "trade": "Trade",
    "held": "Held signal",
    "reading": "Reading",
    "channel": "Channel",
    "telegram": "Telegram",
    "desk": "Desk",
    "view": "View",
    "account": "Account",
    "app": "Console",
}
"""The title of each group, in the order help and palette show them."""


def _row(key: str, id_: str, action: str, description: str, tooltip: str, *, show: bool = True) -> Binding:
    return Binding(key, action, description, show=show, tooltip=tooltip, id=id_, priority=id_ == "desk.stop")


TABLE: tuple[Binding, ...] = (
    _row("c", "trade.close", "close", "Close", "Close the selected trade and cancel its pending orders"),
    _row("h", "trade.half", "half", "Half", "Close half of every open leg of the selected trade"),
    _row("o", "trade.part", "part", "Part", "Close any part of the selected trade", show=False),
    _row("b", "trade.break_even", "break_even", "Break-even", "Move the stop of every open leg to its opening price"),
    _row("m", "trade.modify", "modify", "Modify", "Move the stop or a target of the selected trade"),
    _row("t", "trade.trail", "trail", "Trail", "Let the stop follow the price at a distance"),
    _row("u", "trade.cancel", "cancel_pending", "Cancel", "Remove the pending orders of the trade", show=False),
    _row("a", "held.approve", "approve", "Approve", "Let the held signal or update go on, with every rule asked again"),
    _row("x", "held.reject", "reject", "Reject", "Turn the held signal or update down"),
    _row("e", "reading.correct", "correct", "Correct", "Say what the post means, where it was read wrongly"),
    _row("l", "reading.teach", "teach", "Lesson", "What the channel was taught, and what it could be", show=False),
    _row("i", "reading.symbol", "symbol", "Instrument", "Say which of the broker's a name means", show=False),
    _row("p", "channel.pause", "pause", "Pause", "Open nothing more from this channel, or trade it again"),
    _row("P", "channel.policy", "policy", "Policy", "What it may do on this account: paper, ask or trade", show=False),
    _row("space", "telegram.follow", "follow", "Follow", "Read the selected chat from now on, or no more"),
    _row(
        "I", "telegram.import", "import_history", "Import", "Take in what a followed chat posted before, to judge it by"
    ),
    _row("n", "telegram.login", "log_in", "Log in", "Log in to Telegram, or log a lost login in again"),
    _row("d", "telegram.devices", "devices", "Devices", "Where the login's account is logged in; end one of them"),
    _row("O", "telegram.logout", "log_out", "Log out", "End the session of the selected login and forget it"),
    _row("f5", "telegram.again", "look_again", "Look again", "Ask Telegram for the chats again, at most once a minute"),
    _row("exclamation_mark", "desk.stop", "stop", "STOP", "Stop trading: freeze everything, or flatten everything"),
    _row("r", "desk.resume", "resume", "Resume", "Trade again after a stop"),
    _row("enter", "view.trace", "trace", "Trace", "Why: the message, its reading, the checks, the orders, the price"),
    _row("escape", "view.back", "back", "Back", "Back to the screen behind this one"),
    _row("slash", "view.filter", "filter", "Filter", "Show only rows with these words"),
    _row("s", "view.sort", "sort", "Sort", "Sort by the next column", show=False),
    _row("S", "view.reverse", "reverse", "Reverse", "Turn the order round", show=False),
    _row("tab", "view.next", "pane(1)", "Next pane", "Go to the next pane", show=False),
    _row("shift+tab", "view.previous", "pane(-1)", "Previous pane", "Go to the pane before", show=False),
    _row("1", "view.desk", "switch_mode('desk')", "Desk", "What came in, what is open, what happened", show=False),
    _row("2", "view.log", "switch_mode('log')", "Log", "Everything that happened, full screen", show=False),
    _row("3", "view.channels", "switch_mode('channels')", "Channels", "Their records and their rules", show=False),
    _row("4", "view.rules", "switch_mode('rules')", "Rules", "Every setting in force", show=False),
    _row("5", "view.reading", "switch_mode('reading')", "Reading", "How well each channel is read", show=False),
    _row("6", "view.accounts", "switch_mode('accounts')", "Accounts", "All accounts together", show=False),
    _row(
        "f", "view.telegram", "telegram", "Telegram", "Logins, the chats they see, and which are followed", show=False
    ),
    _row("greater_than_sign", "account.next", "account(1)", "Next account", "Show the next account", show=False),
    _row("less_than_sign", "account.previous", "account(-1)", "Account before", "Show the account before", show=False),
    _row("ctrl+p", "app.palette", "command_palette", "Palette", "Find any action, signal, trade or channel by name"),
    _row("question_mark", "app.help", "help", "Help", "What the focused pane shows and which keys act on it"),
    _row("q,ctrl+c", "app.quit", "leave", "Quit", "Leave the console; ^c twice leaves at once", show=False),
)
"""One row a key, in the order of the footer."""

BY_ID: dict[str, Binding] = {str(row.id): row for row in TABLE}


def bindings(*names: str, shown: bool = False) -> list[Binding]:
    """Rows by id ("trade.close") or whole groups ("trade"), in the order of the table. KeyError for a name that is neither.

    shown: the footer shows also those that it has no room for elsewhere.
    """
    for name in names:
        if name not in BY_ID and name not in GROUPS:
            raise KeyError(name)
    rows = [row for row in TABLE if row.id in names or group_of(row) in names]
    return [replace(row, show=True) for row in rows] if shown else rows


def group_of(row: Binding) -> str:
    """The group of a row: the part of its id before the dot."""
    return str(row.id).partition(".")[0]


class Keymap(NamedTuple):
    """keys: what `App.set_keymap` takes. problems: one sentence for each entry that was left out."""

    keys: dict[str, str]
    problems: tuple[str, ...]


def keymap(own: Mapping[str, str]) -> Keymap:
    """The owner's `[keymap]`, checked: unknown ids, empty keys, keys that are none and double keys are left out and told."""
    keys: dict[str, str] = {}
    problems: list[str] = []
    for id_, wanted in own.items():
        chosen = [key.strip() for key in wanted.split(",") if key.strip()]
        if id_ not in BY_ID:
            near = difflib.get_close_matches(id_, BY_ID, 1)
            problems.append(f"[keymap] {id_} is no action" + (f"; did you mean {near[0]}?" if near else ""))
        elif not chosen:
            problems.append(f"[keymap] {id_} has no key; it keeps {BY_ID[id_].key}")
        elif wrong := [key for key in chosen if not _is_key(key)]:
            problems.append(f'[keymap] {id_} wants "{wrong[0]}", which is no key; it keeps {BY_ID[id_].key}')
        else:
            keys[id_] = ",".join(chosen)
    return _without_clashes(keys, problems)


def _without_clashes(keys: dict[str, str], problems: list[str]) -> Keymap:
    # The first action in the table keeps a key; STOP before all of them. Refused entries fall back, so look again.
    order = sorted(BY_ID, key=lambda id_: id_ != "desk.stop")
    while True:
        owners: dict[str, str] = {}
        clash = None
        for id_ in order:
            for key in keys.get(id_, BY_ID[id_].key).split(","):
                other = owners.setdefault(_name(key), id_)
                if other != id_ and clash is None:
                    clash = (id_, other, key) if id_ in keys else (other, id_, key)
        if clash is None:
            return Keymap(keys, tuple(problems))
        loser, keeper, key = clash
        problems.append(f"[keymap] {loser} wants {key}, which is {keeper}; it keeps {BY_ID[loser].key}")
        del keys[loser]


_MODIFIERS = ("ctrl+", "shift+", "alt+", "meta+", "super+", "hyper+")
_NAMED = {*(key.value for key in Keys), *KEY_NAME_REPLACEMENTS.values(), *KEY_ALIASES}


def _is_key(key: str) -> bool:
    # One character, or a name that Textual or Unicode has for one ("f4", "question_mark"), with any modifiers.
    while modifier := next((one for one in _MODIFIERS if key.startswith(one) and key != one), ""):
        key = key.removeprefix(modifier)
    if len(key) == 1 or key in _NAMED:
        return True
    try:
        unicodedata.lookup(key.replace("_", " "))
    except KeyError:
        return False
    return True


def _name(key: str) -> str:
    # "!" and "exclamation_mark" are the same key.
    return next(iter(Binding.make_bindings([Binding(key, "")]))).key

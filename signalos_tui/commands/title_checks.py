"""The doctor on [channels."TITLE"]: whose title it is, and which id to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from signalos_tui.commands.checked import Checked
from signalos_tui.commands.places import JOURNAL, folders
from signalos_tui.config import Config
from signalos_tui.config.titles import Named, unused
from signalos_tui.errors import SignalOSError
from signalos_tui.model.desk import ChannelView

_ID = re.compile(r"[a-z]+:\S+")
_WHAT = "channel"


def title_checks(config: Config, data: Path) -> Iterator[Checked]:
    """One for each table under [channels] that stands under no channel's id. data: where the journals are."""
    if not config.channels:
        return
    views = {view.channel.id: view for folder in folders(data).values() for view in _views(folder / JOURNAL)}
    for key, own in config.channels.items():
        if key in views or not own:
            continue
        holders = [view for view in views.values() if key in (view.channel.title, *view.titles)]
        if holders:
            yield from (_held(config, key, view) for view in holders)
        elif not _ID.fullmatch(key):
            yield Checked(_WHAT, True, f'[channels."{key}"]: no channel that was followed is called that, or ever was')


def _views(journal: Path) -> Iterator[ChannelView]:
    from signalos_tui.journal import queries
    from signalos_tui.state import fold_all

    if not journal.exists():
        return
    try:
        yield from fold_all(queries.of_kinds(journal, ("channel-followed",))).channels.values()
    except SignalOSError:
        return  # the check of the journal says it


def _held(config: Config, key: str, view: ChannelView) -> Checked:
    channel = view.channel
    now = "" if channel.title == key else f', which is called "{channel.title}" now'
    seen = f'[channels."{key}"] is the title of {channel.id}{now}'
    if config.channels.get(channel.id):
        return Checked(_WHAT, True, f"{seen}; that has a table under its id, which alone counts")
    idle = [name for title, name in unused(config, Named.of(view), None) if title == key]
    if idle and any(_is_for_money(config.account(name) if name else config) for name in config.accounts or ("",)):
        text = f"{seen}, and with real money a title only forbids and lowers: {', '.join(idle)} does not count"
        return Checked(_WHAT, False, text, f'Write [channels."{channel.id}"] instead, if that is the channel you mean')
    return Checked(_WHAT, True, f'{seen}; better [channels."{channel.id}"], which no rename changes')


def _is_for_money(config: Config) -> bool:
    return config.terminal.kind == "mt5" and not config.terminal.demo_only

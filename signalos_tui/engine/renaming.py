"""What the owner is told of titles that config.toml names: who took one or left it, and what under it does not count.

A rename changes nothing in the channel's favour (config/titles.py). It is told aloud all the same: it may be an impostor, or the
owner's own settings may not reach the channel he meant.
"""

from __future__ import annotations

from msgspec.structs import replace

from signalos_tui.config import Config
from signalos_tui.config.titles import Named, unused
from signalos_tui.harmless import one_line
from signalos_tui.model.account import Account
from signalos_tui.model.desk import ChannelView
from signalos_tui.model.events import NoticeRaised, Severity
from signalos_tui.model.messages import Channel

SHOWN = 60
NAMED_KEYS = 6


def renamed(config: Config, view: ChannelView | None, channel: Channel, account: Account | None) -> list[NoticeRaised]:
    """Notices when a channel is first read (view: None) or calls itself otherwise."""
    if view is not None and view.channel.title == channel.title:
        return []
    if view is None:
        return not_counted(config, Named(channel.id, (channel.title,)), account)
    if config.channels.get(channel.id):
        return []
    old, new = view.channel.title, channel.title
    after = Named.of(replace(view, channel=channel, titles=(old, *view.titles)))
    about = [f'[channels."{_shown(title)}"]' for title in (old, new) if config.channels.get(title)]
    if not about:
        return []
    text = f'{channel.id} was called "{_shown(old)}" and calls itself "{_shown(new)}" now. config.toml has {" and ".join(about)}'
    remedy = f'Look who it is; what is meant for it belongs under [channels."{channel.id}"], which no title changes'
    alarm = NoticeRaised(Severity.ALARM, "channel-renamed", text, remedy)
    return [alarm, *not_counted(config, after, account)]


def not_counted(config: Config, channel: Named, account: Account | None) -> list[NoticeRaised]:
    """A notice when settings under a channel's titles do not count for it on this account."""
    found = unused(config, channel, account)
    if not found:
        return []
    titles = ", ".join(f'[channels."{_shown(title)}"]' for title in dict.fromkeys(title for title, _ in found))
    keys = list(dict.fromkeys(key for _, key in found))
    more = f" and {len(keys) - NAMED_KEYS} more" if len(keys) > NAMED_KEYS else ""
    text = (
        f"{one_line(', '.join(keys[:NAMED_KEYS]))}{more} under {titles} does not count for {channel.id} with real money: "
        "anybody can take a title, so one only forbids and lowers"
    )
    remedy = f'Write it under [channels."{channel.id}"] if that is the channel you mean'
    return [NoticeRaised(Severity.WARNING, "title-settings", text, remedy)]


def _shown(title: str) -> str:
    return one_line(title)[:SHOWN]

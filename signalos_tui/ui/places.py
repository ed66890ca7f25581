"""Where channels come from, in words: how a login stands, what its chats are, and what dropping one of the two would mean.

Everything here is said of values (`model/places.py`), so screens, the header and the dialogs say the same. Titles and names are
foreign text and stay as they are; whoever shows them makes them harmless.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo

from msgspec import Struct

from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.places import Chat, ChatKind, Device, LoginView, Standing
from signalos_tui.ui.actions import Fact, Proposal, counted
from signalos_tui.ui.health import Word
from signalos_tui.ui.text import date, moment

DAY_MS = 86_400_000

TONES: dict[Standing, tuple[str, str]] = {
    Standing.READING: ("ok", "profit"),
    Standing.CONNECTING: ("··", "muted"),
    Standing.FLOODED: ("!!", "held"),
    Standing.BLIND: ("!!", "warning"),
    Standing.REVOKED: ("xx", "halted"),
    Standing.DUPLICATED: ("xx", "halted"),
    Standing.BANNED: ("xx", "halted"),
}
"""The sign and the tone of each standing."""

REMEDIES: dict[Standing, str] = {
    Standing.BLIND: "tried again until it answers",
    Standing.REVOKED: "n logs it in again",
    Standing.DUPLICATED: "n logs it in again; one place at a time may use it",
    Standing.BANNED: "follow its channels on another login",
}
"""What comes next, where the standing does not say it."""

_SHORT = {Standing.REVOKED: "revoked"}
_WORST = ("halted", "warning", "held", "muted")


# --- logins -------------------------------------------------------------------------------------------------------


def standing(login: LoginView, now: int, zone: tzinfo = UTC) -> str:
    """How a login stands, and until when or what to do: "flooded until 14:05". now: ms UTC."""
    words = str(login.standing)
    if login.standing is Standing.FLOODED and login.until:
        words = f"{words} until {clock(login.until, now, zone)}"
    remedy = REMEDIES.get(login.standing, "")
    return f"{words}: {remedy}" if remedy else words


def clock(at: int, now: int, zone: tzinfo = UTC) -> str:
    """A time of day, with its day where that is not within a day from now. at, now: ms UTC."""
    return moment(at, zone) if abs(at - now) < DAY_MS else f"{date(at, zone)} {moment(at, zone)}"


def seen(logins: Sequence[LoginView], now: int, zone: tzinfo = UTC) -> Word:
    """All logins in a word for the header; the worst of them decides, and says how many it is. now: ms UTC."""
    if not logins:
        return Word("TG no login", "held")
    worst = next((tone for tone in _WORST if any(TONES[login.standing][1] == tone for login in logins)), "")
    those = [login for login in logins if TONES[login.standing][1] == worst]
    if not those:
        return Word("TG ok", "accepted")
    kinds = Counter(login.standing for login in those)
    what = _SHORT.get(those[0].standing, str(those[0].standing)) if len(kinds) == 1 else "lost"
    if len(logins) > 1:
        return Word(f"TG {len(those)} of {len(logins)} {what}", worst, is_alarm=worst == "halted")
    until = those[0].until if those[0].standing is Standing.FLOODED else 0
    return Word(f"TG {what}{f' until {clock(until, now, zone)}' if until else ''}", worst, is_alarm=worst == "halted")


def free_name(logins: Sequence[LoginView]) -> str:
    """A name for one more login; "" where the usual ones are taken."""
    taken = {login.name for login in logins}
    return next((name for name in ("main", "second", "third", "fourth", "fifth") if name not in taken), "")


# --- chats --------------------------------------------------------------------------------------------------------


class ChatRow(Struct, frozen=True):
    """A chat in its place. depth: how far under another one. above: that one's title. is_open: its topics stand below it."""

    chat: Chat
    depth: int = 0
    above: str = ""
    is_open: bool = False


def arranged(chats: Sequence[Chat], topics: Mapping[ChannelId, Sequence[Chat]]) -> dict[ChannelId, ChatRow]:
    """The chats in their order, by id: a discussion group under its channel, the topics of an open forum under it."""
    known = {chat.id: chat for chat in chats}
    beside = {_discussion(chat) for chat in chats} & known.keys()
    rows: dict[ChannelId, ChatRow] = {}
    # What two channels name as their discussion stands once, and where it comes first.
    for chat in (*(chat for chat in chats if chat.id not in beside), *chats):
        for row in _family(chat, known, topics, 0, ""):
            if row.chat.id in rows:
                break
            rows[row.chat.id] = row
    return rows


def _family(
    chat: Chat, known: Mapping[ChannelId, Chat], topics: Mapping[ChannelId, Sequence[Chat]], depth: int, above: str
) -> Iterator[ChatRow]:
    yield ChatRow(chat, depth, above, chat.id in topics)
    for topic in topics.get(chat.id, ()):
        yield ChatRow(topic, depth + 1, chat.title)
    discussion = known.get(_discussion(chat))
    if discussion is not None and depth == 0:
        yield from _family(discussion, known, topics, 1, chat.title)


def _discussion(chat: Chat) -> ChannelId:
    # A group may name its channel back.
    return ChannelId(chat.discussion if chat.kind is not ChatKind.DISCUSSION and chat.discussion != chat.id else "")


# --- what dropping one means --------------------------------------------------------------------------------------


def unfollowing(chat: Chat, desks: Mapping[str, DeskState]) -> Proposal:
    """The question before a channel is read no more. desks: of every account, by name, "" for the only one."""
    facts = [
        Fact("channel", chat.title),
        Fact("stays", "what it said, its record, and what you set for it"),
        *_open_trades([chat.id], desks),
    ]
    warning = "Nothing it posts from now on is seen: no call, no close, no correction of one."
    return Proposal("Unfollow this channel?", "Unfollow", tuple(facts), (), warning)


def logging_out(login: LoginView) -> Proposal:
    """The question before a login's session is ended and forgotten."""
    facts = [
        Fact("login", login.name),
        Fact("stands", str(login.standing)),
        Fact(
            "reads", counted(login.followed, "channel") + (", which nobody reads after that" if login.followed else "")
        ),
    ]
    warning = "Its session and its list of channels are removed here; to read them again is to log in and follow again."
    return Proposal(f"Log out {login.name}?", "Log out", tuple(facts), (), warning)


def _open_trades(channels: Sequence[ChannelId], desks: Mapping[str, DeskState]) -> Iterator[Fact]:
    for name, state in desks.items():
        count = sum(1 for trade in state.live_trades if trade.channel in channels)
        if count:
            text = f"{counted(count, 'trade')} of it open: {'it is' if count == 1 else 'they are'} managed on"
            yield Fact(f"on {name}" if name else "trades", f"{text}, and what it says about them is not heard", "held")


def device_said(device: Device, now: int, zone: tzinfo = UTC) -> tuple[str, str]:
    """A device in its own words, and when it was last used. now: ms UTC."""
    return device.what, "this console" if device.number == 0 else clock(device.used_at, now, zone)

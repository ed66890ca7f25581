"""What a command asks through a login: whether it is let in, which channels there are, where else the account is used."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, NamedTuple

from telethon import errors
from telethon.errors.common import AuthKeyNotFound
from telethon.tl import functions, types

from signalos_tui.collect.telegram.entering import refused
from signalos_tui.collect.telegram.failures import (
    NOT_READ,
    UNREACHED,
    UNREADABLE,
    is_let_in_again,
    is_of_the_disk,
    lost_session,
    standing_of,
)
from signalos_tui.collect.telegram.logins import Followed, Login
from signalos_tui.collect.telegram.posts import channel_id
from signalos_tui.collect.telegram.readonly import ReadOnlyClient
from signalos_tui.errors import OperatorNeeded
from signalos_tui.model.places import Chat, ChatKind, Device

PATIENCE_S = 20.0
PAGE = 100
MOST_LINKS = 20
"""Groups that are asked beside which channel they stand."""
UNREACHABLE = ("Telegram cannot be reached", "Check the network, and try again")


class Seen(NamedTuple):
    """A chat that a login sees. followed: what is kept of it when it is followed."""

    followed: Followed
    chat: Chat


@contextlib.asynccontextmanager
async def connected(login: Login) -> AsyncIterator[Login]:
    """A login with its client connected, whether Telegram knows it or not; closed afterwards.

    Raises OperatorNeeded: what failed, in words; OSError: a file cannot be written.
    """
    try:
        try:
            await _connect(login)
            yield login
        except (errors.RPCError, AuthKeyNotFound) as error:
            raise _said(login, error) from None
        except UNREACHED as error:
            if is_of_the_disk(error):
                raise
            raise OperatorNeeded(*UNREACHABLE) from None
        except UNREADABLE:
            raise OperatorNeeded(NOT_READ) from None
        finally:
            await login.client.disconnect()
    finally:
        login.close()


async def who(login: Login) -> Any:
    """Telegram's user; None when nobody is logged in, or the session was ended. Raises as `connected`."""
    try:
        await _connect(login)
        return await login.client.get_me()
    except errors.RPCError as error:
        if lost_session(error):
            return None
        raise refused(error) from None
    except AuthKeyNotFound:
        return None
    except UNREACHED as error:
        if is_of_the_disk(error):
            raise
        raise OperatorNeeded(*UNREACHABLE) from None
    except UNREADABLE:
        raise OperatorNeeded(NOT_READ) from None
    finally:
        await login.client.disconnect()


async def log_out(login: Login) -> bool:
    """End the login at Telegram. False when Telegram had ended it before."""
    return bool(await login.client.log_out())


async def _connect(login: Login) -> None:
    # Telethon tries for ever; whoever waits at a prompt should know after a while.
    async with asyncio.timeout(PATIENCE_S):
        await login.client.connect()


async def require_inside(login: Login) -> None:
    """Raises OperatorNeeded: nobody is logged in, or the session was ended. RPCError for anything else."""
    try:
        await login.client(functions.updates.GetStateRequest())
    except errors.RPCError as error:
        if not lost_session(error):
            raise
        raise _said(login, error) from None


def _said(login: Login, error: errors.RPCError | AuthKeyNotFound) -> OperatorNeeded:
    # For whoever sits at the command line; the console has a key for the same.
    why = lost_session(error)
    if not why and isinstance(error, errors.RPCError):
        return refused(error)
    again = f"Run: signalos login {login.name}" if is_let_in_again(standing_of(error)) else ""
    return OperatorNeeded(f'login "{login.name}": {why}', again)


async def chats(login: Login) -> list[Seen]:
    """Channels, groups of every size and forums, newest first; not people, and no group that has become another one.

    Raises what a client raises.
    """
    dialogs = await _dialogs(login)
    beside = await _discussions(login, dialogs)
    seen = (_seen(login.name, one, beside) for one in dialogs)
    return [one for one in seen if one is not None]


async def _dialogs(login: Login) -> list[Any]:
    # Telethon takes a page that is not full for the last one. Where Telegram counts more, it is asked on from there.
    client, found = login.client, dict[int, Any]()
    client.folders.clear()
    await _list(client, found)
    for folder in sorted(client.folders):
        await _list(client, found, folder=folder)
    return list(found.values())


async def _list(client: ReadOnlyClient, found: dict[int, Any], **where: int) -> None:
    before = len(found)
    page = await client.get_dialogs(**where)
    while new := [one for one in page if one.id not in found]:
        found.update((one.id, one.entity) for one in new)
        last = next((one for one in reversed(new) if one.date is not None), None)
        if last is None or len(found) - before >= page.total:
            break
        page = await client.get_dialogs(
            offset_date=last.date, offset_id=last.message.id, offset_peer=last.input_entity, ignore_pinned=True, **where
        )


async def topics(login: Login, forum: Followed) -> list[Seen]:
    """The topics of a forum, newest first. Raises what a client raises."""
    found: dict[int, Any] = {}
    offset: tuple[Any, int, int] = (None, 0, 0)
    while True:
        answer = await login.client(functions.messages.GetForumTopicsRequest(forum.peer, *offset, limit=PAGE))
        page = [one for one in answer.topics if isinstance(one, types.ForumTopic) and one.id not in found]
        found.update((one.id, one) for one in page)
        if not page or len(found) >= answer.count:
            return [_topic(login.name, forum, one) for one in found.values()]
        dates = {one.id: one.date for one in answer.messages if not isinstance(one, types.MessageEmpty)}
        last = page[-1]
        offset = (dates.get(last.top_message, last.date), last.top_message, last.id)


async def _discussions(login: Login, dialogs: Sequence[Any]) -> dict[int, int]:
    # The group beside each channel, by bare numbers. It is asked of the groups, which are few; a pause ends the asking.
    beside: dict[int, int] = {}
    groups = [one for one in dialogs if isinstance(one, types.Channel) and one.megagroup and one.has_link]
    for group in groups[:MOST_LINKS]:
        try:
            answer = await login.client(
                functions.channels.GetFullChannelRequest(types.InputChannel(group.id, group.access_hash))
            )
        except errors.RPCError as error:
            if lost_session(error):
                raise
            break
        if answer.full_chat.linked_chat_id:
            beside[answer.full_chat.linked_chat_id] = group.id
    return beside


def _seen(login: str, entity: Any, beside: Mapping[int, int]) -> Seen | None:
    if isinstance(entity, types.Chat):
        if entity.deactivated or entity.left or entity.migrated_to is not None:
            return None
        followed = Followed(entity.id, 0, entity.title, is_small=True)
        return Seen(followed, Chat(followed.id, login, entity.title, ChatKind.SMALL_GROUP))
    if not isinstance(entity, types.Channel) or entity.left:
        return None
    followed = Followed(entity.id, entity.access_hash, entity.title)
    discussion = str(channel_id(beside[entity.id])) if entity.id in beside else ""
    name = entity.username or next((one.username for one in entity.usernames or () if one.active), "")
    return Seen(followed, Chat(followed.id, login, entity.title, _kind(entity), name, discussion=discussion))


def _kind(entity: types.Channel) -> ChatKind:
    if not entity.megagroup:
        return ChatKind.CHANNEL
    if entity.forum:
        return ChatKind.FORUM
    return ChatKind.DISCUSSION if entity.has_link else ChatKind.GROUP


def _topic(login: str, forum: Followed, topic: types.ForumTopic) -> Seen:
    # Beside other channels a topic's name alone would say little.
    followed = Followed(forum.number, forum.hash, f"{forum.title} / {topic.title}", topic.id)
    return Seen(followed, Chat(followed.id, login, topic.title, ChatKind.TOPIC, forum=forum.id))


async def devices(login: Login) -> list[Device]:
    """From where the account is logged in."""
    answer = await login.client(functions.account.GetAuthorizationsRequest())
    return [
        Device(
            0 if one.current else one.hash,
            ", ".join(filter(None, (f"{one.app_name} {one.app_version}", one.device_model, one.country))),
            round((one.date_active if one.date_active.timestamp() else one.date_created).timestamp() * 1000),
        )
        for one in answer.authorizations
    ]


async def end_session(login: Login, number: int) -> None:
    """End another session of the account. Raises OperatorNeeded: there is none of this number, or Telegram says no."""
    try:
        await login.client(functions.account.ResetAuthorizationRequest(number))
    except errors.HashInvalidError:
        raise OperatorNeeded(f"there is no session {number}", "Run: signalos sessions test") from None
    except errors.FreshResetAuthorisationForbiddenError:
        text = "a login younger than a day may not end others"
        raise OperatorNeeded(text, "Do it in the Telegram app, or tomorrow") from None

"""What a command asks through a login: whether it is let in, which channels there are, where else the account is used."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from telethon import errors
from telethon.tl import functions, types

from signalos_tui.collect.telegram.entering import refused
from signalos_tui.collect.telegram.failures import lost_session
from signalos_tui.collect.telegram.logins import Followed, Login
from signalos_tui.errors import OperatorNeeded

PATIENCE_S = 20.0
UNREACHABLE = ("Telegram cannot be reached", "Check the network, and try again")


class Chat(NamedTuple):
    """A channel or a large group of the account. username: without @, "" for none."""

    followed: Followed
    username: str


class Device(NamedTuple):
    """A session of the account. number: 0 for this one. used_at: ms UTC."""

    number: int
    what: str
    used_at: int


@contextlib.asynccontextmanager
async def connected(login: Login) -> AsyncIterator[Login]:
    """A login with its client connected, whether Telegram knows it or not; closed afterwards.

    Raises OperatorNeeded: what failed, in words.
    """
    try:
        try:
            await _connect(login)
            yield login
        except errors.RPCError as error:
            raise refused(error) from None
        except (ConnectionError, TimeoutError):
            raise OperatorNeeded(*UNREACHABLE) from None
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
    except (ConnectionError, TimeoutError):
        raise OperatorNeeded(*UNREACHABLE) from None
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
        why = lost_session(error)
        if not why:
            raise
        raise OperatorNeeded(f'login "{login.name}": {why}') from None


async def chats(login: Login) -> list[Chat]:
    """Channels and large groups, as Telegram orders them; not small groups, whose posts are numbered differently."""
    dialogs = await login.client.get_dialogs()
    found = [one.entity for one in dialogs if isinstance(one.entity, types.Channel)]
    return [Chat(Followed(one.id, one.access_hash, one.title), one.username or "") for one in found]


async def devices(login: Login) -> list[Device]:
    """From where the account is logged in."""
    answer = await login.client(functions.account.GetAuthorizationsRequest())
    return [
        Device(
            0 if one.current else one.hash,
            ", ".join(filter(None, (f"{one.app_name} {one.app_version}", one.device_model, one.country))),
            round(one.date_active.timestamp() * 1000),
        )
        for one in answer.authorizations
    ]


async def end_session(login: Login, number: int) -> None:
    """End another session of the account. Raises OperatorNeeded: there is none of this number, or Telegram says no."""
    try:
        await login.client(functions.account.ResetAuthorizationRequest(number))
    except errors.HashInvalidError:
        raise OperatorNeeded(f"there is no session {number}", "signalos sessions test shows them") from None
    except errors.FreshResetAuthorisationForbiddenError:
        text = "a login younger than a day may not end others"
        raise OperatorNeeded(text, "Do it in the Telegram app, or tomorrow") from None

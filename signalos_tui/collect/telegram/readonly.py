"""Telethon's client with its hands tied: it reads, logs in and out, and can say nothing to anybody.

The session is worth the whole account, so what may be asked is a list; anything else raises before it leaves this machine
(reference: reliability T1). Waits that Telegram imposes are not slept away inside a call: whoever asked has to know.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from telethon import TelegramClient
from telethon.errors import PhoneNumberUnoccupiedError, RPCError, TimedOutError
from telethon.tl import TLRequest, functions, types

from signalos_tui.collect.telegram import differences
from signalos_tui.collect.telegram.failures import PAUSES, UNREADABLE
from signalos_tui.errors import SignalOSError

f = functions
ALLOWED: frozenset[type[TLRequest]] = frozenset(
    {
        # in and out
        f.auth.SendCodeRequest,
        f.auth.ResendCodeRequest,
        f.auth.CancelCodeRequest,
        f.auth.SignInRequest,
        f.auth.CheckPasswordRequest,
        f.auth.ExportLoginTokenRequest,
        f.auth.ImportLoginTokenRequest,
        f.auth.LogOutRequest,
        f.account.GetPasswordRequest,
        f.account.GetAuthorizationsRequest,
        f.account.ResetAuthorizationRequest,
        # files that lie in another data centre
        f.auth.ExportAuthorizationRequest,
        f.auth.ImportAuthorizationRequest,
        f.help.GetConfigRequest,
        # what is there
        f.users.GetUsersRequest,
        f.channels.GetChannelsRequest,
        f.channels.GetFullChannelRequest,
        f.channels.GetMessagesRequest,
        f.messages.GetDialogsRequest,
        f.messages.GetPeerDialogsRequest,
        f.messages.GetForumTopicsRequest,
        f.messages.GetHistoryRequest,
        f.messages.GetMessagesRequest,
        f.messages.GetRepliesRequest,
        f.messages.GetDiscussionMessageRequest,
        f.updates.GetStateRequest,
        f.updates.GetDifferenceRequest,
        f.updates.GetChannelDifferenceRequest,
        f.upload.GetFileRequest,
    }
)
"""Everything this program ever asks of Telegram."""
HANG_UP_S = 15.0
"""Telethon waits up to ten for the other side; cut off before that, it would not know what it is any more."""


class NotAllowed(SignalOSError):
    """A request that this program never makes. It was not sent."""


class ReadOnlyClient(TelegramClient):  # type: ignore[misc] # Telethon has no types
    """A client that reads. reconnected: called after the connection was lost and stands again.

    caught_up: called when it has fetched what it missed, with the bare number of the channel, 0 for all that is no channel, the
    edits and deletions in it, of which it tells nothing itself, and whether it was too much: then posts are missing as well.
    answer_s: how long what was missed is waited for; everything that is told stands still meanwhile. folders: of chats, that
    were listed in the place of what is in them, by number.
    """

    reconnected: Callable[[], Awaitable[None]] | None = None
    caught_up: Callable[[int, Sequence[Any], bool], None] | None = None

    answer_s = 10.0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.folders: set[int] = set()
        self._dialling = asyncio.Lock()
        self._dials: asyncio.Task[Any] | None = None

    @property
    def is_hearing(self) -> bool:
        """It is connected, and what it is told is taken in.

        Where Telegram refused something in the midst of connecting, the connection stands and nobody listens: what is told
        piles up.
        """
        handle = self._updates_handle
        return bool(self.is_connected()) and handle is not None and not handle.done()

    async def connect(self) -> None:
        """Connect, so that what is told is heard, or not at all; nothing where that is so already. One at a time.

        Where Telegram wants a pause in the midst of it, the connection stays: it answers, though nobody listens (`is_hearing`).
        Raises what Telethon raises; ConnectionError when somebody else hangs up meanwhile.
        """
        task = asyncio.current_task()
        if self._dials is task:  # Telethon itself, which was sent to another data centre
            await super().connect()
            return
        async with self._dialling:
            if self.is_hearing:
                return
            if self.is_connected():
                await self.hang_up()
            self._dials = task
            try:
                await super().connect()
            except PAUSES:
                raise
            except BaseException as error:
                await self.hang_up()
                if isinstance(error, asyncio.CancelledError) and task is not None and not task.cancelling():
                    raise ConnectionError("the connection was given up") from None
                raise
            finally:
                self._dials = None

    async def let_in(self, authorization: Any) -> Any:
        """What Telethon does after a login of its own kinds, for another one. Returns Telegram's user. Raises RPCError."""
        if not isinstance(authorization, types.auth.Authorization):
            raise PhoneNumberUnoccupiedError(None)
        await self._on_login(authorization.user)
        return authorization.user

    async def move(self, answer: Any) -> Any:
        """Go where a scanned code sends us. Returns what is said there of it."""
        await self._switch_dc(answer.dc_id)
        return await self(f.auth.ImportLoginTokenRequest(answer.token))

    async def hang_up(self) -> None:
        """Disconnect, whatever state it is in."""
        with contextlib.suppress(OSError, RPCError, TimeoutError):
            async with asyncio.timeout(HANG_UP_S):
                await self.disconnect()
        sender = self._sender
        if sender._connection is None:  # noqa: SLF001 (Telethon, cut off in the midst of it, goes on calling that connected)
            sender._user_connected = False  # noqa: SLF001

    def forget_told(self) -> None:
        """What was told while nobody listened; it is fetched."""
        while not self._updates_queue.empty():
            self._updates_queue.get_nowait()

    async def _call(self, sender: Any, request: Any, *more: Any, **named: Any) -> Any:
        for one in request if isinstance(request, list | tuple) else (request,):
            if type(one) not in ALLOWED:
                raise NotAllowed(f"{type(one).__name__} is nothing a reader asks of Telegram")
        is_difference = isinstance(request, f.updates.GetDifferenceRequest | f.updates.GetChannelDifferenceRequest)
        try:
            async with asyncio.timeout(self.answer_s if is_difference else None) as limit:
                answer = await super()._call(sender, request, *more, **named)
        except TimeoutError:
            if not limit.expired():
                raise
            raise TimedOutError(request, "NO_ANSWER") from None  # which ends the asking, and not the listening
        except UNREADABLE:
            if not is_difference:
                raise
            self._tell_caught_up(request, (), is_short=True)
            raise TimedOutError(request, "NOT_READ") from None  # likewise; posts are found another way
        except asyncio.CancelledError:
            # Hanging up cancels what waits for answers; to whoever waits that is a lost connection, not an order to end.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise ConnectionError("the connection was given up") from None
        self._look_at(request, answer, is_difference=is_difference)
        return answer

    def _look_at(self, request: Any, answer: Any, *, is_difference: bool) -> None:
        # What the client could not take is made such, or refused.
        if isinstance(answer, types.upload.FileCdnRedirect):
            raise NotAllowed("a file lies in a place where this program does not ask")
        if isinstance(request, f.messages.GetDialogsRequest):
            self._made_plain(answer)
        if is_difference:
            differences.settle(answer)
            is_short = isinstance(answer, differences.TOO_MUCH)
            self._tell_caught_up(request, getattr(answer, "other_updates", ()), is_short=is_short)
            if not differences.says_where(answer):
                raise TimedOutError(request, "NO_PLACE")

    def _made_plain(self, answer: Any) -> None:
        # Telethon stumbles over a folder among the chats and over a chat without a hash. What is in a folder is asked for by
        # its number; a chat that cannot be asked for is listed all the same.
        folders = [one for one in answer.dialogs if isinstance(one, types.DialogFolder)]
        self.folders.update(one.folder.id for one in folders)
        answer.dialogs = [one for one in answer.dialogs if isinstance(one, types.Dialog)]
        for chat in answer.chats:
            if isinstance(chat, types.Channel) and (chat.min or chat.access_hash is None):
                chat.min, chat.access_hash = False, 0

    def _tell_caught_up(self, request: Any, changes: Sequence[Any], *, is_short: bool) -> None:
        if self.caught_up is not None:
            channel = getattr(request, "channel", None)
            self.caught_up(channel.channel_id if channel is not None else 0, changes, is_short)

    async def _switch_dc(self, new_dc: int) -> None:
        # Telethon moves and leaves the login behind; an account that is moved keeps it.
        ticket = None
        with contextlib.suppress(RPCError):
            ticket = await self(f.auth.ExportAuthorizationRequest(new_dc))
        await super()._switch_dc(new_dc)
        if ticket is not None:
            await self(f.auth.ImportAuthorizationRequest(ticket.id, ticket.bytes))

    async def _handle_auto_reconnect(self) -> None:
        await super()._handle_auto_reconnect()
        if self.reconnected is not None:
            await self.reconnected()

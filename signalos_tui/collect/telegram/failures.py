"""What Telegram's refusals mean for an owner."""

from __future__ import annotations

import asyncio
import errno
import os
from datetime import UTC, datetime
from typing import Final

from telethon import errors
from telethon.errors.common import AuthKeyNotFound

from signalos_tui.model.places import Standing

LOST: Final[dict[type[Exception], tuple[Standing, str]]] = {
    errors.AuthKeyUnregisteredError: (Standing.REVOKED, "the session is not logged in"),
    errors.AuthKeyInvalidError: (Standing.REVOKED, "the session is not logged in"),
    errors.SessionRevokedError: (Standing.REVOKED, "the session was ended from another device"),
    errors.SessionExpiredError: (Standing.REVOKED, "the session has expired"),
    errors.AuthKeyDuplicatedError: (
        Standing.DUPLICATED,
        "the session is used in two places at once; end the other one",
    ),
    errors.UserDeactivatedError: (Standing.BANNED, "the account was deleted; use another one"),
    errors.UserDeactivatedBanError: (Standing.BANNED, "the account was banned by Telegram; use another one"),
    errors.PhoneNumberBannedError: (Standing.BANNED, "the account was banned by Telegram; use another one"),
    AuthKeyNotFound: (Standing.REVOKED, "Telegram does not know the session any more"),
}
"""The session is of no more use, how the login stands then, and why. What lets it in again is said by whoever asks."""

PAUSES: Final = (errors.FloodWaitError, errors.FloodPremiumWaitError, errors.SlowModeWaitError)
"""Telegram wants a pause of `seconds`."""

UNREACHED: Final = (
    OSError,
    asyncio.IncompleteReadError,
    BufferError,
    errors.BadMessageError,
    errors.InvalidChecksumError,
    errors.SecurityError,
)
"""The way to Telegram is broken, or what comes over it is.

To Python a peer that hangs up in the middle is an EOFError, as if nobody typed any more.
"""

UNREADABLE: Final = (errors.TypeNotFoundError,)
"""An answer in words that the library does not know."""
NOT_READ: Final = "Telegram answers with something that this version cannot read"

_DISK: Final = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG)

_WORDS: Final = {
    errors.ChannelPrivateError: "the channel has become private, or you were removed from it",
    errors.ChannelInvalidError: "the channel is gone, or you are no member of it",
    errors.ChatForbiddenError: "you were removed from the group",
    errors.ChatIdInvalidError: "the group is gone, or you are no member of it",
    errors.PeerIdInvalidError: "the group is gone, or you are no member of it",
}


def lost_session(error: Exception) -> str:
    """Why the session is of no more use; "" when it is."""
    return _lost(error)[1]


def is_of_the_chat(error: errors.RPCError) -> bool:
    """Whether it is the chat that may not be seen, whatever is asked of it."""
    return type(error) in _WORDS or isinstance(error, errors.ForbiddenError)


def passes(error: errors.RPCError) -> bool:
    """Whether Telegram only has a trouble of its own (core.telegram.org/api/errors: 500, and -503 for a time-out)."""
    code: int = error.code or 0
    return abs(code) >= 500


def is_of_the_disk(error: BaseException) -> bool:
    """Whether the disk failed and not the network. A file is named then, or, in the midst of writing, only the disk's number."""
    return isinstance(error, OSError) and (error.filename is not None or error.errno in _DISK)


def is_let_in_again(standing: Standing) -> bool:
    """Whether the same account may log in anew."""
    return standing in (Standing.REVOKED, Standing.DUPLICATED)


def unreached(error: BaseException) -> str:
    """Why there is no answer, in words. error: one of `UNREACHED` or `UNREADABLE`."""
    if isinstance(error, UNREADABLE):
        return NOT_READ
    if isinstance(error, OSError) and is_of_the_disk(error):
        return f"the login's file cannot be written: {error.strerror or 'the disk failed'}"
    if isinstance(error, asyncio.IncompleteReadError | ConnectionResetError | BrokenPipeError):
        return "Telegram hangs up"
    number = (isinstance(error, OSError) and error.errno) or 0
    if number > 0 and not isinstance(error, TimeoutError):
        return f"Telegram cannot be reached: {os.strerror(number).lower()}"
    return "Telegram does not answer"


def standing_of(error: Exception) -> Standing:
    """How a login stands whose request was refused like this."""
    return _lost(error)[0]


def _lost(error: Exception) -> tuple[Standing, str]:
    # Whatever else a 401 is called, nobody is logged in (core.telegram.org/api/errors).
    if isinstance(error, errors.UnauthorizedError):
        return LOST.get(type(error), LOST[errors.AuthKeyUnregisteredError])
    return LOST.get(type(error), (Standing.BLIND, ""))


def words(error: errors.RPCError) -> str:
    """A refusal in words; Telegram's own name where we have none."""
    return lost_session(error) or _WORDS.get(type(error)) or f"Telegram says {_name(error)}"


def _name(error: errors.RPCError) -> str:
    # The library calls every refusal that it knows by the name of its kind only, as BAD_REQUEST.
    is_known = type(error).__module__.endswith("rpcerrorlist")
    return type(error).__name__.removesuffix("Error") if is_known or not error.message else str(error.message)


def flooded(seconds: int, now: int) -> str:
    """Asked too often. now: ms UTC."""
    until = datetime.fromtimestamp(now / 1000 + seconds, UTC)
    return f"Telegram wants a pause until {until:%d %b %H:%M:%S} UTC"

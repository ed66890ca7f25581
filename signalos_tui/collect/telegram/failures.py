"""What Telegram's refusals mean for an owner."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from telethon import errors

LOST: Final = {
    errors.AuthKeyUnregisteredError: "the session is not logged in; run `signalos login`",
    errors.SessionRevokedError: "the session was ended from another device; run `signalos login`",
    errors.SessionExpiredError: "the session has expired; run `signalos login`",
    errors.AuthKeyDuplicatedError: "the session is used in two places at once; end it in Telegram and run `signalos login`",
    errors.UserDeactivatedError: "the account was deleted",
    errors.UserDeactivatedBanError: "the account was banned by Telegram; use another one",
    errors.PhoneNumberBannedError: "the account was banned by Telegram; use another one",
}
"""The session is of no more use: the owner has to do something."""

_WORDS: Final = {
    errors.ChannelPrivateError: "the channel has become private, or you were removed from it",
    errors.ChannelInvalidError: "the channel is gone, or you are no member of it",
}


def lost_session(error: errors.RPCError) -> str:
    """Why the session is of no more use; "" when it is."""
    return LOST.get(type(error), "")


def words(error: errors.RPCError) -> str:
    """A refusal in words; Telegram's own name where we have none."""
    return LOST.get(type(error)) or _WORDS.get(type(error)) or f"Telegram says {error.message or type(error).__name__}"


def flooded(seconds: int, now: int) -> str:
    """Asked too often. now: ms UTC."""
    until = datetime.fromtimestamp(now / 1000 + seconds, UTC)
    return f"Telegram wants a pause until {until:%d %b %H:%M:%S} UTC"

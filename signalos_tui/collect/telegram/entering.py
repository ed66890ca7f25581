"""Logging in: phone and code, or a QR code that a phone scans; then the password, where the account has one.

What is wrong is said and asked again, a few times: Telegram bans who guesses. What was typed is handed to Telegram and forgotten.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from telethon import errors

from signalos_tui.collect.telegram import failures
from signalos_tui.collect.telegram.readonly import ReadOnlyClient
from signalos_tui.directory import Talk
from signalos_tui.errors import OperatorNeeded
from signalos_tui.harmless import one_line

TRIES = 3
TOKENS = 20
"""QR codes that are shown, half a minute each."""

_REFUSED: Final = {
    errors.ApiIdInvalidError: (
        "Telegram does not know this api_id with this api_hash",
        "Copy both from my.telegram.org",
    ),
    errors.ApiIdPublishedFloodError: ("Telegram has locked this api_id", "Get one of your own at my.telegram.org"),
    errors.PhoneNumberBannedError: ("Telegram has banned this number", "Use another account"),
    errors.PhoneNumberFloodError: ("Telegram has seen too many logins of this number", "Try again tomorrow"),
    errors.PhonePasswordFloodError: ("Telegram has seen too many logins of this number", "Try again tomorrow"),
    errors.PhoneNumberUnoccupiedError: ("no account has this number", "Make one in a Telegram app first"),
}


async def by_phone(client: ReadOnlyClient, talk: Talk) -> Any:
    """Log in with a code that Telegram sends. client: connected. Returns Telegram's user. Raises OperatorNeeded, OSError."""
    try:
        phone = await _code_sent(client, talk)
        for _ in range(TRIES):
            code = (await talk.ask("Code, as Telegram shows it in your other apps: ")).strip()
            try:
                return await client.sign_in(phone, code)
            except (errors.PhoneCodeInvalidError, errors.PhoneCodeEmptyError):
                talk.tell("That is not the code.")
            except errors.PhoneCodeExpiredError:
                talk.tell("That code has expired; a new one is on its way.")
                await client.send_code_request(phone)
            except errors.SessionPasswordNeededError:
                return await _with_password(client, talk)
        raise OperatorNeeded(f"{TRIES} wrong codes", "Wait a while, and begin again; with --qr there is none to type")
    except errors.RPCError as error:
        raise refused(error) from None


async def by_qr(client: ReadOnlyClient, talk: Talk) -> Any:
    """Log in with a code that a logged-in phone scans; a new one when it expires. As `by_phone`."""
    try:
        code = await client.qr_login()
        for _ in range(TOKENS):
            talk.show(code.url)
            left = (code.expires - datetime.now(UTC)).total_seconds()
            try:
                return await code.wait(min(max(left, 1.0), 30.0))  # a clock that is wrong must not end it
            except TimeoutError:
                await code.recreate()
        raise OperatorNeeded("nobody scanned the code", "Begin again when the phone is at hand")
    except errors.SessionPasswordNeededError:
        try:
            return await _with_password(client, talk)
        except errors.RPCError as error:
            raise refused(error) from None
    except errors.RPCError as error:
        raise refused(error) from None


def refused(error: errors.RPCError) -> OperatorNeeded:
    """What Telegram's refusal means for whoever asked."""
    if isinstance(error, errors.FloodWaitError):
        wait = f"{error.seconds} s" if error.seconds < 120 else f"{error.seconds / 3600:.1f} hours"
        return OperatorNeeded(f"Telegram wants a pause of {wait}", "Try again after that; earlier tries make it longer")
    text, remedy = _REFUSED.get(type(error), ("", ""))
    return OperatorNeeded(text or failures.words(error), remedy)


def shown(user: object) -> str:
    """A person for one line, with no more of the phone number than its end."""
    first, last = (getattr(user, field, None) or "" for field in ("first_name", "last_name"))
    phone = getattr(user, "phone", None) or ""
    return one_line(f"{first} {last}".strip() or "somebody") + (f" (phone ...{one_line(phone[-3:])})" if phone else "")


async def _code_sent(client: ReadOnlyClient, talk: Talk) -> str:
    for _ in range(TRIES):
        phone = (await talk.ask("Phone number, with country code (+49...): ")).strip()
        try:
            await client.send_code_request(phone)
        except (errors.PhoneNumberInvalidError, TypeError):  # Telethon's own words for what has no digits
            talk.tell("That is no phone number Telegram knows.")
        else:
            return phone
    raise OperatorNeeded(f"{TRIES} wrong numbers", "Begin again")


async def _with_password(client: ReadOnlyClient, talk: Talk) -> Any:
    for _ in range(TRIES):
        password = await talk.ask("Password of the second step: ", is_secret=True)
        if not password:
            talk.tell("It was empty.")
            continue
        try:
            return await client.sign_in(password=password)
        except errors.PasswordHashInvalidError:
            talk.tell("That is not the password.")
    raise OperatorNeeded(f"{TRIES} wrong passwords", "Wait a while, and begin again")

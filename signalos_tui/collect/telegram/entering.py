"""Logging in: phone and code, or a QR code that a phone scans; then the password, where the account has one.

What is wrong is said and asked again, a few times: Telegram bans who guesses. What was typed is handed to Telegram and forgotten.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from datetime import UTC, datetime
from typing import Any, Final

from telethon import errors, events, utils
from telethon.tl import functions, types

from signalos_tui.collect.telegram import failures
from signalos_tui.collect.telegram.readonly import ReadOnlyClient
from signalos_tui.directory import Talk
from signalos_tui.errors import OperatorNeeded
from signalos_tui.harmless import one_line

TRIES = 3
TOKENS = 20
"""QR codes that are shown, half a minute each."""

_WHERE: Final = {
    types.auth.SentCodeTypeApp: "Telegram shows it in your other apps",
    types.auth.SentCodeTypeSms: "it came by SMS",
    types.auth.SentCodeTypeSmsWord: "it came by SMS, a word",
    types.auth.SentCodeTypeSmsPhrase: "it came by SMS, a whole phrase",
    types.auth.SentCodeTypeCall: "a call says it",
    types.auth.SentCodeTypeFlashCall: "the whole number that calls you",
    types.auth.SentCodeTypeMissedCall: "the last digits of the number that calls you",
    types.auth.SentCodeTypeFragmentSms: "fragment.com shows it",
    types.auth.SentCodeTypeEmailCode: "it came by e-mail",
}
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
        phone, sent = await _code_sent(client, talk)
        for _ in range(TRIES):
            if isinstance(sent, types.auth.SentCodeSuccess):
                return await client.let_in(sent.authorization)
            code = (await talk.ask(_question(sent))).strip()
            if not code:
                talk.tell("It was empty.")
                continue
            try:
                return await _with_code(client, phone, sent, code)
            except (errors.PhoneCodeInvalidError, errors.PhoneCodeEmptyError):
                talk.tell("That is not the code.")
            except errors.PhoneCodeExpiredError:
                talk.tell("That code has expired; a new one is on its way.")
                sent = await _send_code(client, phone)
            except errors.SessionPasswordNeededError:
                return await _with_password(client, talk)
        raise OperatorNeeded(f"{TRIES} wrong codes", "Wait a while, and begin again; with --qr there is none to type")
    except errors.RPCError as error:
        raise refused(error) from None


async def by_qr(client: ReadOnlyClient, talk: Talk) -> Any:
    """Log in with a code that a logged-in phone scans; a new one when it expires. As `by_phone`."""
    was_scanned = asyncio.Event()

    async def told(_: Any) -> None:
        was_scanned.set()

    client.add_event_handler(told, events.Raw(types.UpdateLoginToken))
    try:
        return await _scanned(client, talk, was_scanned)
    except errors.SessionPasswordNeededError:
        try:
            return await _with_password(client, talk)
        except errors.RPCError as error:
            raise refused(error) from None
    except errors.RPCError as error:
        raise refused(error) from None
    finally:
        client.remove_event_handler(told)


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


async def _code_sent(client: ReadOnlyClient, talk: Talk) -> tuple[str, Any]:
    for _ in range(TRIES):
        phone = utils.parse_phone((await talk.ask("Phone number, with country code (+49...): ")).strip())
        try:
            if phone:
                return phone, await _send_code(client, phone)
        except errors.PhoneNumberInvalidError:
            pass
        talk.tell("That is no phone number Telegram knows.")
    raise OperatorNeeded(f"{TRIES} wrong numbers", "Begin again")


async def _send_code(client: ReadOnlyClient, phone: str) -> Any:
    request = functions.auth.SendCodeRequest(phone, client.api_id, client.api_hash, types.CodeSettings())
    for _ in range(TRIES):
        with contextlib.suppress(errors.AuthRestartError):
            return await client(request)
    return await client(request)


def _question(sent: Any) -> str:
    # Where the code is. Raises OperatorNeeded: none is sent.
    if not isinstance(sent, types.auth.SentCode):
        raise OperatorNeeded("Telegram wants to be paid for a code to this number", "Log in with --qr")
    if isinstance(sent.type, types.auth.SentCodeTypeSetUpEmailRequired):
        text = "Telegram wants an e-mail address for this account before it sends a code"
        raise OperatorNeeded(text, "Give it one in a Telegram app, or log in with --qr")
    return f"Code, as {_WHERE.get(type(sent.type), 'Telegram has sent it')}: "


async def _with_code(client: ReadOnlyClient, phone: str, sent: Any, code: str) -> Any:
    # A code that came by mail is another kind of proof (core.telegram.org/api/auth).
    if not isinstance(sent.type, types.auth.SentCodeTypeEmailCode):
        return await client.sign_in(phone, code, phone_code_hash=sent.phone_code_hash)
    proof = types.EmailVerificationCode(code)
    return await client.let_in(
        await client(functions.auth.SignInRequest(phone, sent.phone_code_hash, email_verification=proof))
    )


async def _scanned(client: ReadOnlyClient, talk: Talk, was_scanned: asyncio.Event) -> Any:
    # Asking for a new code says as well whether the one before was scanned: that it was may have been told to nobody.
    for _ in range(TOKENS):
        was_scanned.clear()
        answer = await client(functions.auth.ExportLoginTokenRequest(client.api_id, client.api_hash, []))
        if isinstance(answer, types.auth.LoginTokenMigrateTo):
            answer = await client.move(answer)
        if isinstance(answer, types.auth.LoginTokenSuccess):
            return await client.let_in(answer.authorization)
        talk.show("tg://login?token=" + base64.urlsafe_b64encode(answer.token).decode().rstrip("="))
        left = (answer.expires - datetime.now(UTC)).total_seconds()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(max(left, 1.0), 30.0)):  # a clock that is wrong must not end it
                await was_scanned.wait()
    raise OperatorNeeded("nobody scanned the code", "Begin again when the phone is at hand")


async def _with_password(client: ReadOnlyClient, talk: Talk) -> Any:
    for _ in range(TRIES):
        password = await talk.ask("Password of the second step: ", is_secret=True)
        if not password:
            talk.tell("It was empty.")
            continue
        try:
            return await _checked(client, password)
        except errors.PasswordHashInvalidError:
            talk.tell("That is not the password.")
    raise OperatorNeeded(f"{TRIES} wrong passwords", "Wait a while, and begin again")


async def _checked(client: ReadOnlyClient, password: str) -> Any:
    # What Telegram asks is good for one try, and for a while; who is late is asked anew (core.telegram.org/api/srp).
    for _ in range(TRIES):
        try:
            return await client.sign_in(password=password)
        except (errors.SrpIdInvalidError, errors.SrpPasswordChangedError):
            continue
        except ValueError:  # the library's, for a way of asking that it does not know
            text = "Telegram asks for the password in a way that this version does not know"
            raise OperatorNeeded(text, "Look for a newer SignalOS") from None
    raise OperatorNeeded("Telegram does not take the password now", "Try again in a while")

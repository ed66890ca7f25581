"""Every way in which Telegram may let somebody in, or may not: core.telegram.org/api/auth, /api/srp, /api/qr-login."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from telethon.sessions import MemorySession
from telethon.tl import functions, types

from signalos_tui.collect.telegram import entering
from signalos_tui.collect.telegram.readonly import ReadOnlyClient
from signalos_tui.errors import OperatorNeeded
from tests.support.telegram.config import DC
from tests.support.telegram.login import Srp
from tests.support.telegram.server import Server
from tests.support.telegram.session import Failed
from tests.support.telegram.world import World

CODE = functions.auth.SendCodeRequest
TOKEN = functions.auth.ExportLoginTokenRequest


class Desk:
    """Somebody who logs in. typed: his answers. shown: called with each code to scan."""

    def __init__(self, *typed: str, shown: Callable[[str], None] = lambda link: None) -> None:
        self.typed = list(typed)
        self.asked: list[str] = []
        self.told: list[str] = []
        self.show = shown

    async def ask(self, question: str, *, is_secret: bool = False) -> str:
        """The next answer."""
        self.asked.append(question)
        return self.typed.pop(0)

    def tell(self, text: str) -> None:
        """A line."""
        self.told.append(text)


class Door:
    """A Telegram where an account wants in, and the client that brings it there."""

    def __init__(self) -> None:
        self.world = World()
        self.owner = self.world.person("+491701")
        self.server = Server(self.world)

    def says(self, kind: type[Any], change: Callable[[Any, Any], Any]) -> None:
        """What the server answers to one kind of request, given the connection and what it would have answered."""
        answer = self.server.door.answer

        def other(session: Any, request: Any) -> Any:
            return change(session, answer(session, request)) if isinstance(request, kind) else answer(session, request)

        self.server.door.answer = other  # type: ignore[method-assign]


@contextlib.asynccontextmanager
async def opened(door: Door) -> AsyncIterator[ReadOnlyClient]:
    """The client, connected."""
    async with door.server:
        session = MemorySession()
        session.set_dc(DC, "127.0.0.1", door.server.port)
        client = ReadOnlyClient(session, 1, "0" * 32, raise_last_call_error=True, flood_sleep_threshold=0)
        await client.connect()
        try:
            yield client
        finally:
            await client.disconnect()


async def test_code_when_it_came_by_mail_then_given_as_such_and_its_owner_is_told_where_it_is() -> None:
    door = Door()
    door.says(CODE, lambda _, sent: types.auth.SentCode(types.auth.SentCodeTypeEmailCode("o**@x.org", 5), "hash"))
    serve = door.server._serve

    async def by_mail(session: Any, request: Any) -> Any:
        if isinstance(request, functions.auth.SignInRequest):
            assert request.phone_code is None
            request.phone_code = request.email_verification.code
        return await serve(session, request)

    door.server._serve = by_mail  # type: ignore[method-assign]
    desk = Desk("+491701", "00000", "12345")
    async with opened(door) as client:
        me = await entering.by_phone(client, desk)
        assert me.id == door.owner.id
        assert await client.is_user_authorized()
    assert desk.asked[1] == "Code, as it came by e-mail: "
    assert desk.told == ["That is not the code."]


async def test_code_when_nothing_is_typed_then_said_and_no_other_one_is_sent() -> None:
    """Telethon takes that for the wish to have it sent again, and its answer is nobody who is logged in."""
    door = Door()
    desk = Desk("+491701", "", "12345")
    async with opened(door) as client:
        me = await entering.by_phone(client, desk)
        assert me.id == door.owner.id
    assert not door.server.requests("ResendCode")


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (types.auth.SentCode(types.auth.SentCodeTypeSetUpEmailRequired(), "hash"), "wants an e-mail address"),
        (types.auth.SentCodePaymentRequired("p", "hash", "m@x.org", "s", 0, "USD", 1), "wants to be paid"),
    ],
)
async def test_code_when_none_is_sent_then_said_and_not_asked_for(sent: Any, says: str) -> None:
    door = Door()
    door.says(CODE, lambda _, __: sent)
    desk = Desk("+491701")
    async with opened(door) as client:
        with pytest.raises(OperatorNeeded, match=says):
            await entering.by_phone(client, desk)


async def test_number_when_it_needs_no_code_then_inside() -> None:
    door = Door()

    def at_once(session: Any, _: Any) -> Any:
        return types.auth.SentCodeSuccess(door.server.door._let_in(session, door.owner))

    door.says(CODE, at_once)
    async with opened(door) as client:
        assert (await entering.by_phone(client, Desk("+491701"))).id == door.owner.id


async def test_password_when_the_question_has_grown_old_then_answered_anew_without_asking_its_owner() -> None:
    door = Door()
    door.owner.password = "open sesame"
    door.server.refuse_next("CheckPassword", Failed(400, "SRP_ID_INVALID"))
    desk = Desk("+491701", "12345", "open sesame")
    async with opened(door) as client:
        assert (await entering.by_phone(client, desk)).id == door.owner.id
    assert desk.told == []


async def test_password_when_it_is_asked_for_in_an_unknown_way_then_said(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door()
    door.owner.password = "open sesame"
    asked = vars(Srp)["tl"].fget

    def unknown(srp: Srp) -> Any:
        question = asked(srp)
        question.current_algo = types.PasswordKdfAlgoUnknown()
        return question

    monkeypatch.setattr(Srp, "tl", property(unknown))
    async with opened(door) as client:
        with pytest.raises(OperatorNeeded, match="a way that this version does not know"):
            await entering.by_phone(client, Desk("+491701", "12345", "open sesame"))


@pytest.mark.parametrize("password", ["", "open sesame"])
async def test_code_to_scan_when_it_was_scanned_and_nobody_told_us_then_inside_with_the_next_one(password: str) -> None:
    """The word of it may be lost with a connection; asking for a new code says so as well."""
    door = Door()
    door.owner.password = password
    now = door.world.clock
    door.world.clock = lambda: now() - 29  # a code lives for half a minute

    def scan(_: str) -> None:
        session = door.server.door.tokens.popitem()[1]
        door.server.door.inside[door.server.door._key(session)] = door.owner

    async with opened(door) as client:
        assert (await entering.by_qr(client, Desk(password, shown=scan))).id == door.owner.id
        assert await client.is_user_authorized()

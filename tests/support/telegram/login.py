"""Logging in, the server's half: code, password in two steps (SRP), QR token, and the list of sessions.

Source: core.telegram.org/api/auth, /api/srp, /api/qr-login.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from hashlib import pbkdf2_hmac, sha256
from typing import Any

from telethon.tl import TLObject, functions, types

from tests.support.telegram.handshake import GENERATOR, PRIME
from tests.support.telegram.session import Failed, Session
from tests.support.telegram.world import Person, World, at

SIZE = 256


def _hash(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()


def _wide(number: int) -> bytes:
    return number.to_bytes(SIZE, "big")


@dataclass
class Srp:
    """One try at a password. verifier: what a server keeps instead of the password."""

    person: Person
    salt1: bytes = field(default_factory=lambda: os.urandom(16))
    salt2: bytes = field(default_factory=lambda: os.urandom(16))
    secret: int = field(default_factory=lambda: int.from_bytes(os.urandom(SIZE), "big") % PRIME)

    def __post_init__(self) -> None:
        inner = _hash(self.salt1, self.person.password.encode(), self.salt1)
        first = _hash(self.salt2, inner, self.salt2)
        slow = pbkdf2_hmac("sha512", first, self.salt1, 100_000)
        self.verifier = pow(GENERATOR, int.from_bytes(_hash(self.salt2, slow, self.salt2), "big"), PRIME)
        k = int.from_bytes(_hash(_wide(PRIME), _wide(GENERATOR)), "big")
        self.public = (k * self.verifier + pow(GENERATOR, self.secret, PRIME)) % PRIME

    @property
    def tl(self) -> types.account.Password:
        """The question."""
        algorithm = types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(
            self.salt1, self.salt2, GENERATOR, _wide(PRIME)
        )
        return types.account.Password(
            new_algo=algorithm,
            new_secure_algo=types.SecurePasswordKdfAlgoUnknown(),
            secure_random=os.urandom(32),
            has_password=True,
            current_algo=algorithm,
            srp_B=_wide(self.public),
            srp_id=1,
            hint="the usual",
        )

    def is_right(self, answer: types.InputCheckPasswordSRP) -> bool:
        """Whether the client knows the password."""
        a = int.from_bytes(answer.A, "big")
        u = int.from_bytes(_hash(_wide(a), _wide(self.public)), "big")
        shared = _hash(_wide(pow(a * pow(self.verifier, u, PRIME), self.secret, PRIME)))
        mixed = bytes(x ^ y for x, y in zip(_hash(_wide(PRIME)), _hash(_wide(GENERATOR)), strict=True))
        proof = _hash(mixed, _hash(self.salt1), _hash(self.salt2), _wide(a), _wide(self.public), shared)
        return bool(proof == answer.M1)


class Doorman:
    """Who is logged in, by authorization key."""

    def __init__(self, world: World, dc: int) -> None:
        self._world = world
        self._dc = dc
        self.inside: dict[bytes, Person] = {}
        self.half: dict[bytes, Srp] = {}
        self.tokens: dict[bytes, Session] = {}
        self.elsewhere: dict[bytes, Person] = {}
        """Whose QR code was scanned, and whose account is another data centre's."""
        self.revoked: dict[bytes, str] = {}
        """Keys that no longer work, and the error that says so."""

    def person(self, session: Session) -> Person:
        """Who asks. Raises Failed."""
        key = self._key(session)
        if key in self.revoked:
            raise Failed(406 if self.revoked[key] == "AUTH_KEY_DUPLICATED" else 401, self.revoked[key])
        if key not in self.inside:
            raise Failed(401, "AUTH_KEY_UNREGISTERED")
        return self.inside[key]

    def revoke(self, person: Person, why: str = "SESSION_REVOKED") -> None:
        """End every login of a person, from the outside."""
        for key in [key for key, one in self.inside.items() if one is person]:
            self.revoked[key] = why

    def accept(self, token: bytes, person: Person) -> None:
        """Somebody scanned the QR code with the phone of `person`."""
        session = self.tokens.pop(token)
        (self.elsewhere if person.dc not in (0, self._dc) else self.inside)[self._key(session)] = person
        session.send(types.UpdateShort(types.UpdateLoginToken(), at(self._world.clock())))

    def answer(self, session: Session, request: TLObject) -> Any:
        """A request of this part of the API; NotImplemented for any other. Raises Failed."""
        match request:
            case functions.auth.SendCodeRequest():
                person = self._phone(request.phone_number)
                if person.dc not in (0, self._dc):
                    raise Failed(303, f"PHONE_MIGRATE_{person.dc}")
                return types.auth.SentCode(types.auth.SentCodeTypeApp(5), phone_code_hash="hash")
            case functions.auth.SignInRequest():
                return self._sign_in(session, request)
            case functions.account.GetPasswordRequest():
                return self.half[self._key(session)].tl
            case functions.auth.CheckPasswordRequest():
                return self._password(session, request)
            case functions.auth.ExportLoginTokenRequest():
                return self._token(session)
            case functions.auth.LogOutRequest():
                self.person(session)
                self.inside.pop(self._key(session), None)
                return types.auth.LoggedOut()
            case functions.account.GetAuthorizationsRequest():
                return self._authorizations(session)
            case functions.account.ResetAuthorizationRequest():
                return self._reset(request.hash)
        return self._between(session, request)

    def _between(self, session: Session, request: TLObject) -> Any:
        # What takes a login from one data centre to another.
        match request:
            case functions.auth.ImportLoginTokenRequest():
                return types.auth.LoginTokenSuccess(self._let_in(session, self._sent(request.token)))
            case functions.auth.ExportAuthorizationRequest():
                return types.auth.ExportedAuthorization(1, self._ticket(self.person(session)))
            case functions.auth.ImportAuthorizationRequest():
                person = self.inside[self._key(session)] = self._sent(request.bytes)
                return types.auth.Authorization(person.tl)
        return NotImplemented

    def _ticket(self, person: Person) -> bytes:
        ticket = os.urandom(16)
        self._world.exported[ticket] = person
        return ticket

    def _sent(self, ticket: bytes) -> Person:
        person = self._world.exported.pop(ticket, None)
        if person is None:
            raise Failed(400, "AUTH_BYTES_INVALID")
        return person

    def _phone(self, phone: str) -> Person:
        wanted = "".join(filter(str.isdigit, phone))
        for person in self._world.people.values():
            if "".join(filter(str.isdigit, person.phone)) == wanted:
                return person
        raise Failed(400, "PHONE_NUMBER_INVALID")

    def _sign_in(self, session: Session, request: functions.auth.SignInRequest) -> TLObject:
        person = self._phone(request.phone_number)
        if request.phone_code != person.code:
            raise Failed(400, "PHONE_CODE_INVALID")
        return self._let_in(session, person)

    def _let_in(self, session: Session, person: Person) -> TLObject:
        if person.password:
            self.half[self._key(session)] = Srp(person)
            raise Failed(401, "SESSION_PASSWORD_NEEDED")
        self.inside[self._key(session)] = person
        return types.auth.Authorization(person.tl)

    def _password(self, session: Session, request: functions.auth.CheckPasswordRequest) -> TLObject:
        srp = self.half[self._key(session)]
        if not srp.is_right(request.password):
            raise Failed(400, "PASSWORD_HASH_INVALID")
        self.inside[self._key(session)] = srp.person
        return types.auth.Authorization(srp.person.tl)

    def _token(self, session: Session) -> TLObject:
        key = self._key(session)
        if key in self.elsewhere:
            person = self.elsewhere.pop(key)
            return types.auth.LoginTokenMigrateTo(person.dc, self._ticket(person))
        if key in self.inside:
            person = self.inside[key]
            if person.password and key not in self.half:
                del self.inside[key]
                return self._let_in(session, person)
            return types.auth.LoginTokenSuccess(types.auth.Authorization(person.tl))
        token = os.urandom(16)
        self.tokens[token] = session
        return types.auth.LoginToken(at(self._world.clock() + 30), token)

    def _authorizations(self, session: Session) -> TLObject:
        me, mine = self.person(session), self._key(session)
        now = at(self._world.clock())
        return types.account.Authorizations(
            180,
            [
                types.Authorization(
                    hash=0 if key == mine else int.from_bytes(key[:7], "little"),
                    device_model="test",
                    platform="test",
                    system_version="1",
                    api_id=1,
                    app_name="SignalOS",
                    app_version="1",
                    date_created=now,
                    date_active=now,
                    ip="127.0.0.1",
                    country="",
                    region="",
                    current=key == mine,
                )
                for key, person in self.inside.items()
                if person is me and key not in self.revoked
            ],
        )

    def _reset(self, wanted: int) -> bool:
        for key in list(self.inside):
            if int.from_bytes(key[:7], "little") == wanted:
                self.revoked[key] = "SESSION_REVOKED"
                return True
        raise Failed(400, "HASH_INVALID")

    def _key(self, session: Session) -> bytes:
        assert session.key is not None
        return session.key.id

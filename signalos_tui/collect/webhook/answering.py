"""Who may post, and what is answered: the rules of the door, without a socket.

Before the token has been seen nothing is said but a number and a word or two, whatever was asked. After it, an alert that cannot
be taken is told to its sender and to the owner: somebody wanted something traded, and it will not be.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from msgspec import Struct

from signalos_tui.clock import Clock
from signalos_tui.collect.webhook.alerts import Alert, alert_of, opened
from signalos_tui.collect.webhook.fields import Unusable
from signalos_tui.collect.webhook.letterbox import Fate, Letterbox
from signalos_tui.harmless import one_line
from signalos_tui.link.secret import Secret
from signalos_tui.logs import logger

LARGEST_BODY = 16_384
"""Bytes of an alert."""
DISK_S = 2.0
"""The longest the disk is waited for: TradingView hangs up after three seconds."""
PREFIX = "/hook/"
_MINUTE_MS = 60_000

_log = logger("signalos.webhook")


class Rules(Struct, frozen=True, kw_only=True):
    """What the door is told.

    allow_from: addresses and networks; () for all. client_header: where a proxy in front says who asked, "" for nowhere.
    trusts_any_proxy: also one that is not on this machine. per_minute: alerts of a hook. max_age_s: of an alert that says when.
    """

    allow_from: tuple[str, ...] = ()
    client_header: str = ""
    trusts_any_proxy: bool = False
    per_minute: int = 60
    max_age_s: float = 60.0


class Head(Struct, frozen=True):
    """A request without its body. headers: names in small letters. peer: the address of the connection."""

    method: str
    target: str
    headers: Mapping[str, str]
    peer: str


class Reply(Struct, frozen=True):
    """What is answered: a status and one line."""

    status: HTTPStatus
    text: str = ""


class Doorman:
    """Answers requests: `refusal` by their head alone, `answer` with their body."""

    def __init__(self, box: Letterbox, token: Secret, rules: Rules, clock: Clock) -> None:
        self._box = box
        self._token = token
        self._rules = rules
        self._clock = clock
        self._networks = networks(rules.allow_from)
        self._taken: dict[str, deque[int]] = {hook: deque() for hook in box.books}
        self._strangers = 0
        self._told_at = 0

    def refusal(self, head: Head) -> Reply | None:
        """Why a request is not read any further; None when its body is to be read."""
        if not head.target.startswith(PREFIX):
            return Reply(HTTPStatus.NOT_FOUND, "no such place")
        if head.method != "POST":
            return Reply(HTTPStatus.METHOD_NOT_ALLOWED, "alerts are posted")
        if not self._is_allowed(head):
            self._stranger(head, "an address that is not allowed")
            return Reply(HTTPStatus.FORBIDDEN, "not from here")
        if head.headers.get("content-encoding", "identity").lower() != "identity":
            return Reply(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "no compression, please")
        size = head.headers.get("content-length", "0")
        if len(size) > 9 or int(size) > LARGEST_BODY:
            return Reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"an alert has at most {LARGEST_BODY} bytes")
        return None

    async def answer(self, head: Head, body: bytes) -> Reply:
        """What a whole request is answered; an alert is on disk before it is said to be taken."""
        parcel = opened(body)
        if not self._token.is_same(_bearer(head.headers) or parcel.token):
            self._stranger(head, "a token that is not ours, or none")
            return Reply(HTTPStatus.UNAUTHORIZED, "the token is missing or wrong")
        hook = head.target.removeprefix(PREFIX)
        if hook not in self._taken:
            return Reply(HTTPStatus.NOT_FOUND, "there is no such hook")
        if not self._has_room(hook):
            return self._refused(hook, HTTPStatus.TOO_MANY_REQUESTS, f"more than {self._rules.per_minute} in a minute")
        try:
            alert = alert_of(parcel)
            self._check(alert)
        except Unusable as why:
            return self._refused(hook, HTTPStatus.BAD_REQUEST, str(why))
        return await self._take(hook, alert)

    def closed(self, why: str) -> None:
        """Nobody is at the door: every hook says so until an alert is taken again."""
        for hook in self._taken:
            self._box.refuse(hook, why)

    async def _take(self, hook: str, alert: Alert) -> Reply:
        try:
            async with asyncio.timeout(DISK_S):
                receipt = await asyncio.shield(asyncio.wrap_future(self._box.take(hook, alert)))
        except TimeoutError:
            why = "the disk does not answer: it is not known whether the alert is kept"
            return self._refused(hook, HTTPStatus.SERVICE_UNAVAILABLE, why)
        except OSError as error:
            _log.error("an alert could not be written", hook=hook, why=str(error))
            return self._refused(hook, HTTPStatus.SERVICE_UNAVAILABLE, "the disk takes nothing, nothing was kept")
        match receipt.fate:
            case Fate.TAKEN:
                return Reply(HTTPStatus.OK, f"taken as {receipt.number}")
            case Fate.KNOWN:
                _log.info("an alert came again and was not posted again", hook=hook, number=receipt.number)
                return Reply(HTTPStatus.OK, f"known as {receipt.number}")
            case Fate.CONFLICT:
                why = "its id was another alert's: every alert needs one of its own"
                return self._refused(hook, HTTPStatus.CONFLICT, why)

    def _check(self, alert: Alert) -> None:
        if self._token.reveal() in "\n".join((*alert.posts, alert.id)):
            raise Unusable("the token stands in what would be posted")
        if alert.sent is None:
            return
        age = (self._clock.now() - alert.sent) / 1000
        if abs(age) > self._rules.max_age_s:
            when = f"{age:.0f} s ago" if age > 0 else f"in {-age:.0f} s, by this clock"
            raise Unusable(f"sent {when}, at most {self._rules.max_age_s:g} s are allowed")

    def _refused(self, hook: str, status: HTTPStatus, why: str) -> Reply:
        # One who has the token is told why, and so is the owner.
        if self._token.reveal() in why:
            why = "the token stands where it does not belong"
        moment = f"{datetime.fromtimestamp(self._clock.now() / 1000, UTC):%H:%M:%S} UTC"
        _log.warning("an alert was refused", hook=hook, why=why, status=int(status))
        self._box.refuse(hook, f"an alert at {moment} was not taken: {why}")
        return Reply(status, why)

    def _has_room(self, hook: str) -> bool:
        now, taken = self._clock.now(), self._taken[hook]
        while taken and not 0 <= now - taken[0] < _MINUTE_MS:
            taken.popleft()
        if len(taken) >= self._rules.per_minute:
            return False
        taken.append(now)
        return True

    def _is_allowed(self, head: Head) -> bool:
        if not self._networks:
            return True
        try:
            address = _address(self._client(head))
        except ValueError:
            return False
        return any(address in network for network in self._networks)

    def _client(self, head: Head) -> str:
        # A header is believed of a proxy only; what stands last in a list is what that proxy itself has seen.
        named = head.headers.get(self._rules.client_header.lower(), "") if self._rules.client_header else ""
        if named and (self._rules.trusts_any_proxy or _address(head.peer).is_loopback):
            return named.rpartition(",")[2].strip()
        return head.peer

    def _stranger(self, head: Head, what: str) -> None:
        # Somebody knocks: told once a minute, however often.
        self._strangers += 1
        now = self._clock.now()
        if abs(now - self._told_at) >= _MINUTE_MS:
            _log.warning("requests were refused", why=what, last_from=one_line(head.peer), count=self._strangers)
            self._told_at, self._strangers = now, 0


def networks(allowed: Sequence[str]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Addresses and networks as they are compared. Raises ValueError for what is neither."""
    return [ipaddress.ip_network(one) for one in allowed]


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def _bearer(headers: Mapping[str, str]) -> str:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""

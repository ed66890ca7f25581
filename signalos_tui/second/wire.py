"""The only way out: one request to the owner's model server over HTTP, its answer as bytes, within limits.

No redirect is followed (the key would go along), no proxy or password is taken from the environment, nothing is unpacked, and
a body ends at `LARGEST`. What goes wrong becomes a sentence of ours: no header, no body and no library's words.
httpx is loaded when the first question is asked, in a thread, because loading it takes longer than the loop may stand still.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from signalos_tui.second.failures import Unanswered

if TYPE_CHECKING:
    import httpx

LARGEST = 262_144
LONGEST_WAIT_S = 60.0
"""A server that asks to wait longer is not waited for."""

_ALWAYS = {"content-type": "application/json", "accept": "application/json", "accept-encoding": "identity"}


class Reply(NamedTuple):
    """What a server said. after_s: how long it asks to be left alone."""

    status: int
    body: bytes
    after_s: float = 0


class Wire:
    """A connection to one server."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._client: httpx.AsyncClient | None = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a question. Raises Unanswered when nothing usable came back."""
        return await self._sent("POST", url, headers, body)

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Ask what there is. Raises Unanswered."""
        return await self._sent("GET", url, headers, b"")

    async def close(self) -> None:
        """Let go of the connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _sent(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if self._client is None:
            self._client = await asyncio.to_thread(_client, self._timeout_s)
        failure = await self._tried(self._client, method, url, headers, body)
        if isinstance(failure, Unanswered):
            raise failure
        return failure

    async def _tried(
        self, client: httpx.AsyncClient, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Reply | Unanswered:
        # Returned, not raised from inside: an error that remembers httpx's own would remember the request and its key.
        import httpx

        try:
            async with client.stream(method, url, headers={**_ALWAYS, **headers}, content=body) as response:
                return await _read(response)
        except Unanswered as failure:
            return failure
        except httpx.TimeoutException:
            return slow(self._timeout_s)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            what = type(error).__name__
        return Unanswered(
            "second_down", f"its server cannot be reached ({what})", "Start the server, or correct the url", again=True
        )


def slow(timeout_s: float) -> Unanswered:
    """The time for an answer is over."""
    return Unanswered("second_slow", f"no answer within {timeout_s:g} s", "Raise timeout_s, or take a smaller model")


async def _read(response: httpx.Response) -> Reply:
    after_s = _seconds(response.headers.get("retry-after", ""))
    if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise Unanswered("second_unusable", "its server sends packed answers, which are not unpacked")
    found = bytearray()
    async for part in response.aiter_raw():
        found += part
        if len(found) > LARGEST:
            raise Unanswered("second_unusable", f"its server sends more than {LARGEST >> 10} kB")
    return Reply(response.status_code, bytes(found), after_s)


def _client(timeout_s: float) -> httpx.AsyncClient:
    import httpx

    limits = httpx.Limits(max_connections=2, max_keepalive_connections=1)
    return httpx.AsyncClient(timeout=timeout_s, limits=limits, follow_redirects=False, trust_env=False)


def _seconds(written: str) -> float:
    # "Retry-After: 7"; a date is not waited for.
    return float(written) if written.isascii() and written.isdigit() and len(written) < 6 else 0.0

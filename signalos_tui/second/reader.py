"""The second reader itself: from a post that the rules hold to an opinion, whatever happens on the way.

`ask` has no other outcome than an `Opinion`. It sees one text and gives back that text's own numbers, or the reason why not.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import Protocol

from signalos_tui.config import SecondReader
from signalos_tui.decode import Profile, grounds
from signalos_tui.model.opinions import Opinion, Usage
from signalos_tui.model.signals import Reading
from signalos_tui.second.answer import parse_answer
from signalos_tui.second.asking import Breaker, Budget, attempted
from signalos_tui.second.compare import differences
from signalos_tui.second.failures import Unanswered, Unproven
from signalos_tui.second.prompt import Prompt, prompt
from signalos_tui.second.proof import proven
from signalos_tui.second.providers import PROVIDERS, Answered
from signalos_tui.second.secret import read_key
from signalos_tui.second.wire import Reply, Wire

LONGEST_TEXT = 4096
"""Characters of a post that is sent; platforms allow no longer ones."""

LETTERS_A_TOKEN = 3
"""For servers that do not count: what a token is worth at least, in characters."""

MOST_TOKENS = 1_000_000
"""A server that counts more tokens for one question does not count."""

BAD_REQUEST = 400


class Link(Protocol):
    """A way to the server; `Wire` is the real one."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a question. Raises Unanswered."""
        ...

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Ask what there is. Raises Unanswered."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...


class ModelReader:
    """One model at one server. jitter: 0 to 1, spreads the attempts."""

    def __init__(
        self,
        settings: SecondReader,
        *,
        jitter: Callable[[], float],
        link: Link | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._settings = settings
        self._provider = PROVIDERS[settings.provider]
        self._url = (settings.url or self._provider.default_url).rstrip("/")
        self._link = link or Wire(settings.timeout_s)
        self._environ = environ
        self._jitter = jitter
        self._has_schemas = True
        self._breaker = Breaker()
        self._budget = Budget(settings.requests_per_day, settings.tokens_per_day)

    async def ask(self, text: str, profile: Profile, rules: Reading, used: Usage, now: int) -> Opinion:
        """What the model makes of a post, proven and compared with `rules`. used: of this day; now: ms UTC."""
        loop, spent = asyncio.get_running_loop(), _Spent()
        started = loop.time()
        try:
            opinion = await self._asked(text, profile, rules, used, now, spent)
        except (Unanswered, Unproven) as failure:
            opinion = Opinion(why=failure.reason)
        latency = round((loop.time() - started) * 1000) if spent.requests else 0
        return Opinion(
            reading=opinion.reading,
            agrees=opinion.agrees,
            differs=opinion.differs,
            why=opinion.why,
            model=self._settings.model,
            requests=spent.requests,
            latency_ms=latency,
            tokens=spent.tokens,
        )

    async def check(self) -> str:
        """Whether the server answers and takes the key: what was reached. Raises Unanswered."""
        settings, headers = self._settings, self._provider.headers(read_key(self._settings, self._environ))
        url = self._provider.models(self._url, settings.model)

        async def send() -> Reply:
            return await self._link.get(url, headers)

        found = await attempted(
            send,
            lambda body: Answered(body.decode("utf-8", "replace"), 0),
            attempts=1,
            timeout_s=settings.timeout_s,
            jitter=self._jitter,
        )
        if settings.model not in found.text:
            raise Unanswered(
                "second_config",
                f"{self._url} does not list the model {settings.model}",
                "Check model, or load it there",
            )
        return f"{settings.model} at {self._url}"

    async def close(self) -> None:
        """Let go of the connection."""
        await self._link.close()

    async def _asked(
        self, text: str, profile: Profile, rules: Reading, used: Usage, now: int, spent: _Spent
    ) -> Opinion:
        if len(text) > LONGEST_TEXT:
            raise Unanswered("second_long", f"not asked: the post is longer than {LONGEST_TEXT} characters")
        attempts = self._budget.left(used.on(now), self._settings.attempts)
        rest = self._breaker.rest_ms(now)
        if rest:
            raise Unanswered("second_paused", f"not asked: its server keeps failing, next in {rest // 1000 + 1} s")
        headers = self._provider.headers(read_key(self._settings, self._environ))
        try:
            written = await self._answer(prompt(text), headers, attempts, spent)
            answer = parse_answer(written)
        except Unanswered:
            self._breaker.failed(now)
            raise
        self._breaker.answered()
        reading = proven(answer, grounds(text, profile))
        differs = differences(rules, reading)
        return Opinion(reading=reading, agrees=not differs, differs=differs)

    async def _answer(self, asked: Prompt, headers: Mapping[str, str], attempts: int, spent: _Spent) -> str:
        settings, provider = self._settings, self._provider

        async def send() -> Reply:
            request = provider.request(self._url, settings.model, asked, self._has_schemas)
            spent.request(len(request.body))
            reply = await self._link.post(request.url, headers, request.body)
            if (
                reply.status == BAD_REQUEST
            ):  # perhaps a server that cannot hold a model to a schema: the form is only asked for
                self._has_schemas = False
            return reply

        def understand(body: bytes) -> Answered:
            found = provider.answer(body)
            spent.answer(found)
            return found

        found = await attempted(send, understand, attempts=attempts, timeout_s=settings.timeout_s, jitter=self._jitter)
        return found.text


class _Spent:
    # What a question has used, however it ends. What a server does not count is estimated: nothing is free.
    def __init__(self) -> None:
        self.requests = 0
        self.tokens = 0
        self._last = 0

    def request(self, size: int) -> None:
        self.requests += 1
        self._last = size // LETTERS_A_TOKEN
        self.tokens += self._last

    def answer(self, found: Answered) -> None:
        if 0 < found.tokens <= MOST_TOKENS:
            self.tokens += found.tokens - self._last
        else:
            self.tokens += len(found.text) // LETTERS_A_TOKEN

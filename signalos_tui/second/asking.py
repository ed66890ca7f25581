"""When to ask, how often, and when to stop asking: attempts with back-off, one time limit, a breaker and a day's budget.

Time and chance come in as arguments. A question ends in an answer or in `Unanswered`, never later than its time limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from signalos_tui.model.opinions import Usage
from signalos_tui.second.failures import Unanswered
from signalos_tui.second.providers import Answered
from signalos_tui.second.wire import LONGEST_WAIT_S, Reply, slow

BACKOFF_S = 0.5
FAILURES = 3
PAUSE_MS = 60_000
LONGEST_PAUSE_MS = 1_800_000

_REFUSED = {
    401: ("second_key", "its server refuses the key", "Put a valid key where key_env or key_file says"),
    402: ("second_key", "its server asks for payment", "Look at your account there"),
    403: ("second_key", "its server refuses the key", "Put a valid key where key_env or key_file says"),
    404: ("second_config", "its server does not know the address or the model", "Check url and model"),
}


class Breaker:
    """Stops asking a server that keeps failing: a minute at first, twice as long each time, half an hour at most."""

    def __init__(self) -> None:
        self._failures = 0
        self._pause_ms = PAUSE_MS
        self._until = 0

    def rest_ms(self, now: int) -> int:
        """How long it is left alone from `now`, ms UTC; 0 when it may be asked. A clock that jumps back ends the pause."""
        left = self._until - now
        return left if 0 < left <= self._pause_ms else 0

    def failed(self, now: int) -> None:
        """A question came to nothing."""
        self._failures += 1
        if self._failures < FAILURES:
            return
        if self._failures > FAILURES:
            self._pause_ms = min(self._pause_ms * 2, LONGEST_PAUSE_MS)
        self._until = now + self._pause_ms

    def answered(self) -> None:
        """It works."""
        self._failures, self._pause_ms, self._until = 0, PAUSE_MS, 0


class Budget:
    """What may be used in one day; 0: no limit."""

    def __init__(self, requests: int, tokens: int) -> None:
        self._requests = requests
        self._tokens = tokens

    def left(self, used: Usage, attempts: int) -> int:
        """How many of `attempts` may be made. Raises Unanswered when the day's budget is used up."""
        if self._requests and used.requests >= self._requests:
            raise _spent(f"{self._requests} requests")
        if self._tokens and used.tokens >= self._tokens:
            raise _spent(f"{self._tokens} tokens")
        return min(attempts, self._requests - used.requests) if self._requests else attempts


def _spent(what: str) -> Unanswered:
    text = f"not asked: today's {what} are used up"
    return Unanswered("second_budget", text, "Raise the budget under [second_reader], or wait until midnight UTC")


async def attempted(
    send: Callable[[], Awaitable[Reply]],
    understand: Callable[[bytes], Answered],
    *,
    attempts: int,
    timeout_s: float,
    jitter: Callable[[], float],
) -> Answered:
    """The answer to one question. jitter: 0 to 1. Raises Unanswered."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + timeout_s
    try:
        async with asyncio.timeout_at(ends):
            for attempt in range(1, attempts + 1):
                try:
                    return understand(_accepted(await send()))
                except Unanswered as failure:
                    wait_s = max(failure.after_s, BACKOFF_S * 2 ** (attempt - 1) * (0.5 + jitter()))
                    if not failure.again or attempt == attempts or loop.time() + wait_s >= ends:
                        raise
                await asyncio.sleep(wait_s)
    except TimeoutError:
        pass
    raise slow(timeout_s)


def _accepted(reply: Reply) -> bytes:
    # A body that is worth reading; everything else by its number alone.
    status = reply.status
    if status == 200:
        return reply.body
    if status in _REFUSED:
        code, text, remedy = _REFUSED[status]
        raise Unanswered(code, f"{text} ({status})", remedy)
    if status == 400:
        text = "its server does not accept the question (400)"
        raise Unanswered("second_config", text, "Check provider, url and model", again=True)
    if status == 429:
        waits = reply.after_s <= LONGEST_WAIT_S
        text = "its server asks to be asked less often (429)"
        raise Unanswered("second_busy", text, "Wait, or raise your limits there", again=waits, after_s=reply.after_s)
    if 300 <= status < 400:
        text = f"its server sends the question elsewhere ({status}), which is not followed"
        raise Unanswered("second_config", text, "Name the final address as url")
    if status >= 500:
        raise Unanswered("second_failing", f"its server fails ({status})", "Look at its log", again=True)
    raise Unanswered("second_config", f"its server answers {status}", "Check provider and url")

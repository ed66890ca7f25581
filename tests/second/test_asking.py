"""Attempts, back-off, time limit, breaker and budget, in simulated time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from signalos_tui.clock import VirtualTimeLoop
from signalos_tui.model.opinions import DAY_MS, Opinion, Usage
from signalos_tui.second.asking import FAILURES, LONGEST_PAUSE_MS, PAUSE_MS, Breaker, Budget, attempted
from signalos_tui.second.failures import Unanswered
from signalos_tui.second.providers import Answered
from signalos_tui.second.wire import Reply

T = TypeVar("T")


def simulated(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work())


def asked(*replies: Reply | Exception | float, attempts: int = 3, timeout_s: float = 20) -> tuple[str, list[float]]:
    """What comes of a question, and when each attempt was made. A number: an answer that takes so many seconds."""

    async def work() -> tuple[str, list[float]]:
        loop = asyncio.get_running_loop()
        times: list[float] = []
        left = list(replies)

        async def send() -> Reply:
            times.append(round(loop.time(), 3))
            reply = left.pop(0)
            if isinstance(reply, float):
                await asyncio.sleep(reply)
                return Reply(200, b"late")
            if isinstance(reply, Exception):
                raise reply
            return reply

        try:
            found = await attempted(
                send,
                lambda body: Answered(body.decode(), 0),
                attempts=attempts,
                timeout_s=timeout_s,
                jitter=lambda: 0.5,
            )
        except Unanswered as failure:
            return failure.code, times
        return found.text, times

    return simulated(work)


OK = Reply(200, b"yes")
DOWN = Unanswered("second_down", "no", again=True)


def test_question_when_answered_then_asked_once() -> None:
    assert asked(OK) == ("yes", [0])


def test_server_when_it_fails_then_asked_again_later_each_time() -> None:
    assert asked(Reply(503, b""), DOWN, OK) == ("yes", [0, 0.5, 1.5])


def test_server_when_it_keeps_failing_then_given_up_after_the_attempts() -> None:
    assert asked(Reply(500, b""), Reply(502, b""), Reply(500, b""), OK) == ("second_failing", [0, 0.5, 1.5])
    assert asked(DOWN, OK, attempts=1) == ("second_down", [0])


def test_server_when_busy_then_its_wish_to_wait_is_kept() -> None:
    assert asked(Reply(429, b"", 7), OK) == ("yes", [0, 7])


def test_server_when_it_asks_for_a_long_wait_then_not_asked_again() -> None:
    assert asked(Reply(429, b"", 90), OK, timeout_s=120) == ("second_busy", [0])
    assert asked(Reply(429, b"", 30), OK, timeout_s=20) == ("second_busy", [0])


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "second_key"),
        (402, "second_key"),
        (403, "second_key"),
        (404, "second_config"),
        (301, "second_config"),
        (307, "second_config"),
        (201, "second_config"),
        (418, "second_config"),
    ],
)
def test_refusal_when_final_then_not_asked_again(status: int, code: str) -> None:
    assert asked(Reply(status, b"secret words"), OK) == (code, [0])


def test_answer_when_slow_then_not_waited_for_and_not_asked_again() -> None:
    assert asked(60.0, OK, timeout_s=20) == ("second_slow", [0])


def test_time_limit_when_attempts_use_it_up_then_over_for_all_of_them() -> None:
    assert asked(Reply(500, b""), 19.8, OK, timeout_s=20) == ("second_slow", [0, 0.5])


def test_breaker_when_three_questions_fail_then_a_pause_that_doubles_up_to_half_an_hour() -> None:
    breaker, now, rests = Breaker(), 1_000, []
    for _ in range(FAILURES - 1):
        breaker.failed(now)
        assert breaker.rest_ms(now) == 0
    for _ in range(7):
        breaker.failed(now)
        rests.append(breaker.rest_ms(now))
        assert breaker.rest_ms(now + rests[-1] - 1) == 1
        now += rests[-1]
        assert breaker.rest_ms(now) == 0, "one question tries whether it works again"
    assert rests[:3] == [PAUSE_MS, 2 * PAUSE_MS, 4 * PAUSE_MS]
    assert rests[-1] == LONGEST_PAUSE_MS


def test_breaker_when_it_works_again_then_forgiven() -> None:
    breaker = Breaker()
    for _ in range(FAILURES + 2):
        breaker.failed(0)
    breaker.answered()
    breaker.failed(0)
    assert breaker.rest_ms(0) == 0


def test_breaker_when_the_clock_jumps_back_then_the_pause_is_not_for_ever() -> None:
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker.failed(DAY_MS)
    assert breaker.rest_ms(0) == 0


def test_budget_when_used_up_then_not_asked() -> None:
    assert Budget(0, 0).left(Usage(0, 10**6, 10**9), 3) == 3
    assert Budget(10, 0).left(Usage(0, 8, 0), 3) == 2
    with pytest.raises(Unanswered, match="today's 10 requests are used up"):
        Budget(10, 0).left(Usage(0, 10, 0), 3)
    with pytest.raises(Unanswered, match="today's 500 tokens are used up"):
        Budget(10, 500).left(Usage(0, 1, 500), 3)


def test_usage_when_a_day_begins_then_counted_anew_and_a_clock_that_steps_back_gives_nothing_back() -> None:
    used = Usage().plus(Opinion(requests=2, tokens=300), 5 * DAY_MS + 7)
    assert used == Usage(5, 2, 300)
    assert used.plus(Opinion(requests=1, tokens=100), 5 * DAY_MS + 9) == Usage(5, 3, 400)
    assert used.on(4 * DAY_MS) == used
    assert used.on(6 * DAY_MS) == Usage(6, 0, 0)

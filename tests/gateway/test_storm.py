"""A storm: gateway killed, worker stopped or killed, answers lost, everything asked again. The broker's log is what counts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from signalos_tui.clock import WallClock
from signalos_tui.link.frames import LONGEST_FROM_GATEWAY, framed, read_frame
from signalos_tui.link.messages import ORDER_SEND, REFUSED_BY_GATEWAY, Answer, Call, from_gateway, packed
from tests.gateway.kit import DEAL, FOREVER, FakeTerminal, apart, connected, hello, until_let_in

ROUNDS, NEW = 6, 3
TROUBLES = ("", "", "slow", "die", "hang", "none", "kill the gateway")


@pytest.mark.parametrize("seed", [1, 2])
async def test_orders_when_everything_dies_and_all_is_asked_again_then_none_is_accepted_twice_and_no_answer_lies(
    terminal: FakeTerminal, tmp_path: Path, seed: int
) -> None:
    """Each round asks for new intents and all before. "Refused" has to be true at that moment; "done" has to be in the log."""
    rng = random.Random(seed)
    at = WallClock().now()
    done: set[int] = set()
    for number in range(1, ROUNDS + 1):
        is_calm = number == ROUNDS
        what = "" if is_calm else rng.choice(TROUBLES)
        terminal.trouble(**{f"{rng.choice(['before', 'after'])}_order_send": what})
        with apart(tmp_path) as (process, address), contextlib.suppress(ConnectionError):
            await until_let_in(address)
            async with connected(address) as probe:
                probe.say(hello())
                magics = list(range(1, number * NEW + 1))
                rng.shuffle(magics)
                for magic in magics:
                    request = {"request": {**DEAL, "magic": magic}}
                    probe.writer.write(framed(packed(Call(magic, ORDER_SEND, request, f"leg-{magic}/1", at, FOREVER))))
                if rng.random() < 0.3 and not is_calm:
                    await asyncio.sleep(rng.random() / 20)
                    os.kill(process.pid, signal.SIGKILL)
                refused = await _heard(probe.reader, len(magics), done)
        accepted = Counter(int(order["magic"]) for order in terminal.accepted)
        assert [magic for magic, times in accepted.items() if times > 1] == [], seed
        assert done <= accepted.keys(), seed
        assert not refused & accepted.keys(), seed
    assert set(range((ROUNDS - 1) * NEW + 1, ROUNDS * NEW + 1)) <= done, seed  # the last round was calm


async def _heard(reader: asyncio.StreamReader, most: int, done: set[int]) -> set[int]:
    # Every answer until the gateway is gone or all are there. What was refused in this round is given back.
    refused: set[int] = set()
    heard = 0
    with contextlib.suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(15):
            while heard < most and (payload := await read_frame(reader, LONGEST_FROM_GATEWAY)) is not None:
                answer = from_gateway(payload)
                if isinstance(answer, Answer):
                    heard += 1
                    if answer.result is not None:
                        done.add(answer.id)
                    elif answer.error[0] == REFUSED_BY_GATEWAY:
                        refused.add(answer.id)
    return refused

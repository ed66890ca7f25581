"""What is forwarded says what somebody else said (reference: reliability A11): the owner is asked, unless he trusts it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec.structs import replace

from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.messages import Message
from tests.engine.kit import CALL, CONFIG, Bench, first_signal, simulated


async def passed_on(bench: Bench, text: str, reply: int | None = None) -> Message:
    """Somebody else's post, forwarded into the room."""
    message = replace(bench.post(text, reply=reply), forwarded_from="Other Room")
    bench.room.say(message)
    await asyncio.sleep(3)
    return message


def test_call_when_forwarded_then_it_waits_and_the_owner_can_have_it(tmp_path: Path) -> None:
    """Nothing is opened by itself, whatever the rules let pass."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            post = await passed_on(bench, CALL)
            signal = bench.desk.signals[first_signal(post)]
            assert signal.decision is not None
            assert signal.decision.outcome is DecisionOutcome.HELD
            assert [one.code for one in signal.decision.reasons] == ["forwarded"]
            assert not bench.truth
            await bench.press(c.Approve, subject=signal.id)
            assert bench.truth

    simulated(story)


def test_follow_up_when_forwarded_then_no_trade_of_the_room_is_touched(tmp_path: Path) -> None:
    """Another room's "close all" is about its own trades."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            opened = len(bench.truth)
            await passed_on(bench, "Close all now", reply=call.id)
            assert len(bench.truth) == opened
            [decided] = bench.told(e.UpdateDecided)
            assert decided.decision.outcome is DecisionOutcome.HELD
            assert "forwarded" in {one.code for one in decided.decision.reasons}

    simulated(story)


def test_forwarded_posts_when_the_owner_trusts_them_then_they_are_the_channels_own(tmp_path: Path) -> None:
    """`forwarded = "trade"`."""

    async def story() -> None:
        config = replace(CONFIG, rules=replace(CONFIG.rules, forwarded="trade"))
        async with Bench(tmp_path, config=config) as bench:
            await passed_on(bench, CALL)
            assert bench.truth

    simulated(story)

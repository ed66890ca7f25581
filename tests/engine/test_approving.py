"""A yes is to what was shown: an edit that is decided while it is on its way turns it into nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec.structs import replace

from signalos_tui.model import commands as c
from signalos_tui.model.commands import Outcome
from signalos_tui.model.desk import SignalView, UpdateView
from signalos_tui.model.messages import Message
from signalos_tui.model.orders import LegState
from signalos_tui.model.shown import is_read, mark_of
from tests.engine.kit import CALL, CONFIG, ROOM, Bench, simulated

ASKED = replace(CONFIG, channels={str(ROOM.id): {"policy": "ask"}})
BUY = "BUY EURUSD NOW\nSL 1.0800\nTP1 1.0900"
SELL = "SELL EURUSD NOW\nSL 1.0900\nTP1 1.0800"


def slowed(answer: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
    """A terminal that takes a moment."""

    async def slow(*given: object, **more: object) -> object:
        await asyncio.sleep(0.3)
        return await answer(*given, **more)

    return slow


async def yes_while_edited(bench: Bench, view: SignalView | UpdateView, post: Message, text: str) -> Outcome:
    """The owner's yes to what he sees, in the moment in which an edit of it is being decided."""
    bench.room.say(replace(post, text=text, edited_at=bench.clock.now()))
    await asyncio.sleep(0.05)
    stands = bench.desk.signals.get(view.id) if isinstance(view, SignalView) else bench.desk.updates.get(view.id)
    assert stands == view, "the edit is not decided yet"
    return await bench.press(c.Approve, subject=view.id, shown=mark_of(view))


def test_yes_when_an_edit_turns_the_call_round_meanwhile_then_nothing_is_opened(tmp_path: Path) -> None:
    """He said yes to a buy; what would have been opened is the sell that the edit made of it."""

    async def story() -> None:
        async with Bench(tmp_path, config=ASKED) as bench:
            post = await bench.say(BUY)
            (view,) = bench.desk.signals.values()
            bench.terminal.order_calc_profit = slowed(bench.terminal.order_calc_profit)  # type: ignore[method-assign, assignment]
            outcome = await yes_while_edited(bench, view, post, SELL)
            assert not outcome.ok
            assert "not what you saw" in outcome.text
            assert not bench.truth
            (view,) = bench.desk.signals.values()
            assert view.is_waiting
            assert (await bench.press(c.Approve, subject=view.id, shown=mark_of(view))).ok
            assert [row.type for row in bench.truth] == [1]

    simulated(story)


def test_yes_when_an_edit_makes_another_update_of_it_meanwhile_then_nothing_is_done(tmp_path: Path) -> None:
    """He said yes to a stop that is moved, not to a close."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            late = await bench.say("Move SL to 1.0820", reply=call.id, age_s=3600)
            (view,) = bench.desk.updates.values()
            assert view.is_waiting
            bench.terminal.terminal_info = slowed(bench.terminal.terminal_info)  # type: ignore[method-assign, assignment]
            bench.terminal.symbol_info = slowed(bench.terminal.symbol_info)  # type: ignore[method-assign, assignment]
            await yes_while_edited(bench, view, late, "Close all now")
            (trade,) = bench.desk.trades.values()
            by_owner = [one for one in bench.records if getattr(one.event, "command", None) is not None]
            assert [one.event.outcome.ok for one in by_owner] == [False]  # type: ignore[union-attr]
            assert trade.legs

    simulated(story)


def test_yes_when_the_edit_is_on_disk_and_nobody_has_read_it_then_it_waits(tmp_path: Path) -> None:
    """Also for one who shows nothing: what would be opened is known to be another call by now."""

    async def story() -> None:
        async with Bench(tmp_path, config=ASKED) as bench:
            post = await bench.say(BUY)
            (view,) = bench.desk.signals.values()
            await bench.engine._desk.lock.acquire()
            bench.room.say(replace(post, text=SELL, edited_at=bench.clock.now()))
            await asyncio.sleep(1)
            assert not is_read(view, bench.desk)
            asked = asyncio.ensure_future(bench.press(c.Approve, subject=view.id))
            bench.engine._desk.lock.release()
            outcome = await asked
            assert not outcome.ok or [row.type for row in bench.truth] == [1]
            assert bench.desk.signals[view.id].signal.side == "sell"

    simulated(story)


def test_mark_when_only_the_words_around_a_call_change_then_it_is_the_same(tmp_path: Path) -> None:
    """Where a number stands in the post is nothing he said yes to; a level is."""

    async def story() -> None:
        async with Bench(tmp_path, config=ASKED) as bench:
            post = await bench.say(BUY)
            (before,) = bench.desk.signals.values()
            moved = await bench.edit(post, f"Good morning!\n{BUY}")
            (after,) = bench.desk.signals.values()
            assert after.signal != before.signal
            assert mark_of(after) == mark_of(before)
            await bench.edit(moved, BUY.replace("1.0800", "1.0700"))
            (last,) = bench.desk.signals.values()
            assert mark_of(last) != mark_of(before)
            assert (await bench.press(c.Approve, subject=last.id)).ok
            assert bench.states == [LegState.OPEN]

    simulated(story)

"""A post may come twice, late, changed, out of order or not at all any more: it is one call, and it is traded once."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.decode import read
from signalos_tui.engine import reading as engine_reading
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.messages import Deletion, Message
from signalos_tui.model.orders import LegState
from signalos_tui.model.signals import Reading
from signalos_tui.state.publishing import KEEP_POSTS
from tests.engine.kit import CALL, ROOM, Bench, first_signal, simulated

OPEN, EXPIRED = LegState.OPEN, LegState.EXPIRED
MOVED = CALL.replace("1.0800", "1.0810")


def test_post_when_heard_three_times_then_it_is_one(tmp_path: Path) -> None:
    """Push, poll and catch-up deliver the same post (A3)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            for _ in range(2):
                bench.room.say(call)
            await asyncio.sleep(3)
            assert len(bench.told(e.MessageReceived)) == 1
            assert len(bench.told(e.IntentRecorded)) == len(bench.truth) == 2

    simulated(story)


def test_edit_when_only_a_reaction_then_nothing_happens(tmp_path: Path) -> None:
    """An "edit" with the same content is none (A7)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            before = bench.desk.seq
            await bench.edit(call, f"{CALL}  \n")
            assert bench.desk.seq == before

    simulated(story)


def test_edit_when_it_moves_the_stop_then_the_same_legs_move(tmp_path: Path) -> None:
    """A real edit after the fill changes levels and opens nothing (A8)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            await bench.edit(call, MOVED)
            assert {leg.stop for leg in bench.legs} == {Decimal("1.081")}
            assert len(bench.truth) == 2

    simulated(story)


@pytest.mark.parametrize("text", [CALL.replace("BUY", "SELL"), CALL.replace("EURUSD", "GBPUSD")])
def test_edit_when_it_swaps_side_or_symbol_then_nothing_is_done_but_told(text: str, tmp_path: Path) -> None:
    """Never reversed by itself (A9)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            legs = [(leg.id, leg.state, leg.stop, leg.target) for leg in bench.legs]
            await bench.edit(call, text)
            assert "edit-swapped" in bench.codes
            assert [(leg.id, leg.state, leg.stop, leg.target) for leg in bench.legs] == legs
            assert len(bench.truth) == 2

    simulated(story)


def test_edit_when_it_comes_before_its_post_then_the_late_post_changes_nothing(tmp_path: Path) -> None:
    """Out of order: the older revision must not undo the newer one (A6; found by this test)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = bench.post(CALL)
            await asyncio.sleep(2)
            await bench.edit(call, MOVED)
            bench.room.say(call)
            await asyncio.sleep(3)
            assert {leg.stop for leg in bench.legs} == {Decimal("1.081")}
            assert not bench.told(e.MessageEdited)
            assert len(bench.truth) == 2

    simulated(story)


def test_deletion_when_pending_then_the_order_goes_and_when_open_the_owner_is_told(tmp_path: Path) -> None:
    """Before: withdrawn; after: an alarm (A10)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            limit = await bench.say("BUY LIMIT EURUSD 1.0820\nSL 1.0780\nTP 1.0900")
            await bench.delete(limit)
            assert bench.states == [LegState.CANCELLED]
            call = await bench.say(CALL)
            await bench.delete(call)
            assert bench.states == [LegState.CANCELLED, OPEN, OPEN]
            assert bench.codes.count("signal-withdrawn") == 2
            held = await bench.say("SELL GBPUSD NOW\nTP 1.2600")
            await bench.delete(held)
            assert not bench.desk.signals[first_signal(held)].is_waiting

    simulated(story)


def test_deletion_when_legs_wait_to_be_sent_then_they_never_are(tmp_path: Path) -> None:
    """The terminal is away while the call is published and withdrawn again."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            bench.terminal.is_connected = False
            call = await bench.say(CALL)
            assert bench.states == [LegState.INTENT, LegState.INTENT]
            await bench.delete(call)
            bench.terminal.is_connected = True
            await asyncio.sleep(5)
            assert bench.states == [EXPIRED, EXPIRED]
            assert not bench.truth

    simulated(story)


def test_post_when_long_out_of_view_then_its_deletion_is_written_down_once_and_no_edit_after_it(tmp_path: Path) -> None:
    """The desk shows the newest posts of all channels together; the newest of one channel may be older than those."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            first = await bench.say("good morning")
            for number in range(KEEP_POSTS + 60):
                await bench.say(f"chatter {number}")
            assert first.key not in bench.desk.posts
            for _ in range(2):
                bench.room.say(Deletion(first.channel, first.id, bench.clock.now()))
            bench.room.say(Deletion(first.channel, 1_000_000, bench.clock.now()))
            await bench.edit(first, "good evening")
            assert [one.key for one in bench.told(e.MessageDeleted)] == [first.key]
            assert not bench.told(e.MessageEdited)

    simulated(story)


def test_edit_of_a_deleted_post_when_it_comes_late_then_it_is_ignored(tmp_path: Path) -> None:
    """What was withdrawn cannot come back as an edit."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            message = await bench.say("good morning")
            await bench.delete(message)
            await bench.edit(message, CALL)
            assert not bench.legs

    simulated(story)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_post_when_its_history_comes_in_any_order_then_its_legs_are_the_same(order: tuple[int, ...]) -> None:
    """Re-delivery, edit and reaction in any order give one set of leg keys and at most one order each (V11)."""

    async def story(folder: Path) -> None:
        async with Bench(folder) as bench:
            call = bench.post(CALL)
            await asyncio.sleep(2)
            edited = replace(call, text=MOVED, edited_at=bench.clock.now())
            history = [call, call, edited, replace(call, edited_at=bench.clock.now() - 1000)]
            for place in order:
                bench.room.say(history[place])
                await asyncio.sleep(0.3)
            await asyncio.sleep(5)
            assert [leg.id for leg in bench.legs] == [f"{first_signal(call)}.1", f"{first_signal(call)}.2"]
            assert {leg.stop for leg in bench.legs} == {Decimal("1.081")}
            assert sorted(row.magic for row in bench.truth) == sorted(leg.magic for leg in bench.legs)

    with TemporaryDirectory() as name:
        simulated(lambda: story(Path(name)))


TEXTS = (
    CALL,
    MOVED,
    "good morning",
    "BUY LIMIT EURUSD 1.0820\nSL 1.0780\nTP 1.0900",
    f"{CALL}\nTP3 1.0990",
    "SELL EURUSD NOW",
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.integers(0, 7), st.sampled_from([*TEXTS, None]), st.floats(0, 4)),
        min_size=1,
        max_size=8,
    )
)
def test_post_when_anything_happens_to_it_then_no_leg_is_opened_twice(
    history: list[tuple[int, str | None, float]],
) -> None:
    """Any run of revisions (some old), deletions and repetitions of one post; the bench checks every edge on the way."""

    async def story(folder: Path) -> None:
        async with Bench(folder) as bench:
            posted = bench.clock.now()
            for edited, text, pause in history:
                if text is None:
                    bench.room.say(Deletion(ROOM.id, 1, bench.clock.now()))
                else:
                    at = posted + edited * 1000 if edited else None
                    bench.room.say(Message(ROOM.id, 1, posted, text, edited_at=at))
                await asyncio.sleep(pause)
            await asyncio.sleep(40)
            magics = [row.magic for row in bench.truth]
            assert len(magics) == len(set(magics))
            assert len(bench.desk.trades) <= 1
            assert len(bench.told(e.MessageReceived)) <= 1
            assert not {LegState.INTENT, LegState.SENDING, LegState.UNKNOWN} & set(bench.states)

    with TemporaryDirectory() as name:
        simulated(lambda: story(Path(name)))


def test_call_when_too_old_then_it_is_shown_and_never_sent(tmp_path: Path) -> None:
    """A backlog after a restart (C1)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL, age_s=120)
            view = bench.desk.signals[first_signal(call)]
            assert view.outcome is DecisionOutcome.DENIED
            assert view.decision is not None
            assert "staleness" in [reason.code for reason in view.decision.reasons]
            assert not bench.legs

    simulated(story)


def test_reader_when_it_breaks_on_one_post_then_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One post may break the reader; it is held with the reason, nothing else stops (B16)."""

    def broken(text: str, profile: object) -> Reading:
        if "poison" in text:
            raise RecursionError(text)
        return read(text, profile)  # type: ignore[arg-type]

    monkeypatch.setattr(engine_reading, "read", broken)

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            poison = await bench.say(f"poison\n{CALL}")
            await bench.say(CALL)
            reading = bench.desk.posts[poison.key].reading
            assert reading is not None
            assert [reason.code for reason in reading.reasons] == ["reader_failed"]
            assert bench.states == [OPEN, OPEN]
            assert not bench.told(e.TaskFailed)

    simulated(story)


def test_terminal_when_it_breaks_while_deciding_then_the_post_is_set_aside_and_the_next_start_is_not_broken(
    tmp_path: Path,
) -> None:
    """Nothing is traded, the owner is told, and neither the source nor the next boot trips over it."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            account = bench.terminal.account_info

            async def broken() -> None:
                raise OSError("pipe")

            setattr(bench.terminal, "account_info", broken)  # noqa: B010
            call = bench.post(CALL)
            bench.room.say(call)
            await bench.until(lambda: "post-set-aside" in bench.codes, within_s=5)
            setattr(bench.terminal, "account_info", account)  # noqa: B010
            await asyncio.sleep(30)
            assert not bench.legs
            await bench.say(CALL)
            assert bench.states == [OPEN, OPEN]

    simulated(story)


@pytest.mark.parametrize("what", ["edit", "deletion"])
def test_edit_or_deletion_when_written_and_not_yet_acted_on_then_the_next_start_does(what: str, tmp_path: Path) -> None:
    """Killed between the post's line in the journal and its consequences (found by reading: both were forgotten)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            limit = await bench.say("BUY LIMIT EURUSD 1.0820\nSL 1.0780\nTP 1.0900")

            def fails(number: int, events: tuple[e.Event, ...]) -> bool:
                return isinstance(events[0], e.MessageRead)

            setattr(bench.journal, "fails", fails)  # noqa: B010
            if what == "edit":
                await bench.edit(limit, "BUY LIMIT EURUSD 1.0820\nSL 1.0790\nTP 1.0900")
            else:
                await bench.delete(limit)
            said, now = bench.room.said, bench.clock.now()
        async with Bench(tmp_path, at=now + 5000, said=said) as bench:
            await asyncio.sleep(5)
            if what == "edit":
                assert bench.legs[0].stop == Decimal("1.079")
            else:
                assert bench.states == [LegState.CANCELLED]

    simulated(story)

"""An edit never opens a position and never gives a trade the levels of another call."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import SignalView
from signalos_tui.model.ids import SignalId, signal_id
from signalos_tui.model.messages import Message
from tests.engine.kit import CALL, GOLD, Bench, first_signal, simulated

HELD, ACCEPTED, DENIED = DecisionOutcome.HELD, DecisionOutcome.ACCEPTED, DecisionOutcome.DENIED
OTHER = "SELL GBPUSD NOW\nSL 1.2750\nTP 1.2600"
LIMIT = "BUY LIMIT EURUSD 1.0830\nSL 1.0800\nTP1 1.0900\nTP2 1.0950"


def _view(bench: Bench, message: Message, number: int) -> SignalView:
    return bench.desk.signals[signal_id(message.key, number)]


def _levels(bench: Bench) -> list[tuple[Decimal | None, Decimal | None]]:
    return [(leg.stop, leg.target) for leg in bench.legs]


def _notices(bench: Bench, code: str) -> list[e.NoticeRaised]:
    return [notice for notice in bench.told(e.NoticeRaised) if notice.code == code]


# --- which call is which ------------------------------------------------------------------------------------------


def test_edit_when_it_puts_a_call_before_the_traded_one_then_that_is_held_and_nothing_is_doubled(
    tmp_path: Path,
) -> None:
    """The traded call keeps its name wherever it stands (found by an attack: it was sent again as #2)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            await bench.edit(call, f"{OTHER}\n\n{CALL}")
            assert len(bench.truth) == 2
            assert _view(bench, call, 1).signal.symbol == "EURUSD"
            new = _view(bench, call, 2)
            assert (new.signal.symbol, new.outcome) == ("GBPUSD", HELD)
            assert bench.codes == ["edit-new-signal"]
            await bench.press(c.Approve, subject=new.id)
            assert sorted(row.symbol for row in bench.truth) == ["EURUSD", "EURUSD", "GBPUSD"]

    simulated(story)


def test_edit_when_calls_change_places_and_levels_then_each_trade_gets_its_own(tmp_path: Path) -> None:
    """Recognised by what was decided, not by place."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(f"{CALL}\n\n{GOLD}")
            await bench.edit(call, f"{GOLD}\n\n{CALL.replace('1.0800', '1.0810')}")
            stops = {leg.symbol: leg.stop for leg in bench.legs}
            assert stops == {"EURUSD": Decimal("1.081"), "XAUUSD": Decimal(2360)}
            assert not bench.codes

    simulated(story)


def test_edit_when_two_calls_could_be_the_traded_one_then_neither_is(tmp_path: Path) -> None:
    """A guess would give a trade foreign levels."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            before = _levels(bench)
            one, two = CALL.replace("1.0800", "1.0810"), CALL.replace("1.0800", "1.0820")
            await bench.edit(call, f"{one}\n\n{two}")
            assert "edit-swapped" in bench.codes
            assert _levels(bench) == before
            assert len(bench.truth) == 2

    simulated(story)


@pytest.mark.parametrize("between", [OTHER, "hello"])
def test_repost_when_an_edit_hid_the_traded_call_then_it_is_still_a_repeat(between: str, tmp_path: Path) -> None:
    """What was decided counts, whatever the post says now."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            await bench.edit(call, between)
            again = await bench.say(CALL)
            assert _view(bench, again, 1).outcome is DENIED
            assert len(bench.truth) == 2

    simulated(story)


def test_repost_when_it_is_the_edited_call_then_it_is_a_repeat_too(tmp_path: Path) -> None:
    """The channel posts its correction as a new message as well."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            moved = CALL.replace("1.0800", "1.0810")
            await bench.edit(call, moved)
            assert _view(bench, await bench.say(moved), 1).outcome is DENIED
            assert _view(bench, await bench.say(CALL), 1).outcome is DENIED

    simulated(story)


def test_post_when_it_once_became_another_call_then_it_is_not_followed_any_more(tmp_path: Path) -> None:
    """Not when it goes on as the other call, and not when it turns back either; the alarm comes once."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            before = _levels(bench)
            await bench.edit(call, "BUY GBPUSD NOW\nSL 1.2650\nTP 1.2800")
            await bench.edit(call, "BUY GBPUSD NOW\nSL 1.0840\nTP 1.2800")
            assert bench.codes.count("edit-swapped") == 1
            assert "signal-withdrawn" not in bench.codes
            await bench.edit(call, CALL.replace("1.0800", "1.0840"))
            assert "edit-not-followed" in bench.codes
            assert _levels(bench) == before

    simulated(story)


def test_signal_when_the_owner_rejected_it_then_no_edit_opens_it(tmp_path: Path) -> None:
    """The same call again is nothing new; a changed one is held, and stays held."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            asked = "BUY EURUSD NOW?\nSL 1.0800\nTP1 1.0900"
            call = await bench.say(asked, wait=1)
            await bench.press(c.Reject, subject=first_signal(call), wait=1)
            await bench.edit(call, asked.replace("?", ""), wait=1)
            assert not _view(bench, call, 1).is_waiting
            for stop in ("1.0810", "1.0815"):
                await bench.edit(call, f"BUY EURUSD NOW\nSL {stop}\nTP1 1.0900", wait=1)
                assert _view(bench, call, 1).is_waiting
            assert not bench.legs
            await bench.press(c.Approve, subject=first_signal(call))
            assert [leg.stop for leg in bench.legs] == [Decimal("1.0815")]

    simulated(story)


# --- levels -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CALL.replace("NOW", "NOW if NFP is good?").replace("1.0800", "1.0820"), "question"),
        (CALL.replace("1.0800", "1.0700"), "At risk: 46.53 USD now, 137.77 USD then"),
        (CALL.replace("1.0950", "1.1500"), "5.99 % from the market"),
        (CALL.replace("SL 1.0800", "SL 20 pips"), "distance"),
        (CALL + "\nTP3 1.1000", "3 targets"),
    ],
)
def test_edit_when_it_is_doubtful_then_nothing_moves_and_the_owner_is_told(text: str, why: str, tmp_path: Path) -> None:
    """Uncertain, riskier than planned, off the scale, or not a price."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            before = _levels(bench)
            await bench.edit(call, text)
            (notice,) = _notices(bench, "edit-not-followed")
            assert why in notice.text
            assert _levels(bench) == before

    simulated(story)


def test_edit_when_it_comes_late_to_be_read_then_it_is_not_followed(tmp_path: Path) -> None:
    """Edited while we were away for ten minutes."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            said, now = [*bench.room.said], bench.clock.now()
            edited = replace_text(call, CALL.replace("1.0800", "1.0820"), now)
        async with Bench(tmp_path, at=now + 600_000, said=[*said, edited]) as bench:
            await bench.until(lambda: "edit-not-followed" in bench.codes, within_s=10)
            assert {leg.stop for leg in bench.legs} == {Decimal("1.08")}

    simulated(story)


def replace_text(message: Message, text: str, at: int) -> Message:
    """An edit of a message, not yet published."""
    return Message(message.channel, message.id, message.posted_at, text, edited_at=at)


def test_edit_when_the_stop_was_moved_since_then_it_is_never_loosened(tmp_path: Path) -> None:
    """By the owner here; tighter still is followed."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            await bench.press(c.MoveStop, signal=first_signal(call), price=Decimal("1.0840"))
            await bench.edit(call, CALL.replace("1.0800", "1.0820"))
            assert {leg.stop for leg in bench.legs} == {Decimal("1.084")}
            assert "edit-not-followed" in bench.codes
            await bench.edit(call, CALL.replace("1.0800", "1.0845"))
            assert {leg.stop for leg in bench.legs} == {Decimal("1.0845")}

    simulated(story)


def test_edit_when_targets_were_written_far_first_then_the_right_leg_gets_the_new_one(tmp_path: Path) -> None:
    """Legs are ordered near first, whatever the text does; also after a second edit."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say("BUY EURUSD NOW\nSL 1.0800\nTP1 1.0950\nTP2 1.0900")
            for price in ("1.0960", "1.0970"):
                await bench.edit(call, f"BUY EURUSD NOW\nSL 1.0800\nTP1 {price}\nTP2 1.0900")
                assert [leg.target for leg in bench.legs] == [Decimal("1.09"), Decimal(price)]
            await bench.edit(call, "BUY EURUSD NOW\nSL 1.0800\nTP1 1.0900\nTP2 1.0970")
            assert [leg.target for leg in bench.legs] == [Decimal("1.09"), Decimal("1.097")]

    simulated(story)


def test_edit_when_a_target_was_written_twice_then_the_owner_is_asked_which(tmp_path: Path) -> None:
    """Two targets at one price are one leg."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            text = "BUY EURUSD NOW\nSL 1.0800\nTP1 1.0880\nTP2 1.0880\nTP3 1.0900"
            call = await bench.say(text)
            before = _levels(bench)
            await bench.edit(call, text.replace("TP2 1.0880", "TP2 1.0890"))
            assert _levels(bench) == before
            assert "edit-not-followed" in bench.codes

    simulated(story)


def test_edit_when_it_moves_the_entry_of_a_waiting_order_then_nothing_of_it_is_followed(tmp_path: Path) -> None:
    """Its levels belong to the entry; the next revision with that entry is not followed either."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(LIMIT)
            before = _levels(bench)
            moved = LIMIT.replace("1.0830", "1.0825").replace("1.0800", "1.0805")
            await bench.edit(call, moved)
            await bench.edit(call, moved.replace("1.0950", "1.0960"))
            assert bench.codes.count("edit-not-followed") == 2
            assert _levels(bench) == before
            await bench.edit(call, LIMIT.replace("1.0800", "1.0810"))
            assert {leg.stop for leg in bench.legs} == {Decimal("1.081")}

    simulated(story)


def test_names_when_given_once_then_they_hold_after_a_restart(tmp_path: Path) -> None:
    """The state is its fold: the next life knows which call is which."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            await bench.edit(call, OTHER)
            said, now = [*bench.room.said], bench.clock.now()
        async with Bench(tmp_path, at=now + 5000, said=said) as bench:
            assert bench.desk.signals[SignalId(f"{call.key}#1")].is_lost
            await bench.edit(call, f"{OTHER}\n\n{CALL.replace('1.0800', '1.0820')}")
            assert {leg.stop for leg in bench.legs} == {Decimal("1.08")}
            assert len(bench.truth) == 2

    simulated(story)

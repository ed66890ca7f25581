"""The trace of a call that several posts say: every number marked in the post it stands in."""

from __future__ import annotations

from signalos_tui.decode import DEFAULT, read
from signalos_tui.decode.parts import joined, levels_of
from signalos_tui.model import events as e
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Event, Record
from signalos_tui.model.ids import ChannelId, signal_id
from signalos_tui.model.messages import Channel, Message
from signalos_tui.model.revisions import Difference, DifferenceKind, Part
from signalos_tui.state import fold_all
from signalos_tui.ui import tracing
from signalos_tui.ui.screens.trace import TraceScreen
from tests.ui.stage import Stage

AT = 1_767_603_600_000
ROOM = Channel(ChannelId("test:room"), "Room")
CALL = Message(ROOM.id, 1, AT, "XAUUSD buy now")
LEVELS = Message(ROOM.id, 2, AT + 20_000, "SL 2330 TP 2350 2360")
SUBJECT = signal_id(CALL.key, 1)


def _desk() -> DeskState:
    alone = read(CALL.text)
    levels = levels_of(LEVELS.text, DEFAULT, alone.signals[0])
    assert levels is not None
    both = joined(alone, levels)
    assert both is not None
    events: list[Event] = [
        e.ChannelFollowed(ROOM),
        e.MessageReceived(CALL, CALL.content),
        e.MessageRead(
            CALL.key, 0, alone, (Difference(SUBJECT, DifferenceKind.LEVELS, "buy XAUUSD: stop 2325 -> 2330"),)
        ),
        e.MessageReceived(LEVELS, LEVELS.content),
        e.PostsJoined(SUBJECT, both[0], (Part(LEVELS.key, both[1]),)),
    ]
    return fold_all(Record(number, AT + number, event) for number, event in enumerate(events, 1))


def _found() -> tracing.Subject:
    found = tracing.subject(_desk(), SUBJECT)
    assert found is not None
    return found


def test_marks_when_two_posts_say_a_call_then_each_stands_in_its_own() -> None:
    found = _found()
    here = {CALL.text[start:end] for start, end, _ in tracing.marks(found.view)}
    (other,) = found.others
    there = {LEVELS.text[start:end] for start, end, _ in tracing.other_marks(found, other)}
    assert here == {"XAUUSD", "buy"}
    assert there == {"2330", "2350", "2360"}


def test_facts_when_two_posts_say_a_call_then_they_name_the_post() -> None:
    facts = {fact.label: fact.text for fact in tracing.reading_facts(_found())}
    assert facts["stop"] == "2330  in #2"
    assert facts["targets"] == "2350  2360  in #2"
    assert facts["last edit"] == "buy XAUUSD: stop 2325 -> 2330"


async def test_trace_when_two_posts_say_a_call_then_both_are_shown() -> None:
    app = Stage(lambda: TraceScreen(SUBJECT))
    async with app.run_test(size=(120, 40)) as pilot:
        assert isinstance(app.screen, TraceScreen)
        app.screen.show(_desk(), AT + 60_000)
        await pilot.pause()
        shown = "\n".join("".join(s.text for s in strip) for strip in app.screen._compositor.render_strips())
        assert "SL 2330 TP 2350 2360" in shown
        assert "One call with #2 of" in shown

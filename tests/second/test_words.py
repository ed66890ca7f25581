"""What the owner sees of a second reading: in the log, on the trace, in the dialog that approves."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from signalos_tui.decode import read
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import SecondReading, Severity
from signalos_tui.model.ids import MessageKey
from signalos_tui.model.opinions import Opinion
from signalos_tui.model.signals import Reading, ReadingKind, ReadingVerdict, Reason, Signal
from signalos_tui.narrate import narrate, opinion_words
from signalos_tui.ui import tracing
from signalos_tui.ui.actions import Fact
from signalos_tui.ui.screens.approve import signal_facts, update_facts
from tests.ui.stage import HELD, HELD_UPDATE, desk, now

NOTHING = Reading(ReadingKind.NOISE, ReadingVerdict.IGNORE, 0.0)
REFUSED = Opinion(why=Reason("second_unproven", "refused: it claims a stop that is no price in the text"))


def opinion(text: str, *differs: str) -> Opinion:
    return Opinion(reading=read(text), agrees=not differs, differs=differs)


def test_words_when_a_call_is_suggested_then_as_traders_write_it() -> None:
    said = opinion("SELL LIMIT GOLD 4061-4059 SL 4070 TP 4050 / open")
    assert opinion_words(said) == "SELL XAUUSD limit 4059-4061 SL 4070 TP 4050 open, agrees with the rules"
    two = opinion("BUY EURUSD NOW SL 50 pips TP 1.0900 / open", "stop", "targets")
    assert opinion_words(two) == "BUY EURUSD SL 50 pips TP 1.09 open, differs in stop, targets"


def test_words_when_updates_are_suggested_then_each_with_its_figures() -> None:
    assert opinion_words(opinion("close half of gold now, SL to 1.0850", "level")).endswith("differs in level")
    words = opinion_words(opinion("close 30% of EURUSD now"))
    assert words.startswith("close partial EURUSD 30 %")


def test_words_when_there_is_nothing_or_no_answer_then_said() -> None:
    assert opinion_words(Opinion(reading=NOTHING, differs=("kind",))) == "nothing to trade in it, differs in kind"
    assert opinion_words(REFUSED) == "refused: it claims a stop that is no price in the text"
    assert opinion_words(Opinion()) == "no answer"
    bare = Reading(ReadingKind.SIGNAL, ReadingVerdict.HOLD, 0.0, signals=(Signal(1, None, None),))
    assert opinion_words(Opinion(reading=bare, agrees=True)) == "nothing to trade in it, agrees with the rules"


def test_log_when_they_differ_then_louder_than_when_they_agree() -> None:
    key = MessageKey("tg:1/7")
    for said, severity in (
        (opinion("BUY EURUSD 1.08"), Severity.INFO),
        (opinion("BUY EURUSD 1.08", "stop"), Severity.WARNING),
        (REFUSED, Severity.INFO),
    ):
        line = narrate(SecondReading(key, 0, said), DeskState())
        assert line is not None
        assert line.severity is severity
        assert line.text.startswith("tg:1 #7: second reader: ")


def told(facts: tuple[Fact, ...]) -> list[tuple[str, str]]:
    return [(fact.text, fact.tone) for fact in facts if fact.label == "2nd reader"]


def with_second(said: Opinion | None) -> DeskState:
    state = desk()
    posts = dict(state.posts)
    for subject in (state.signals[HELD].key, state.updates[HELD_UPDATE].key):
        posts[subject] = replace(posts[subject], second=said)
    return replace(state, posts=posts)


def test_trace_and_dialogs_when_a_second_reader_answered_then_one_line_says_so() -> None:
    agreed, differs = opinion("BUY EURUSD 1.0850"), opinion("BUY EURUSD 1.0850", "stop")
    for said, style in ((agreed, ""), (differs, "held"), (REFUSED, "muted")):
        state = with_second(said)
        for facts in (
            tracing.reading_facts(_found(state, HELD)),
            tracing.reading_facts(_found(state, HELD_UPDATE)),
            signal_facts(state.signals[HELD], state, now(), 20_000),
            update_facts(state.updates[HELD_UPDATE], state, now()),
        ):
            assert told(facts) == [(opinion_words(said), style)]


def test_trace_and_dialogs_when_nobody_was_asked_then_nothing_is_said() -> None:
    state = with_second(None)
    assert told(tracing.reading_facts(_found(state, HELD))) == []
    assert told(signal_facts(state.signals[HELD], state, now(), 20_000)) == []


def _found(state: DeskState, subject: object) -> tracing.Subject:
    found = tracing.subject(state, subject)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_figures_when_long_then_without_trailing_zeros() -> None:
    signal = read("BUY EURUSD 1.08500 SL 1.08000 TP 1.09000").signals[0]
    assert signal.entry[0].value == Decimal("1.08500")
    assert "1.085 SL 1.08 TP 1.09" in opinion_words(opinion("BUY EURUSD 1.08500 SL 1.08000 TP 1.09000"))

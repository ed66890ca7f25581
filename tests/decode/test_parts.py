"""Two posts, one call: each is read by itself, and what they say together is looked at as a whole."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.decode import DEFAULT, Profile, read
from signalos_tui.decode.parts import headed, heading_of, joined, levels_of
from signalos_tui.model.signals import Number, OrderKind, Reading, ReadingVerdict
from tests.decode.mutations import mutated
from tests.decode.test_safety import assert_possible

ACT, HOLD = ReadingVerdict.ACT, ReadingVerdict.HOLD
NOW, BARE = "GOLD BUY NOW", "BUY GOLD"


def _joined(call: str, more: str) -> tuple[Reading, tuple[str, ...]] | None:
    alone = read(call)
    levels = levels_of(more, DEFAULT, alone.signals[0])
    return joined(alone, levels) if levels is not None else None


@pytest.mark.parametrize("call", [NOW, BARE])
@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ("SL 4046 TP 4060 4070", ("stop", "targets")),
        ("stop loss: 4046", ("stop",)),
        ("TP1 4060\nTP2 4070\nTP3 open", ("targets",)),
        ("Entry 4050\nSL 4046\nTP 4060", ("entry", "stop", "targets")),
        ("GOLD SL 4046 TP 4060", ("stop", "targets")),
        ("Стоп 4046\nТейк 4060", ("stop", "targets")),
        ("SL ٤٠٤٦\nTP ٤٠٦٠", ("stop", "targets")),
        ("SL 4.046 TP 4.060", ("stop", "targets")),
        ("Stop 4046, targets 4060/4070, small lots guys", ("stop", "targets")),
    ],
)
def test_levels_when_listed_then_they_complete_the_call(call: str, more: str, fields: tuple[str, ...]) -> None:
    """The market of the call also says how its numbers are written (4.046 is 4046 on gold)."""
    both = _joined(call, more)
    assert both is not None
    reading, given_fields = both
    assert (reading.verdict, given_fields) == (ACT, fields)
    if "stop" in fields:
        stop = reading.signals[0].stop
        assert stop is not None
        assert stop.value == 4046


@pytest.mark.parametrize(
    "more",
    [
        "EURUSD SL 4046 TP 4060",
        "sell SL 4046 TP 4060",
        "SL 4046 TP 4060 hit",
        "move SL to 4046",
        "SL to breakeven",
        "close half at 4060",
        "if it breaks 4050: SL 4046 TP 4060",
        "SL 1.0800 TP 1.0900",
        "good luck",
        "4046 4060",
        "BUY GOLD SL 4046 TP 4060\nBUY GOLD SL 4040 TP 4070",
        "x" * 20_000,
    ],
)
def test_post_when_it_is_no_list_of_levels_of_this_call_then_not_joined(more: str) -> None:
    """Another market or direction, prices of another market, a report, a command, a condition, talk."""
    assert _joined(NOW, more) is None


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("SL 4060 TP 4046", "target_behind_stop"),
        ("Entry 4050 SL 4055 TP 4060", "stop_wrong_side"),
        ("SL 4046 TP 4060?", "question"),
        ("4050 SL 4046 TP 4060", "unread_number"),
        ("SL 4046 4036 TP 4060", "two_stops"),
        ("SL 4046 TP", "level_missing"),
    ],
)
def test_levels_when_doubtful_then_the_whole_is_held_with_the_reason(more: str, code: str) -> None:
    """Nothing is lost on the way."""
    both = _joined(NOW, more)
    assert both is not None
    assert both[0].verdict is HOLD
    assert code in [reason.code for reason in both[0].reasons]


def test_call_when_held_for_another_reason_then_levels_do_not_release_it() -> None:
    """A question stays a question; what was missing is not missing any more."""
    both = _joined("BUY GOLD 4050 SL 4046?", "TP 4060")
    assert both is not None
    assert both[0].verdict is HOLD
    assert [reason.code for reason in both[0].reasons] == ["question"]


def test_order_when_the_call_leaves_it_open_then_the_levels_say_it_and_else_they_may_not_contradict() -> None:
    """ "Buy gold", then "limit 4040": a limit. "Now", then "limit": nothing certain, so not joined."""
    both = _joined(BARE, "Limit 4040 SL 4030 TP 4060")
    assert both is not None
    assert both[0].signals[0].order is OrderKind.LIMIT
    assert _joined(NOW, "Limit 4040 SL 4030 TP 4060") is None
    priced = _joined(BARE, "Entry 4050 SL 4046 TP 4060")
    assert priced is not None
    assert priced[0].signals[0].order is OrderKind.UNSPECIFIED


def test_level_when_the_call_has_it_then_it_must_be_the_same() -> None:
    """A second stop is no completion."""
    call = "BUY GOLD NOW SL 4046"
    assert _joined(call, "SL 4040 TP 4060") is None
    both = _joined(call, "SL 4046 TP 4060")
    assert both is not None
    assert both[1] == ("targets",)


def test_heading_when_it_is_only_a_market_then_the_call_behind_it_is_read_under_it() -> None:
    """A remark about a market is no heading."""
    assert heading_of("Gold is strong today", DEFAULT) is not None
    assert not heading_of("Gold is strong today", DEFAULT).is_bare  # type: ignore[union-attr]
    assert heading_of("GOLD or EURUSD", DEFAULT) is None
    heading = heading_of("🔥 GOLD 🔥", DEFAULT)
    assert heading is not None
    assert heading.is_bare
    reading = headed("BUY NOW 4050\nSL 4046\nTP 4060", Profile(), heading)
    assert (reading.verdict, reading.signals[0].symbol) == (ACT, "XAUUSD")
    assert reading.signals[0].symbol_span == heading.span
    wrong = headed("BUY NOW 1.0850\nSL 1.0820\nTP 1.0900", Profile(), heading)
    assert wrong.verdict is HOLD


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
def test_levels_when_damaged_then_every_number_stands_in_the_post_and_nothing_contradicts(seed: int) -> None:
    """One change anywhere: not joined, held, or possible; and no number without its digits in the text."""
    random = Random(seed)
    text = mutated("SL 4046\nTP1 4060\nTP2 4070", random, "move SL to 4050")
    both = _joined(random.choice((NOW, BARE)), text)
    if both is None:
        return
    reading, fields = both
    signal = reading.signals[0]
    levels = [signal.stop, *signal.targets] if "stop" in fields and "targets" in fields else []
    for level in levels:
        if isinstance(level, Number):
            assert 0 <= level.span.start < level.span.end <= len(text)
            assert any(character.isdecimal() for character in text[level.span.start : level.span.end])
            assert level.value > Decimal(0)
    if reading.verdict is ACT:
        assert_possible(reading)

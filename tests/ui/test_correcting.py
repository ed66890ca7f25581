"""A reading as lines of text and back: nothing guessed, and what was not touched stays as it was."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.model.signals import (
    Distance,
    Number,
    Open,
    OrderKind,
    Reading,
    ReadingKind,
    ReadingVerdict,
    Side,
    Signal,
    Span,
    Unit,
    Update,
    UpdateAction,
)
from signalos_tui.ui.correcting import NOWHERE, Form, changes, corrected, form_of

SIGNAL = Signal(
    1,
    Side.BUY,
    "XAUUSD",
    entry=(Number(Decimal(2340), Span(4, 8)), Number(Decimal(2345), Span(9, 13))),
    stop=Number(Decimal(2335), Span(17, 21)),
    targets=(Number(Decimal(2350), Span(25, 29)), Distance(Decimal(50), Unit.PIPS, Span(30, 37)), Open(Span(38, 42))),
    leverage=Number(Decimal(10), Span(43, 45)),
    side_span=Span(0, 3),
)
UPDATE = Update(1, UpdateAction.CLOSE_PARTIAL, Decimal("0.25"), None, "XAUUSD", Side.BUY, 2, span=Span(0, 5))


def reading(*signals: Signal) -> Reading:
    """A held reading."""
    return Reading(ReadingKind.SIGNAL, ReadingVerdict.HOLD, 0.5, signals=signals or (SIGNAL,))


def followup(*updates: Update) -> Reading:
    """A held follow-up."""
    return Reading(ReadingKind.UPDATE, ReadingVerdict.HOLD, 0.5, updates=updates or (UPDATE,))


def test_a_signal_when_shown_as_lines_then_each_says_what_was_read() -> None:
    form = form_of(reading())
    assert (form.kind, form.side, form.symbol) == (ReadingKind.SIGNAL, Side.BUY, "XAUUSD")
    assert (form.entry, form.stop, form.targets, form.leverage) == ("2340 - 2345", "2335", "2350  50 pips  open", "10")


def test_a_form_when_nothing_is_typed_then_it_means_the_same() -> None:
    found, faults = corrected(form_of(reading()), reading())
    assert not faults
    (signal,) = found.signals
    assert [one.value for one in signal.entry] == [Decimal(2340), Decimal(2345)]
    assert [type(one) for one in signal.targets] == [Number, Distance, Open]
    assert signal == SIGNAL  # also where in the post it stands
    assert changes(form_of(reading()), form_of(reading())) == {}


def test_an_update_when_nothing_is_typed_then_it_means_the_same() -> None:
    found, faults = corrected(form_of(followup()), followup())
    assert not faults
    assert found.updates == (UPDATE,)


def test_a_figure_when_typed_then_it_has_no_place_until_the_engine_finds_it() -> None:
    found, _ = corrected(replace(form_of(reading()), stop="2330"), reading())
    assert found.signals[0] == replace(SIGNAL, stop=Number(Decimal(2330), NOWHERE))


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("entry", "23x40"),
        ("entry", "1,234.5"),
        ("entry", "2340 2345 2350"),
        ("stop", "2335 2330"),
        ("stop", "open"),
        ("stop", "-5"),
        ("targets", "2350 2360x"),
        ("targets", "50 pipsqueaks"),
        ("targets", "open 2 open pips"),
        ("leverage", "ten"),
    ],
)
def test_a_line_when_it_is_no_figure_then_it_is_refused_with_what_it_was(field: str, typed: str) -> None:
    _, faults = corrected(replace(form_of(reading()), **{field: typed}), reading())
    assert list(faults) == [field]


@pytest.mark.parametrize(
    ("field", "typed"), [("fraction", "150"), ("fraction", ""), ("price", "2 3"), ("target", "x"), ("target", "0")]
)
def test_an_update_when_a_line_makes_no_sense_then_it_is_refused(field: str, typed: str) -> None:
    _, faults = corrected(replace(form_of(followup()), **{field: typed}), followup())
    assert list(faults) == [field]


def test_a_move_when_no_level_is_named_then_it_is_refused() -> None:
    _, faults = corrected(Form(ReadingKind.UPDATE, action=UpdateAction.MOVE_SL), None)
    assert list(faults) == ["price"]


def test_levels_when_typed_in_any_shape_then_each_is_what_it_says() -> None:
    found, faults = corrected(replace(form_of(reading()), targets="2350/2,5% 1.5R  30 pts; open"), reading())
    assert not faults
    assert [getattr(one, "unit", type(one)) for one in found.signals[0].targets] == [
        *(Number, Unit.PERCENT, Unit.R, Unit.POINTS),
        Open,
    ]


def test_a_zone_when_typed_the_wrong_way_round_then_low_stands_first() -> None:
    found, _ = corrected(replace(form_of(reading()), entry="2345/2340"), reading())
    assert [one.value for one in found.signals[0].entry] == [Decimal(2340), Decimal(2345)]


def test_a_post_with_two_calls_when_one_is_corrected_then_the_other_stays() -> None:
    both = reading(SIGNAL, replace(SIGNAL, number=2, symbol="EURUSD"))
    found, _ = corrected(replace(form_of(both, 2), side=Side.SELL), both, 2)
    assert found.signals[0] == SIGNAL
    assert (found.signals[1].side, found.signals[1].symbol) == (Side.SELL, "EURUSD")


def test_a_kind_when_changed_then_nothing_of_the_other_kind_is_left() -> None:
    found, _ = corrected(replace(form_of(reading()), kind=ReadingKind.UPDATE), reading())
    assert (found.signals, len(found.updates), found.updates[0].side) == ((), 1, None)
    noise, faults = corrected(replace(form_of(reading()), kind=ReadingKind.NOISE), reading())
    assert (noise.signals, noise.updates, faults) == ((), (), {})
    assert changes(form_of(noise), form_of(reading())) == {"kind": "signal"}


def test_changes_when_lines_differ_then_each_says_what_it_was() -> None:
    was = form_of(reading())
    now = replace(was, side=None, order=OrderKind.LIMIT, stop="")
    assert changes(now, was) == {"side": "buy", "order": "", "stop": "2335"}
    update = form_of(followup())
    assert changes(replace(update, action=UpdateAction.CLOSE), update) == {"action": "close part"}


def test_a_signal_when_it_has_no_side_then_it_cannot_be_meant() -> None:
    _, faults = corrected(replace(form_of(reading()), side=None), reading())
    assert list(faults) == ["side"]


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30), st.text(max_size=8))
def test_lines_when_anything_is_typed_then_a_level_is_read_or_refused(
    entry: str, stop: str, targets: str, leverage: str
) -> None:
    form = Form(ReadingKind.SIGNAL, Side.BUY, "X", entry=entry, stop=stop, targets=targets, leverage=leverage)
    found, faults = corrected(form, None)
    (signal,) = found.signals
    for name, typed, read in (("entry", entry, signal.entry), ("targets", targets, signal.targets)):
        assert name in faults or bool(read) == any(char.isalnum() for char in typed)

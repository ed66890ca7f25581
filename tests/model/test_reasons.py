"""Reasons in one line: sentences of the reader and phrases of the rules stand side by side."""

from __future__ import annotations

from signalos_tui.model.signals import Reason, in_one_line


def test_in_one_line_when_a_reason_is_a_sentence_then_its_full_stop_does_not_meet_the_semicolon() -> None:
    told = in_one_line((Reason("corrected", "Corrected by the owner."), Reason("staleness", "It is 107.6 s old")))
    assert told == "Corrected by the owner; It is 107.6 s old"


def test_in_one_line_when_there_is_no_reason_then_it_says_nothing() -> None:
    assert in_one_line(()) == ""


def test_in_one_line_leaves_a_number_with_its_point_alone() -> None:
    assert in_one_line((Reason("levels", "The entry is 2340.5"),)) == "The entry is 2340.5"

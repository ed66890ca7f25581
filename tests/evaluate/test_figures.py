from __future__ import annotations

import pytest

from signalos_tui.evaluate.figures import lots, money, percent, pips, places, plain, seconds
from tests.evaluate.cases import D


@pytest.mark.parametrize(
    ("value", "text"), [("1.50", "1.5"), ("1E+3", "1000"), ("100", "100"), ("-0.00010", "-0.0001"), ("NaN", "NaN")]
)
def test_plain(value: str, text: str) -> None:
    assert plain(D(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.5", "0.5 lots"),
        ("12", "12 lots"),
        ("0.00499", "0.0049 lots"),
        ("0.019", "0.019 lots"),
        ("0.0399", "0.039 lots"),
        ("1.239", "1.23 lots"),
        ("0", "0 lots"),
        ("Infinity", "Infinity lots"),
    ],
)
def test_lots_then_two_figures_and_never_more_than_it_is(value: str, text: str) -> None:
    assert lots(D(value)) == text


def test_units() -> None:
    assert money(D("12345.678"), "USD") == "12 345.68 USD"
    assert money(D("NaN"), "USD") == "NaN USD"
    assert (percent(D("1.256")), percent(D(5)), percent(D("1234.5"))) == ("1.26 %", "5 %", "1 234.5 %")
    assert (pips(D("3.14")), pips(D(3))) == ("3.1 pips", "3 pips")
    assert (seconds(31_549), seconds(500.4)) == ("31.5 s", "0.5 s")
    assert places(D("Infinity"), 2) == "Infinity"

"""Every row of the fault catalogue's tables A, C, D and E has a test that carries its number, or a reason here why not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROWS = [f"{table}{n}" for table, last in (("a", 18), ("c", 11), ("d", 24), ("e", 12)) for n in range(1, last + 1)]
NOT_HERE = {"e11": "the journal is one file on one machine; there is no PostgreSQL and no NATS that could be away"}

_NAMES = re.compile(r"def test_([acde]\d+)_")


def named() -> set[str]:
    """The rows that tests name."""
    files = Path(__file__).parents[1].rglob("test_*.py")
    return {row for file in files for row in _NAMES.findall(file.read_text("utf-8"))}


@pytest.mark.parametrize("row", [row for row in ROWS if row not in NOT_HERE])
def test_row_then_a_test_carries_its_number(row: str) -> None:
    """`pytest -k d14` runs what shows row D14."""
    assert row in named()


def test_rows_that_have_no_test_then_it_is_said_why() -> None:
    """Nothing is left out in silence, and nothing is excused that is there."""
    assert not set(NOT_HERE) & named()

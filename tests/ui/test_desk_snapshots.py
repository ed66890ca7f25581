"""Pictures of the desk and its other screens, replayed from a scenario with a clock that stands still."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.show import app_of

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["signalos-dark", "signalos-light"])
def test_desk(snap_compare: Any, theme: str, size: str) -> None:
    assert snap_compare(app_of("desk", theme), terminal_size=SIZES[size])


@pytest.mark.parametrize(("mode", "key"), [("log", "2"), ("channels", "3"), ("rules", "4")])
def test_mode(snap_compare: Any, mode: str, key: str) -> None:
    assert snap_compare(app_of("desk"), terminal_size=(120, 40), press=[key])


def test_narrow_terminal_with_the_log_in_view(snap_compare: Any) -> None:
    assert snap_compare(app_of("desk"), terminal_size=(80, 24), press=["tab", "tab"])


def test_filter_line(snap_compare: Any) -> None:
    assert snap_compare(app_of("desk"), terminal_size=(120, 40), press=["slash", *"gold"])

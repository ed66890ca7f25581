"""The table of a run: a title that is cut says so."""

from __future__ import annotations

from signalos_tui.commands.summary import WIDTHS, _fitted


def test_a_title_when_too_long_for_its_column_then_it_ends_in_an_ellipsis() -> None:
    fitted = _fitted("ROCKET SIGNALS [VIP] 🚀 and more")
    assert fitted.endswith("…")
    assert len(fitted) < WIDTHS[0]
    assert _fitted("Aurum") == "Aurum"

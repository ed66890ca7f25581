"""A line keeps the order of what is typed, however fast it comes and however deep it stands."""

from __future__ import annotations

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical

from signalos_tui.ui.widgets.line_input import LineInput


class Deep(App[None]):
    """A line with much above it, as in a dialog."""

    def compose(self) -> ComposeResult:
        """The line."""
        with Vertical(), Horizontal(), Vertical(), Horizontal():
            yield LineInput("46800", id="line")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (["backspace"] * 5 + list("123"), "123"),
        (["backspace", "7", "backspace", "8", "9"], "468089"),
        (["home", "delete", "9", "right", "5", "end", "1"], "965800" + "1"),
        (["left", "left", "x", "right", "y"], "468x0y0"),
    ],
)
async def test_a_line_when_keys_come_all_at_once_then_they_act_in_their_order(keys: list[str], said: str) -> None:
    app = Deep()
    async with app.run_test() as pilot:
        line = app.query_one(LineInput)
        line.focus()
        await pilot.press("end")
        for key in keys:
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        await pilot.pause()
        assert line.value == said

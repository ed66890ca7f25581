"""The card of a held call while its post is edited: what changes under the finger is said, and has to be looked at."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from signalos_tui.model.shown import mark_of
from signalos_tui.model.signals import Side
from signalos_tui.ui.screens.approve import ApproveScreen
from tests.ui.stage import HELD, SCREENS, Stage, desk, now
from tests.ui.test_modals import card, words


async def test_approve_when_it_is_edited_under_the_finger_then_it_says_so_and_takes_no_yes_for_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A yes that was meant for what stood there before falls on nothing; the next one is to what stands there now."""
    monkeypatch.setattr(ApproveScreen, "LOOK_AGAIN_S", 60.0)
    app = Stage(SCREENS["approve"])
    view = desk().signals[HELD]
    turned = replace(view, signal=replace(view.signal, side=Side.SELL))
    async with app.run_test(size=(100, 34)) as pilot:
        await pilot.pause()
        card(pilot).show(replace(desk(), signals={**desk().signals, HELD: turned}), now())
        await pilot.press("y")
        await pilot.pause()
        assert app.answers == []
        assert "edited while you looked" in words(pilot)
        screen = card(pilot)
        assert isinstance(screen, ApproveScreen)
        screen._looked()
        await pilot.pause()
        assert "edited while you looked" in words(pilot)
        await pilot.press("y")
        await pilot.pause()
    assert app.answers == [mark_of(turned)]


async def test_approve_when_the_moment_to_look_is_over_then_it_takes_a_yes_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ApproveScreen, "LOOK_AGAIN_S", 0.01)
    app = Stage(SCREENS["approve"])
    view = desk().signals[HELD]
    async with app.run_test(size=(100, 34)) as pilot:
        await pilot.pause()
        turned = replace(view, signal=replace(view.signal, side=Side.SELL))
        card(pilot).show(replace(desk(), signals={**desk().signals, HELD: turned}), now())
        assert card(pilot).yes.disabled
        await pilot.pause(0.05)
        assert not card(pilot).yes.disabled


async def test_approve_when_an_edit_is_not_read_yet_then_it_takes_no_yes() -> None:
    """What is shown is what the post said before."""
    app = Stage(SCREENS["approve"])
    key = desk().signals[HELD].key
    async with app.run_test(size=(100, 34)) as pilot:
        await pilot.pause()
        unread = replace(desk().posts[key], reading=None)
        card(pilot).show(replace(desk(), posts={**desk().posts, key: unread}), now())
        assert card(pilot).yes.disabled
        assert "being read again" in words(pilot)

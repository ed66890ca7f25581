"""Tests of the console press keys as fast as they can, so dialogs take them at once unless a test says otherwise."""

from __future__ import annotations

import pytest

from signalos_tui.ui.screens.card import Card


@pytest.fixture(autouse=True)
def _no_typed_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Card, "TYPED_AHEAD_S", 0.0)

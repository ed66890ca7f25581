"""A terminal to command, for every test that wants one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.kit import ROOT, FakeTerminal


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTerminal:
    """The fake terminal of this test; workers find it by the environment."""
    folder = tmp_path / "mt5"
    folder.mkdir()
    monkeypatch.setenv("FAKE_MT5", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return FakeTerminal(folder)

"""Databases of money are their owner's alone: the paper account's and the gateway's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.errors import SourceUnreadable
from signalos_tui.execute.paper import PaperStore
from signalos_tui.gateway.intents import IntentStore

NOW = 1_767_603_600_000


def paper(path: Path) -> Any:
    store = PaperStore(path)
    store._write("INSERT OR REPLACE INTO quote VALUES ('X', 1, 1.0, 1.0)")
    return store


def intents(path: Path) -> Any:
    store = IntentStore(path, NOW)
    store.raise_fence(1)
    return store


@pytest.fixture(autouse=True)
def open_to_all() -> Iterator[None]:
    """A umask that takes nothing away."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.parametrize("made", [paper, intents])
@pytest.mark.parametrize("was_there", [False, True])
def test_database_when_opened_then_nobody_else_reads_it(
    tmp_path: Path, made: Callable[[Path], Any], was_there: bool
) -> None:
    path = tmp_path / "a.db"
    if was_there:
        path.touch(0o644)
        (tmp_path / "a.db-wal").touch(0o644)
    store = made(path)
    try:
        modes = {one.name: oct(one.stat().st_mode & 0o777) for one in tmp_path.iterdir()}
        assert modes == dict.fromkeys(("a.db", "a.db-wal", "a.db-shm"), "0o600")
    finally:
        store.close()


def test_paper_account_when_its_folder_is_not_there_then_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match=r"cannot be opened: No such file or directory\."):
        PaperStore(tmp_path / "nowhere" / "a.db")

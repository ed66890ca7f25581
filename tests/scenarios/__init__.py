"""Recorded desks: one JSONL file of `Record`s a scenario, played by `RecordedControl` in tests, pictures and reviews.

A scenario is what an engine would have published, so a screen in a test is the replay of one and never a hand-made state.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from signalos_tui.clock import FrozenClock
from signalos_tui.model.events import Record

FOLDER = Path(__file__).parent
_DECODER = msgspec.json.Decoder(Record)


def load(name: str) -> list[Record]:
    """The records of `tests/scenarios/<name>.jsonl`, oldest first."""
    return _DECODER.decode_lines((FOLDER / f"{name}.jsonl").read_bytes())


def dump(name: str, records: list[Record]) -> Path:
    """Write a scenario; returns the file."""
    path = FOLDER / f"{name}.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
    return path


def clock_of(records: list[Record], later_ms: int = 400) -> FrozenClock:
    """A clock that stands still shortly after the last record, so ages are the same in every run."""
    return FrozenClock(records[-1].at + later_ms if records else 1_767_603_600_000)

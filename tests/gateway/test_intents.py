"""The store of intents: on disk before anything is called, never forgotten too early, never two of one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signalos_tui.errors import OperatorNeeded
from signalos_tui.gateway.intents import KEPT_MS, IntentStore

NOW = 1_767_603_600_000
RESULT = msgspec.msgpack.encode({"retcode": 10009})


def test_intent_when_inserted_then_attempted_and_when_recorded_then_its_outcome(tmp_path: Path) -> None:
    store = IntentStore(tmp_path / "i.db", NOW)
    assert store.known("a/1", b"r") is None
    store.insert("a/1", NOW, b"r", NOW)
    known = store.known("a/1", b"r")
    assert known is not None
    assert known.outcome is None
    store.record("a/1", RESULT, (1, "Success"), NOW)
    known = store.known("a/1", b"other")
    assert known is not None
    assert not known.is_same_request
    assert known.outcome is not None
    assert (bytes(known.outcome[0]), known.outcome[1]) == (RESULT, (1, "Success"))
    store.close()


def test_intent_when_inserted_twice_then_refused_and_the_first_stays(tmp_path: Path) -> None:
    store = IntentStore(tmp_path / "i.db", NOW)
    store.insert("a/1", NOW, b"r", NOW)
    store.record("a/1", RESULT, (1, "Success"), NOW)
    with pytest.raises(sqlite3.IntegrityError):
        store.insert("a/1", NOW + 5, b"r", NOW + 5)
    assert store.newest_intent_at == NOW
    store.record("a/1", b"\xc0", (-1, "later"), NOW)  # what was recorded stays
    known = store.known("a/1", b"r")
    assert known is not None
    assert known.outcome is not None
    assert bytes(known.outcome[0]) == RESULT
    store.close()


def test_intent_when_half_a_year_old_then_forgotten_and_what_was_seen_is_not(tmp_path: Path) -> None:
    store = IntentStore(tmp_path / "i.db", NOW)
    store.insert("old/1", NOW, b"r", NOW)
    store.insert("new/1", NOW + KEPT_MS, b"r", NOW + KEPT_MS + 1)
    store.raise_fence(4)
    store.close()
    store = IntentStore(tmp_path / "i.db", NOW + KEPT_MS + 2)
    assert store.known("old/1", b"r") is None
    assert store.known("new/1", b"r") is not None
    assert (store.newest_intent_at, store.fence) == (NOW + KEPT_MS, 4)
    store.close()


def test_intent_when_the_clock_is_years_ahead_at_a_start_then_not_forgotten(tmp_path: Path) -> None:
    """A machine that has just booted may believe anything."""
    store = IntentStore(tmp_path / "i.db", NOW)
    store.insert("a/1", NOW, b"r", NOW)
    store.close()
    store = IntentStore(tmp_path / "i.db", NOW + 10 * KEPT_MS)
    assert store.known("a/1", b"r") is not None
    store.close()


def test_store_when_every_commit_is_made_then_with_a_sync(tmp_path: Path) -> None:
    store = IntentStore(tmp_path / "i.db", NOW)
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


def test_store_when_damaged_or_of_another_version_then_refused_and_never_replaced(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"this is no database" * 100)
    with pytest.raises(OperatorNeeded, match="cannot be used"):
        IntentStore(damaged, NOW)
    assert damaged.read_bytes().startswith(b"this is no database")
    newer = tmp_path / "newer.db"
    with sqlite3.connect(newer) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(OperatorNeeded, match="format 99"):
        IntentStore(newer, NOW)


def test_store_when_others_use_the_machine_then_they_cannot_read_it(tmp_path: Path) -> None:
    store = IntentStore(tmp_path / "data" / "i.db", NOW)
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
    store.close()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["insert", "record", "open"])), max_size=12))
def test_store_when_anything_happens_in_any_order_then_an_intent_is_inserted_once_and_keeps_its_first_outcome(
    tmp_path: Path, steps: list[tuple[str, str]]
) -> None:
    path = tmp_path / "i.db"
    path.unlink(missing_ok=True)
    for more in ("-wal", "-shm"):
        path.with_name(path.name + more).unlink(missing_ok=True)
    store = IntentStore(path, NOW)
    outcomes: dict[str, bytes | None] = {}
    for number, (intent, step) in enumerate(steps):
        if step == "open":
            store.close()
            store = IntentStore(path, NOW)
        elif step == "record":
            store.record(intent, b"%d" % number, (1, ""), NOW)
            if intent in outcomes and outcomes[intent] is None:
                outcomes[intent] = b"%d" % number
        elif intent in outcomes:
            with pytest.raises(sqlite3.IntegrityError):
                store.insert(intent, NOW, b"r", NOW)
        else:
            store.insert(intent, NOW, b"r", NOW)
            outcomes[intent] = None
        for one in "abc":
            known = store.known(one, b"r")
            assert (known is not None) == (one in outcomes)
            if known is not None:
                assert (bytes(known.outcome[0]) if known.outcome else None) == outcomes[one]
    store.close()

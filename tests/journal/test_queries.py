"""Questions from outside: the tail, the history of a signal, an export, and what came of each channel."""

from __future__ import annotations

import json
import shutil
import sqlite3
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from signalos_tui.journal import Journal, JournalUnusable
from signalos_tui.journal.queries import export, history, opened, statistics, tail
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome, UpdateDecision
from signalos_tui.model.ids import ChannelId, SignalId, update_id
from tests.journal import samples as s


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two traded posts, one denied, one held, one of another channel."""
    path = tmp_path / "journal.db"
    journal = Journal.open(path, threaded=False)
    journal.append_now([s.followed()], 1_000)
    journal.append_now(s.life(1), 1_000)
    journal.append_now([*s.life(2)[:-3], s.closed(2, "-20")], 2_000)
    journal.append_now([s.received(3), s.read(3), s.decided(3, DecisionOutcome.DENIED, "spread", "age")], 3_000)
    journal.append_now([s.received(4), s.read(4), s.decided(4, DecisionOutcome.HELD, "spread")], 4_000)
    journal.append_now([e.MessageDeleted(s.post(4).key), s.received(5, channel=ChannelId("tg:-1002"))], 5_000)
    edited = s.post(3, "SELL XAUUSD")
    journal.append_now([e.MessageEdited(edited, edited.content, 1)], 6_000)
    journal.close()
    return path


def test_tail_when_asked_then_the_last_records_come_oldest_first(path: Path) -> None:
    records = tail(path, 3)
    assert [e.kind_of(record.event) for record in records] == ["message-deleted", "message-received", "message-edited"]
    assert len(tail(path, 1_000)) == records[-1].seq
    assert tail(path, 0) == []


def test_tail_when_the_engine_runs_then_it_reads_beside_it(path: Path) -> None:
    journal = Journal.open(path)
    journal.append_now([s.notice("fresh")], 7_000)
    assert tail(path, 1)[0].event == s.notice("fresh")
    journal.close()


def test_query_when_there_is_no_journal_then_the_next_step_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalUnusable, match="--data"):
        tail(tmp_path / "none.db", 1)
    (tmp_path / "empty.db").write_bytes(b"")
    with pytest.raises(JournalUnusable, match="there is no journal"):
        statistics(tmp_path / "empty.db")
    assert not (tmp_path / "none.db").exists()


def test_query_when_it_would_write_then_it_cannot(path: Path) -> None:
    with pytest.raises(JournalUnusable, match="readonly"), opened(path) as connection:
        connection.execute("DELETE FROM commands")


def test_query_when_the_folder_is_read_only_then_a_journal_at_rest_is_read(path: Path) -> None:
    for extra in ("-wal", "-shm"):
        Path(f"{path}{extra}").unlink(missing_ok=True)
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        assert len(tail(path, 2)) == 2
    finally:
        path.parent.chmod(0o700)


def test_history_when_a_signal_was_traded_then_everything_about_it_and_nothing_else(path: Path) -> None:
    kinds = [e.kind_of(record.event) for record in history(path, s.signal_of(1))]
    assert kinds == [e.kind_of(event) for event in s.life(1)]
    assert [e.kind_of(record.event) for record in history(path, s.signal_of(3))] == [
        "message-received",
        "message-read",
        "signal-decided",
        "message-edited",
    ]
    assert history(path, SignalId("tg:-1001/99#1")) == []
    assert history(path, SignalId("nonsense")) == []


def test_history_when_a_post_has_two_signals_then_they_are_kept_apart(path: Path) -> None:
    second = SignalId(f"{s.post(4).key}#12")
    update = update_id(s.post(5).key, 1)
    journal = Journal.open(path, threaded=False)
    bound = UpdateDecision(update, DecisionOutcome.ACCEPTED, (s.signal_of(4),))
    journal.append_now([e.SignalRejected(second, "the owner said no", "owner"), e.UpdateDecided(bound)], 7_000)
    journal.close()
    first = [e.kind_of(record.event) for record in history(path, s.signal_of(4))]
    assert first == ["message-received", "message-read", "signal-decided", "message-deleted", "update-decided"]
    assert "signal-rejected" in [e.kind_of(record.event) for record in history(path, second)]


def test_export_when_done_then_every_line_is_a_record(path: Path, tmp_path: Path) -> None:
    journal = Journal.open(path, threaded=False)
    hostile = "a \x1b]52;c;eA==\x07 b \x9b31m c \u202e d \u2028 e"
    journal.append_now([s.notice(hostile)], 7_000)
    journal.close()
    done = export(path, tmp_path / "out.jsonl")
    assert done.stopped == ""
    raw = (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    assert not any(ord(c) < 32 and c != "\n" for c in raw)
    assert not {"\x9b", "\u202e", "\u2028", "\x7f"} & set(raw)
    lines = [msgspec.json.decode(line, type=e.Record) for line in raw.split("\n")[:-1]]
    assert len(lines) == done.records
    assert lines == tail(path, 1_000)
    assert json.loads(raw.split("\n")[-2])["event"]["text"] == hostile
    with pytest.raises(ValueError, match="known is jsonl"):
        export(path, tmp_path / "out.csv", "csv")


def test_e6_export_when_the_journal_is_damaged_then_the_readable_part_comes_out(path: Path, tmp_path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER events_are_never_changed")
    connection.execute("UPDATE events SET at = 5 WHERE seq = 6")
    connection.commit()
    connection.close()
    done = export(path, tmp_path / "out.jsonl")
    assert done.records == 5
    assert "record 6" in done.stopped
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 5


def test_statistics_when_asked_then_each_channel_says_what_came_of_it(path: Path) -> None:
    gold, other = statistics(path)
    assert (gold.channel, gold.title) == (s.GOLD, "Gold VIP")
    assert (gold.messages, gold.edited, gold.deleted) == (4, 1, 1)
    assert (gold.signals, gold.accepted, gold.held, gold.denied, gold.rejected) == (4, 2, 1, 1, 0)
    assert gold.reasons == {"spread": 2}
    assert (gold.legs, gold.open_legs, gold.won, gold.lost) == (2, 0, 1, 1)
    assert (gold.profit, gold.risk) == (Decimal("22.35"), Decimal(100))
    assert (other.channel, other.title, other.messages, other.signals) == ("tg:-1002", "", 1, 0)


def test_statistics_when_a_span_is_named_then_only_what_fell_in_it_counts(path: Path) -> None:
    gold = statistics(path, since=2_000, until=3_000)[0]
    assert (gold.messages, gold.signals, gold.legs, gold.profit) == (1, 1, 1, Decimal(-20))


def test_statistics_when_a_copy_is_read_then_it_needs_no_other_file(path: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    shutil.copy(path, tmp_path / "copy" / "journal.db")
    assert statistics(tmp_path / "copy" / "journal.db") == statistics(path)

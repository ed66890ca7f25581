"""Killed at any moment: what was acknowledged is there, what was not is there whole or not at all."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from signalos_tui.journal import Journal
from signalos_tui.journal.verify import verify
from signalos_tui.model import events as e
from tests.journal import samples as s

WRITER = """
import asyncio, os, sys
from pathlib import Path
from signalos_tui.journal import Journal
from tests.journal import samples as s

async def main():
    journal = Journal.open(Path(sys.argv[1]))
    start = journal.head.seq
    async def write(writer):
        turn = 0
        while True:
            turn += 1
            name = f"{os.getpid()}/{writer}/{turn}"
            records = await journal.append([s.notice(f"{name}/{part}") for part in range(3)], turn)
            os.write(1, f"{records[0].seq} {name}\\n".encode())
    await asyncio.gather(*(write(writer) for writer in range(8)))

asyncio.run(main())
"""


def test_e1_writer_when_killed_again_and_again_then_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """Eight writers in a process of their own, a SIGKILL after a random number of acknowledgements, many times."""
    path = tmp_path / "journal.db"
    choice = random.Random(7)
    acknowledged: dict[str, int] = {}
    for _ in range(10):
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), str(path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for _ in range(choice.randrange(1, 120)):
                seq, name = process.stdout.readline().split()
                acknowledged[name] = int(seq)
            os.kill(process.pid, signal.SIGKILL)
            for line in process.stdout.read().splitlines(keepends=True):
                if line.endswith("\n"):
                    acknowledged[line.split()[1]] = int(line.split()[0])
    findings = verify(path)
    assert findings.ok, findings
    journal = Journal.open(path, threaded=False)
    assert not journal.mismatch
    groups: dict[str, list[int]] = {}
    for record in journal.tail(0):
        assert isinstance(record.event, e.NoticeRaised)
        groups.setdefault(record.event.text.rpartition("/")[0], []).append(record.seq)
    journal.close()
    assert all(seqs == list(range(seqs[0], seqs[0] + 3)) for seqs in groups.values())
    assert acknowledged.items() <= {name: seqs[0] for name, seqs in groups.items()}.items()
    assert len(acknowledged) > 100


def test_e2_power_when_cut_at_any_byte_of_the_log_then_all_that_was_synced_is_there(tmp_path: Path) -> None:
    """What a disk may lose is what was written after the last sync: the log ends anywhere behind it, or in rubbish."""
    path, copy = tmp_path / "journal.db", tmp_path / "after" / "journal.db"
    copy.parent.mkdir()
    journal = Journal.open(path, threaded=False)
    synced: list[tuple[int, int]] = []
    for number in range(1, 30):
        journal.append_now([s.received(number), s.read(number)], number)
        synced.append((journal.log_bytes, journal.head.seq))
    log = Path(f"{path}-wal").read_bytes()
    choice = random.Random(5)
    for _ in range(40):
        size, seq = choice.choice(synced)
        lost = bytearray(log[size : choice.randrange(size, len(log) + 1)])
        for where in choice.sample(range(len(lost)), len(lost) // 50):
            lost[where] ^= 0xFF
        shutil.copy(path, copy)
        Path(f"{copy}-wal").write_bytes(log[:size] + lost)
        Path(f"{copy}-shm").unlink(missing_ok=True)
        for extra in (".head", ".lock"):
            Path(f"{copy}{extra}").unlink(missing_ok=True)
        after = Journal.open(copy, threaded=False)
        records = list(after.tail(0))
        assert len(records) >= seq
        assert len(records) % 2 == 0
        assert records == list(journal.tail(0))[: len(records)]
        after.close()
    journal.close()


OPENER = """
import os, signal, sqlite3, sys
from pathlib import Path
from signalos_tui.journal import Journal, connection, store
from tests.journal import samples as s

left = [int(sys.argv[2])]
real = store.connect_writer

def die(_sql):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)

def watched(path, *, create):
    opened = real(path, create=create)
    opened.set_trace_callback(die)
    return opened

store.connect_writer = watched
journal = Journal.open(Path(sys.argv[1]), salt=b"the salt", threaded=False)
journal.append_now(s.life(1), 1)
journal.close()
"""


@pytest.mark.parametrize("statement", range(0, 60, 6))
def test_first_start_when_killed_at_any_statement_then_the_next_start_begins_cleanly(
    tmp_path: Path, statement: int
) -> None:
    path = tmp_path / "journal.db"
    command = [sys.executable, "-c", textwrap.dedent(OPENER), str(path)]
    assert subprocess.run([*command, str(statement)], check=False).returncode == -signal.SIGKILL
    journal = Journal.open(path, salt=b"the salt", threaded=False)
    assert not journal.mismatch
    assert journal.head.seq in (0, 9)
    journal.close()
    assert verify(path).ok

"""The disk says no at the n-th write, for every n and in every way, and the power goes at any byte.

The first part lives a full scenario once for each write of it and each fault: nothing that was not written is sent, nothing that
was acknowledged is lost, and trading comes back by itself. The second tears the write-ahead log of a real journal: what had not
been synced when a commit returned is lost in any part, as after a power cut; what was acknowledged must be there.

`python -m tests.proof.disks` runs all of it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.commands.places import JOURNAL
from signalos_tui.journal import Journal
from signalos_tui.journal.ledger import Group
from signalos_tui.journal.verify import verify
from signalos_tui.model import commands as c
from signalos_tui.model.events import Record
from signalos_tui.model.ids import SignalId
from signalos_tui.model.messages import Message
from tests.proof.broker import LOST, Fate
from tests.proof.disk import SALT, Disk, Failure
from tests.proof.folder import place
from tests.proof.loop import run as simulated
from tests.proof.story import BEGINS, CONFIGS, ROOM, Story, quoted
from tests.proof.telegram import Entry
from tests.proof.verdict import wrong
from tests.proof.world import World, lived, ready

ENOSPC, EIO, SHORT, SYNC = (
    "database or disk is full", "disk I/O error", "disk I/O error: a short write", "disk I/O error: the sync failed",
)  # fmt: skip
FAULTS: tuple[tuple[str, bool], ...] = ((ENOSPC, False), (EIO, False), (SHORT, False), (SYNC, True))
"""What the disk says, and whether the statement was carried out all the same: a sync that fails may leave everything there."""

WIDTHS = (1, 9)
"""How many statements fail in a row: one, and all of a transaction and of the attempt after it."""

SECTOR = 512
TEARS = 50
"""Torn files made of each commit."""


class Tried(Struct):
    """How many points were tried, and what was wrong."""

    points: int = 0
    cuts: int = 0
    wrong: list[str] = []


def scenario(*, netting: bool = False) -> Story:
    """Calls, a follow-up, an edit, a lost answer and a key of the owner."""
    texts = (
        (1_000, Message(ROOM.id, 1, BEGINS + 1_000, "BUY EURUSD NOW\nSL 1.0790\nTP1 1.0900\nTP2 1.0950")),
        (4_000, Message(ROOM.id, 2, BEGINS + 4_000, "close half and move SL to 1.0800", reply_to=1)),
        (
            7_000,
            Message(ROOM.id, 1, BEGINS + 1_000, "BUY EURUSD NOW\nSL 1.0795\nTP1 1.0900\nTP2 1.0950", BEGINS + 7_000),
        ),
        (10_000, Message(ROOM.id, 3, BEGINS + 10_000, "BUY LIMIT EURUSD 1.0820\nSL 1.0770\nTP1 1.0920")),
        (13_000, Message(ROOM.id, 4, BEGINS + 13_000, "good morning traders, have a great week")),
    )
    close = c.CloseTrade(key="close", issued_at=BEGINS + 16_000, signal=SignalId(f"{ROOM.id}/1#1"))
    return Story(
        seed=11, config=CONFIGS[1], symbols=("EURUSD",), prices=quoted("EURUSD"),
        entries=tuple(Entry(BEGINS + at, message, (300,)) for at, message in texts),
        fates=(Fate(), Fate(0.0, LOST)), keys=(close,), netting=netting,
    )  # fmt: skip


def points(story: Story) -> int:
    """How many statements a life of it has that change the disk."""
    disk = Disk()
    simulated(World(story, disk).run())
    return disk.statements


def failing(tried: Tried, go_on: Callable[[Tried], bool], shard: int = 0, shards: int = 1) -> Tried:
    """Every write of the scenario, every fault; of them every `shards`-th. Call it while `ready` holds."""
    for netting in (False, True):
        story = scenario(netting=netting)
        for number in range(1 + shard, points(story) + 1, shards):
            for text, after in FAULTS:
                for width in WIDTHS:
                    if not go_on(tried):
                        return tried
                    failures = (Failure(number, number + width - 1, text, after),)
                    found = wrong(lived(replace(story, failures=failures)))
                    tried.points += 1
                    where = f"write {number}+{width} {text!r}{' netting' if netting else ''}"
                    tried.wrong += [f"{where}: {each}" for each in found]
    return tried


def power_cuts(tried: Tried, go_on: Callable[[Tried], bool]) -> Tried:
    """Every commit of the scenario on a real file, torn in several ways. Not while `ready` holds."""
    with ready():
        groups = list(_groups(lived(scenario()).records))
    rng = Random(1)
    with tempfile.TemporaryDirectory(dir=place(), prefix="signalos-proof-") as name:
        folder = Path(name)
        journal = Journal.open(folder / "live" / JOURNAL, threaded=False, salt=SALT)
        for number, group in enumerate(groups):
            before = _files(folder / "live")
            acknowledged = journal.head.seq
            journal._ledger.commit([group])
            after = _files(folder / "live")
            for _ in range(TEARS):
                if not go_on(tried):
                    break
                tried.cuts += 1
                found = _torn(folder / "torn", before, after, acknowledged, journal.head.seq, rng)
                tried.wrong += [f"power cut in commit {number}: {each}" for each in found]
        journal.close()
    return tried


def _groups(records: tuple[Record, ...]) -> Iterator[Group]:
    # Records of one moment are written together here; how they were grouped makes no difference to a torn file.
    together: list[Record] = []
    for record in records:
        if together and record.at != together[0].at:
            yield Group([one.event for one in together], together[0].at)
            together = []
        together.append(record)
    if together:
        yield Group([one.event for one in together], together[0].at)


def _files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.endswith(("-shm", ".lock"))}


def _torn(
    folder: Path, before: dict[str, bytes], after: dict[str, bytes], acknowledged: int, written: int, rng: Random
) -> Iterator[str]:
    # Sector by sector it is the old file or the new one: what was not synced may be there in any part.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, new in after.items():
        old = before.get(name, b"").ljust(len(new), b"\0")
        if name.endswith(".head"):
            torn = before.get(name, new)  # one sector, and it follows the commit
        else:
            share = rng.random()
            torn = b"".join(
                (new if rng.random() < share else old)[at : at + SECTOR] for at in range(0, len(new), SECTOR)
            )
        (folder / name).write_bytes(torn)
    journal = Journal.open(folder / JOURNAL, threaded=False)
    last = journal._ledger.place.seq
    if last not in (acknowledged, written):
        yield f"the journal ends at record {last}, acknowledged was {acknowledged}, written {written}"
    if journal.mismatch:
        yield f"it is taken for older than it is: {journal.mismatch_reason}"
    journal.close()
    findings = verify(folder / JOURNAL)
    if not findings.ok:
        yield f"it does not verify: {findings.findings[:3]}"


def main() -> int:
    """As a command."""
    with ready():
        tried = failing(Tried(), lambda _: True)
    power_cuts(tried, lambda _: True)
    sys.stdout.write("".join(f"WRONG {text}\n" for text in tried.wrong))
    sys.stdout.write(f"{tried.points} failing writes, {tried.cuts} power cuts\n")
    return 1 if tried.wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""`signalos journal`: verify, export, tail, show, rebuild. Reads a journal that an engine may be writing.

Where the data folder holds several accounts, a question is asked of each of them, under its name, or of the one that is named.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from signalos_tui.commands.places import JOURNAL, data_folder, folder_of, folders
from signalos_tui.errors import JournalUnusable, SourceUnreadable
from signalos_tui.harmless import one_line
from signalos_tui.journal import queries
from signalos_tui.journal import verify as verification
from signalos_tui.model.desk import ChannelView, DeskState
from signalos_tui.model.events import Record, kind_of
from signalos_tui.model.ids import SignalId
from signalos_tui.narrate import narrate

FAULTS_FOUND = 3
BACKUP = "Do not trade on it: restore the newest backup that verifies"
REMEDIES = {
    "file": BACKUP,
    "record": BACKUP,
    "projection": "Make the tables anew from the records: signalos journal rebuild",
    "snapshot": "Nothing to do: it is not used, the next start reads the records instead",
    "note": "If you put back a backup, start: everything is compared with the broker, and halted, before anything is sent",
}
"""What to do, by where a fault was found."""


def verify(data: Path | None, account: str = "") -> int:
    """Check every journal and say what was found. 3 when anything is wrong. Raises JournalUnusable without one."""
    return max(_verified(path) for path in _each(data, account))


def _each(data: Path | None, account: str) -> Iterator[Path]:
    # The journal of each account, after a line with its name where it has one.
    for name, folder in folders(data_folder(data), account).items():
        if name:
            print(f"account {name}:")
        yield folder / JOURNAL


def _verified(path: Path) -> int:
    if not path.exists():
        raise JournalUnusable(f"there is no journal at {path}", "Name its folder with --data")
    is_watched = sys.stderr.isatty()
    findings = verification.verify(path, _progress if is_watched else None)
    if is_watched:
        print(file=sys.stderr)
    for finding in findings.findings:
        place = f"record {finding.seq}" if finding.seq is not None else finding.where
        print(f"fault: {one_line(place)}: {one_line(finding.text)}")
    if findings.ok:
        print(f"ok: {findings.records} records, head {findings.head.hash}, generation {findings.generation}")
        return 0
    for remedy in dict.fromkeys(REMEDIES[finding.where] for finding in findings.findings):
        print(f"    -> {remedy}")
    count = len(findings.findings)
    whole = f"records 1 to {findings.records} are whole" if findings.records else "no record is whole"
    print(f"{count} fault{'s' * (count > 1)}; {whole}")
    return FAULTS_FOUND


def export(data: Path | None, out: Path, account: str = "") -> int:
    """Write all records as JSON lines. 3 when the journal is damaged: then up to the damage."""
    try:
        exported = queries.export(folder_of(data_folder(data), account) / JOURNAL, out.expanduser())
    except OSError as error:
        raise SourceUnreadable(f"{out} cannot be written: {error.strerror}", "Name another file") from None
    print(f"{exported.records} records written to {out}")
    if exported.stopped:
        print(f"fault: {one_line(exported.stopped)}")
        return FAULTS_FOUND
    return 0


def tail(data: Path | None, count: int, *, jsonl: bool, account: str = "") -> int:
    """Print the last records of one journal, in words or as JSON lines."""
    path = folder_of(data_folder(data), account) / JOURNAL
    _print(path, queries.tail(path, count), jsonl=jsonl)
    return 0


def show(data: Path | None, signal: str, *, jsonl: bool, account: str = "") -> int:
    """Print everything that was written about one signal, account by account. Raises SourceUnreadable when nothing was."""
    paths = {name: folder / JOURNAL for name, folder in folders(data_folder(data), account).items()}
    found = {name: queries.history(path, SignalId(signal)) for name, path in paths.items()}
    if not any(found.values()):
        raise SourceUnreadable(
            f"nothing is written about the signal {signal!r}", "Its id is channel/post#number: tail --jsonl shows some"
        )
    for name, records in found.items():
        if name and not jsonl:
            print(f"account {name}:{'' if records else ' nothing'}")
        _print(paths[name], records, jsonl=jsonl)
    return 0


def _print(path: Path, records: list[Record], *, jsonl: bool) -> None:
    state = DeskState(channels={channel.id: ChannelView(channel) for channel in queries.channels(path)})
    for record in records:
        if jsonl:
            print(json.dumps(msgspec.to_builtins(record)))
            continue
        line = narrate(record.event, state)
        moment = datetime.fromtimestamp(record.at / 1000, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
        print(one_line(f"{record.seq:>8} {moment}Z {kind_of(record.event):<22} {line.text if line else ''}").rstrip())


def rebuild(data: Path | None, account: str = "") -> int:
    """Rebuild the projections."""
    for path in _each(data, account):
        print(f"rebuilt from {verification.rebuild_projections(path)} records")
    return 0


def _progress(done: int, total: int) -> None:
    print(f"\r{done} of {total} records", end="", file=sys.stderr, flush=True)

"""Where alerts are taken in: each once, with the next number of its hook, on disk before its sender is answered.

What says that an alert is the same again is on that disk too, so a restart forgets nothing. One thread writes, in the order of
arrival and as many at a time as have come meanwhile; whoever asks waits for an answer, never for the disk (reference:
reliability T9).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue

from msgspec import Struct

from signalos_tui.clock import Clock
from signalos_tui.collect.daybook import Daybook, Entry
from signalos_tui.collect.webhook.alerts import Alert

KEPT = 10_000
"""Alerts of a hook that are kept at a start; what was posted stays in the journal."""
CLOSE_S = 5.0


class Fate(StrEnum):
    """What became of an alert."""

    TAKEN = "taken"
    KNOWN = "known"
    """It came before, and nothing was posted again."""
    CONFLICT = "conflict"
    """Another alert came under its id."""


class Receipt(Struct, frozen=True):
    """fate, and the number of the (first) post that the alert is."""

    fate: Fate
    number: int


class _Job(Struct):
    hook: str
    alert: Alert
    at: int
    receipt: Future[Receipt]


class Letterbox:
    """The hooks and their daybooks. repeat_s: how long the same words without an id are the same alert."""

    def __init__(self, folder: Path, hooks: Sequence[str], clock: Clock, *, repeat_s: float) -> None:
        """folder: made when it is not there. Raises SourceUnreadable."""
        self.books: dict[str, Daybook] = {}
        self._hooks: dict[str, _Hook] = {}
        self._clock = clock
        self._troubles: dict[str, str] = {}
        self._watchers: set[Callable[[], None]] = set()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="letterbox", daemon=True)
        try:
            for hook in hooks:
                self.books[hook] = Daybook(folder / f"{hook}.jsonl", keep=KEPT)
                self._hooks[hook] = _Hook(self.books[hook], round(repeat_s * 1000))
        except BaseException:
            self._let_go()
            raise
        self._thread.start()

    def take(self, hook: str, alert: Alert) -> Future[Receipt]:
        """Take an alert in; done once it is on disk. The future raises OSError: it is not."""
        job = _Job(hook, alert, self._clock.now(), Future())
        job.receipt.set_running_or_notify_cancel()  # who no longer waits for it does not undo it
        self._jobs.put(job)
        return job.receipt

    def refuse(self, hook: str, why: str) -> None:
        """An alert of this hook's owner was not taken: shown until one is."""
        self._troubles[hook] = why
        self._tell()

    @property
    def troubles(self) -> Mapping[str, str]:
        """Why the newest alert of a hook was not taken, by hook."""
        return self._troubles

    def watch(self, told: Callable[[], None]) -> Callable[[], None]:
        """Be told, from any thread, that there is something new. Returns what ends that."""
        self._watchers.add(told)
        return lambda: self._watchers.discard(told)

    def close(self) -> None:
        """Write what has been taken in, and let go of the files; a disk that hangs is not waited for."""
        self._jobs.put(None)
        self._thread.join(CLOSE_S)
        if not self._thread.is_alive():
            self._let_go()

    def _let_go(self) -> None:
        for book in self.books.values():
            book.close()

    def _tell(self) -> None:
        for told in list(self._watchers):
            told()

    def _work(self) -> None:
        has_ended = False
        while not has_ended:
            came = [self._jobs.get()]
            while not self._jobs.empty():
                came.append(self._jobs.get())
            has_ended = None in came
            jobs = [job for job in came if job is not None]
            for hook in dict.fromkeys(job.hook for job in jobs):
                self._write(hook, [job for job in jobs if job.hook == hook])
            self._tell()

    def _write(self, hook: str, jobs: list[_Job]) -> None:
        # All of one hook that came together are one write.
        known = self._hooks[hook]
        receipts = [known.place(job.alert, job.at) for job in jobs]
        try:
            known.write()
        except (OSError, ValueError) as error:
            for job in jobs:
                job.receipt.set_exception(OSError(str(error)))
            return
        for job, receipt in zip(jobs, receipts, strict=True):
            if receipt.fate is Fate.TAKEN:
                self._troubles.pop(hook, None)
            job.receipt.set_result(receipt)


class _Hook:
    # What one hook has taken, and what it is about to write.

    def __init__(self, book: Daybook, repeat_ms: int) -> None:
        self._book = book
        self._repeat_ms = repeat_ms
        self._ids: dict[str, tuple[str, int]] = {}
        self._marks: dict[str, tuple[int, int]] = {}
        self._new: list[Entry] = []
        for entry in book.entries():
            self._remember(entry)

    def place(self, alert: Alert, at: int) -> Receipt:
        """What becomes of an alert once `write` has been done. at: when it came, ms UTC."""
        before = self._ids.get(alert.id) if alert.id else None
        if before is not None:
            return Receipt(Fate.KNOWN if before[0] == alert.mark else Fate.CONFLICT, before[1])
        said = self._marks.get(alert.mark)
        if not alert.id and said is not None and abs(at - said[0]) < self._repeat_ms:
            return Receipt(Fate.KNOWN, said[1])
        first = (self._new[-1].id if self._new else self._book.last) + 1
        posted = at if alert.sent is None else min(at, alert.sent)
        for number, text in enumerate(alert.posts, start=first):
            entry = Entry(number, posted, text, alert.mark, alert.id, at)
            self._new.append(entry)
            if number == first:
                self._remember(entry)
        return Receipt(Fate.TAKEN, first)

    def write(self) -> None:
        """Put on disk what was placed. Raises OSError: it is forgotten."""
        new, self._new = self._new, []
        if not new:
            return
        try:
            self._book.append(new)
        except (OSError, ValueError):
            for entry in new:
                self._ids.pop(entry.ref, None)
                self._marks.pop(entry.mark, None)
            raise
        self._forget()

    def _remember(self, entry: Entry) -> None:
        if entry.ref:
            self._ids.setdefault(entry.ref, (entry.mark, entry.id))
        if self._marks.get(entry.mark, (0, 0))[0] < entry.taken:
            self._marks[entry.mark] = (entry.taken, entry.id)

    def _forget(self) -> None:
        for known in (self._ids, self._marks):
            while len(known) > 2 * KEPT:
                del known[next(iter(known))]

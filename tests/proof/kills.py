"""Real processes, really killed: one short story after another, at every journal write and every call to the terminal in turn.

`python -m tests.proof.kills --kills 100` forks a life at a time from a process that has everything imported. The n-th drill of a
story kills its first life at point n, its second and third at points of chance; the fourth lives to the end and is held to what
the broker's books say. When a first life reaches its end, every point of the story has been tried, and the next story begins.
"""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.clock import LoopClock
from signalos_tui.journal import Journal
from tests.crash.fuse import Box
from tests.proof import loop as loops
from tests.proof.disk import SALT, in_memory
from tests.proof.folder import Folder, Fused, place
from tests.proof.process import Process
from tests.proof.story import BEGINS, Story, told
from tests.proof.verdict import wrong
from tests.proof.world import End, World, lived, ready
from tests.support.forking import forked

PAUSES_S = (0.2, 1, 3, 8, 20, 45)
"""How long a killed engine stays away."""

NEXT_AT = 90
"""The lives after the first are killed at one of so many points: while they recover, or soon after."""


class Drilled(Struct):
    """How often a life was killed, how many stories were tried at all their points, and what was wrong."""

    kills: int = 0
    drills: int = 0
    stories: int = 0
    faults: list[str] = []


class _Life(World):
    # One life of a drill in its own process.

    def __init__(self, folder: Path, story: Story, starts: int, dies_at: int, box: Box, template: Path | None) -> None:
        self.folder = Folder(folder, template)
        self.box = box
        self.dies_at = dies_at
        self.fuse: Fused | None = None
        super().__init__(story, self.folder, None, starts)

    async def run(self) -> End:
        import asyncio

        clock = LoopClock(asyncio.get_running_loop(), self.starts)
        self.fuse = Fused(self.dies_at, self.box, clock.now)
        self.keeper = self.folder.store(self.fuse)
        return await super().run()

    def _process(self, dies_at: int | str) -> Process:
        assert self.fuse is not None
        return self.fuse


def live(folder: Path, story: Story, starts: int, dies_at: int, box: Box, template: Path | None) -> None:
    """Live one life. Raises AssertionError with what is wrong at its end."""
    life = _Life(folder, story, starts, dies_at, box, template)
    end = loops.run(life.run())
    if not dies_at:
        found = wrong(end)
        assert not found, "\n".join(found)


def warm(number: int) -> None:
    """Live a story once in this process, so that those forked from it have read its posts."""
    with in_memory():
        lived(replace(told(number), crashes=(), failures=(), jumps=(), copy_at=0))
    gc.collect()
    gc.freeze()


class Drills:
    """Drills of one process, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.count = Drilled()
        self._folder = folder
        self._template = folder / "template"
        self._template.mkdir()
        Journal.open(self._template / "journal.db", threaded=False, salt=SALT).close()
        (self._template / "journal.db.lock").unlink(missing_ok=True)
        (self._template / "journal.db.head").unlink(missing_ok=True)
        self._errors = folder / "error.txt"

    def run(self, first: int, go_on: Callable[[Drilled], bool]) -> Drilled:
        """Drill story after story from number `first` until `go_on` says no or a fault is found."""
        number = first
        warm(number)
        while go_on(self.count) and not self.count.faults:
            point = 0
            while go_on(self.count) and not self.count.faults:
                point += 1
                if not self._drill(number, point):
                    self.count.stories += 1
                    break
            number += 1
            warm(number)
        return self.count

    def _drill(self, number: int, point: int) -> bool:
        # False when the first life came to its end.
        story = replace(told(number), crashes=(), failures=(), jumps=(), copy_at=0)
        rng = Random(number * 1_000 + point)
        folder = self._folder / "drill"
        folder.mkdir()
        was_killed, starts = True, BEGINS
        kills: list[str] = []
        for dies_at in (point, *(1 + rng.randrange(NEXT_AT) for _ in range(2)), 0):
            box = Box()
            template = self._template if point > 2 else None
            fates = story.fates if not kills else tuple(rng.sample(story.fates, len(story.fates)))
            told_now = replace(story, fates=fates)
            status = forked(lambda: live(folder, told_now, starts, dies_at, box, template), self._errors)  # noqa: B023
            now = max(box.get()[2], starts)
            starts = now + round(rng.choice(PAUSES_S) * 1000)
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
                self.count.kills += 1
                kills.append(f"{dies_at}@{(now - BEGINS) / 1000:.1f}")
            elif status:
                where = f"story {number}, killed at {' '.join(kills) or 'no point'}"
                self.count.faults.append(f"{where}:\n{self._errors.read_text()}\n{command(number, point)}")
            if not kills:
                was_killed = False
        self.count.drills += 1
        shutil.rmtree(folder)
        return was_killed


def command(number: int, point: int) -> str:
    """What does a drill again."""
    return f"python -m tests.proof.kills --story {number} --point {point}"


def drill(first: int, go_on: Callable[[Drilled], bool]) -> Drilled:
    """Drill in this process; it must not have threads."""
    with ready(in_memory=False), tempfile.TemporaryDirectory(dir=place(), prefix="signalos-proof-") as folder:
        gc.collect()
        gc.freeze()
        return Drills(Path(folder)).run(first, go_on)


def again(number: int, point: int) -> Drilled:
    """One drill, once more."""
    with ready(in_memory=False), tempfile.TemporaryDirectory(dir=place(), prefix="signalos-proof-") as folder:
        drills = Drills(Path(folder))
        warm(number)
        drills._drill(number, point)
        return drills.count


def main() -> int:
    """As a command."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.kills", description=__doc__)
    parser.add_argument("--story", type=int, default=1, help="which story to begin with")
    parser.add_argument("--point", type=int, default=0, help="drill this point of it alone")
    parser.add_argument("--kills", type=int, default=100, help="how many kills")
    given = parser.parse_args()
    done = (
        again(given.story, given.point) if given.point else drill(given.story, lambda count: count.kills < given.kills)
    )
    sys.stdout.write("".join(f"WRONG {fault}\n" for fault in done.faults))
    sys.stdout.write(f"{done.kills} kills, {done.drills} drills, {done.stories} stories at every point\n")
    return 1 if done.faults else 0


if __name__ == "__main__":
    sys.exit(main())

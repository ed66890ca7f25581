"""The process that has everything imported and forks a life at a time: `python -m tests.crash.zygote SEED KILLS FOLDER [MUTANT]`.

Prints one line of JSON at its end: how often a life was killed, and every fault that was found, each with the seed and the
kills that lead there again.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.crash import checks
from tests.crash.fuse import LOOKS, WRITES, Box
from tests.crash.life import SETTLES_S, Life, live
from tests.crash.story import BEGINS, LASTS_S
from tests.proof import mutants
from tests.support.forking import forked

KINDS = ("script", "hostile", "script", "hostile", "demo")
PAUSES_S = (1, 3, 8, 20, 45, 100, 300)
"""How long a killed engine stays away."""

FIRST_LIFE = {WRITES: 800, LOOKS: 6_000}
LATER_LIFE = {WRITES: 120, LOOKS: 400}
MOST_LIVES = 6


class Drill:
    """One story, killed several times, then lived to its end."""

    def __init__(self, folder: Path, seed: int, number: int, kind: str) -> None:
        self.folder = folder / str(number)
        self.folder.mkdir(parents=True)
        self.kills = 0
        self.faults: list[str] = []
        self.told: list[str] = []
        self._rng = Random(f"{seed}/{number}")
        self._kind = kind
        self._name = f"drill {seed}/{number} ({self._kind})"
        self._seed = self._rng.randrange(1 << 16)

    def run(self) -> None:
        """Kill it until it is enough, let it end, and look at what it left."""
        starts = BEGINS
        for turn in range(self._rng.randint(2, MOST_LIVES)):
            points = WRITES if self._rng.random() < 0.8 else LOOKS
            bound = (LATER_LIFE if turn else FIRST_LIFE)[points]
            # Small numbers more often: the beginning of a life is where it recovers.
            at = 1 + int(bound * self._rng.random() ** (2 if turn else 1))
            ended, starts = self._live(turn, starts, points, at)
            if ended or self.faults:
                break
            self._check(lambda: checks.at_any_time(self.folder))
        if not self.faults:
            self._live(MOST_LIVES, starts, WRITES, 0)
        if not self.faults:
            self._check(lambda: checks.at_the_end(self.folder, self._kind))

    def _live(self, turn: int, starts: int, points: str, at: int) -> tuple[bool, int]:
        ends = max(BEGINS + LASTS_S * 1000, starts) + (0 if at else SETTLES_S * 1000)
        box = Box()
        life = Life(self.folder, self._kind, starts, ends, points, at, self._seed + turn)
        status = forked(lambda: live(life, box), self.folder / "error.txt")
        now = max(box.get()[2], starts)
        self.told.append(f"{points}:{at}@{(now - BEGINS) / 1000:.1f}")
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            self.kills += 1
        elif status:
            self._fault((self.folder / "error.txt").read_text())
        pause = self._rng.choice(PAUSES_S) * 1000
        return not os.WIFSIGNALED(status), now + pause

    def _check(self, check: Callable[[], object]) -> None:
        def told() -> None:
            found = [str(each) for each in check()]  # type: ignore[attr-defined]
            if found:
                raise AssertionError("\n".join(found))

        if forked(told, self.folder / "error.txt"):
            self._fault((self.folder / "error.txt").read_text())

    def _fault(self, text: str) -> None:
        self.faults.append(f"{self._name} after {' '.join(self.told)}:\n{text}")


def main(seed: int, kills: int, folder: Path, mutant: str = "") -> None:
    """Drill until `kills` lives were ended, or a fault is found. mutant: a rule of the protocol to leave out."""
    if mutant:
        getattr(mutants, mutant)()
    kinds = ("hostile", "script") if mutant else KINDS
    gc.collect()
    gc.freeze()
    done, number, faults = 0, 0, []
    while done < kills:
        drill = Drill(folder, seed, number, kinds[number % len(kinds)])
        drill.run()
        done += drill.kills
        faults += drill.faults
        if drill.faults:
            break
        shutil.rmtree(drill.folder)
        number += 1
    sys.stdout.write(json.dumps({"kills": done, "drills": number, "faults": faults}) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:])

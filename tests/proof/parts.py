"""The parts of the proof as work for one process of several: `python -m tests.proof.parts PART SHARD SHARDS GOAL SECONDS`.

Each tells on its standard output, a line of JSON about once a second and one at its end, what it has done and what was wrong. A
part ends with its share of the goal, when its seconds are over, or at the first fault that makes going on pointless.
"""

from __future__ import annotations

import itertools
import json
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.proof import catching, disks, kills, matrix
from tests.proof.mutants import MUTANTS
from tests.proof.simulate import Count, simulate
from tests.proof.world import ready

TELLS_EVERY_S = 1.0
MOST_FAULTS = 20
APART = 10_000_000
"""Numbers of the stories of one process and the next."""


class Teller:
    """Says how far it is, and whether to go on. stopped: somebody wants an end."""

    stopped = False

    def __init__(self, goal: int, seconds: float) -> None:
        self._goal = goal
        self._ends = time.monotonic() + seconds
        self._told = 0.0

    def __call__(self, done: int, told: dict[str, Any]) -> bool:
        """Tell it now and then; False when it is enough."""
        now = time.monotonic()
        if now - self._told > TELLS_EVERY_S:
            self._told = now
            tell(told)
        is_time = now < self._ends and not Teller.stopped
        return is_time and (not self._goal or done < self._goal) and len(told.get("wrong", ())) < MOST_FAULTS


def tell(told: dict[str, Any]) -> None:
    """One line."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def worlds(shard: int, shards: int, teller: Teller, *, whole: bool) -> dict[str, Any]:
    """Simulated worlds: those whose number leaves `shard` over."""
    name = "worlds" if whole else "schedules"

    def told(count: Count) -> dict[str, Any]:
        wrong = [f"{again}\n    " + "\n    ".join(found) for again, found in count.failing]
        return {
            name: count.seeds, "crashes": count.crashes, "lost": count.lost, "doubled": count.doubled,
            "unsettled": count.unsettled, "wrong": wrong,
        }  # fmt: skip

    numbers = itertools.count(1 + shard, shards)
    return told(simulate(numbers, lambda count: teller(count.seeds, told(count)), whole=whole))


def killed(shard: int, _: int, teller: Teller) -> dict[str, Any]:
    """Real kills."""

    def told(count: kills.Drilled) -> dict[str, Any]:
        faults = count.faults
        return {
            "kills": count.kills, "stories": count.stories, "wrong": faults,
            "doubled": sum("V2:" in text for text in faults), "unsettled": sum("V4:" in text for text in faults),
            "lost": sum("V2:" not in text and "V4:" not in text for text in faults),
        }  # fmt: skip

    return told(kills.drill(1 + shard * APART, lambda count: teller(count.kills, told(count))))


def cells(shard: int, shards: int, teller: Teller) -> dict[str, Any]:
    """The ambiguity matrix."""
    told: dict[str, Any] = {"cells": 0, "wrong": []}
    with ready():
        for cell in list(matrix.cells())[shard::shards]:
            told["wrong"] += matrix.checked(cell)
            told["cells"] += 1
            if not teller(0, told):
                break
    return told


def mutants(shard: int, shards: int, teller: Teller) -> dict[str, Any]:
    """Who notices which mutant."""
    told: dict[str, Any] = {"mutants": 0, "caught": [], "wrong": []}
    for number in range(shard, len(MUTANTS), shards):
        one = catching.caught(number)
        told["mutants"] += 1
        told["caught"].append((number, one.rule, one.mutant, one.by, one.after))
        if not one.after:
            told["wrong"].append(f"not caught: {one.rule}, {one.mutant} {one.how}")
        if not teller(0, told):
            break
    return told


def writes(shard: int, shards: int, teller: Teller) -> dict[str, Any]:
    """Failing disks and power cuts."""

    def told(tried: disks.Tried) -> dict[str, Any]:
        return {"points": tried.points, "cuts": tried.cuts, "wrong": tried.wrong}

    def go_on(tried: disks.Tried) -> bool:
        return teller(0, told(tried))

    tried = disks.Tried()
    if shard == 0:
        disks.power_cuts(tried, go_on)
    with ready():
        disks.failing(tried, go_on, shard, shards)
    return told(tried)


PARTS: dict[str, Callable[[int, int, Teller], dict[str, Any]]] = {
    "cells": cells,
    "mutants": mutants,
    "writes": writes,
    "kills": killed,
    "schedules": lambda shard, shards, teller: worlds(shard, shards, teller, whole=False),
    "worlds": lambda shard, shards, teller: worlds(shard, shards, teller, whole=True),
}


def main(part: str, shard: int, shards: int, goal: int, seconds: float) -> None:
    """Work, and tell at the end."""
    signal.signal(signal.SIGTERM, lambda *_: setattr(Teller, "stopped", True))  # in order: folders are removed
    tell(PARTS[part](shard, shards, Teller(goal, seconds)) | {"ended": True})


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))

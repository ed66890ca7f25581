"""One number, one world: `python -m tests.proof.simulate --seed 17` lives it again, bit for bit, and tells what happened.

`--seeds 1:1000` lives many and prints those that are not sound, each with the command that lives it again.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable, Iterable

from msgspec import Struct

from tests.proof import protocol
from tests.proof.story import BEGINS, told
from tests.proof.verdict import wrong
from tests.proof.world import lived, ready

SWEEP_EVERY = 50
"""Worlds between two collections of what they left."""


class Count(Struct):
    """How many worlds were lived, and what they showed. failing: the command that lives one again, and what was wrong."""

    seeds: int = 0
    crashes: int = 0
    accepted: int = 0
    lost: int = 0
    doubled: int = 0
    unsettled: int = 0
    failing: list[tuple[str, list[str]]] = []

    def add(self, again: str, lives: int, accepted: int, found: list[str]) -> None:
        """One more. lives: processes started. accepted: requests the broker took."""
        self.seeds += 1
        self.crashes += lives - 1
        self.accepted += accepted
        self.doubled += any(text.startswith("V2") for text in found)
        self.unsettled += any(text.startswith("V4") for text in found)
        self.lost += any(not text.startswith(("V2", "V4")) for text in found)
        if found:
            self.failing.append((again, found))


def simulate(
    seeds: Iterable[int],
    told_of: Callable[[Count], bool] = lambda _: True,
    *,
    every: int = SWEEP_EVERY,
    whole: bool = True,
) -> Count:
    """Live the worlds of these numbers. told_of: asked after every so many; False ends it. whole: with the whole engine."""
    count = Count()
    live = _whole if whole else _protocol
    with ready():
        gc.collect()
        gc.freeze()
        gc.disable()
        try:
            for seed in seeds:
                count.add(*live(seed))
                if count.seeds % SWEEP_EVERY == 0:
                    gc.collect()
                    gc.freeze()  # what is left was learnt once and stays
                if count.seeds % every == 0 and not told_of(count):
                    break
        finally:
            gc.enable()
            gc.unfreeze()
    return count


def _whole(seed: int) -> tuple[str, int, int, list[str]]:
    end = lived(told(seed))
    return command(seed), end.lives, len(end.books.truth), wrong(end)


def _protocol(seed: int) -> tuple[str, int, int, list[str]]:
    end = protocol.run(seed)
    again = f"python -m tests.proof.protocol --seed {seed}"
    return again, end.lives, len(end.books.truth), protocol.wrong(end)


def command(seed: int) -> str:
    """What lives a world again."""
    return f"python -m tests.proof.simulate --seed {seed}"


def _tell(seed: int) -> int:
    with ready():
        end = lived(told(seed))
    story = end.story
    sys.stdout.write(f"seed {seed}: {end.lives} lives, {end.seconds:.1f} s, {end.points} points, digest {end.digest}\n")
    for name in ("crashes", "windows", "failures", "jumps", "keys"):
        for one in getattr(story, name):
            sys.stdout.write(f"  {name}: {one}\n")
    for number, fate in enumerate(story.fates[: len(end.books.truth) + 6]):
        sys.stdout.write(f"  request {number}: {fate}\n")
    for entry in story.entries:
        sys.stdout.write(f"  {(entry.at - BEGINS) / 1000:8.3f} s  {entry.item!r}, arrives after {entry.arrivals} ms\n")
    for record in end.records:
        sys.stdout.write(f"  {(record.at - BEGINS) / 1000:8.3f} s  #{record.seq} {str(record.event)[:300]}\n")
    for row in end.books.truth:
        sys.stdout.write(f"  {(row.at - BEGINS) / 1000:8.3f} s  broker: {row}\n")
    found = wrong(end)
    sys.stdout.write("".join(f"WRONG {text}\n" for text in found) or "sound\n")
    return 1 if found else 0


def main() -> int:
    """As a command."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.simulate", description=__doc__)
    parser.add_argument("--seed", type=int, help="live one world and tell all of it")
    parser.add_argument("--seeds", help="FIRST:END, live many")
    given = parser.parse_args()
    if given.seed is not None:
        return _tell(given.seed)
    first, _, end = (given.seeds or "1:1001").partition(":")
    count = simulate(range(int(first), int(end)))
    for again, found in count.failing:
        sys.stdout.write(f"{again}\n" + "".join(f"    {text}\n" for text in found))
    sys.stdout.write(f"{count.seeds} worlds, {count.crashes} crashes, {len(count.failing)} not sound\n")
    return 1 if count.failing else 0


if __name__ == "__main__":
    sys.exit(main())

"""Who notices a mutant, and after how much: each in a process of its own, so that none outlives its trial."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

from msgspec import Struct

from tests.proof import matrix
from tests.proof.asserted import ASSERTIONS
from tests.proof.mutants import ASSERTED, CELLS, MUTANTS, SEEDS
from tests.proof.simulate import simulate
from tests.proof.story import told
from tests.proof.verdict import wrong
from tests.proof.world import lived, ready

MOST_SEEDS = 6_000
"""How long a broken protocol may go unnoticed in simulated worlds; most are noticed within a hundred."""


class Caught(Struct, frozen=True):
    """What became of a mutant. after: worlds or cells until it was noticed, 0 for never. how: what was wrong."""

    rule: str
    mutant: str
    by: str
    after: int
    how: str = ""


def caught(number: int) -> Caught:
    """Try the mutant in a process of its own."""
    rule, name, mutate, by = MUTANTS[number]
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "told.json"
        child = os.fork()
        if not child:
            try:
                mutate()
                answer.write_text(json.dumps(_noticed(by)))
            except BaseException:  # noqa: BLE001 (nothing may return into the parent's own work)
                answer.write_text(json.dumps((0, "".join(traceback.format_exc()))))
            os._exit(0)
        os.waitpid(child, 0)
        after, how = json.loads(answer.read_text())
    if after and not _is_sound(by, after):
        return Caught(rule, name, by, 0, f"what noticed it is not sound without it either: {how}")
    return Caught(rule, name, by, after, how)


def _is_sound(by: str, number: int) -> bool:
    # What noticed it, without the mutant.
    if by == ASSERTED:
        return not [*ASSERTIONS[number - 1]()]
    with ready():
        if by == CELLS:
            return not matrix.checked(_telling_first()[number - 1])
        return not wrong(lived(told(number)))


def _noticed(by: str) -> tuple[int, str]:
    if by == CELLS:
        with ready():
            for number, cell in enumerate(_telling_first(), 1):
                found = matrix.checked(cell)
                if found:
                    return number, found[0]
        return 0, ""
    if by == SEEDS:
        count = simulate(range(1, MOST_SEEDS), lambda so_far: not so_far.failing, every=1)
        return (count.seeds, count.failing[0][1][0]) if count.failing else (0, "")
    return next(((n, told) for n, ask in enumerate(ASSERTIONS, 1) for told in ask()), (0, ""))


def _telling_first() -> list[matrix.Cell]:
    # Cells in which something was accepted tell more.
    return sorted(matrix.cells(), key=lambda cell: cell.fate.after != 0.0)


def main() -> None:
    """Try the mutants whose name has the given word, or all."""
    for place, (_, name, _, by) in enumerate(MUTANTS):
        if len(sys.argv) < 2 or sys.argv[1] in (by, name):
            one = caught(place)
            after = f"after {one.after}" if one.after else "NOT CAUGHT"
            sys.stdout.write(
                f"{one.rule:4} {one.mutant[:62]:63} {one.by:6} {after:12} {one.how[: 2000 if not one.after else 90]}\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()

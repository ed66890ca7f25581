"""`make prove`: every part of the proof on all cores, for a set time, with one table of figures at the end.

Exits with 0 when nothing was wrong and every figure has reached its goal. Ctrl-C ends it with what was done so far.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from typing import Any, NamedTuple

from msgspec import Struct

from tests.proof.matrix import cells as all_cells
from tests.proof.mutants import MUTANTS

MINUTES = 10.0
"""For which the goals below are set; a shorter run has smaller ones."""

ENDS_WITHIN_S = 8.0


class Part(NamedTuple):
    """What every core does its share of before the next. goal: of `figure`, for the whole time; 0: all there is."""

    name: str
    figure: str
    goal: int
    what: str


PARTS = (
    Part("cells", "cells", 0, "ambiguity matrix: answers x fates x killed or not x hedging and netting"),
    Part("mutants", "mutants", 0, "protocol rules removed one at a time"),
    Part("writes", "points", 0, "a disk that fails at the n-th write, for every n"),
    Part("kills", "kills", 10_000, "real SIGKILLs at journal writes and terminal calls"),
    Part("schedules", "schedules", 192_000, "simulated schedules of the send protocol alone"),
    Part("worlds", "worlds", 8_000, "simulated worlds with the whole engine"),
)

SUMS = (
    "cells",
    "mutants",
    "points",
    "cuts",
    "kills",
    "stories",
    "schedules",
    "worlds",
    "crashes",
    "lost",
    "doubled",
    "unsettled",
)


class Worker(Struct):
    """A process at work on a share of one part. number: of the part. told: what it told last."""

    core: int
    number: int
    process: subprocess.Popen[str]
    began: float
    told: dict[str, Any] = {}

    @property
    def part(self) -> Part:
        """What it works on."""
        return PARTS[self.number]


class Run:
    """One run of the proof: every core works through the parts, its share of each, and waits for no other."""

    def __init__(self, minutes: float, cores: int) -> None:
        self.minutes = minutes
        self.cores = cores
        self.began = time.monotonic()
        self.figures: dict[str, int] = dict.fromkeys(SUMS, 0)
        self.took: dict[str, float] = dict.fromkeys((part.name for part in PARTS), 0.0)
        self.wrong: list[str] = []
        self.caught: list[tuple[Any, ...]] = []
        self.was_interrupted = False
        self._workers: dict[int, Worker] = {}

    def run(self) -> int:
        """All parts; the exit status."""
        with selectors.DefaultSelector() as selector:
            try:
                for core in range(self.cores):
                    self._begin(selector, core, 0)
                while selector.get_map():
                    for key, _ in selector.select():
                        self._listen(selector, key.data)
                    self._show()
            except KeyboardInterrupt:
                self.was_interrupted = True
            finally:
                for worker in list(self._workers.values()):
                    self._end(worker)
        return self._tell()

    def goal_of(self, part: Part) -> int:
        """Of the whole run."""
        return round(part.goal * min(self.minutes / MINUTES, 1.0))

    def _begin(self, selector: selectors.BaseSelector, core: int, number: int) -> None:
        part, now = PARTS[number], time.monotonic()
        share = 0 if part is PARTS[-1] else -(-self.goal_of(part) // self.cores)  # the last one takes the time there is
        seconds = max(self.began + self.minutes * 60 - now, 1.0)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.proof.parts", part.name, str(core), str(self.cores), str(share), f"{seconds:.0f}"],
            stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        worker = self._workers[core] = Worker(core, number, process, now)
        selector.register(process.stdout, selectors.EVENT_READ, worker)

    def _listen(self, selector: selectors.BaseSelector, worker: Worker) -> None:
        stdout = worker.process.stdout
        assert stdout is not None
        line = stdout.readline()
        if line:
            worker.told = json.loads(line)
            return
        selector.unregister(stdout)
        self._end(worker)
        if worker.number + 1 < len(PARTS):
            self._begin(selector, worker.core, worker.number + 1)

    def _end(self, worker: Worker) -> None:
        _stop(worker.process)
        del self._workers[worker.core]
        self._add(worker.told)
        self.took[worker.part.name] += (time.monotonic() - worker.began) / self.cores
        if worker.process.returncode or not worker.told.get("ended"):
            what = f"part {worker.part.name} {worker.core} of {self.cores}"
            self.wrong.append(f"{what} ended with status {worker.process.returncode}")

    def _show(self) -> None:
        spent, faults = time.monotonic() - self.began, len(self.wrong)
        at_work = []
        for worker in self._workers.values():
            at_work.append(f"{worker.part.what}: {worker.told.get(worker.part.figure, 0):,}")
            faults += len(worker.told.get("wrong", ()))
        _progress(f"{spent:5.0f} s  {f'{faults} WRONG  ' if faults else ''}{' | '.join(at_work)}")

    def _add(self, told: dict[str, Any]) -> None:
        for name in SUMS:
            self.figures[name] += told.get(name, 0)
        self.wrong += told.get("wrong", ())
        self.caught += map(tuple, told.get("caught", ()))

    # --- the table ------------------------------------------------------------------------------------------------

    def _tell(self) -> int:
        _progress("")
        for text in self.wrong:
            _line(f"WRONG {text}")
        _line("")
        _line(f"  {'rule':5} {'left out':72} {'noticed by':10} after")
        for _, rule, mutant, by, after in sorted(self.caught):
            _line(f"  {rule:5} {mutant[:72]:72} {by:10} {after or 'NEVER'}")
        _line("")
        rows, short = self._rows()
        for name, value, goal in rows:
            _line(f"  {name:58} {value:>11}  {goal}")
        ok = not self.wrong and not short and not self.was_interrupted
        verdict = "interrupted" if self.was_interrupted else "proven" if ok else "NOT PROVEN"
        _line(f"\n{verdict}" + (f", short of its goal: {', '.join(short)}" if short else ""))
        return 0 if ok else 130 if self.was_interrupted else 1

    def _rows(self) -> tuple[list[tuple[str, str, str]], list[str]]:
        figures, caught = self.figures, sum(1 for one in self.caught if one[-1])
        seeds = figures["schedules"] + figures["worlds"]
        goals = {part.name: self.goal_of(part) for part in PARTS}
        counted = [
            ("real SIGKILLs", figures["kills"], goals["kills"]),
            ("simulated seeds", seeds, goals["schedules"] + goals["worlds"]),
            ("    of them with the whole engine", figures["worlds"], goals["worlds"]),
            ("    of them the send protocol alone", figures["schedules"], goals["schedules"]),
            ("matrix cells", figures["cells"], len(list(all_cells()))),
            ("mutants caught", caught, len(MUTANTS)),
            ("failing writes", figures["points"], 2_000),
            ("power cuts", figures["cuts"], 1_000),
        ]
        rows = [(name, f"{value:,}", f"of {goal:,}") for name, value, goal in counted]
        rows[0] = (*rows[0][:2], f"{rows[0][2]}, {figures['stories']} stories at every point")
        rows.insert(2, ("    simulated crashes in them", f"{figures['crashes']:,}", ""))
        rows += [(name, f"{figures[name]:,}", "of 0") for name in ("lost", "doubled", "unsettled")]
        took = ", ".join(f"{name} {seconds:.0f}" for name, seconds in self.took.items())
        rows.append(("seconds", f"{time.monotonic() - self.began:,.0f}", took))
        return rows, [name.strip() for name, value, goal in counted if value < goal]


def _stop(worker: subprocess.Popen[str]) -> None:
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGTERM)
        try:
            worker.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
    if worker.stdout is not None:
        worker.stdout.close()


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[2K{text[:150]}")
        sys.stderr.flush()


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")


def main() -> int:
    """As a command: PROVE_MINUTES and PROVE_CORES in the environment."""
    minutes = float(os.environ.get("PROVE_MINUTES", MINUTES))
    cores = int(os.environ.get("PROVE_CORES", len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1))
    return Run(minutes, cores).run()


if __name__ == "__main__":
    sys.exit(main())

"""Damaged messages through the reader, a million of them: `make fuzz`, or python -m tests.decode.fuzz [--count N] [--seed S].

Nothing may raise; every number of a reading stands in the text at its span; what is acted on has a side, a market and levels on
the right sides. A failure prints the text and the seed that made it.
"""

# ruff: noqa: T201 (it is a command)

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from random import Random

from signalos_tui.decode import read
from signalos_tui.model.signals import ReadingVerdict
from tests.decode.corpus import messages
from tests.decode.mutations import mutated
from tests.decode.rendering import random_call, rendered, templates
from tests.decode.test_safety import assert_possible
from tests.decode.test_spans import assert_written, numbers

SLICE = 10_000
MOST_CHANGES = 8


def check(text: str) -> ReadingVerdict:
    """Read a text and look at what came out. AssertionError for what must never be."""
    reading = read(text)
    for number in numbers(reading):
        assert_written(text, number)
    if reading.verdict is ReadingVerdict.ACT:
        assert_possible(reading)
    return reading.verdict


def run(seed: int) -> Counter[str]:
    """One slice of damaged messages: how many came out with which verdict. Raises what `check` raises, with the text."""
    random = Random(seed)
    texts = [message["text"] for _, message in messages()]
    found: Counter[str] = Counter()
    while found.total() < SLICE:
        text = (
            random.choice(texts) if random.random() < 0.5 else rendered(random_call(random), random.choice(templates()))
        )
        for _ in range(random.randint(1, MOST_CHANGES)):
            text = mutated(text, random, random.choice(texts))
            try:
                found[check(text)] += 1
            except Exception as error:
                raise AssertionError(f"seed {seed}: {error!r} for {text!r}") from error
    return found


def main() -> int:
    """Run the slices on every core and tell what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    started = time.perf_counter()
    found: Counter[str] = Counter()
    failed = 0
    slices = -(-asked.count // SLICE)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done in [pool.submit(run, asked.seed * 1_000_000 + at) for at in range(slices)]:
            try:
                found.update(done.result())
            except AssertionError as error:
                failed += 1
                print(error)
            if sys.stderr.isatty():
                print(f"\r{found.total():>10,} read", end="", file=sys.stderr, flush=True)
    verdicts = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(found.items()))
    print(
        f"{found.total():,} damaged messages in {time.perf_counter() - started:.0f} s: {verdicts}; {failed} slices failed"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""`make soak-telegram`: a million posts, and whatever can go wrong, through the real reader into a real journal.

Exits with 0 when nothing was wrong. Ctrl-C ends it with what was done so far.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.telegram_soak.director import Director, Stuck
from tests.telegram_soak.verdict import CLOSED_WITHIN_S, judged, table

POSTS, CHANNELS, MINUTES = 1_000_000, 40, 240.0


def main() -> int:
    """As a command."""
    parser = argparse.ArgumentParser(prog="python -m tests.telegram_soak", description=__doc__)
    parser.add_argument("--posts", type=int, default=POSTS)
    parser.add_argument("--channels", type=int, default=CHANNELS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="end after so long, wherever it is")
    parser.add_argument("--keep", type=Path, help="a folder for journal and logs, kept afterwards")
    given = parser.parse_args()
    folder = Path(given.keep or tempfile.mkdtemp(prefix="signalos-soak-"))
    ends: float = time.monotonic() + given.minutes * 60
    progress = Progress(given.posts)

    def told(director: Director) -> bool:
        progress.tell(director)
        return time.monotonic() < ends

    director = Director(folder, seed=given.seed, posts=given.posts, channels=given.channels, told=told)
    again = f"python -m tests.telegram_soak --posts {given.posts} --channels {given.channels} --seed {given.seed}"
    ended = ""
    try:
        asyncio.run(director.run())
    except (Stuck, TimeoutError) as stuck:
        ended = str(stuck) or type(stuck).__name__
    except KeyboardInterrupt:
        ended = "interrupted"
    finally:
        progress.end()
    wrong = judged(director) + ([ended] if ended else [])
    for line in table(director):
        _line(line)
    for text in wrong[:40]:
        _line(f"WRONG {text}")
    if wrong:
        _line(f"\nThe same story again: {again}\nIts files: {folder}")
    elif not given.keep:
        shutil.rmtree(folder)
    _line(
        f"\n{'NOT PROVEN' if wrong else 'proven'}: every gap within {CLOSED_WITHIN_S:.0f} s, nothing lost, nothing twice"
    )
    return 1 if wrong else 0


class Progress:
    """How far it is: one line on a terminal, a line a minute in a file."""

    def __init__(self, posts: int) -> None:
        self._posts = posts
        self._is_terminal = sys.stderr.isatty()
        self._last = time.monotonic()

    def tell(self, director: Director) -> None:
        """Say it, not too often."""
        now = time.monotonic()
        if now - self._last < (1 if self._is_terminal else 60):
            return
        self._last = now
        done, spent = director.books.received, now - director.began
        left = (self._posts - done) / done * spent if done else 0
        text = f"{spent:6.0f} s  {done:,} of {self._posts:,} posts in the journal, {len(director.books.closed):,} gaps closed"
        wrong = f", {len(director.books.wrong)} WRONG" if director.books.wrong else ""
        text = f"{text}, {left:,.0f} s to go{wrong}"[:150]
        sys.stderr.write(f"\r\x1b[2K{text}" if self._is_terminal else f"{text}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """The line is done with."""
        sys.stderr.write("\n" if self._is_terminal else "")


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

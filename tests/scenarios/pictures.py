"""Draws the pictures of the README: real screens of recorded desks. Run: `make pictures`, or with a folder as argument."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.scenarios.show import app_of, picture

READ = "wait:500"
"""Until a dialog has stood long enough to be read; before that it takes no key."""

PICTURES: tuple[tuple[str, str, str, tuple[int, int], list[str]], ...] = (
    ("desk-dark", "demo", "signalos-dark", (132, 40), []),
    ("desk-light", "demo", "signalos-light", (132, 40), []),
    ("desk-80x24", "demo", "signalos-dark", (80, 24), []),
    ("trace-dark", "demo", "signalos-dark", (132, 40), ["end", "enter"]),
    ("stop-dark", "demo", "signalos-dark", (100, 30), ["exclamation_mark"]),
    ("accounts-dark", "fleet", "signalos-dark", (132, 40), []),
    ("telegram-dark", "telegram", "signalos-dark", (120, 26), ["f", READ, *["down"] * 3, "enter", READ, *["down"] * 2]),
    (
        "correct-dark",
        "desk",
        "signalos-dark",
        (100, 30),
        ["slash", *"btc", "enter", "e", READ, *["down"] * 4, *"93600"],
    ),
    (
        "teach-dark",
        "desk",
        "signalos-dark",
        (120, 30),
        ["5", "down", "down", "l", READ, "space", "down", "space", "tab"],
    ),
)
"""Name, scenario, theme, size, keys."""


def main() -> None:
    """Draw all of them."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures")
    folder.mkdir(parents=True, exist_ok=True)
    for name, scenario, theme, size, keys in PICTURES:
        svg = asyncio.run(picture(app_of(scenario, theme), size, keys, notices=False))
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
        print(folder / f"{name}.svg")  # noqa: T201


if __name__ == "__main__":
    main()

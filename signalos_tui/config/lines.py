"""Where in the file: the line a key is set on, for errors that can be mended without searching."""

from __future__ import annotations

import re


def explained(error: str, where: str, text: str, under: tuple[str, ...] = ()) -> str:
    """A validation error in words, located. under: the tables above the one that was validated.

    msgspec ends its message with the place: "Expected `int` - at `$.rules.max_open_trades`".
    """
    what, _, place = error.partition(" - at `$")
    keys = tuple(k for k in re.split(r"[.\[\]`]+", place) if k and k != "...")
    return located(where, text, (*under, *keys), f"{'.'.join((*under, *keys))}: {what[0].lower()}{what[1:]}")


def located(where: str, text: str, keys: tuple[str, ...], what: str) -> str:
    """What is wrong, after file and line; the file alone when the key is not in it (it came from the environment)."""
    line = _line_of(text, keys)
    return f"{where}, line {line}: {what}" if line else f"{where}: {what}"


def _line_of(text: str, keys: tuple[str, ...]) -> int | None:
    # The line a key is set on; the line of its table when the key itself cannot be found.
    table: tuple[str, ...] = ()
    best: int | None = None
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[([^\[\]]+)\]", line)
        if header:
            table = _split_key(header[1])
            if table == keys:
                return number
            if keys[: len(table)] == table and len(table) == len(keys) - 1:
                best = number
            continue
        name = re.match(r"\s*([\w.\"' -]+?)\s*=", line)
        if name and (*table, *_split_key(name[1])) == keys:
            return number
    return best


def _split_key(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", dotted))

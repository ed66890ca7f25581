"""MetaTrader's filter of symbol names: `*USD*,!*JPY*`, conditions apply one after another."""

from __future__ import annotations

from collections.abc import Callable


def in_group(pattern: str) -> Callable[[str], bool]:
    """Whether a name is in a group.

    pattern: conditions with commas between them; `*` at either end of one stands for anything, `!` in front of it takes
    names out again. Whoever comes later wins, so exclusions follow what they exclude from (MQL5 Reference: symbols_get).
    """
    conditions = [condition for part in pattern.split(",") if (condition := part.strip())]

    def is_in(name: str) -> bool:
        inside = False
        for condition in conditions:
            if _matches(condition.removeprefix("!"), name):
                inside = not condition.startswith("!")
        return inside

    return is_in


def _matches(mask: str, name: str) -> bool:
    core = mask.strip("*")
    if mask.startswith("*"):
        return core in name if mask.endswith("*") else name.endswith(core)
    return name.startswith(core) if mask.endswith("*") else name == core

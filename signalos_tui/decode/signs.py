"""Signs that say what became of a call: a cross that strikes it out, a tick that says it is done.

Most crosses and ticks are decoration; which they are is told by what stands on their line and where they stand on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from signalos_tui.decode.concepts import SIDES, Concept
from signalos_tui.decode.page import Page
from signalos_tui.decode.tokens import Token

TICKS = "✅✔☑"
_CROSSES = "❌✖✗✘"
_SIGNS = re.compile(f"[{TICKS}{_CROSSES}]")


def signs(page: Page) -> Iterator[str]:
    """A cross that strikes the call out, a tick that says it is done."""
    text = page.folded.text
    if text.isascii() or not _SIGNS.search(text):
        return
    crossed, ticked = _has(text, _CROSSES), _has(text, TICKS)
    lines = [line.strip(" !") for line in text.split("\n")]
    kinds = _kinds_by_line(page.tokens)
    written = [at for at, line in enumerate(lines) if line]
    if crossed and any(_is_crossed(lines[at], kinds.get(at, frozenset()), at == written[-1]) for at in written):
        yield "crossed_out"
    elif crossed and _is_stop_hit(lines, written, kinds):
        yield "stale"
    if ticked and not crossed and _is_ticked(lines, written, kinds):
        yield "stale"


def _is_crossed(line: str, here: frozenset[Concept], last: bool) -> bool:
    """A cross alone, at an end of the line of the direction, or as the last sign of the post; "SL 1.08 ❌" is decoration."""
    if not _has(line, _CROSSES) or Concept.STOP in here:
        return False
    if set(line) <= _ONLY_CROSSES or (last and line[-1] in _CROSSES):
        return True
    return bool(here & SIDES) and (line[0] in _CROSSES or line[-1] in _CROSSES)


def _is_stop_hit(lines: list[str], written: list[int], kinds: dict[int, frozenset[Concept]]) -> bool:
    """Only the stop ends in a sign, and that is a cross: it was hit. Where targets end in signs too, they are decoration."""
    ends = {at: lines[at][-1] for at in written if not kinds.get(at, frozenset()).isdisjoint(_PRICED)}
    stops = [at for at in ends if Concept.STOP in kinds[at]]
    if len(stops) != 1 or ends[stops[0]] not in _CROSSES or lines[stops[0]][0] in _CROSSES:
        return False
    return all(ends[at].isascii() for at in ends if at != stops[0])


_PRICED = frozenset({Concept.STOP, Concept.TARGET, Concept.ENTRY, *SIDES})


def _is_ticked(lines: list[str], written: list[int], kinds: dict[int, frozenset[Concept]]) -> bool:
    """A line of ticks below the first, or the only target ticked while nothing else is."""
    if any(set(lines[at]) <= _ONLY_TICKS for at in written[1:]):
        return True
    targets = [at for at in written if Concept.TARGET in kinds.get(at, frozenset())]
    if len(targets) != 1 or not _has(lines[targets[0]][1:], TICKS):
        return False
    return not any(_has(lines[at], TICKS) for at in written if at != targets[0])


def _has(text: str, signs: str) -> bool:
    """Any of these signs is in the text."""
    return any(sign in text for sign in signs)


_ONLY_CROSSES = frozenset(_CROSSES + " !")
_ONLY_TICKS = frozenset(TICKS + " !")


def _kinds_by_line(tokens: list[Token]) -> dict[int, frozenset[Concept]]:
    """The concepts of every line."""
    kinds: dict[int, set[Concept]] = {}
    for token in tokens:
        kinds.setdefault(token.line, set()).add(token.concept)
    return {line: frozenset(found) for line, found in kinds.items()}

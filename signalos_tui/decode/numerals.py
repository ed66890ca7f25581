"""What a written number can mean: decimal point or comma, thousands marks, a list number glued to a price.

Some forms have two honest readings ("4.061" is 4061 to a German, "1,085" is 1.085 to a Frenchman). Both are returned,
the usual one first; whoever knows the other prices of the message chooses, or holds it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

_SEPARATORS = re.compile(r"[.,']")


@lru_cache(maxsize=16384)
def pieces(written: str) -> tuple[tuple[int, int, tuple[Decimal, ...]], ...]:
    """The numbers in a run of digits joined by . , or ' as (start, end, values); () when it is no number at all."""
    marks = _SEPARATORS.findall(written)
    if not marks:
        return ((0, len(written), (Decimal(written),)),)
    groups = _SEPARATORS.split(written)
    values = _values(groups, marks)
    if values:
        return ((0, len(written), values),)
    return _several(written)


def _values(groups: list[str], marks: list[str]) -> tuple[Decimal, ...]:
    """The possible values of digits with separators between them, () when it cannot be one number."""
    kinds = set(marks)
    if len(marks) == 1 and marks[0] != "'":
        return _one_mark(groups[0], groups[1], marks[0])
    grouped = all(len(group) == 3 for group in groups[1:]) and 0 < len(groups[0]) <= 3
    if len(kinds) == 1:
        return (Decimal("".join(groups)),) if grouped and groups[0] != "0" else ()
    *thousands, last = marks
    grouped = all(len(group) == 3 for group in groups[1:-1]) and 0 < len(groups[0]) <= 3
    if last not in thousands and last != "'" and len(set(thousands)) == 1 and grouped:
        return (Decimal("".join(groups[:-1]) + "." + groups[-1]),)
    return ()


def _one_mark(whole: str, rest: str, mark: str) -> tuple[Decimal, ...]:
    """`whole` and `rest` with one point or comma between."""
    decimal = Decimal(f"{whole}.{rest}")
    thousands = len(rest) == 3 and len(whole) <= 3 and whole[0] != "0"
    if mark == ".":
        return (decimal, Decimal(whole + rest)) if thousands else (decimal,)
    if thousands:
        return (Decimal(whole + rest), decimal)
    if len(whole) >= 3 and len(rest) >= len(whole) and len(rest) > 2:
        return ()
    return (decimal,)


def _several(written: str) -> tuple[tuple[int, int, tuple[Decimal, ...]], ...]:
    """A list without spaces ("46000,47000"), or a list number before a price ("1.1.96600")."""
    head, dot, tail = written.partition(".")
    if dot and len(head) <= 2 and "," not in tail and tail.count(".") == 1:
        start = len(head) + 1
        inner = pieces(tail)
        return tuple((start + a, start + b, values) for a, b, values in inner)
    if _is_dotted_list(written):
        size = written.index(".")
        return tuple((at, at + size, (Decimal(written[at : at + size]),)) for at in range(0, len(written), size + 1))
    if "," in written:
        found: list[tuple[int, int, tuple[Decimal, ...]]] = []
        start = 0
        for part in written.split(","):
            inner = pieces(part) if part.count(".") <= 1 and "'" not in part else ()
            if not inner:
                return ()
            found.extend((start + a, start + b, values) for a, b, values in inner)
            start += len(part) + 1
        return tuple(found)
    return ()


def _is_dotted_list(written: str) -> bool:
    """Three or more whole prices of one length with points between ("4100.4095.4085"); groups of thousands are shorter."""
    groups = written.split(".")
    return len(groups) > _FEW and len(groups[0]) > _GROUP and all(len(one) == len(groups[0]) for one in groups)


_FEW, _GROUP = 2, 3


def shorthand(full: str, short: str) -> Decimal | None:
    """The price meant by the last digits only: ("4061", "59") is 4059, ("134.30", "35") is 134.35; None if it is none.

    `full` and `short` are plain digits, `full` with at most one point.
    """
    if "." in short:
        whole, _, rest = short.partition(".")
        base = full.partition(".")[0]
        if rest and len(whole) < len(base):
            return Decimal(f"{base[: len(base) - len(whole)]}{whole}.{rest}")
        return None
    whole, dot, rest = full.partition(".")
    if dot:
        if len(short) <= len(rest) or (len(short) == len(rest) and short):
            return Decimal(f"{whole}.{rest[: len(rest) - len(short)]}{short}")
        return None
    return Decimal(whole[: len(whole) - len(short)] + short) if len(short) < len(whole) else None

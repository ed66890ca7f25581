"""How sure a reading is: named evidence, each with a weight that was learned, added up to a probability.

The weights stand in certainty.toml and are log-odds: their sum says how likely it is that the reading says what its author meant
(0 for even odds, 1 for 73 %, 2 for 88 %, 3 for 95 %, 4 for 98 %). `benchmarks/calibration.py` learns them from our own messages,
whole and damaged, and shows whether they keep their word.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from signalos_tui.model.signals import Evidence, Reason

START = "start"
"""What is known before anything is seen."""

OTHER = "unsure"
"""The family of doubts that has no name in the file."""


@cache
def table() -> dict[str, Any]:
    """certainty.toml: for each kind of reading the weights by name, and the families of doubts."""
    return tomllib.loads(files(__package__).joinpath("certainty.toml").read_text(encoding="utf-8"))


@cache
def family(code: str) -> str:
    """The family of a doubt, for which there is a weight; doubts are too rare to be weighed one by one."""
    return next((name for name, codes in table()["families"].items() if code in codes), OTHER)


class Scale:
    """The weights of one kind of reading, read from the file when they are first needed."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._plain: dict[str, Evidence] = {}

    @cached_property
    def weights(self) -> dict[str, float]:
        """Log-odds by name."""
        return {name: float(weight) for name, weight in table()[self._kind].items()}

    def seen(self, name: str, detail: str = "", *, label: str = "") -> Evidence:
        """Evidence by its name in the file. label: what it is called where it is shown, when that says more."""
        if detail or label:
            return Evidence(label or name, self.weights.get(name, 0.0), detail)
        known = self._plain.get(name)
        if known is None:
            known = self._plain[name] = Evidence(name, self.weights.get(name, 0.0))
        return known

    def doubted(self, reasons: Sequence[Reason]) -> list[Evidence]:
        """The reasons against acting, as evidence against the reading; those of one family share what it is worth."""
        if not reasons:
            return []
        families = [family(reason.code) for reason in reasons]
        return [
            Evidence(reason.code, self.weights.get(name, 0.0) / families.count(name), reason.text)
            for reason, name in zip(reasons, families, strict=True)
        ]


SIGNALS, UPDATES = Scale("signal"), Scale("update")


def confidence(evidence: Iterable[Evidence]) -> float:
    """The probability, in hundredths; nothing is ever quite certain, and nothing quite impossible."""
    odds = sum([part.weight for part in evidence])
    return round(min(0.99, max(0.01, 1 / (1 + math.exp(-odds)))), 2)

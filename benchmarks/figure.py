"""One measured figure beside the floor it is judged by, both from the same run on the same machine."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """A measurement.

    value, floor: in `unit`; the floor is what the machine, a library or a peer does at best in the same minute, so that a slow
    hour slows both. goal: in words, as the design states it.
    """

    name: str
    value: float
    unit: str
    floor_name: str
    floor: float
    goal: str

    @property
    def ratio(self) -> float:
        """How many times the floor; 0 without one. For a rate, 1 is as fast as the floor; for a time, more is slower."""
        return self.value / self.floor if self.floor else 0.0

    def __str__(self) -> str:
        """One line of a report."""
        return (
            f"{self.name:<44} {self.value:>12,.1f} {self.unit:<9} {self.ratio:>6.2f} x "
            f"{self.floor_name} ({self.floor:,.1f})   goal {self.goal}"
        )

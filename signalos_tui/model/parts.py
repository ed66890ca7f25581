"""A part of a trade in lots that exist: what is closed of each leg when an owner or a channel asks for a fraction.

In the vocabulary because two stages must mean the same by it: what a dialog promises is what is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

from signalos_tui.model.market import SymbolSpec


def parts(volumes: Sequence[Decimal], fraction: Decimal, spec: SymbolSpec) -> tuple[Decimal, ...]:
    """Lots to close of each leg, 0 < fraction <= 1. volumes: lots open, near targets first.

    A part that the smallest lot does not allow on every leg is taken from the near targets; never more than asked, unless that
    would be nothing: then the smallest possible part is closed.
    """
    total = sum(volumes, Decimal(0))
    wanted = max(_stepped(total * fraction, spec), spec.volume_step)
    taken = [_stepped(volume * fraction, spec) for volume in volumes]
    left = wanted - sum(taken, Decimal(0))
    for place, volume in enumerate(volumes):
        while left >= spec.volume_step and taken[place] < volume:
            taken[place] += spec.volume_step
            left -= spec.volume_step
    for place, volume in enumerate(volumes):
        rest = volume - taken[place]
        if 0 < rest < spec.volume_min:  # a rest below the smallest lot cannot stand
            taken[place] = volume if wanted >= total else max(Decimal(0), volume - spec.volume_min)
    return tuple(taken)


def _stepped(volume: Decimal, spec: SymbolSpec) -> Decimal:
    return (volume / spec.volume_step).to_integral_value(rounding=ROUND_FLOOR) * spec.volume_step

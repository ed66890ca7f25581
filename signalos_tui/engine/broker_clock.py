"""The broker's clock against ours, measured from prices that move, so that every price has an age (reference: reliability C4).

A tick is stamped with the broker's wall clock, which is whole half hours away from ours: by how many, a stamp alone cannot
tell. A price of an hour ago looks just like one of now at a broker one zone further west. So a stamp counts only when it became
another between two looks that were close together; until then no price has an age, and nothing is decided on one. Stamps are
never ahead of the broker's clock, but some come late (delayed quotes), so the furthest one of the last minutes is believed; only
a stamp that goes back says that the clock itself was set back.
"""

from __future__ import annotations

HALF_HOUR_MS = 1_800_000
CLOSE_LOOKS_MS = 600_000
"""Well below half of the half hours the clocks differ by: how far two looks may be apart, and how long one that moved counts."""
ZONES_MS = (-5 * 3_600_000, 14 * 3_600_000)
"""How brokers set their clocks, against UTC; anything else is an old price, not another zone."""


class BrokerClock:
    """offset: by how much the broker's clock is ahead of ours, ms; None while no price has moved before our eyes."""

    def __init__(self) -> None:
        self.offset: int | None = None
        self._stamps: dict[str, tuple[int, int]] = {}
        self._measured: dict[int, int] = {}
        """By how much prices that moved were ahead, and when one of them last was."""

    def trust(self, stamp: int, now: int) -> None:
        """Take a stamp's word for it that it is of now, ms: of a broker whose prices cost nobody anything."""
        self.offset = _plausible(_half_hours(stamp - now))

    def seen(self, symbol: str, stamp: int, now: int) -> None:
        """A price as it is now. stamp: by the broker's clock, ms. now: ms UTC."""
        before = self._stamps.get(symbol)
        self._stamps[symbol] = (stamp, now)
        if before is None or not 0 <= now - before[1] <= CLOSE_LOOKS_MS:
            return
        if before[0] - stamp >= HALF_HOUR_MS // 2:
            self._measured.clear()  # summer time has ended there: what was measured before holds no longer
        if stamp // 1000 <= before[0] // 1000:
            return  # one price may have two stamps: the broker's list has whole seconds, a tick has more
        offset = _plausible(_half_hours(stamp - now))
        self._measured = {ahead: at for ahead, at in self._measured.items() if 0 <= now - at <= CLOSE_LOOKS_MS}
        if offset is not None:
            self._measured[offset] = now
        self.offset = max(self._measured, default=None)

    def age(self, stamp: int, now: int) -> int:
        """How old a price is, ms; as old as can be while the broker's clock is not known."""
        return now if self.offset is None else max(0, now + self.offset - stamp)


def _half_hours(ms: int) -> int:
    return round(ms / HALF_HOUR_MS) * HALF_HOUR_MS


def _plausible(offset: int) -> int | None:
    return offset if ZONES_MS[0] <= offset <= ZONES_MS[1] else None

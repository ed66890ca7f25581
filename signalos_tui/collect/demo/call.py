"""A call a demo channel has made, and what the price has done to it since: the channel's own book-keeping."""

from __future__ import annotations

from enum import Enum, auto

from msgspec import Struct

from signalos_tui.collect.demo.voice import Market
from signalos_tui.model.signals import Side


class Turn(Enum):
    """What just happened to a call."""

    FILLED = auto()
    TARGET = auto()
    STOPPED = auto()
    TIRED = auto()


class Call(Struct):
    """Levels in price. id: the post. waiting: +1 for an order that fills when the price rises to `entry`, -1 when it
    falls to it, 0 for one at market. reached: targets so far. protected: the channel said to move the stop to the entry.
    """

    id: int
    market: Market
    name: str
    side: Side
    entry: float
    stop: float
    targets: tuple[float, ...]
    text: str
    at: int
    waiting: int = 0
    reached: int = 0
    protected: bool = False
    over: bool = False

    def follow(self, bid: float, ask: float, at: int, patience_ms: int) -> Turn | None:
        """What the price did, if anything that is worth a post."""
        if self.over:
            return None
        if at - self.at > patience_ms:
            self.over = True
            return Turn.TIRED
        if self.waiting:
            opening = ask if self.side is Side.BUY else bid
            if (opening - self.entry) * self.waiting < 0:
                return None
            self.waiting = 0
            return Turn.FILLED
        closing = bid if self.side is Side.BUY else ask
        if (closing - self.stop) * self.side.sign <= 0:
            self.over = True
            return Turn.STOPPED
        if (closing - self.targets[self.reached]) * self.side.sign < 0:
            return None
        self.reached += 1
        self.over = self.reached == len(self.targets)
        return Turn.TARGET

    def gains(self, bid: float, ask: float) -> bool:
        """The price is beyond the entry by at least the spread."""
        closing = bid if self.side is Side.BUY else ask
        return (closing - self.entry) * self.side.sign > ask - bid

    def protect(self) -> None:
        """The stop stands at the entry from now on."""
        self.protected = True
        self.stop = self.entry

    def pips(self, price: float) -> int:
        """The distance from the entry in the channel's pips."""
        return max(1, round(abs(price - self.entry) / self.market.pip))

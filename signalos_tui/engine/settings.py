"""Which settings apply: to a channel, to a signal's instrument, to a trade. Asked in one place, by the signal's own name of it.

The broker may call gold XAUUSD.m; the owner wrote [symbols.XAUUSD], because that is what signals say.
"""

from __future__ import annotations

from signalos_tui.config import Config, Trading, Words
from signalos_tui.engine.desk import Desk
from signalos_tui.model.desk import Trade
from signalos_tui.model.ids import ChannelId


class Settings:
    """The configuration as the engine asks it."""

    def __init__(self, desk: Desk, config: Config) -> None:
        self._desk = desk
        self._config = config
        self._merged: dict[tuple[str, str, str], Trading] = {}

    def of(self, channel: ChannelId, symbol: str = "") -> Trading:
        """What applies to a channel and a symbol as signals name it."""
        key = (channel, self._title(channel), symbol)
        if key not in self._merged:
            self._merged[key] = self._config.trading(*key)
        return self._merged[key]

    def of_trade(self, trade: Trade) -> Trading:
        """What applies to a trade."""
        view = self._desk.state.signals.get(trade.signal)
        return self.of(trade.channel, (view.signal.symbol if view else None) or trade.symbol)

    def words(self, channel: ChannelId) -> Words:
        """How a channel writes."""
        return self._config.words(channel, self._title(channel))

    def _title(self, channel: ChannelId) -> str:
        view = self._desk.state.channels.get(channel)
        return view.channel.title if view else ""

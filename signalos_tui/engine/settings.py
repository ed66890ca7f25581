"""Which settings apply: to a channel, to a signal's instrument, to a trade. Asked in one place, by the signal's own name of it.

The broker may call gold XAUUSD.m; the owner wrote [symbols.XAUUSD], because that is what signals say.
"""

from __future__ import annotations

from signalos_tui.config import Config, Permit, Trading, permit, titles
from signalos_tui.config.titles import Named
from signalos_tui.decode.profile import Profile, profile_of
from signalos_tui.engine.desk import Desk
from signalos_tui.model.account import is_real
from signalos_tui.model.desk import Trade
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.lessons import Lesson


class Settings:
    """The configuration as the engine asks it."""

    def __init__(self, desk: Desk, config: Config) -> None:
        self._desk = desk
        self._config = config
        self._merged: dict[tuple[Named, str, bool], Trading] = {}
        self._profiles: dict[ChannelId, tuple[Named, Lesson, Profile]] = {}

    def of(self, channel: ChannelId, symbol: str = "") -> Trading:
        """What applies to a channel and a symbol as signals name it."""
        named, account = self._named(channel), self._desk.state.account
        key = (named, symbol, is_real(account))
        if key not in self._merged:
            self._merged[key] = titles.applying(self._config, named, account, symbol)
        return self._merged[key]

    def of_trade(self, trade: Trade) -> Trading:
        """What applies to a trade."""
        view = self._desk.state.signals.get(trade.signal)
        return self.of(trade.channel, (view.signal.symbol if view else None) or trade.symbol)

    def permit(self, channel: ChannelId) -> Permit:
        """What a channel's signals may do: as the owner said in the console, else as the configuration says."""
        view = self._desk.state.channels.get(channel)
        title = self._named(channel).title(self._config)
        return permit(self._config, channel, title, view.policy if view is not None else None)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of markets that the owner gave a meaning of his own."""
        return tuple(self._config.aliases)

    def lesson(self, channel: ChannelId, taught: Lesson | None = None) -> Lesson:
        """How a channel writes: what the configuration says, and over it what was taught. taught: instead of that."""
        if taught is None:
            view = self._desk.state.channels.get(channel)
            taught = view.lesson if view is not None else Lesson()
        return titles.words(self._config, self._named(channel)).lesson.merged(taught)

    def profile(self, channel: ChannelId) -> Profile:
        """The same for the reader; made anew only when the channel was taught or renamed."""
        view = self._desk.state.channels.get(channel)
        named, taught = self._named(channel), view.lesson if view is not None else Lesson()
        known = self._profiles.get(channel)
        if known is None or known[0] != named or known[1] is not taught:
            known = self._profiles[channel] = (named, taught, profile_of(self.lesson(channel), self.names))
        return known[2]

    def _named(self, channel: ChannelId) -> Named:
        view = self._desk.state.channels.get(channel)
        return Named.of(view) if view is not None else Named(channel)

"""What a table under a channel's title comes to: with real money it can only forbid and lower, and it stays with the channel.

A title is its channel's to change. So a channel keeps every title it ever had, and what stands under any of them goes on to hold
it back; what would let it do more counts under its id alone, as soon as real money is at stake (decision 0015). A table under
the id stands for itself: then no title counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.config.tables import Config, Risk, Rules, Trading, Words
from signalos_tui.model.account import Account, is_real
from signalos_tui.model.desk import MOST_TITLES, ChannelView

LOWEST = (
    "max_age_s",
    "max_scale_off",
    "max_entry_drift_r",
    "max_pending_distance",
    "max_spread_pips",
    "max_spread_of_stop",
    "max_open_risk",
    "max_daily_loss",
)
LOWEST_BUT_NONE = ("max_open_trades", "max_open_per_symbol")
"""Of these, 0 is no limit at all."""
HIGHEST = ("duplicate_window_min", "min_confidence")
STRICTEST = {"missing_stop": ("deny", "hold", "default"), "forwarded": ("hold", "trade")}
"""Words, the strictest first."""
OWN = ("enabled", "risk", "rules", "manage", "send")


class Named(Struct, frozen=True):
    """A channel by everything it can be named by. titles: the one it has, then those it had, the latest first."""

    id: str
    titles: tuple[str, ...] = ()
    is_restless: bool = False
    """It had more titles than are kept: then each one in config.toml may have been its own."""

    @classmethod
    def of(cls, view: ChannelView) -> Named:
        """As the journal knows it."""
        titles = tuple(title for title in (view.channel.title, *view.titles) if title)
        return cls(view.channel.id, titles, len(view.titles) >= MOST_TITLES)

    def under(self, config: Config) -> tuple[str, ...]:
        """The titles that have a table in config.toml and hold for it; () where its id has one."""
        if config.channels.get(self.id):
            return ()
        among = (*self.titles, *config.channels) if self.is_restless else self.titles
        return tuple(dict.fromkeys(title for title in among if config.channels.get(title)))

    def title(self, config: Config) -> str:
        """The title whose table is the channel's, "" when it is none's: its latest that has one."""
        return next(iter(self.under(config)), "")


def applying(config: Config, channel: Named, account: Account | None, symbol: str = "") -> Trading:
    """What applies to a channel's signals on an account; None for one that is not known."""
    titles = channel.under(config)
    if not titles:
        return config.trading(channel.id, "", symbol)
    others = [config.trading(title, "", symbol) for title in titles]
    if is_real(account):
        found = config.trading(channel.id, "", symbol)
        for other in others:
            found = stricter(found, other)
        return found
    return replace(others[0], enabled=all(other.enabled for other in others))


def words(config: Config, channel: Named) -> Words:
    """How a channel writes: as its id says, else its latest title that has a table. What is noise under any title is noise."""
    own = config.words(channel.id, channel.title(config))
    ignore = (text for title in channel.under(config) for text in config.words(title).ignore)
    return replace(own, ignore=tuple(dict.fromkeys((*own.ignore, *ignore))))


def unused(config: Config, channel: Named, account: Account | None) -> tuple[tuple[str, str], ...]:
    """What stands under a channel's titles and does not count on this account: (title, key)."""
    if not is_real(account):
        return ()
    return tuple((title, key) for title in channel.under(config) for key in _unused(config, channel, account, title))


def _unused(config: Config, channel: Named, account: Account | None, title: str) -> Iterator[str]:
    own = config.channels[title]
    if own.get("policy", "paper") != "paper":
        yield "policy"
    for symbol, layer in (("", own), *own.get("symbols", {}).items()):
        before = "symbols." + symbol + "." if symbol else ""
        asked = _flat(config.trading(title, "", symbol))
        holds = _flat(applying(config, channel, account, symbol))
        for key, value in _flat({name: layer[name] for name in OWN if name in layer}).items():
            if key in asked and asked[key] != holds[key]:
                yield f"{before}{key} = {_said(value)}"


def _said(value: Any) -> str:
    return msgspec.json.encode(value).decode() if not isinstance(value, Decimal) else str(value)


def _flat(table: Any) -> dict[str, Any]:
    raw = table if isinstance(table, dict) else msgspec.to_builtins(table, builtin_types=(Decimal,))
    found: dict[str, Any] = {}
    for key, value in raw.items():
        inner = value.items() if isinstance(value, dict) else ()
        found |= {f"{key}.{name}": one for name, one in inner} or ({} if isinstance(value, dict) else {key: value})
    return found


# --- the stricter of two -------------------------------------------------------------------------------------------


def stricter(base: Trading, other: Trading) -> Trading:
    """`base`, with whatever `other` allows less. What cannot be weighed against it (a size counted otherwise, other hours) is
    neither used nor passed over: then nothing is opened. Never looser than `base` in any key.
    """
    risk, rules = _risk(base.risk, other.risk), _rules(base.rules, other.rules)
    return replace(
        base,
        enabled=base.enabled and other.enabled and risk is not None and rules is not None,
        risk=risk or base.risk,
        rules=rules or base.rules,
    )


def _risk(base: Risk, other: Risk) -> Risk | None:
    if base.mode != other.mode:
        return None
    return replace(
        base,
        value=min(base.value, other.value),
        max_percent=min(base.max_percent, other.max_percent),
        max_targets=min(base.max_targets, other.max_targets),
    )


def _rules(base: Rules, other: Rules) -> Rules | None:
    found: dict[str, Any] = {key: min(getattr(base, key), getattr(other, key)) for key in LOWEST}
    found |= {key: max(getattr(base, key), getattr(other, key)) for key in HIGHEST}
    for key in LOWEST_BUT_NONE:
        limits = [limit for limit in (getattr(base, key), getattr(other, key)) if limit]
        found[key] = min(limits, default=0)
    for key, order in STRICTEST.items():
        found[key] = min((getattr(base, key), getattr(other, key)), key=order.index)
    found["deny"] = tuple(dict.fromkeys((*base.deny, *other.deny)))
    allow = _both(base.allow, other.allow)
    hours = _hours(base, other)
    if allow is None or hours is None:
        return None
    found["allow"] = allow
    found["hours"], found["timezone"] = hours
    return replace(base, **found)


def _both(base: Sequence[str], other: Sequence[str]) -> tuple[str, ...] | None:
    # Empty is all of them; so two lists with nothing in common cannot be written as one.
    if not base or not other:
        return tuple(base or other)
    return tuple(name for name in base if name in other) or None


def _hours(base: Rules, other: Rules) -> tuple[tuple[str, ...], str] | None:
    if not other.hours or (base.hours, base.timezone) == (other.hours, other.timezone):
        return base.hours, base.timezone
    return None if base.hours else (other.hours, other.timezone)

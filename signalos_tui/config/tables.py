"""The tables of config.toml: every key, its default and what it means.

`Config` is the whole file. What a rule or a sizing sees is a `Trading`: the global tables with what an account, a channel and a
symbol override laid over them, least specific first: global, `[accounts.A]`, `[channels.X]`, `[symbols.Y]`,
`[channels.X.symbols.Y]`. An engine knows one account only: it is given `Config.account(name)`.
Secrets have no key here on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, field

from signalos_tui.config.bounds import (
    AccountNames,
    Bounds,
    Hours,
    KnownMeanings,
    ZoneName,
)
from signalos_tui.config.folder import Folder
from signalos_tui.config.gateway import Gateway
from signalos_tui.config.second_reader import SecondReader
from signalos_tui.config.table import Table
from signalos_tui.config.telegram import Telegram
from signalos_tui.config.venues import Paper, Terminal, paper_login
from signalos_tui.config.webhook import Webhook
from signalos_tui.model.lessons import Lesson

Percent = Annotated[Decimal, Bounds(0, 100)]
Positive = Annotated[Decimal, Bounds(0, above=True)]
NotNegative = Annotated[Decimal, Bounds(0)]
Seconds = Annotated[float, Meta(gt=0, le=31_536_000)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Named = dict[str, tuple[str, ...]]
Zone = Annotated[str, ZoneName()]


class Risk(Table, frozen=True, forbid_unknown_fields=True):
    """[risk]: how large a signal is traded. All its legs together never risk more than this."""

    mode: Literal["equity", "balance", "money", "lots"] = "equity"
    """What `value` counts: percent of equity, percent of balance, account money, or lots for the whole signal."""
    value: Positive = Decimal("0.5")
    """The size, in the unit of `mode`."""
    max_percent: Percent = Decimal(5)
    """A ceiling whatever `mode` says: a signal that would risk more of the equity is denied."""
    split: tuple[Positive, ...] = ()
    """Shares of the targets, first target first ([0.5, 0.3, 0.2]); empty for equal shares."""
    max_targets: Annotated[int, Meta(ge=1, le=10)] = 4
    """More targets than this are left out, the far ones first."""


class Rules(Table, frozen=True, forbid_unknown_fields=True):
    """[rules]: the gate. Each rule passes, holds for the owner, or denies, and says the figure it saw."""

    max_age_s: Seconds = 30.0
    """A signal older than this when it is decided is denied as stale."""
    max_update_age_s: Seconds = 300.0
    """An update older than this (after a pause, say) is held instead of followed."""
    join_window_s: Annotated[int, Meta(ge=0, le=3600)] = 120
    """Posts of a channel that make one call together ("GOLD BUY NOW", then "SL 4046 TP 4060") are joined within this time; 0 for
    never."""
    duplicate_window_min: Count = 60
    """The same call (channel, symbol, side and levels) within this many minutes is denied as a duplicate; 0 for never."""
    max_scale_off: Percent = Decimal(5)
    """A price further than this many percent from the market is a lost digit or another instrument: held."""
    max_entry_drift_r: NotNegative = Decimal("0.5")
    """At market: how far price may have run from the entry towards the target, in units of the risk."""
    max_pending_distance: Percent = Decimal(3)
    """A pending order further than this many percent from the market is denied."""
    max_spread_pips: Positive = Decimal(3)
    """A wider spread than this denies."""
    max_spread_of_stop: Percent = Decimal(33)
    """A spread wider than this share of the distance to the stop denies."""
    missing_stop: Literal["hold", "deny", "default"] = "hold"
    """A signal without a stop: ask, refuse, or use `default_stop_pips`."""
    default_stop_pips: Positive = Decimal(50)
    """The stop for missing_stop = "default"."""
    forwarded: Literal["hold", "trade"] = "hold"
    """A post that was forwarded says what somebody else said, or the channel itself another day: ask, or take it for its own."""
    allow: tuple[str, ...] = ()
    """Only these symbols are traded; empty for all. Names as signals use them (XAUUSD)."""
    deny: tuple[str, ...] = ()
    """These symbols are never traded."""
    hours: tuple[Annotated[str, Hours()], ...] = ()
    """When new positions may be opened ("Mon-Fri 07:00-21:30"); empty for always."""
    timezone: Zone = "UTC"
    """The time zone of `hours` and of the trading day (IANA name)."""
    max_open_trades: Count = 10
    """Signals with an open position or a pending order at the same time; 0 for no limit."""
    max_open_per_symbol: Count = 3
    """The same for one symbol; 0 for no limit."""
    max_open_risk: Percent = Decimal(6)
    """Money at risk at all stops together, in percent of equity. Unsettled orders count as filled."""
    max_daily_loss: Percent = Decimal(5)
    """Loss since the day began, open positions included, in percent of the day's first equity: nothing new that day."""
    min_confidence: Annotated[float, Meta(ge=0, le=1)] = 0.8
    """A reading less certain than this is held."""


class Manage(Table, frozen=True, forbid_unknown_fields=True):
    """[manage]: what happens to a trade after it is open."""

    breakeven_after_target: Count = 1
    """After this target the stops of the remaining legs move to their opening price; 0 for never."""
    breakeven_offset_pips: Annotated[Decimal, Bounds(-10_000, 10_000)] = Decimal(0)
    """How far beyond the opening price the break-even stop stands; below 0 for short of it."""
    trail_after_target: Count = 0
    """After this target the stop follows the price; 0 for never."""
    trail_pips: NotNegative = Decimal(0)
    """The distance of the trailing stop; 0 for the signal's own stop distance."""
    pending_expiry_min: Count = 240
    """A pending order that was not filled after this many minutes is removed; 0 for never."""
    partial_default: Annotated[Decimal, Bounds(0, 1, above=True)] = Decimal("0.5")
    """The share to close when an update says "partial" without a size."""
    deleted: Literal["ignore", "cancel", "alert"] = "cancel"
    """A signal whose message is deleted: nothing, remove its pending orders and tell, or only tell."""


class Send(Table, frozen=True, forbid_unknown_fields=True):
    """[send]: the send protocol's times (reference: reliability R5, R13).

    The right to send ends before absence could be proven: settle_s exceeds ttl_s + call_s, in every layer.
    """

    ttl_s: Annotated[Seconds, Bounds(0, 120)] = 30.0
    """An intent older than this is never sent. At most 120."""
    settle_s: Seconds = 240.0
    """How long after a lost answer the terminal is searched before the leg counts as unfilled. One value for all."""
    call_s: Seconds = 60.0
    """The longest a terminal call may take before its answer counts as lost. One value for all."""
    attempts: Annotated[int, Meta(ge=1, le=5)] = 3
    """How often a definite "price changed" is priced again within the time."""
    deviation_points: Count = 20
    """The slippage allowed on brokers with instant execution."""


COMMON = ("settle_s", "call_s")
"""Keys of [send] that no channel and no symbol has of its own: one look at the terminal settles the legs of all of them."""


class Trading(Table, frozen=True, forbid_unknown_fields=True):
    """What applies to one signal: the tables below, with a channel's and a symbol's own values laid over them."""

    enabled: bool = True
    """Off: messages are read and shown, nothing is opened."""
    risk: Risk = Risk()
    """[risk]"""
    rules: Rules = Rules()
    """[rules]"""
    manage: Manage = Manage()
    """[manage]"""
    send: Send = Send()
    """[send]"""


class Words(Table, frozen=True, forbid_unknown_fields=True):
    """[channels.X.reading]: how one channel writes."""

    default_symbol: str = ""
    """The instrument when a post names none."""
    ignore: tuple[str, ...] = ()
    """Posts that contain one of these texts are noise."""
    decimal_comma: bool | None = None
    """A number that can be read two ways: 1,085 is 1.085 (true) or 1085 (false); left out when it is not known."""
    words: Annotated[Named, KnownMeanings()] = field(default_factory=dict)
    """The channel's own words, by what they mean ("stop" = ["limes"])."""
    markets: Named = field(default_factory=dict)
    """The channel's own names of markets, by symbol ("XAUUSD" = ["goldie"])."""
    side_from_levels: bool | None = None
    """A post without a direction goes the way its stop and targets lie, and may be acted on."""

    @property
    def lesson(self) -> Lesson:
        """The same as what can be taught in the console."""
        return Lesson(
            words=tuple(self.words.items()),
            default_symbol=self.default_symbol or None,
            ignore=self.ignore,
            decimal_comma=self.decimal_comma,
            side_from_levels=self.side_from_levels,
            markets=tuple(self.markets.items()),
        )


class Account(Trading, frozen=True, forbid_unknown_fields=True):
    """[accounts.X] as it is checked: what one account has of its own. Everything else is that of the file."""

    channels: tuple[str, ...] = ()
    """The channels this account trades, by id or title; empty for all of them."""
    terminal: Terminal = Terminal()
    """[accounts.X.terminal]: as [terminal]."""
    paper: Paper = Paper()
    """[accounts.X.paper]: as [paper]."""


class Demo(Table, frozen=True, forbid_unknown_fields=True):
    """[demo]: the invented channels and their market."""

    seed: int = 7
    """Everything that is random in the demo."""
    pace: Annotated[Decimal, Bounds(0, 25, above=True)] = Decimal(1)
    """How brisk the market is; 1 is made for watching. At most 25."""


class Console(Table, frozen=True, forbid_unknown_fields=True):
    """[console]: the screens."""

    theme: str = "signalos-dark"
    """A name from themes/ or from the `themes` folder of the data directory."""
    timezone: Zone = "UTC"
    """The time zone of the clock on screen (IANA name)."""
    refresh_hz: Annotated[int, Meta(ge=1, le=20)] = 10
    """How often the screens follow the engine."""
    confirm: bool = True
    """Ask, with the money, before anything is closed or stopped. STOP always asks."""
    hints: bool = True
    """Show the first-run hints."""
    bell: bool = False
    """Ring the terminal's bell on an alarm."""


class Engine(Table, frozen=True, forbid_unknown_fields=True):
    """[engine]: how often it looks, and what it keeps in view."""

    poll_s: Seconds = 1.0
    """How often the terminal's positions are compared with the journal when nothing announces a change."""
    reconcile_s: Seconds = 30.0
    """How often every leg, ended ones included, is compared."""
    pulse_s: Seconds = 0.25
    """How often prices and floating results go to the front ends."""
    quote_age_s: Seconds = 20.0
    """A price older than this is stale: nothing is decided on it."""


class Logging(Table, frozen=True, forbid_unknown_fields=True):
    """[logging]: the log of a headless engine (JSON lines on stderr and in the data directory)."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe line written."""
    max_mb: Annotated[int, Meta(ge=1, le=1000)] = 20
    """A log file larger than this is rotated; five are kept."""


class Source(Table, frozen=True, forbid_unknown_fields=True):
    """[source]: where messages come from."""

    kind: Literal["demo", "export", "telegram", "folder", "webhook"] = "demo"
    """The demo channels, a Telegram Desktop export that is played back, the channels that are followed on Telegram, a watched
    folder, or alerts over HTTP."""
    path: str = ""
    """The export's result.json, for kind = "export"."""
    prices: tuple[str, ...] = ()
    """Price files for the paper terminal, for kind = "export"; empty for the synthetic market."""


class Config(Table, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    enabled: bool = True
    """Off: everything is read and shown, nothing is opened."""
    source: Source = Source()
    """[source]"""
    telegram: Telegram = Telegram()
    """[telegram]"""
    folder: Folder = Folder()
    """[folder]"""
    webhook: Webhook = Webhook()
    """[webhook]"""
    risk: Risk = Risk()
    """[risk]"""
    rules: Rules = Rules()
    """[rules]"""
    manage: Manage = Manage()
    """[manage]"""
    send: Send = Send()
    """[send]"""
    terminal: Terminal = Terminal()
    """[terminal]"""
    paper: Paper = Paper()
    """[paper]"""
    demo: Demo = Demo()
    """[demo]"""
    console: Console = Console()
    """[console]"""
    engine: Engine = Engine()
    """[engine]"""
    logging: Logging = Logging()
    """[logging]"""
    second_reader: SecondReader = SecondReader()
    """[second_reader]"""
    gateway: Gateway = Gateway()
    """[gateway]"""
    accounts: Annotated[dict[str, dict[str, Any]], AccountNames()] = field(default_factory=dict)
    """[accounts.<name>]: channels, and any of enabled, risk, rules, manage, send, terminal, paper; empty: one unnamed account."""
    aliases: dict[str, str] = field(default_factory=dict)
    """[aliases]: names that signals use, and what they mean here ("GOLDMINI" = "XAUUSD.mini")."""
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    """[channels."<id or title>"]: enabled, policy, reading, and any of risk, rules, manage, send; also symbols.<name>."""
    symbols: dict[str, dict[str, Any]] = field(default_factory=dict)
    """[symbols.<name>]: any of enabled, risk, rules, manage, send."""
    keymap: dict[str, str] = field(default_factory=dict)
    """[keymap]: a binding's id and its keys ("trade.close" = "f4,c")."""

    @property
    def watches_folder(self) -> bool:
        """A folder is read, alone or beside [source]."""
        return self.folder.enabled or self.source.kind == "folder"

    @property
    def takes_alerts(self) -> bool:
        """Alerts over HTTP are read, alone or beside [source]."""
        return self.webhook.enabled or self.source.kind == "webhook"

    def trading(self, channel: str = "", title: str = "", symbol: str = "") -> Trading:
        """What applies to a signal of this channel (by id or title) on this symbol."""
        merged: dict[str, Any] = {
            name: msgspec.to_builtins(getattr(self, name), builtin_types=(Decimal,))
            for name in ("enabled", "risk", "rules", "manage", "send")
        }
        own = self.channels.get(channel) or self.channels.get(title) or {}
        layers = (own, self.symbols.get(symbol, {}), own.get("symbols", {}).get(symbol, {}))
        for layer in layers:
            lay_over(merged, {k: v for k, v in layer.items() if k not in ("policy", "symbols", "reading")})
        # Layers are as written: "false" from the environment is off too.
        switches = [layer.get("enabled", True) for layer in layers]
        merged["enabled"] = self.enabled and all(msgspec.convert(switches, list[bool], strict=False))
        return msgspec.convert(merged, Trading, strict=False)

    def account(self, name: str) -> Config:
        """The configuration of one account: its own tables laid over those of the file. KeyError for a name there is not."""
        own = {key: value for key, value in self.accounts[name].items() if key != "channels"}
        is_on = msgspec.convert(own.get("enabled", True), bool, strict=False)
        merged: dict[str, Any] = msgspec.to_builtins(self, builtin_types=(Decimal,))
        lay_over(merged, {**own, "enabled": self.enabled and is_on})
        merged["accounts"] = {}
        if "login" not in own.get("paper", {}):
            merged["paper"]["login"] = paper_login(name)
        return msgspec.convert(merged, Config, strict=False)

    def routes(self, name: str) -> tuple[str, ...]:
        """The channels an account trades, by id or title; () for all. KeyError for a name there is not."""
        return msgspec.convert(self.accounts[name].get("channels", ()), tuple[str, ...], strict=False)

    def words(self, channel: str, title: str = "") -> Words:
        """How a channel writes."""
        own = self.channels.get(channel) or self.channels.get(title) or {}
        return msgspec.convert(own.get("reading", {}), Words, strict=False)


def lay_over(base: dict[str, Any], over: Mapping[str, Any]) -> None:
    """Set in `base` what `over` says, table by table."""
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            lay_over(base[key], value)
        else:
            base[key] = value

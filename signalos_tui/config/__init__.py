"""The configuration: config.toml and the environment, checked once, frozen, with an error that points at the line.

What is refused is refused here, at the start: no channel's and no symbol's layer can surprise the engine later.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from signalos_tui.config.channels import Giver, Permit, permit
from signalos_tui.config.environment import PREFIX, variables
from signalos_tui.config.folder import Folder
from signalos_tui.config.gateway import Gateway
from signalos_tui.config.keys import Keys, faults, layers
from signalos_tui.config.lines import Origin
from signalos_tui.config.second_reader import SecondReader
from signalos_tui.config.table import Table, field_names
from signalos_tui.config.tables import (
    COMMON,
    Account,
    Config,
    Console,
    Demo,
    Engine,
    Logging,
    Manage,
    Risk,
    Rules,
    Send,
    Source,
    Trading,
    Words,
    lay_over,
)
from signalos_tui.config.telegram import Telegram
from signalos_tui.config.venues import Paper, Terminal
from signalos_tui.config.webhook import Webhook
from signalos_tui.errors import ConfigInvalid

__all__ = [
    "PREFIX",
    "Account",
    "Config",
    "Console",
    "Demo",
    "Engine",
    "Folder",
    "Gateway",
    "Giver",
    "Logging",
    "Manage",
    "Paper",
    "Permit",
    "Risk",
    "Rules",
    "SecondReader",
    "Send",
    "Source",
    "Table",
    "Telegram",
    "Terminal",
    "Trading",
    "Webhook",
    "Words",
    "field_names",
    "load",
    "permit",
]

T = TypeVar("T")


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration of a file and the environment, every layer checked.

    Raises ConfigInvalid with the nearest right name or the value seen, and file and line or the variable's name.
    """
    text = _text(path) if path is not None else ""
    file = str(path or "the configuration")
    try:
        raw = tomllib.loads(text)
    except ValueError as error:  # also what is no TOML error to Python: a number of 5000 digits
        raise ConfigInvalid(f"{file} is not valid TOML: {error}", "Mend it there") from None
    except RecursionError:
        raise ConfigInvalid(f"{file} is nested too deep", "Mend it") from None
    wrong = [Origin(file, text, {}).located(what, keys) for keys, what in faults(raw)]
    if wrong:
        raise ConfigInvalid("; ".join(wrong), "Correct or remove it")
    own = variables(environ)
    for one in own:
        lay_over(raw, one.as_tables())
    return _converted(raw, Origin(file, text, {one.keys: one.name for one in own}))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigInvalid(f"{path} does not exist", "Name another file with --config, or leave it out") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{path} cannot be read: {error}", "Check the file and its permissions") from None


def _converted(raw: dict[str, Any], origin: Origin) -> Config:
    # A table checks its values one by one, so what is right in each layer is right however they are laid over one another.
    config = _as(Config, raw, origin, ())
    _check_times(config.send, config.send.ttl_s, origin, ())
    if not config.accounts:
        _check_terminal(config.terminal, origin, ())
    for at, layer, table in layers(raw):
        own = _as(table, layer, origin, at)
        if not isinstance(own, Trading) or isinstance(own, Account):
            continue
        if "ttl_s" in layer.get("send", {}):
            _check_times(config.send, own.send.ttl_s, origin, at)
    for name in config.accounts:
        _check_account(config.account(name), config.accounts[name], raw, origin, ("accounts", name))
    _check_apart(config, origin)
    _check_source(config, origin)
    return config


def _check_source(config: Config, origin: Origin) -> None:
    # What one table alone cannot say of where messages come from.
    kind = config.source.kind
    if config.source.prices and kind != "export":
        told = "has its own synthetic market" if kind == "demo" else "is live, and these prices are of the past"
        what = f'source.prices is set, and kind = "{kind}" {told}'
        raise ConfigInvalid(
            origin.located(what, ("source", "prices")), 'Set kind = "export" under [source], or leave prices out'
        )
    if kind == "telegram" and config.telegram.lacks is not None:
        key, why = config.telegram.lacks
        places = [("telegram", key), ("telegram", "api_id"), ("source", "kind")]
        raise ConfigInvalid(origin.located(f"telegram: {why}", *places), "See docs/telegram.md")
    if config.watches_folder and not config.folder.path:
        places = [("folder", "path"), ("folder", "enabled"), ("source", "kind")]
        raise ConfigInvalid(origin.located("folder.path is empty", *places), "Name the folder under [folder]")
    if config.takes_alerts and config.webhook.lacks is not None:
        key, why = config.webhook.lacks
        places = [("webhook", key), ("webhook", "enabled"), ("source", "kind")]
        raise ConfigInvalid(origin.located(f"webhook: {why}", *places), "See docs/sources.md")
    for name in config.accounts if config.takes_alerts else ():
        known = {f"hook:{hook}" for hook in config.webhook.hooks}
        stranger = next((one for one in config.routes(name) if one.startswith("hook:") and one not in known), "")
        if stranger:
            what = f"accounts.{name}.channels names {stranger!r}, and webhook.hooks has no such name"
            raise ConfigInvalid(
                origin.located(what, ("accounts", name, "channels")), f"There are: {', '.join(sorted(known))}"
            )


def _check_account(config: Config, own: Mapping[str, Any], raw: Mapping[str, Any], origin: Origin, at: Keys) -> None:
    # An account's own times meet the times of every channel and symbol; and its terminal is whole.
    _check_terminal(config.terminal, origin, at)
    if not {"ttl_s", *COMMON}.isdisjoint(own.get("send", {})):
        _check_times(config.send, config.send.ttl_s, origin, at)
        for _, layer, _ in layers({key: raw.get(key, {}) for key in ("channels", "symbols")}):
            if "ttl_s" in layer.get("send", {}):
                _check_times(config.send, _as(Trading, {"send": layer["send"]}, origin, at).send.ttl_s, origin, at)


def _check_apart(config: Config, origin: Origin) -> None:
    # One executor for each account of a broker: two that send to the same one would each do what the other has done.
    names: dict[tuple[str, str], str] = {}
    for name in config.accounts:
        own = config.account(name)
        is_paper = own.terminal.kind == "paper"
        login = str(own.paper.login) if is_paper else own.terminal.account.casefold()
        other = names.setdefault((own.terminal.kind, login), name)
        if other != name:
            table, key = ("paper", "login") if is_paper else ("terminal", "account")
            what = f"accounts.{name}.{table}.{key} is {login}, which is the account of accounts.{other}"
            raise ConfigInvalid(
                origin.located(what, ("accounts", name, table, key), (table, key)), "Give each an account of its own"
            )


def _check_terminal(terminal: Terminal, origin: Origin, at: Keys) -> None:
    # Whether it says enough is seen when everything is laid over one another: an account may have its token from the file.
    if terminal.lacks is None:
        return
    key, why = terminal.lacks
    what = f"{'.'.join((*at, 'terminal'))}: {why}"
    places = [(*at, "terminal", key), (*at, "terminal", "kind"), ("terminal", "kind")]
    raise ConfigInvalid(origin.located(what, *places), 'Say it there, or set kind = "paper"')


def _as(table: type[T], raw: Mapping[str, Any], origin: Origin, at: Keys) -> T:
    try:
        return msgspec.convert(raw, table, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigInvalid(origin.explained(str(error), at), "Correct the value") from None


def _check_times(send: Send, ttl_s: float, origin: Origin, at: Keys) -> None:
    # What one value alone cannot say (R5: the right to send ends before absence could be proven).
    if send.settle_s > ttl_s + send.call_s:
        return
    name = ".".join((*at, "send", "ttl_s"))
    what = f"settle_s was {send.settle_s:g}, not above {name} + call_s = {ttl_s + send.call_s:g}"
    mine, common = (*at, "send", "ttl_s"), [("send", key) for key in COMMON]
    places = [mine, *((*at, *keys) for keys in common), *common] if at else [*common, mine]
    raise ConfigInvalid(origin.located(what, *places), "Raise settle_s under [send], or lower ttl_s")

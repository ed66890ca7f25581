"""The settings in force as rows: each value, what it means, and whether it is the default, the owner's, or the environment's.

The words come from the shipped config.toml, where every key has its comment, so what the screen says is what the file says.
Nothing is changed from here: a setting that money depends on is changed in a file that can be compared and undone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from signalos_tui.config import PREFIX, Config, Trading, field_names, load

SINGLE = (
    "source", "risk", "rules", "manage", "send", "terminal", "engine", "paper", "demo", "console", "logging", "second_reader",
)  # fmt: skip
"""Tables of single values, those that decide about money first."""


class Setting(Struct, frozen=True):
    """One setting. origin: "default", "yours" or "environment"; for a channel's or symbol's own value its table's name."""

    table: str
    key: str
    value: str
    origin: str
    meaning: str


def settings(config: Config, environ: Mapping[str, str] = os.environ) -> tuple[Setting, ...]:
    """Every setting that is in force, in the order of the file, then what channels and symbols have of their own."""
    words = meanings()
    defaults = shipped()
    found = [_setting("", "enabled", config.enabled, defaults.enabled, words, environ)]
    for table in SINGLE:
        now, before = getattr(config, table), getattr(defaults, table)
        found += [
            _setting(table, k, getattr(now, k), getattr(before, k), words, environ) for k in field_names(type(now))
        ]
    before = dict(_named(defaults))
    for (table, key), value in _named(config):
        origin = "default" if before.get((table, key)) == value else "yours"
        found.append(Setting(table, key, value, origin, words.get(("", key), "")))
    return tuple(found)


def _named(config: Config) -> Iterator[tuple[tuple[str, str], str]]:
    # What has a name of the owner's choosing: (table, key) and the value as it would stand in the file.
    for kind in ("aliases", "channels", "symbols", "keymap"):
        for name, value in getattr(config, kind).items():
            table, prefix = (f'channels."{name}"', "") if kind == "channels" else (kind, name)
            for key, shown in _flat(value, prefix):
                yield (table, key), shown


def differing(own: Trading, common: Trading) -> tuple[tuple[str, str, str], ...]:
    """What a channel has otherwise than the rest: (key, its value, the common value)."""
    return tuple(
        (f"{table}.{key}" if table else key, _text(here), _text(there))
        for table, key, here, there in _pairs(own, common)
        if here != there
    )


def on_symbols(config: Config, channel: str, title: str, rule: str) -> dict[str, Any]:
    """The symbols that have a figure of a rule otherwise than this channel on the rest, by name."""
    own = config.channels.get(channel) or config.channels.get(title) or {}
    common = getattr(config.trading(channel, title).rules, rule)
    named = dict.fromkeys((*config.symbols, *own.get("symbols", {})))
    found = {symbol: getattr(config.trading(channel, title, symbol).rules, rule) for symbol in named}
    return {symbol: figure for symbol, figure in found.items() if figure != common}


@cache
def meanings() -> dict[tuple[str, str], str]:
    """What each (table, key) means, from the comments of the shipped config.toml; empty where that is missing."""
    path = _shipped_file()
    return dict(_commented(path.read_text(encoding="utf-8"))) if path else {}


@cache
def shipped() -> Config:
    """The configuration of an untouched installation: what is otherwise is the owner's."""
    path = _shipped_file()
    return load(path, {}) if path else Config()


def _shipped_file() -> Path | None:
    package = Path(str(files("signalos_tui")))
    paths = (package / "data" / "config.toml", package.parent / "config.toml")
    return next((path for path in paths if path.is_file()), None)


def _commented(text: str) -> Iterator[tuple[tuple[str, str], str]]:
    table = ""
    for line in text.splitlines():
        header = re.match(r"\[([\w.]+)\]", line)
        if header:
            table = header[1]
        found = re.match(r"(\w+)\s*=\s*.+?\s#\s(.+)$", line)
        if found:
            yield (table, found[1]), found[2].strip()


def _setting(
    table: str, key: str, value: Any, default: Any, words: Mapping[tuple[str, str], str], environ: Mapping[str, str]
) -> Setting:
    name = f"{PREFIX}{table.upper()}__{key.upper()}"
    origin = "environment" if table and name in environ else "default" if value == default else "yours"
    return Setting(table, key, _text(value), origin, words.get((table, key), ""))


def _pairs(own: Trading, common: Trading) -> Iterator[tuple[str, str, Any, Any]]:
    for name in field_names(Trading):
        here, there = getattr(own, name), getattr(common, name)
        if isinstance(here, Struct):
            for key in field_names(type(here)):
                yield name, key, getattr(here, key), getattr(there, key)
        else:
            yield "", name, here, there


def _flat(value: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{at}.{key}" if at else key)
    else:
        yield at, _text(value)


def _text(value: Any) -> str:
    # As it would stand in the file.
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    return str(msgspec.to_builtins(value))

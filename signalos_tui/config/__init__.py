"""The configuration: config.toml and the environment, checked once, frozen, with an error that points at the line.

Every key can also come from the environment: SIGNALOS_RULES__MAX_AGE_S=20 sets max_age_s under [rules].
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from signalos_tui.config.lines import explained, located
from signalos_tui.config.tables import (
    Config,
    Console,
    Demo,
    Engine,
    Logging,
    Manage,
    Paper,
    Risk,
    Rules,
    Send,
    Source,
    Table,
    Trading,
    Words,
    field_names,
    lay_over,
)
from signalos_tui.errors import ConfigInvalid

__all__ = [
    "Config",
    "Console",
    "Demo",
    "Engine",
    "Logging",
    "Manage",
    "Paper",
    "Risk",
    "Rules",
    "Send",
    "Source",
    "Table",
    "Trading",
    "Words",
    "field_names",
    "load",
]

PREFIX = "SIGNALOS_"


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration of a file and the environment. Raises ConfigInvalid with file, line and the nearest right name."""
    text = ""
    where = "the environment"
    if path is not None:
        where = str(path)
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise ConfigInvalid(f"{path} does not exist", "Name another file with --config, or leave it out") from None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigInvalid(f"{path} cannot be read: {error}", "Check the file and its permissions") from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigInvalid(f"{where} is not valid TOML: {error}", "Mend that line") from None
    lay_over(raw, _from_environment(environ))
    faults = list(_unknown(raw, Config, ()))
    if faults:
        raise ConfigInvalid(
            "; ".join(located(where, text, keys, what) for keys, what in faults), "Correct or remove it"
        )
    return _checked(_converted(raw, where, text), where, text)


def _converted(raw: dict[str, Any], where: str, text: str) -> Config:
    try:
        config = msgspec.convert(raw, Config, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigInvalid(explained(str(error), where, text), "Correct the value") from None
    for kind in ("channels", "symbols"):
        for name in getattr(config, kind):
            try:
                config.trading(**{"channel" if kind == "channels" else "symbol": name})
                config.words(name if kind == "channels" else "")
            except msgspec.ValidationError as error:
                raise ConfigInvalid(explained(str(error), where, text, (kind, name)), "Correct the value") from None
    return config


def _checked(config: Config, where: str, text: str) -> Config:
    # What one value alone cannot say (R5: the right to send ends before absence could be proven).
    send = config.send
    if send.ttl_s > 120:
        raise ConfigInvalid(located(where, text, ("send", "ttl_s"), f"ttl_s was {send.ttl_s:g}"), "At most 120 seconds")
    if send.settle_s <= send.ttl_s + send.call_s:
        what = f"settle_s was {send.settle_s:g}, not above ttl_s + call_s = {send.ttl_s + send.call_s:g}"
        raise ConfigInvalid(located(where, text, ("send", "settle_s"), what), "Raise settle_s")
    for keys, zone in (
        (("rules", "timezone"), config.rules.timezone),
        (("console", "timezone"), config.console.timezone),
    ):
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            what = f"time zone {zone!r} is not known"
            raise ConfigInvalid(located(where, text, keys, what), 'Use a name such as "Europe/Berlin"') from None
    return config


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in sorted(environ):
        if not name.startswith(PREFIX) or "__" not in name:
            continue
        *tables, key = name.removeprefix(PREFIX).lower().split("__")
        place = found
        for table in tables:
            place = place.setdefault(table, {})
        place[key] = environ[name]
    return found


_LAYER: dict[str, type[Struct] | None] = {"risk": Risk, "rules": Rules, "manage": Manage, "send": Send, "enabled": None}


def _unknown(raw: Mapping[str, Any], table: type[Struct], at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    known = {f.encode_name: f.type for f in msgspec.structs.fields(table)}
    for key, value in raw.items():
        inner = known.get(key)
        if inner is None:
            yield (*at, key), _nearest(key, list(known))
        elif isinstance(value, Mapping):
            if isinstance(inner, type) and issubclass(inner, Table):
                yield from _unknown(value, inner, (*at, key))
            elif key in ("channels", "symbols"):
                for name, layer in value.items():
                    yield from _unknown_in_layer(layer, (*at, key, name), key == "channels")


def _unknown_in_layer(layer: Any, at: tuple[str, ...], is_channel: bool) -> Iterator[tuple[tuple[str, ...], str]]:
    known = dict(_LAYER)
    if is_channel:
        known |= {"reading": Words, "symbols": None}
    if not isinstance(layer, Mapping):
        yield at, f"{'.'.join(at)} was {layer!r}, not a table"
        return
    for key, value in layer.items():
        inner = known.get(key)
        if key not in known:
            yield (*at, key), _nearest(key, list(known))
        elif inner is not None and isinstance(value, Mapping):
            yield from _unknown(value, inner, (*at, key))
        elif key == "symbols" and isinstance(value, Mapping):
            for name, deeper in value.items():
                yield from _unknown_in_layer(deeper, (*at, key, name), False)


def _nearest(key: str, names: list[str]) -> str:
    close = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    return f'unknown key "{key}"' + (f', did you mean "{close[0]}"?' if close else f" (known: {', '.join(names)})")

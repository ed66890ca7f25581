"""The configuration's other source: SIGNALOS_RULES__MAX_AGE_S=20 sets max_age_s under [rules].

Prefix, tables and key, with two underscores between them. Names that the owner chooses (symbols, aliases) keep their case. A list
is written as in the file: SIGNALOS_RULES__ALLOW='["XAUUSD"]'. Only what is known is taken: another program may use the prefix.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from signalos_tui.config.keys import NAMED, Keys, faults, is_list
from signalos_tui.config.table import field_names
from signalos_tui.config.tables import Config
from signalos_tui.errors import ConfigInvalid

PREFIX = "SIGNALOS_"


class Variable(NamedTuple):
    """One value from the environment. keys: where it would stand in the file."""

    name: str
    keys: Keys
    value: Any

    def as_tables(self) -> dict[str, Any]:
        """What the file would hold."""
        inner: Any = self.value
        for key in reversed(self.keys):
            inner = {key: inner}
        return dict(inner)


def variables(environ: Mapping[str, str]) -> tuple[Variable, ...]:
    """What the environment sets. Raises ConfigInvalid with the name of every variable that is wrong."""
    found = tuple(_found(environ))
    wrong = [f"{one.name}: {what}" for one in found for _, what in faults(one.as_tables())]
    if wrong:
        raise ConfigInvalid("; ".join(wrong), "Correct or unset it")
    return found


def _found(environ: Mapping[str, str]) -> Iterator[Variable]:
    for name in sorted(environ):
        keys = _keys(name.removeprefix(PREFIX))
        if name.startswith(PREFIX) and (len(keys) > 1 or keys[0] in field_names(Config)):
            yield Variable(name, keys, _list(name, environ[name]) if is_list(keys) else environ[name])


def _keys(path: str) -> Keys:
    keys: list[str] = []
    is_name = False
    for part in path.split("__"):
        keys.append(part if is_name else part.lower())
        is_name = not is_name and keys[-1] in NAMED
    return tuple(keys)


def _list(name: str, text: str) -> list[Any]:
    try:
        found = tomllib.loads(f"list = {text}")
    except (ValueError, RecursionError):
        found = {}
    value = found.pop("list", None)
    if found or not isinstance(value, list):
        raise ConfigInvalid(f'{name} was {text!r}, must be a list such as ["XAUUSD", "EURUSD"]', "Correct or unset it")
    return value

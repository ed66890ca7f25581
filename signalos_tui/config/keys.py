"""Which keys there are: what is written is compared with the tables before it is converted.

A validation ends at its first fault; this names every stranger at once, each with the nearest right name.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, get_args, get_origin

import msgspec
from msgspec import Struct

from signalos_tui.config.channels import Channel
from signalos_tui.config.table import Table
from signalos_tui.config.tables import COMMON, Account, Config, Send, Trading

Keys = tuple[str, ...]

LAYERS: dict[str, type[Table]] = {"accounts": Account, "channels": Channel, "symbols": Trading}
"""Tables of tables: names the owner chooses, and what stands under each."""
NAMED = (*LAYERS, "aliases", "keymap", "words", "markets")
"""Tables whose keys are names the owner chooses."""


def faults(raw: Mapping[str, Any]) -> Iterator[tuple[Keys, str]]:
    """What is written and cannot stand there: (where, why)."""
    return _faults(raw, Config, ())


def layers(raw: Mapping[str, Any]) -> Iterator[tuple[Keys, Mapping[str, Any], type[Table]]]:
    """What accounts, channels and symbols have of their own: (where, what is written, what it has to be).

    raw: without faults.
    """
    for kind, table in LAYERS.items():
        named = raw.get(kind, {})
        for name, layer in named.items() if isinstance(named, Mapping) else ():  # an account's channels are a list
            yield (kind, name), layer, table
            yield from (((kind, name, *at), inner, one) for at, inner, one in layers(layer))


def is_list(keys: Keys) -> bool:
    """Whether a key holds a list. False for a key that does not exist."""
    at: Any = Config
    left = iter(keys)
    for key in left:
        known = _known(at) if isinstance(at, type) and issubclass(at, Table) else {}
        if get_origin(_bare(at)) is dict:  # names the owner chooses, each with a value
            at = get_args(_bare(at))[1]
            continue
        at = known.get(key)
        if key in LAYERS and _is_named(at):
            next(left, None)
            at = LAYERS[key]
    return get_origin(_bare(at)) is tuple


def _is_named(hint: Any) -> bool:
    # Names the owner chooses. `channels` are that at the top of the file, and a list of titles in an account.
    return get_origin(_bare(hint)) is dict


def _bare(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _known(table: type[Struct]) -> dict[str, Any]:
    return {f.encode_name: f.type for f in msgspec.structs.fields(table)}


def _faults(raw: Mapping[str, Any], table: type[Struct], at: Keys) -> Iterator[tuple[Keys, str]]:
    known = _known(table)
    for key, value in raw.items():
        inner = known.get(key)
        here = (*at, key)
        if inner is None:
            yield here, _nearest(key, list(known))
        elif key in COMMON and table is Send and at[0] in ("channels", "symbols"):
            yield here, f"{key} is the same for every channel and symbol, it stands under [send] alone"
        elif _is_named(inner) or (isinstance(inner, type) and issubclass(inner, Table)):
            if not isinstance(value, Mapping):
                yield here, f"{'.'.join(here)} was {value!r}, must be a table"
            elif key in LAYERS:
                yield from _in_layers(value, LAYERS[key], here)
            elif not _is_named(inner):
                yield from _faults(value, inner, here)
        elif isinstance(value, Mapping):
            yield here, f"{'.'.join(here)} is one value, no table"


def _in_layers(named: Mapping[str, Any], table: type[Table], at: Keys) -> Iterator[tuple[Keys, str]]:
    for name, layer in named.items():
        if isinstance(layer, Mapping):
            yield from _faults(layer, table, (*at, name))
        else:
            yield (*at, name), f"{'.'.join((*at, name))} was {layer!r}, must be a table"


def _nearest(key: str, names: list[str]) -> str:
    close = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    return f'unknown key "{key}"' + (f', did you mean "{close[0]}"?' if close else f" (known: {', '.join(names)})")

"""What every table of config.toml is."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from signalos_tui.config.bounds import fault


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file. A key it does not know is an error, never ignored; so is a value its marks refuse."""

    def __post_init__(self) -> None:
        why = fault(self)
        if why:
            raise ValueError(why)


def field_names(table: type[Struct]) -> tuple[str, ...]:
    """The keys of a table, in the order of the file."""
    return tuple(f.encode_name for f in msgspec.structs.fields(table))

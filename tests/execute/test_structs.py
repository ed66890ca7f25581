"""MetaTrader's structures: names, order and types as the official package has them."""

from __future__ import annotations

from typing import get_type_hints

import pytest
from msgspec import Struct

from signalos_tui.execute import structs
from signalos_tui.execute.paper.sequences import KINDS, Rate, TickRow, sequence
from tests.execute import reference

RECORDED = reference.load("structs")
KIND_OF = {kind.__name__: source for source, kind in KINDS.items()}
NAMES = sorted(name for name in RECORDED if not name.startswith("_"))


def test_every_structure_of_the_package_is_here() -> None:
    assert sorted(KIND_OF) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_fields_have_the_packages_names_order_and_types(name: str) -> None:
    recorded, ours = RECORDED[name], KIND_OF[name]
    assert list(ours.__struct_fields__) == recorded["fields"]
    told = {field: "TradeRequest" if kind is structs.RequestEcho else kind.__name__ for field, kind in hints(ours)}
    assert told == recorded["types"]
    assert len(ours.__struct_fields__) == recorded["n"]


def hints(source: type[Struct]) -> list[tuple[str, type]]:
    return [(field, kind) for field, kind in get_type_hints(source).items() if field in source.__struct_fields__]


@pytest.mark.parametrize("name", NAMES)
def test_what_the_module_hands_out_is_a_tuple_whose_items_have_names(name: str) -> None:
    """As the package's types: no _fields, no _replace, the nested request an object of its own."""
    told = sequence(KIND_OF[name]())
    assert isinstance(told, tuple)
    assert type(told).__name__ == name
    assert list(told._asdict()) == RECORDED[name]["fields"]
    assert [getattr(told, field) for field in RECORDED[name]["fields"]] == list(told)
    assert (told.n_fields, told.n_sequence_fields, told.n_unnamed_fields) == (len(told), len(told), 0)
    assert not hasattr(told, "_fields")
    assert not hasattr(told, "_replace")
    assert repr(told).startswith(f"{name}({RECORDED[name]['fields'][0]}=")


@pytest.mark.parametrize(("row", "name"), [(Rate, "rates"), (TickRow, "ticks")])
def test_rows_of_ticks_and_bars_have_the_packages_columns(row: type[Rate | TickRow], name: str) -> None:
    columns = [column for column, _ in RECORDED["_numpy"][name]]
    assert list(row.names) == columns
    told = row(range(len(columns)))
    assert [told[column] for column in columns] == [told[index] for index in range(len(columns))]

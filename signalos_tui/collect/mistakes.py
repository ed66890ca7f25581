"""What is wrong with a file that does not have the shape it should, in words for whoever made the file."""

from __future__ import annotations

import re

import msgspec

_FIELD = re.compile(r"`([^`]{1,40})`")
_PLACE = re.compile(r" - at `\$\.?([^`]{1,80})`$")
_EXPECTED = re.compile(r"Expected `([^`]*)`, got `([^`]*)`")
_KINDS = {
    "str": "a text",
    "int": "a number",
    "float": "a number",
    "object": "an object in braces",
    "array": "a list",
    "bool": "true or false",
    "null": "null",
}


def in_words(error: msgspec.ValidationError) -> str:
    """The first mistake: '"text" is missing', '"at" is a list, should be a number or a text'."""
    told = str(error)
    place = _PLACE.search(told)
    where = f'"{place[1]}"' if place else "it"
    field = _FIELD.search(told)
    if field and "missing required field" in told:
        return f'"{field[1]}" is missing'
    if field and "unknown field" in told:
        return f'"{field[1]}" is no field that is known'
    kinds = _EXPECTED.search(told)
    if kinds is None:
        return f"{where} has a value that cannot be used"
    return f"{where} is {_kinds(kinds[2])}, should be {_kinds(kinds[1])}"


def _kinds(named: str) -> str:
    return (
        " or ".join(dict.fromkeys(_KINDS.get(kind, "something else") for kind in named.split(" | ") if kind != "null"))
        or "null"
    )

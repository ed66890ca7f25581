"""Where a value comes from: its line in the file or its variable, for errors that can be mended without searching."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from signalos_tui.config.keys import Keys

_PART = r"""(?:"[^"]*"|'[^']*'|[^\s."'=\[\]#]+)"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\s*({_DOTTED})\s*\]")
_NAME = re.compile(rf"\s*({_DOTTED})\s*=")


class Origin(NamedTuple):
    """What the configuration was read from. file: its name; variables: the name of each by the keys it sets."""

    file: str
    text: str
    variables: Mapping[Keys, str]

    def located(self, what: str, *places: Keys) -> str:
        """What is wrong, after where. places: the keys that have a part in it; the first one that is set is named."""
        for keys in places:
            name = self._variable(keys)
            line, depth = _line_of(self.text, keys)
            if name or depth == len(keys):
                return f"{name}: {what}" if name else f"{self.file}, line {line}: {what}"
        line, depth = _line_of(self.text, places[0])
        return f"{self.file}, line {line}: {what}" if depth else f"{self.file}: {what}"

    def explained(self, error: str, under: Keys = ()) -> str:
        """A validation error in words, located. under: the tables above the one that was validated.

        msgspec ends its message with the place: "Expected `int` - at `$.rules.max_open_trades`"; what a table refuses itself
        begins with the key: "max_age_s was inf, must be ... - at `$.rules`".
        """
        what, _, place = error.rpartition(" - at `$") if " - at `$" in error else (error, "", "")
        keys = (*under, *(key for key in re.split(r"[.\[\]`]+", place) if key and key != "..."))
        if what[:1].islower():
            return self.located(".".join((*keys, what)), (*keys, what.split()[0]))
        return self.located(f"{'.'.join(keys)}: {_in_words(what)}", keys)

    def _variable(self, keys: Keys) -> str:
        # A fault inside a list is its variable's.
        return next((self.variables[keys[:n]] for n in range(len(keys), 0, -1) if keys[:n] in self.variables), "")


_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text in quotes",
    "bool": "true or false",
    "array": "a list in [ ]",
    "object": "a table",
    "null": "nothing",
}
_EXPECTED = re.compile(r"Expected `([^`]*)`(.*?)(?:, got `([^`]*)`)?")


def _in_words(what: str) -> str:
    # "Expected `int`, got `str`" is for who wrote the program.
    found = _EXPECTED.fullmatch(what)
    if found is None:
        return f"{what[:1].lower()}{what[1:]}"
    wanted, limits, was = found.groups()
    return f"must be {_kinds(wanted)}{limits}" + (f", was {_kinds(was)}" if was else "")


def _kinds(names: str) -> str:
    return " or ".join(_KINDS.get(name, name) for name in names.split(" | "))


def _line_of(text: str, keys: Keys) -> tuple[int, int]:
    # The line that sets a key and len(keys), or the line of the nearest table above it and that one's depth.
    table: Keys = ()
    best = (0, 0)
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            set_here = table = _split(header[1])
        elif name := _NAME.match(line):
            set_here = (*table, *_split(name[1]))
        else:
            continue
        if set_here[: len(keys)] == keys:
            return number, len(keys)
        if keys[: len(set_here)] == set_here and len(set_here) > best[1]:
            best = (number, len(set_here))
    return best


def _split(dotted: str) -> Keys:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))

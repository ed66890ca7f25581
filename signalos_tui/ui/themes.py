"""Themes are data: one TOML file each, from the package's `themes/` and from the owner's data directory.

A file names Textual's colours under [colors], our own under [desk] and, where it must, single variables of Textual under
[textual]. Screens use only variables, so a theme changes everything and nothing else does. A file that cannot be used is left
out with a sentence that says why: a typing mistake in a colour never keeps an owner from his open trades.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct
from textual.color import Color, ColorParseError
from textual.theme import Theme

DEFAULT = "signalos-dark"

DESK: dict[str, str] = {
    "buy": "#6cb2f5",
    "sell": "#f09a63",
    "profit": "#62c48d",
    "loss": "#ee757b",
    "accepted": "#62c48d",
    "held": "#e6b455",
    "denied": "#b98a94",
    "active": "#62c48d",
    "reducing": "#e6b455",
    "halted": "#ff6b70",
    "entry": "#a9c7e8",
    "stop": "#ee757b",
    "target": "#62c48d",
    "symbol": "#d9c58f",
    "muted": "#8c98a8",
    "faint": "#3b4655",
}
"""Our variables ($buy, $muted, ...) and what they are in a theme that does not know them.

Sides are blue and orange, money green and red: a losing buy and a winning sell must not look alike.
"""


class Colors(Struct, frozen=True, forbid_unknown_fields=True):
    """[colors]: what every Textual theme has."""

    primary: str
    background: str
    foreground: str
    surface: str
    panel: str
    secondary: str
    accent: str
    success: str
    warning: str
    error: str
    boost: str | None = None


class ThemeFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A theme as it stands in its file; its name is the file's."""

    colors: Colors
    dark: bool = True
    desk: dict[str, str] = {}
    textual: dict[str, str] = {}


class Themes(NamedTuple):
    """themes: usable, a name once, the owner's before ours. problems: one sentence for each file that was left out."""

    themes: tuple[Theme, ...]
    problems: tuple[str, ...]


def load_themes(data_dir: Path | None = None) -> Themes:
    """Our themes, then those in `data_dir`/themes; a file there replaces one of ours by its name."""
    found: dict[str, Theme] = {}
    problems: list[str] = []
    folders = [shipped()]
    if data_dir is not None:
        folders.append(data_dir / "themes")
    for path in _files(folders):
        try:
            theme = read_theme(path.stem, path.read_bytes())
        except (OSError, ValueError) as error:
            problems.append(f"Theme {path.name} is left out: {error}")
        else:
            found[theme.name] = theme
    return Themes(tuple(found.values()), tuple(problems))


def shipped() -> Path:
    """The folder of our own themes: inside an installed package, beside it in a checkout."""
    package = Path(str(files("signalos_tui")))
    installed = package / "data" / "themes"
    return installed if installed.is_dir() else package.parent / "themes"


def read_theme(name: str, raw: bytes) -> Theme:
    """One file as a theme. Raises ValueError that names the key and the value seen."""
    try:
        file = msgspec.convert(tomllib.loads(raw.decode("utf-8")), ThemeFile)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
    colors = {key: value for key, value in msgspec.structs.asdict(file.colors).items() if value is not None}
    _check("colors", colors, colors)
    _check("desk", file.desk, DESK)
    plain_theme = Theme(name=name, dark=file.dark, **colors)
    _check("textual", file.textual, plain_theme.to_color_system().generate())
    return Theme(name=name, dark=file.dark, variables={**DESK, **file.desk, **file.textual}, **colors)


def usable(wanted: str, available: Collection[str]) -> tuple[str, str]:
    """The theme to use and, when it is not the wanted one, the sentence that says so."""
    if wanted in available:
        return wanted, ""
    fallback = DEFAULT if DEFAULT in available else "textual-dark"
    return fallback, f"There is no theme {wanted}; {fallback} is used. Known: {', '.join(sorted(available))}"


def _files(folders: Iterable[Path]) -> Iterable[Path]:
    for folder in folders:
        if folder.is_dir():
            yield from sorted(folder.glob("*.toml"))


def _check(table: str, values: dict[str, str], known: Collection[str]) -> None:
    for key, value in values.items():
        if key not in known:
            raise ValueError(f"[{table}] {key} is no variable; known are {', '.join(sorted(known))}")
        try:
            Color.parse(value)
        except ColorParseError:
            raise ValueError(f'[{table}] {key} was "{value}", must be a colour such as "#62c48d"') from None

"""The documentation says what the code does: every key, rule, command, setting, link and name it mentions is looked up."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from typer.core import TyperCommand, TyperGroup
from typer.testing import CliRunner

from signalos_tui import __version__
from signalos_tui.cli import app
from signalos_tui.cli_ending import INTERRUPTED, OWNER_NEEDED
from signalos_tui.commands.journal import FAULTS_FOUND
from signalos_tui.config import Config, Rules, Table, Words, field_names, load
from signalos_tui.decode.lexicon import ORDER
from signalos_tui.evaluate.rules import RULES
from signalos_tui.model import events
from signalos_tui.model.orders import LegState
from signalos_tui.ui.bindings import TABLE, keymap
from signalos_tui.ui.screens.help import spelled
from tests.scenarios.pictures import PICTURES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PACKAGE = ROOT / "signalos_tui"
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md")), *DECISIONS]
TABLES = [f.name for f in msgspec.structs.fields(Config) if isinstance(f.type, type) and issubclass(f.type, Table)]

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text_of(page: Path) -> str:
    """A page as it stands."""
    return page.read_text(encoding="utf-8")


README = text_of(ROOT / "README.md")
CONFIGURATION = text_of(DOCS / "configuration.md")


def section(text: str, title: str) -> str:
    """What stands under a heading, up to the next one of the same depth."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {title!r}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The rows of the tables in a text, without their heads. A code in a cell may hold a bar."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    ]
    heads = {place - 1 for place, row in enumerate(cells) if set("".join(row)) <= {"-"} and any(row)}
    return [row for place, row in enumerate(cells) if place not in heads and place - 1 not in heads]


def code(cell: str) -> str:
    """What stands in backticks."""
    return cell.strip("`")


def as_toml(value: Any) -> str:
    """A default as it would stand in config.toml."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    return str(value)


# --- configuration ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES)
def test_configuration_page_names_every_key_with_its_default(table: str) -> None:
    defaults = getattr(Config(), table)
    told = [(code(key), code(default)) for key, default, *_ in rows(section(CONFIGURATION, f"[{table}]"))]
    assert told == [(key, as_toml(getattr(defaults, key))) for key in field_names(type(defaults))]


def test_configuration_page_says_something_about_every_key() -> None:
    assert [row for row in rows(CONFIGURATION) if len(row) < 3 or len(row[2]) < 4] == []


def test_configuration_page_names_how_a_channel_writes() -> None:
    told = [(code(key), code(default)) for key, default, *_ in rows(section(CONFIGURATION, '[channels."..."]'))]
    assert told == [(key, as_toml(getattr(Words(), key))) for key in field_names(Words)]


@pytest.mark.parametrize("name", [name for name in field_names(Config) if name not in TABLES])
def test_configuration_page_names_what_is_no_fixed_table(name: str) -> None:
    assert f"[{name}" in CONFIGURATION or f"| `{name}` |" in CONFIGURATION


@each_page
def test_settings_of_an_example_when_read_then_valid(page: Path, tmp_path: Path) -> None:
    """Indented blocks that hold a TOML table are loaded like a configuration."""
    for block in blocks(text_of(page)):
        if re.match(r"\[[a-z]+[\].]", block):
            path = tmp_path / "config.toml"
            path.write_text(block, encoding="utf-8")
            assert keymap(load(path, {}).keymap).problems == ()


# --- reading ------------------------------------------------------------------------------------------------------

LANGUAGES = {
    "en": "English",
    "ru": "Russian",
    "es": "Spanish",
    "ar": "Arabic",
    "pt": "Portuguese",
    "id": "Indonesian",
    "de": "German",
    "fr": "French",
    "it": "Italian",
    "tr": "Turkish",
    "fa": "Persian",
    "zh": "Chinese",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "pl": "Polish",
    "nl": "Dutch",
    "sv": "Swedish",
    "ja": "Japanese",
    "ur": "Urdu",
    "hi": "Hindi",
}


def test_reading_page_names_every_language() -> None:
    assert tuple(LANGUAGES) == ORDER
    assert ", ".join(LANGUAGES.values()) in " ".join(text_of(DOCS / "reading.md").split())


def test_reading_page_shows_what_parse_says(tmp_path: Path) -> None:
    """The example is run, line by line."""
    [example] = [block for block in blocks(text_of(DOCS / "reading.md")) if block.startswith("$ echo")]
    call, *told = example.splitlines()
    message = re.search(r'echo "(.+)" \| signalos parse', call)
    assert message
    file = tmp_path / "message.txt"
    file.write_text(message[1], encoding="utf-8")
    assert CliRunner().invoke(app, ["parse", str(file)]).output.strip().splitlines() == told


# --- rules, keys, commands ----------------------------------------------------------------------------------------


def test_rules_page_has_every_rule_in_the_order_they_are_asked() -> None:
    told = [code(row[0]) for row in rows(text_of(DOCS / "rules.md"))]
    assert told == [rule.name for rule in RULES]


@pytest.mark.parametrize("key", field_names(Rules))
def test_rules_page_names_every_key_of_the_gate(key: str) -> None:
    assert f"`{key}`" in text_of(DOCS / "rules.md")


def test_readme_has_every_key_with_the_id_that_remaps_it() -> None:
    told = [(code(key), code(id_)) for key, id_, _ in rows(section(README, "Keys"))]
    assert told == [(spelled(row.key), row.id) for row in TABLE]


def commands() -> dict[tuple[str, ...], TyperCommand]:
    """Every command of the command line by its words."""
    found: dict[tuple[str, ...], TyperCommand] = {}
    left: list[tuple[tuple[str, ...], Any]] = [((), typer.main.get_command(app))]
    while left:
        words, command = left.pop()
        if isinstance(command, TyperGroup):
            default = getattr(command, "default", "")
            left += [((*words, *[name] * (name != default)), inner) for name, inner in command.commands.items()]
        else:
            found[words] = command
    return found


def test_readme_has_every_command_and_no_other() -> None:
    told = {tuple(code(row[0]).split()[1:]) for row in rows(section(README, "Commands")) if "signalos" in row[0]}
    assert told == set(commands())


def test_readme_and_running_say_how_a_command_ends() -> None:
    for text in (section(README, "Commands"), section(text_of(DOCS / "running.md"), "Exit codes")):
        codes = [int(row[0]) for row in rows(text) if row[0].isdecimal()]
        assert codes == [0, OWNER_NEEDED, 2, FAULTS_FOUND, INTERRUPTED]


@each_page
def test_command_lines_when_looked_up_then_commands_and_options_exist(page: Path) -> None:
    known = commands()
    for line in command_lines(text_of(page)):
        words = shlex.split(line, comments=True)[1:]
        name = next((tuple(words[:n]) for n in (2, 1) if tuple(words[:n]) in known), None)
        assert name is not None, f"{line!r} is no command"
        options = {option for parameter in known[name].params for option in parameter.opts} | {"--help"}
        used = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
        assert used <= options, f"{line!r} has unknown options"


def command_lines(text: str) -> Iterator[str]:
    """Calls of signalos in examples and in running text."""
    for block in blocks(text):
        for line in block.splitlines():
            call = re.search(r"(?:^|\$ |\| |/bin/|=)(signalos [a-z][^|;]*)", line)
            if call:
                yield call[1]
    yield from re.findall(r"`(signalos [a-z][^`]*)`", text)


def blocks(text: str) -> list[str]:
    """The indented blocks of a page, without their indentation."""
    found = re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", text, re.MULTILINE)
    return ["\n".join(line[4:] for line in block.splitlines()).strip() for block in found]


# --- links and names ----------------------------------------------------------------------------------------------


@each_page
def test_links_when_followed_then_file_and_heading_exist(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if target.startswith(("http://", "https://")):
            continue
        name, _, heading = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{page.name} links to {target}, which is not there"
        if heading:
            assert heading in headings(text_of(path)), f"{page.name} links to {target}, which has no such heading"


def headings(text: str) -> set[str]:
    """The anchors of a page, as they are made from its headings."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("picture", [name for name, *_ in PICTURES])
def test_readme_shows_every_picture_that_is_drawn(picture: str) -> None:
    assert f"](docs/pictures/{picture}.svg)" in README


@each_page
def test_paths_when_named_then_they_exist(page: Path) -> None:
    """`journal/store.py`, `themes/`, `tests/...`: what looks like a place in this project is one."""
    for name in re.findall(r"`([\w./-]+(?:/|\.py))`", text_of(page)):
        if name.startswith(("/", "~")) or name in PLANNED:
            continue
        places = [base / name for base in (ROOT, PACKAGE, PACKAGE / "engine", PACKAGE / "ui")]
        assert any(place.exists() for place in places), f"{page.name} names {name}, which is not there"


PLANNED = {"gateway/", "serve/", "engine.py"}
"""What decision 0006 speaks of: packages that come later, and the one file the engine was meant to be."""


def test_architecture_when_it_names_a_type_then_there_is_one() -> None:
    source = "\n".join(text_of(path) for path in sorted(PACKAGE.rglob("*.py")))
    defined = set(re.findall(r"^class (\w+)", source, re.MULTILINE))
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)*)`", text_of(ROOT / "ARCHITECTURE.md")))
    assert named - defined == set()


def test_architecture_tells_the_path_of_a_message_with_events() -> None:
    path = section(text_of(ROOT / "ARCHITECTURE.md"), "The path of one message")
    named = re.findall(r"`([A-Z]\w+)`", path)
    assert all(hasattr(events, name) for name in named if name != "Message")
    order = (
        "MessageReceived",
        "MessageRead",
        "SignalDecided",
        "IntentRecorded",
        "LegSending",
        "LegOpened",
        "LegClosed",
    )
    assert all(named.index(one) < named.index(other) for one, other in pairwise(order))


def test_architecture_draws_the_layers_that_are_enforced() -> None:
    drawn = section(text_of(ROOT / "ARCHITECTURE.md"), "Layers")
    enforced = re.search(r"layers = \[(.*?)\]", text_of(ROOT / "pyproject.toml"), re.DOTALL)
    assert enforced
    picture = re.search(r"```\n(.*?)```", drawn, re.DOTALL)
    assert picture
    layers = [" ".join(layer.split()) for layer in picture[1].split(">")]
    assert layers == re.findall(r'"([^"]+)"', enforced[1])


def test_recovery_page_explains_every_state_of_a_leg() -> None:
    told = [code(row[0]) for row in rows(section(text_of(DOCS / "recovery.md"), "The states of a leg"))]
    assert sorted(told) == sorted(LegState)


# --- changes and decisions ----------------------------------------------------------------------------------------


def test_changelog_has_this_version() -> None:
    assert re.search(
        rf"^## \[{re.escape(__version__)}\] - \d{{4}}-\d\d-\d\d$", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE
    )


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_decision_says_context_choice_and_consequence(page: Path) -> None:
    text = text_of(page)
    assert text.startswith(f"# {page.name[:4]}: ")
    assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == ["Context", "Choice", "Consequence"]

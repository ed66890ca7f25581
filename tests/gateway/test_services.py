"""The service files: well-formed, with commands and options that exist, and no secret in an argument."""

from __future__ import annotations

import configparser
import shlex
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import typer

from signalos_tui.cli import app
from tests.gateway.kit import ROOT

PACKAGING = ROOT / "packaging"
UNITS = sorted((PACKAGING / "systemd").glob("*.service"))
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


def _options() -> set[str]:
    command = typer.main.get_command(app)
    gateway = command.commands["gateway"]  # type: ignore[attr-defined]
    return {option for parameter in gateway.params for option in parameter.opts}


def _checked(words: list[str]) -> None:
    place = words.index("gateway")
    used = {word for word in words[place:] if word.startswith("--")}
    assert used
    assert used <= _options()
    assert not [word for word in words if "token" in word or "password" in word]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_unit_when_read_then_its_command_exists_and_it_ends_in_order(unit: Path) -> None:
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string(unit.read_text(encoding="utf-8"))
    assert set(read) - {"DEFAULT"} == {"Unit", "Service", "Install"}
    service = read["Service"]
    _checked(shlex.split(service["ExecStart"]))
    assert service["KillMode"] == "mixed"  # the worker is the supervisor's to end
    assert int(service["TimeoutStopSec"]) > 40 + 5  # an order under way, and the worker's own end
    assert (service["UMask"], service["StateDirectoryMode"]) == ("0077", "0700")


def test_task_when_read_then_its_command_exists_and_it_runs_in_the_owners_session() -> None:
    root = ET.parse(PACKAGING / "windows" / "signalos-gateway.xml").getroot()
    arguments = root.findtext(f"./{TASK}Actions/{TASK}Exec/{TASK}Arguments")
    assert arguments is not None
    _checked(arguments.split())
    assert root.findtext(f".//{TASK}LogonType") == "InteractiveToken"
    assert root.findtext(f".//{TASK}ExecutionTimeLimit") == "PT0S"


@pytest.mark.parametrize(
    "file", [*UNITS[:1], PACKAGING / "windows" / "signalos-gateway.xml"], ids=lambda file: file.name
)
def test_file_when_it_could_not_be_tried_then_it_says_so(file: Path) -> None:
    assert "NOT TRIED" in file.read_text(encoding="utf-8")

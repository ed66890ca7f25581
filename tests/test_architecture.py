"""The shape of the project, held by tests: who may import whom, what a headless engine loads, how large things may grow."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import signalos_tui

PACKAGE = Path(signalos_tui.__file__).parent
ROOT = PACKAGE.parent
FILES = sorted(PACKAGE.rglob("*.py"))

MOST_LINES = 400
GLOSSARY = {"model/events.py": 600}
"""One list of small values, read from top to bottom like a dictionary."""

MOST_LINES_OF_A_FUNCTION = 60
MOST_METHODS = 25

HEADLESS = """
import sys, tempfile
from signalos_tui.cli import main
with tempfile.TemporaryDirectory() as folder:
    sys.argv = ["signalos", "demo", "--headless", "--minutes", "1", "--seed", "7", "--data", folder]
    try:
        main()
    except SystemExit as ended:
        assert not ended.code, ended.code
screens = sorted(name for name in sys.modules if name.split(".")[0] in ("textual", "rich") or name.startswith("signalos_tui.ui"))
assert not screens, screens
"""


def _named(file: Path) -> str:
    return str(file.relative_to(PACKAGE))


def test_layers_when_checked_then_every_contract_is_kept() -> None:
    """The contracts stand in pyproject.toml."""
    lint = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert lint.returncode == 0, lint.stdout + lint.stderr
    assert "0 broken" in lint.stdout


def test_engine_when_it_runs_headless_then_no_screen_is_loaded() -> None:
    """A minute of demo in a process of its own, then a look at what was imported."""
    run = subprocess.run([sys.executable, "-c", HEADLESS], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("file", FILES, ids=_named)
def test_file_when_measured_then_it_can_be_read_in_one_sitting(file: Path) -> None:
    """Files, functions and classes have an upper size; past it they want a seam."""
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= GLOSSARY.get(_named(file), MOST_LINES)
    tree = ast.parse(text)
    assert ast.get_docstring(tree) or not tree.body, "a file opens with what it is"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= MOST_LINES_OF_A_FUNCTION, f"{node.name} has {lines} lines"
        elif isinstance(node, ast.ClassDef):
            methods = [one for one in _methods(node) if not _is_part_of_a_protocol(node)]
            assert len(methods) <= MOST_METHODS, f"{node.name} has {len(methods)} methods"


def _methods(node: ast.ClassDef) -> Iterator[str]:
    # Properties describe a value; what is counted is what a class can do.
    for one in node.body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and not any(
            isinstance(mark, ast.Name) and mark.id == "property" for mark in one.decorator_list
        ):
            yield one.name


def _is_part_of_a_protocol(node: ast.ClassDef) -> bool:
    # Whoever speaks MetaTrader's protocol has as many methods as MetaTrader has functions.
    names = set(_methods(node))
    return {"order_send", "positions_get", "history_deals_get"} <= names


def test_words_when_searched_then_nothing_is_left_to_be_done_later() -> None:
    """No stub, no promise."""
    left = [
        f"{_named(file)}: {line.strip()}"
        for file in FILES
        for line in file.read_text(encoding="utf-8").splitlines()
        if any(word in line for word in ("TODO", "FIXME", "XXX", "NotImplementedError("))
    ]
    assert not left

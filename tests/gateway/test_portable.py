"""The gateway runs on Windows, with Python, what the package brings, and the vendor's module: nothing else may be needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import signalos_tui
from tests.gateway.kit import ROOT

PACKAGE = Path(signalos_tui.__file__).parent
OURS = sorted(
    [*(PACKAGE / "gateway").glob("*.py"), *(PACKAGE / "link").glob("*.py"), PACKAGE / "commands" / "gateway.py"]
)
UNIX_MODULES = {"fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog", "posix"}
UNIX_NAMES = {"add_signal_handler", "start_unix_server", "AF_UNIX", "getuid", "fork", "SO_PEERCRED", "SIGKILL", "flock"}

AS_ON_WINDOWS = """
import asyncio, logging.handlers, multiprocessing, os, signal, socket, sqlite3, ssl, subprocess, sys, tempfile, types
from pathlib import Path
import httpx, msgspec, platformdirs, typer, tomllib, zoneinfo, importlib.resources
locked = []
sys.modules["msvcrt"] = types.SimpleNamespace(LK_NBLCK=2, LK_UNLCK=0, locking=lambda file, how, size: locked.append((how, size)))
for name in ("fcntl", "grp", "pwd", "resource", "termios", "cryptography", "MetaTrader5", "textual", "rich"):
    sys.modules[name] = None
for owner, name in ((socket, "AF_UNIX"), (socket, "SO_PEERCRED"), (os, "getuid"), (os, "fork"), (signal, "SIGHUP")):
    delattr(owner, name)
sys.platform = "win32"
socket.SO_EXCLUSIVEADDRUSE = -5
from signalos_tui.commands import gateway as command
from signalos_tui.gateway import calling, certificate, dump, listening, local, serving, worker
from signalos_tui.gateway.lock import AccountLock
from signalos_tui.errors import OperatorNeeded
folder = Path(tempfile.mkdtemp())
assert command._usual_place(folder) == "127.0.0.1:8750"
AccountLock(folder, "Server/1").release()
assert locked == [(2, 1), (0, 1)], locked
try:
    listening.open_door(f"unix:{folder / 's'}", None, None)
except OperatorNeeded as needed:
    assert "no Unix socket" in needed.text
else:
    raise AssertionError("a Unix socket")
try:
    certificate.make_certificate(folder / "c", folder / "k", ("localhost",), 0)
except OperatorNeeded as needed:
    assert "openssl req -x509" in needed.remedy
else:
    raise AssertionError("a certificate without cryptography")
print("ready")
"""


@pytest.mark.parametrize("file", OURS, ids=lambda file: file.name)
def test_file_when_read_then_nothing_of_unix_stands_outside_a_guard(file: Path) -> None:
    """What Windows has not is only named under `if sys.platform == "win32": ... else: ...`."""
    found = [
        (file.name, name) for name in _unguarded(ast.parse(file.read_text(encoding="utf-8")))
    ]  # fmt: skip
    assert found == []


def _unguarded(tree: ast.AST) -> list[str]:
    if isinstance(tree, ast.If) and "sys.platform" in ast.unparse(tree.test):
        return []
    names: list[str] = []
    if isinstance(tree, ast.Import):
        names = [one.name for one in tree.names if one.name in UNIX_MODULES]
    elif isinstance(tree, ast.ImportFrom) and tree.module in UNIX_MODULES:
        names = [str(tree.module)]
    elif isinstance(tree, ast.Attribute) and tree.attr in UNIX_NAMES:
        names = [tree.attr]
    return names + [name for child in ast.iter_child_nodes(tree) for name in _unguarded(child)]


def test_gateway_when_imported_as_on_windows_then_it_needs_nothing_windows_has_not() -> None:
    """A process in which the system's Unix parts are gone, Textual cannot be imported, and the lock is Windows'."""
    run = subprocess.run([sys.executable, "-c", AS_ON_WINDOWS], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "ready\n"), run.stderr


def test_vendors_module_when_looked_for_then_its_name_stands_in_one_place() -> None:
    """And it is imported by that name in the worker alone."""
    named = [
        str(path.relative_to(PACKAGE))
        for path in sorted(PACKAGE.rglob("*.py"))
        if "MetaTrader5" in (text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and node.value == "MetaTrader5"
    ]
    assert named == ["gateway/settings.py"]

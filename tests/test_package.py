"""The package as a user installs it: complete, started from anywhere, with nothing of the checkout in reach."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from signalos_tui import __version__
from tests.commands.shell import PATIENCE_S, Answer, environment, ran, signalos

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, timeout=PATIENCE_S, env=environment(PYTHONWARNINGS=""))
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder the wheel was installed to, without what it depends on: that is here already."""
    site = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    done = subprocess.run(
        [*pip, "--disable-pip-version-check", "--target", str(site), str(wheel)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env=environment(PYTHONWARNINGS=""),
    )
    assert done.returncode == 0, done.stderr
    return site


@pytest.fixture
def elsewhere(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder and a home of its own; what is imported comes from where the wheel was installed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(installed))
    answer = python("import signalos_tui; print(signalos_tui.__file__)")
    assert Path(answer.out.strip()).is_relative_to(installed)
    return tmp_path


def python(code: str) -> Answer:
    return ran([sys.executable, "-c", code])


def test_wheel_when_built_then_it_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    package = ROOT / "signalos_tui"
    ours = {str(path.relative_to(ROOT)) for path in package.rglob("*") if path.is_file()}
    wanted = {name for name in ours if "__pycache__" not in name}
    wanted |= {f"signalos_tui/data/themes/{path.name}" for path in (ROOT / "themes").iterdir()}
    wanted.add("signalos_tui/data/config.toml")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name for name in names if ".dist-info/" not in name} == wanted
    assert wheel.name == f"signalos_tui-{__version__}-py3-none-any.whl"
    assert f"signalos_tui-{__version__}.dist-info/licenses/LICENSE" in names


def test_package_when_installed_then_the_script_is_there_and_tells_its_version(
    installed: Path, elsewhere: Path
) -> None:
    script = installed / "bin" / "signalos"
    assert ran([sys.executable, str(script), "version"]) == (0, f"signalos {__version__}\n", "")


def test_package_when_installed_then_it_finds_its_own_configuration(installed: Path, elsewhere: Path) -> None:
    answer = signalos("config", "check")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"ok: {installed / 'signalos_tui' / 'data' / 'config.toml'}\n")


def test_package_when_installed_then_it_finds_its_own_themes(elsewhere: Path) -> None:
    code = "from signalos_tui.ui.themes import load_themes; print(*sorted(t.name for t in load_themes(None).themes))"
    answer = python(code)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.split() == sorted(path.stem for path in (ROOT / "themes").glob("*.toml"))


def test_package_when_installed_then_it_reads_every_language(elsewhere: Path) -> None:
    answer = signalos("parse", given="ЗОЛОТО ПОКУПКА 2345\nСТОП 2335\nТЕЙК 2350")
    assert answer.out.startswith("signal: act, ")
    assert ", ru\n" in answer.out


def test_package_when_installed_then_its_demo_is_the_checkouts_demo(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same minute, the same journal: nothing the demo needs is found in the checkout only."""
    there = signalos("demo", "--headless", "--minutes", "1", "--seed", "7")
    assert (there.code, there.err) == (0, "")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert signalos("demo", "--headless", "--minutes", "1", "--seed", "7") == there

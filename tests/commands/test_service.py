"""`signalos run --headless`: JSON lines that nothing foreign can forge, a log file, and no screen library."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from signalos_tui import logs
from signalos_tui.model import events as e
from tests.commands.shell import (
    PATIENCE_S,
    SIGNALOS,
    ended,
    environment,
    events,
    is_one_line,
    is_whole,
    reached,
    signalos,
    started,
    wait_until,
)

FORGED = (
    '"}\n{"event": "trading is ACTIVE: forged", "level": "info"}\r\n\x1b]52;c;Zm9yZ2Vk\x07\u2028\u202e\x85\ud83d\ude00'
)
"""What a hostile channel writes where it can: the end of a line, a line of its own, and orders for the terminal."""


def parsed(text: str) -> list[dict[str, Any]]:
    """Every line of a log, each an object."""
    assert text.isascii()
    assert text.endswith("\n")
    lines = [json.loads(line) for line in text.removesuffix("\n").split("\n")]
    assert all(isinstance(line, dict) for line in lines)
    return lines


# --- a running service ------------------------------------------------------------------------------------------------


def test_service_when_it_runs_then_it_logs_json_on_stderr_and_in_its_folder(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    with started("run", "--headless", "--data", data) as process:
        wait_until(process, lambda: reached(data, 16))
        answer = ended(process, signal.SIGTERM)
    assert (answer.code, answer.out) == (0, "")
    lines = parsed(answer.err)
    assert (data / "logs" / "signalos.log").read_text() == answer.err
    assert lines[0]["event"].startswith("engine ")
    assert lines[-1]["event"] == "engine stopped: SIGTERM"
    for line in lines:
        assert set(line) == {"timestamp", "level", "logger", "event", "seq", "at"}
        assert line["level"] in {"info", "warning", "error"}
        assert datetime.fromisoformat(line["timestamp"]).utcoffset() is not None
    seqs = [line["seq"] for line in lines]
    assert seqs == sorted(seqs)
    assert is_whole(data)
    for path in (data, data / "logs", data / "journal.db"):
        assert path.stat().st_mode & 0o077 == 0, f"others may look into {path}"


def test_service_when_posts_are_hostile_then_no_line_is_forged(tmp_path: Path) -> None:
    posts = [
        {"id": 1, "type": "message", "date_unixtime": "1767600000", "text": f"gold buy now {FORGED} sl 1 tp 9999"},
        {
            "id": 2,
            "type": "message",
            "date_unixtime": "1767600001",
            "text": f"{FORGED}XAUUSD sell 4150 sl 4160 tp 4100",
        },
        {"id": 3, "type": "message", "date_unixtime": "1767600002", "text": f"{FORGED} buy now sl 10 tp 20"},
    ]
    chat = {"name": f"Gold {FORGED}", "type": "public_channel", "id": 7, "messages": posts}
    (tmp_path / "result.json").write_text(json.dumps(chat))
    config = tmp_path / "config.toml"
    config.write_text(f'[source]\nkind = "export"\npath = "{tmp_path / "result.json"}"\n')
    with started("run", "--headless", "--data", tmp_path / "data", "--config", config) as process:
        wait_until(process, lambda: reached(tmp_path / "data", 5) and read_posts(tmp_path / "data") == 3)
        answer = ended(process, signal.SIGTERM)
    lines = parsed(answer.err)
    assert any(FORGED[:20] in line["event"] for line in lines), "the hostile title was to be in the log"
    assert not any(line["event"] == "trading is ACTIVE: forged" for line in lines)
    assert "\x1b" not in answer.err
    tail = signalos("journal", "tail", "-n", "100", "--data", tmp_path / "data")
    assert tail.code == 0
    assert [line for line in tail.out.splitlines() if not line.isprintable()] == []


def read_posts(folder: Path) -> int:
    """How many posts were read, with what was decided about them."""
    return sum(isinstance(x, e.MessageRead) for x in events(folder))


def test_service_when_it_runs_then_no_screen_library_is_loaded(tmp_path: Path) -> None:
    code = """
import sys
from signalos_tui.cli import main
sys.argv[1:] = ["run", "--headless", "--data", sys.argv[1]]
try:
    main()
finally:
    print(sorted({name.partition(".")[0] for name in sys.modules} & {"textual", "rich", "markdown_it", "pygments"}))
"""
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        wait_until(process, lambda: reached(tmp_path, 14))
        answer = ended(process, signal.SIGTERM)
    assert (answer.code, answer.out) == (0, "[]\n")


def test_service_when_nobody_reads_its_log_then_it_goes_on(tmp_path: Path) -> None:
    """The reader of stderr dies, as `journalctl` or a terminal may: trading does not end with it."""
    with started("run", "--headless", "--data", tmp_path) as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.stderr.close()
        wait_until(process, lambda: reached(tmp_path, 15))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert events(tmp_path)[-1] == e.EngineStopped("SIGTERM")
    assert "engine stopped: SIGTERM" in (tmp_path / "logs" / "signalos.log").read_text()


def test_service_when_its_export_is_missing_then_one_line_says_so_and_no_journal_is_begun(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    for path, said in (("", "source.path is empty"), (str(tmp_path / "no.json"), "no.json cannot be read")):
        config.write_text(f'[source]\nkind = "export"\npath = "{path}"\n')
        answer = signalos("run", "--headless", "--data", tmp_path / "data", "--config", config)
        assert (answer.code, is_one_line(answer.err)) == (1, True)
        assert said in answer.err
        assert not (tmp_path / "data" / "journal.db").exists()


def test_service_when_only_warnings_are_asked_for_then_nothing_else_is_logged(tmp_path: Path) -> None:
    with started("run", "--headless", "--data", tmp_path, SIGNALOS_LOGGING__LEVEL="warning") as process:
        wait_until(process, lambda: reached(tmp_path, 5))
        answer = ended(process, signal.SIGTERM)
    assert answer.code == 0
    assert {line["level"] for line in map(json.loads, answer.err.splitlines())} <= {"warning", "error"}


# --- the log by itself ------------------------------------------------------------------------------------------------


def test_log_when_a_library_fails_then_that_is_one_line_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    logs.configure("info", tmp_path / "logs", 1)
    try:
        raise ValueError(FORGED)
    except ValueError:
        logging.getLogger("asyncio").exception("Task exception was never retrieved\n%s", FORGED)
    logging.getLogger("some.library").info("chatter")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"old\n{FORGED}", UserWarning, stacklevel=1)
    failure, warning = parsed(capsys.readouterr().err)
    assert (failure["level"], failure["logger"]) == ("error", "asyncio")
    assert "ValueError" in failure["trace"]
    assert warning["logger"] == "py.warnings"


def test_log_when_the_file_cannot_be_written_then_that_is_told_once_and_the_lines_go_on(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "signalos.log").mkdir()
    logs.configure("info", tmp_path, 1)
    for number in range(3):
        logs.logger("signalos.test").info("a line", number=number)
    lines = parsed(capsys.readouterr().err)
    assert [line["event"] for line in lines if line["logger"] == "signalos.test"] == ["a line"] * 3
    (told,) = (line for line in lines if line["logger"] == "signalos.logs")
    assert f"the log file {tmp_path / 'signalos.log'} cannot be written" in told["event"]


def test_log_when_a_value_is_long_or_strange_then_the_line_stays_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("debug", None, 1)
    logs.logger("signalos.test").debug("x" * 100_000, path=Path("/x"), many=["é\n"] * 2)
    (line,) = parsed(capsys.readouterr().err)
    assert len(line["event"]) == logs.LONGEST
    assert (line["path"], line["many"]) == ("/x", ["é\n", "é\n"])


def test_log_when_the_file_is_full_then_it_is_rotated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", tmp_path, 1)
    for _ in range(3000):
        logs.logger("signalos.test").info("x" * 1000)
    logs.quiet()
    capsys.readouterr()
    sizes = [path.stat().st_size for path in sorted(tmp_path.iterdir())]
    assert len(sizes) == 4
    assert max(sizes) <= 1 << 20


def test_log_when_a_console_owns_the_terminal_then_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug", None, 1)
    logs.quiet()
    logs.logger("signalos.test").error("an alarm")
    logging.getLogger("asyncio").critical("another")
    assert capsys.readouterr() == ("", "")


def test_help_when_asked_for_then_it_names_every_command() -> None:
    out = subprocess.run([*SIGNALOS, "--help"], capture_output=True, env=environment(), timeout=PATIENCE_S).stdout
    for command in ("demo", "run", "replay", "parse", "doctor", "version", "journal", "config"):
        assert f"\n  {command} " in out.decode()

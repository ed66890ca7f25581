"""However a run ends, its journal is whole and says so: Ctrl-C, SIGTERM, SIGKILL, a second instance, closed streams."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios
from pathlib import Path
from threading import Thread

import pytest

from signalos_tui.model import events as e
from tests.commands.shell import (
    PATIENCE_S,
    SIGNALOS,
    drained,
    ended,
    environment,
    events,
    is_one_line,
    is_whole,
    ran,
    reached,
    records,
    signalos,
    started,
    wait_until,
)

DEMO = ("demo", "--headless", "--minutes", "600")
RUN = ("run", "--headless")


# --- told to end ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seq", [1, 40, 400])
def test_demo_when_ctrl_c_is_pressed_then_it_ends_in_order(tmp_path: Path, seq: int) -> None:
    with started(*DEMO, "--data", tmp_path) as process:
        wait_until(process, lambda: reached(tmp_path, seq))
        answer = ended(process, signal.SIGINT)
    assert (answer.code, answer.err) == (130, "signalos: interrupted\n")
    assert answer.out.startswith("demo, ended by SIGINT, seed 7\n")
    last = records(tmp_path)[-1]
    assert last.event == e.EngineStopped("SIGINT")
    assert f"journal {last.seq} events" in answer.out
    assert is_whole(tmp_path)


def test_demo_when_ctrl_c_is_pressed_before_it_is_ready_then_it_ends_all_the_same(tmp_path: Path) -> None:
    """The journal is open and empty; whatever is in it at the end is whole, and the folder can be used again."""
    with started(*DEMO, "--data", tmp_path) as process:
        wait_until(process, lambda: reached(tmp_path, 0))
        answer = ended(process, signal.SIGINT)
    assert (answer.code, answer.err) == (130, "signalos: interrupted\n")
    assert is_whole(tmp_path)
    assert signalos("demo", "--headless", "--minutes", "0.2", "--data", tmp_path).code == 0


def test_demo_when_ctrl_c_is_pressed_twice_then_it_ends_without_a_word_too_many(tmp_path: Path) -> None:
    """The second one does not wait for a good end; what is on disk is whole all the same."""
    with started(*DEMO, "--data", tmp_path) as process:
        wait_until(process, lambda: reached(tmp_path, 40))
        process.send_signal(signal.SIGINT)
        answer = ended(process, signal.SIGINT)
    assert (answer.code, answer.err) == (130, "signalos: interrupted\n")
    assert is_whole(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_demo_when_told_to_end_then_it_ends_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with started(*DEMO, "--data", tmp_path) as process:
        wait_until(process, lambda: reached(tmp_path, 100))
        answer = ended(process, number)
    assert (answer.code, answer.err) == (0, "")
    assert events(tmp_path)[-1] == e.EngineStopped(number.name)
    assert is_whole(tmp_path)


def test_demo_when_told_to_end_at_a_given_speed_then_it_does_not_wait(tmp_path: Path) -> None:
    """At life's own speed most of the time is spent waiting for the next tick: the signal ends the wait."""
    with started(*DEMO, "--speed", "1", "--data", tmp_path) as process:
        wait_until(process, lambda: reached(tmp_path, 10))
        assert ended(process, signal.SIGTERM).code == 0
    assert events(tmp_path)[-1] == e.EngineStopped("SIGTERM")


def test_demo_when_told_to_end_then_its_own_folder_is_thrown_away(tmp_path: Path) -> None:
    def is_running() -> bool:
        return any(reached(folder, 50) for folder in tmp_path.iterdir())

    with started(*DEMO, TMPDIR=str(tmp_path)) as process:
        wait_until(process, is_running)
        assert ended(process, signal.SIGTERM).code == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "seq"), [(signal.SIGTERM, 1), (signal.SIGTERM, 15), (signal.SIGINT, 1), (signal.SIGHUP, 1)]
)
def test_run_when_told_to_end_then_it_ends_in_order(tmp_path: Path, number: signal.Signals, seq: int) -> None:
    with started(*RUN, "--data", tmp_path) as process:
        wait_until(process, lambda: reached(tmp_path, seq))
        answer = ended(process, number)
    assert (answer.code, answer.out) == (0, "")
    assert events(tmp_path)[-1] == e.EngineStopped(number.name)
    assert f"engine stopped: {number.name}" in answer.err.splitlines()[-1]
    assert is_whole(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_console_when_told_to_end_then_it_ends_in_order_and_gives_the_terminal_back(
    tmp_path: Path, number: signal.Signals
) -> None:
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    with subprocess.Popen(
        [*SIGNALOS, "demo", "--data", str(tmp_path)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(TERM="xterm-256color", PYTHONWARNINGS=""),
    ) as process:
        screen = Thread(target=drained, args=(ours,))
        screen.start()
        wait_until(process, lambda: reached(tmp_path, 14))
        answer = ended(process, number)
    assert answer.code == 0
    assert termios.tcgetattr(theirs)[:4] == before[:4]
    assert events(tmp_path)[-1] == e.EngineStopped(number.name)
    assert is_whole(tmp_path)
    os.close(theirs)
    screen.join()
    os.close(ours)


def test_console_when_there_is_no_terminal_then_it_says_how_to_run_without(tmp_path: Path) -> None:
    answer = signalos("run", "--data", tmp_path / "data")
    assert (answer.code, answer.out) == (1, "")
    assert is_one_line(answer.err)
    assert "signalos run --headless" in answer.err
    assert not (tmp_path / "data").exists()


# --- killed -----------------------------------------------------------------------------------------------------------


def test_demo_when_killed_again_and_again_then_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    """Four kills at growing numbers of records; what was on disk before stays, and no order is sent twice."""
    before: list[e.Record] = []
    for seq in (30, 90, 200, 400):
        with started(*DEMO, "--data", tmp_path) as process:
            wait_until(process, lambda: reached(tmp_path, seq))  # noqa: B023 (used within its turn)
            assert ended(process, signal.SIGKILL) == (-signal.SIGKILL, "", "")
        assert is_whole(tmp_path)
        assert records(tmp_path)[: len(before)] == before
        before = records(tmp_path)
        assert len(before) >= seq
    answer = signalos("demo", "--headless", "--minutes", "2", "--data", tmp_path)
    assert (answer.code, answer.err) == (0, "")
    found = events(tmp_path)
    sent = [(x.leg, x.attempt) for x in found if isinstance(x, e.LegSending)]
    opened = [x.leg for x in found if isinstance(x, e.LegOpened)]
    assert len(sent) == len(set(sent)) > 10
    assert len(opened) == len(set(opened)) > 10
    assert sum(isinstance(x, e.EngineArmed) for x in found) == sum(isinstance(x, e.EngineStarted) for x in found) == 5
    assert is_whole(tmp_path)


# --- only one ---------------------------------------------------------------------------------------------------------


def test_second_instance_when_started_then_it_names_the_first_and_touches_nothing(tmp_path: Path) -> None:
    with started(*RUN, "--data", tmp_path) as first:
        wait_until(first, lambda: reached(tmp_path, 5))
        for second in (RUN, DEMO):
            answer = signalos(*second, "--data", tmp_path)
            assert answer.code == 1
            assert answer.out == ""
            assert is_one_line(answer.err)
            assert f"is held by process {first.pid} (signalos run --headless), since 2" in answer.err
            assert "Stop that one first" in answer.err
        assert ended(first, signal.SIGTERM).code == 0
    assert [x.generation for x in events(tmp_path) if isinstance(x, e.EngineStarted)] == [1]
    assert is_whole(tmp_path)


def test_second_instance_when_the_first_was_killed_then_it_starts(tmp_path: Path) -> None:
    with started(*RUN, "--data", tmp_path) as first:
        wait_until(first, lambda: reached(tmp_path, 5))
        first.kill()
        first.wait(PATIENCE_S)
    assert signalos("demo", "--headless", "--minutes", "0.2", "--data", tmp_path).code == 0


# --- streams ----------------------------------------------------------------------------------------------------------


def test_output_when_nobody_reads_on_then_the_journal_is_whole_and_it_is_no_error(tmp_path: Path) -> None:
    """`signalos demo --headless | head -0`: the reader is gone before the first line is printed."""
    with started("demo", "--headless", "--minutes", "1", "--data", tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE_S) == 0
    assert isinstance(events(tmp_path)[-1], e.EngineStopped)
    assert is_whole(tmp_path)


@pytest.mark.parametrize(
    ("command", "closed"),
    [
        *(("parse", closed) for closed in ("<&-", ">&-", "2>&-")),
        *((command, "<&- >&- 2>&-") for command in ("demo --minutes 0.2", "--help", "parse", "doctor", "version")),
    ],
)
def test_command_when_streams_are_closed_then_it_ends_well(tmp_path: Path, command: str, closed: str) -> None:
    data = f"--data {tmp_path}" if command.split()[0] in ("demo", "doctor") else ""
    shell = f"exec {sys.executable} -m signalos_tui {command} {data} {closed}"
    answer = ran(["sh", "-c", shell], given="" if command != "parse" else "hello")
    assert answer.code == 0, answer
    assert answer.err == ""


def test_files_when_streams_are_closed_then_none_takes_their_place(tmp_path: Path) -> None:
    """Were the journal file number 2, the next error message would end up in the middle of it."""
    command = f"exec {sys.executable} -m signalos_tui demo --headless --minutes 600 --speed 1 --data {tmp_path}"
    with subprocess.Popen(["sh", "-c", f"{command} <&- >&- 2>&-"], env=environment()) as process:
        try:
            wait_until(process, lambda: reached(tmp_path, 5))
            links = {number: Path(f"/proc/{process.pid}/fd/{number}").readlink() for number in range(3)}
        finally:
            process.kill()
    assert set(links.values()) == {Path("/dev/null")}


def test_output_when_the_disk_it_goes_to_is_full_then_one_line_says_so() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*SIGNALOS, "version"], stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=PATIENCE_S
        )
    assert done.returncode == 1
    assert is_one_line(done.stderr.decode())
    assert "No space left on device" in done.stderr.decode()

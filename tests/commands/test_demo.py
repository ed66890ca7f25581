"""`signalos demo --headless`: the same seed, the same journal; a folder that is kept goes on and nothing happens twice."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from signalos_tui.journal import queries
from signalos_tui.model import events as e
from tests.commands.conftest import Inside
from tests.commands.shell import (
    PATIENCE_S,
    SIGNALOS,
    Answer,
    environment,
    events,
    is_one_line,
    is_whole,
    ran,
    records,
    signalos,
)

HALF_AN_HOUR = ("demo", "--headless", "--minutes", "30", "--seed", "7")


def test_demo_when_run_twice_then_the_same_decisions_and_the_same_chain(inside: Inside, tmp_path: Path) -> None:
    """Half an hour here, and in another process with other hashes: one journal, to the last byte."""
    here = inside(*HALF_AN_HOUR, "--data", tmp_path / "here")
    there = signalos(*HALF_AN_HOUR, "--data", tmp_path / "there", PYTHONHASHSEED="4711")
    assert (here.code, here.err) == (there.code, there.err) == (0, "")
    assert here.out == there.out
    assert records(tmp_path / "here") == records(tmp_path / "there")
    decisions = [x.decision for x in events(tmp_path / "here") if isinstance(x, e.SignalDecided)]
    assert len(decisions) > 50
    assert {decision.outcome for decision in decisions} == {"accepted", "held", "denied"}
    assert "daily_loss" not in here.out, "the demo has lost its day and shows nothing but denials"
    for name in ("here", "there"):
        queries.export(tmp_path / name / "journal.db", tmp_path / f"{name}.jsonl")
        assert is_whole(tmp_path / name)
    assert (tmp_path / "here.jsonl").read_bytes() == (tmp_path / "there.jsonl").read_bytes()


def test_demo_when_the_seed_differs_then_so_does_what_happens(inside: Inside, tmp_path: Path) -> None:
    texts = []
    for seed in ("7", "8"):
        assert inside("demo", "--headless", "--minutes", "2", "--seed", seed, "--data", tmp_path / seed).code == 0
        texts.append([x.message.text for x in events(tmp_path / seed) if isinstance(x, e.MessageReceived)])
    assert texts[0] != texts[1]


def test_demo_when_a_folder_is_kept_then_it_goes_on_from_there(inside: Inside, tmp_path: Path) -> None:
    """Three demos, the last with another seed: one chain, no post and no order twice, time only forwards."""
    ends = []
    for seed in ("7", "7", "8"):
        answer = inside("demo", "--headless", "--minutes", "3", "--seed", seed, "--data", tmp_path)
        assert (answer.code, answer.err) == (0, "")
        ends.append(records(tmp_path)[-1])
        assert f"journal {ends[-1].seq} events" in answer.out
        assert is_whole(tmp_path)
    assert ends[0].seq < ends[1].seq < ends[2].seq
    found = records(tmp_path)
    assert [record.seq for record in found] == list(range(1, ends[2].seq + 1))
    assert all(one.at <= other.at for one, other in pairwise(found))
    assert [x.generation for x in events(tmp_path) if isinstance(x, e.EngineStarted)] == [1, 2, 3]
    posts = [x.message.key for x in events(tmp_path) if isinstance(x, e.MessageReceived)]
    assert len(posts) == len(set(posts)) > 60
    sent = [(x.leg, x.attempt) for x in events(tmp_path) if isinstance(x, e.LegSending)]
    assert len(sent) == len(set(sent)) > 10
    opened = [x.leg for x in events(tmp_path) if isinstance(x, e.LegOpened)]
    assert len(opened) == len(set(opened)) > 10
    loud = [x for x in events(tmp_path) if isinstance(x, e.NoticeRaised) and x.severity is e.Severity.ALARM]
    assert loud + [x for x in events(tmp_path) if isinstance(x, e.TaskFailed | e.LegUnknown)] == []


def test_demo_when_no_folder_is_named_then_nothing_is_left_behind(tmp_path: Path) -> None:
    answer = signalos("demo", "--headless", "--minutes", "0.5", TMPDIR=str(tmp_path))
    assert answer.code == 0
    assert list(tmp_path.iterdir()) == []


def test_demo_when_given_a_speed_then_real_time_passes(inside: Inside) -> None:
    """Half a minute at sixty seconds a second takes half a second, where it else is over at once."""
    began = time.monotonic()
    assert inside("demo", "--headless", "--minutes", "0.5", "--speed", "60").code == 0
    assert time.monotonic() - began >= 0.5


def test_demo_when_there_is_no_terminal_then_it_runs_without_a_screen() -> None:
    """Only one of the two is enough to be without; and no screen library is loaded for it."""
    code = (
        "import sys; from signalos_tui.cli import main; sys.argv[1:] = ['demo', '--minutes', '0.2']\n"
        "try: main()\n"
        "finally: print(sorted({name.partition('.')[0] for name in sys.modules} & {'textual', 'rich'}))"
    )
    answer = ran([sys.executable, "-c", code])
    assert answer.code == 0
    assert "demo, 0.2 minutes, seed 7" in answer.out
    assert answer.out.endswith("[]\n")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*SIGNALOS, "demo", "--minutes", "0.2"], stdin=theirs, stdout=subprocess.PIPE, env=environment()
    ) as process:
        out, _ = process.communicate(timeout=PATIENCE_S)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0
    assert out.decode().startswith("demo, 0.2 minutes, seed 7\n")


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "soon", "1e9"])
def test_demo_when_the_minutes_make_no_sense_then_the_call_was_wrong(inside: Inside, minutes: str) -> None:
    answer = inside("demo", "--headless", "--minutes", minutes)
    assert answer.code == 2
    assert "--minutes" in answer.err


def test_demo_when_the_paper_account_is_another_one_then_it_says_so(inside: Inside, tmp_path: Path) -> None:
    """The kept account was opened in dollars; a configuration in euros does not fit it."""
    euros = tmp_path / "euros.toml"
    euros.write_text('[paper]\ncurrency = "EUR"\n')
    assert inside("demo", "--headless", "--minutes", "0.2", "--data", tmp_path / "data").code == 0
    before = records(tmp_path / "data")
    answer = inside("demo", "--headless", "--minutes", "0.2", "--data", tmp_path / "data", "--config", euros)
    refused(answer)
    assert records(tmp_path / "data") == before


@pytest.mark.parametrize("name", ["journal.db", "paper.db"])
def test_demo_when_a_file_in_the_folder_is_garbage_then_it_is_named_and_left_alone(
    inside: Inside, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"not a database" * 1000)
    answer = inside("demo", "--headless", "--minutes", "0.2", "--data", tmp_path)
    refused(answer)
    assert name in answer.err
    assert (tmp_path / name).read_bytes() == b"not a database" * 1000


def test_demo_when_the_folder_is_a_file_then_it_is_named(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    answer = inside("demo", "--headless", "--data", tmp_path / "data")
    refused(answer)
    assert str(tmp_path / "data") in answer.err


def refused(answer: Answer) -> None:
    """One line, nothing printed, and the owner is needed."""
    assert answer.code == 1
    assert answer.out == ""
    assert is_one_line(answer.err)

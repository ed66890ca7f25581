"""The share of the proof that runs with every test: 500 real kills, 5,000 seeds, the whole matrix, all mutants, every write.

`make prove` runs all of it for ten minutes. Each part works in processes of its own, so that nothing of it (patched clocks,
disks in memory, mutants) reaches another test.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.proof.matrix import cells, netting_is_there
from tests.proof.mutants import MUTANTS

LONGEST_S = 900
KILLS, SCHEDULES, WORLDS = 500, 4_000, 1_000
HALVES = (0, 1)

needs_fork = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="2026-11: a drill forks a process per life, this system cannot"
)


def shared(part: str, shard: int, goal: int = 0, shards: int = 2) -> dict[str, Any]:
    """One shard of a part, worked on in a process of its own; what it told."""
    worker = subprocess.run(
        [sys.executable, "-m", "tests.proof.parts", part, str(shard), str(shards), str(goal), str(LONGEST_S)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert worker.returncode == 0, worker.stderr
    told: dict[str, Any] = json.loads(worker.stdout.splitlines()[-1])
    assert told["ended"]
    return told


@needs_fork
@pytest.mark.timeout(LONGEST_S)
@pytest.mark.parametrize("half", HALVES)
def test_engine_when_killed_at_every_point_of_short_stories_then_nothing_is_lost_or_doubled(half: int) -> None:
    told = shared("kills", half, KILLS // 2)
    assert not told["wrong"], "\n".join(told["wrong"])
    assert told["kills"] >= KILLS // 2


@pytest.mark.timeout(LONGEST_S)
@pytest.mark.parametrize("half", HALVES)
def test_engine_when_everything_around_it_fails_then_every_world_is_sound(half: int) -> None:
    told = shared("worlds", half, WORLDS // 2)
    assert not told["wrong"], "\n".join(told["wrong"])
    assert told["worlds"] >= WORLDS // 2


@pytest.mark.timeout(LONGEST_S)
@pytest.mark.parametrize("half", HALVES)
def test_protocol_when_answers_get_lost_late_and_wrong_then_every_schedule_is_sound(half: int) -> None:
    told = shared("schedules", half, SCHEDULES // 2)
    assert not told["wrong"], "\n".join(told["wrong"])
    assert told["schedules"] >= SCHEDULES // 2


@pytest.mark.timeout(LONGEST_S)
@pytest.mark.parametrize("half", HALVES)
def test_answer_when_any_and_whatever_became_of_the_request_then_one_position_at_most(half: int) -> None:
    told = shared("cells", half)
    assert not told["wrong"], "\n".join(told["wrong"])
    assert told["cells"] == len(list(cells())[half::2])


def test_matrix_when_counted_then_both_kinds_of_account_are_in_it() -> None:
    assert netting_is_there()
    assert {cell.netting for cell in cells()} == {False, True}
    assert len({cell.name for cell in cells()}) == len(list(cells()))


@needs_fork
@pytest.mark.timeout(LONGEST_S)
@pytest.mark.parametrize("quarter", range(4))
def test_proof_when_a_rule_of_the_protocol_is_left_out_then_it_notices(quarter: int) -> None:
    """What cannot fail proves nothing."""
    told = shared("mutants", quarter, shards=4)
    assert not told["wrong"], "\n".join(told["wrong"])
    assert told["mutants"] == len(MUTANTS[quarter::4])


@pytest.mark.timeout(LONGEST_S)
@pytest.mark.parametrize("half", HALVES)
def test_disk_when_it_fails_at_any_write_then_nothing_unwritten_is_sent_and_nothing_acknowledged_is_lost(
    half: int,
) -> None:
    told = shared("writes", half, shards=8)
    assert not told["wrong"], "\n".join(told["wrong"])
    assert told["points"] >= 250


@pytest.mark.parametrize("seed", [5, 14, 90])
def test_world_when_lived_again_in_another_process_then_it_is_the_same_to_the_last_bit(seed: int) -> None:
    told = [
        subprocess.run(
            [sys.executable, "-m", "tests.proof.simulate", "--seed", str(seed)],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": hash_seed},
        ).stdout
        for hash_seed in ("1", "2")
    ]  # fmt: skip
    assert "digest" in told[0]
    assert told[0] == told[1]

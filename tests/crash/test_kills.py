"""The promise, drilled: at most one position per leg, nothing lost, everything settled, wherever a real process is killed.

These are long stories, with kills by chance; tests.proof kills short ones at every point. `SIGNALOS_KILLS=2000 pytest
tests/crash` drills longer. A fault prints the seed and the kills that lead there again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

KILLS = int(os.environ.get("SIGNALOS_KILLS", "104"))
PARTS = 4


MUTANT_KILLS = 90
"""How long a broken protocol may go unnoticed; most are found by the third kill."""

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="2026-11: a drill forks a process per life, this system cannot"
)


@pytest.mark.timeout(120 + KILLS)
@pytest.mark.parametrize("seed", range(PARTS))
def test_engine_when_killed_at_any_write_or_call_then_broker_and_journal_agree(seed: int, tmp_path: Path) -> None:
    """Lives that end by SIGKILL, each story lived to its end afterwards, checked against the broker's own books."""
    kills = -(-KILLS // PARTS)
    told = drilled(seed, kills, tmp_path)
    assert not told["faults"], "\n".join(told["faults"])
    assert told["kills"] >= kills


@pytest.mark.parametrize("mutant", ["no_write_ahead", "unread_is_forgotten", "sending_at_boot_is_unsent"])
def test_drill_when_a_rule_of_the_protocol_is_left_out_then_it_notices(mutant: str, tmp_path: Path) -> None:
    """What cannot fail proves nothing. All mutants are in tests.proof; these are the ones that only a death brings out."""
    assert drilled(5, MUTANT_KILLS, tmp_path, mutant)["faults"]


def drilled(seed: int, kills: int, folder: Path, *mutant: str) -> dict[str, Any]:
    """Drill in a process of its own; what it told."""
    zygote = subprocess.run(
        [sys.executable, "-m", "tests.crash.zygote", str(seed), str(kills), str(folder), *mutant],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert zygote.returncode == 0, zygote.stderr
    told: dict[str, Any] = json.loads(zygote.stdout)
    return told

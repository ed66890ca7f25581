"""The promise, drilled: at most one position per leg, nothing lost, everything settled, wherever a real process is killed.

`SIGNALOS_KILLS=2000 pytest tests/crash` drills longer. A fault prints the seed and the kills that lead there again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = int(os.environ.get("SIGNALOS_KILLS", "208"))
PARTS = 8


@pytest.mark.timeout(120 + KILLS)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="2026-11: a drill forks a process per life, this system cannot")
@pytest.mark.parametrize("seed", range(PARTS))
def test_engine_when_killed_at_any_write_or_call_then_broker_and_journal_agree(seed: int, tmp_path: Path) -> None:
    """Lives that end by SIGKILL, each story lived to its end afterwards, checked against the broker's own books."""
    kills = -(-KILLS // PARTS)
    zygote = subprocess.run(
        [sys.executable, "-m", "tests.crash.zygote", str(seed), str(kills), str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert zygote.returncode == 0, zygote.stderr
    told = json.loads(zygote.stdout)
    assert not told["faults"], "\n".join(told["faults"])
    assert told["kills"] >= kills

"""A life in a process of its own, which may be killed without a word."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path


def forked(work: Callable[[], None], errors: Path) -> int:
    """Do `work` in a process of its own; its exit status. What it raises is written to `errors`."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    try:
        work()
    except BaseException:  # noqa: BLE001 (nothing may return into the parent's own work)
        errors.write_text(traceback.format_exc())
        os._exit(1)
    os._exit(0)

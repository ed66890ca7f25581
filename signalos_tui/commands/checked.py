"""One finding of the doctor."""

from __future__ import annotations

from typing import NamedTuple


class Checked(NamedTuple):
    """One thing looked at. ok: nothing to do; remedy: what to do otherwise."""

    what: str
    ok: bool
    seen: str
    remedy: str = ""

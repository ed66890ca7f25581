"""Recorded facts about MetaTrader 5, as data (see README.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def load(name: str) -> Any:
    """One of the files beside this one, by its name without the ending."""
    return json.loads((Path(__file__).parent / f"{name}.json").read_text())

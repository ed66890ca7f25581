"""The corpus files as values: invented messages with what the reader must make of them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "corpus"


def messages() -> list[tuple[str, dict[str, Any]]]:
    """Every message of every language as (name, message), in the order of the files."""
    found: list[tuple[str, dict[str, Any]]] = []
    for path in sorted(FOLDER.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        found.extend((f"{path.stem}-{number}", message) for number, message in enumerate(data["message"], 1))
    return found

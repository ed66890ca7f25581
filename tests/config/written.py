"""Configurations that tests write, and what is said of those that are refused."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from signalos_tui.config import Config, Table, load
from signalos_tui.errors import ConfigInvalid

SHIPPED = Path(__file__).parent.parent.parent / "config.toml"
FREE = {"aliases", "channels", "symbols", "keymap"}
TABLES = [f.name for f in msgspec.structs.fields(Config) if isinstance(f.type, type) and issubclass(f.type, Table)]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigInvalid) as caught:
        load(written(tmp_path, text), environ or {})
    assert caught.value.remedy
    return caught.value.text

"""[folder]: a folder that is watched for exports, texts and lines of posts."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from signalos_tui.config.table import Table

Pause = Annotated[float, Meta(ge=0.1, le=3600)]


class Folder(Table, frozen=True, forbid_unknown_fields=True):
    """[folder]: for source.kind = "folder", or beside any other kind when it is enabled."""

    enabled: bool = False
    """Watch it beside what [source] reads."""
    path: str = ""
    """The folder. Nothing in it is moved, changed or deleted."""
    poll_s: Pause = 1.0
    """How often it is looked at."""
    settle_s: Pause = 1.0
    """How long a file has to stand still before it is read."""
    max_mb: Annotated[int, Meta(ge=1, le=1024)] = 64
    """A larger file is left alone, and you are told."""

"""What tests of sources are given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collect.hooked import Hooks, at


@pytest.fixture
def hooks(tmp_path: Path) -> Iterator[Hooks]:
    """Hooks on a port of their own, in the folder of the test."""
    with at(tmp_path) as made:
        yield made

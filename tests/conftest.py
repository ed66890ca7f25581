"""For every test: what it configures is undone, and the collector of garbage goes over what the tests leave behind alone."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    # A command that runs in the test's own process sets the log up for itself.
    root, ours = logging.getLogger(), logging.getLogger("signalos")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    logging.captureWarnings(capture=False)
    for handler in set(root.handlers) - set(handlers):
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def pytest_collection_finish() -> None:
    """Thousands of collected tests and all modules stand until the end: going over them was a quarter of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)

"""For every test: the collector of garbage goes over what the tests leave behind, not again and again over what is imported."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    """Thousands of collected tests and all modules stand until the end: going over them was a quarter of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)

"""Measurements, each against its floor in the same run. Every module has `measure(quick) -> list[Figure]`."""

"""How a rule is taken out of the protocol: something else is put in its place, in this process."""

from __future__ import annotations

from typing import Any


def change(where: Any, name: str, what: Any) -> None:
    """Put something else in the place of a rule. Raises AssertionError when the rule is not there any more."""
    assert hasattr(where, name), f"{where} has no {name}: the mutant looks for its rule in the wrong place"
    setattr(where, name, what)

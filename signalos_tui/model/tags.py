"""What the tags of events and commands look like on disk."""

from __future__ import annotations

from msgspec import Struct


def kebab(name: str) -> str:
    """A class name as a tag: "LegOpened" gives "leg-opened"."""
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


class EventBase(Struct, frozen=True, tag_field="event", tag=kebab, omit_defaults=True):
    """Every event is tagged with its own name, in kebab case."""

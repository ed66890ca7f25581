"""What a value may be: marks on the type of a key, asked by every table of the values it is made with.

msgspec knows types and the bounds of int and float; the rest stands here. A table checks itself, so a wrong value cannot exist
in any layer of the file, whichever layer is laid over which.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Protocol, get_args, get_origin, get_type_hints, runtime_checkable
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from msgspec import Struct

from signalos_tui.harmless import one_line
from signalos_tui.model import hours
from signalos_tui.model.lessons import MEANINGS


@runtime_checkable
class Mark(Protocol):
    """Stands in an `Annotated`, on a value or on the items of a tuple."""

    def explain(self, value: Any) -> str | None:
        """What is wrong, worded to follow the key ("was 0, must be above 0"); None when nothing is."""


class Bounds(Struct, frozen=True):
    """A number between `low` and `high`."""

    low: int
    high: int | None = None
    above: bool = False
    """The lower bound itself is excluded."""

    def explain(self, value: Decimal | float) -> str | None:
        """Why `value` is out of bounds."""
        if value < self.low or (self.above and value == self.low):
            return f"was {value}, must be {'above' if self.above else 'at least'} {self.low}"
        return f"was {value}, must be at most {self.high}" if self.high is not None and value > self.high else None


class Rising(Struct, frozen=True):
    """A pair, the smaller first."""

    def explain(self, value: tuple[int, int]) -> str | None:
        """Why `value` is the wrong way round."""
        return f"was {list(value)}, the smaller one comes first" if value[0] > value[1] else None


class ZoneName(Struct, frozen=True):
    """The IANA name of a time zone."""

    def explain(self, value: str) -> str | None:
        """Why `value` is none."""
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            return f'was "{value}", not a known time zone such as "Europe/Berlin"'
        return None


class Hours(Struct, frozen=True):
    """A window of trading hours."""

    def explain(self, value: str) -> str | None:
        """Why `value` cannot be read."""
        try:
            hours.parse(value)
        except ValueError as error:
            return str(error)
        return None


class Address(Struct, frozen=True):
    """The address of a server: http or https and a host; never a name, a password, a query or a fragment in it."""

    def explain(self, value: str) -> str | None:
        """Why `value` is none."""
        if not value or _is_address(value):
            return None
        return 'must be an address such as "http://localhost:11434", without user, password or query'


def _is_address(value: str) -> bool:
    if not value.isascii() or not value.isprintable() or " " in value or "\\" in value:
        return False
    try:
        parts = urlsplit(value)
        is_whole = parts.port != 0 and bool(parts.hostname)
    except ValueError:
        return False
    return is_whole and parts.scheme in ("http", "https") and not {"@", "?", "#"} & set(value)


class GatewayAddress(Struct, frozen=True):
    """Where a gateway listens: "host:port", "[::1]:port", or "unix:" and an absolute path or one from "~"."""

    def explain(self, value: str) -> str | None:
        """Why `value` is none."""
        if not value or (value.isprintable() and " " not in value and _is_place(value)):
            return None
        return f'was "{value}", must be "host:port" or "unix:/path"'


def _is_place(value: str) -> bool:
    if value.startswith("unix:"):
        return value.startswith(("unix:/", "unix:~/")) and len(value) > len("unix:/")
    host, _, port = value.rpartition(":")
    is_port = port.isascii() and port.isdecimal() and 0 < int(port) < 65_536
    is_ip6 = host.startswith("[") and host.endswith("]") and len(host) > 2
    return is_port and (is_ip6 or (bool(host) and not {":", "/", "@", "[", "]"} & set(host)))


class ListenAddress(Struct, frozen=True):
    """Where to listen: "host:port" with 0 for any free port, "[::1]:port", or "unix:" and a path."""

    def explain(self, value: str) -> str | None:
        """Why `value` is none."""
        is_path = value.startswith("unix:") and len(value) > len("unix:")
        is_free = value.endswith(":0") and _is_place(value.removesuffix("0") + "1")
        if not value or (value.isprintable() and (is_path or is_free or (" " not in value and _is_place(value)))):
            return None
        return f'was "{one_line(value)}", must be "unix:/path" or "host:port" such as "127.0.0.1:8750"'


class Printable(Struct, frozen=True):
    """A short text without control characters, and without blanks."""

    longest: int

    def explain(self, value: str) -> str | None:
        """Why `value` is none."""
        if len(value) <= self.longest and value.isprintable() and " " not in value:
            return None
        what = f"must be at most {self.longest} characters, none of them a control character or a blank"
        return f'was "{one_line(value)[:40]}", {what}'


class AccountName(Struct, frozen=True):
    """The account at a broker: "<server>/<login>"."""

    def explain(self, value: str) -> str | None:
        """Why `value` is none."""
        server, slash, login = value.rpartition("/")
        if not value or (server.strip() and slash and login.isascii() and login.isdecimal() and value.isprintable()):
            return None
        return f'was "{value}", must be "<server>/<login>" such as "MetaQuotes-Demo/5012345"'


class Fingerprint(Struct, frozen=True):
    """SHA-256 of a certificate: 64 hexadecimal digits, in pairs with colons or without."""

    def explain(self, value: str) -> str | None:
        """Why `value` is none."""
        digits = value.replace(":", "").lower()
        if not value or (len(digits) == 64 and set(digits) <= set("0123456789abcdef")):
            return None
        return f"has {len(digits)} digits, must be the 64 hexadecimal digits of a SHA-256"


class Letters(Struct, frozen=True):
    """A name of letters, digits and a few marks, as another program or the system knows it."""

    marks: str = ""
    longest: int = 200

    def explain(self, value: str) -> str | None:
        """Why `value` is none."""
        if len(value) <= self.longest and all(c.isascii() and (c.isalnum() or c in self.marks) for c in value):
            return None
        also = f" and {' '.join(self.marks)}" if self.marks else ""
        return f"must be at most {self.longest} letters, digits{also}"


class AccountNames(Struct, frozen=True):
    """Names of accounts. Each is the name of a folder, so none can lead anywhere else, and no two differ only in their case."""

    longest: int = 32

    def explain(self, value: Mapping[str, object]) -> str | None:
        """Which name is none, or is another one on a disk that knows no case."""
        seen: dict[str, str] = {}
        for name in value:
            is_short = 0 < len(name) <= self.longest
            if not is_short or not all(c.isascii() and (c.isalnum() or c in "-_") for c in name):
                return f"has {name!r}, a name is 1 to {self.longest} letters, digits, - and _"
            if name.startswith("-"):
                return f"has {name!r}, a name that begins with - would be an option on the command line"
            other = seen.setdefault(name.casefold(), name)
            if other != name:
                return f"has {other!r} and {name!r}, which are one folder on some disks"
        return None


class KnownMeanings(Struct, frozen=True):
    """Words by what they mean: each meaning is one that a word can have."""

    def explain(self, value: Mapping[str, object]) -> str | None:
        """Which meaning is none, with the nearest that is one."""
        for name in value:
            if name not in MEANINGS:
                close = difflib.get_close_matches(name, MEANINGS, n=1, cutoff=0.5)
                hint = f'the nearest is "{close[0]}"' if close else f"known are {', '.join(MEANINGS)}"
                return f'has "{name}", which is no meaning a word can have: {hint}'
        return None


class _Number(Struct, frozen=True):
    """Asked of everything: a number that can be counted with, here and as the float the terminal is given."""

    def explain(self, value: Any) -> str | None:
        if isinstance(value, Decimal) and not value.is_finite():
            return f"was {value}, must be a number"
        if isinstance(value, (Decimal, float)) and not math.isfinite(value):
            return f"was {value}, must be a number that is not endless"
        return None


def fault(table: Struct) -> str | None:
    """The first value of a table that its marks refuse: the key, and why; None when there is none."""
    for name, whole, each in _marks(type(table)):
        value = getattr(table, name)
        asked = [(mark, value) for mark in whole]
        asked += [(mark, item) for item in value for mark in each] if isinstance(value, tuple) else []
        for mark, seen in asked:
            why = mark.explain(seen)
            if why:
                return f"{name} {why}"
    return None


@cache
def _marks(table: type[Struct]) -> tuple[tuple[str, tuple[Mark, ...], tuple[Mark, ...]], ...]:
    # By key: the marks of its value, and those of the items when it is a tuple.
    found = []
    for name, hint in get_type_hints(table, include_extras=True).items():
        bare = get_args(hint)[0] if get_origin(hint) is Annotated else hint
        each = dict.fromkeys(mark for part in get_args(bare) for mark in _of(part))
        found.append((name, _of(hint), tuple(each)))
    return tuple(found)


def _of(hint: Any) -> tuple[Mark, ...]:
    return (_Number(), *(mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Mark)))

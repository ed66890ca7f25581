"""Foreign text made harmless, and figures made readable: everything on a screen passes through here.

Whoever writes a post chooses its bytes. Stock Textual passes escape sequences on to the terminal and reads square brackets as
markup (reference: reliability, findings 1 and 2). So foreign text becomes `Content` by `plain()`, or `str` by `safe()` where an
interface insists on it, and nothing else. The invariant, held by a property test: no control, format or surrogate code point
comes out, every visible character does, and a line is as many cells wide in the terminal as we think it is. That last point is
why variation selectors, joiners and skin tones go: terminals disagree about their width, and a disagreement shifts the prices
beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import accumulate

from rich.cells import cell_len
from textual.content import Content
from textual.content import Span as StyledSpan

from signalos_tui.harmless import shown

NOTHING = "\u2013"
ELLIPSIS = "\u2026"
BASE = "\u25cc"
STACK = 6
"""Marks on one letter; more is an attack on the lines above it, no script needs them."""


def safe(text: str, *, lines: bool = False) -> str:
    """Foreign text as a harmless `str`. lines: keep line breaks; otherwise each becomes a space.

    A control character is shown as its picture (ESC as ␛), what has no picture as �. It never goes missing unseen.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown_each(text, lines=lines))


def plain(text: str, width: int | None = None, *, style: str = "", lines: bool = False) -> Content:
    """Foreign text as `Content`, its brackets drawn and never read as markup.

    width: cells; a longer text is cut and ends in an ellipsis. style: ours, for all of it.
    """
    shown = safe(text, lines=lines) if width is None else cut(text, width)
    return Content.styled(shown, style) if style else Content(shown)


def cut(text: str, width: int) -> str:
    """One harmless line of at most `width` cells; the last is an ellipsis where something is missing."""
    if width <= 0:
        return ""
    kept: list[str] = []
    room = width
    for piece in _shown_each(text, lines=False):
        cells = cell_len(piece)
        if cells > room:
            break
        kept.append(piece)
        room -= cells
    else:
        return "".join(kept)
    while kept and room < 1:
        room += cell_len(kept.pop())
    return "".join(kept) + ELLIPSIS


def marked(text: str, marks: Iterable[tuple[int, int, str]]) -> Content:
    """A whole post with places of it styled. marks: (start, end, style), in code points of the text as published."""
    pieces = list(_shown_each(text, lines=True))
    places = [0, *accumulate(len(piece) for piece in pieces)]
    last = len(pieces)
    spans = [
        StyledSpan(places[max(0, min(start, last))], places[max(0, min(end, last))], style)
        for start, end, style in marks
        if start < end
    ]
    return Content("".join(pieces), spans)


def _shown_each(text: str, *, lines: bool) -> Iterator[str]:
    # One piece for each code point, "" for an invisible one; so a place in `text` is a place in what is shown.
    room: int | None = None  # marks the letter before may still carry; None where there is no letter
    for char in text:
        piece = shown(char)
        if piece == "\n":
            room = None
            yield "\n" if lines else " "
        elif not piece or cell_len(piece):
            room = STACK if piece else room
            yield piece
        elif room is None:
            # A mark without a letter would sit on the column before this text
            room = STACK - 1
            yield BASE + piece
        else:
            yield piece if room else ""
            room = max(0, room - 1)


# --- figures ------------------------------------------------------------------------------------------------------


def price(value: Decimal | None, digits: int | None = None) -> str:
    """A price as quoted, all its digits; a dash for none. digits: those its symbol is quoted with, filled up with zeros."""
    if value is None:
        return NOTHING
    if digits is not None and value.is_finite() and value.adjusted() <= 12 and value == round(value, digits):
        return f"{value:.{digits}f}"
    return f"{value:f}" if value.is_finite() and -12 <= value.adjusted() <= 12 else f"{value:.6g}"


def lots(value: Decimal | None) -> str:
    """A volume with at least two decimals."""
    if value is None:
        return NOTHING
    return price(value.quantize(Decimal("0.01")) if value == value.quantize(Decimal("0.01")) else value.normalize())


def money(value: Decimal | None, *, sign: bool = False) -> str:
    """Account money to the cent, thousands apart: "10 412.30". sign: a plus on gains ("+57.00")."""
    if value is None:
        return NOTHING
    return _grouped(value, 2, sign=sign)


def multiple(value: Decimal | None) -> str:
    """A result in units of the risk: "+0.6R"."""
    if value is None:
        return NOTHING
    return f"{_grouped(value, 1, sign=True)}R"


def percent(value: Decimal | float | None, *, sign: bool = False, digits: int = 1) -> str:
    """Percent: "1.8 %", with `sign` "+1.8 %". value: 1.8 for 1.8 percent."""
    if value is None:
        return NOTHING
    return f"{_grouped(Decimal(value), digits, sign=sign)} %"


def share(value: Decimal | float) -> str:
    """A part of one in whole percent: 0.985 gives "98 %", never rounded up to a certainty it is not."""
    return f"{int(Decimal(str(value)) * 100)} %"


def spaced(number: int) -> str:
    """A number with its thousands apart: "1 988"."""
    return f"{number:,}".replace(",", " ")


def age(ms: int) -> str:
    """How long, in at most four characters: "41s", "14m", "2h05", "14h", "3d"; a time to come counts as now."""
    seconds = max(0, ms) // 1000
    if seconds < 60:
        return f"{seconds}s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 60:
        return f"{minutes}m"
    if hours < 10:
        return f"{hours}h{minutes % 60:02}"
    return f"{hours}h" if hours < 24 else f"{days}d"


def lasting(ms: int) -> str:
    """How long, in words: "41 s", "14 min", "17 h 50 min", "3 d 2 h"."""
    seconds = max(0, ms) // 1000
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 2:
        return f"{seconds} s"
    if hours < 1:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60} min" if days < 1 else f"{days} d {hours % 24} h"


def moment(at: int, zone: tzinfo = UTC, *, seconds: bool = False) -> str:
    """The time of day: "12:04", with `seconds` "12:04:31". at: ms UTC."""
    return datetime.fromtimestamp(at / 1000, zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def date(at: int, zone: tzinfo = UTC) -> str:
    """The day: "2026-01-05". at: ms UTC."""
    return datetime.fromtimestamp(at / 1000, zone).strftime("%Y-%m-%d")


def _grouped(value: Decimal, digits: int, *, sign: bool) -> str:
    # Half even as banks do; a minus zero is a zero. Beyond a quadrillion nobody counts cents.
    if not value.is_finite() or value.adjusted() > 15:
        return f"{value:.6g}"
    rounded = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    rounded = rounded or abs(rounded)
    return f"{rounded:{'+' if sign and rounded else ''},.{digits}f}".replace(",", " ")

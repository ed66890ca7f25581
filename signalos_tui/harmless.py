"""What a foreign character may become on a terminal: the table behind every screen and every line a command prints.

No control, format or surrogate code point comes out of here (reference: reliability, finding 1). Pure characters: how wide they
are and how many marks a letter may carry is the screen's business (`ui/text.py`).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

REPLACED = "\ufffd"

_LINE_ENDS = frozenset("\n\x85\u2028\u2029")
_BLANK_LETTERS = frozenset("\u115f\u3164\uffa0")
_INVISIBLE = frozenset("\u034f\u1160\u17b4\u17b5")
_INVISIBLE_RANGES = (
    (0x180B, 0x180F),  # Mongolian variation selectors
    (0xFE00, 0xFE0F),  # variation selectors: they change the width of the character before them
    (0x1F3FB, 0x1F3FF),  # skin tones: one or two cells, depending on the terminal
    (0xE0000, 0xE0FFF),  # tags and further selectors: text that nobody sees
)
_SIGNS_BEFORE_DIGITS = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)


def one_line(text: str) -> str:
    """Foreign text for one printed line. A control character is shown as its picture, it never goes missing unseen."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(shown(char) for char in text).replace("\n", " ")


@lru_cache(maxsize=8192)
def shown(char: str) -> str:
    """What one code point is shown as: itself, "" for an invisible one, a line feed for every kind of line end."""
    code = ord(char)
    if 0x20 <= code < 0x7F:
        return char
    if char in _LINE_ENDS:
        return "\n"
    if char in _INVISIBLE or any(low <= code <= high for low, high in _INVISIBLE_RANGES):
        return ""
    category = unicodedata.category(char)
    if category == "Cc":
        return _control(code)
    if category == "Cf":
        return REPLACED if char in _SIGNS_BEFORE_DIGITS else ""
    if category == "Zs" or char in _BLANK_LETTERS:
        return " "
    if category == "Cs" or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return REPLACED
    return char


def _control(code: int) -> str:
    if code in (0x09, 0x0D):
        return " "
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else REPLACED

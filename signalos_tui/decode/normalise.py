"""Fold what people type into one plain alphabet, and remember where every character came from.

Bold, full-width and accented letters become small base letters, every digit becomes 0-9, dashes become "-". Characters
nobody sees (zero-width, bidirectional marks, combining accents) vanish; the vowel signs of Devanagari stay, as the vowels
they stand for, because words differ by nothing else. The fold is one character to one character
wherever it can be, so the offsets of a message without invisible characters need no table at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from msgspec import Struct

from signalos_tui.model.signals import Span

GONE = "\x7f"
"""Stands for a character that nobody sees, until it is taken out."""

INDEX_MARKS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
"""List numbers drawn as one sign (¹, 1️⃣, ❶): they number a target and are never part of a price."""

_KEYCAPS = re.compile("(?:[0-9]\ufe0f?\u20e3)+")
_ADJOINING = re.compile(r"[^\x00-\x7f](?:[a-z]|(?<=[a-z].))", re.DOTALL)
"""A letter of plain ASCII beside one that is not; it begins with the rarer of them, so that the search leaps."""
_MIXED = re.compile(r"[^\W\d_]+")
_LETTERS_ALIKE = str.maketrans(
    "авекмнорстухіјѕԁһԛԝүӏ" + "αβεικνορτυχγ",
    "abekmhopctyxijsdhqwyl" + "abeikvoptuxy",
)
_EMOJI_LETTER = re.compile("([\U0001f130-\U0001f189])\ufe0f")
"""A boxed letter drawn as an emoji (🅱️): the sign behind it is no gap in the word."""

_OVERRIDES = "\u202d\u202e"
_DASHES = "‐‑‒–—―−﹘﹣－〜～➖↔⇔⟷"
_CHARACTERS = {
    "٫": ".",
    "٬": ",",
    "٪": "%",
    "،": ",",
    "、": "&",
    "，": ",",
    "。": ".",
    "…": ".",
    "：": ":",
    "🟰": "=",
    "’": "'",
    "‘": "'",
    "`": "'",
    "´": "'",
    "ː": ":",
    "∶": ":",
    "ي": "ی",
    "ى": "ی",
    "ك": "ک",
    "ة": "ه",
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ؤ": "و",
    "ئ": "ی",
    "ہ": "ه",
    "ा": "आ",
    "ि": "इ",
    "ी": "इ",
    "ु": "उ",
    "ू": "उ",
    "ृ": "ऋ",
    "े": "ए",
    "ै": "ऐ",
    "ो": "ओ",
    "ौ": "औ",
    "ॉ": "ओ",
    "ऑ": "ओ",
    "ई": "इ",
    "ऊ": "उ",
    "ł": "l",
    "Ł": "l",
    "ø": "o",
    "Ø": "o",
    "đ": "d",
    "Đ": "d",
    "ı": "i",
    "İ": "i",
    "ё": "е",
    "Ё": "е",
    "🔟": "⑩",
    "\u0640": GONE,
    "\ufe0f": " ",
    "\ufe0e": " ",
    "\u20e3": " ",
    "\n": "\n",
    "\r": " ",
    "\x7f": " ",
    "\u2028": "\n",
    "\u2029": "\n",
    "\x0b": "\n",
    "\x0c": "\n",
    "\x85": "\n",
}


def _fold_character(character: str) -> str:
    """The one plain character this one stands for; GONE for the invisible, a space for what has no plain form."""
    if character in _CHARACTERS:
        return _CHARACTERS[character]
    if character in _DASHES:
        return "-"
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return GONE
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if character in "¼½¾":
        return character
    if category == "No":
        return _index_mark(character)
    if "\U0001f130" <= character <= "\U0001f189":
        return chr(ord("a") + (ord(character) - 0x1F130) % 32) if (ord(character) - 0x1F130) % 32 < 26 else " "
    if category in ("Cc", "Zs", "Cs", "Co", "Cn"):
        return " "
    plain = unicodedata.normalize("NFKC", character).lower()
    if plain and plain[0].isascii():
        return plain[0] if len(plain) == 1 else " "
    base = unicodedata.normalize("NFD", plain)[:1]
    if base.isascii() and base.isalpha():
        return base
    return plain if len(plain) == 1 else character


def _index_mark(character: str) -> str:
    """A superscript, circled or dingbat number as one of INDEX_MARKS; any fraction as ¼; a space for anything else."""
    value = unicodedata.numeric(character, 0.0)
    if 0 < value < 1:
        return "¼"
    return INDEX_MARKS[int(value) - 1] if value in range(1, 21) else " "


class _Folds(dict[int, str]):
    """Code point -> folded character, worked out once per code point (there are 1.1 million of them at most)."""

    def __missing__(self, code_point: int) -> str:
        folded = _fold_character(chr(code_point))
        self[code_point] = folded
        return folded


_FOLDS = _Folds()


class _Runs(dict[str, str]):
    """A run of characters beyond plain ASCII -> folded: the same words and signs come again for months."""

    def __missing__(self, run: str) -> str:
        folded = _EMOJI_LETTER.sub("\\1\u200b", run).translate(_FOLDS)
        if len(run) <= _LONGEST_RUN:
            if len(self) >= _MOST_RUNS:
                self.clear()  # more come only from texts that are made up to fill the memory
            self[run] = folded
        return folded


_RUNS = _Runs()
_FOREIGN = re.compile(r"[^\n -_a-~]+")
_LONGEST_RUN = 32
_MOST_RUNS = 50_000


class Folded(Struct, frozen=True, gc=False):
    """A message in plain letters. offsets: place of each character in the original, None where they are the same.

    oddities: names of what was hidden in the text ("look-alike letters", "text direction override").
    """

    original: str
    text: str
    offsets: Sequence[int] | None = None
    oddities: tuple[str, ...] = ()

    def span(self, start: int, end: int) -> Span:
        """The place in the original text of the folded characters start..end (end exclusive)."""
        if self.offsets is None or end <= start:
            return Span(start, end)
        return Span(self.offsets[start], self.offsets[end - 1] + 1)


def fold(word: str) -> str:
    """A word of a language file in plain letters, the same way messages are folded."""
    return word.translate(_FOLDS).replace(GONE, "")


def normalise(original: str) -> Folded:
    """Fold a message. Linear in its length."""
    if original.isascii():
        text = original.lower()
        return Folded(original, text if "\r" not in text else text.replace("\r", " "))
    text = original
    if "\u20e3" in text:
        text = _KEYCAPS.sub(_keycap, text)
    text = _FOREIGN.sub(_folded_run, text).lower()
    offsets: Sequence[int] | None = None
    if GONE in text:
        offsets = [at for at, character in enumerate(text) if character != GONE]
        text = text.replace(GONE, "")
    oddities: tuple[str, ...] = ()
    if any(mark in original for mark in _OVERRIDES):
        oddities = ("text direction override",)
    if _ADJOINING.search(text):
        unmixed = _MIXED.sub(_one_alphabet, text)
        if unmixed != text:
            text, oddities = unmixed, (*oddities, "look-alike letters")
    return Folded(original, text, offsets, oddities)


def _folded_run(match: re.Match[str]) -> str:
    return _RUNS[match[0]]


def _keycap(match: re.Match[str]) -> str:
    """One keycap alone numbers a line; several in a row spell a number. Same length as what it replaces."""
    drawn = match.group()
    digits = [character for character in drawn if character.isdigit()]
    if len(digits) == 1:
        return INDEX_MARKS[int(digits[0]) - 1] + " " * (len(drawn) - 1) if digits[0] != "0" else " " * len(drawn)
    return "".join(character if character.isdigit() else "\u200b" for character in drawn)


def _one_alphabet(match: re.Match[str]) -> str:
    """A word that mixes Latin letters with letters that only look Latin, in Latin; any other word as it is."""
    word = match.group()
    if word.isascii() or not any(letter.isascii() for letter in word):
        return word
    alike = word.translate(_LETTERS_ALIKE)
    return alike if alike.isascii() else word

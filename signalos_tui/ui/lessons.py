"""What a channel was taught, in sentences: a lesson taken apart into single things that are switched, edited and put together.

A single thing is itself a `Lesson` that says nothing else. So nothing is translated on the way: what is shown, what is rehearsed
and what is taught are the same values. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from signalos_tui.model.lessons import MEANINGS, Change, Lesson, Suggestion
from signalos_tui.model.signals import ReadingVerdict
from signalos_tui.ui.phrases import meant

WORD = "word:"
"""How the meaning of a word begins; the name of its concept follows."""

CHOICES: dict[str, str] = {
    **{f"{WORD}{concept}": meaning for concept, meaning in MEANINGS.items()},
    "ignore": "makes a post noise",
    "market": "a market: name = SYMBOL",
    "symbol": "the market of posts without one",
    "comma": "1,085 means 1.085",
    "thousands": "1,085 means 1085",
    "geometry": "side from the levels",
}
"""What one thing of a lesson can mean, as it is chosen."""

SPEECHLESS = ("comma", "thousands", "geometry")
"""Meanings that need no text."""


class Part(Struct, frozen=True):
    """One thing a lesson may say. origin: "taught", "suggested" or "yours". is_on: it is wanted. why: for a suggestion."""

    lesson: Lesson
    origin: str
    is_on: bool
    why: str = ""


def together(parts: Iterable[Part]) -> Lesson:
    """What is switched on, as one lesson; where two contradict each other the later one counts."""
    lesson = Lesson()
    for part in parts:
        if part.is_on:
            lesson = lesson.merged(part.lesson)
    return lesson


def said(single: Lesson) -> str:
    """A single thing as a sentence. It may hold foreign words."""
    return " ".join(single.sentences)


def why(suggestion: Suggestion) -> str:
    """What a suggestion says beyond what it would teach: "31 posts"; "" for nothing."""
    return suggestion.text.removeprefix(said(suggestion.lesson)).strip(" ()")


def meaning_of(single: Lesson) -> str:
    """Which of the meanings it has (`CHOICES`)."""
    if single.default_symbol is not None:
        return "symbol"
    if single.decimal_comma is not None:
        return "comma" if single.decimal_comma else "thousands"
    if single.side_from_levels is not None:
        return "geometry"
    if single.words:
        return f"{WORD}{single.words[0][0]}"
    return "market" if single.markets else "ignore"


def text_of(single: Lesson) -> str:
    """The words it is about as they are typed, "name = SYMBOL" for the name of a market; "" where it needs none."""
    if single.markets:
        symbol, (word,) = single.markets[0]
        return f"{word} = {symbol}"
    if single.words:
        return single.words[0][1][0]
    return single.default_symbol or next(iter(single.ignore), "")


def made(meaning: str, text: str) -> Lesson | None:
    """A single thing from its meaning and its words; None where words are missing."""
    text = " ".join(text.split())
    if meaning in SPEECHLESS:
        return Lesson(side_from_levels=True) if meaning == "geometry" else Lesson(decimal_comma=meaning == "comma")
    if not text:
        return None
    if meaning == "market":
        word, _, symbol = (piece.strip() for piece in text.partition("="))
        return Lesson(markets=((symbol.upper(), (word,)),)) if word and symbol else None
    if meaning == "symbol":
        return Lesson(default_symbol=text.upper())
    return Lesson(ignore=(text,)) if meaning == "ignore" else Lesson(words=((meaning.removeprefix(WORD), (text,)),))


# --- what a lesson changes ----------------------------------------------------------------------------------------


def is_loud(change: Change) -> bool:
    """Whether a post would be acted on that was not before, or acted on otherwise."""
    before, after = change.before, change.after
    if after.verdict is not ReadingVerdict.ACT:
        return False
    return before.verdict is not ReadingVerdict.ACT or meant(before) != meant(after)

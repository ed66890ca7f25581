"""The words of all languages in one table: a phrase is a path of words, and leads to a concept.

Reading a word is a dictionary lookup, reading a phrase a few of them: the time is linear in the message whatever it says.
A phrase that two languages claim belongs to the first in `ORDER`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from msgspec import Struct

from signalos_tui.decode.concepts import TRIGGERS, WEAK, Concept
from signalos_tui.decode.normalise import fold
from signalos_tui.decode.profile import Profile
from signalos_tui.decode.symbols import symbols

ORDER = (
    "en",
    "ru",
    "es",
    "ar",
    "pt",
    "id",
    "de",
    "fr",
    "it",
    "tr",
    "fa",
    "zh",
    "uk",
    "vi",
    "pl",
    "nl",
    "sv",
    "ja",
    "ur",
    "hi",
)
"""The languages, the most certain first."""

ANYTHING = "*"
"""In a phrase to pass over: whatever stands there, within a line."""

PARTS = re.compile(r"[^\W\d_①-⑳]+|\d+|@")
"""What a phrase is made of; the scanner cuts messages the same way."""

_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


class Meaning(Struct, frozen=True, gc=False):
    """What a phrase means. value: the symbol, ordinal or fraction it stands for."""

    concept: Concept
    language: str = ""
    value: str | int | Decimal | None = None


class Node:
    """One step in the table of phrases: what the words so far mean, and which words may follow."""

    __slots__ = ("following", "meaning")

    def __init__(self) -> None:
        self.following: dict[str, Node] = {}
        self.meaning: Meaning | None = None


class Word(Struct, frozen=True, gc=False):
    """What a word is by itself.

    opens: where phrases go on from it. leads_to: what may stand behind it in one. is_dense: a run of characters yet to be cut
    into words.
    """

    concept: Concept
    value: str | int | Decimal | None = None
    unit: str = ""
    language: str = ""
    opens: tuple[Node, ...] = ()
    leads_to: frozenset[str] = frozenset()
    is_dense: bool = False


class Lexicon:
    """All phrases.

    words: those that start one. triggers: the phrases a signal or an update cannot do without, by their longest word, each as
    the words it needs beside that one. dense: words of languages without spaces; dense_triggers: those among them. beside:
    meanings that hold only beside a side. beside_market: directions only behind a market. otherwise: what a weak label means
    when it heads no number. seen: the words that were looked up before, which are nearly all of the next post.
    """

    __slots__ = (
        "beside",
        "beside_market",
        "dense",
        "dense_triggers",
        "ignore",
        "longest",
        "otherwise",
        "root",
        "seen",
        "triggers",
        "words",
    )

    def __init__(self) -> None:
        self.root = Node()
        self.words: dict[str, Node] = self.root.following
        self.triggers: dict[str, list[frozenset[str]]] = {}
        self.dense: dict[str, Meaning] = {}
        self.dense_triggers = re.compile("(?!)")
        self.longest = 1
        self.beside: dict[str, Meaning] = {}
        self.beside_market: dict[str, Meaning] = {}
        self.otherwise: dict[str, Meaning] = {}
        self.ignore: tuple[tuple[str, ...], ...] = ()
        self.seen: dict[str, Word] = {}

    def add(self, phrase: str, meaning: Meaning) -> None:
        """Learn a phrase; the first to claim it keeps it."""
        parts = PARTS.findall(fold(phrase))
        if not parts:
            return
        node = self.root
        for part in parts:
            node = node.following.setdefault(part, Node())
        if node.meaning is not None:
            if node.meaning.concept in WEAK:
                self.otherwise.setdefault(" ".join(parts), meaning)
            return
        self._mean(phrase, parts, node, meaning)

    def _mean(self, phrase: str, parts: list[str], node: Node, meaning: Meaning) -> None:
        node.meaning = meaning
        words = [part for part in parts if part.isalpha()]
        if meaning.concept in TRIGGERS and words and phrase.casefold() != "be":
            longest = max(words, key=len)
            self.triggers[longest] = [*self.triggers.get(longest, ()), frozenset(words) - {longest}]
        if len(parts) == 1 and is_dense(parts[0]):
            self.dense[parts[0]] = meaning
            self.longest = max(self.longest, len(parts[0]))

    def another(self) -> Lexicon:
        """A table that knows the same and can be taught over it; this one stays as it is."""
        table = Lexicon()
        table.words.update(self.words)
        table.triggers = dict(self.triggers)
        table.dense, table.longest = dict(self.dense), self.longest
        table.otherwise = dict(self.otherwise)
        table.beside, table.beside_market = self.beside, self.beside_market
        return table

    def teach(self, phrase: str, meaning: Meaning) -> None:
        """Learn what a channel means by a phrase, whatever it meant before. Nodes on the way are copied, never changed."""
        parts = PARTS.findall(fold(phrase))
        node = self.root
        for part in parts:
            node.following[part] = node = _copied(node.following.get(part))
        if not parts:
            return
        before = node.meaning
        if before is not None and (before.concept, before.value) == (meaning.concept, meaning.value):
            return  # it means that already, and in a language: some words are heard by the rules of theirs alone
        if meaning.concept in WEAK and node.meaning is not None:
            self.otherwise[" ".join(parts)] = node.meaning
        self._mean(phrase, parts, node, meaning)


def _copied(node: Node | None) -> Node:
    """A node with the same meaning and the same words after it."""
    copy = Node()
    if node is not None:
        copy.meaning = node.meaning
        copy.following.update(node.following)
    return copy


def is_dense(word: str) -> bool:
    """Written without spaces between words: Chinese characters and Japanese kana."""
    return _DENSE.search(word) is not None


@cache
def languages() -> tuple[dict[str, Any], ...]:
    """The language files, in order."""
    folder = files(__package__).joinpath("languages")
    return tuple(tomllib.loads(folder.joinpath(f"{name}.toml").read_text(encoding="utf-8")) for name in ORDER)


@cache
def common() -> Lexicon:
    """What every channel is read with: every language, then the names of markets."""
    table = Lexicon()
    for data in languages():
        _add_language(table, data)
    for alias, symbol in symbols().aliases.items():
        table.add(alias, Meaning(Concept.SYMBOL, "", symbol))
    return table


@lru_cache(maxsize=128)
def lexicon(profile: Profile) -> Lexicon:
    """The table for a channel: what every channel is read with, and over it the channel's own."""
    table = common().another()
    for name in profile.symbols:
        table.teach(name, Meaning(Concept.SYMBOL, "profile", name))
    for symbol, words in profile.markets:
        for word in words:
            table.teach(word, Meaning(Concept.SYMBOL, "profile", symbol))
    for concept, words in profile.words:
        known = Concept.__members__.get(concept.upper())
        if known is not None:  # another version may have known more: then its words mean nothing here
            for word in words:
                table.teach(word, Meaning(known, "profile"))
    table.ignore = tuple(filter(None, map(pattern, profile.ignore)))
    starting = [
        word
        for word, meaning in table.dense.items()
        if meaning.concept in TRIGGERS or meaning.concept is Concept.STOP_WEAK
    ]
    table.dense_triggers = re.compile("|".join(map(re.escape, starting)))
    return table


def pattern(phrase: str) -> tuple[str, ...]:
    """A phrase to pass over, cut at its "*": the parts that must follow one another within a line."""
    return tuple(filter(None, (fold(part).strip() for part in phrase.split(ANYTHING))))


def is_passed_over(text: str, patterns: Iterable[tuple[str, ...]]) -> bool:
    """Whether a folded text holds one of the phrases. Each is looked for from left to right, once: linear in the text."""
    for parts in patterns:
        if parts[0] not in text:
            continue
        if len(parts) == 1 or any(_follow(line, parts) for line in text.split("\n")):
            return True
    return False


def _follow(line: str, parts: tuple[str, ...]) -> bool:
    """Whether a line holds the parts in their order. The earliest place of each leaves most room for the rest."""
    at = 0
    for part in parts:
        at = line.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def _add_language(table: Lexicon, data: dict[str, Any]) -> None:
    """One language file into the table."""
    name = data["language"]
    for concept, words in data["words"].items():
        meaning = Meaning(Concept[concept.upper()], name)
        for word in words:
            table.add(word, meaning)
    for word, number in data.get("ordinals", {}).items():
        table.add(word, Meaning(Concept.ORDINAL, name, number))
    for word, fraction in data.get("fractions", {}).items():
        table.add(word, Meaning(Concept.FRACTION, name, Decimal(fraction)))
    for word, symbol in data.get("symbols", {}).items():
        table.add(word, Meaning(Concept.SYMBOL, name, symbol))
    for word, symbol in data.get("symbols_beside", {}).items():
        table.beside[fold(word)] = Meaning(Concept.SYMBOL, name, symbol)
    for word, side in data.get("sides_beside", {}).items():
        table.beside_market[fold(word)] = Meaning(Concept[side.upper()], name)

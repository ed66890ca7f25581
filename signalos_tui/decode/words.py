"""What a word means by itself, worked out once for each word of a table: the same words come again for months.

What it means in company, as part of a phrase or beside a price, is the business of `naming`.
"""

from __future__ import annotations

from collections.abc import Iterator

from signalos_tui.decode.concepts import VARIANTS, Concept
from signalos_tui.decode.lexicon import Lexicon, Meaning, Node, Word, is_dense
from signalos_tui.decode.symbols import from_word

_MOST = 50_000
"""So many words are remembered; more come only from texts that are made up to fill the memory."""

_ARABIC_HEADS = frozenset("ولبعا")
_ARABIC_AND = "و"
_ARABIC_ARTICLES = (("لل", "ال"), ("بال", "ال"), ("عال", "ال"), ("ال", ""))
"""Arabic writes "and", "to the", "in the", "on the" and "the" as part of the next word: each, and what is left of it."""

SOFT = frozenset("-/.'_&*")
"""Marks a phrase may have between its words."""

_SYMBOL_LENGTHS = range(5, 25)


def look_up(text: str, table: Lexicon) -> Word:
    """What a word, or "@", is by itself."""
    word = table.seen.get(text)
    if word is None:
        if len(table.seen) >= _MOST:
            table.seen.clear()
        word = table.seen[text] = _looked_up(text, table)
    return word


def _looked_up(text: str, table: Lexicon) -> Word:
    """Its meaning in the table, with its article or drawn out; else the market it spells; else nothing."""
    text = text.replace(":", "")  # "r:r", the only word with a mark in it
    nodes = tuple(_nodes(text, table.words))
    meaning = nodes[-1].meaning if nodes else None
    following = frozenset(word for node in nodes for word in node.following)
    opens, leads_to = (nodes, following | SOFT) if following else ((), following)
    meaning = meaning or _drawn_out(text, table.words)
    if meaning is not None:
        concept, unit = VARIANTS.get(meaning.concept, (meaning.concept, ""))
        return Word(concept, meaning.value, unit, meaning.language, opens, leads_to)
    if text == "@":
        return Word(Concept.MARK, opens=opens, leads_to=leads_to)
    if is_dense(text):
        return Word(Concept.WORD, unit="dense", opens=opens, leads_to=leads_to, is_dense=True)
    symbol = from_word(text) if len(text) in _SYMBOL_LENGTHS else None
    return Word(Concept.SYMBOL if symbol else Concept.WORD, symbol, opens=opens, leads_to=leads_to)


def _nodes(text: str, words: dict[str, Node]) -> Iterator[Node]:
    """The word in the table, then without each small word that is written as part of it, up to the first with a meaning."""
    for written in (text, *_without_articles(text)):
        node = words.get(written)
        if node is not None:
            yield node
            if node.meaning is not None:
                return


def _without_articles(text: str) -> Iterator[str]:
    if text[0] in _ARABIC_HEADS:
        for article, left in ((_ARABIC_AND, ""), *_ARABIC_ARTICLES):
            if text.startswith(article):
                text = left + text[len(article) :]
                yield text


def _drawn_out(text: str, words: dict[str, Node]) -> Meaning | None:
    """What a shouted word means with its last letter once or twice: "buyyyy", "sellll", "nowww"."""
    if text[-3:] != text[-1] * 3:
        return None
    stem = text.rstrip(text[-1])
    for ending in (text[-1], text[-1] * 2):
        node = words.get(stem + ending)
        if stem and node is not None and node.meaning is not None:
            return node.meaning
    return None

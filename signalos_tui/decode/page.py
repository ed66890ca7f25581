"""A post as its rules see it: the tokens, and where each concept stands among them.

The index is made once, in one pass. A rule names the concepts it is about and gets their places; one whose concepts are not
in the post is never entered (`Rule`). So a post costs what it says, not everything it might have said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from itertools import chain

from msgspec import Struct

from signalos_tui.decode.concepts import SIDES, Concept
from signalos_tui.decode.normalise import Folded
from signalos_tui.decode.tokens import Token

_NOTHING: frozenset[str] = frozenset()


class Page:
    """One post. Nothing changes it once it is made.

    places: of each concept in the post, in order. sides: the places of directions. figures: the numbers that can be a price.
    words: the texts of all tokens. units: of numbers, stops and targets.
    """

    __slots__ = ("_below", "_prose", "figures", "folded", "places", "sides", "tokens", "units", "words")

    def __init__(self, tokens: list[Token], folded: Folded) -> None:
        self.tokens, self.folded = tokens, folded
        self.places: dict[Concept, list[int]] = {}
        places = self.places
        for at, token in enumerate(tokens):
            concept = token.concept
            if concept in places:
                places[concept].append(at)
            else:
                places[concept] = [at]
        self.words = {token.text for token in tokens}
        self.units = {tokens[at].unit for at in self.each(_MEASURED)}
        self.figures = [tokens[at] for at in self.only(Concept.NUMBER) if not tokens[at].unit]
        self.sides = self.each(SIDES)
        self._prose: frozenset[int] | None = None
        self._below: frozenset[int] | None = None

    def has(self, concepts: AbstractSet[Concept], words: AbstractSet[str] = _NOTHING) -> bool:
        """Any of these concepts, or of these words, is in the post."""
        return not self.places.keys().isdisjoint(concepts) or not (not words or words.isdisjoint(self.words))

    def each(self, concepts: AbstractSet[Concept], words: AbstractSet[str] = _NOTHING) -> list[int]:
        """The places of these concepts and of these words, in order."""
        places = self.places
        if not self.has(concepts, words):
            return []
        found = [places[one] for one in concepts if one in places]
        if words and not words.isdisjoint(self.words):
            found.append(self.said(words))
            return sorted(set().union(*found))
        if len(found) == 1:
            return found[0]
        return sorted(chain.from_iterable(found))

    def only(self, concept: Concept) -> list[int]:
        """The places of one concept, in order."""
        return self.places.get(concept, [])

    def said(self, words: AbstractSet[str]) -> list[int]:
        """The places of these words, in order."""
        return [at for at, token in enumerate(self.tokens) if token.text in words]

    def lines(self, concepts: AbstractSet[Concept]) -> frozenset[int]:
        """The lines on which one of these concepts stands."""
        tokens, places = self.tokens, self.places
        return frozenset([tokens[at].line for one in concepts if one in places for at in places[one]])

    @property
    def prose(self) -> frozenset[int]:
        """The lines that are talk: many unknown words, no symbol, no price."""
        if self._prose is None:
            lines = [self.tokens[at].line for at in self.each(_TALK)]
            talk = {line for line, later in zip(lines, lines[_MANY - 1 :], strict=False) if line == later}
            self._prose = frozenset(talk - self.lines(_MARKET) - {figure.line for figure in self.figures})
        return self._prose

    @property
    def below(self) -> frozenset[int]:
        """The long lines below the last price: disclaimers."""
        if self._below is None:
            last = self.figures[-1].line if self.figures else 0
            sizes = Counter([token.line for token in self.tokens if token.line > last])
            self._below = frozenset(line for line, size in sizes.items() if size > _DISCLAIMER)
        return self._below


_MEASURED = frozenset({Concept.NUMBER, Concept.STOP, Concept.TARGET})
_TALK = frozenset({Concept.WORD, Concept.FILLER})
_MARKET = frozenset({Concept.SYMBOL})
_MANY = 4
"""From so many words without meaning on, a line without symbol or price is talk."""

_DISCLAIMER = 9
"""A condition in a longer line below the last price is a disclaimer ("you enter if you agree"), not part of the call."""


class Rule(Struct, frozen=True, gc=False):
    """A question to a post, and what the answer yes is called.

    needs, words: the concepts and words without any of which the answer is no; then the question is not even asked.
    """

    code: str
    holds: Callable[[Page], bool]
    needs: frozenset[Concept] = frozenset()
    words: frozenset[str] = _NOTHING


def answers(rules: tuple[Rule, ...], page: Page) -> Iterator[str]:
    """The codes of the rules that hold, in their order."""
    concepts, words = page.places.keys(), page.words
    for rule in rules:
        if (concepts.isdisjoint(rule.needs) and words.isdisjoint(rule.words)) or not rule.holds(page):
            continue
        yield rule.code

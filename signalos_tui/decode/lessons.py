"""Whether a lesson can be taught: known meanings, words that are neither too short nor too common, sizes with an end.

What reverses, refuses or conditions a call keeps its meaning: no channel may be taught that "not" means nothing. Which word
meant something else so far is told, because a word taught wrongly is the owner's own trap.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from signalos_tui.decode.concepts import SIDES, VARIANTS, Concept
from signalos_tui.decode.lexicon import ANYTHING, PARTS, common, is_dense, pattern
from signalos_tui.decode.normalise import fold, normalise
from signalos_tui.decode.scan import scan
from signalos_tui.decode.symbols import from_word
from signalos_tui.decode.tokens import Token
from signalos_tui.model.lessons import MEANINGS, Lesson, Problem

MOST_WORDS = 200
MOST_PHRASES = 100
LONGEST_PHRASE = 80
"""Characters of one word or phrase."""
MOST_PARTS = 6
"""Words of one phrase; parts between the "*" of a phrase to pass over."""

SHORTEST_WORD = 2
SHORTEST_COMMAND = 3
SHORTEST_IGNORED = 5
"""Letters; a character of a language without spaces counts for two."""

_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._#+-]{1,23}")

_KEPT = frozenset(
    {
        *(Concept.OPTIONAL, Concept.CONDITION, Concept.NEGATION, Concept.RECAP, Concept.IDEA, Concept.REFUSAL),
        *(Concept.WAITING, Concept.PAST, Concept.STANDING, Concept.QUOTED, Concept.COMMANDING, Concept.CLOSED_SELF),
        *(Concept.CANCELLED, Concept.CLOSED, Concept.HIT),
        *(Concept.QUESTION, Concept.ASKING, Concept.ALREADY),
    }
)
"""How something is meant, and what is only a report: a word for it goes on meaning that."""

_SAID = frozenset({Concept.STOP, Concept.TARGET, Concept.ENTRY, Concept.NOW, Concept.LIMIT, Concept.STOP_ORDER, *SIDES})
"""What no name of a market may hold: the label in it would be heard no more."""

_COMMANDS = frozenset(
    {
        *(Concept.CLOSE, Concept.PARTIAL, Concept.BREAKEVEN, Concept.CANCEL, Concept.MOVE, Concept.REOPEN, Concept.ADD),
        *SIDES,
    }
)
"""What makes a post an order by itself: two letters are too little for that."""

_COMMON = frozenset(
    {Concept.FILLER, Concept.AND, Concept.OR, Concept.AT, Concept.TO, Concept.CONDITION_WEAK, Concept.OBJECT}
)
"""Everyday words that stand in every second post."""


def is_market_name(name: str) -> bool:
    """Whether a market could be called so: letters and digits, as in XAUUSD, US30, BTCUSDT, XAUUSD.m."""
    return _SYMBOL.fullmatch(name) is not None


def problems(lesson: Lesson) -> tuple[Problem, ...]:
    """Why a lesson cannot be taught; () when it can."""
    words = sum(len(known) for _, known in (*lesson.words, *lesson.markets))
    found: list[Problem] = []
    if words > MOST_WORDS:
        found.append(Problem("words", f"It has {words} words, at most {MOST_WORDS} can be taught"))
    if len(lesson.ignore) > MOST_PHRASES:
        found.append(Problem("ignore", f"It has {len(lesson.ignore)} phrases to pass over, at most {MOST_PHRASES}"))
    if found:
        return tuple(found)
    for concept, known in lesson.words:
        found.extend(_of_concept(concept, known))
    for symbol, known in lesson.markets:
        if not is_market_name(symbol):
            found.append(Problem("markets", f"{symbol[:40]!r} is no name of a market: letters and digits, XAUUSD"))
        found.extend(Problem("markets", why) for word in known for why in _of_word(word, Concept.SYMBOL))
    if lesson.default_symbol and not is_market_name(lesson.default_symbol):
        was = repr(lesson.default_symbol[:40])
        found.append(Problem("default_symbol", f"{was} is no name of a market: letters and digits, XAUUSD"))
    found.extend(Problem("ignore", why) for phrase in lesson.ignore for why in _of_phrase(phrase))
    found.extend(_twice(lesson))
    return tuple(found)


def remarks(lesson: Lesson) -> tuple[str, ...]:
    """What should be known about a lesson that can be taught: which of its words meant something else so far."""
    told = []
    for concept, known in lesson.words:
        for word in known:
            before = _meant(word)
            if before is not None and before is not Concept[concept.upper()]:
                told.append(f'"{word}" meant {_called(before)} so far; in this channel it will mean {_called(concept)}')
    for symbol, known in lesson.markets:
        for word in known:
            before = _meant(word)
            market = next((token.value for token in _tokens(word)), symbol)
            if before is Concept.SYMBOL and market != symbol:
                told.append(f'"{word}" meant {market} so far; in this channel it will mean {symbol}')
            elif before not in (None, Concept.SYMBOL):
                told.append(f'"{word}" meant {_called(before)} so far; in this channel it will mean {symbol}')
    return tuple(told)


def _of_concept(concept: str, words: tuple[str, ...]) -> Iterator[Problem]:
    if concept not in MEANINGS:
        close = difflib.get_close_matches(concept, MEANINGS, n=1, cutoff=0.5)
        hint = f'did you mean "{close[0]}"?' if close else f"known are {', '.join(MEANINGS)}"
        yield Problem("words", f'"{concept[:40]}" is no meaning a word can have: {hint}')
        return
    for word in words:
        for why in _of_word(word, Concept[concept.upper()]):
            yield Problem("words", why)


def _of_word(word: str, concept: Concept) -> Iterator[str]:
    parts = PARTS.findall(fold(word))
    shown = f'"{word[:LONGEST_PHRASE]}"'
    if len(word) > LONGEST_PHRASE or len(parts) > MOST_PARTS:
        yield f"{shown} is too long: at most {MOST_PARTS} words and {LONGEST_PHRASE} characters"
    elif any(part.isdigit() for part in parts) or any(character.isdigit() for character in word):
        yield f"{shown} has digits in it: a number is always read as a number"
    elif not parts or _letters(parts) < _shortest(concept):
        yield f"{shown} is too short: a word of at least {_shortest(concept)} letters is needed"
    else:
        yield from _taken(shown, word, concept)


def _taken(shown: str, word: str, concept: Concept) -> Iterator[str]:
    # What words mean already, and must go on meaning.
    tokens = [token for token in _tokens(word) if token.concept not in (Concept.MARK, Concept.BREAK)]
    whole = len(tokens) == 1
    base = VARIANTS.get(concept, (concept, ""))[0]
    for token in tokens:
        if token.concept is base:
            continue
        turns_round = token.concept in SIDES and (whole or concept in SIDES)
        swallows = concept is Concept.SYMBOL and token.concept in _SAID
        if token.concept in _KEPT or turns_round or swallows:
            yield f'{shown} holds "{token.text}", which means {_called(token.concept)}, in every channel'
        elif whole and token.concept in _COMMON:
            yield f"{shown} is too common: it stands in every second post"
        elif whole and token.concept is Concept.SYMBOL and concept is not Concept.SYMBOL:
            yield f"{shown} is a market's name ({token.value})"


def _of_phrase(phrase: str) -> Iterator[str]:
    shown, cut = f'"{phrase[:LONGEST_PHRASE]}"', pattern(phrase)
    if len(phrase) > LONGEST_PHRASE or len(cut) > MOST_PARTS:
        yield f'{shown} is too long: at most {LONGEST_PHRASE} characters and {MOST_PARTS} parts between "{ANYTHING}"'
    elif "\n" in phrase:
        yield f"{shown} has a line end in it: one line at most"
    elif _letters(cut) < SHORTEST_IGNORED:
        yield f"{shown} is too short to pass posts over: at least {SHORTEST_IGNORED} letters"
    elif _meant(phrase) is not None or from_word(fold(phrase).strip()) is not None:
        yield f"{shown} is a word of calls themselves: posts that matter would be passed over"


def _twice(lesson: Lesson) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, known in (*lesson.words, *lesson.markets):
        for word in known:
            key = " ".join(PARTS.findall(fold(word)))
            if seen.setdefault(key, name) != name:
                yield Problem("words", f'"{word}" has two meanings in it, {seen[key]} and {name}: leave one out')


def _shortest(concept: Concept) -> int:
    return SHORTEST_COMMAND if concept in _COMMANDS else SHORTEST_WORD


def _letters(parts: tuple[str, ...] | list[str]) -> int:
    return sum(2 if is_dense(character) else 1 for part in parts for character in part if character.isalpha())


def _tokens(phrase: str) -> list[Token]:
    return scan(normalise(phrase), common())


def _meant(phrase: str) -> Concept | None:
    # What a whole word or phrase means to every channel.
    node = common().root
    for part in PARTS.findall(fold(phrase)):
        if part not in node.following:
            return None
        node = node.following[part]
    return node.meaning.concept if node.meaning is not None else None


def _called(concept: Concept | str | None) -> str:
    name = concept.name.lower() if isinstance(concept, Concept) else str(concept)
    return f'"{MEANINGS.get(name, name.replace("_", " "))}"'

"""Words that two languages share: the language of the message decides what they mean.

"Hier" is a place in German and yesterday in French, "no" a refusal in English and an article in Portuguese. What is doubtful
stays a reason to hold: only short words lose a meaning, and only where no language the message is written in gives it to them.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

from signalos_tui.decode.concepts import VARIANTS, WEAK, Concept
from signalos_tui.decode.lexicon import is_dense, languages
from signalos_tui.decode.normalise import fold
from signalos_tui.decode.tokens import Token

_BY_CHANCE = 3
"""A longer word is no word of another language by chance: "falls" or "wer will" before English commands are a condition."""

_SPOKEN = 2
"""A language with so many words is spoken in a message, however many English labels stand beside them."""

_STRAY = frozenset({Concept.WAITING, Concept.PAST, Concept.QUOTED})
"""Meanings a single Latin word of another language may have by chance ("hier" is French for yesterday)."""

_MANNER = frozenset(
    {
        Concept.CONDITION,
        Concept.CONDITION_WEAK,
        Concept.OPTIONAL,
        Concept.RECAP,
        Concept.IDEA,
        Concept.HOLD,
    }
)
_GOING = frozenset({Concept.STOP, Concept.TARGET, Concept.SYMBOL, Concept.NUMBER})
_PLACES = frozenset({Concept.SYMBOL, Concept.STOP, Concept.TARGET, Concept.ENTRY, Concept.NUMBER})


ROMANCE_TO = "a"
"""The "to" of Spanish, Portuguese, Italian and French; an article in English."""


def settle_shared(tokens: list[Token], ways: list[int]) -> None:
    """Take meanings back from words of a language the message is not written in. ways: the places of `ROMANCE_TO`."""
    spoken = [token.language for token in tokens if token.language]
    for at in ways:
        _settle_romance(tokens, at)
    if len(set(spoken)) < 2:
        return
    counts = Counter(spoken)
    if counts.get("pt", 0) * 2 >= counts.get("es", 0) and "pt" in counts:
        _settle_portuguese(tokens)
    if "fr" in counts:
        _settle_french(tokens)
    _settle_claimed(tokens, counts)
    most = max(counts.values())
    for token in tokens:
        if token.language in ("", "en") or counts[token.language] * 2 > most or is_dense(token.text):
            continue
        if (token.concept in _MANNER and len(token.text) <= _BY_CHANCE) or (
            token.concept in _STRAY and token.text.isascii() and " " not in token.text
        ):
            owners = _owners().get((token.concept, token.text), ())
            if not any(counts.get(owner, 0) >= min(most, _SPOKEN) for owner in owners):
                token.concept = Concept.WORD


def _settle_romance(tokens: list[Token], at: int) -> None:
    """The "a" of Spanish, Portuguese, Italian and French is "to" between a level and where it goes ("SL a 4065")."""
    before = tokens[at - 1].concept if at else None
    after = tokens[at + 1].concept if at + 1 < len(tokens) else None
    if before in _GOING and after in (Concept.NUMBER, Concept.TARGET, Concept.ENTRY):
        tokens[at].concept, tokens[at].language = Concept.TO, ""


def _settle_claimed(tokens: list[Token], counts: Counter[str]) -> None:
    """A word that an earlier language claims means what the language of the message says: Dutch "op" is no Indonesian order."""
    claimed = _meanings()
    known = counts.copy()  # and the words that another language claimed before
    for token in tokens:
        if token.text in claimed:
            known.update(name for name in claimed[token.text] if name != token.language)
    leader = max(counts, key=lambda name: (name != "en", known[name]))
    for token in tokens:
        if token.language in ("", "en", leader) or known[token.language] * 2 > known[leader]:
            continue
        concept = claimed.get(token.text, {}).get(leader)
        if concept is not None and concept is not token.concept and concept not in WEAK:
            token.concept, token.unit = VARIANTS.get(concept, (concept, ""))
            token.language, token.value = leader, None


@cache
def _meanings() -> dict[str, dict[str, Concept]]:
    """The single words that languages give different meanings, and what each of them says."""
    found: dict[str, dict[str, Concept]] = {}
    for data in languages():
        for concept, words in data["words"].items():
            for word in words:
                found.setdefault(fold(word), {}).setdefault(data["language"], Concept[concept.upper()])
    return {word: said for word, said in found.items() if " " not in word and len(set(said.values())) > 1}


def _settle_portuguese(tokens: list[Token]) -> None:
    """Portuguese says "não" for no; its "no" is "in the", before a market or a level ("venda no ouro", "no TP1")."""
    for at, token in enumerate(tokens[:-1]):
        if token.text != "no" or token.concept is not Concept.NEGATION:
            continue
        following = tokens[at + 1]
        if following.line == token.line and (following.concept in _PLACES or following.language == "pt"):
            token.concept, token.language = Concept.AT, "pt"


def _settle_french(tokens: list[Token]) -> None:
    """French gold is "or": a market where it heads a line with a colon behind it ("Or : nouvel objectif 4150")."""
    for at, token in enumerate(tokens[:-1]):
        heads = at == 0 or tokens[at - 1].concept is Concept.BREAK
        if heads and token.text == "or" and token.concept is Concept.OR and tokens[at + 1].text == ":":
            token.concept, token.language, token.value = Concept.SYMBOL, "fr", "XAUUSD"


@cache
def _owners() -> dict[tuple[Concept, str], frozenset[str]]:
    """The languages that give a single word such a meaning; a message names only the first of them."""
    owners: dict[tuple[Concept, str], frozenset[str]] = {}
    for data in languages():
        for concept in _MANNER | _STRAY:
            for word in data["words"].get(concept.name.lower(), ()):
                key = (concept, fold(word))
                owners[key] = owners.get(key, frozenset()) | {data["language"]}
    return owners

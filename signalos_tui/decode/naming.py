"""Give phrases their meaning, and then the few words that mean something only in company. What a word means alone: `words`.

"be" is break-even beside a stop, "take" a target before a number, "or" is gold beside a French "buy". A word that only its
accents tell from another ("bán", to sell, and "bạn", you) counts only with them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache

from signalos_tui.decode.concepts import SIDES, VARIANTS, WEAK, Concept
from signalos_tui.decode.dense import is_direction, words_of
from signalos_tui.decode.lexicon import Lexicon, Meaning, Node, Word, common, is_dense, languages
from signalos_tui.decode.normalise import Folded, fold
from signalos_tui.decode.pairing import TAGS
from signalos_tui.decode.symbols import symbols
from signalos_tui.decode.tokens import Token
from signalos_tui.decode.tongues import ROMANCE_TO, settle_shared
from signalos_tui.decode.words import SOFT

# Looked up for every token; an enumeration member costs a descriptor call each time.
_WORD, _MARK, _BREAKEVEN, _SYMBOL = Concept.WORD, Concept.MARK, Concept.BREAKEVEN, Concept.SYMBOL

Opening = tuple[int, Word]
"""A place where a phrase may begin, or a run of characters that is several words."""


def join_phrases(tokens: list[Token], openings: list[Opening], table: Lexicon, folded: Folded) -> list[Token]:
    """Make each phrase one token with its meaning. tokens: each word with the meaning it has by itself."""
    named: list[Token] = []
    done, last = 0, len(tokens) - 1
    for at, word in openings:
        if at < done or (at < last and tokens[at + 1].text not in word.leads_to and not word.is_dense):
            continue  # inside a phrase, or none begins
        meaning, after = _phrase(tokens, at, word)
        if meaning is not None and after > at + 1:
            if meaning.concept is _SYMBOL and _is_share_of_sentence(tokens, at, after, folded):
                continue
            named += tokens[done : at + 1]
            _mean(tokens[at], tokens[at:after], meaning)
        elif meaning is None and word.is_dense:
            named += tokens[done:at]
            named += _cut_up(tokens[at], table)
        else:
            continue
        done = after
    return named + tokens[done:] if done else tokens


def _is_share_of_sentence(tokens: list[Token], at: int, after: int, folded: Folded) -> bool:
    """A small word and a number behind it that measures something: "sair de 30%", "follow us 100 %", "in us 30 min".

    "de" is a word of half of Europe: apart from its number it names a market in capitals only.
    """
    first, last = tokens[at], tokens[after - 1]
    if last.concept is not Concept.NUMBER or last.start == tokens[after - 2].end:
        return False
    following = tokens[after] if after < len(tokens) else None
    if following is not None and (following.text == "%" or following.concept in _MEASURES):
        return True
    return first.text == "de" and not _in_capitals(first, folded)


_MEASURES = frozenset({Concept.PERCENT, Concept.DURATION, Concept.PIPS, Concept.POINTS})


def _phrase(tokens: list[Token], at: int, word: Word) -> tuple[Meaning | None, int]:
    """The longest phrase that starts at a word, by the first of its ways that leads to one, and the place after it."""
    for node in word.opens:
        meaning, after = _longest(tokens, at, node)
        if meaning is not None:
            return meaning, after
    return None, at + 1


def _cut_up(run: Token, table: Lexicon) -> Iterator[Token]:
    """The words of a run of characters, each with its meaning."""
    for part, known in words_of(run, table):
        if known is not None:
            _mean(part, [part], known)
        yield part


def _longest(tokens: list[Token], at: int, node: Node) -> tuple[Meaning | None, int]:
    """The longest phrase that starts at a token: its meaning and the place after it."""
    best, after = node.meaning, at + 1
    here, count = at + 1, len(tokens)
    while node.following and here < count:
        skipped = 0
        while here < count and tokens[here].concept is _MARK and tokens[here].text in SOFT and skipped < 2:
            here, skipped = here + 1, skipped + 1
        if here >= count or (skipped and tokens[here - 1].text == "." and tokens[here].start > tokens[here - 1].end):
            break  # "TP1 hit. SL to entry": a full stop ends a phrase, the dot of "S.L" does not
        following = node.following.get(tokens[here].text)
        if following is None:
            break
        node = following
        here += 1
        if node.meaning is not None:
            best, after = node.meaning, here
    return best, after


def _mean(token: Token, phrase: list[Token], meaning: Meaning) -> None:
    """Make the first token of a phrase stand for all of it."""
    token.concept, token.value, token.language = meaning.concept, meaning.value, meaning.language
    token.unit = ""
    if meaning.concept in VARIANTS:
        token.concept, token.unit = VARIANTS[meaning.concept]
    if len(phrase) > 1:
        token.end = phrase[-1].end
        token.text = " ".join(part.text for part in phrase)


def doubtful(tokens: list[Token]) -> list[int]:
    """The places of words that the company they stand in may give another meaning."""
    words, concepts = _doubtful_words(), _DOUBTFUL
    return [at for at, token in enumerate(tokens) if token.text in words or token.concept in concepts]


@cache
def _doubtful_words() -> frozenset[str]:
    """The words that mean something else, or nothing, in the wrong company."""
    table, known = common(), symbols()
    company = (ROMANCE_TO, *known.tickers, *_as_written(), *table.beside, *table.beside_market)
    return frozenset(company) | known.quoted | TAGS


_DOUBTFUL = frozenset({*WEAK, Concept.SYMBOL, Concept.BREAKEVEN})


def settle(tokens: list[Token], places: list[int], table: Lexicon, folded: Folded) -> None:
    """Give or take back meanings that only hold in the right company. places: of the doubtful words."""
    for at in places:
        _settle_word(tokens, at, table, folded)
    settle_shared(tokens, [at for at in places if tokens[at].text == ROMANCE_TO and tokens[at].language])


def _settle_word(tokens: list[Token], at: int, table: Lexicon, folded: Folded) -> None:
    """What one word means where it stands."""
    token, written = tokens[at], _as_written()
    text = token.text
    if text in written:
        _settle_written(token, written[text], folded)
    if token.concept is _WORD:
        if text in symbols().tickers and _in_capitals(token, folded):
            token.unit = "coin"
    elif token.concept in WEAK:
        _strengthen(tokens, at, table)
    elif token.concept is Concept.SYMBOL and len(text) <= _SHORT_NAME and not token.language:
        if _is_accented(token, folded):
            token.concept, token.value = _WORD, None
    elif token.concept is _BREAKEVEN and text in _BE and not _means_breakeven(tokens, at, folded):
        token.concept = _WORD
    if text in table.beside:
        _settle_beside(tokens, at, table.beside[text])
    elif text in table.beside_market and token.concept not in SIDES:
        _settle_beside_market(tokens, at, table.beside_market[text], folded)


_SHORT_NAME = 3
"""A name of a market this short is also a word of some language, once its accents are left out: CAC and "các"."""


def _is_accented(token: Token, folded: Folded) -> bool:
    """Written with an accent, as words are and short names of markets are not."""
    span = folded.span(token.start, token.end)
    written = unicodedata.normalize("NFC", folded.original[span.start : span.end])
    return any(unicodedata.decomposition(letter)[:1] not in ("", "<") for letter in written)


def _in_capitals(token: Token, folded: Folded) -> bool:
    """Written in capitals in the original, or in a script that has none."""
    span = folded.span(token.start, token.end)
    written = folded.original[span.start : span.end]
    return written == written.upper()


def _strengthen(tokens: list[Token], at: int, table: Lexicon) -> None:
    """What a weak label means here: "take 30%", "take half" secure, "take 1.09" is a target, "take care" nothing."""
    token = tokens[at]
    after = tokens[at + 1 : at + 3]
    share = bool(after) and (after[0].concept is Concept.FRACTION or after[-1].text == "%" or _is_slashed(after))
    if token.concept is Concept.TARGET_WEAK and share:
        token.concept = Concept.SECURE
    elif _heads_number(tokens, at) and not _is_wish(tokens, at, table):
        token.concept, token.unit = WEAK[token.concept], "weak"
    elif token.text in table.otherwise:
        meaning = table.otherwise[token.text]
        token.concept, token.value, token.language = meaning.concept, meaning.value, meaning.language
    else:
        token.concept = _WORD


def _is_slashed(after: list[Token]) -> bool:
    """The beginning of 1/2, 1/3, 2/3, 3/4."""
    return after[-1].text == "/" and after[0].text in _NUMERATORS


_NUMERATORS = frozenset("123")


def _is_wish(tokens: list[Token], at: int, table: Lexicon) -> bool:
    """No target yet: "looking for 4050" is one behind the price of a call; before it, an entry is hoped for as likely."""
    otherwise = table.otherwise.get(tokens[at].text)
    if otherwise is None or otherwise.concept is not Concept.OPTIONAL:
        return False
    said = {token.concept for token in tokens[max(0, at - _CALL) : at]}
    return Concept.NUMBER not in said or said.isdisjoint({*SIDES, Concept.STOP})


_CALL = 40
"""A call takes no more tokens than this up to its targets."""

_BE = frozenset({"be", "be now"})


def _means_breakeven(tokens: list[Token], at: int, folded: Folded) -> bool:
    """In capitals near a stop or a close, in small letters right behind one or behind "to"; "BE now" by its capitals."""
    if tokens[at].text != "be":
        start = folded.span(tokens[at].start, tokens[at].end).start
        return folded.original[start : start + 2].isupper()
    capitals = _in_capitals(tokens[at], folded)
    near = tokens[max(0, at - 6) : at + 5] if capitals else tokens[max(0, at - 1) : at]
    company = _LEVEL_TALK if capitals else _LEVEL_MOVES
    line = tokens[at].line
    if capitals and at and tokens[at - 1].concept in _LEVEL_MOVES and tokens[at - 1].line == line:
        return True
    return any(
        (other.concept in company or (capitals and other.unit == "rest")) and other.line == line for other in near
    )


def _settle_beside(tokens: list[Token], at: int, meaning: Meaning) -> None:
    """A word that names a market only beside a side of its own language."""
    near = tokens[max(0, at - 1) : at + 2]
    if any(other.concept in SIDES and other.language == meaning.language for other in near):
        tokens[at].concept, tokens[at].value = meaning.concept, meaning.value


def _settle_beside_market(tokens: list[Token], at: int, meaning: Meaning, folded: Folded) -> None:
    """A word that is a direction only beside a market: behind it and before a price or the end ("GOLD SAT"), or in front.

    In capitals behind a market it is one in any company; elsewhere the words around must be of its language.
    """
    token = tokens[at]
    farther = 2 if at > 1 and tokens[at - 1].concept is Concept.NOW else 1
    before = tokens[at - farther] if at else None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    ends = after is None or after.concept in (Concept.BREAK, Concept.NUMBER, _MARK, Concept.AT, Concept.NOW)
    follows = ends and before is not None and before.line == token.line
    behind = follows and before is not None and _names_market(before)
    leads = after is not None and after.line == token.line and _names_market(after)
    called = behind and _in_capitals(token, folded)
    called = called or ((behind or leads) and _is_spoken(tokens, at, meaning.language))
    if called or (is_dense(token.text) and is_direction(tokens, at)):
        token.concept, token.language = meaning.concept, meaning.language


_EARSHOT = 12
"""So many words around a word tell which language it is in."""


def _is_spoken(tokens: list[Token], at: int, language: str) -> bool:
    """Another word near this one is of the language."""
    near = (*tokens[max(0, at - _EARSHOT) : at], *tokens[at + 1 : at + 1 + _EARSHOT])
    return any(other.language == language for other in near)


@cache
def _as_written() -> dict[str, dict[str, Meaning]]:
    """The words that count only with their accents: folded word -> each way to write it, and what it means."""
    found: dict[str, dict[str, Meaning]] = {}
    for data in languages():
        for word, concept in data.get("as_written", {}).items():
            found.setdefault(fold(word), {})[word] = Meaning(Concept[concept.upper()], data["language"])
    return found


def _settle_written(token: Token, known: dict[str, Meaning], folded: Folded) -> None:
    """A word that counts only as it is written in the language file, accents and all."""
    span = folded.span(token.start, token.end)
    meaning = known.get(unicodedata.normalize("NFC", folded.original[span.start : span.end]).lower())
    if meaning is not None:
        _mean(token, [token], meaning)
        token.value = None


def _names_market(token: Token) -> bool:
    """A market, already named or still to be."""
    return token.concept is Concept.SYMBOL or token.unit == "coin"


def _follows_word(tokens: list[Token], at: int) -> bool:
    """An unknown word before it on its line: the "price" of "SLL price 1.0850" may be any."""
    before = next((other for other in reversed(tokens[max(0, at - 3) : at]) if other.concept is not _MARK), None)
    if before is None or before.line != tokens[at].line:
        return False
    return (before.concept is _WORD and not before.unit) or before.concept is Concept.DURATION


def _heads_number(tokens: list[Token], at: int) -> bool:
    """A weak label ("price", "take") counts only with a colon or a number right behind it, and no label before it."""
    token = tokens[at]
    if token.concept is Concept.ENTRY_WEAK and _follows_word(tokens, at):
        return False
    if at and tokens[at - 1].concept in _LABELS and tokens[at - 1].line == token.line:
        return False
    for other in tokens[at + 1 : at + 6]:
        if other.line != token.line or other.concept is Concept.BREAK:
            return False
        if other.concept in (Concept.NUMBER, Concept.INDEX) or (other.text in {":", "="} and other is tokens[at + 1]):
            return True
        if other.concept not in (_MARK, Concept.AT):
            return False
    return False


_LABELS = frozenset({Concept.STOP, Concept.TARGET, Concept.ENTRY, Concept.REFERENCE})
_LEVEL_MOVES = frozenset({Concept.STOP, Concept.MOVE, Concept.TO, Concept.AT})
_LEVEL_TALK = frozenset({Concept.STOP, Concept.MOVE, Concept.CLOSE, Concept.PARTIAL, Concept.HIT, Concept.FRACTION})

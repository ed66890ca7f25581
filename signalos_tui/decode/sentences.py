"""Cut a post into sentences, each the set of its concepts with the few values a follow-up can carry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from msgspec import Struct

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.tokens import Token
from signalos_tui.model.signals import Reason, Side

_ENDS = frozenset({".", "!", "?", ";", "؟", "·"})
_QUESTIONS = frozenset({"?", "؟"})
_LABELS = frozenset({Concept.STOP, Concept.TARGET, Concept.BREAKEVEN})
_BETWEEN = frozenset({Concept.WORD, Concept.DURATION, Concept.SYMBOL})
_DIRECTIONS = {Concept.BUY: Side.BUY, Concept.BUYS: Side.BUY, Concept.SELL: Side.SELL, Concept.SELLS: Side.SELL}


_CARRIERS = frozenset(
    {Concept.FRACTION, Concept.ORDINAL, Concept.SYMBOL, Concept.CLOSE, Concept.STOP, Concept.TARGET, *_DIRECTIONS}
)
"""What carries a value, or more than its concept says."""


class Sentence:
    """One sentence as the set of its concepts, with the tokens that carry values."""

    __slots__ = (
        "concepts",
        "doubts",
        "fraction",
        "market",
        "marks",
        "numbers",
        "ordinal",
        "question",
        "side",
        "symbols",
        "target_numbers",
        "tokens",
        "unknown",
    )

    def __init__(self, tokens: list[Token], end: str) -> None:
        kinds = [token.concept for token in tokens]
        if Concept.CANCEL in kinds or Concept.CANCELLED in kinds:
            tokens = _without_echo(tokens)
            kinds = [token.concept for token in tokens]
        self.tokens = tokens
        self.concepts = set(kinds)
        self.question = end in _QUESTIONS or Concept.QUESTION in self.concepts
        self.unknown = kinds.count(Concept.WORD)
        self.marks = (
            {token.text for token in tokens if token.concept is Concept.MARK} if self.has(Concept.MARK) else set()
        )
        counted = self.has(Concept.NUMBER)
        self.numbers = [t for t in tokens if t.concept is Concept.NUMBER and not t.listed] if counted else []
        self.target_numbers = _target_numbers(tokens) if counted and self.has(Concept.TARGET) else {}
        self.symbols: list[str] = []
        self.market: str | None = None
        self.fraction: Decimal | None = None
        self.ordinal: int | None = None
        self.side: Side | None = None
        self.doubts: list[Reason] = []
        for token in [token for token in tokens if token.concept in _CARRIERS]:
            if token.concept is Concept.FRACTION and isinstance(token.value, Decimal):
                self.fraction = self.fraction or token.value
            elif token.concept is Concept.ORDINAL and isinstance(token.value, int):
                self.ordinal = self.ordinal or token.value
            elif token.concept is Concept.SYMBOL:
                if token.value not in self.symbols:
                    self.symbols.append(str(token.value))
            elif token.concept in _DIRECTIONS:
                self.side = self.side or _DIRECTIONS[token.concept]
                if token.unit == "limit":
                    self.concepts.add(Concept.LIMIT)
            elif token.concept is Concept.CLOSE and token.unit == "optional":
                self.concepts.add(Concept.OPTIONAL)
            elif token.unit == "new":
                self.concepts.add(Concept.MOVE)

    @property
    def symbol(self) -> str | None:
        """The first market it names."""
        return self.symbols[0] if self.symbols else None

    @property
    def target(self) -> int | None:
        """Which target it speaks of, from 1."""
        if self.target_numbers:
            return next(iter(self.target_numbers.values()))
        index = next((token.value for token in self.tokens if token.concept is Concept.INDEX), None)
        return self.ordinal or (index if isinstance(index, int) else None)

    @property
    def opens(self) -> Concept | None:
        """What it begins with, marks aside."""
        return next((token.concept for token in self.tokens if token.concept is not Concept.MARK), None)

    @property
    def closes(self) -> Concept | None:
        """What it ends with, marks aside."""
        return next((token.concept for token in reversed(self.tokens) if token.concept is not Concept.MARK), None)

    @property
    def names_price(self) -> bool:
        """It holds a number that can be a price and is not the 1 of "TP1"."""
        return any(not n.unit and not n.sign and n.start not in self.target_numbers for n in self.numbers)

    @property
    def names_size(self) -> bool:
        """It counts lots or contracts ("0.02 lots"); "some lots" does not."""
        return any(number.unit == "no" for number in self.numbers)

    def directs(self, *words: Concept) -> bool:
        """A verb of moving, or one of these words behind the label of a level: "SL to 1.08", never "do sell, SL 1.08"."""
        if Concept.MOVE in self.concepts:
            return True
        kinds = [token.concept for token in self.tokens]
        label = next((at for at, kind in enumerate(kinds) if kind in _LABELS), len(kinds))
        return any(kind in words for kind in kinds[label:])

    @property
    def strays(self) -> bool:
        """Unknown words between the label of a level and the price: "our target for this year: 100000"."""
        label = next((at for at, token in enumerate(self.tokens) if token.concept in _LABELS), len(self.tokens))
        following = self.tokens[label:]
        end = next((at for at, token in enumerate(following) if token in self.numbers), 0)
        return any(token.concept in _BETWEEN for token in following[:end])

    def clause_start(self, at: int) -> int:
        """Where the clause of a token begins: behind the comma or the "and" before it."""
        while at and self.tokens[at - 1].concept not in (Concept.MARK, Concept.AND, Concept.OR):
            at -= 1
        return at

    def has(self, *concepts: Concept) -> bool:
        """Any of these concepts is in the sentence."""
        return not self.concepts.isdisjoint(concepts)


class Objection(Struct, frozen=True, gc=False):
    """A question to a sentence, and the reason it gives when the answer is yes.

    needs: one of these concepts has to be in the sentence; else the question is not even asked.
    """

    code: str
    text: str
    holds: Callable[[Sentence], bool]
    needs: frozenset[Concept]


def objections(known: tuple[Objection, ...], part: Sentence) -> Iterator[Reason]:
    """The reasons of those that hold, in their order."""
    for one in known:
        if not part.concepts.isdisjoint(one.needs) and one.holds(part):
            yield Reason(one.code, one.text)


def sentences(tokens: list[Token]) -> list[Sentence]:
    """Cut tokens into sentences at line ends and full stops."""
    found: list[Sentence] = []
    start = 0
    for at, token in enumerate(tokens):
        if token.concept is Concept.BREAK or token.text in _ENDS:
            if any(t.concept is not Concept.MARK for t in tokens[start:at]):
                found.extend(Sentence(clause, token.text) for clause in _clauses(tokens[start:at]))
            elif found and token.text in _QUESTIONS:
                found[-1].question = True
            start = at + 1
    if any(t.concept is not Concept.MARK for t in tokens[start:]):
        found.extend(Sentence(clause, "") for clause in _clauses(tokens[start:]))
    return found


def _clauses(tokens: list[Token]) -> list[list[Token]]:
    """Two commands in one breath, each with a market or a side of its own: "close gold, cancel the EURUSD order".

    Nothing is cut where a condition, a maybe or a negation could govern both.
    """
    apart = _levels_apart(tokens)
    if apart:
        return [tokens[:apart], tokens[apart:]]
    kinds = [token.concept for token in tokens]
    several = kinds.count(Concept.SYMBOL) >= _TWO or (Concept.BUYS in kinds and Concept.SELLS in kinds)
    if not several or not _GOVERNING.isdisjoint(kinds):
        return [tokens]
    for at, token in enumerate(tokens[:-1]):
        if (token.concept is Concept.AND or token.text in {",", "&"}) and _begins_clause(tokens[at + 1]):
            halves = [tokens[:at], tokens[at + 1 :]]
            named, rest = ({other.concept for other in half} for half in halves)
            apart = Concept.SYMBOL in named & rest or (named | rest >= _BOTH and not _BOTH & named & rest)
            if apart and not named.isdisjoint(_COMMANDING | {Concept.BREAKEVEN}):
                return halves
    return [tokens]


def _begins_clause(token: Token) -> bool:
    """A verb of its own: of a command, or of what stays ("keep silver", "hold sells")."""
    return token.concept in _COMMANDING or token.concept is Concept.HOLD or token.unit == "keep"


_BOTH = frozenset({Concept.BUYS, Concept.SELLS})


def _levels_apart(tokens: list[Token]) -> int:
    """Where a price for the target ends and what becomes of the stop begins: "TP to 4095, SL stays". 0: nothing to cut.

    Not where either could hang on the other: "at TP 4095 SL to BE", "SL to BE at TP1 4080".
    """
    labels = [at for at, token in enumerate(tokens) if token.concept in _LABELS]
    if len(labels) < _TWO:
        return 0
    kinds = [tokens[at].concept is Concept.TARGET for at in labels]
    second = next((at for at, one in zip(labels, kinds, strict=True) if one is not kinds[0]), 0)
    if not second or kinds[labels.index(second) :] != [kinds[-1]] * (len(labels) - labels.index(second)):
        return 0
    if not _HINGED.isdisjoint(token.concept for token in tokens) or tokens[0].concept is Concept.AT:
        return 0
    cut = next((at for at in range(second - 1, labels[0], -1) if _parts(tokens[at])), 0)
    halves = [tokens[: cut or second], tokens[cut or second :]]
    priced = [any(_is_long_figure(token) for token in half) for half in halves]
    if priced != [kinds[0], not kinds[0]]:
        return 0
    target = halves[0] if kinds[0] else halves[1]
    moved = any(token.concept in (Concept.MOVE, Concept.TO) or token.unit == "new" for token in target)
    stays = any(token.concept is Concept.ALREADY for half in halves for token in half)
    if kinds[0]:
        return (cut or second) if moved or stays else 0  # "TP1 4080, SL to BE" may say when
    return (cut or second) if cut or stays else 0


def _parts(token: Token) -> bool:
    return token.concept is Concept.AND or token.text in _PARTING


def _is_long_figure(token: Token) -> bool:
    return token.concept is Concept.NUMBER and not token.unit and len(token.text) > _TWO


_PARTING = frozenset({",", "&", "-", "|", "/"})
_TWO = 2
_COMMANDING = frozenset({Concept.CLOSE, Concept.CANCEL, Concept.MOVE, Concept.SECURE, Concept.PARTIAL})
_GOVERNING = frozenset(
    {
        Concept.CONDITION,
        Concept.CONDITION_WEAK,
        Concept.OPTIONAL,
        Concept.NEGATION,
        Concept.REFUSAL,
        Concept.ASKING,
        Concept.OR,
        Concept.WAITING,
        Concept.PAST,
        Concept.QUOTED,
        Concept.IDEA,
    }
)

_HINGED = _GOVERNING - {Concept.NEGATION} | {Concept.HIT}
"""What one half of a sentence may say of the other; "don't touch the SL" speaks of its own half alone."""


def _without_echo(tokens: list[Token]) -> list[Token]:
    """Without what only says a cancellation again, or why: "signal cancelled, do not enter", "cancel it, we missed it"."""
    at = next(at for at, token in enumerate(tokens) if token.concept in _CANCELLING)
    return [*tokens[:at], *(token for token in tokens[at:] if not _echoes(token))]


def _echoes(token: Token) -> bool:
    return (token.concept is Concept.REFUSAL and token.text in _BARRING) or token.text in _MISSING


_CANCELLING = frozenset({Concept.CANCEL, Concept.CANCELLED})
_BARRING = frozenset(
    f"{no} {verb}" for no in ("don t", "do not", "dont") for verb in ("enter", "take", "trade", "open", "buy", "sell")
)
_MISSING = frozenset({"missed", "we missed", "i missed"})


def _target_numbers(tokens: list[Token]) -> dict[int, int]:
    """The numbers that name a target ("TP1", "2nd target", "1 тейк"), by where they start."""
    found: dict[int, int] = {}
    for at, token in enumerate(tokens):
        if token.concept is Concept.NUMBER and token.text.isdigit() and len(token.text) <= 2:
            before = tokens[at - 1] if at else None
            after = tokens[at + 1] if at + 1 < len(tokens) else None
            if any(other is not None and other.concept is Concept.TARGET for other in (before, after)):
                found[token.start] = int(token.text)
    return found

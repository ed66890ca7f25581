"""What a correction could teach: the difference between the reader's reading and the owner's, as lessons he may take or leave.

Only proposals. Each is tried on the post itself, and those that make the reader agree with the owner come first; what a lesson
does to the rest of a channel is for a rehearsal to show.
"""

from __future__ import annotations

from collections.abc import Iterator

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.drafts import Draft, Price
from signalos_tui.decode.learned import infer_side
from signalos_tui.decode.lessons import LONGEST_PHRASE, problems
from signalos_tui.decode.lexicon import lexicon
from signalos_tui.decode.normalise import Folded, normalise
from signalos_tui.decode.pipeline import read
from signalos_tui.decode.profile import Profile, profile_of
from signalos_tui.decode.scan import scan
from signalos_tui.decode.tokens import Token
from signalos_tui.model.lessons import Lesson, Suggestion
from signalos_tui.model.signals import (
    Distance,
    Level,
    Number,
    Reading,
    ReadingVerdict,
    Side,
    Signal,
    Span,
    Update,
    UpdateAction,
)

MOST = 6
"""So many suggestions are shown for one post."""
_PHRASES = 2
_LONGEST_LABEL = 3
_WORDS_OF_PHRASE = 6

_ACTIONS = {
    UpdateAction.CLOSE: "close",
    UpdateAction.CLOSE_PARTIAL: "partial",
    UpdateAction.BREAKEVEN: "breakeven",
    UpdateAction.MOVE_SL: "move",
    UpdateAction.MOVE_TP: "move",
    UpdateAction.CANCEL: "cancel",
    UpdateAction.REOPEN: "reopen",
    UpdateAction.ADD: "add",
}
_ROLES = {
    "stop": frozenset({Concept.STOP}),
    "target": frozenset({Concept.TARGET}),
    "entry": frozenset({Concept.ENTRY, Concept.AT, Concept.NOW, Concept.BUY, Concept.SELL, Concept.LIMIT}),
}
_ANCHORS = frozenset({Concept.BUY, Concept.SELL, Concept.NOW, Concept.LIMIT, Concept.STOP_ORDER, Concept.SYMBOL})
_BETWEEN = frozenset({Concept.BREAK, Concept.MARK, Concept.INDEX, Concept.NUMBER, Concept.AND, Concept.TO})


def propose(text: str, owner: Reading, lesson: Lesson, symbols: tuple[str, ...] = ()) -> tuple[Suggestion, ...]:
    """What could be taught so that the reader reads this post as the owner does, the most helpful first.

    owner: his reading, proven. lesson: what the channel knows already. symbols: the owner's own names of markets. Nothing is
    proposed that could not be taught, that is known already, or that makes the reader agree less.
    """
    profile = profile_of(lesson, symbols)
    reading = read(text, profile)
    now = disagreement(reading, owner)
    if now == 0 and reading.verdict is not ReadingVerdict.HOLD:
        return ()
    found: dict[Lesson, int] = {}
    for single in _candidates(text, reading, owner, profile):
        if single in lesson.singles or single in found or problems(single):
            continue
        taught = read(text, profile_of(lesson.merged(single), symbols))
        then = disagreement(taught, owner)
        ends_a_doubt = then == now and taught.verdict is not reading.verdict
        if then < now or ends_a_doubt:
            found[single] = then
    ranked = sorted(found, key=lambda single: found[single])
    return tuple(Suggestion(single, single.sentences[0]) for single in ranked[:MOST])


def disagreement(reading: Reading, owner: Reading) -> int:
    """In how many things the reader and the owner differ about a post; 0 when they agree."""
    if reading.verdict is ReadingVerdict.IGNORE and owner.verdict is ReadingVerdict.IGNORE:
        return 0
    signals = zip(_padded(reading.signals, owner.signals), _padded(owner.signals, reading.signals), strict=True)
    updates = zip(_padded(reading.updates, owner.updates), _padded(owner.updates, reading.updates), strict=True)
    count = sum(_apart(_facts(mine), _facts(his)) for mine, his in signals)
    count += sum(_apart(_wishes(mine), _wishes(his)) for mine, his in updates)
    return count + (reading.kind is not owner.kind)


def _padded(mine: tuple[Signal | Update, ...], others: tuple[Signal | Update, ...]) -> list[Signal | Update | None]:
    return [*mine, *[None] * (len(others) - len(mine))]


def _apart(mine: tuple[object, ...], his: tuple[object, ...]) -> int:
    return sum(one != other for one, other in zip(mine, his, strict=True))


def _facts(signal: object) -> tuple[object, ...]:
    if not isinstance(signal, Signal):
        return ("",) * 6
    entry = tuple(map(_written, signal.entry))
    stop = _written(signal.stop) if signal.stop is not None else "none"
    return (signal.side, signal.symbol, signal.order, entry, stop, tuple(map(_written, signal.targets)))


def _wishes(update: object) -> tuple[object, ...]:
    if not isinstance(update, Update):
        return ("",) * 5
    price = _written(update.price) if update.price is not None else "none"
    return (update.action, update.fraction, price, update.symbol, update.target)


def _written(level: Level) -> object:
    if isinstance(level, Number):
        return level.value
    return (level.value, level.unit) if isinstance(level, Distance) else "open"


# --- where the difference may come from -----------------------------------------------------------------------------


def _candidates(text: str, reading: Reading, owner: Reading, profile: Profile) -> Iterator[Lesson]:
    folded = normalise(text)
    tokens = scan(folded, lexicon(profile))
    if owner.verdict is ReadingVerdict.IGNORE:
        yield from _phrases(text, tokens, folded)
        return
    known = {signal.symbol for signal in reading.signals if reading.verdict is ReadingVerdict.ACT}
    read_so = {(role, level.value) for signal in reading.signals for role, level in _labelled(signal)}
    for signal in owner.signals:
        for role, level in _labelled(signal):
            if (role, level.value) not in read_so:
                yield from _label(role, level.span, tokens, folded)
            yield from _comma(level, tokens, folded)
        if signal.side is not None and signal.side_span is None:
            yield from _direction(signal, signal.side, tokens, folded)
        if signal.symbol is not None and signal.symbol not in known:
            yield from _market(signal.symbol, tokens, folded)
    for update in owner.updates:
        if update.action in _ACTIONS and update.action not in {one.action for one in reading.updates}:
            for word in _unknown_runs(tokens, folded):
                yield Lesson(words=((_ACTIONS[update.action], (word,)),))


def _labelled(signal: Signal) -> Iterator[tuple[str, Number | Distance]]:
    if signal.stop is not None:
        yield "stop", signal.stop
    yield from (("target", level) for level in signal.targets if isinstance(level, Number | Distance))
    yield from (("entry", level) for level in signal.entry)


def _at(span: Span, tokens: list[Token], folded: Folded) -> int | None:
    return next((at for at, token in enumerate(tokens) if folded.span(token.start, token.end) == span), None)


def _label(role: str, span: Span, tokens: list[Token], folded: Folded) -> Iterator[Lesson]:
    """The word in front of a number that the reader did not understand, or understood as something else."""
    at = _at(span, tokens, folded)
    if at is None:
        return
    before = at - 1
    between = _BETWEEN if role == "entry" else _BETWEEN | {Concept.AT}
    while before >= 0 and tokens[before].concept in between:  # a label may stand on a line of its own
        before -= 1
    if before < 0 or tokens[before].concept in _ROLES[role] or tokens[before].line < tokens[at].line - 1:
        return
    first = before
    while first > 0 and before - first < _LONGEST_LABEL - 1 and _continues(tokens[first - 1], tokens[first]):
        first -= 1
    for start in dict.fromkeys((first, before)):
        yield Lesson(words=((role, (_text(tokens[start], tokens[before], folded),)),))


def _continues(one: Token, other: Token) -> bool:
    return one.concept is Concept.WORD and other.concept is Concept.WORD and one.line == other.line


def _text(first: Token, last: Token, folded: Folded) -> str:
    span = folded.span(first.start, last.end)
    return " ".join(folded.original[span.start : span.end].lower().split())


def _comma(level: Number | Distance, tokens: list[Token], folded: Folded) -> Iterator[Lesson]:
    """A number with two readings, one of which is the owner's."""
    at = _at(level.span, tokens, folded)
    if at is None or len(tokens[at].values) != 2 or level.value not in tokens[at].values:
        return
    is_decimal = level.value == min(tokens[at].values)
    yield Lesson(decimal_comma=is_decimal if "," in tokens[at].text else not is_decimal)


def _direction(signal: Signal, side: Side, tokens: list[Token], folded: Folded) -> Iterator[Lesson]:
    """A direction nobody wrote in words the reader knows: an unknown word, or the way the levels lie."""
    for word in _unknown_runs(tokens, folded):
        yield Lesson(words=((side.value, (word,)),))
    draft = Draft()
    draft.stops = [_price(signal.stop, tokens, folded)] if isinstance(signal.stop, Number) else []
    draft.targets = [_price(one, tokens, folded) for one in signal.targets if isinstance(one, Number)]
    draft.explicit = [_price(one, tokens, folded) for one in signal.entry]
    infer_side(draft)
    if draft.side is side and len(draft.targets) == len(signal.targets):
        yield Lesson(side_from_levels=True)


def _price(number: Number, tokens: list[Token], folded: Folded) -> Price:
    at = _at(number.span, tokens, folded)
    return Price(tokens[at or 0], number.value)


def _market(symbol: str, tokens: list[Token], folded: Folded) -> Iterator[Lesson]:
    """A market the reader did not find: a name of the channel's own, or none at all."""
    if not any(token.concept is Concept.SYMBOL and token.value == symbol for token in tokens):
        for word in _unknown_runs(tokens, folded):
            yield Lesson(markets=((symbol, (word,)),))
        yield Lesson(default_symbol=symbol)


def _unknown_runs(tokens: list[Token], folded: Folded) -> Iterator[str]:
    """Words without a meaning beside a direction or a market, then those at the head of the post, alone and together."""
    words = [at for at, token in enumerate(tokens) if token.concept is Concept.WORD]
    beside = [at for at in words if _ANCHORS & {token.concept for token in _neighbours(at, tokens)}][:_LONGEST_LABEL]
    for at in beside:
        yield _text(tokens[at], tokens[at], folded)
    head = [at for at in words if tokens[at].line <= 1][:_LONGEST_LABEL]
    if len(head) > 1 and head[-1] - head[0] == len(head) - 1 and tokens[head[0]].line == tokens[head[-1]].line:
        yield _text(tokens[head[0]], tokens[head[-1]], folded)
    for at in head:
        if at not in beside:
            yield _text(tokens[at], tokens[at], folded)


def _neighbours(at: int, tokens: list[Token]) -> list[Token]:
    near = tokens[max(0, at - 1) : at] + tokens[at + 1 : at + 2]
    return [token for token in near if token.line == tokens[at].line]


def _phrases(text: str, tokens: list[Token], folded: Folded) -> Iterator[Lesson]:
    """Lines without figures, most words first: what an advert or a report says every time."""
    with_figures = {token.line for token in tokens if token.concept is Concept.NUMBER}
    lines = [(line, said.split()) for line, said in enumerate(folded.text.split("\n")) if line not in with_figures]
    for _, words in sorted(lines, key=lambda entry: (-len(entry[1]), entry[0]))[:_PHRASES]:
        phrase = " ".join(words[:_WORDS_OF_PHRASE])[:LONGEST_PHRASE].strip(" *")
        if phrase and phrase in folded.text:
            yield Lesson(ignore=(phrase,))

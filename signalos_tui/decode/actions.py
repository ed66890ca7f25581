"""What one sentence asks to do with a trade, or reports about it, before asking how it is meant."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from signalos_tui.decode.concepts import DECIMAL_COMMA, VERB_LAST, Concept
from signalos_tui.decode.normalise import Folded
from signalos_tui.decode.sentences import Sentence
from signalos_tui.decode.shares import cashes_share, fraction, secures, takes_share
from signalos_tui.decode.symbols import band
from signalos_tui.decode.tokens import Token
from signalos_tui.model.signals import Number, Reason, UpdateAction

Action = tuple[UpdateAction, Decimal | None, Number | None, int | None]
"""What is asked, how much of the position (0..1), the price it names, the target it speaks of."""

ASKED = frozenset(
    {
        *(Concept.STOP, Concept.TARGET, Concept.BREAKEVEN, Concept.PARTIAL, Concept.SECURE, Concept.CLOSE),
        *(Concept.CLOSED, Concept.CLOSED_SELF, Concept.CANCEL, Concept.CANCELLED, Concept.ADD, Concept.REOPEN),
        Concept.HOLD,
    }
)
"""What can be asked for or reported; a post with none of these, and no word of `TAKE_PROFIT`, does neither."""

DONE = frozenset({"✅", "✔", "🎯", "☑"})


def actions(part: Sentence, folded: Folded, *, changing: bool) -> Iterator[Action]:
    """What one sentence asks for or reports, before asking how it is meant."""
    past = part.has(Concept.CLOSED)
    yield from _levels(part, folded, past=past, changing=changing)
    yield from _reductions(part, folded, past=past)
    if trails(part):
        yield (UpdateAction.MOVE_SL, None, None, None)
    if part.has(Concept.CANCEL, Concept.CANCELLED):
        yield (UpdateAction.CANCEL, None, None, None)
    elif _happened(part, Concept.ADD):
        yield (UpdateAction.INFO, None, None, None)
    elif part.has(Concept.ADD):
        yield (UpdateAction.ADD, None, _level(part, folded), None)
    if _happened(part, Concept.REOPEN):
        yield (UpdateAction.INFO, None, None, None)
    elif part.has(Concept.REOPEN):
        yield (UpdateAction.REOPEN, None, _level(part, folded), None)
    if past or part.has(Concept.HOLD):
        yield (UpdateAction.INFO, None, None, part.ordinal)


def trails(part: Sentence) -> bool:
    """A stop that is to follow the price, though it is not named: "trail the rest"."""
    if Concept.MOVE not in part.concepts or part.has(Concept.STOP, Concept.TARGET):
        return False
    return any(token.unit == "trail" for token in part.tokens)


def _happened(part: Sentence, concept: Concept) -> bool:
    """It is done already: "re-entry triggered", "доливка сработала"."""
    return {concept, Concept.HIT} <= part.concepts and any(
        one.concept is concept and other.concept is Concept.HIT for one, other in pairwise(part.tokens)
    )


def _reductions(part: Sentence, folded: Folded, *, past: bool) -> Iterator[Action]:
    """Closing all of it or a part, with the price it is to be done at."""
    levels = part.has(Concept.STOP, Concept.TARGET, Concept.BREAKEVEN)
    price = None if levels else _level(part, folded)
    if part.has(Concept.PARTIAL) or secures(part):
        price = None if part.has(Concept.HIT) else price
        yield (UpdateAction.INFO if past else UpdateAction.CLOSE_PARTIAL, fraction(part), price, None)
    elif part.has(Concept.FRACTION) and takes_share(part):
        yield (UpdateAction.CLOSE_PARTIAL, fraction(part), None, None)
    elif part.has(Concept.CLOSED_SELF) and part.has(Concept.PAST, Concept.TARGET):
        yield (UpdateAction.INFO, None, None, None)
    elif part.has(Concept.CLOSE) and part.has(Concept.LIMIT) and _closes_order(part):
        yield (UpdateAction.CANCEL, None, None, None)
    elif part.has(Concept.CLOSE, Concept.CLOSED_SELF) or cashes_share(part):
        share = fraction(part)
        whole = share >= 1 if share is not None else not part.has(Concept.PART)
        yield (UpdateAction.CLOSE if whole else UpdateAction.CLOSE_PARTIAL, None if whole else share, price, None)


def _closes_order(part: Sentence) -> bool:
    """An order is what is closed, in one clause: "close the buy limit", not "close the buy, keep the pending"."""
    closing = limited = False
    for token in part.tokens:
        if token.concept is Concept.AND or token.text in _CUTTING:
            closing = limited = False
        closing |= token.concept is Concept.CLOSE
        limited |= token.concept is Concept.LIMIT or token.unit == "limit"
        if closing and limited:
            return True
    return False


_CUTTING = frozenset({",", "&"})


def _levels(part: Sentence, folded: Folded, *, past: bool, changing: bool) -> Iterator[Action]:
    """Break-even, stop and target."""
    several = _several_levels(part, folded)
    if len(several) > 1 and (part.directs(Concept.TO, Concept.AT) or changing) and not past:
        yield from several
        return
    stop, target = part.has(Concept.STOP), part.has(Concept.TARGET)
    price = _level(part, folded)
    towards = changing or part.directs(Concept.TO, Concept.AT)
    hit = part.has(Concept.HIT) or not part.marks.isdisjoint(DONE)
    told = not (stop or target or part.has(Concept.MOVE)) or (part.closes is Concept.HIT and not target)
    if part.has(Concept.BREAKEVEN) and part.has(Concept.HIT) and told:
        yield (UpdateAction.INFO, None, None, None)
    elif part.has(Concept.BREAKEVEN) or (stop and _names_entry(part) and (towards or _is_at_entry(part))):
        if len({token.values[0] for token in part.tokens if _is_price(part, token)}) > 1:
            part.doubts.append(Reason("two_prices", "It names two prices for one break-even."))
        reported = past and not _asks_besides(part, Concept.BREAKEVEN)
        price = _beside_stop(part, price, done=hit or reported)
        placed = stop or any(token.text.startswith(_STOPPED) for token in part.tokens)
        yield (UpdateAction.INFO if reported else UpdateAction.BREAKEVEN, None, price if placed else None, None)
        if target:
            yield (UpdateAction.INFO, None, None, part.target)
    elif past and (stop or target) and not (price is not None and _asks_besides(part, Concept.MOVE)):
        yield (UpdateAction.INFO, None, None, part.target)
    elif stop and target and price is None and _destination(part):
        yield (UpdateAction.MOVE_SL, None, None, part.target)
    elif stop:
        if price is not None and _counts_stops(part):
            price = None
        if price is not None and target:
            _doubt_owner(part)
        moves = (not part.has(Concept.HIT) or _is_told_besides(part, price)) and (
            price is not None or part.has(Concept.MOVE)
        )
        yield (UpdateAction.MOVE_SL, None, price, None) if moves else (UpdateAction.INFO, None, None, None)
    elif target:
        stands = part.has(Concept.NOW) and not part.has(Concept.HOLD)
        moves = price is not None and (towards or stands) and not hit
        number = _target_before(part) if moves else part.target
        yield (UpdateAction.MOVE_TP if moves else UpdateAction.INFO, None, price if moves else None, number)


_STOPPED = ("sl be", "stop be")
"""Break-even with the stop in its name."""


def _beside_stop(part: Sentence, price: Number | None, *, done: bool) -> Number | None:
    """The price that stands beside a break-even; one that stands at a target says when ("TP1 4080 SL to BE"), unless done."""
    if price is not None and _says_to(part):
        return None
    if price is None or not part.has(Concept.TARGET) or not _is_of_target(part):
        return price
    if not done:
        part.doubts.append(Reason("conditional", "It names the level at which it is to be done."))
    return None


def _says_to(part: Sentence) -> bool:
    """The 2 of "SL 2 BE" is a word."""
    return any(
        (one.concept, two.text, three.concept) == (Concept.STOP, "2", Concept.BREAKEVEN)
        for one, two, three in zip(part.tokens, part.tokens[1:], part.tokens[2:], strict=False)
    )


def _doubt_owner(part: Sentence) -> None:
    """A price that stands at the target of a sentence that moves the stop: it may be of either."""
    if _is_of_target(part) and not _destination(part):
        part.doubts.append(Reason("two_levels", "It names a stop and a target, and the price stands at the target."))


def _is_of_target(part: Sentence) -> bool:
    """The label before the first price is a target's: "TP to 4095 and leave the SL alone"."""
    label: Concept | None = None
    for token in part.tokens:
        if token.concept in (Concept.STOP, Concept.TARGET):
            label = token.concept
        elif _is_price(part, token):
            return label is Concept.TARGET
    return False


def _target_before(part: Sentence) -> int | None:
    """The target the price stands behind: the second one of "leave TP1, move TP2 to 4210"."""
    number = part.target
    for token in part.tokens:
        number = part.target_numbers.get(token.start, number)
        if _is_price(part, token):
            break
    return number


def _names_entry(part: Sentence) -> bool:
    """The entry itself, not the "level" or "price" of "move SL to level 4050"."""
    return any(token.concept is Concept.ENTRY and token.unit != "weak" for token in part.tokens)


def _is_at_entry(part: Sentence) -> bool:
    """The entry right behind the stop: "SL: entry", "SL = entry"."""
    named = [token.concept for token in part.tokens if token.concept not in (Concept.MARK, Concept.NOW, Concept.FILLER)]
    return not part.names_price and (Concept.STOP, Concept.ENTRY) in pairwise(named)


def _counts_stops(part: Sentence) -> bool:
    """A small number right before the stop, and no word of moving: "2 stop losses today", "8 TP, 2 SL"."""
    if part.directs(Concept.TO, Concept.AT):
        return False
    return any(
        second.concept is Concept.STOP
        and first.concept is Concept.NUMBER
        and first.text.isdigit()
        and len(first.text) <= 2
        for first, second in pairwise(part.tokens)
    )


def _is_told_besides(part: Sentence, price: Number | None) -> bool:
    """A result told beside the command: "move SL to 1.2710 (+20 pips locked)", "TP1 hit, move SL to 1.2710"."""
    if price is None or not part.directs(Concept.TO, Concept.AT):
        return False
    kinds = [token.concept for token in part.tokens]
    hit, stop = kinds.index(Concept.HIT), kinds.index(Concept.STOP)
    opens = next((kind for kind in kinds if kind not in (Concept.MARK, Concept.SYMBOL)), None)
    return opens is Concept.MOVE or (Concept.TARGET in kinds[:hit] and hit < stop)


def _asks_besides(part: Sentence, what: Concept) -> bool:
    """A clause of its own beside the report: "half closed, SL to BE". "Closed, SL was at BE" has another verb in it."""
    clauses: list[set[Concept]] = [set()]
    for token in part.tokens:
        if token.text == ",":
            clauses.append(set())
        clauses[-1].add(token.concept)
    return any({Concept.STOP, what} <= clause and clause.isdisjoint(_TOLD) for clause in clauses)


_TOLD = frozenset({Concept.CLOSED, Concept.CLOSED_SELF, Concept.HIT, Concept.ALREADY, Concept.PAST, Concept.WORD})


def _destination(part: Sentence) -> bool:
    """A target behind the stop, with a word of direction between them, or the verb behind both: "SL to TP1"."""
    kinds = [token.concept for token in part.tokens]
    stop = kinds.index(Concept.STOP)
    if Concept.TARGET not in kinds[stop:]:
        return False
    between = kinds[stop : kinds.index(Concept.TARGET, stop)]
    moved = any(token.concept is Concept.MOVE and token.language in VERB_LAST for token in part.tokens)
    return moved or Concept.TO in between or Concept.AT in between


def _several_levels(part: Sentence, folded: Folded) -> list[Action]:
    """Each label with the price behind it ("TP1 to 1.09, TP2 to 1.10"); [] when a label has none."""
    if not part.has(Concept.STOP, Concept.TARGET):
        return []
    found: list[Action] = []
    labels = [at for at, token in enumerate(part.tokens) if token.concept in (Concept.STOP, Concept.TARGET)]
    for at, end in pairwise([*labels, len(part.tokens)]):
        prices = [t for t in part.tokens[at + 1 : end] if _is_price(part, t)]
        if len(prices) != 1:
            return []
        price = _priced(part, prices[0], folded)
        inside = part.tokens[at + 1 : end]
        number = next((part.target_numbers[t.start] for t in inside if t.start in part.target_numbers), None)
        if any(t.concept in (Concept.HIT, Concept.ALREADY) for t in inside):
            found.append((UpdateAction.INFO, None, None, number))
        elif part.tokens[at].concept is Concept.STOP:
            found.append((UpdateAction.MOVE_SL, None, price, None))
        else:
            found.append((UpdateAction.MOVE_TP, None, price, number))
        towards = any(t.concept in (Concept.TO, Concept.AT) for t in inside)
        if found[-1][0] is not UpdateAction.INFO and not towards and part.has(Concept.HIT):
            return []
    return found


def _priced(part: Sentence, token: Token, folded: Folded) -> Number:
    """A number as a price of the sentence's market; what it cannot cost or what reads two ways is a doubt."""
    limits = band(part.market)
    value = token.values[0]
    if limits is not None:
        fitting = [option for option in token.values if limits[0] <= option <= limits[1]]
        value = fitting[0] if fitting else value
        if not fitting:
            part.doubts.append(Reason("price_unlikely", f"{value} is no likely price of {part.market}."))
    elif len(token.values) > 1 and ("," in token.text or _writes_commas(part)):
        part.doubts.append(Reason("two_readings", f"{token.text} has two readings (thousands or decimals)."))
    return Number(value, folded.span(token.start, token.end))


def _writes_commas(part: Sentence) -> bool:
    """Its words are of a language with decimal commas: there "4.065" is as likely four thousand."""
    return any(token.language in DECIMAL_COMMA for token in part.tokens)


def _is_price(part: Sentence, token: Token) -> bool:
    """A number that can be a level: no unit, no sign, no list number, not the 1 of "TP1"."""
    return (
        token.concept is Concept.NUMBER
        and not token.listed
        and not token.unit
        and not token.sign
        and bool(token.values)
        and token.values[0] > 0
        and token.start not in part.target_numbers
    )


def _level(part: Sentence, folded: Folded) -> Number | None:
    """The price a sentence names, by preference the one behind "to"."""
    if not part.numbers:
        return None
    found: list[Token] = []
    led: dict[Concept, Token] = {}
    towards: Token | None = None
    for token in part.tokens:
        if token.concept in (Concept.TO, Concept.AT):
            towards = token
        elif _is_price(part, token):
            found.append(token)
            if towards is not None:
                if Concept.TO in led and towards.text not in _FROM:
                    part.doubts.append(Reason("two_prices", "It names two prices and does not say which one is new."))
                led[towards.concept] = token
            towards = None
    chosen = led.get(Concept.TO, led.get(Concept.AT))  # "to 4180 from 4171", "from 4171 to 4180"
    if not found:
        return None
    if chosen is None and len(found) == _FROM_TO and points(folded.text[found[0].end : found[1].start]):
        chosen = found[1]  # "SL 4060 -> 4052"
    listed = chosen is not None and _goes_on(part, chosen)
    if (chosen is None or listed) and len({token.values[0] for token in found}) > 1:
        part.doubts.append(Reason("two_prices", "It names two prices and does not say which one is new."))
    return _priced(part, chosen or found[0], folded)


_FROM = frozenset(
    {"from", "von", "ab", "vom", "desde", "de", "da", "dari", "van", "från", "fran", "с", "из", "від", "od", "z"}
)
_FROM_TO = 2
_ARROWS = ("->", "=>", "→", "➡", "➜", "⇒")


def points(between: str) -> bool:
    """An arrow in what stands between a label or a price and the next price: it says "to"."""
    return len(between) <= _CLOSE_BY and any(arrow in between for arrow in _ARROWS)


_CLOSE_BY = 8


def _goes_on(part: Sentence, price: Token) -> bool:
    """Another price joined to this one: "move stops to 4060/4058"."""
    at = next(at for at, token in enumerate(part.tokens) if token is price)
    after = part.tokens[at + 1 : at + 3]
    return len(after) > 1 and after[0].text in _JOINING and _is_price(part, after[1])


_JOINING = frozenset({"/", "-", "&", "|"})

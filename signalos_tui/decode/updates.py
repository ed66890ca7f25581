"""Read follow-ups: close, part, break-even, move a level, cancel, re-enter; and tell them from reports and talk.

A post is read sentence by sentence. What a sentence asks for is the set of concepts in it; how it is meant (a question, a
condition, a suggestion, a report of the past) decides whether it commands anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.normalise import Folded
from signalos_tui.decode.scan import Token
from signalos_tui.decode.symbols import band
from signalos_tui.model.signals import Distance, Number, Reason, Side, Update, UpdateAction

_ENDS = frozenset({".", "!", "?", ";", "؟", "·"})
_TALK = 5
"""A sentence with more unknown words than this is talk; what it seems to ask for is left to the owner."""


class Sentence:
    """One sentence as the set of its concepts, with the tokens that carry values."""

    __slots__ = (
        "concepts",
        "doubts",
        "first",
        "fraction",
        "market",
        "marks",
        "numbers",
        "ordinal",
        "question",
        "side",
        "symbols",
        "tokens",
        "unknown",
    )

    def __init__(self, tokens: list[Token], end: str) -> None:
        self.tokens = tokens
        self.concepts = {token.concept for token in tokens}
        self.question = end in {"?", "؟"}
        self.unknown = sum(1 for token in tokens if token.concept is Concept.WORD)
        self.marks = {token.text for token in tokens if token.concept is Concept.MARK}
        self.numbers = [token for token in tokens if token.concept is Concept.NUMBER and not token.listed]
        self.symbols: list[str] = []
        self.market: str | None = None
        self.fraction: Decimal | None = None
        self.ordinal: int | None = None
        self.side: Side | None = None
        self.doubts: list[Reason] = []
        for token in tokens:
            if token.concept is Concept.FRACTION and isinstance(token.value, Decimal):
                self.fraction = self.fraction or token.value
            elif token.concept is Concept.ORDINAL and isinstance(token.value, int):
                self.ordinal = self.ordinal or token.value
            elif token.concept is Concept.SYMBOL:
                if token.value not in self.symbols:
                    self.symbols.append(str(token.value))
            elif token.concept is Concept.BUY:
                self.side = self.side or Side.BUY
            elif token.concept is Concept.SELL:
                self.side = self.side or Side.SELL

    @property
    def symbol(self) -> str | None:
        """The first market it names."""
        return self.symbols[0] if self.symbols else None

    def has(self, *concepts: Concept) -> bool:
        """Any of these concepts is in the sentence."""
        return not self.concepts.isdisjoint(concepts)


def sentences(tokens: list[Token]) -> list[Sentence]:
    """Cut tokens into sentences at line ends and full stops."""
    found: list[Sentence] = []
    start = 0
    for at, token in enumerate(tokens):
        if token.concept is Concept.BREAK or token.text in _ENDS:
            if any(t.concept is not Concept.MARK for t in tokens[start:at]):
                found.append(Sentence(tokens[start:at], token.text))
            elif found and token.text in {"?", "؟"}:
                found[-1].question = True
            start = at + 1
    if any(t.concept is not Concept.MARK for t in tokens[start:]):
        found.append(Sentence(tokens[start:], ""))
    return found


class Followup:
    """The updates of a post and why they may not be acted on."""

    __slots__ = ("reasons", "updates")

    def __init__(self) -> None:
        self.updates: list[Update] = []
        self.reasons: list[Reason] = []

    @property
    def commands(self) -> list[Update]:
        """The updates that ask for something."""
        return [update for update in self.updates if update.action is not UpdateAction.INFO]

    def doubt(self, code: str, text: str) -> None:
        """Hold it for the owner, once for each reason."""
        if all(reason.code != code for reason in self.reasons):
            self.reasons.append(Reason(code, text))


def read_updates(tokens: list[Token], folded: Folded) -> Followup:
    """What a post asks to do with trades that exist."""
    followup = Followup()
    parts = sentences(tokens)
    symbol = next((part.symbol for part in parts if part.symbol), None) or _tagged(tokens)
    changing = any(part.has(Concept.MODIFY) for part in parts)
    if any(part.has(Concept.RECAP) for part in parts[:1]):
        return followup
    ended = any(part.has(Concept.CLOSED) for part in parts)
    for part in parts:
        if ended and part.has(Concept.BREAKEVEN) and not part.has(Concept.STOP, Concept.MOVE):
            part.concepts.add(Concept.CLOSED)
        part.market = part.symbol or symbol
        for update in _read(part, followup, folded, changing=changing):
            if update.action is not UpdateAction.INFO and any(_same(update, other) for other in followup.updates):
                continue
            followup.updates.append(
                Update(
                    number=len(followup.updates) + 1,
                    action=update.action,
                    fraction=update.fraction,
                    price=update.price,
                    symbol=part.symbol or symbol,
                    side=update.side,
                    target=update.target,
                    everything=update.everything,
                    span=update.span,
                )
            )
    if followup.commands and changing:
        followup.doubt("entry_change", "It changes the entry of a trade.")
    _resolve(followup)
    return followup


def _same(first: Update, second: Update) -> bool:
    return first.action is second.action and first.price == second.price


def _tagged(tokens: list[Token]) -> str | None:
    """The market of "#SKR hit stoploss"."""
    return next((token.text.upper() for token in tokens if token.unit == "tag"), None)


def _resolve(followup: Followup) -> None:
    """A close swallows a partial close of the same post only in the owner's hands: both at once is unclear."""
    actions = {update.action for update in followup.commands}
    if UpdateAction.CLOSE in actions and UpdateAction.CLOSE_PARTIAL in actions:
        followup.doubt("two_commands", "It asks to close all and to close a part.")
    symbols = {update.symbol for update in followup.commands if update.symbol}
    if len(symbols) > 1:
        followup.doubt("two_symbols", f"It names more than one market: {', '.join(sorted(symbols))}.")


def _read(part: Sentence, followup: Followup, folded: Folded, *, changing: bool) -> Iterator[Update]:
    """The updates of one sentence."""
    if not part.concepts & _MEANINGFUL:
        return
    span = folded.span(part.tokens[0].start, part.tokens[-1].end)
    found = list(_actions(part, folded, changing=changing))
    if not found:
        return
    for reason in part.doubts:
        followup.doubt(reason.code, reason.text)
    commands = [action for action in found if action[0] is not UpdateAction.INFO]
    if commands:
        if part.question or part.has(Concept.RECAP) or _is_negated(part) or _is_musing(part):
            return
        if part.has(Concept.CONDITION, Concept.CONDITION_WEAK):
            followup.doubt("conditional", "It depends on a condition only the owner can judge.")
            found = [(UpdateAction.CONDITIONAL, None, None, None)]
        if part.has(Concept.OPTIONAL):
            followup.doubt("optional", "It is a suggestion, not an instruction.")
        if part.unknown > _TALK:
            followup.doubt("talk", "It is a long sentence; what it asks for is not certain.")
    for action, fraction, price, target in found:
        if action is UpdateAction.MOVE_SL and price is None and target is None:
            followup.doubt("price_missing", "It moves the stop but does not say where to.")
        elif action is UpdateAction.MOVE_SL and not part.has(Concept.MOVE, Concept.TO, Concept.AT):
            followup.doubt("bare_level", "It names a stop but does not say that it is to be moved there.")
        if action in (UpdateAction.CLOSE, UpdateAction.CLOSE_PARTIAL) and price is not None:
            followup.doubt("close_price", "It names a price to close at; a close goes out at once, at the market.")
        if action is UpdateAction.CLOSE and part.has(Concept.CLOSED_SELF) and not part.has(Concept.CLOSE):
            followup.doubt("reported", "The author reports closing it; whether we follow is the owner's choice.")
        if action is UpdateAction.CANCEL and part.has(Concept.STOP, Concept.TARGET):
            followup.doubt("level_removal", "It takes a level away; the owner decides.")
        if len(part.symbols) > 1:
            followup.doubt("two_symbols", f"It names more than one market: {', '.join(part.symbols)}.")
        if action is UpdateAction.ADD or (action is UpdateAction.REOPEN and part.numbers):
            followup.doubt("again", "It asks to enter again; the owner decides.")
        yield Update(
            number=0,
            action=action,
            fraction=fraction,
            price=price,
            side=part.side,
            target=target,
            everything=part.has(Concept.EVERYTHING),
            span=span,
        )


def _is_negated(part: Sentence) -> bool:
    """A negation shortly before what is asked for, or right behind it ("перезаходить не буду")."""
    for at, token in enumerate(part.tokens):
        if token.concept is Concept.NEGATION:
            near = part.tokens[at + 1 : at + 4] + part.tokens[max(0, at - 1) : at]
            if any(other.concept in _COMMANDS for other in near):
                return True
    return False


def _secures(part: Sentence) -> bool:
    """ "Secure your profits": the verb with its object within three words."""
    for at, token in enumerate(part.tokens):
        if token.concept is Concept.SECURE:
            near = part.tokens[at + 1 : at + 4]
            if any(other.concept in _SHARES or other.text == "profit" or other.unit == "%" for other in near):
                return True
    return False


_SHARES = frozenset({Concept.PROFIT_WORD, Concept.FRACTION})


def _is_musing(part: Sentence) -> bool:
    """ "We may look to re-enter": thinking aloud about a new entry asks for nothing."""
    return part.has(Concept.REOPEN, Concept.ADD) and part.has(Concept.OPTIONAL)


_COMMANDS = frozenset(
    {
        Concept.STOP,
        Concept.MOVE,
        Concept.CLOSE,
        Concept.PARTIAL,
        Concept.SECURE,
        Concept.SECURE,
        Concept.BREAKEVEN,
        Concept.CANCEL,
        Concept.REOPEN,
        Concept.ADD,
    }
)
_Action = tuple[UpdateAction, Decimal | None, Number | Distance | None, int | None]
_MEANINGFUL = frozenset(
    {
        Concept.STOP,
        Concept.TARGET,
        Concept.CLOSE,
        Concept.CLOSED,
        Concept.CLOSED_SELF,
        Concept.PARTIAL,
        Concept.SECURE,
        Concept.BREAKEVEN,
        Concept.CANCEL,
        Concept.CANCELLED,
        Concept.REOPEN,
        Concept.ADD,
        Concept.HOLD,
        Concept.HIT,
        Concept.MODIFY,
        Concept.FRACTION,
    }
)


def _actions(part: Sentence, folded: Folded, *, changing: bool) -> Iterator[_Action]:
    """What one sentence asks for or reports, before asking how it is meant."""
    past = part.has(Concept.CLOSED)
    yield from _levels(part, folded, past=past, changing=changing)
    if part.has(Concept.PARTIAL) or _secures(part):
        yield (UpdateAction.INFO if past else UpdateAction.CLOSE_PARTIAL, _fraction(part), None, None)
    elif part.has(Concept.CLOSE) and part.has(Concept.LIMIT):
        yield (UpdateAction.CANCEL, None, None, None)
    elif part.has(Concept.CLOSE, Concept.CLOSED_SELF):
        share = _fraction(part)
        price = None if part.has(Concept.STOP, Concept.TARGET, Concept.BREAKEVEN) else _level(part, folded)
        if share is not None and share < 1:
            yield (UpdateAction.CLOSE_PARTIAL, share, price, None)
        else:
            yield (UpdateAction.CLOSE, None, price, None)
    if part.has(Concept.CANCEL, Concept.CANCELLED):
        yield (UpdateAction.CANCEL, None, None, None)
    elif part.has(Concept.ADD):
        yield (UpdateAction.ADD, None, None, None)
    if part.has(Concept.REOPEN):
        yield (UpdateAction.REOPEN, None, None, None)
    if past or part.has(Concept.HOLD):
        yield (UpdateAction.INFO, None, None, part.ordinal)


def _levels(part: Sentence, folded: Folded, *, past: bool, changing: bool) -> Iterator[_Action]:
    """Break-even, stop and target."""
    several = _several_levels(part, folded)
    if len(several) > 1 and (part.has(Concept.MOVE, Concept.TO, Concept.AT) or changing) and not past:
        yield from several
        return
    stop, target = part.has(Concept.STOP), part.has(Concept.TARGET)
    price = _level(part, folded)
    towards = changing or part.has(Concept.MOVE, Concept.TO, Concept.AT)
    hit = part.has(Concept.HIT) or not part.marks.isdisjoint({"✅", "✔", "🎯", "☑"})
    if part.has(Concept.BREAKEVEN) or (stop and part.has(Concept.ENTRY) and towards):
        yield (UpdateAction.INFO if past else UpdateAction.BREAKEVEN, None, price if stop else None, None)
        if target:
            yield (UpdateAction.INFO, None, None, _target_number(part))
        return
    if past and (stop or target):
        yield (UpdateAction.INFO, None, None, _target_number(part))
        return
    if stop and target and price is None and _destination(part):
        yield (UpdateAction.MOVE_SL, None, None, _target_number(part))
        return
    if stop:
        if past or part.has(Concept.HIT) or (price is None and not part.has(Concept.MOVE)):
            yield (UpdateAction.INFO, None, None, None)
        else:
            yield (UpdateAction.MOVE_SL, None, price, None)
        return
    if target:
        if price is not None and towards and not hit:
            yield (UpdateAction.MOVE_TP, None, price, _target_number(part))
        else:
            yield (UpdateAction.INFO, None, None, _target_number(part))


def _destination(part: Sentence) -> bool:
    """ "SL to TP1": a target behind the stop, with a word of direction between them."""
    kinds = [token.concept for token in part.tokens]
    stop = kinds.index(Concept.STOP)
    if Concept.TARGET not in kinds[stop:]:
        return False
    between = kinds[stop : kinds.index(Concept.TARGET, stop)]
    return Concept.TO in between or Concept.AT in between


def _several_levels(part: Sentence, folded: Folded) -> list[_Action]:
    """ "TP1 to 1.09, TP2 to 1.10": each label with the price behind it; [] when a label has none."""
    found: list[_Action] = []
    labels = [at for at, token in enumerate(part.tokens) if token.concept in (Concept.STOP, Concept.TARGET)]
    for at, end in pairwise([*labels, len(part.tokens)]):
        prices = [t for t in part.tokens[at + 1 : end] if _is_price(part, t)]
        if len(prices) != 1:
            return []
        price = _priced(part, prices[0], folded)
        numbers = [t for t in part.tokens[at + 1 : end] if t.concept is Concept.NUMBER and _numbers_target(part, t)]
        if part.tokens[at].concept is Concept.STOP:
            found.append((UpdateAction.MOVE_SL, None, price, None))
        else:
            found.append((UpdateAction.MOVE_TP, None, price, int(numbers[0].text) if numbers else None))
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
    elif len(token.values) > 1 and "," in token.text:
        part.doubts.append(Reason("two_readings", f"{token.text} has two readings (thousands or decimals)."))
    return Number(value, folded.span(token.start, token.end))


def _is_price(part: Sentence, token: Token) -> bool:
    """A number that can be a level: no unit, no sign, no list number, not the 1 of "TP1"."""
    return (
        token.concept is Concept.NUMBER
        and not token.listed
        and not token.unit
        and not token.sign
        and bool(token.values)
        and token.values[0] > 0
        and not _numbers_target(part, token)
    )


def _level(part: Sentence, folded: Folded) -> Number | Distance | None:
    """The price a sentence names, by preference the one behind "to"."""
    best: Token | None = None
    towards = False
    for token in part.tokens:
        if token.concept in (Concept.TO, Concept.AT, Concept.STOP, Concept.TARGET):
            towards = True
        elif token.concept is Concept.NUMBER and not token.listed and not token.unit and not token.sign:
            if _numbers_target(part, token):
                continue
            if best is None or towards:
                best, towards = token, False
    if best is not None and best.values and best.values[0] > 0:
        return _priced(part, best, folded)
    return None


def _numbers_target(part: Sentence, token: Token) -> bool:
    """The 1 of "TP1" or "target 1"."""
    at = part.tokens.index(token)
    before = part.tokens[at - 1] if at else None
    small = token.text.isdigit() and len(token.text) <= 2
    after = part.tokens[at + 1] if at + 1 < len(part.tokens) else None
    if before is not None and before.concept is Concept.TARGET and small:
        return True
    return small and after is not None and after.concept is Concept.TARGET


def _target_number(part: Sentence) -> int | None:
    """Which target a sentence speaks of, from 1."""
    for token in part.numbers:
        if _numbers_target(part, token):
            return int(token.text)
    index = next((token.value for token in part.tokens if token.concept is Concept.INDEX), None)
    return part.ordinal or (index if isinstance(index, int) else None)


def _fraction(part: Sentence) -> Decimal | None:
    """How much of the position: "half", "30%"; None when the size is not said."""
    if part.fraction is not None:
        return part.fraction
    for at, token in enumerate(part.tokens):
        if token.text == "½":
            return Decimal("0.5")
        if token.concept is not Concept.NUMBER or not token.values or token.sign:
            continue
        if token.unit == "%" and 0 < token.values[0] <= 100:
            return token.values[0] / 100
        over = part.tokens[at + 1 : at + 3]
        if token.text in {"1", "2", "3"} and len(over) == 2 and over[0].text == "/" and over[1].text in {"2", "3", "4"}:
            share = token.values[0] / over[1].values[0]
            return share.quantize(Decimal("0.001")).normalize() if share < 1 else None
    return None

"""Posts that say a call together: "GOLD BUY NOW", and "SL 4046 TP 4060" a minute later; or the market first, the call behind it.

Two texts are never read as one: nothing of one post stands beside anything of the other. Each is read by itself, the second
knowing which call it belongs to; then the levels are put together and looked at as a whole, as if one post had said all of it.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.decode.compose import settle_drafts, to_signal
from signalos_tui.decode.concepts import SIDES, Concept
from signalos_tui.decode.learned import CURABLE
from signalos_tui.decode.lexicon import lexicon
from signalos_tui.decode.manner import manner
from signalos_tui.decode.normalise import normalise
from signalos_tui.decode.page import Page
from signalos_tui.decode.pipeline import LONGEST, read
from signalos_tui.decode.profile import Profile
from signalos_tui.decode.scan import scan
from signalos_tui.decode.score import rescored
from signalos_tui.decode.signals import Reader
from signalos_tui.decode.tokens import Token
from signalos_tui.decode.validate import contradictions, doubts
from signalos_tui.model.signals import Level, Number, OrderKind, Reading, Reason, Side, Signal, Span

_WORDS = 8
"""More words without a meaning than this, and a post is talk that names levels, not a list of them."""

_LISTED = frozenset(
    {
        *(Concept.NUMBER, Concept.INDEX, Concept.ORDINAL, Concept.MARK, Concept.BREAK, Concept.SKIPPED, Concept.SYMBOL),
        *(Concept.ENTRY, Concept.AT, Concept.TO, Concept.AND, Concept.STOP, Concept.TARGET, Concept.OPEN, Concept.NONE),
        *(Concept.LEVERAGE, Concept.LIMIT, Concept.STOP_ORDER, Concept.NOW, Concept.CURRENT, Concept.SIZE),
        *(Concept.SYMBOL_LABEL, Concept.SIDE_LABEL, Concept.OTHER, Concept.REFERENCE, Concept.PIPS, Concept.POINTS),
        *(Concept.MONEY, Concept.DURATION, Concept.NEUTRAL, Concept.FILLER, Concept.WORD, *SIDES),
    }
)
"""What a list of levels is made of. A close, a move, a report, a condition: and the post is something else."""

_NAMES = frozenset({Concept.SYMBOL, Concept.MARK, Concept.BREAK, Concept.SYMBOL_LABEL})

_BARE, _NO_LEVEL, _NO_PRICE, _UNLIKELY = "bare_call", "level_missing", "price_missing", "price_unlikely"


class Levels(Struct, frozen=True):
    """What a post adds to a call. signal: the call as this post alone would have it. reasons: what is not certain of it."""

    signal: Signal
    reasons: tuple[Reason, ...]


class Heading(Struct, frozen=True):
    """The market that a post names. is_bare: it says nothing else."""

    symbol: str
    span: Span
    is_bare: bool


def levels_of(text: str, profile: Profile, call: Signal) -> Levels | None:
    """The levels a post lists for a call it does not repeat; None when it is anything else than such a list.

    A post that names another market or the other direction is no part of this call, whatever else it says.
    """
    if len(text) > LONGEST:
        return None
    folded = normalise(text)
    tokens = scan(folded, lexicon(profile))
    if not _is_list(tokens) or not _is_about(tokens, call):
        return None
    page = Page(tokens, folded)
    reader = Reader(page)
    reader.draft.side, reader.draft.symbol = call.side, call.symbol
    reader.run()
    drafts = settle_drafts(reader.drafts, replace(profile, default_symbol=call.symbol))
    if len(drafts) != 1 or not (drafts[0].stops or drafts[0].targets):
        return None
    signal = to_signal(drafts[0], call.number, folded)
    reasons = [*doubts(drafts[0], signal), *manner(page), *_plain_reasons(text, profile, call)]
    return Levels(signal, tuple(reason for reason in reasons if reason.code != _BARE))


def _plain_reasons(text: str, profile: Profile, call: Signal) -> list[Reason]:
    """What speaks against the levels without the channel's own words: no lesson ends it."""
    plain = levels_of(text, profile.plain, call) if profile.reads_otherwise else None
    if plain is None:
        return []
    whole = replace(plain.signal, entry=plain.signal.entry or call.entry)
    return [reason for reason in (*plain.reasons, *contradictions(whole)) if reason.code not in CURABLE]


def joined(reading: Reading, levels: Levels) -> tuple[Reading, tuple[str, ...]] | None:
    """A call and the levels of a later post as one reading, and which fields the later post gave.

    reading: of the call, one signal. None when the levels contradict it, or add neither stop nor target.
    """
    call, more = reading.signals[0], levels.signal
    if _differ(call.stop, more.stop) or _all_differ(call.targets, more.targets) or _all_differ(call.entry, more.entry):
        return None
    is_bare = any(reason.code == _BARE for reason in reading.reasons)
    order = _order(call, more, is_bare=is_bare)
    if order is None:
        return None
    given = {name: getattr(more, name) for name in _FIELDS if getattr(more, name) and not getattr(call, name)}
    if "stop" not in given and not given.get("targets"):
        return None
    whole = replace(call, order=order, **given)
    wrong = list(contradictions(whole))
    if any(reason.code == _UNLIKELY for reason in wrong):
        return None  # prices of another market: whatever call they belong to, it is not this one
    reasons = [*(reason for reason in reading.reasons if not _is_settled(reason, whole)), *levels.reasons, *wrong]
    return rescored(reading, whole, reasons), tuple(given)


def heading_of(text: str, profile: Profile) -> Heading | None:
    """The market a post names, when it names exactly one."""
    if len(text) > LONGEST:
        return None
    folded = normalise(text)
    tokens = scan(folded, lexicon(profile))
    names = [token for token in tokens if token.concept is Concept.SYMBOL]
    if len({token.value for token in names}) != 1:
        return None
    span = folded.span(names[0].start, names[0].end)
    return Heading(str(names[0].value), span, is_bare=all(token.concept in _NAMES for token in tokens))


def headed(text: str, profile: Profile, heading: Heading) -> Reading:
    """A call that names no market, read under the market that the post before it names."""
    reading = read(text, replace(profile, default_symbol=heading.symbol))
    signals = tuple(
        replace(one, symbol_span=heading.span) if one.symbol == heading.symbol and one.symbol_span is None else one
        for one in reading.signals
    )
    return replace(reading, signals=signals)


_FIELDS = ("entry", "stop", "targets", "leverage")


def _is_list(tokens: list[Token]) -> bool:
    words = sum(token.concept in (Concept.WORD, Concept.FILLER) for token in tokens)
    return words <= _WORDS and all(token.concept in _LISTED for token in tokens)


def _is_about(tokens: list[Token], call: Signal) -> bool:
    """It names no other market and no other direction than the call's."""
    side = Concept.BUY if call.side is Side.BUY else Concept.SELL
    return all(token.value == call.symbol for token in tokens if token.concept is Concept.SYMBOL) and all(
        token.concept is side for token in tokens if token.concept in SIDES
    )


def _order(call: Signal, more: Signal, *, is_bare: bool) -> OrderKind | None:
    """How both together want to be entered; None when one says now and the other limit."""
    waits = more.order in (OrderKind.LIMIT, OrderKind.STOP)
    if is_bare:  # neither "now" nor a price: what the levels say of the entry counts
        return more.order if waits or more.entry else call.order
    return None if waits and more.order is not call.order else call.order


def _is_settled(reason: Reason, whole: Signal) -> bool:
    """What was missing in the first post, and is there now."""
    if reason.code == _BARE:
        return any(isinstance(level, Number) for level in (*whole.entry, whole.stop, *whole.targets))
    if reason.code == _NO_LEVEL:
        return whole.stop is not None and bool(whole.targets)
    return reason.code == _NO_PRICE and bool(whole.entry)


def _differ(one: Level | None, other: Level | None) -> bool:
    return one is not None and other is not None and _value(one) != _value(other)


def _all_differ(one: tuple[Level, ...], other: tuple[Level, ...]) -> bool:
    return bool(one and other) and list(map(_value, one)) != list(map(_value, other))


def _value(level: Level) -> tuple[str, Decimal | None]:
    return str(getattr(level, "unit", "")), getattr(level, "value", None)

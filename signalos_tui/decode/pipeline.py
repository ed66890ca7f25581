"""The reader: normalise -> scan -> read -> validate -> score. A function from text to `Reading`, nothing else.

What is not certain is held; what is talk is ignored; only what is complete, consistent and meant as an instruction may be
acted on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from signalos_tui.decode.breakout import settle_breakout
from signalos_tui.decode.compose import guess_symbol, settle_drafts, to_signal
from signalos_tui.decode.concepts import SIDES, Concept
from signalos_tui.decode.drafts import Draft
from signalos_tui.decode.learned import follow_habits, unless_contradicted
from signalos_tui.decode.lexicon import Lexicon, is_dense, is_passed_over, lexicon
from signalos_tui.decode.manner import asks, counts_pips
from signalos_tui.decode.normalise import normalise
from signalos_tui.decode.page import Page
from signalos_tui.decode.profile import DEFAULT, Profile
from signalos_tui.decode.scan import scan
from signalos_tui.decode.score import ignored, score_signals, score_updates
from signalos_tui.decode.signals import read_drafts
from signalos_tui.decode.symbols import closer
from signalos_tui.decode.tables import unfold_tables
from signalos_tui.decode.tokens import Token
from signalos_tui.decode.turning import turn_labels
from signalos_tui.decode.updates import read_updates
from signalos_tui.decode.validate import doubts
from signalos_tui.model.signals import OrderKind, Reading, ReadingVerdict, Reason, Side, Signal

LONGEST = 10_000
"""Posts are at most 4 096 characters; what is far longer is no signal and is not read."""

MOST_SIGNALS = 20
"""A post with more calls than this is a list or an attack, not something to trade."""


_CHATTER = ignored("No word of a signal or an update in it.")


def read(text: str, profile: Profile = DEFAULT) -> Reading:
    """What a message says. Pure, never raises on any text, linear in its length."""
    reading = _read(text, profile)
    if profile.reads_otherwise and reading.verdict is ReadingVerdict.ACT:
        return unless_contradicted(reading, _read(text, profile.plain))
    return reading


def _read(text: str, profile: Profile) -> Reading:
    if len(text) > LONGEST:
        return ignored("It is too long to be a signal.", "too_long")
    table = lexicon(profile)
    folded = normalise(text)
    if table.ignore and is_passed_over(folded.text, table.ignore):
        return ignored("The channel's profile passes this phrase over.")
    if not may_matter(folded.text, table):
        return _CHATTER
    page = Page(unfold_tables(scan(folded, table), folded), folded)
    signals = _read_signals(page, profile)
    if signals is not None:
        return signals
    followup = read_updates(page)
    if followup.updates:
        return score_updates(followup, page)
    return ignored("It asks for nothing.")


def may_matter(folded: str, table: Lexicon) -> bool:
    """Whether a message holds the words of a phrase that could start a signal or an update; turns chatter away cheaply."""
    words = set(_WORDS.findall(folded))
    for word in table.triggers.keys() & words:
        for others in table.triggers[word]:
            is_letter = len(word) == 1 and not others and word.isascii()  # "0 a 0" is known by its "a"
            if others <= words and not (is_letter and not _DIGIT.search(folded)):
                return True
    return not folded.isascii() and is_dense(folded) and table.dense_triggers.search(folded) is not None


_DIGIT = re.compile("[0-9]")


_WORDS = re.compile(r"[^\W\d_①-⑳]+")


def _read_signals(page: Page, profile: Profile) -> Reading | None:
    """The reading as signals, None when the message is none."""
    if not page.sides and not (page.only(Concept.STOP) and page.only(Concept.TARGET)):
        return None
    tokens, folded = page.tokens, page.folded
    found = read_drafts(turn_labels(page))
    if len(found) > MOST_SIGNALS:
        return ignored(f"It holds {len(found)} calls, more than {MOST_SIGNALS}.", "too_many")
    drafts = settle_drafts(found, profile)
    for draft in drafts:
        guess_symbol(draft, tokens, folded)
    drafts = [draft for draft in drafts if is_call(draft, page)]
    if not drafts:
        return None
    if _is_recap(page):
        return ignored("It reports on past trades.", "recap")
    for draft in drafts:
        follow_habits(draft, tokens, folded, profile)
        if not draft.has_levels and _is_said_in_passing(draft, page):
            draft.doubt("in_passing")
    settle_breakout(drafts, page)
    reading = _weigh(drafts, page)
    if not any(draft.has_levels for draft in drafts) and _is_tale(reading):
        return ignored("It speaks of a trade and calls none.", "talk")
    return reading


def _weigh(drafts: list[Draft], page: Page) -> Reading:
    """The calls of a post as signals, with everything that speaks against them."""
    signals = tuple(to_signal(draft, number, page.folded) for number, draft in enumerate(drafts, 1))
    reasons: list[Reason] = []
    for draft, signal in zip(drafts, signals, strict=True):
        for reason in doubts(draft, signal):
            if reason not in reasons:
                reasons.append(reason)
    reasons.extend(_together(drafts, signals))
    if not any(reason.code == "two_symbols" for reason in reasons):
        reasons.extend(_named_behind(signals, page))
    return score_signals(signals, reasons, page)


def _is_tale(reading: Reading) -> bool:
    """A direction named in passing, of a trade that was or may come; one that hangs on a condition is the owner's.

    Under a heading or of a later time ("my plan for today: ... if") a condition makes it a plan like any other.
    """
    codes = {reason.code for reason in reading.reasons}
    if "in_passing" not in codes:
        return False
    return not codes.isdisjoint(_PLANS if "conditional" in codes else _TALES)


_TALES = frozenset({"past", "not_yet", "optional"})
_PLANS = frozenset({"headed", "not_yet", "past"})


def _together(drafts: list[Draft], signals: tuple[Signal, ...]) -> Iterator[Reason]:
    """What speaks against several calls of one post."""
    if len(drafts) < 2:
        return
    lines = [draft.side_token.line for draft in drafts if draft.side_token is not None]
    if len(set(lines)) < len(lines) and len({draft.symbol for draft in drafts}) > 1:
        yield Reason("one_line", "It calls two markets in one line; which level belongs to which is not certain.")
    if _is_hedge(signals):
        yield Reason("both_sides", f"It buys and sells {signals[0].symbol} without limit or stop orders.")


def _named_behind(signals: tuple[Signal, ...], page: Page) -> Iterator[Reason]:
    """Another market behind the prices of the only call ("... TP 1.09 GBPUSD", "I mean silver"): which one is meant?

    Hashtags and adverts name markets that are not meant at all.
    """
    tokens, prices, call = page.tokens, page.figures, signals[0].symbol
    named = [at for at in page.only(Concept.SYMBOL) if _is_another(tokens[at], call)]
    if not named or not prices or len(signals) > 1:
        return
    lines = Counter(token.line for token in tokens)
    adverts = page.lines(frozenset({Concept.PROMOTION}))
    for at in named:
        token = tokens[at]
        if token.start < prices[0].start or tokens[at - 1].text == "#" or token.line in adverts:
            continue
        if lines[token.line] <= _SHORT_REMARK or token.line == prices[-1].line:
            yield Reason("two_symbols", f"It names more than one market: {call} and {token.value}.")
            return


def _is_another(token: Token, call: str | None) -> bool:
    return token.value != call and (call is None or closer(call, str(token.value)) is None)


_SHORT_REMARK = 6
"""A line of so many tokens is a remark on the call; a longer one talks of other things too."""


def _is_said_in_passing(draft: Draft, page: Page) -> bool:
    """A direction without stop or target inside a sentence: an opinion more often than a call."""
    line = draft.side_token.line if draft.side_token is not None else -1
    talk = [page.tokens[at] for at in page.each(_TALK) if page.tokens[at].line == line]
    return len(talk) > _TALKATIVE or any(token.concept is Concept.WORD and not token.unit for token in talk)


_TALK = frozenset({Concept.WORD, Concept.FILLER})
_TALKATIVE = 4


def _is_hedge(signals: tuple[Signal, ...]) -> bool:
    """Both directions of one market in one post, at least one of them at once."""
    sides: dict[str | None, set[Side | None]] = {}
    for signal in signals:
        sides.setdefault(signal.symbol, set()).add(signal.side)
    at_once = any(signal.order in (OrderKind.MARKET, OrderKind.UNSPECIFIED) for signal in signals)
    return at_once and any(len(found) > 1 for found in sides.values())


_SHORT_LINE = 16
"""A line of a call has at most so many tokens; a longer one that only mentions a price is talk."""

_REDUCES = frozenset({Concept.PARTIAL, Concept.REOPEN})

_REPORTS = frozenset({Concept.CLOSED, Concept.CLOSED_SELF, Concept.HOLD})

_CHANGES = frozenset(
    {
        Concept.MOVE,
        Concept.MODIFY,
        Concept.CLOSE,
        Concept.CANCEL,
        Concept.CANCELLED,
        Concept.BREAKEVEN,
    }
)


def is_call(draft: Draft, page: Page) -> bool:
    """Whether a draft is a call to trade, and not an update or talk that mentions a direction."""
    concepts, levels = page.places, bool(draft.stops) + bool(draft.targets)
    changes = page.has(_CHANGES) or "new" in page.units
    if draft.side is None:
        return levels == 2 and not changes and Concept.HIT not in concepts and (not draft.symbol or bool(draft.entry))
    if _opens_with_close(page) or _is_told(draft, page):
        return False
    if levels == 2 and (draft.entry or not changes) and Concept.MODIFY not in concepts:
        return True
    if changes and not (draft.entry and draft.symbol and (draft.own_symbol or levels)):
        return False
    if (changes and Concept.MODIFY in concepts) or (changes and Concept.HIT in concepts):
        return False
    if levels and (draft.symbol or draft.entry):
        return True
    if not levels and (page.has(_REPORTS) or counts_pips(page) or asks(page)):
        return False
    if not levels and (_came_true(draft, page) or _ends_with_cancel(page)):
        return False
    if not (levels or draft.entry or draft.now) and page.has(_REDUCES):
        return False
    if draft.entry:
        line = draft.side_token.line if draft.side_token is not None else -1
        beside = sum(token.line == line for token in page.tokens)
        return bool(draft.symbol) and (beside <= _SHORT_LINE or bool(draft.explicit))
    words = len(page.tokens) - len(page.each(_NO_WORDS))
    if draft.now and words <= (12 if draft.symbol else 3):
        return True
    return bool(draft.symbol) and (words <= 4 or bool(draft.leverage))


_NO_WORDS = frozenset({Concept.MARK, Concept.BREAK, Concept.SKIPPED})


def _is_told(draft: Draft, page: Page) -> bool:
    """A past trade with its result in one line ("Yesterday's signal: BUY GOLD 4020, TP reached"): a story, not a call."""
    side = draft.side_token
    if side is None or not page.only(Concept.PAST):
        return False
    line = [token for token in page.tokens if token.line == side.line]
    before = any(token.concept is Concept.PAST and token.start < side.start for token in line)
    return before and any(token.concept in (Concept.HIT, Concept.CLOSED) or token.sign == "+" for token in line)


def _ends_with_cancel(page: Page) -> bool:
    """An order that is named to be taken back: "GBPUSD buy limit 1.2650 отменяем"."""
    cancels = page.each(_CANCELS)
    return bool(cancels) and all(
        token.concept in (Concept.MARK, Concept.BREAK) for token in page.tokens[cancels[-1] + 1 :]
    )


def _came_true(draft: Draft, page: Page) -> bool:
    """A direction that is said to have worked out: "short from 3300 done, +4%", or with its targets below: "TP1 done"."""
    if Concept.TARGET in draft.named and page.only(Concept.HIT):
        return True
    line = draft.side_token.line if draft.side_token is not None else -1
    return any(page.tokens[at].line == line for at in page.only(Concept.HIT))


def _opens_with_close(page: Page) -> bool:
    """A report of a close over a list of facts ("Exit signal"), not a new trade."""
    ends, facts = page.each(_ENDS), page.each(_FACTS)
    return bool(ends) and page.tokens[ends[0]].line == 0 and not (facts and facts[0] < ends[0])


_CANCELS = frozenset({Concept.CANCEL, Concept.CANCELLED})
_ENDS = frozenset({Concept.CLOSE, Concept.CANCEL})
_FACTS = SIDES | {Concept.SYMBOL}


def _is_recap(page: Page) -> bool:
    """A report in its first lines, not a remark at the end of a signal."""
    lines = [page.tokens[at].line for at in page.only(Concept.RECAP)]
    return bool(lines) and (not page.figures or lines[0] <= page.figures[0].line)

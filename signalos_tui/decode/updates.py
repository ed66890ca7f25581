"""Read follow-ups: close, part, break-even, move a level, cancel, re-enter; and tell them from reports and talk.

A post is read sentence by sentence. What a sentence asks for is the set of concepts in it; how it is meant (a question, a
condition, a suggestion, a report of the past) decides whether it commands anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from signalos_tui.decode.actions import ASKED, DONE, Action, actions, points, trails
from signalos_tui.decode.addressed import (
    closes_shop,
    is_tale,
    lists_markets,
    misaddressed,
    names_level,
    names_span,
    quoted,
    removes_limit,
)
from signalos_tui.decode.concepts import NEGATION_LAST, Concept
from signalos_tui.decode.followup import Followup, weigh
from signalos_tui.decode.normalise import Folded
from signalos_tui.decode.page import Page
from signalos_tui.decode.sentences import Sentence, sentences
from signalos_tui.decode.shares import TAKE_PROFIT, names_exception
from signalos_tui.decode.symbols import symbols
from signalos_tui.decode.tokens import Token, is_figure
from signalos_tui.model.signals import Update, UpdateAction

_TALK = 5
"""A sentence with more unknown words than this is talk; what it seems to ask for is left to the owner."""

_REMARK = 2
"""The same for one without a verb that asks: "SL at break-even, a trader's best friend"."""

_VERBS = (Concept.MOVE, Concept.CLOSE, Concept.SECURE, Concept.PARTIAL, Concept.CANCEL, Concept.REOPEN, Concept.ADD)


def read_updates(page: Page) -> Followup:
    """What a post asks to do with trades that exist."""
    followup = Followup()
    parts = sentences(page.tokens) if page.has(ASKED, TAKE_PROFIT) else []
    if not parts or parts[0].has(Concept.RECAP):
        return followup
    market = next((part.symbol for part in parts if part.symbol), None) or _tagged(page.tokens, page.folded)
    changing = any(part.has(Concept.MODIFY) for part in parts)
    ended = any(part.has(Concept.CLOSED) for part in parts)
    for part in parts:
        if (
            ended
            and part.has(Concept.BREAKEVEN)
            and (part.has(Concept.HIT) or not part.has(Concept.STOP, Concept.MOVE))
        ):
            part.concepts.add(Concept.CLOSED)
        part.market = part.symbol or market
        for update in _read(part, followup, page.folded, changing=changing):
            followup.add(update)
            followup.borrows |= part.symbol is None and update.action is not UpdateAction.INFO
            followup.guards |= update.action is UpdateAction.CLOSE_PARTIAL and _may_guard(part, update)
    if followup.commands:
        _question_post(followup, parts, page, changing=changing)
    weigh(followup)
    return followup


def _question_post(followup: Followup, parts: list[Sentence], page: Page, *, changing: bool) -> None:
    """What the post as a whole says against its commands."""
    if sum(map(_is_lettered, parts)) > 1:
        followup.doubt("choice", "It offers a choice; the owner makes it.")
    if changing:
        followup.doubt("entry_change", "It changes the entry of a trade.")
    if _looks_like_call(parts):
        followup.doubt("looks_like_call", "It lists levels like a call to trade that could not be read.")
    if any(map(_is_bare_target, parts)):
        followup.doubt("bare_level", "It names a target but does not say that it is to be moved there.")
    if any(update.symbol is None for update in followup.commands) and _names_coins(page.tokens):
        followup.doubt("two_symbols", "It names more than one coin.")
    for reason in quoted(page):
        followup.doubt(reason.code, reason.text)
    if parts[0].has(*_OPENINGS):
        followup.doubt("framed", "It opens as an example, a quotation or an old post.")
    if not followup.reasons and names_span(page.tokens):
        followup.doubt("timed", "It names a span of time; a command goes out at once.")


def _is_bare_target(part: Sentence) -> bool:
    """A target with its price and nothing else, not said to be reached: the second half of "SL BE, TP 4215"."""
    return part.names_price and part.concepts <= _BARE and part.has(Concept.TARGET) and part.marks.isdisjoint(DONE)


_BARE = frozenset({Concept.TARGET, Concept.NUMBER, Concept.MARK})


def _names_coins(tokens: list[Token]) -> bool:
    """Two coins by their bare names ("SL to BE for ADA and SOL"): none of them is the only market of the post."""
    return len({token.text for token in tokens if token.unit == "coin"}) > 1


def _is_lettered(part: Sentence) -> bool:
    """One of several choices: "A) close half"."""
    opening = part.tokens[:2]
    return len(opening) > 1 and len(opening[0].text) == 1 and opening[0].text.isalpha() and opening[1].text == ")"


_OPENINGS = (Concept.IDEA, Concept.QUOTED, Concept.PAST, Concept.REFUSAL, Concept.COMMANDING)
"""What the first sentence says of all that follow."""


def _looks_like_call(parts: list[Sentence]) -> bool:
    """Stop and target with prices in sentences of their own, or a leverage: the post may be a call with a part missing."""
    labelled = [part for part in parts if part.has(Concept.TARGET, Concept.ENTRY)]
    if labelled and any(part.has(Concept.LEVERAGE) for part in parts):
        return True
    priced = [part for part in parts if part.names_price]
    priced = [part for part in priced if all(token.unit != "new" for token in part.tokens)]
    plain = [part for part in priced if not part.has(Concept.TO, Concept.HIT) and part.opens is not Concept.MOVE]
    targets = sum(part.has(Concept.TARGET) for part in plain)
    return targets > 1 or (targets == 1 and any(part.has(Concept.STOP, Concept.ENTRY) for part in priced))


def _tagged(tokens: list[Token], folded: Folded) -> str | None:
    """The market of "#SKR hit stoploss"; a line of nothing but tags ("#forex #signals") is how a channel signs.

    Without one, the only coin in capitals ("ARB закрываю"), where not all of the post is in capitals.
    """
    talking = {t.line for t in tokens if t.unit != "tag" and t.concept not in (Concept.MARK, Concept.BREAK)}
    for token in tokens:
        if token.unit == "tag" and token.line in talking:
            span = folded.span(token.start, token.end)
            if folded.original[span.start : span.end].isupper() or token.text in symbols().coins:
                return token.text.upper()
    coins = {token.text for token in tokens if token.unit == "coin"}
    return coins.pop().upper() if len(coins) == 1 and not folded.original.isupper() else None


def _may_guard(part: Sentence, update: Update) -> bool:
    """To "secure your profits", no part named: beside a stop that is moved, that may be all it takes."""
    named = update.fraction is not None or part.has(Concept.PARTIAL, Concept.PART)
    return not named and any(token.unit == "guard" for token in part.tokens)


def _read(part: Sentence, followup: Followup, folded: Folded, *, changing: bool) -> Iterator[Update]:
    """The updates of one sentence."""
    if part.concepts.isdisjoint(_MEANINGFUL) and not trails(part):
        return
    found = list(actions(part, folded, changing=changing))
    if any(action[0] is not UpdateAction.INFO for action in found):
        if part.question or part.has(Concept.RECAP) or _is_negated(part) or _is_musing(part) or closes_shop(part):
            return
        doubts = (*part.doubts, *misaddressed(part))
        if is_tale(doubts, found):
            return
        for reason in doubts:
            followup.doubt(reason.code, reason.text)
        found = _as_meant(part, followup, found)
    commands = [action for action in found if action[0] is not UpdateAction.INFO]
    several = len(part.symbols) > 1
    listed = several and lists_markets(part) and all(a[0] in _FOR_EACH and a[2] is None for a in commands)
    if commands and several and not listed:
        followup.doubt("two_symbols", f"It names more than one market: {', '.join(part.symbols)}.")
    takes_part = any(action[0] is UpdateAction.CLOSE_PARTIAL for action in commands)
    joined = takes_part and _joins_stop(part)
    for market in part.symbols if listed else [part.market]:
        for action in found:
            _question(part, followup, action, folded, joined=joined)
            asked, fraction, price, target = action
            yield Update(
                number=0,
                action=asked,
                fraction=fraction,
                price=price,
                symbol=market,
                side=part.side,
                target=target,
                everything=part.has(Concept.EVERYTHING) and not names_exception(part.tokens),
                span=folded.span(part.tokens[0].start, part.tokens[-1].end),
            )


_FOR_EACH = frozenset({UpdateAction.CLOSE, UpdateAction.CLOSE_PARTIAL, UpdateAction.BREAKEVEN, UpdateAction.CANCEL})
"""What can be asked for several markets in one breath: "close gold and silver"; a price belongs to one."""


def _as_meant(part: Sentence, followup: Followup, found: list[Action]) -> list[Action]:
    """Commands under a condition, as a suggestion or inside a long sentence are for the owner."""
    if part.has(Concept.OPTIONAL):
        followup.doubt("optional", "It is a suggestion, not an instruction.")
    if part.unknown > (_TALK if part.has(*_VERBS) else _REMARK):
        followup.doubt("talk", "It is a long sentence; what it asks for is not certain.")
    if part.has(Concept.OR):
        followup.doubt("choice", "It offers a choice; the owner makes it.")
    if part.has(Concept.BUY, Concept.BUYS) and part.has(Concept.SELL, Concept.SELLS):
        followup.doubt("both_sides", "It speaks of buys and of sells.")
    if part.has(Concept.CONDITION, Concept.CONDITION_WEAK) and not _hurries(part):
        followup.doubt("conditional", "It depends on a condition only the owner can judge.")
        return [(UpdateAction.CONDITIONAL, None, None, None)]
    return found


def _hurries(part: Sentence) -> bool:
    """What is near is why, not when: "close all now before NFP". At which price it comes ("before TP1") is another matter."""
    limits = [token.unit for token in part.tokens if token.concept in _CONDITIONS]
    return part.has(Concept.NOW) and set(limits) == {"before"} and not part.numbers and not part.has(*_AIMS)


_CONDITIONS = frozenset({Concept.CONDITION, Concept.CONDITION_WEAK})
_AIMS = (Concept.TARGET, Concept.STOP, Concept.ENTRY)


def _question(part: Sentence, followup: Followup, action: Action, folded: Folded, *, joined: bool) -> None:
    """What is missing or strange in one command. joined: beside a part to be closed stands the stop of the rest."""
    asked, _, price, _ = action
    if asked is UpdateAction.MOVE_TP or (asked is UpdateAction.MOVE_SL and not joined):
        _question_level(part, followup, action, folded)
    elif asked in (UpdateAction.CLOSE, UpdateAction.CLOSE_PARTIAL):
        if price is not None and not (_says_now(part) and _is_only_price(part)):
            followup.doubt("close_price", "It names a price to close at; a close goes out at once, at the market.")
        if part.has(Concept.BREAKEVEN) and asked is UpdateAction.CLOSE and not part.has(Concept.STOP, Concept.MOVE):
            followup.doubt("close_price", "It asks to close at break-even; a close goes out at once, at the market.")
        if (part.has(Concept.SIZE) and part.names_size) or (part.ordinal is not None and not part.has(Concept.TARGET)):
            followup.doubt("which_part", "It names a part of the trade by its size or number.")
        is_told = joined or part.has(Concept.BREAKEVEN, Concept.MOVE, Concept.TO, Concept.ENTRY)
        if part.has(Concept.STOP) and not is_told:
            followup.doubt("unclear_stop", "It names a stop without saying what becomes of it.")
        if part.has(Concept.CLOSED_SELF, Concept.CLOSED):
            followup.doubt("reported", "It reports a close; whether we follow is the owner's choice.")
    elif asked is UpdateAction.CANCEL and (part.ordinal is not None or _names_two_prices(part)):
        followup.doubt("which_part", "It names one order of several by its number or its price.")
    elif asked is UpdateAction.CANCEL and (names_level(part) or removes_limit(part)):
        followup.doubt("level_removal", "It takes a level away; the owner decides.")
    elif asked is UpdateAction.ADD or (asked is UpdateAction.REOPEN and (part.numbers or _names_old_levels(part))):
        followup.doubt("again", "It asks to enter again; the owner decides.")
    elif asked is UpdateAction.REOPEN and any(token.unit == "past" for token in part.tokens):
        followup.doubt("reported", "It reports an entry; whether we follow is the owner's choice.")


def _names_old_levels(part: Sentence) -> bool:
    """To enter again where the old trade did: a price, though it is not written."""
    return any(token.concept is Concept.REOPEN and token.text.endswith("same") for token in part.tokens)


def _is_only_price(part: Sentence) -> bool:
    """One price: where the market is while it says "close now". A share and a gain beside it ("+70 pips") are none."""
    prices = [number for number in part.numbers if not number.unit and not number.sign]
    return len(prices) == 1 and not part.has(Concept.LIMIT)


def _names_two_prices(part: Sentence) -> bool:
    """Two orders told apart by their prices: "cancel the buy limit at 4160, keep 4150"."""
    return len({number.values[0] for number in part.numbers if not number.unit and number.values}) > 1


def _says_now(part: Sentence) -> bool:
    """At this moment: "now", or "here" in the languages that say so."""
    return part.has(Concept.NOW) or any(token.text in _HERE for token in part.tokens)


_HERE = frozenset({"here", "hier", "aqui", "ici", "qui", "тут", "здесь"})


def _is_pointed_at(part: Sentence, folded: Folded) -> bool:
    """An arrow between the stop and the only number of its sentence says "to": "SL -> 4065"."""
    stop = next((token for token in part.tokens if token.concept is Concept.STOP), None)
    if stop is None or len(part.numbers) != 1 or part.unknown or part.has(Concept.TARGET, Concept.HIT):
        return False
    return points(folded.text[stop.end : part.numbers[0].start])


def _joins_stop(part: Sentence) -> bool:
    """The stop of the rest closes the sentence, behind a comma or an "and": "close half, SL 4066"."""
    kinds = [token.concept for token in part.tokens]
    at = kinds.index(Concept.STOP) if Concept.STOP in kinds else 0
    if at == 0 or not (kinds[at - 1] is Concept.AND or part.tokens[at - 1].text in _SEPARATORS):
        return False
    head, tail = part.tokens[: at - 1], part.tokens[at + 1 :]
    is_parting = all(token.concept in _PARTING or token.unit in ("%", "share") for token in head)
    return (
        is_parting
        and bool(tail)
        and tail[-1] in part.numbers
        and is_figure(tail[-1])
        and not tail[-1].sign
        and all(token.concept in (Concept.AT, Concept.FILLER, Concept.MARK) and not token.unit for token in tail[:-1])
    )


_SEPARATORS = frozenset(",;+&|/-–")
_PARTING = frozenset(
    {Concept.CLOSE, Concept.PARTIAL, Concept.FRACTION, Concept.SYMBOL, Concept.NOW, Concept.FILLER, Concept.MARK}
)
"""What an order to close a part is made of, without a price."""


def _question_level(part: Sentence, followup: Followup, action: Action, folded: Folded) -> None:
    """A stop or target to be moved needs its price, and a word that says it is to be moved there."""
    asked, _, price, target = action
    if asked is UpdateAction.MOVE_SL and price is None and target is None:
        followup.doubt("price_missing", "It moves the stop but does not say where to.")
    elif asked is UpdateAction.MOVE_SL and not (
        part.directs(Concept.TO) or part.has(Concept.NOW) or _is_pointed_at(part, folded)
    ):
        followup.doubt("bare_level", "It names a stop but does not say that it is to be moved there.")
    elif asked is UpdateAction.MOVE_TP and (_is_forecast(part) or (part.strays and not part.has(Concept.MOVE))):
        followup.doubt("bare_level", "It names a target but does not say that it is to be moved there.")


def _is_forecast(part: Sentence) -> bool:
    """A "new" target among words nobody knows: "new target for this quarter at 2500"."""
    return bool(part.unknown) and any(token.unit == "new" for token in part.tokens)


def _is_negated(part: Sentence) -> bool:
    """A negation shortly before what is asked for, right behind it ("перезаходить не буду"), or last of all ("close - not!")."""
    if not part.has(Concept.NEGATION, Concept.REFUSAL):
        return False
    if part.closes is Concept.NEGATION:
        return True
    for at, token in enumerate(part.tokens):
        if token.concept is Concept.NEGATION or token.concept is Concept.REFUSAL:
            if part.tokens[at + 1 : at + 2] and part.tokens[at + 1].concept in _CORRECTED:
                continue  # "not triggered, delete it"; "SL is 4092, not 4029" corrects a number
            if token.concept is Concept.REFUSAL and token.text in _CORRECTING:
                continue  # it is held as refused, and shown
            first = part.clause_start(at) if token.language in NEGATION_LAST else at - 1
            near = part.tokens[at + 1 : at + 4] + part.tokens[max(0, first) : at]
            if any(other.concept in _COMMANDS for other in near):
                return True
    return False


_CORRECTED = frozenset({Concept.HIT, Concept.NUMBER})
_CORRECTING = frozenset({"typo", "correction", "sorry", "mistake", "wrong entry"})


def _is_musing(part: Sentence) -> bool:
    """Thinking aloud about a new entry ("we may look to re-enter") asks for nothing."""
    return part.has(Concept.REOPEN, Concept.ADD) and part.has(Concept.OPTIONAL)


_COMMANDS = frozenset(
    {
        Concept.STOP,
        Concept.MOVE,
        Concept.CLOSE,
        Concept.PARTIAL,
        Concept.SECURE,
        Concept.BREAKEVEN,
        Concept.CANCEL,
        Concept.REOPEN,
        Concept.ADD,
    }
)
_MEANINGFUL = _COMMANDS - {Concept.MOVE} | {
    Concept.TARGET,
    Concept.CLOSED,
    Concept.CLOSED_SELF,
    Concept.CANCELLED,
    Concept.HOLD,
    Concept.HIT,
    Concept.MODIFY,
    Concept.FRACTION,
}

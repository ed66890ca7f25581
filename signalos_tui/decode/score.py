"""Weigh a reading: what speaks for it and against it, by name; the verdict follows from the reasons against acting.

One reason to doubt is enough to hold. The confidence (`certainty`) is for the owner's eye and for thresholds above this stage;
it never turns a hold into an act.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace

from signalos_tui.decode.certainty import SIGNALS, START, UPDATES, Scale, confidence
from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.followup import Followup
from signalos_tui.decode.manner import hidden, manner
from signalos_tui.decode.page import Page
from signalos_tui.decode.tokens import Token
from signalos_tui.model.signals import Evidence, Number, Reading, ReadingKind, ReadingVerdict, Reason, Signal

_MANY_WORDS = 8
"""So many words that mean nothing to the reader make a post that says more than was read."""

_REACH = (Decimal("0.2"), Decimal(12))
"""The nearest target is at least this many times the risk away, the farthest at most."""


def ignored(why: str, code: str = "noise") -> Reading:
    """A message that asks for nothing."""
    return Reading(ReadingKind.NOISE, ReadingVerdict.IGNORE, 0.0, reasons=(Reason(code, why),))


def held(reading: Reading, reasons: tuple[Reason, ...]) -> Reading:
    """The reading with more reasons to leave it to the owner."""
    known = {reason.code for reason in reading.reasons}
    doubts = _scale(reading).doubted((*reading.reasons, *reasons))
    evidence = (*(part for part in reading.evidence if part.name not in known), *doubts)
    return replace(
        reading,
        verdict=ReadingVerdict.HOLD,
        confidence=confidence(evidence),
        reasons=(*reading.reasons, *reasons),
        evidence=evidence,
    )


def score_signals(signals: tuple[Signal, ...], reasons: list[Reason], page: Page) -> Reading:
    """A reading with signals: act only when nothing speaks against any of them."""
    reasons = [*reasons, *manner(page)]
    evidence = [SIGNALS.seen(START), *_shared(signals), *_around(SIGNALS, page)]
    if len(signals) > 1:
        evidence.append(SIGNALS.seen("several calls", f"{len(signals)}"))
    evidence += SIGNALS.doubted(reasons)
    return Reading(
        ReadingKind.SIGNAL,
        ReadingVerdict.HOLD if reasons else ReadingVerdict.ACT,
        confidence(evidence),
        signals=signals,
        reasons=tuple(reasons),
        evidence=tuple(evidence),
        language=_language(page.tokens),
    )


def rescored(reading: Reading, signal: Signal, reasons: list[Reason]) -> Reading:
    """The reading of one signal after another post added to it. reasons: all that hold now, some of them perhaps twice."""
    known = tuple({reason.code: reason for reason in reversed(reasons)}.values())[::-1]
    evidence = [SIGNALS.seen(START), *_evidence(signal)]
    evidence += [part for part in reading.evidence if part.name in _AROUND]
    evidence += SIGNALS.doubted(known)
    return replace(
        reading,
        verdict=ReadingVerdict.HOLD if known else ReadingVerdict.ACT,
        confidence=confidence(evidence),
        signals=(signal,),
        reasons=known,
        evidence=tuple(evidence),
    )


def score_updates(followup: Followup, page: Page) -> Reading:
    """A reading with updates; one that only informs is nothing to act on."""
    commands = followup.commands
    evidence = [UPDATES.seen(START)]
    if not commands:
        evidence += [UPDATES.seen("report"), *_around(UPDATES, page)]
        why = Reason("information", "It reports something and asks for nothing.")
        return Reading(
            ReadingKind.UPDATE,
            ReadingVerdict.IGNORE,
            confidence(evidence),
            updates=tuple(followup.updates),
            reasons=(why,),
            evidence=tuple(evidence),
            language=_language(page.tokens),
        )
    reasons = [*followup.reasons, *hidden(page.folded)]
    evidence += [UPDATES.seen(commands[0].action, label=f"command: {commands[0].action}")]
    if len(commands) > 1:
        evidence.append(UPDATES.seen("more commands", f"{len(commands)}"))
    if any(command.price is not None for command in commands):
        evidence.append(UPDATES.seen("price"))
    if any(command.symbol is not None for command in commands):
        evidence.append(UPDATES.seen("symbol", commands[0].symbol or ""))
    evidence += _around(UPDATES, page)
    evidence += UPDATES.doubted(reasons)
    return Reading(
        ReadingKind.UPDATE,
        ReadingVerdict.HOLD if reasons else ReadingVerdict.ACT,
        confidence(evidence),
        updates=tuple(followup.updates),
        reasons=tuple(reasons),
        evidence=tuple(evidence),
        language=_language(page.tokens),
    )


def _scale(reading: Reading) -> Scale:
    return SIGNALS if reading.kind is ReadingKind.SIGNAL else UPDATES


# --- what speaks for it -------------------------------------------------------------------------------------------


def _evidence(signal: Signal) -> Iterator[Evidence]:
    """What speaks for one signal: what it says, and how well that goes together."""
    if signal.side is not None:
        how = "" if signal.side_span is not None else ", by its levels"
        yield SIGNALS.seen("side", f"{signal.side}{how}")
    if signal.symbol is not None:
        yield SIGNALS.seen("symbol", signal.symbol)
    if signal.entry:
        yield SIGNALS.seen("entry", " to ".join(str(price.value) for price in signal.entry))
    if signal.stop is not None:
        yield SIGNALS.seen("stop", str(signal.stop.value))
    if signal.targets:
        yield SIGNALS.seen("targets", f"{len(signal.targets)}")
    if signal.targets and signal.stop is None:
        yield SIGNALS.seen("targets alone")
    targets = [level.value for level in signal.targets if isinstance(level, Number)]
    entry = [level.value for level in signal.entry]
    stop = signal.stop.value if isinstance(signal.stop, Number) else None
    prices = [*entry, *targets, *([] if stop is None else [stop])]
    if len(prices) > 1 and _are_written_alike(prices):
        yield SIGNALS.seen("written alike")
    if stop is not None and targets and _is_in_proportion(entry, stop, targets):
        yield SIGNALS.seen("in proportion")


def _shared(signals: tuple[Signal, ...]) -> list[Evidence]:
    """What speaks for several signals at once: only what all of them have."""
    if len(signals) == 1:
        return list(_evidence(signals[0]))
    parts = [{part.name: part for part in _evidence(signal)} for signal in signals]
    return [part for name, part in parts[0].items() if all(name in other for other in parts[1:])]


_AROUND = ("few other words", "hidden characters")


def _around(scale: Scale, page: Page) -> Iterator[Evidence]:
    """What the rest of the post says about the reading."""
    if len(page.only(Concept.WORD)) <= _MANY_WORDS:
        yield scale.seen("few other words")
    if page.folded.oddities:
        yield scale.seen("hidden characters", ", ".join(page.folded.oddities))


def _are_written_alike(prices: list[Decimal]) -> bool:
    """The same number of digits before the point and behind it: a lost or doubled digit shows here."""
    first, size = prices[0], prices[0].adjusted()
    return all(price.same_quantum(first) and price.adjusted() == size for price in prices)


def _is_in_proportion(entry: list[Decimal], stop: Decimal, targets: list[Decimal]) -> bool:
    """The targets are as far away as targets are, in units of the risk; without an entry, of half the way to the first one."""
    risk = max([abs(price - stop) for price in entry]) if entry else abs(targets[0] - stop) / 2
    away = [abs(target - stop) for target in targets]
    taken = risk if entry else risk / 2
    return bool(risk) and min(away) - taken >= _REACH[0] * risk and max(away) - taken <= _REACH[1] * risk


def _language(tokens: list[Token]) -> str:
    """The language most of the understood words are in; English where none is ahead."""
    spoken = [token.language for token in tokens if token.language]
    return max(dict.fromkeys(spoken), key=lambda name: (spoken.count(name), name == "en"), default="")

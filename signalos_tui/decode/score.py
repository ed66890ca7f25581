"""Weigh a reading: confidence is a sum of named parts, and the verdict follows from the reasons against acting.

One reason to doubt is enough to hold. The confidence is for the owner's eye and for thresholds above this stage; it never
turns a hold into an act.
"""

from __future__ import annotations

from msgspec.structs import replace

from signalos_tui.decode.manner import hidden, manner
from signalos_tui.decode.normalise import Folded
from signalos_tui.decode.tokens import Token
from signalos_tui.decode.updates import Followup
from signalos_tui.model.signals import Evidence, Number, Reading, ReadingKind, ReadingVerdict, Reason, Signal

_BASE = 0.3


def ignored(why: str, code: str = "noise") -> Reading:
    """A message that asks for nothing."""
    return Reading(ReadingKind.NOISE, ReadingVerdict.IGNORE, 0.0, reasons=(Reason(code, why),))


def held(reading: Reading, reasons: tuple[Reason, ...]) -> Reading:
    """The reading with more reasons to leave it to the owner."""
    evidence = (*reading.evidence, *(Evidence(reason.code, -0.25, reason.text) for reason in reasons))
    return replace(
        reading,
        verdict=ReadingVerdict.HOLD,
        confidence=_confidence(list(evidence)),
        reasons=(*reading.reasons, *reasons),
        evidence=evidence,
    )


def score_signals(signals: tuple[Signal, ...], reasons: list[Reason], tokens: list[Token], folded: Folded) -> Reading:
    """A reading with signals: act only when nothing speaks against any of them."""
    reasons = [*reasons, *manner(tokens, folded)]
    evidence = [part for signal in signals for part in _evidence(signal)] if len(signals) == 1 else _shared(signals)
    if folded.oddities:
        evidence.append(Evidence("hidden characters", -0.2, ", ".join(folded.oddities)))
    evidence.extend(Evidence(reason.code, -0.25, reason.text) for reason in reasons)
    return Reading(
        ReadingKind.SIGNAL,
        ReadingVerdict.HOLD if reasons else ReadingVerdict.ACT,
        _confidence(evidence),
        signals=signals,
        reasons=tuple(reasons),
        evidence=tuple(evidence),
        language=_language(tokens),
    )


def rescored(reading: Reading, signal: Signal, reasons: list[Reason]) -> Reading:
    """The reading of one signal after another post added to it. reasons: all that hold now, some of them perhaps twice."""
    known = tuple({reason.code: reason for reason in reversed(reasons)}.values())[::-1]
    evidence = [*_evidence(signal), *(Evidence(reason.code, -0.25, reason.text) for reason in known)]
    return replace(
        reading,
        verdict=ReadingVerdict.HOLD if known else ReadingVerdict.ACT,
        confidence=_confidence(evidence),
        signals=(signal,),
        reasons=known,
        evidence=tuple(evidence),
    )


def score_updates(followup: Followup, tokens: list[Token], folded: Folded) -> Reading:
    """A reading with updates; one that only informs is nothing to act on."""
    commands = followup.commands
    if not commands:
        reasons = (Reason("information", "It reports something and asks for nothing."),)
        verdict = ReadingVerdict.IGNORE
        return Reading(ReadingKind.UPDATE, verdict, 0.5, (), tuple(followup.updates), reasons, (), _language(tokens))
    reasons_found = [*followup.reasons, *hidden(folded)]
    evidence = [Evidence(f"command: {update.action}", 0.5 if at == 0 else 0.1) for at, update in enumerate(commands)]
    evidence.extend(Evidence(reason.code, -0.25, reason.text) for reason in reasons_found)
    return Reading(
        ReadingKind.UPDATE,
        ReadingVerdict.HOLD if reasons_found else ReadingVerdict.ACT,
        _confidence(evidence),
        updates=tuple(followup.updates),
        reasons=tuple(reasons_found),
        evidence=tuple(evidence),
        language=_language(tokens),
    )


def _evidence(signal: Signal) -> list[Evidence]:
    """What speaks for one signal."""
    found = []
    if signal.side is not None:
        how = "" if signal.side_span is not None else ", by its levels"
        found.append(Evidence("side", 0.15, f"{signal.side}{how}"))
    if signal.symbol is not None:
        found.append(Evidence("symbol", 0.15, signal.symbol))
    if signal.entry:
        found.append(Evidence("entry", 0.1, " to ".join(str(price.value) for price in signal.entry)))
    if signal.stop is not None:
        found.append(Evidence("stop", 0.15, str(signal.stop.value)))
    if signal.targets:
        found.append(Evidence("targets", 0.1, f"{len(signal.targets)}"))
    if signal.stop is not None and signal.targets and isinstance(signal.stop, Number):
        found.append(Evidence("levels agree", 0.05))
    return found


def _shared(signals: tuple[Signal, ...]) -> list[Evidence]:
    """What speaks for several signals at once: only what all of them have."""
    parts = [{part.name: part for part in _evidence(signal)} for signal in signals]
    return [part for name, part in parts[0].items() if all(name in other for other in parts[1:])]


def _confidence(evidence: list[Evidence]) -> float:
    """The parts added up, between 0 and 1."""
    return round(min(1.0, max(0.0, _BASE + sum(part.weight for part in evidence))), 2)


def _language(tokens: list[Token]) -> str:
    """The language most of the understood words are in; English where none is ahead."""
    counts: dict[str, int] = {}
    for token in tokens:
        if token.language:
            counts[token.language] = counts.get(token.language, 0) + 1
    return max(counts, key=lambda name: (counts[name], name == "en"), default="")

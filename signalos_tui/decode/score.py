"""Weigh a reading: confidence is a sum of named parts, and the verdict follows from the reasons against acting.

One reason to doubt is enough to hold. The confidence is for the owner's eye and for thresholds above this stage; it never
turns a hold into an act.
"""

from __future__ import annotations

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.normalise import Folded
from signalos_tui.decode.scan import Token, prose_lines
from signalos_tui.decode.updates import Followup
from signalos_tui.model.signals import Evidence, Number, Reading, ReadingKind, ReadingVerdict, Reason, Signal

_BASE = 0.3
_TELLING = frozenset({Concept.CONDITION_WEAK, Concept.CLOSED, Concept.IDEA, Concept.HIT, Concept.CONDITION, Concept.OPTIONAL})
_OPTIONS = frozenset({"put", "call", "ce", "pe", "puts", "calls"})
_DISCLAIMER = 9
"""A condition in a longer line below the last price is a disclaimer ("you enter if you agree"), not part of the call."""


def ignored(why: str) -> Reading:
    """A message that asks for nothing."""
    return Reading(ReadingKind.NOISE, ReadingVerdict.IGNORE, 0.0, reasons=(Reason("noise", why),))


def score_signals(signals: tuple[Signal, ...], reasons: list[Reason], tokens: list[Token], folded: Folded) -> Reading:
    """A reading with signals: act only when nothing speaks against any of them."""
    reasons = [*reasons, *_manner(tokens), *_hidden(folded)]
    if asks(tokens):
        reasons.append(Reason("question", "It asks a question."))
    if all(reason.code != "stale" for reason in reasons) and reports_gain(tokens):
        reasons.append(Reason("stale", _MANNERS["stale"]))
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


def score_updates(followup: Followup, tokens: list[Token], folded: Folded) -> Reading:
    """A reading with updates; one that only informs is nothing to act on."""
    commands = followup.commands
    if not commands:
        reasons = (Reason("information", "It reports something and asks for nothing."),)
        verdict = ReadingVerdict.IGNORE
        return Reading(ReadingKind.UPDATE, verdict, 0.5, (), tuple(followup.updates), reasons, (), _language(tokens))
    reasons_found = [*followup.reasons, *_hidden(folded)]
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


def reports_gain(tokens: list[Token]) -> bool:
    """ "+50 pips" on a line without a level: a result, not a plan."""
    gains = {token.line for token in tokens if token.concept is Concept.NUMBER and token.unit == "pips" and token.sign == "+"}
    if not gains:
        return False
    levels = {token.line for token in tokens if token.concept in (Concept.STOP, Concept.TARGET)}
    return bool(gains - levels)


def asks(tokens: list[Token]) -> bool:
    """A question mark on the line of a direction; "SL ???" is an open stop, not a question."""
    sides = {token.line for token in tokens if token.concept in (Concept.BUY, Concept.SELL)}
    for at, token in enumerate(tokens):
        if token.text in {"?", "؟"} and token.line in sides:
            before = tokens[max(0, at - 4) : at]
            if not any(other.concept in (Concept.STOP, Concept.TARGET) for other in before):
                return True
    return False


def _evidence(signal: Signal) -> list[Evidence]:
    """What speaks for one signal."""
    found = []
    if signal.side is not None:
        found.append(Evidence("side", 0.15, str(signal.side)))
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


def _manner(tokens: list[Token]) -> list[Reason]:
    """How a signal is meant: reported as done already, an example, or a maybe."""
    found: list[Reason] = []
    seen: set[str] = set()
    prose = prose_lines(tokens)
    last_price = max((token.line for token in tokens if token.concept is Concept.NUMBER and not token.unit), default=0)
    for at, token in enumerate(tokens):
        if token.concept not in _TELLING and token.text not in _OPTIONS:
            continue
        code = _manner_of(tokens, at, token, last_price, prose)
        if code and code not in seen:
            seen.add(code)
            found.append(Reason(code, _MANNERS[code]))
    return found


_MANNERS = {
    "stale": "It already reports a result of this trade: it may be an old signal, edited.",
    "option": "It speaks of an option, not of the market itself.",
    "example": "It looks like an example or a scenario, not a call.",
    "conditional": "It depends on a condition only the owner can judge.",
    "optional": "It is a suggestion, not an instruction.",
}


def _manner_of(tokens: list[Token], at: int, token: Token, last_price: int, prose: frozenset[int]) -> str:
    """The code of one token's doubt, "" for none."""
    concept = token.concept
    if concept is Concept.IDEA:
        return "example"
    if token.text in _OPTIONS and at and tokens[at - 1].concept is Concept.SYMBOL:
        return "option"
    if concept is Concept.CLOSED:
        return "" if token.line in prose else "stale"
    near = [other.concept for other in tokens[max(0, at - 5) : at + 6] if other.line == token.line]
    if concept is Concept.HIT and (Concept.TARGET in near or Concept.STOP in near):
        return "stale"
    if concept is Concept.CONDITION_WEAK and token.line in prose:
        return ""
    if concept in (Concept.CONDITION, Concept.CONDITION_WEAK, Concept.OPTIONAL):
        if token.line > last_price and sum(other.line == token.line for other in tokens) > _DISCLAIMER:
            return ""
        side = Concept.BUY in near or Concept.SELL in near or Concept.ENTRY in near
        if side:
            return "optional" if concept is Concept.OPTIONAL else "conditional"
    return ""


def _hidden(folded: Folded) -> list[Reason]:
    """Text that shows something else than it says."""
    if "text direction override" in folded.oddities:
        return [Reason("hidden_text", "The text reverses its own direction: what is shown is not what is written.")]
    return []


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

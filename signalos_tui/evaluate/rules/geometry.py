"""Entry, stop and targets stand where they can only stand.

Reference: reliability B3; MQL5 Reference: Symbol Properties, SYMBOL_TRADE_STOPS_LEVEL.
"""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.draft import DraftLeg
from signalos_tui.evaluate.figures import places, plain
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.signals import OrderKind, Side

RULE = "geometry"


def check(case: Case) -> RuleVerdict:
    """The stop on the losing side, the targets on the winning side, all at least the broker's distance away."""
    draft, spec, quote = case.draft, case.spec, case.quote
    if draft is None or spec is None or quote is None or draft.side is None or not draft.legs:
        return denied(RULE, "There is no order to check", "none", "an order")
    for leg in draft.legs:
        verdict = _wrong_side(leg, draft.side) or _wrong_entry(leg, draft.side, quote)
        verdict = verdict or _too_close(leg, draft.side, spec, quote)
        if verdict is not None:
            return verdict
    first = draft.legs[0]
    stop = plain(first.stop) if first.stop is not None else "no stop"
    goal = plain(first.target) if first.target is not None else "open"
    return passed(
        RULE, "Stop and targets are on their sides", f"{stop} / {plain(first.reference)} / {goal}", "in order"
    )


def _wrong_side(leg: DraftLeg, side: Side) -> RuleVerdict | None:
    at = plain(leg.reference)
    loses, wins = ("below", "above") if side is Side.BUY else ("above", "below")
    if leg.stop is None:
        return denied(RULE, "A leg has no stop", "no stop", f"{loses} {at}")
    if (leg.reference - leg.stop) * side.sign <= 0 or leg.stop <= 0:
        text = f"The stop {plain(leg.stop)} of a {side} must be {loses} the entry {at}"
        return denied(RULE, text, plain(leg.stop), f"{loses} {at}")
    if leg.target is not None and (leg.target <= 0 or (leg.target - leg.reference) * side.sign <= 0):
        text = f"Target {leg.number}, {plain(leg.target)}, of a {side} must be {wins} the entry {at}"
        return denied(RULE, text, plain(leg.target), f"{wins} {at}")
    return None


def _wrong_entry(leg: DraftLeg, side: Side, quote: Quote) -> RuleVerdict | None:
    # A limit waits for a better price, a stop for a worse one.
    if leg.entry is None:
        return None
    better = (quote.opening(side) - leg.entry) * side.sign
    if (better > 0) if leg.kind is OrderKind.LIMIT else (better < 0):
        return None
    market = plain(quote.opening(side))
    text = f"A {side} {leg.kind} order at {plain(leg.entry)} is on the wrong side of the market at {market}"
    return denied(RULE, text, plain(leg.entry), market)


def _too_close(leg: DraftLeg, side: Side, spec: SymbolSpec, quote: Quote) -> RuleVerdict | None:
    # At market the broker measures from the price the position would close at, for a pending order from its own price.
    least = spec.stops_level * spec.point
    anchor = quote.closing(side) if leg.entry is None else leg.entry
    ways: list[tuple[str, Decimal]] = []
    if leg.entry is not None:
        ways.append((f"The entry {plain(leg.entry)}", abs(leg.entry - quote.opening(side))))
    if leg.stop is not None:
        ways.append((f"The stop {plain(leg.stop)}", (anchor - leg.stop) * side.sign))
    if leg.target is not None:
        ways.append((f"Target {leg.number}, {plain(leg.target)},", (leg.target - anchor) * side.sign))
    for what, way in ways:
        if way <= 0 or way < least:
            seen = f"{places(way / spec.point, 0)} points"
            text = f"{what} is {seen} from the price, the broker wants {spec.stops_level}"
            return denied(RULE, text, seen, f"{spec.stops_level} points")
    return None

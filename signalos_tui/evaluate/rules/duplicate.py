"""A call is traded once, however often it is posted."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case, fingerprint, is_same_call
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict
from signalos_tui.model.ids import message_of, number_of

RULE = "duplicate"


def check(case: Case) -> RuleVerdict:
    """The same post, or a nearly identical call of the same channel within duplicate_window_min minutes, either way round.

    Two channels that call the same trade are two calls; the caps count both (reference: reliability C6).
    """
    if any(trade.signal == case.signal_id for trade in case.exposure.trades):
        return denied(RULE, "This signal is already traded; an edit never opens it again", "open", "not open")
    window = case.trading.rules.duplicate_window_min
    limit = f"once in {window} min"
    if window == 0:
        return passed(RULE, "Duplicates are not looked for", "", "off")
    own = fingerprint(case.signal)
    for call in sorted(case.exposure.calls, key=lambda call: (-call.at, call.signal)):
        apart = abs(case.posted_at - call.at)
        if call.signal == case.signal_id or call.channel != case.channel or apart > window * 60_000:
            continue
        if is_same_call(own, call.fingerprint):
            minutes = apart // 60_000
            seen = f"{minutes} min apart" if minutes else "in the same minute"
            post = number_of(message_of(call.signal))
            return denied(RULE, f"The channel made the same call {seen}, post #{post}", seen, limit)
    return passed(RULE, f"Not called before within {window} min", "first", limit)

"""The rules, one a file, in the order they are asked and shown.

Who may trade comes first, then whether the message is understood, then the instrument and its price, then the levels, then
the money; last whether the channel may do on this account what the others let pass. Every rule is asked every time: the owner
sees all that speaks against a signal at once. To add a rule, write its file with a `check(case)` and name it here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.rules import (
    account,
    allowed,
    channel,
    confidence,
    daily_loss,
    distance,
    duplicate,
    geometry,
    hours,
    levels,
    margin,
    missing_stop,
    netting,
    open_risk,
    open_trades,
    policy,
    quote,
    readable,
    risk_ceiling,
    scale,
    size,
    spread,
    staleness,
    symbol,
    trading_state,
)
from signalos_tui.model.decisions import RuleVerdict


class Rule(NamedTuple):
    """A rule's name and its question."""

    name: str
    check: Callable[[Case], RuleVerdict]


_ABOUT_THE_MARKET = (
    quote,
    spread,
    missing_stop,
    levels,
    geometry,
    scale,
    distance,
    size,
    risk_ceiling,
    netting,
    open_trades,
    open_risk,
    daily_loss,
    margin,
)

RULES: tuple[Rule, ...] = tuple(
    Rule(module.RULE, module.check)
    for module in (
        trading_state,
        channel,
        account,
        readable,
        confidence,
        staleness,
        duplicate,
        symbol,
        allowed,
        hours,
        *_ABOUT_THE_MARKET,
        policy,
    )
)

NEEDS_MARKET = frozenset(module.RULE for module in _ABOUT_THE_MARKET)
"""Rules about an instrument's price and sizes: they can only be asked when it is known which instrument is meant."""

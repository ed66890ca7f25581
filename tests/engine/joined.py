"""What the tests of joined posts look at."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import SignalView
from signalos_tui.model.messages import Message
from tests.engine.kit import CONFIG, Bench, first_signal

D = Decimal
ACCEPTED, HELD, DENIED = DecisionOutcome.ACCEPTED, DecisionOutcome.HELD, DecisionOutcome.DENIED
NOW = "GOLD BUY NOW"
LEVELS = "SL 2330\nTP 2350\nTP 2360"
DEFAULT = replace(CONFIG, rules=replace(CONFIG.rules, missing_stop="default", default_stop_pips=D(100)))
"""A call without a stop is traded at once, with a stop 10.00 away."""


def view_of(bench: Bench, message: Message) -> SignalView:
    return bench.desk.signals[first_signal(message)]


def levels_of(bench: Bench) -> list[tuple[Decimal | None, Decimal | None]]:
    return [(leg.stop, leg.target) for leg in bench.legs]

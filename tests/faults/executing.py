"""What the tests of table D share: calls, accounts of both kinds, and a terminal that answers what it is told to."""

from __future__ import annotations

import pytest

from signalos_tui.model.orders import LegState
from tests.engine.kit import PAPER
from tests.engine.test_netting import NETTING

ONE = "BUY EURUSD NOW\nSL 1.0800\nTP 1.0900"
TWO = "BUY EURUSD NOW\nSL 1.0800\nTP1 1.0900\nTP2 1.0950"
OPEN, CLOSED, UNKNOWN, UNFILLED = LegState.OPEN, LegState.CLOSED, LegState.UNKNOWN, LegState.UNFILLED
SETTLED_S = 330
BOTH = pytest.mark.parametrize("paper", [PAPER, NETTING], ids=["hedging", "netting"])

"""Calls of one leg, and how long until the terminal has settled them."""

from __future__ import annotations

from signalos_tui.model.orders import LegState

ONE = "BUY EURUSD NOW\nSL 1.0800\nTP 1.0900"
LIMIT = "BUY LIMIT EURUSD 1.0820\nSL 1.0780\nTP 1.0900"
OPEN, CLOSED, UNKNOWN, UNFILLED = LegState.OPEN, LegState.CLOSED, LegState.UNKNOWN, LegState.UNFILLED
SETTLED_S = 330
"""settle_s and three looks."""

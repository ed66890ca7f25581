"""A netted position that is larger than the gateway's largest lot has become: it is closed all the same, in parts."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from signalos_tui.execute import constants as mt
from signalos_tui.execute.mt5 import Mt5Terminal
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.ids import SignalId
from signalos_tui.model.orders import LegState
from tests.engine.kit import CALL
from tests.transports.stage import life, opened

OPEN, CLOSED = LegState.OPEN, LegState.CLOSED


async def test_close_when_the_largest_lot_was_lowered_since_then_done_in_parts_of_at_most_that(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"margin_mode": mt.ACCOUNT_MARGIN_MODE_RETAIL_NETTING}))
    with opened("over TLS", tmp_path) as place:
        async with life(place) as it:
            it.say(CALL)
            await it.until(lambda: it.states == [OPEN, OPEN])
            place.kill()
            (tmp_path / "max_lot").write_text("0.019")  # no whole number of steps
            place.start()
            terminal = it.terminal
            assert isinstance(terminal, Mt5Terminal)
            await it.until(lambda: terminal.welcome is not None and terminal.welcome.max_lot == 0.019)
            signal, lots = SignalId(it.legs[0].signal), sum(leg.volume for leg in it.legs)
            assert (await it.press(c.CloseTrade, signal=signal, fraction=Decimal(1))).ok
            await it.until(lambda: it.states == [CLOSED, CLOSED])
            sent = [event.request.volume for event in it.told(e.CloseSending)]
            assert max(sent) == Decimal("0.01")
            assert sum(sent) == lots
            assert await it.terminal.positions_get() == ()
            assert not it.told(e.CloseRefused)
            assert "not-done-yet" not in it.codes

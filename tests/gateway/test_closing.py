"""Closes on a netting account: what only makes the position smaller may go, however the limits were changed since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from signalos_tui.gateway.settings import Guards
from signalos_tui.link.messages import REFUSED_BY_GATEWAY
from tests.gateway.kit import FakeTerminal, connected, gateway, inside, settings

NETTING = 0
POSITION: dict[str, Any] = {"ticket": 9, "symbol": "EURUSD", "type": 0, "volume": 0.5}
CLOSE: dict[str, Any] = {"position": 9, "type": 1, "volume": 0.1}


@pytest.mark.parametrize(
    ("request_", "position", "goes"),
    [
        ({}, {}, True),
        ({"volume": 0.5}, {}, True),
        ({"volume": 0.6}, {}, False),  # the rest would open the other way
        ({"type": 0}, {}, False),
        ({"type": 0}, {"type": 1}, True),
        ({"type": 2}, {}, False),
        ({"position": 8}, {}, False),
        ({}, {"symbol": "GBPUSD"}, False),
        ({}, None, False),  # it was closed this moment
    ],
)
async def test_close_when_its_symbol_is_not_allowed_any_more_then_only_what_makes_the_position_smaller_goes(
    terminal: FakeTerminal, tmp_path: Path, request_: dict[str, Any], position: dict[str, Any] | None, goes: bool
) -> None:
    terminal.set(margin_mode=NETTING, positions=[] if position is None else [{**POSITION, **position}])
    guards = Guards(login=4711, server="Fake-Demo", symbols=("GBPUSD",))
    async with gateway(settings(tmp_path, guards=guards)) as running, inside(running) as probe:
        answer = await probe.send("leg~1.1", **{**CLOSE, **request_})
        assert (answer.error[0] == 1) is goes
        assert len(terminal.accepted) == goes


async def test_close_when_the_positions_cannot_be_listed_then_it_is_refused_and_the_reason_is_the_symbol(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    terminal.set(margin_mode=NETTING, positions=[POSITION])
    guards = Guards(login=4711, server="Fake-Demo", symbols=("GBPUSD",))
    async with gateway(settings(tmp_path, guards=guards)) as running, inside(running) as probe:
        terminal.trouble(positions_get="none")
        answer = await probe.send("leg~1.1", **CLOSE)
        assert answer.error[0] == REFUSED_BY_GATEWAY
        assert "not among the allowed" in answer.error[1]


async def test_close_when_it_is_larger_than_the_largest_lot_then_refused_and_the_console_knows_how_much_may_go(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    """A stop could be hit between the look and the deal; then no more than one lot of the owner's own measure is opened."""
    terminal.set(margin_mode=NETTING, positions=[POSITION])
    guards = Guards(login=4711, server="Fake-Demo", max_lot=0.2)
    async with gateway(settings(tmp_path, guards=guards)) as running, inside(running) as probe:
        assert (await probe.send("leg~1.1", **{**CLOSE, "volume": 0.5})).error[0] == REFUSED_BY_GATEWAY
        assert (await probe.send("leg~1.2", **{**CLOSE, "volume": 0.2})).result["retcode"] == 10009
    async with gateway(settings(tmp_path, guards=guards)) as running, connected(running.address) as probe:
        assert (await probe.greet()).max_lot == 0.2

"""The gateway's memory and its file: a store that would not be found again is not written to, and nothing is sent without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalos_tui.clock import WallClock
from signalos_tui.gateway.intents import IntentStore
from signalos_tui.link.messages import REFUSED_BY_GATEWAY
from tests.gateway.kit import FakeTerminal, gateway, inside, settings


@pytest.mark.parametrize("how", ["removed", "replaced", "its log removed", "its folder moved"])
async def test_store_when_its_file_is_gone_under_the_running_gateway_then_nothing_is_sent_and_it_is_said(
    terminal: FakeTerminal, tmp_path: Path, how: str
) -> None:
    """The disk would take every line, into a file that the next start does not find: then anything could be called twice."""
    async with gateway(settings(tmp_path, locks=tmp_path)) as running, inside(running) as probe:
        at = WallClock().now()
        first = await probe.send("leg/1", at)
        [path] = (tmp_path / "data").glob("intents-*.db")
        match how:
            case "removed":
                path.unlink()
            case "replaced":
                IntentStore(path.with_name("other.db"), at).close()
                path.with_name("other.db").replace(path)
            case "its log removed":
                path.with_name(f"{path.name}-wal").unlink()
            case _:
                path.parent.rename(tmp_path / "elsewhere")
        answer = await probe.send("leg/2", at)
        assert answer.error[0] == REFUSED_BY_GATEWAY
        assert "was removed or replaced while the gateway ran" in answer.error[1]
        assert len(terminal.accepted) == 1
        # What it remembers it still says.
        assert (await probe.send("leg/1", at)).result == first.result

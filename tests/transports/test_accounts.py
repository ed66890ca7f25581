"""Two accounts, each with a gateway of its own: one that is lost neither stops nor delays the other."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

from signalos_tui.commands.gateway import PAPER_SERVER
from signalos_tui.model import events as e
from tests.commands.shell import ended, events, is_whole, reached, started, wait_until
from tests.transports.process import served

SERVER = PAPER_SERVER


def count(data: Path, kind: type[Any]) -> int:
    """How many events of a kind an account's journal holds so far."""
    return sum(isinstance(event, kind) for event in events(data)) if reached(data, 1) else 0


def codes(data: Path) -> list[str]:
    """The notices of an account so far."""
    return [event.code for event in events(data) if isinstance(event, e.NoticeRaised)] if reached(data, 1) else []


def test_account_when_its_gateway_is_lost_then_the_other_trades_on(tmp_path: Path) -> None:
    """Side by side from the start, then alone; each journal is whole and tells its own story."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with served(tmp_path / "one") as first, served(tmp_path / "two", "login = 1000002\n") as second:
        config = tmp_path / "both.toml"
        tables = first.as_account("main", f"{SERVER}/1000001") + second.as_account("prop", f"{SERVER}/1000002")
        config.write_text(f'[terminal]\nkind = "mt5"\n{tables}')
        data = tmp_path / "data"
        main, prop = data / "accounts" / "main", data / "accounts" / "prop"
        with started("run", "--headless", "--data", data, "--config", config) as process:
            wait_until(process, lambda: count(main, e.LegOpened) > 0 and count(prop, e.LegOpened) > 0)
            second.process.kill()
            wait_until(process, lambda: "link-unreachable" in codes(prop))
            before = count(main, e.MessageReceived)
            wait_until(process, lambda: count(main, e.MessageReceived) > before)
            answer = ended(process, signal.SIGTERM)
        assert answer.code == 0, answer.err
    assert "link-unreachable" not in codes(main)
    assert {x.account for x in events(prop) if isinstance(x, e.EngineStarted)} == {f"{SERVER}/1000002"}
    assert is_whole(main)
    assert is_whole(prop)

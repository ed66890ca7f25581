"""The console on `signalos gateway --paper` over TLS, from the first price to the kill switch; and the service without one."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from signalos_tui.clock import WallClock
from signalos_tui.commands.session import live_session
from signalos_tui.config import load
from signalos_tui.errors import ConfigInvalid
from signalos_tui.logs import quiet
from signalos_tui.model import events as e
from signalos_tui.model.account import Money, TradingState
from signalos_tui.model.desk import DeskState
from signalos_tui.model.orders import LegState
from signalos_tui.ui.app import ConsoleApp
from tests.commands.shell import ended, events, is_whole, reached, signalos, started, wait_until
from tests.transports.process import ACCOUNT, Served, served

PATIENCE_S = 40.0


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Served]:
    """As an owner starts it."""
    with served(tmp_path) as running:
        yield running


async def until(pilot: Pilot[Any], is_so: Callable[[], bool]) -> None:
    """Let the console run until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():
            await pilot.pause(0.05)


def screen(app: ConsoleApp) -> str:
    """What stands on the screen."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def states(desk: DeskState) -> list[LegState]:
    return [leg.state for trade in desk.trades.values() for leg in trade.legs]


async def test_console_on_a_gateway_shows_trades_and_stops_like_any_other(gateway: Served, tmp_path: Path) -> None:
    """The demo channels on the prices of the gateway; the owner's keys reach the broker."""
    quiet()
    config = load(gateway.write(), {})
    session = live_session(config, WallClock(), tmp_path / "data", holder="test")
    async with session.at_work() as engine:
        app = ConsoleApp(session.engine, config, clock=session.clock)
        async with app.run_test(size=(140, 40)) as pilot:
            desk = session.engine.snapshot
            await until(pilot, lambda: LegState.OPEN in states(desk()) and desk().account is not None)
            account = desk().account
            assert account is not None
            assert (account.name, account.money) == (ACCOUNT, Money.PAPER)
            await until(pilot, lambda: ACCOUNT in screen(app) and "ACTIVE" in screen(app))
            for key in ("exclamation_mark", "l", "y"):
                await pilot.pause(1)  # what is pressed while a question is being drawn is not taken for its answer
                await pilot.press(key)
            await until(pilot, lambda: desk().trading is TradingState.HALTED)
            await until(pilot, lambda: not [one for one in states(desk()) if one in (LegState.OPEN, LegState.PLACED)])
            assert await session.terminal.positions_get() == ()
            await until(pilot, lambda: "HALTED" in screen(app))
        session.engine.stop("the test is over")
        await engine
    assert not [event for event in events(tmp_path / "data") if isinstance(event, e.TaskFailed)]
    assert is_whole(tmp_path / "data")


def test_service_on_a_gateway_trades_is_ended_and_goes_on(gateway: Served, tmp_path: Path) -> None:
    """`signalos run --headless` twice: the second life takes up what the first left, and opens nothing of it again."""
    data = tmp_path / "data"
    magics: list[set[int]] = []
    for turn in (1, 2):
        with started("run", "--headless", "--data", data, "--config", gateway.write()) as process:
            wait_until(process, lambda: count(data, e.EngineArmed) == turn and count(data, e.LegOpened) > 0)  # noqa: B023
            answer = ended(process, signal.SIGTERM)
        assert answer.code == 0, answer.err
        assert (gateway.folder / "token").read_text().strip() not in answer.err
        magics.append({x.magic for x in events(data) if isinstance(x, e.IntentRecorded)})
    assert magics[0] == magics[1]
    opened = [x.leg for x in events(data) if isinstance(x, e.LegOpened)]
    assert len(opened) == len(set(opened))
    assert not [x for x in events(data) if isinstance(x, e.TradingStateChanged)], "the second start is no quarantine"
    assert is_whole(data)


def test_service_without_its_gateway_says_so_and_ends_when_told(gateway: Served, tmp_path: Path) -> None:
    """It is no failure: the process lives, its log has the reason and the next step."""
    data = tmp_path / "data"
    config = gateway.write(address='"127.0.0.1:1"')
    with started("run", "--headless", "--data", data, "--config", config) as process:
        wait_until(process, lambda: count(data, e.NoticeRaised) > 0)
        answer = ended(process, signal.SIGTERM)
    assert answer.code == 0
    assert "no gateway at 127.0.0.1:1" in answer.err
    assert "Start it (signalos gateway)" in answer.err
    assert is_whole(data)


def count(data: Path, kind: type[Any]) -> int:
    """How many events of a kind there are so far; none while there is no journal."""
    return sum(isinstance(event, kind) for event in events(data)) if reached(data, 1) else 0


def test_demo_channels_never_trade_an_account_that_may_be_real(gateway: Served, tmp_path: Path) -> None:
    config = load(gateway.write(demo_only="false"), {})
    with pytest.raises(ConfigInvalid, match="real money"):
        live_session(config, WallClock(), tmp_path / "data", holder="test")
    answer = signalos("run", "--headless", "--data", tmp_path / "data", "--config", gateway.config)
    assert answer.code == 1
    assert "real money" in answer.err

"""`signalos demo`: the console on the paper terminal with living demo channels, or the same without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from signalos_tui.clock import Clock, LoopClock, WallClock
from signalos_tui.collect.source import MessageSource
from signalos_tui.commands.console import has_terminal, run_console
from signalos_tui.commands.fleet import FleetSession, routed, summaries
from signalos_tui.commands.places import (
    JOURNAL,
    account_folder,
    config_file,
    configuration,
    kept_or_passing,
    packaged_config,
    require_layout,
)
from signalos_tui.commands.session import Part, Session, demo_session, simulated
from signalos_tui.commands.summary import summary
from signalos_tui.config import Config, Terminal
from signalos_tui.errors import JournalUnusable
from signalos_tui.journal import queries
from signalos_tui.logs import quiet
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Published

BEGINS = round(datetime(2026, 1, 5, 8, tzinfo=UTC).timestamp() * 1000)
"""Simulated demos begin on a Monday morning."""


ACCOUNTS: dict[str, dict[str, Any]] = {
    "main": {},
    "prop": {
        "channels": ["demo:aurum", "demo:kompas", "demo:orbit", "demo:harbour"],
        "risk": {"value": 0.25, "max_targets": 2},
        "rules": {"max_open_trades": 2, "max_daily_loss": 4, "missing_stop": "deny"},
        "paper": {"balance": 50_000, "latency_ms": [90, 400]},
    },
    "small": {
        "channels": ["demo:aurum", "demo:mizan", "demo:pulso", "demo:rocket", "demo:kante"],
        "risk": {"mode": "lots", "value": 0.01, "max_percent": 10},
        "rules": {"max_open_trades": 3},
        "paper": {"balance": 500, "currency": "EUR", "suffix": ".m"},
    },
}
"""The accounts of a demo with several: the same calls, read once and sized and routed in three ways."""


DEMO_RISK, DEMO_DAY = Decimal("0.25"), Decimal(12)
"""Percent of a signal and of a day, where the owner has set nothing: nobody beats an invented market, and a demo that has met its
day's loss after ten minutes shows nothing but denials."""


def demo(
    *,
    config: Path | None,
    data: Path | None,
    headless: bool,
    minutes: float,
    seed: int | None,
    speed: float | None,
    accounts: int = 1,
) -> int:
    """Run the demo. minutes, seed and speed are for a headless one; without a terminal it is headless.

    accounts: 1 to 3 paper accounts; those of the configuration are for `run`.
    """
    wished = configuration(config)
    if config_file(config) == packaged_config():
        wished = modest(wished)
    settings = settings_of(wished, seed, accounts)
    quiet()
    with kept_or_passing(data, "demo") as folder:
        require_layout(folder, settings)
        if headless or not has_terminal():
            _simulate(settings, folder, minutes, speed)
            return 0
        code = run_console(settings, folder, lambda: _living(settings, folder), is_kept=data is not None)
        if data is not None:
            print(f"The journal is kept in {folder}: signalos demo --data {folder} goes on from it.")
        return code


def modest(config: Config) -> Config:
    """Risking so little that a demo goes on for hours."""
    risk, rules = replace(config.risk, value=DEMO_RISK), replace(config.rules, max_daily_loss=DEMO_DAY)
    return replace(config, risk=risk, rules=rules)


def settings_of(config: Config, seed: int | None, accounts: int) -> Config:
    """The configuration of a demo: on paper, whatever it names, and with its own accounts. accounts: 1 for one without a name."""
    named = dict(list(ACCOUNTS.items())[:accounts]) if accounts > 1 else {}
    config = replace(config, accounts=named, terminal=Terminal())
    return config if seed is None else replace(config, demo=replace(config.demo, seed=seed))


def _living(config: Config, folder: Path) -> Session | FleetSession:
    return opened(config, folder, WallClock(), threaded=True, holder="signalos demo")


def opened(config: Config, folder: Path, clock: Clock, *, threaded: bool, holder: str) -> Session | FleetSession:
    """The demo of `settings_of`, not yet running. threaded: not where time is simulated. Raises JournalUnusable."""
    if not config.accounts:
        return demo_session(config, clock, folder, threaded=threaded, holder=holder)
    reached = _reached(config, folder)

    def build(name: str, own: Config, data: Path, part: Part) -> Session:
        part = part._replace(routed=lambda source: routed(config, name, GoesOn(source, reached)))
        return demo_session(own, clock, data, threaded=threaded, holder=holder, part=part)

    return FleetSession(config, clock, folder, build, holder=holder, threaded=threaded)


class GoesOn:
    """Demo channels that several accounts go on from: what they invent depends on where they begin, so all begin at one place.

    reached: the last post of each channel in any of the journals. Who reads again later begins at its own place.
    """

    def __init__(self, source: MessageSource, reached: Mapping[ChannelId, int]) -> None:
        self.name = source.name
        self._source = source
        self._reached: Mapping[ChannelId, int] | None = reached

    def channels(self) -> tuple[Channel, ...]:
        """Those of the demo."""
        return self._source.channels()

    def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        """The demo from the common place."""
        place, self._reached = self._reached, None
        return self._source.published(since if place is None else place)


def _reached(config: Config, folder: Path) -> dict[ChannelId, int]:
    reached: dict[ChannelId, int] = {}
    for path in _journals(config, folder):
        if path.exists():
            for channel, number in queries.cursors(path).items():
                reached[channel] = max(number, reached.get(channel, number))
    return reached


def _journals(config: Config, folder: Path) -> list[Path]:
    if not config.accounts:
        return [folder / JOURNAL]
    return [account_folder(folder, name) / JOURNAL for name in config.accounts]


def _simulate(config: Config, folder: Path, minutes: float, speed: float | None) -> None:
    config = replace(config, engine=replace(config.engine, pulse_s=1.0))
    ended = max((at for path in _journals(config, folder) if (at := _ended_at(path)) is not None), default=0)
    start = max(BEGINS, ended + 1000 if ended else 0)

    async def run() -> str:
        clock = LoopClock(asyncio.get_running_loop(), start)
        session = opened(config, folder, clock, threaded=False, holder="signalos demo --headless")
        async with session.at_work() as running:
            await asyncio.wait([running], timeout=minutes * 60)
            session.stop(f"the {minutes:g} minutes are over")
            await running
            length = f"ended by {session.ended_by}" if session.ended_by else f"{minutes:g} minutes"
            title = f"demo, {length}, seed {config.demo.seed}"
            for line in summary(session, title) if isinstance(session, Session) else summaries(session, title):
                print(line)
        return session.ended_by

    if simulated(run, speed) == "SIGINT":
        raise KeyboardInterrupt


def _ended_at(path: Path) -> int | None:
    try:
        last = queries.tail(path, 1)
    except JournalUnusable:  # none yet; one that is damaged says so when it is opened for writing
        return None
    return last[-1].at if last else None

"""Which terminal a configuration trades on: the paper terminal in this process, or a MetaTrader 5 behind its gateway.

Both have a life of their own beside the engine: the one moves its prices, the other keeps its connection.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from random import SystemRandom
from secrets import token_hex
from typing import Protocol

from signalos_tui import __version__
from signalos_tui.clock import Clock
from signalos_tui.commands.places import PAPER
from signalos_tui.config import Config
from signalos_tui.execute.constants import ACCOUNT_MARGIN_MODE_RETAIL_HEDGING, ACCOUNT_MARGIN_MODE_RETAIL_NETTING
from signalos_tui.execute.feeds.feed import Feed
from signalos_tui.execute.mt5 import Address, Expected, Mt5Terminal, Times, Trust
from signalos_tui.execute.mt5.reaching import dial, read_token
from signalos_tui.execute.paper import PaperSettings, PaperStore, PaperTerminal
from signalos_tui.execute.paper.dump import load_dump
from signalos_tui.execute.terminal import Terminal
from signalos_tui.journal import Journal


class Living(Terminal, Protocol):
    """A terminal with a life of its own: `run` as long as the engine works, `close` afterwards."""

    async def run(self) -> None:
        """Live until cancelled; a paper terminal ends by itself when there are no more prices. Raises OperatorNeeded."""
        ...

    def close(self) -> None:
        """Let go of what is held."""
        ...


def paper_terminal(config: Config, clock: Clock, data: Path, feed: Feed, seed: int) -> PaperTerminal:
    """The embedded terminal with its books in the folder `data`. Raises SourceUnreadable, ConfigInvalid."""
    return PaperTerminal(feed, clock, paper_settings(config), PaperStore(data / PAPER), seed)


def gateway_terminal(
    config: Config, clock: Clock, journal: Journal | None = None, times: Times | None = None
) -> Mt5Terminal:
    """The client of the gateway under [terminal]. journal: whose orders it sends; None to look only, as the doctor does."""
    settings = config.terminal
    address = Address.parse(settings.address)
    trust = Trust(settings.fingerprint, settings.certificate_file)
    expected = Expected(
        account=settings.account,
        demo_only=settings.demo_only,
        trades=journal is not None,
        holder=token_hex(16),  # of this start alone: a copy of the journal elsewhere is somebody else
        fence=journal.generation if journal is not None else 0,
        client=f"signalos {__version__}",
    )
    return Mt5Terminal(
        partial(dial, address, trust),
        partial(read_token, settings.token_env, settings.token_file),
        expected,
        clock=clock,
        jitter=SystemRandom().random,
        times=times or Times(send_s=config.send.call_s),
    )


def paper_settings(config: Config) -> PaperSettings:
    """[paper] as the terminal takes it. Raises ConfigInvalid: its file of symbols cannot be used."""
    paper = config.paper
    settings = PaperSettings(
        balance=float(paper.balance),
        currency=paper.currency,
        leverage=paper.leverage,
        suffix=paper.suffix,
        commission=float(paper.commission),
        slippage_points=paper.slippage_points,
        latency_ms=paper.latency_ms,
        login=paper.login,
        margin_mode=ACCOUNT_MARGIN_MODE_RETAIL_NETTING
        if paper.account == "netting"
        else ACCOUNT_MARGIN_MODE_RETAIL_HEDGING,
    )
    return load_dump(Path(paper.symbols).expanduser()).applied(settings) if paper.symbols else settings

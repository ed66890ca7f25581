"""One life of an engine in a drill: put together like the product's own session, run in simulated time, ended or killed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.clock import LoopClock
from signalos_tui.collect.demo.source import DemoSource
from signalos_tui.collect.scripted import ScriptedSource
from signalos_tui.collect.source import MessageSource
from signalos_tui.commands.places import JOURNAL, PAPER
from signalos_tui.commands.session import simulated
from signalos_tui.commands.terminals import paper_settings
from signalos_tui.config import Config
from signalos_tui.control import Control
from signalos_tui.engine import Engine
from signalos_tui.execute.feeds.feed import Feed
from signalos_tui.execute.paper import PaperStore, PaperTerminal
from signalos_tui.execute.paper.faults import (
    AcceptLate,
    Break,
    Delay,
    Fault,
    LoseReply,
    LoseRequest,
    Refuse,
    TimeOut,
)
from signalos_tui.execute.paper.invented import invented_market
from signalos_tui.journal import Journal
from signalos_tui.logs import quiet
from signalos_tui.state import durable, fold_all
from tests.crash.fuse import Box, Fuse, FusedTerminal, fused_journal, fused_store
from tests.crash.story import BEGINS, CONFIG, FX, GOLD, KEYS, SCRIPT, Swings

SETTLES_S = 420
"""After the last post: long enough for a lost answer to be searched for (settle_s), given up (three looks) and adopted late."""

LOOKS_AGAIN_S = 40
"""After the last price: long enough for the slowest look at the broker (reconcile_s)."""

PRESSED_WITHIN_MS = 60_000

_FAULTS: tuple[Fault, ...] = (
    Fault(), Fault(), Fault(), Fault(), LoseReply(), LoseRequest(), TimeOut(), Break(executed=True), Break(), Delay(5.0),
    AcceptLate(40.0), AcceptLate(330.0), Refuse(10004), Refuse(10018), Refuse(10031),
)  # fmt: skip


class Life(Struct, frozen=True):
    """How one life is lived. kind: "script", "hostile" (its terminal's answers get lost) or "demo". starts, ends: ms UTC.

    points, at: which point to be killed at; at 0: it lives to its end. seed: of faults and latencies.
    """

    folder: Path
    kind: str
    starts: int
    ends: int
    points: str
    at: int
    seed: int


def live(life: Life, box: Box) -> None:
    """Live it. Raises AssertionError when the state at its end is not the fold of what it wrote down."""
    quiet()
    simulated(lambda: _run(life, box))


async def _run(life: Life, box: Box) -> None:
    clock = LoopClock(asyncio.get_running_loop(), life.starts)
    fuse = Fuse(box, life.points, life.at, clock.now)
    config = replace(CONFIG, demo=replace(CONFIG.demo, seed=life.seed)) if life.kind == "demo" else CONFIG
    feed, sources = _published(life, clock, config)
    salt = blake2b(b"drill", digest_size=16).digest()
    journal = fused_journal(Journal.open(life.folder / JOURNAL, threaded=False, salt=salt, holder="drill"), fuse)
    paper = PaperTerminal(
        feed, clock, paper_settings(config), fused_store(PaperStore(life.folder / PAPER), fuse), seed=life.seed
    )
    terminal = FusedTerminal(paper, _faults(life), fuse)
    engine = Engine(config=config, clock=clock, journal=journal, terminal=terminal, sources=sources)
    broker = asyncio.create_task(paper.run(), name="paper broker")
    running = asyncio.create_task(engine.run(), name="engine")
    owner = asyncio.create_task(_press(engine, clock), name="owner")
    await asyncio.wait([running], timeout=(life.ends - clock.now()) / 1000)
    owner.cancel()
    broker.cancel()  # the broker stands still, so that the engine can be held to what it shows
    await asyncio.wait([broker, running], timeout=LOOKS_AGAIN_S, return_when=asyncio.FIRST_EXCEPTION)
    engine.stop("the drill is over")
    await running
    await terminal.settled()
    assert durable(engine.snapshot()) == durable(fold_all(journal.tail(0))), "the state is not the fold of the journal"
    paper.close()
    journal.close()


def _published(life: Life, clock: LoopClock, config: Config) -> tuple[Feed, Sequence[MessageSource]]:
    if life.kind != "demo":
        return Swings(), [ScriptedSource((FX, GOLD), SCRIPT, clock)]
    market = invented_market(life.seed, life.folder / PAPER, 1, tick_hz=0.5)
    return market, [DemoSource(life.seed, clock, market.price)]


def _faults(life: Life) -> list[Fault]:
    if life.kind != "hostile":
        return []
    rng = Random(f"{life.seed}:{life.starts}")
    return [rng.choice(_FAULTS) for _ in range(200)]


async def _press(engine: Control, clock: LoopClock) -> None:
    # The owner, who after a kill presses again what was pressed in the last minute.
    for command in KEYS:
        wait = command.issued_at - clock.now()
        if wait < -PRESSED_WITHIN_MS:
            continue
        await asyncio.sleep(max(wait, 0) / 1000)
        while not engine.snapshot().is_armed:  # noqa: ASYNC110 (of a drill)
            await asyncio.sleep(0.5)
        await engine.submit(command)


__all__ = ["BEGINS", "Life", "live"]

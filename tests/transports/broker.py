"""Stands for the vendor's module in a gateway's worker: the paper terminal, on the prices that a test writes into a file.

The folder is named by TEST_BROKER. `prices.json` holds symbol -> [bid, ask] and is read anew every few milliseconds; a file
`latency` how many milliseconds an order travels; `settings.json` what else of the broker is other than usual, `euro.json` of its
EURUSD.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.paper.instruments import CATALOGUE
from signalos_tui.execute.paper.module import PaperModule, open_module
from signalos_tui.execute.paper.settings import PaperSettings

EVERY_MS = 20
ALWAYS = "USDJPY"
"""Quoted also while there is a file `frozen`, which lets every other price stand still."""
LOGIN, SERVER = 1_000_001, PaperSettings().server
SETTINGS = PaperSettings(login=LOGIN, latency_ms=(2, 2), slippage_points=0, commission=0.0)


class PricesOfAFile:
    """Every symbol of the file, again and again, at the prices that stand there now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.symbols = tuple(self._read())

    def _read(self) -> dict[str, tuple[float, float]]:
        return {name: (float(bid), float(ask)) for name, (bid, ask) in json.loads(self._path.read_text()).items()}

    def ticks(self, start: int) -> Iterator[FeedTick]:
        """Without end."""
        at = start
        while True:
            at = max(at + EVERY_MS, time.time_ns() // 1_000_000)
            frozen = self._path.with_name("frozen").exists()
            for name, (bid, ask) in self._read().items():
                if name == ALWAYS or not frozen:
                    yield FeedTick(at, name, bid, ask)


def _told(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text())) if path.exists() else {}


def settings_of(folder: Path) -> PaperSettings:
    """The broker as a test wants it."""
    travel = folder / "latency"
    settings = replace(SETTINGS, latency_ms=(int(travel.read_text()),) * 2) if travel.exists() else SETTINGS
    settings = replace(settings, **_told(folder / "settings.json"))
    if euro := _told(folder / "euro.json"):
        usual = CATALOGUE["EURUSD"]
        settings = replace(settings, instruments=(replace(usual, spec=replace(usual.spec, **euro)),))
    return settings


def _opened() -> PaperModule:
    folder = Path(os.environ["TEST_BROKER"])
    return open_module(
        settings_of(folder), seed=1, store=folder / "paper.db", feed=PricesOfAFile(folder / "prices.json")
    )


_module: PaperModule | None = None


def __getattr__(name: str) -> Any:
    # The whole of the vendor's module, made when it is first used.
    global _module
    if name.startswith("__"):
        raise AttributeError(name)
    if _module is None:
        _module = _opened()
    return getattr(_module, name)

"""The fuse: counts every point at which a process could die, and dies at one of them.

Points are the moments around a commit of the journal, a commit of the broker's books, a trade request and any other question
to the terminal. Counts and the simulated time live in memory shared with the process that lit the fuse, so it knows when the
end came.
"""

from __future__ import annotations

import mmap
import os
import signal
import struct
from collections.abc import Callable, Mapping
from typing import Any

from signalos_tui.execute.paper import PaperStore
from signalos_tui.execute.paper.faults import Fault, FaultyTerminal
from signalos_tui.execute.structs import OrderSendResult
from signalos_tui.execute.terminal import Intent, Terminal
from signalos_tui.journal import Journal

WRITES = "writes"
"""Around commits and trade requests: where the order of things matters."""

LOOKS = "looks"
"""Before any other question to the terminal."""


class Box:
    """Memory that a forked process shares with its parent: points passed, simulated time."""

    _LAYOUT = struct.Struct("<QQQ")

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)

    def put(self, writes: int, looks: int, now: int) -> None:
        """Note how far it came."""
        self._LAYOUT.pack_into(self._memory, 0, writes, looks, now)

    def get(self) -> tuple[int, int, int]:
        """How far it came: write points, look points, ms UTC."""
        writes, looks, now = self._LAYOUT.unpack_from(self._memory, 0)
        return writes, looks, now


class Fuse:
    """Kills this process at the `at`-th point of a kind; never when `at` is 0."""

    def __init__(self, box: Box, kind: str, at: int, now: Callable[[], int]) -> None:
        self._box = box
        self._kind = kind
        self._at = at
        self._now = now
        self._passed = {WRITES: 0, LOOKS: 0}

    def burn(self, kind: str) -> None:
        """Pass one point."""
        self._passed[kind] += 1
        self._box.put(self._passed[WRITES], self._passed[LOOKS], self._now())
        if kind == self._kind and self._passed[kind] == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


def fused_journal(journal: Journal, fuse: Fuse) -> Journal:
    """The same journal with points before a commit, after it (its note is not written yet), and after the note."""
    ledger = journal._ledger
    _around(ledger, "commit", fuse)
    _around(ledger, "save_snapshot", fuse)
    _around(journal._note, "advance", fuse)
    return journal


def fused_store(store: PaperStore, fuse: Fuse) -> PaperStore:
    """The same books with points before and after each commit that has something to write."""
    commit = store.commit

    def fused() -> None:
        if store._db.in_transaction:
            fuse.burn(WRITES)
            commit()
            fuse.burn(WRITES)

    setattr(store, "commit", fused)  # noqa: B010 (mypy: a method)
    return store


def _around(thing: Any, name: str, fuse: Fuse) -> None:
    inner = getattr(thing, name)

    def fused(*args: Any, **more: Any) -> Any:
        fuse.burn(WRITES)
        result = inner(*args, **more)
        fuse.burn(WRITES)
        return result

    setattr(thing, name, fused)


class FusedTerminal(FaultyTerminal):
    """A terminal with a point before every question, and one before and after each trade request."""

    def __init__(self, inner: Terminal, faults: list[Fault], fuse: Fuse) -> None:
        super().__init__(inner, faults)
        self._fuse = fuse
        for name in (
            "terminal_info", "account_info", "last_error", "symbols_get", "symbol_info", "symbol_info_tick", "positions_get",
            "orders_get", "history_orders_get", "history_deals_get", "history_deals_of", "order_calc_profit",
            "order_calc_margin",
        ):  # fmt: skip
            setattr(self, name, self._looked(getattr(self, name)))

    def _looked(self, inner: Any) -> Any:
        async def fused(*args: Any, **more: Any) -> Any:
            self._fuse.burn(LOOKS)
            return await inner(*args, **more)

        return fused

    async def order_send(self, request: Mapping[str, object], intent: Intent | None = None) -> OrderSendResult | None:
        """Send a request, with a point on either side of it."""
        self._fuse.burn(WRITES)
        result = await super().order_send(request, intent)
        self._fuse.burn(WRITES)
        return result

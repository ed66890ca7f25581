"""A broker that has two golds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from signalos_tui.execute.structs import SymbolInfo
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.commands import Outcome
from signalos_tui.model.decisions import DecisionOutcome
from tests.engine.kit import Bench

HELD, DENIED, ACCEPTED = DecisionOutcome.HELD, DecisionOutcome.DENIED, DecisionOutcome.ACCEPTED
GOLD = "SELL XAUUSD NOW\nSL 2360\nTP 2330"


class TwoGolds:
    """What a broker lists besides the paper terminal's own: by name, a copy of its gold with changes. gone: not listed now."""

    def __init__(self, bench: Bench, *names: str, **changes: Any) -> None:
        self.others: dict[str, dict[str, Any]] = dict.fromkeys(names, changes)
        self.gold: dict[str, Any] = {}
        self.gone: set[str] = set()
        self._terminal = bench.terminal
        self._list, self._info = bench.terminal.symbols_get, bench.terminal.symbol_info
        for method in ("symbols_get", "symbol_info", "symbol_select"):
            setattr(bench.terminal, method, getattr(self, method))

    async def symbols_get(self) -> tuple[SymbolInfo, ...] | None:
        """Its own with the copies."""
        listed = await self._list()
        if listed is None:
            return None
        return tuple(self._changed([*listed, *self._copies(listed)]))

    async def symbol_info(self, symbol: str) -> SymbolInfo | None:
        """One of them."""
        return next((info for info in await self.symbols_get() or () if info.name == symbol), None)

    async def symbol_select(self, symbol: str, enable: bool = True) -> bool:
        """Every one that is listed can be watched."""
        return await self.symbol_info(symbol) is not None

    def _copies(self, listed: Iterable[SymbolInfo]) -> list[SymbolInfo]:
        gold = next(info for info in listed if info.name == "XAUUSD")
        return [replace(gold, **{"name": name, **changes}) for name, changes in self.others.items()]

    def _changed(self, infos: Iterable[SymbolInfo]) -> Iterable[SymbolInfo]:
        for info in infos:
            if info.name not in self.gone:
                yield replace(info, **self.gold) if info.name == "XAUUSD" else info


def decided(bench: Bench) -> list[DecisionOutcome]:
    """What became of the signals so far, in order."""
    return [event.decision.outcome for event in bench.told(e.SignalDecided)]


async def choose(bench: Bench, name: str | None, market: str = "XAUUSD") -> Outcome:
    """Answer the question."""
    return await bench.press(c.ChooseSymbol, key=f"choice {bench.clock.now()}", market=market, name=name)

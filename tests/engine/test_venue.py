"""What a venue learns of a long list: all of it, while others get their turn, and what they learn meanwhile stays."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from signalos_tui.clock import FrozenClock
from signalos_tui.engine.venue import AT_ONCE, Venue
from signalos_tui.execute.paper import PaperTerminal
from signalos_tui.execute.structs import SymbolInfo
from tests.engine.kit import BEGINS, PAPER

MANY = 3_000


class LongList(PaperTerminal):
    """A broker with thousands of instruments like EURUSD."""

    infos: tuple[SymbolInfo, ...] = ()

    async def begin(self) -> None:
        """List them."""
        info = next(info for info in await super().symbols_get() or () if info.name == "EURUSD")
        self.infos = tuple(replace(info, name=f"S{place:05d}", time=1) for place in range(MANY))

    async def symbols_get(self) -> tuple[SymbolInfo, ...] | None:
        """All of them."""
        return self.infos

    async def symbol_select(self, symbol: str, enable: bool = True) -> bool:
        """Whatever is listed."""
        return any(info.name == symbol for info in self.infos)

    async def symbol_info(self, symbol: str) -> SymbolInfo | None:
        """One of them, as it is now."""
        return next((info for info in self.infos if info.name == symbol), None)

    async def symbol_info_tick(self, symbol: str) -> Any:
        """No price yet."""
        return None


async def at_work() -> tuple[LongList, Venue]:
    """A venue that knows the list."""
    clock = FrozenClock(BEGINS)
    terminal = LongList(None, clock, PAPER)
    await terminal.begin()
    venue = Venue(terminal, clock, is_paper=True)
    await venue.connect()
    return terminal, venue


async def test_list_when_it_is_long_then_it_is_known_whole_and_others_get_their_turn() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    terminal, venue = await at_work()
    assert turns >= MANY // AT_ONCE
    assert [one.name for one in venue.directory.listed] == [info.name for info in terminal.infos]
    assert all(venue.spec(info.name) is not None for info in terminal.infos)
    turns = 0
    terminal.infos = tuple(replace(info, digits=3) for info in terminal.infos[1:])
    assert await venue.relist()
    beside.cancel()
    assert turns >= MANY // AT_ONCE
    assert {one.digits for one in venue.directory.listed} == {3}
    assert venue.directory.get("S00000") is None
    assert venue.spec("S00000") is None
    assert not await venue.relist()


async def test_instrument_when_it_changes_while_the_list_is_learnt_then_it_is_as_it_was_seen_last() -> None:
    terminal, venue = await at_work()
    before = terminal.infos
    terminal.infos = (*before[:-1], replace(before[-1], name="NEW", description="made"))
    learning = asyncio.create_task(venue.relist())
    for _ in range(5):
        await asyncio.sleep(0)
    terminal.infos = (replace(before[0], trade_contract_size=7.0), *terminal.infos[1:])
    spec, _ = await venue.instrument("S00000")
    assert not learning.done()
    assert await learning
    listed = venue.directory.get("S00000")
    assert spec is not None
    assert listed is not None
    assert listed.contract_size == spec.contract_size == Decimal(7)
    assert venue.directory.get("NEW") is not None
    assert venue.directory.get("S02999") is None

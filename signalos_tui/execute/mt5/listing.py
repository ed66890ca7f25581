"""A broker's whole list of instruments, page by page: however long it is, no answer is, and others get their turn between.

An older gateway knows no pages and refuses the arguments; then the list is asked for as a whole, as far as that goes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from signalos_tui.execute.mt5.reading import NotReadable
from signalos_tui.execute.structs import SymbolInfo
from signalos_tui.link.messages import PAGE, REFUSED_BY_GATEWAY

MOST = 500_000
"""More than any broker has; a gateway that goes on is broken."""

Ask = Callable[..., Awaitable[tuple[SymbolInfo, ...] | None]]


async def whole_list(ask: Ask, last_error: Callable[[], Awaitable[tuple[int, str]]]) -> tuple[SymbolInfo, ...] | None:
    """All of it; None when a page failed. ask: for `count` from `start` on, or without both for all. Raises NotReadable."""
    found: dict[str, SymbolInfo] = {}  # one that moved to the next page meanwhile is in it once
    start = 0
    while True:
        page = await ask(start=start, count=PAGE)
        if page is None:
            is_old = not start and (await last_error())[0] == REFUSED_BY_GATEWAY
            return await ask() if is_old else None
        start += len(page)
        if len(page) > PAGE or start > MOST:
            raise NotReadable(f"a page of the list had {len(page)} instruments, and it did not end after {start}")
        found.update((info.name, info) for info in page)
        if len(page) < PAGE:
            return tuple(found.values())

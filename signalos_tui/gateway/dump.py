"""A broker's symbols as the terminal tells them, in a file: `signalos gateway --dump-symbols FILE`.

The paper terminal can be made from it, and it can be shown to others: of the account only what decides about money, neither name
nor number nor balance.
"""

from __future__ import annotations

from typing import Any

import msgspec

from signalos_tui.clock import Clock
from signalos_tui.errors import OperatorNeeded
from signalos_tui.gateway import pipe
from signalos_tui.gateway.calling import Worker, WorkerGone
from signalos_tui.gateway.settings import Settings
from signalos_tui.link.messages import PAGE, SYMBOLS_GET

FORMAT = 1
ACCOUNT_FACTS = (
    "trade_mode", "leverage", "limit_orders", "margin_so_mode", "margin_mode", "currency_digits", "fifo_close",
    "margin_so_call", "margin_so_so", "server", "currency", "company",
)  # fmt: skip


async def dump_symbols(settings: Settings, clock: Clock) -> bytes:
    """The file's text, JSON. Raises OperatorNeeded."""
    worker = await Worker.start(clock)
    try:
        facts = await _asked(worker, settings)
        symbols, error = await _listed(worker, settings.times.open_s)
    except WorkerGone as gone:
        raise OperatorNeeded(f"the terminal cannot be asked: {gone.text}", "Start MetaTrader and try again") from None
    finally:
        await worker.end(settings.times.ending_s)
    if not symbols:
        why = f"{error[1]} ({error[0]})" if symbols is None else "its list is empty"
        raise OperatorNeeded(
            f"the terminal lists no symbols: {why}", "Look at the terminal, and whether it is connected"
        )
    about = {
        "format": FORMAT,
        "made": clock.now(),
        "account": {name: facts["account"][name] for name in ACCOUNT_FACTS},
        "terminal": {"build": facts["terminal"]["build"]},
        "symbols": sorted(symbols, key=lambda symbol: str(symbol["name"])),
    }
    return msgspec.json.format(msgspec.json.encode(about), indent=1) + b"\n"


async def _listed(worker: Worker, limit_s: float) -> tuple[list[dict[str, Any]] | None, tuple[int, str]]:
    # Page by page: a long list is too much for one answer.
    found: list[dict[str, Any]] = []
    while True:
        told = await worker.ask(SYMBOLS_GET, {"start": len(found), "count": PAGE}, limit_s)
        page: list[dict[str, Any]] | None = msgspec.msgpack.decode(told.result)
        if page is None:
            return None, told.error
        found += page
        if len(page) < PAGE:
            return found, told.error


async def _asked(worker: Worker, settings: Settings) -> dict[str, Any]:
    guards = settings.guards
    asked = {
        "module": settings.module, "path": settings.terminal, "login": guards.login, "server": guards.server,
        "password": settings.password.reveal(), "paper": settings.paper, "ms": round(settings.times.open_s * 900),
    }  # fmt: skip
    told = await worker.ask(pipe.OPEN, asked, settings.times.open_s)
    facts: dict[str, Any] | None = msgspec.msgpack.decode(told.result)
    if facts is None:
        raise OperatorNeeded(
            f"the terminal cannot be opened: {told.error[1]} ({told.error[0]})", "Look at the terminal"
        )
    found = (facts["account"]["login"], facts["account"]["server"])
    if not all(found):
        remedy = "Log it in to the account whose symbols you want: File, Login to Trade Account"
        raise OperatorNeeded("the terminal is logged in to no account", remedy)
    if found != (guards.login, guards.server) and guards.login:
        raise OperatorNeeded("the terminal is logged in to another account", "Log it in to the configured one")
    return facts

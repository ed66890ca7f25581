"""One look at the broker: what it shows of our legs, and whether that look proves anything.

Presence is proven by any order, position or deal with a leg's magic. Absence is proven only by clean looks that are alive: the
terminal was connected and logged in to our account from beginning to end, every question was answered with a tuple, and prices
or money have moved since the look before (reference: reliability R4). MetaTrader says None for "the call failed" and () for
"there is none", and mixing the two is how positions get doubled.

The terminal may be far away, so what does not build on one another is asked at once, in steps: whose account it is; what stands;
the past, so that whatever has left the lists meanwhile is found there; and once more whose account it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.structs import AccountInfo, TradeDeal, TradeOrder, TradePosition
from signalos_tui.execute.terminal import Terminal, note_of
from signalos_tui.model.desk import LegView
from signalos_tui.model.orders import LegState

DAY_S = 86_400
LEAST = 1e-8
"""Lots nearer to one another than this are the same."""
UNSETTLED = frozenset({LegState.SENDING, LegState.SENT, LegState.UNKNOWN, LegState.PLACED})


class Signs(Struct, frozen=True):
    """Signs of life of a view. ticks: by symbol, the time of its newest quote, ms. money: balance, credit, equity, margin."""

    ticks: tuple[tuple[str, int], ...] = ()
    money: tuple[float, ...] = ()

    def newer_than(self, before: Signs) -> bool:
        """A quote is newer, or the account has changed: the view was not frozen in between."""
        known = dict(before.ticks)
        moved = any(at > known[symbol] for symbol, at in self.ticks if symbol in known)
        return moved or (bool(self.money and before.money) and self.money != before.money)


class Look(Struct, frozen=True):
    """What the broker showed. at: ms UTC. has_history: orders and deals of the past were asked for as well.

    is_clean: a leg that is not in here was not at the broker. deals: those of positions that are gone or smaller, and, with
    history, all of the window. signs: of life, where something was missed. link: of the gateway's connection, see
    GatewayNote. is_netting: the account has one position a symbol, whose magic says nothing.
    """

    at: int
    is_clean: bool
    has_history: bool
    positions: tuple[TradePosition, ...] = ()
    orders: tuple[TradeOrder, ...] = ()
    past_orders: tuple[TradeOrder, ...] = ()
    deals: tuple[TradeDeal, ...] = ()
    why_not: str = ""
    signs: Signs = Signs()
    link: int = 0
    is_netting: bool = False


async def look(terminal: Terminal, legs: Iterable[LegView], account: str, now: int, *, sweep: bool = False) -> Look:
    """Ask the terminal for everything the given legs need. account: "<server>/<login>" it has to be logged in to.

    sweep: also ask for the past when no leg needs it.
    """
    login, why = await _at_our_account(terminal, account)
    if login is None:
        return Look(now, is_clean=False, has_history=False, why_not=why)
    netting = login.margin_mode != mt.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING
    positions, orders = await asyncio.gather(terminal.positions_get(), terminal.orders_get())
    if positions is None or orders is None:
        return Look(now, is_clean=False, has_history=False, why_not="the terminal could not list positions or orders")
    legs = tuple(legs)
    missing = _missing(legs, positions, orders, is_netting=netting)
    past: tuple[TradeOrder, ...] | None = ()
    deals: tuple[TradeDeal, ...] | None = ()
    if missing or sweep:
        start = min((leg.sending_at or leg.intent_at for leg in missing), default=now) // 1000 - DAY_S
        end = now // 1000 + DAY_S
        past, deals = await asyncio.gather(
            terminal.history_orders_get(start, end), terminal.history_deals_get(start, end)
        )
    if deals is not None:
        asked = _netted(legs, positions, deals, all_of_them=sweep) if netting else _changed(legs, positions)
        deals = await _with_deals_of(terminal, asked, deals)
    if past is None or deals is None:
        why = "the terminal could not list the history"
        return Look(now, is_clean=False, has_history=False, positions=positions, orders=orders, why_not=why)
    seen = Look(now, True, bool(missing) or sweep, positions, orders, past, deals, is_netting=netting)
    if not missing:
        return seen
    # Nothing is said about what is missing unless the terminal was ours to the end of this look.
    login, why = await _at_our_account(terminal, account)
    if login is None:
        return replace(seen, is_clean=False, has_history=False, past_orders=(), deals=(), why_not=why)
    note = await note_of(terminal)
    return replace(seen, signs=await _signs(terminal, missing, login), link=note.link if note else 0)


def _missing(
    legs: Sequence[LegView], positions: Sequence[TradePosition], orders: Sequence[TradeOrder], *, is_netting: bool
) -> list[LegView]:
    # Legs of which neither order nor position is listed, and those with a close that was not accounted for.
    here = {order.magic for order in orders} | ({p.magic for p in positions} if not is_netting else set())
    return [leg for leg in legs if leg.unsettled or (leg.state in UNSETTLED and leg.magic not in here)]


def _changed(legs: Sequence[LegView], positions: Sequence[TradePosition]) -> list[int]:
    # Positions of open legs that are gone, smaller or larger: their deals say why.
    volumes = {ticket: p.volume for p in positions for ticket in (p.identifier, p.ticket)}
    opened = (leg for leg in legs if leg.is_open)
    changed = (leg for leg in opened if abs(volumes.get(leg.position or 0, 0.0) - float(leg.volume)) > LEAST)
    return [leg.position for leg in changed if leg.position is not None]


def _netted(
    legs: Sequence[LegView], positions: Sequence[TradePosition], deals: Sequence[TradeDeal], *, all_of_them: bool
) -> list[int]:
    # Positions of which every deal is needed: they are not what our legs add up to, something of them is being closed, or a
    # leg turned up among the deals. What a symbol of ours holds beyond our legs may be one that was given up.
    held: dict[int, float] = {}
    for leg in legs:
        if leg.is_open and leg.position is not None:
            held[leg.position] = held.get(leg.position, 0.0) + float(leg.volume)
    volumes = {position.identifier: position.volume for position in positions}
    symbols = {leg.symbol for leg in legs}
    found = [ticket for ticket, lots in held.items() if all_of_them or abs(volumes.get(ticket, 0.0) - lots) > LEAST]
    found += [
        p.identifier for p in positions if p.symbol in symbols and abs(held.get(p.identifier, 0.0) - p.volume) > LEAST
    ]
    found += [leg.position for leg in legs if leg.unsettled and leg.position is not None]
    magics = {leg.magic for leg in legs}
    found += [deal.position_id for deal in deals if deal.magic in magics]
    return list(dict.fromkeys(found))


async def _with_deals_of(
    terminal: Terminal, tickets: Iterable[int], deals: tuple[TradeDeal, ...]
) -> tuple[TradeDeal, ...] | None:
    for more in await asyncio.gather(*(terminal.history_deals_of(ticket) for ticket in tickets)):
        if more is None:
            return None
        known = {deal.ticket for deal in deals}
        deals = (*deals, *(deal for deal in more if deal.ticket not in known))
    return deals


async def _at_our_account(terminal: Terminal, account: str) -> tuple[AccountInfo | None, str]:
    # None with the reason when the terminal is not connected or belongs to somebody else.
    info, login = await asyncio.gather(terminal.terminal_info(), terminal.account_info())
    if info is None or login is None or not info.connected:
        return None, "the terminal is not connected"
    if f"{login.server}/{login.login}" != account:
        return None, f"the terminal is logged in to {login.server}/{login.login}, not {account}"
    return login, ""


async def _signs(terminal: Terminal, missing: Iterable[LegView], login: AccountInfo) -> Signs:
    symbols = dict.fromkeys(leg.symbol for leg in missing)
    found = await asyncio.gather(*map(terminal.symbol_info_tick, symbols))
    ticks = [(symbol, tick.time_msc) for symbol, tick in zip(symbols, found, strict=True) if tick is not None]
    return Signs(tuple(ticks), (login.balance, login.credit, login.equity, login.margin))

"""One look at the broker: what it shows of our legs, and whether that look proves anything.

Presence is proven by any order, position or deal with a leg's magic. Absence is proven only by clean looks that are alive: the
terminal was connected and logged in to our account from beginning to end, every question was answered with a tuple, and prices
or money have moved since the look before (reference: reliability R4). MetaTrader says None for "the call failed" and () for
"there is none", and mixing the two is how positions get doubled.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from signalos_tui.execute.structs import AccountInfo, TradeDeal, TradeOrder, TradePosition
from signalos_tui.execute.terminal import Terminal, note_of
from signalos_tui.model.desk import LegView
from signalos_tui.model.orders import LegState

DAY_S = 86_400
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
    history, all of the window. signs: of life, where something was missed. link: of the gateway's connection, see GatewayNote.
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


async def look(terminal: Terminal, legs: Iterable[LegView], account: str, now: int, *, sweep: bool = False) -> Look:
    """Ask the terminal for everything the given legs need. account: "<server>/<login>" it has to be logged in to.

    sweep: also ask for the past when no leg needs it.
    """
    login, why = await _at_our_account(terminal, account)
    if login is None:
        return Look(now, is_clean=False, has_history=False, why_not=why)
    positions, orders = await terminal.positions_get(), await terminal.orders_get()
    if positions is None or orders is None:
        return Look(now, is_clean=False, has_history=False, why_not="the terminal could not list positions or orders")
    legs = tuple(legs)
    here = {p.magic for p in positions} | {o.magic for o in orders}
    missing = [leg for leg in legs if leg.state in UNSETTLED and leg.magic not in here]
    past: tuple[TradeOrder, ...] | None = ()
    deals: tuple[TradeDeal, ...] | None = ()
    if missing or sweep:
        start = min((leg.sending_at or leg.intent_at for leg in missing), default=now) // 1000 - DAY_S
        past = await terminal.history_orders_get(start, now // 1000 + DAY_S)
        deals = await terminal.history_deals_get(start, now // 1000 + DAY_S)
    volumes = {ticket: p.volume for p in positions for ticket in (p.identifier, p.ticket)}
    for leg in legs:
        changed = leg.is_open and volumes.get(leg.position or 0, 0.0) < float(leg.volume)
        if deals is not None and changed and leg.position is not None:
            more = await terminal.history_deals_of(leg.position)
            deals = None if more is None else (*deals, *(d for d in more if d not in deals))
    if past is None or deals is None:
        why = "the terminal could not list the history"
        return Look(now, is_clean=False, has_history=False, positions=positions, orders=orders, why_not=why)
    if not missing:
        return Look(now, True, sweep, positions, orders, past, deals)
    # Nothing is said about what is missing unless the terminal was ours to the end of this look.
    login, why = await _at_our_account(terminal, account)
    if login is None:
        return Look(now, is_clean=False, has_history=False, positions=positions, orders=orders, why_not=why)
    note = await note_of(terminal)
    signs = await _signs(terminal, missing, login)
    return Look(now, True, True, positions, orders, past, deals, signs=signs, link=note.link if note else 0)


async def _at_our_account(terminal: Terminal, account: str) -> tuple[AccountInfo | None, str]:
    # None with the reason when the terminal is not connected or belongs to somebody else.
    info, login = await terminal.terminal_info(), await terminal.account_info()
    if info is None or login is None or not info.connected:
        return None, "the terminal is not connected"
    if f"{login.server}/{login.login}" != account:
        return None, f"the terminal is logged in to {login.server}/{login.login}, not {account}"
    return login, ""


async def _signs(terminal: Terminal, missing: Iterable[LegView], login: AccountInfo) -> Signs:
    ticks = []
    for symbol in dict.fromkeys(leg.symbol for leg in missing):
        tick = await terminal.symbol_info_tick(symbol)
        if tick is not None:
            ticks.append((symbol, tick.time_msc))
    return Signs(tuple(ticks), (login.balance, login.credit, login.equity, login.margin))

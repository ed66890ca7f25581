"""The terminal as the engine asks it: in the model's words, None where it has no answer.

Keeps the list of symbols and their specifications, which are taken from each look anew; prices are always asked for afresh.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from decimal import Decimal

from signalos_tui.clock import Clock
from signalos_tui.errors import OperatorNeeded, Transient
from signalos_tui.evaluate.symbols import Directory
from signalos_tui.execute.constants import ORDER_TYPE_BUY, ORDER_TYPE_SELL
from signalos_tui.execute.listing import is_describable, listed_of, shape
from signalos_tui.execute.structs import AccountInfo, SymbolInfo
from signalos_tui.execute.terminal import Link, Terminal
from signalos_tui.execute.translate import account_of, figure, is_number, quote_of, spec_of
from signalos_tui.model.account import Account
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.signals import Side
from signalos_tui.model.symbols import Listed

HALF_HOUR_MS = 1_800_000
CLOSE_LOOKS_MS = 600_000
"""Well below half of the half hours the clocks differ by."""
ZONES_MS = (-5 * 3_600_000, 14 * 3_600_000)
"""How brokers set their clocks, against UTC; anything else is an old price, not another zone."""
FIRST_PRICE_LOOKS = 12
FIRST_PRICE_S = 0.25


class Venue:
    """One terminal with one account. name: "<server>/<login>" once connected."""

    def __init__(self, terminal: Terminal, clock: Clock, *, is_paper: bool, link: Link | None = None) -> None:
        self.terminal = terminal
        self._is_paper = is_paper
        self._link = link
        self.name = ""
        self.is_netting = False
        self.seen: Account | None = None
        """The account as it was when it was last seen: whose money it is does not change while it is out of sight."""
        self.directory = Directory(())
        self._clock = clock
        self._shapes: dict[str, tuple[object, ...]] = {}
        self._specs: dict[str, SymbolSpec] = {}
        self._ticks: dict[str, tuple[int, int]] = {}
        self._offset: int | None = None

    @property
    def is_paper(self) -> bool:
        """Nobody's money; of a terminal elsewhere, what its gateway says."""
        return self._link.is_paper if self._link is not None else self._is_paper

    async def connect(self, expected: str = "") -> Account:
        """Take up the terminal's account. expected: the account of the journal, "" for a new one.

        Raises Transient when the terminal does not answer, OperatorNeeded when it shows another account.
        """
        account = await self.account()
        listed = await self._listed()
        if account is None or listed is None:
            _, text = await self.terminal.last_error()
            raise Transient(f"the terminal does not answer ({text})", "Start it, or check its connection")
        if expected and account.name != expected:
            raise OperatorNeeded(
                f"the terminal is logged in to {account.name}, this journal belongs to {expected}",
                "Log in to that account, or use another --data folder",
            )
        self.name = account.name
        self.is_netting = not account.is_hedging
        self._learn(listed)
        # Until a price moves before our eyes, the newest of all prices tells the broker's clock.
        newest = max((info.time for info in listed), default=0) * 1000
        self._offset = _plausible(_half_hours(newest - self._clock.now()))
        return account

    async def relist(self) -> bool:
        """Ask for the broker's list again. Returns whether it is not as it was; only what changed is taken anew."""
        listed = await self.terminal.symbols_get()
        shapes = {info.name: shape(info) for info in listed or ()}
        if not shapes or shapes == self._shapes:
            return False  # no answer and an empty one say nothing of what the broker has
        changed = [info for info in listed or () if self._shapes.get(info.name) != shapes[info.name]]
        self._shapes = shapes
        self._learn(changed, [one for one in self.directory.listed if one.name in shapes])
        self._specs = {name: spec for name, spec in self._specs.items() if name in shapes}
        return True

    def _learn(self, infos: Collection[SymbolInfo], known: Iterable[Listed] = ()) -> None:
        # infos: as the terminal describes them now. known: what else is listed. Sizes that are no numbers are no instrument.
        sound = [info for info in infos if is_describable(info)]
        self._shapes.update({info.name: shape(info) for info in infos})
        fresh = {info.name for info in infos}
        self._specs = {name: spec for name, spec in self._specs.items() if name not in fresh}
        self._specs.update({info.name: spec_of(info) for info in sound})
        self.directory = Directory([*(one for one in known if one.name not in fresh), *map(listed_of, sound)])

    async def look_at(self, symbols: Iterable[str]) -> None:
        """Learn what these are now, spread and tick value too: for a question to the owner."""
        found = [await self.terminal.symbol_info(name) for name in symbols if await self.terminal.symbol_select(name)]
        self._learn([info for info in found if info is not None], self.directory.listed)

    async def _listed(self) -> tuple[SymbolInfo, ...] | None:
        # A terminal that has just started has no prices for a moment.
        listed = await self.terminal.symbols_get()
        for _ in range(FIRST_PRICE_LOOKS):
            if listed is None or any(info.time for info in listed):
                break
            await asyncio.sleep(FIRST_PRICE_S)
            listed = await self.terminal.symbols_get()
        return listed

    async def account(self) -> Account | None:
        """The account now; one that is not the one we connected to is as good as none, and so is money that is no number."""
        info = await self.terminal.account_info()
        if info is None or not all(map(is_number, _money(info))):
            return None
        account = account_of(info, self._clock.now(), is_paper=self.is_paper)
        if self.name and account.name != self.name:
            return None
        self.seen = account
        return account

    async def learn_clock(self) -> None:
        """Watch for the first price that moves; until then no price has an age. Costs nothing once it is known."""
        if self._offset is None:
            for info in await self.terminal.symbols_get() or ():
                self._age(info.name, info.time * 1000, self._clock.now())

    def spec(self, symbol: str) -> SymbolSpec | None:
        """What is known of an instrument."""
        return self._specs.get(symbol)

    async def instrument(self, symbol: str) -> tuple[SymbolSpec | None, Quote | None]:
        """An instrument and its price now."""
        if not await self.terminal.symbol_select(symbol):
            return None, None
        info = await self.terminal.symbol_info(symbol)
        if info is None or info.name != symbol or not is_describable(info):
            return None, None
        if self._shapes.get(symbol) != shape(info):  # the broker describes it otherwise than in its list
            self._learn([info], self.directory.listed)
        spec = self._specs[symbol] = spec_of(info)
        return spec, await self.quote(symbol)

    async def quote(self, symbol: str) -> Quote | None:
        """The price now. at: when it was quoted, ms UTC, as far as the broker's clock lets us tell."""
        spec = self._specs.get(symbol)
        tick = await self.terminal.symbol_info_tick(symbol)
        if spec is None or tick is None:
            return None
        now = self._clock.now()
        return quote_of(symbol, tick, spec.digits, now - self._age(symbol, tick.time_msc, now))

    def _age(self, symbol: str, time_msc: int, now: int) -> int:
        # A tick is stamped with the broker's wall clock, which differs from ours by whole half hours. One that changed between
        # two looks that were close together is young enough to tell by how many; with that, every tick has an age.
        before = self._ticks.get(symbol)
        self._ticks[symbol] = (time_msc, now)
        if before is not None and time_msc != before[0] and 0 <= now - before[1] <= CLOSE_LOOKS_MS:
            self._offset = _plausible(_half_hours(time_msc - now))
        if self._offset is None:
            return now  # as old as can be: nothing is decided on it
        return max(0, now + self._offset - time_msc)

    async def profit_per_lot(self, side: Side, symbol: str, opened: Decimal, closed: Decimal) -> Decimal | None:
        """What one lot earns between two prices, account currency."""
        action = ORDER_TYPE_BUY if side is Side.BUY else ORDER_TYPE_SELL
        value = await self.terminal.order_calc_profit(action, symbol, 1.0, float(opened), float(closed))
        return figure(value)

    async def margin_per_lot(self, side: Side, symbol: str, price: Decimal) -> Decimal | None:
        """What one lot binds as margin, account currency."""
        action = ORDER_TYPE_BUY if side is Side.BUY else ORDER_TYPE_SELL
        value = await self.terminal.order_calc_margin(action, symbol, 1.0, float(price))
        return figure(value)


def _half_hours(ms: int) -> int:
    return round(ms / HALF_HOUR_MS) * HALF_HOUR_MS


def _plausible(offset: int) -> int | None:
    return offset if ZONES_MS[0] <= offset <= ZONES_MS[1] else None


def _money(info: AccountInfo) -> tuple[float, ...]:
    return (info.balance, info.equity, info.profit, info.margin, info.margin_free, info.margin_level)

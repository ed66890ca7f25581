"""The terminal as the engine asks it: in the model's words, None where it has no answer.

Keeps the list of symbols and their specifications, which are taken from each look anew; prices are always asked for afresh.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Container, Iterable, Mapping
from decimal import Decimal

from signalos_tui.clock import Clock
from signalos_tui.engine.broker_clock import BrokerClock
from signalos_tui.errors import OperatorNeeded, Transient
from signalos_tui.evaluate.symbols import Directory
from signalos_tui.execute.constants import ORDER_TYPE_BUY, ORDER_TYPE_SELL
from signalos_tui.execute.listing import is_describable, listed_of, shape
from signalos_tui.execute.structs import AccountInfo, SymbolInfo, Tick
from signalos_tui.execute.terminal import Link, Terminal
from signalos_tui.execute.translate import account_of, figure, is_number, quote_of, spec_of
from signalos_tui.model.account import Account
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.signals import Side
from signalos_tui.model.symbols import Listed

Shapes = Mapping[str, tuple[object, ...]]
FIRST_PRICE_LOOKS = 12
FIRST_PRICE_S = 0.25
MOVES_WITHIN_S = (0.25, 0.5, 1.0, 2.0)
"""The pauses between looks for a price that moves, at the start; from then on they are longer each time, up to the last."""
LONGEST_PAUSE_MS = 30_000
AT_ONCE = 50
"""So many of a long list are looked at before others get their turn."""


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
        self._broker = BrokerClock()
        self._learning = (0, 0)

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
        await self._learn(listed, keeps=())
        if self._link is None and self._is_paper:  # our own broker, by our own clock
            self._broker.trust(max((info.time for info in listed), default=0) * 1000, self._clock.now())
        else:
            await self._watch_clock(listed)
        return account

    async def _watch_clock(self, listed: Iterable[SymbolInfo]) -> None:
        # Nobody has to wait for long: in a market that is open one of its prices moves at once. Else `learn_clock` goes on.
        await self._stamped(listed)
        for pause in MOVES_WITHIN_S:
            if self._broker.offset is not None:
                return
            await asyncio.sleep(pause)
            await self._stamped(await self.terminal.symbols_get() or ())

    async def _stamped(self, infos: Iterable[SymbolInfo]) -> None:
        now = self._clock.now()
        async for info in _in_turns(infos):
            self._broker.seen(info.name, info.time * 1000, now)

    async def relist(self) -> bool:
        """Ask for the broker's list again. Returns whether it is not as it was; only what changed is taken anew."""
        known = self._shapes
        listed = await self.terminal.symbols_get()
        await self._stamped(listed or ())
        shapes = {info.name: shape(info) async for info in _in_turns(listed or ())}
        if not shapes or shapes == known:
            return False  # no answer and an empty one say nothing of what the broker has
        await self._learn([info for info in listed or () if known.get(info.name) != shapes[info.name]], known, shapes)
        self._shapes = {name: one for name, one in self._shapes.items() if name in shapes}
        self._specs = {name: spec for name, spec in self._specs.items() if name in shapes}
        return True

    async def _learn(
        self, infos: Iterable[SymbolInfo], known: Shapes | None = None, keeps: Container[str] | None = None
    ) -> None:
        # infos: as the terminal describes them now. keeps: which others stay listed, None for all. Sizes that are no numbers
        # are no instrument. It takes effect at once, at the end; what another learnt since `known` was so stays as he saw it.
        known = self._shapes if known is None else known
        shapes: dict[str, tuple[object, ...]] = {}
        specs: dict[str, SymbolSpec] = {}
        listed: list[Listed] = []
        async for info in _in_turns(infos):
            shapes[info.name] = shape(info)
            if is_describable(info):
                specs[info.name] = spec_of(info)
                listed.append(listed_of(info))
        newer = {name for name in shapes if self._shapes.get(name) is not known.get(name)}
        own = shapes.keys() - newer
        self._shapes = self._shapes | {name: shapes[name] for name in own}
        kept = {name: spec for name, spec in self._specs.items() if name not in own}
        self._specs = kept | {name: spec for name, spec in specs.items() if name in own}
        others = (one for one in self.directory.listed if one.name not in own and (keeps is None or one.name in keeps))
        self.directory = Directory([*others, *(one for one in listed if one.name in own)])

    async def look_at(self, symbols: Iterable[str]) -> None:
        """Learn what these are now, spread and tick value too: for a question to the owner."""
        found = [await self.terminal.symbol_info(name) for name in symbols if await self.terminal.symbol_select(name)]
        await self._learn([info for info in found if info is not None])

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
        now = self._clock.now()
        again_at, pause = self._learning
        if self._broker.offset is None and not 0 < again_at - now <= pause:
            pause = min(LONGEST_PAUSE_MS, 2 * pause or 1_000)
            self._learning = (now + pause, pause)
            await self._stamped(await self.terminal.symbols_get() or ())

    @property
    def offset_s(self) -> int | None:
        """By how much the broker's clock is ahead of ours, seconds; None while it is not known."""
        offset = self._broker.offset
        return None if offset is None else offset // 1000

    def spec(self, symbol: str) -> SymbolSpec | None:
        """What is known of an instrument."""
        return self._specs.get(symbol)

    async def instrument(self, symbol: str) -> tuple[SymbolSpec | None, Quote | None]:
        """An instrument and its price now."""
        if not await self.terminal.symbol_select(symbol):
            return None, None
        info, tick = await asyncio.gather(self.terminal.symbol_info(symbol), self.terminal.symbol_info_tick(symbol))
        if info is None or info.name != symbol or not is_describable(info):
            return None, None
        if self._shapes.get(symbol) != shape(info):  # the broker describes it otherwise than in its list
            await self._learn([info])
        spec = self._specs[symbol] = spec_of(info)
        return spec, self._quoted(spec, tick)

    async def quote(self, symbol: str) -> Quote | None:
        """The price now. at: when it was quoted, ms UTC, as far as the broker's clock lets us tell."""
        spec = self._specs.get(symbol)
        tick = await self.terminal.symbol_info_tick(symbol)
        return None if spec is None else self._quoted(spec, tick)

    def _quoted(self, spec: SymbolSpec, tick: Tick | None) -> Quote | None:
        if tick is None:
            return None
        now = self._clock.now()
        self._broker.seen(spec.name, tick.time_msc, now)
        return quote_of(spec.name, tick, spec.digits, now - self._broker.age(tick.time_msc, now))

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


async def _in_turns(infos: Iterable[SymbolInfo]) -> AsyncIterator[SymbolInfo]:
    # A broker may list ten thousand; others get their turn.
    for place, info in enumerate(infos):
        if place % AT_ONCE == AT_ONCE - 1:
            await asyncio.sleep(0)
        yield info


def _money(info: AccountInfo) -> tuple[float, ...]:
    return (info.balance, info.equity, info.profit, info.margin, info.margin_free, info.margin_level)

"""What the doctor sees of a MetaTrader 5: the way there, the account, its switches and its symbols, each with its remedy.

`look` asks a terminal, `findings` judges what it saw and asks nothing, so that every fault can be shown without having it.
Nothing is sent and nothing is changed, but that the symbols that were asked about are put into the market watch.
"""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal

from msgspec import Struct

from signalos_tui.clock import Clock
from signalos_tui.commands.checked import Checked
from signalos_tui.commands.terminals import gateway_terminal
from signalos_tui.config import Config
from signalos_tui.engine.linking import BEGINNING
from signalos_tui.evaluate.symbols import resolve
from signalos_tui.execute import constants as mt
from signalos_tui.execute.mt5 import Mt5Terminal, Times
from signalos_tui.execute.structs import AccountInfo, SymbolInfo, TerminalInfo
from signalos_tui.execute.terminal import Terminal
from signalos_tui.execute.translate import account_of, spec_of
from signalos_tui.model.account import Money

REACHED_WITHIN_S = 12.0
LONGEST_LOOK_S = 3.0
BETWEEN_TICKS_S = 0.2
MOST_TICKS = 5
SKEW_MS = 2_000
BEHIND_MS = 30_000
HALF_HOUR_MS = 1_800_000
NEAREST = 4
TYPICAL = ("EURUSD", "XAUUSD")
"""Looked at when the configuration names no market."""


class Moved(Struct, frozen=True):
    """A price that changed before our eyes. time: the broker's stamp, ms. at: when we saw it, ms UTC."""

    symbol: str
    time: int
    at: int


class Seen(Struct, frozen=True):
    """What a terminal showed; None where it did not answer, and error says why. symbols: every one of the broker's."""

    terminal: TerminalInfo | None
    account: AccountInfo | None
    symbols: tuple[SymbolInfo, ...] | None
    error: str = ""
    moved: Moved | None = None
    skew_ms: int | None = None
    is_paper: bool = False


async def venue_checks(config: Config, clock: Clock, times: Times | None = None) -> list[Checked]:
    """Everything about the terminal behind the gateway of a configuration."""
    terminal = gateway_terminal(config, clock, times=times or Times(answer_s=10.0, dial_s=5.0))
    living = asyncio.create_task(terminal.run(), name="gateway")
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(REACHED_WITHIN_S):
                while terminal.reach.code in BEGINNING:
                    await terminal.turned(terminal.reach)
        reach = terminal.reach
        if not reach.is_open:
            return [Checked("gateway", False, reach.text, reach.remedy or "Start it: signalos gateway")]
        welcome = terminal.welcome
        answered = [Checked("gateway", True, f"{welcome.gateway if welcome else ''} at {config.terminal.address}")]
        return [*answered, *findings(await look(terminal, config, clock), config)]
    finally:
        living.cancel()
        await asyncio.wait([living])
        terminal.close()


async def look(terminal: Terminal, config: Config, clock: Clock) -> Seen:
    """Ask a terminal for everything that `findings` judges."""
    info, account, symbols = None, None, None
    error = ""
    info = await terminal.terminal_info()
    if info is not None:
        account = await terminal.account_info()
    if account is not None:
        symbols = await terminal.symbols_get()
    if symbols is None:
        error = (await terminal.last_error())[1]
    names = _watched(config, symbols or ())
    moved = await _moved(terminal, names, clock) if symbols else None
    link = terminal if isinstance(terminal, Mt5Terminal) else None
    is_paper = link.is_paper if link else False
    return Seen(info, account, symbols, error, moved, link.skew_ms if link else None, is_paper)


async def _moved(terminal: Terminal, names: Sequence[str], clock: Clock) -> Moved | None:
    # The first price that changes while we look at it: only such a one tells the broker's clock.
    before: dict[str, int] = {}
    until = clock.now() + LONGEST_LOOK_S * 1000
    while clock.now() < until:
        for name in names[:MOST_TICKS]:
            tick = await terminal.symbol_info_tick(name)
            if tick is None:
                continue
            if before.setdefault(name, tick.time_msc) != tick.time_msc:
                return Moved(name, tick.time_msc, clock.now())
        await asyncio.sleep(BETWEEN_TICKS_S)
    return None


# --- judged -------------------------------------------------------------------------------------------------------


def findings(seen: Seen, config: Config) -> Iterator[Checked]:
    """What is right and what is not, in the order an owner mends it."""
    if seen.terminal is None or seen.account is None:
        remedy = "Look at the gateway's log and at MetaTrader on its machine"
        yield Checked("MetaTrader", False, f"does not answer ({seen.error})", remedy)
        return
    yield from _terminal(seen.terminal)
    yield from _account(seen, seen.account, config)
    yield _clock(seen)
    if seen.symbols is None:
        yield Checked("symbols", False, f"cannot be listed ({seen.error})", "Look at MetaTrader's market watch")
        return
    yield from _names(seen.symbols, config)
    by_name = {info.name: info for info in seen.symbols}
    for name in _watched(config, seen.symbols):
        yield from _symbol(by_name[name], config)


def _terminal(info: TerminalInfo) -> Iterator[Checked]:
    yield Checked(
        "connection",
        info.connected,
        f"ping {info.ping_last / 1000:.0f} ms" if info.connected else "MetaTrader has no connection to its broker",
        "Look at the login and the network of its machine; the number in MetaTrader's status bar says more",
    )
    if not info.trade_allowed:
        text = "algo trading is switched off in MetaTrader"
        yield Checked("algo trading", False, text, 'Press the button "Algo Trading" in its toolbar until it is green')
    elif info.tradeapi_disabled:
        text = "MetaTrader does not let Python trade"
        where = "Tools, Options, Expert Advisors"
        remedy = f'Untick "Disable algorithmic trading via external Python API" under {where}'
        yield Checked("algo trading", False, text, remedy)
    else:
        yield Checked("algo trading", True, "allowed")


def _account(seen: Seen, info: AccountInfo, config: Config) -> Iterator[Checked]:
    account = account_of(info, 0, is_paper=seen.is_paper)
    wanted = config.terminal.account
    if wanted and account.name != wanted:
        remedy = (
            "Log MetaTrader in to it, or correct account under [terminal]; the server is spelled as MetaTrader does"
        )
        yield Checked("account", False, f"{account.name} is logged in, not {wanted}", remedy)
    elif account.money is Money.REAL and config.terminal.demo_only:
        text = f"{account.name} is an account with real money, and only demo accounts are allowed"
        remedy = "Log in to a demo account, or set demo_only = false under [terminal]"
        yield Checked("account", False, text, remedy)
    else:
        yield Checked("account", True, f"{account.name}, {account.money} money, {account.currency}")
    if not info.trade_allowed:
        text = "this login may look and not trade: it is the investor's password, or the broker has locked the account"
        yield Checked("password", False, text, "Log MetaTrader in with the master password")
    elif not info.trade_expert:
        text = "the broker does not allow automated trading on this account"
        yield Checked("password", False, text, "Ask the broker to allow it, or open another account")
    else:
        yield Checked("password", True, "may trade")
    yield _positions(info, config)


def _positions(info: AccountInfo, config: Config) -> Checked:
    if info.margin_mode == mt.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING:
        return Checked("positions", True, "hedging: every leg is a position of its own")
    # Not wrong, but another life: what it means belongs before the first trade.
    text = "netting: one trade a symbol at a time, in one position with one stop"
    if config.risk.max_targets == 1:
        return Checked("positions", True, text)
    more = "the broker keeps the last target, the engine closes at the nearer ones and has to run for that"
    return Checked("positions", True, f"{text}; {more}; a hedging account keeps every target at the broker")


def _clock(seen: Seen) -> Checked:
    remedy = "Let both machines set their clocks by a time server; orders are judged by their age"
    if seen.skew_ms is not None and abs(seen.skew_ms) > SKEW_MS:
        text = f"the gateway's machine is {_apart(seen.skew_ms)} this one"
        return Checked("clock", False, text, remedy)
    if seen.moved is None:
        return Checked("clock", True, "no price moved while we looked: the market is closed, or quiet")
    ahead = seen.moved.time - seen.moved.at
    zone = round(ahead / HALF_HOUR_MS) * HALF_HOUR_MS
    if abs(ahead - zone) > BEHIND_MS:
        text = f"prices of {seen.moved.symbol} are stamped {_apart(ahead - zone)} this machine's clock"
        return Checked("clock", False, text, remedy)
    return Checked("clock", True, f"the broker's is UTC{zone / 3_600_000:+g} h")


def _apart(ms: int) -> str:
    return f"{abs(ms) / 1000:.0f} s {'ahead of' if ms > 0 else 'behind'}"


# --- symbols ------------------------------------------------------------------------------------------------------


def _named(config: Config) -> tuple[str, ...]:
    # What the owner wants to trade, as far as he has said so.
    names = dict.fromkeys(config.rules.allow)
    for name, own in config.channels.items():
        names |= dict.fromkeys(own.get("symbols", {}))
        default = config.words(name).default_symbol
        names |= {default: None} if default else {}
    return tuple(names)


def _watched(config: Config, symbols: Sequence[SymbolInfo]) -> tuple[str, ...]:
    # The broker's names of what is wanted, and of what has rules of its own; those that are not there are left out.
    listed = [info.name for info in symbols]
    wanted = (*(_named(config) or TYPICAL), *config.symbols)
    found = (resolve(name, listed, config.aliases) for name in wanted)
    return tuple(dict.fromkeys(one.name for one in found if one.name is not None and one.is_certain))


def _names(symbols: Sequence[SymbolInfo], config: Config) -> Iterator[Checked]:
    listed = [info.name for info in symbols]
    missing = 0
    for name in _named(config):
        found = resolve(name, listed, config.aliases)
        if found.name is not None and found.is_certain:
            continue
        missing += 1
        close = found.candidates or tuple(difflib.get_close_matches(name, listed, n=NEAREST, cutoff=0.5))
        near = ", ".join(close[:NEAREST])
        text = f"{name} may be any of {near}" if found.how == "ambiguous" else f"{name} is not there"
        hint = f"; near it are {near}" if near and found.how != "ambiguous" else ""
        remedy = f'Say under [aliases] what the broker calls it: {name} = "{close[0]}"' if close else _NOWHERE
        yield Checked("symbol", False, text + hint, remedy)
    for wanted, meant in config.aliases.items():
        if meant not in listed:
            missing += 1
            near = ", ".join(difflib.get_close_matches(meant, listed, n=NEAREST, cutoff=0.5))
            text = f'{wanted} = "{meant}" under [aliases] is not there' + (f"; near it are {near}" if near else "")
            yield Checked("symbol", False, text, "Spell it as MetaTrader's market watch does")
    if not missing:
        yield Checked("symbols", True, f"{len(listed)} listed")


_NOWHERE = "Ask the broker whether it has it; a new symbol is seen at the next start"


def _symbol(info: SymbolInfo, config: Config) -> Iterator[Checked]:
    spec = spec_of(info)
    if info.trade_mode != mt.SYMBOL_TRADE_MODE_FULL:
        what = _MODES.get(info.trade_mode, "cannot be traded freely")
        yield Checked(info.name, False, what, "Trade another instrument, or ask the broker")
        return
    has_mode = info.filling_mode & (mt.SYMBOL_FILLING_FOK | mt.SYMBOL_FILLING_IOC)
    if not has_mode and info.trade_exemode == mt.SYMBOL_TRADE_EXECUTION_MARKET:
        text = f"takes no filling mode that market orders can have (mask {info.filling_mode})"
        yield Checked(info.name, False, text, "Ask the broker; its orders would be refused with 10030")
        return
    least = spec.stops_level * spec.point
    usual = config.trading(symbol=_market(info.name, config)).rules.default_stop_pips * spec.pip
    if least > usual:
        text = f"asks for stops at least {least:f} from the price, the usual stop here is {usual:f}"
        remedy = f"Raise default_stop_pips for it under [symbols] to {_pips(least, spec.pip)} or more; nearer stops are refused"
        yield Checked(info.name, False, text, remedy)
        return
    room = f"stops from {least:f}" if least else "stops at any distance"
    yield Checked(info.name, True, f"{info.volume_min:g} to {info.volume_max:g} lots, {room}")


def _market(name: str, config: Config) -> str:
    # The owner's name of an instrument, as [symbols] has it.
    return next((own for own in config.symbols if resolve(own, [name], config.aliases).name == name), name)


def _pips(distance: Decimal, pip: Decimal) -> int:
    return int(-(-distance // pip))


_MODES = {
    mt.SYMBOL_TRADE_MODE_DISABLED: "is not traded at this broker",
    mt.SYMBOL_TRADE_MODE_LONGONLY: "can only be bought",
    mt.SYMBOL_TRADE_MODE_SHORTONLY: "can only be sold",
    mt.SYMBOL_TRADE_MODE_CLOSEONLY: "can only be closed",
}

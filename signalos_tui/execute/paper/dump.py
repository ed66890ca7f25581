"""Instruments of a real broker for the paper terminal: reads what `signalos gateway --dump-symbols FILE` has written.

The file is JSON: `account` (a few facts about money) and `symbols`, MetaTrader's SymbolInfo with all its fields, one object an
instrument. It may have come from anywhere, so nothing in it is believed: names and numbers that could not be traded or shown
are refused with the symbol and the field, and the whole file with them.
"""

from __future__ import annotations

import os
import stat
from math import isclose
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.errors import ConfigInvalid
from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.instruments import CATALOGUE, CURRENCIES, Instrument, Session
from signalos_tui.execute.paper.server_time import utc_ms
from signalos_tui.execute.paper.settings import PaperSettings
from signalos_tui.execute.structs import SymbolInfo
from signalos_tui.harmless import one_line

FORMAT = 1
MOST_BYTES = 64 * 1024 * 1024
MOST_SYMBOLS = 20_000
LONGEST_NAME = 31

REQUIRED = (
    "name", "digits", "point", "trade_tick_size", "trade_contract_size", "trade_calc_mode", "trade_mode", "trade_exemode",
    "trade_stops_level", "trade_freeze_level", "filling_mode", "order_mode", "expiration_mode", "volume_min", "volume_max",
    "volume_step", "currency_base", "currency_profit", "currency_margin",
)  # fmt: skip
"""Fields without which nothing can be traded; all others may be missing and are 0 or empty then."""

CALC_MODES = frozenset(
    value for name, value in vars(mt).items() if name.startswith("SYMBOL_CALC_MODE_") and isinstance(value, int)
)
"""Ways of calculating margin and profit that MetaTrader has (MQL5 Reference: ENUM_SYMBOL_CALC_MODE)."""

LEAST_LOTS, MOST_LOTS = 1e-8, 1e9
"""Volumes no broker's instrument goes beyond; their ratio can still be counted exactly in a float."""

_POSITIVE = ("point", "trade_tick_size", "trade_contract_size", "volume_min", "volume_max", "volume_step")
_SIGNED = frozenset(("swap_long", "swap_short", "session_interest")) | frozenset(
    field for field in SymbolInfo.__struct_fields__ if field.startswith("price_")
)
_MOST = 1 << 64
_FUTURES = (
    mt.SYMBOL_CALC_MODE_FUTURES,
    mt.SYMBOL_CALC_MODE_EXCH_FUTURES,
    mt.SYMBOL_CALC_MODE_EXCH_FUTURES_FORTS,
)
_REMEDY = "Write it again with signalos gateway --dump-symbols, or take paper.symbols out of config.toml."


class AccountFacts(Struct, frozen=True):
    """What decides about money on the account the file was made on (MQL5 Reference: Account Properties)."""

    leverage: int = 100
    limit_orders: int = 0
    margin_so_mode: int = mt.ACCOUNT_STOPOUT_MODE_PERCENT
    margin_mode: int = mt.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING
    fifo_close: bool = False
    margin_so_call: float = 100.0
    margin_so_so: float = 50.0
    currency: str = ""


class Dump(Struct, frozen=True):
    """A broker's instruments, and the account they were seen on."""

    account: AccountFacts
    instruments: tuple[Instrument, ...]

    def applied(self, settings: PaperSettings) -> PaperSettings:
        """Settings with these instruments and this account's rules; money, costs and currency stay the settings' own.

        The paper account stays a demo account, whatever the other one is.
        """
        account = self.account
        return replace(
            settings,
            instruments=self.instruments,
            leverage=account.leverage,
            max_orders=account.limit_orders,
            margin_mode=account.margin_mode,
            fifo_close=account.fifo_close,
            stop_out_mode=account.margin_so_mode,
            margin_call=account.margin_so_call,
            stop_out=account.margin_so_so,
        )


class _File(Struct, frozen=True):
    format: int
    symbols: list[dict[str, Any]]
    account: AccountFacts


def load_dump(path: Path) -> Dump:
    """Read a file of symbols. Raises ConfigInvalid: it cannot be read, is no such file, or has a symbol that makes no sense."""
    try:
        file = msgspec.json.decode(_content(path), type=_File)
    except OSError as error:
        raise ConfigInvalid(f"{path} cannot be read: {error.strerror}", "Mend paper.symbols in config.toml.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigInvalid(f"{path} is no file of symbols: {one_line(str(error))}", _REMEDY) from None
    if file.format != FORMAT:
        text = f"{path} has format {file.format}, this program knows {FORMAT}"
        raise ConfigInvalid(text, _REMEDY)
    return read_symbols(file.symbols, file.account, str(path))


def _content(path: Path) -> bytes:
    # Not waiting for anybody (a pipe without a writer), and never more than is looked at (a device has no end).
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        about = os.fstat(number)
        if not stat.S_ISREG(about.st_mode):
            raise ConfigInvalid(f"{path} is no regular file", "Mend paper.symbols in config.toml.")
        if about.st_size > MOST_BYTES:
            raise ConfigInvalid(f"{path} is larger than {MOST_BYTES >> 20} MB", _REMEDY)
        with os.fdopen(number, "rb", closefd=False) as opened:
            return opened.read(MOST_BYTES)
    finally:
        os.close(number)


def read_symbols(symbols: list[dict[str, Any]], account: AccountFacts, source: str) -> Dump:
    """The instruments of a list of SymbolInfo objects. source: where they are from, for errors. Raises ConfigInvalid."""
    if not 0 < len(symbols) <= MOST_SYMBOLS:
        raise ConfigInvalid(f"{source} has {len(symbols)} symbols, 1 to {MOST_SYMBOLS} can be read", _REMEDY)
    _check_account(account, source)
    found: dict[str, Instrument] = {}
    for number, told in enumerate(symbols, 1):
        label = f"{source}: symbol {number} ({one_line(str(told.get('name')))[:40]})"
        instrument = _instrument(told, account, label)
        if instrument.spec.name in found:
            raise ConfigInvalid(f"{label} is there twice", _REMEDY)
        found[instrument.spec.name] = instrument
    return Dump(account, tuple(found.values()))


def _check_account(account: AccountFacts, source: str) -> None:
    checked = {
        "margin_mode": 0 <= account.margin_mode <= mt.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING,
        "margin_so_mode": account.margin_so_mode in (0, 1),
        "margin_so_call": 0 <= account.margin_so_call < _MOST,
        "margin_so_so": 0 <= account.margin_so_so < _MOST,
        "limit_orders": 0 <= account.limit_orders < _MOST,
        "leverage": 1 <= account.leverage < _MOST,
    }
    wrong = [f"{name} was {str(getattr(account, name))[:40]}" for name, is_right in checked.items() if not is_right]
    if wrong:
        raise ConfigInvalid(f"{source}: the account's facts make no sense: {', '.join(wrong)}", _REMEDY)


def _instrument(told: dict[str, Any], account: AccountFacts, label: str) -> Instrument:
    missing = [field for field in REQUIRED if field not in told]
    if missing:
        raise ConfigInvalid(f"{label} has no {', '.join(missing)}", _REMEDY)
    try:
        spec = msgspec.convert(told, SymbolInfo)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:  # the latter: half a surrogate pair is no text
        raise ConfigInvalid(f"{label}: {one_line(str(error))}", _REMEDY) from None
    fault = _fault(spec)
    if fault:
        raise ConfigInvalid(f"{label}: {fault}", _REMEDY)
    is_quoted = 0 < spec.bid <= spec.ask
    return Instrument(
        spec=spec,
        session=_session(spec),
        price=(spec.bid + spec.ask) / 2 if is_quoted else CATALOGUE[spec.name].price if spec.name in CATALOGUE else 0.0,
        tick_price=spec.trade_tick_value if _has_tick_price(spec, account) else 0.0,
        quote=(spec.bid, spec.ask, utc_ms(spec.time * 1000)) if is_quoted else None,
    )


def _has_tick_price(spec: SymbolInfo, account: AccountFacts) -> bool:
    # A dumped tick value is in the account's currency, so it is the contract's own only where that is the same.
    return spec.trade_calc_mode in _FUTURES and spec.currency_profit == account.currency


def _fault(spec: SymbolInfo) -> str:
    # The first thing about an instrument that makes no sense, "" for none.
    for field in SymbolInfo.__struct_fields__:
        value = getattr(spec, field)
        if isinstance(value, str):
            if value != one_line(value) or len(value) > 1024:
                return f'{field} was "{one_line(value)[:40]}", a text with control characters or too long'
        elif not -_MOST < value < _MOST or (value < 0 and field not in _SIGNED):  # not a number is refused here as well
            return f"{field} was {str(value)[:40]}, it cannot be"
    for field in _POSITIVE:
        if not getattr(spec, field) > 0:
            return f"{field} was {getattr(spec, field)}, it has to be above 0"
    if not spec.name or len(spec.name) > LONGEST_NAME or spec.name != spec.name.strip():
        return f'name was "{spec.name[:40]}", 1 to {LONGEST_NAME} characters without blanks at its ends are possible'
    if spec.digits > 12 or not isclose(spec.point, 10.0**-spec.digits, rel_tol=1e-6):
        return f"point was {spec.point} with {spec.digits} digits"
    if spec.trade_calc_mode not in CALC_MODES:
        return f"trade_calc_mode was {spec.trade_calc_mode}, MetaTrader has no such way of calculating"
    return _volume_fault(spec)


def _volume_fault(spec: SymbolInfo) -> str:
    for field in ("volume_min", "volume_step", "volume_max"):
        value = getattr(spec, field)
        if not LEAST_LOTS <= value <= MOST_LOTS:
            return f"{field} was {value}, {LEAST_LOTS:g} to {MOST_LOTS:.0f} are possible"
    for field in ("volume_min", "volume_step"):
        if getattr(spec, field) > spec.volume_max:
            return f"{field} was {getattr(spec, field)}, more than volume_max {spec.volume_max}"
    return ""


def _session(spec: SymbolInfo) -> Session:
    # MetaTrader does not tell market hours, so they follow from what kind of thing it is.
    about = f"{spec.path} {spec.description}".casefold()
    if "crypto" in about or "coin" in about:
        return Session.ALWAYS
    is_pair = spec.currency_base in CURRENCIES and spec.currency_profit != spec.currency_base
    is_currency = spec.trade_calc_mode in (mt.SYMBOL_CALC_MODE_FOREX, mt.SYMBOL_CALC_MODE_FOREX_NO_LEVERAGE)
    return Session.WEEK if is_pair and is_currency else Session.DAYS

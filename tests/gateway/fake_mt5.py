"""Stands for the vendor's module in a worker: an account in a file that the test writes, and a log of every order it accepted.

Structures are no named tuples and have no `_fields`, as the vendor's; the log is the broker's side of the story and can only
grow. The folder is named by FAKE_MT5. state.json may hold anything of DEFAULTS; `trouble` names what goes wrong in which method.
"""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

DEFAULTS: dict[str, Any] = {
    "login": 4711, "server": "Fake-Demo", "trade_mode": 0, "margin_mode": 2, "balance": 1000.0,
    "connected": True, "terminal_trades": True, "api_disabled": False, "account_trades": True, "expert": True,
    "opens": True, "ticks": {"EURUSD": [1.1, 1.1001, 1]}, "positions": [], "retcode": 10009,
    "why": [-10003, "IPC initialize failed, MetaTrader 5 x64 not found"], "trouble": {},
}  # fmt: skip
SYMBOLS = 3


class Structure:
    """A result with `_asdict`."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def _asdict(self) -> dict[str, Any]:
        return dict(self.__dict__)


_error: tuple[int, str] = (1, "Success")
_is_open = False


def _folder() -> Path:
    return Path(os.environ["FAKE_MT5"])


def _state() -> dict[str, Any]:
    return {**DEFAULTS, **json.loads((_folder() / "state.json").read_text())}


def _trouble(method: str) -> str:
    what = str(_state()["trouble"].get(method, ""))
    if what == "hang":
        time.sleep(600)
    elif what == "slow":
        time.sleep(0.3)
    elif what == "die":
        os._exit(9)
    elif what == "kill the gateway":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(0.2)
    elif what == "raise":
        raise TypeError("what the vendor's module never says in its manual")
    elif what == "none":
        _fail(-10001, "IPC send failed")
    elif what == "print":
        os.write(1, b"a stray line on standard output\n")
    return what


def _fail(code: int, text: str) -> None:
    global _error
    _error = (code, text)


def _went_well() -> None:
    _fail(1, "Success")


def initialize(path: str = "", *, login: int = 0, server: str = "", password: str = "", timeout: int = 60000) -> bool:
    """Open the terminal."""
    global _is_open
    with (_folder() / "opened").open("a") as file:
        file.write(json.dumps({"path": path, "login": login, "server": server, "password": password}) + "\n")
    _trouble("initialize")
    _is_open = bool(_state()["opens"])
    _went_well() if _is_open else _fail(*_state()["why"])
    return _is_open


def shutdown() -> None:
    """Let go of it."""
    with (_folder() / "opened").open("a") as file:
        file.write('"shutdown"\n')


def last_error() -> tuple[int, str]:
    """Of the last call."""
    return _error


def account_info() -> Structure | None:
    """Whoever the file says is logged in."""
    if _trouble("account_info") == "none":
        return None
    now = _state()
    _went_well()
    return Structure(
        login=now["login"], server=now["server"], trade_mode=now["trade_mode"], margin_mode=now["margin_mode"],
        balance=now["balance"], credit=0.0, trade_allowed=now["account_trades"], trade_expert=now["expert"],
        leverage=100, limit_orders=0, margin_so_mode=0, currency_digits=2, fifo_close=False, margin_so_call=50.0,
        margin_so_so=30.0, currency="USD", company="Fake", name="A. Person",
    )  # fmt: skip


def terminal_info() -> Structure:
    """The terminal."""
    now = _state()
    _trouble("terminal_info")
    return Structure(
        connected=now["connected"], trade_allowed=now["terminal_trades"], tradeapi_disabled=now["api_disabled"], build=1
    )


def symbol_select(symbol: str, enable: bool = True) -> bool:
    """In the market watch."""
    return symbol in _state()["ticks"]


def symbol_info(symbol: str) -> Structure | None:
    """One instrument."""
    if _trouble("symbol_info") == "none":
        return None
    if symbol not in _state()["ticks"]:
        _fail(-4, "Terminal: Not found")
        return None
    _went_well()
    return Structure(name=symbol, digits=5)


def symbols_get() -> tuple[Structure, ...] | None:
    """All of them; how many, the file says."""
    _trouble("symbols_get")
    _went_well()
    many = int(_state().get("symbols", SYMBOLS))
    return tuple(Structure(name=f"SYMBOL{number:06d}", description="x" * 400) for number in range(many))


def symbol_info_tick(symbol: str) -> Structure | None:
    """The latest quote."""
    if _trouble("symbol_info_tick") == "none":
        return None
    tick = _state()["ticks"].get(symbol)
    if tick is None:
        _fail(-4, "Terminal: Not found")
        return None
    _went_well()
    return Structure(
        time=tick[2] // 1000, bid=tick[0], ask=tick[1], last=0.0, volume=0, time_msc=tick[2], flags=6, volume_real=0.0
    )


def positions_get(symbol: str = "", ticket: int = 0) -> tuple[Structure, ...] | None:
    """What is open."""
    what = _trouble("positions_get")
    if what == "none":
        return None
    _went_well()
    if what == "nothing":
        return None
    return tuple(Structure(**position) for position in _state()["positions"])


def orders_get(symbol: str = "", ticket: int = 0) -> tuple[Structure, ...] | None:
    """What waits: nothing."""
    _went_well()
    return ()


def history_deals_get(date_from: int = 0, date_to: int = 0, *, position: int = 0) -> tuple[Structure, ...] | None:
    """Deals: one that tells what it was asked with."""
    _went_well()
    return (Structure(ticket=1, time=date_from, order=date_to, position_id=position),)


def order_check(request: Any) -> Structure | None:
    """Would pass."""
    _went_well()
    return Structure(retcode=0, comment="Done", request=Structure(**request))


def order_send(request: dict[str, Any]) -> Structure | None:
    """Accept, write it into the broker's log, answer; trouble before, or after."""
    with (_folder() / "asked").open("a") as file:
        file.write(json.dumps(request) + "\n")
    if _trouble("before order_send") == "none":
        return None
    with (_folder() / "accepted").open("a") as file:
        file.write(json.dumps(request) + "\n")
        file.flush()
        os.fsync(file.fileno())
    if _trouble("after order_send") == "none":
        return None
    _went_well()
    return Structure(
        retcode=_state()["retcode"], deal=11, order=12, volume=request.get("volume", 0.0), request=Structure(**request)
    )

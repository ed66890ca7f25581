"""The worker: owns the vendor's module in its main thread, answers one question after the other, and may be killed at any time.

The module holds Python's lock during every call and has no time limit of its own, so this process is the time limit. It never
speaks for another account: who is logged in is looked at before every order and after every list (reference: reliability D10).
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, BinaryIO

import msgspec

from signalos_tui.errors import SignalOSError
from signalos_tui.gateway import pipe
from signalos_tui.gateway.pipe import Ask, Told
from signalos_tui.gateway.settings import PAPER
from signalos_tui.link.frames import LONGEST_FROM_GATEWAY
from signalos_tui.link.messages import ORDER_SEND, REFUSED_BY_GATEWAY, SYMBOLS_GET

LONGEST_RESULT = LONGEST_FROM_GATEWAY - 64 * 1024
"""Room for what stands around it in the answer."""

_SUCCESS = (1, "Success")
_LISTS = ("positions_get", "orders_get", "history_orders_get", "history_deals_get", "history_deals_of")
"""Answers that prove absence: of the right account, or worth nothing."""

Outcome = tuple[Any, tuple[int, str]]


class Desk:
    """The module, and the account it has to be logged in to."""

    def __init__(self) -> None:
        self._module: Any = None
        self._pinned = (0, "")
        self._ticks: dict[str, Any] = {}
        self._listed: tuple[Any, ...] | None = None

    def answer(self, ask: Ask) -> Outcome:
        """Do what is asked."""
        if ask.until and time.time_ns() // 1_000_000 > ask.until:
            return None, (REFUSED_BY_GATEWAY, "the worker got to it too late, nothing was called")
        own: dict[str, Callable[..., Outcome]] = {
            pipe.OPEN: self._open, pipe.LOOK: self._look, pipe.FACTS: self._facts, pipe.CLOSE: self.close,
        }  # fmt: skip
        return own[ask.do](**ask.arguments) if ask.do in own else self._call(ask.do, ask.arguments)

    def _open(
        self, module: str, path: str, login: int, server: str, password: str, paper: dict[str, Any], ms: int
    ) -> Outcome:
        # Log in, and only then say who is there; whether that is the right one is the supervisor's to judge.
        if self._module is None:
            if module == PAPER:
                from signalos_tui.gateway.paper import paper_module

                self._module = paper_module(paper)
            else:
                self._module = importlib.import_module(module)
        named = {"login": login, "server": server, "password": password}
        wanted = {key: value for key, value in named.items() if value}
        if not self._module.initialize(*([path] if path else []), timeout=ms, **wanted):
            return None, self._error()
        info = self._module.account_info()
        if info is None:
            return None, self._error()
        self._pinned = (login or int(info.login), server or str(info.server))
        return self._facts()

    def _facts(self) -> Outcome:
        account, terminal = self._module.account_info(), self._module.terminal_info()
        if account is None or terminal is None:
            return None, self._error()
        return {"account": plain(account), "terminal": plain(terminal)}, _SUCCESS

    def _look(self, symbols: list[str], is_deep: bool) -> Outcome:
        # Ticks that are new; when deep, also who is there and a print of everything whose change matters to a client.
        ticks, lost = self._new_ticks(symbols)
        if lost is not None:
            return None, lost
        if not is_deep:
            return {"ticks": ticks}, _SUCCESS
        facts, error = self._facts()
        if facts is None:
            return None, error
        lists = []
        for listed in (self._module.positions_get, self._module.orders_get):
            found, error = listed(), self._error()
            if found is None and error != _SUCCESS:
                return None, error
            lists.append(plain(found or ()))
        return {"ticks": ticks, "print": _print(facts["account"], *lists), **facts}, _SUCCESS

    def _new_ticks(self, symbols: list[str]) -> tuple[dict[str, Any], tuple[int, str] | None]:
        # With the error when not one symbol has a tick and the module says why: the terminal is gone. That an instrument
        # is not known or has no price yet is another error, and says nothing about the terminal.
        ticks: dict[str, Any] = {}
        seen: dict[str, Any] = {}
        lost: tuple[int, str] | None = None
        for symbol in symbols:
            if symbol not in self._ticks:
                self._module.symbol_select(symbol, True)
            tick = seen[symbol] = plain(self._module.symbol_info_tick(symbol))
            if tick is None:
                error = self._error()
                lost = error if pipe.is_ipc(error[0]) else lost
            elif tick != self._ticks.get(symbol):
                ticks[symbol] = tick
        self._ticks = seen
        return ticks, lost if all(tick is None for tick in seen.values()) else None

    def close(self) -> Outcome:
        """Let go of the terminal."""
        if self._module is not None:
            self._module.shutdown()
            getattr(self._module, "close", lambda: None)()  # the paper terminal's own end
        return True, _SUCCESS

    def _call(self, method: str, arguments: dict[str, Any]) -> Outcome:
        if method == ORDER_SEND and not self._is_ours():
            return None, (REFUSED_BY_GATEWAY, "the terminal is logged in to another account, nothing was called")
        if method == SYMBOLS_GET and arguments:
            return self._page(**arguments)
        if method == "history_deals_of":
            result = self._module.history_deals_get(position=arguments["position"])
        else:
            result = _function(self._module, method, arguments)
        error = self._error()
        if method in _LISTS and not self._is_ours():
            return None, (pipe.NO_IPC, "No IPC connection: the terminal is logged in to another account")
        return plain(result), error

    def _page(self, start: int = 0, count: int = sys.maxsize) -> Outcome:
        # The terminal is asked once for all pages; each begins where the one before ended.
        if start == 0 or self._listed is None:
            self._listed = self._module.symbols_get()
            if self._listed is None:
                return None, self._error()
        page = self._listed[start : start + count]
        if len(page) < count:
            self._listed = None
        return plain(page), _SUCCESS

    def _is_ours(self) -> bool:
        info = self._module.account_info()
        return info is not None and (int(info.login), str(info.server)) == self._pinned

    def _error(self) -> tuple[int, str]:
        code, text = self._module.last_error()
        return int(code), str(text)


def _function(module: Any, method: str, arguments: dict[str, Any]) -> Any:
    # The official functions take what is not optional by place, and only the rest by name.
    function = getattr(module, method)
    if method in ("positions_get", "orders_get"):
        return function(**arguments)
    return function(*arguments.values())


def plain(value: Any) -> Any:
    """A result in what msgpack can hold: structures as dicts with the vendor's names, tuples as lists."""
    if hasattr(value, "_asdict"):
        return {str(name): plain(inner) for name, inner in value._asdict().items()}
    if isinstance(value, tuple | list):
        return [plain(inner) for inner in value]
    return value


def _print(account: dict[str, Any], positions: list[dict[str, Any]], orders: list[dict[str, Any]]) -> list[Any]:
    # Not in it: prices and floating profit, which change all the time.
    return [
        [account[name] for name in ("balance", "credit", "trade_allowed", "trade_mode")],
        [[p.get(n) for n in ("ticket", "volume", "sl", "tp", "time_update_msc")] for p in positions],
        [[o.get(n) for n in ("ticket", "volume_current", "price_open", "sl", "tp", "state")] for o in orders],
    ]


def serve(asked: BinaryIO, answered: BinaryIO) -> None:
    """Answer until the supervisor is gone."""
    desk = Desk()
    while (payload := pipe.read_blocking(asked)) is not None:
        ask = pipe.decode_ask(payload)
        try:
            result, error = desk.answer(ask)
        except SignalOSError as fault:
            result, error = None, (-1, f"Terminal: Call failed ({fault})")
        except Exception as fault:  # noqa: BLE001 - whatever the module raises: the call failed, and may have traded
            result, error = None, (-1, f"Terminal: Call failed ({type(fault).__name__})")
        pipe.write_blocking(answered, pipe.encode(_told(ask.id, result, error)))
        if ask.do == pipe.CLOSE:
            return
    desk.close()


def _told(number: int, result: Any, error: tuple[int, str]) -> Told:
    raw = pipe.encode(result)
    if len(raw) > LONGEST_RESULT:
        text = f"IPC call failed: the answer has {len(raw)} bytes, {LONGEST_RESULT} can be sent"
        return Told(number, pipe.NOTHING, (pipe.IPC_FAILED, text))
    return Told(number, msgspec.Raw(raw), error)


def main() -> None:
    """Run on standard input and output. What anything prints goes to standard error: the output belongs to the frames."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's
    own = os.dup(1)
    os.dup2(2, 1)
    with contextlib.suppress(OSError), os.fdopen(own, "wb") as answered:  # an error is that the supervisor is gone
        serve(sys.stdin.buffer, answered)


if __name__ == "__main__":
    main()

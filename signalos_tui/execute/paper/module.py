"""The paper terminal as a drop-in for the official `MetaTrader5` package.

`open_module` gives an object with the functions, constants and result types of the package, so that whatever drives a real
terminal drives this one: the worker of a gateway, a script, an example from the MQL5 Reference. Calls are synchronous; behind
them a terminal lives on a loop of its own (`background.py`) and prices move between the calls.

A call that fails gives None (False where the package says so) and tells why in `last_error`. As with the package, nothing
works before `initialize`, and after `shutdown` the terminal goes on without us: stops fire, nights are charged. `close`, which
the package does not have, is the end of the terminal itself.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from signalos_tui.clock import Clock, WallClock
from signalos_tui.errors import OperatorNeeded
from signalos_tui.execute import constants as mt
from signalos_tui.execute.feeds.feed import Feed, FeedTick
from signalos_tui.execute.paper.arguments import BadCall, number, text
from signalos_tui.execute.paper.background import Background, TerminalGone
from signalos_tui.execute.paper.call_errors import BROKEN_PIPE, NO_IPC, SUCCESS, UNAUTHORIZED
from signalos_tui.execute.paper.faults import Fault, FaultyTerminal
from signalos_tui.execute.paper.groups import in_group
from signalos_tui.execute.paper.prices import Prices
from signalos_tui.execute.paper.queries import Queries, Sequences
from signalos_tui.execute.paper.sequences import StructSequence, sequence
from signalos_tui.execute.paper.settings import PaperSettings
from signalos_tui.execute.paper.store import PaperStore
from signalos_tui.execute.paper.tape import Tape
from signalos_tui.execute.paper.terminal import PaperTerminal
from signalos_tui.execute.terminal import Terminal

_T = TypeVar("_T")

INTERFACE = "5.0.6231"
"""The version of the official package whose interface this is."""


def open_module(
    settings: PaperSettings,
    *,
    seed: int = 0,
    store: Path | None = None,
    feed: Feed | None = None,
    clock: Clock | None = None,
    script: Iterable[Fault] = (),
) -> PaperModule:
    """A module-like object on a paper terminal of its own. The terminal starts with the first `initialize`.

    seed: of latency and slippage. store: the file the books are kept in, None for memory only. feed: where quotes come from;
    None for none but those given to `quote`, then the whole catalogue is listed. clock: the machine's when not given. script:
    one fault (`faults.py`) for each `order_send`, in order, for drills.
    """
    return PaperModule(settings, seed, store, feed, clock or WallClock(), script)


class PaperModule(Queries, Prices):
    """The package's 32 functions and 223 constants. Not meant for several threads at once, as the package is not."""

    __author__ = "SignalOS"
    __version__ = INTERFACE

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> int: ...  # the constants

    def __init__(
        self,
        settings: PaperSettings,
        seed: int,
        store: Path | None,
        feed: Feed | None,
        clock: Clock,
        script: Iterable[Fault],
    ) -> None:
        super().__init__()
        self.__dict__.update(mt.exported())
        self.settings = settings
        self.tape = Tape()
        self._seed, self._store, self._feed, self._clock = seed, store, feed, clock
        self._script = iter(script)
        self._background: Background | None = None
        self._served: Terminal | None = None
        self._error = SUCCESS

    # The connection

    def initialize(
        self,
        path: str | None = None,
        *,
        login: int | None = None,
        password: str | None = None,
        server: str | None = None,
        timeout: int = 60_000,
        portable: bool = False,
    ) -> bool:
        """Connect to the terminal, which starts when it was not running; with login and server only to that account.

        Raises what opening the books raises: ConfigInvalid, SourceUnreadable, OperatorNeeded.
        """
        arguments = (path, str), (login, int), (password, str), (server, str), (timeout, int), (portable, bool | int)
        if not all(given is None or isinstance(given, kind) for given, kind in arguments):
            self._error = BadCall.code
            return False
        if self._background is None or self._background.has_ended():
            self._background = Background(self._build, pumps=self._feed is not None)
        self._served = FaultyTerminal(self._background.terminal, self._script)
        self._error = SUCCESS
        return login is None or self.login(login, password=password, server=server, timeout=timeout)

    def _build(self) -> PaperTerminal:
        # Runs in the terminal's thread: the books belong to it.
        books = PaperStore(self._store) if self._store else None
        return PaperTerminal(self._feed, self._clock, self.settings, books, self._seed, tape=self.tape)

    def login(
        self, login: int, *, password: str | None = None, server: str | None = None, timeout: int = 60_000
    ) -> bool:
        """Use an account: there is one, and any password opens it. Another one is not authorised, and then none is used."""
        if self._served is None:
            self._error = NO_IPC
            return False
        if login == self.settings.login and server in (None, "", self.settings.server):
            self._error = SUCCESS
            return True
        self._served, self._error = None, UNAUTHORIZED
        return False

    def shutdown(self) -> None:
        """Let go of the terminal, which goes on trading."""
        self._served, self._error = None, SUCCESS

    def close(self) -> None:
        """End the terminal and close its books; the next `initialize` starts it again. Not in the package."""
        self._served = None
        if self._background is not None:
            background, self._background = self._background, None
            background.close()

    def quote(self, symbol: str, bid: float, ask: float) -> None:
        """Let a quote arrive now. symbol: plain name. Not in the package: for tests and drills without a feed."""

        async def apply(terminal: PaperTerminal) -> None:
            terminal.apply(FeedTick(self._clock.now(), symbol, bid, ask))

        if self._background is None:
            msg = "no terminal is running, call initialize first"
            raise TerminalGone(msg)
        background = self._background
        background.ask(lambda: apply(background.terminal))

    def last_error(self) -> tuple[int, str]:
        """Code and text of the last call's result."""
        return self._error

    def version(self) -> tuple[int, int, str] | None:
        """Terminal version, build and its date."""
        info = self._ask(lambda terminal: terminal.terminal_info())
        return None if info is None else (500, info.build, "5 Jan 2026")

    # How every call goes

    @property
    def is_connected(self) -> bool:
        """Whether `initialize` has worked and nobody has shut down since. Not in the package."""
        return self._served is not None

    def _ask(self, question: Callable[[Terminal], Coroutine[Any, Any, _T]]) -> _T | None:
        served, background = self._served, self._background
        if served is None or background is None:
            self._error = NO_IPC
            return None

        async def answered() -> tuple[_T, tuple[int, str]]:
            answer = await question(served)
            return answer, await served.last_error()

        try:
            answer, self._error = background.ask(answered)
        except (OperatorNeeded, TerminalGone, ConnectionError):
            self._error = BROKEN_PIPE
            return None
        return answer

    def _told(self, question: Callable[[Terminal], Coroutine[Any, Any, Any]]) -> StructSequence | None:
        answer = self._ask(question)
        return None if answer is None else sequence(answer)

    # The terminal, the account and its instruments

    def terminal_info(self) -> StructSequence | None:
        """The terminal's state."""
        return self._told(lambda terminal: terminal.terminal_info())

    def account_info(self) -> StructSequence | None:
        """The account with its money as of now."""
        return self._told(lambda terminal: terminal.account_info())

    def symbols_total(self) -> int:
        """How many instruments there are; 0 when the call fails."""
        found = self._ask(lambda terminal: terminal.symbols_get())
        return 0 if found is None else len(found)

    def symbols_get(self, group: str = "*") -> Sequences | None:
        """The instruments of a group of names."""
        try:
            inside = in_group(text(group))
        except BadCall as call:
            self._fails(call.code)
            return None
        found = self._ask(lambda terminal: terminal.symbols_get())
        return None if found is None else tuple(sequence(each) for each in found if inside(each.name))

    def symbol_info(self, symbol: str) -> StructSequence | None:
        """One instrument by the broker's exact name."""
        spec = self._spec(symbol)
        return None if spec is None else sequence(spec)

    def symbol_info_tick(self, symbol: str) -> StructSequence | None:
        """The latest quote."""
        if not self._is_name(symbol):
            return None
        return self._told(lambda terminal: terminal.symbol_info_tick(symbol))

    def symbol_select(self, symbol: str, enable: bool = True) -> bool:
        """Put a symbol into the market watch, or take it out."""
        if not self._is_name(symbol):
            return False
        return bool(self._ask(lambda terminal: terminal.symbol_select(symbol, bool(enable))))

    # Trading

    def order_calc_margin(self, action: int, symbol: str, volume: float, price: float) -> float | None:
        """What a trade would bind as margin if it stood alone."""
        try:
            lots, at, name = number(volume), number(price), text(symbol)
        except BadCall as call:
            self._fails(call.code)
            return None
        return self._ask(lambda terminal: terminal.order_calc_margin(action, name, lots, at))

    def order_calc_profit(
        self, action: int, symbol: str, volume: float, price_open: float, price_close: float
    ) -> float | None:
        """What a trade would earn."""
        try:
            lots, start, end, name = number(volume), number(price_open), number(price_close), text(symbol)
        except BadCall as call:
            self._fails(call.code)
            return None
        return self._ask(lambda terminal: terminal.order_calc_profit(action, name, lots, start, end))

    def order_check(self, request: Any) -> StructSequence | None:
        """Whether a request would pass. request: a dict."""
        if not isinstance(request, dict):
            self._fails(BadCall.code)
            return None
        return self._told(lambda terminal: terminal.order_check(request))

    def order_send(self, request: Any) -> StructSequence | None:
        """Send a trade request. request: a dict."""
        if not isinstance(request, dict):
            self._fails(BadCall.code)
            return None
        return self._told(lambda terminal: terminal.order_send(request))

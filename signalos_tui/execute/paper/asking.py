"""How the drop-in module puts a question to its terminal, and what it says of a name that is none."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from signalos_tui.execute.paper.arguments import BadCall
from signalos_tui.execute.paper.call_errors import NO_IPC, Error
from signalos_tui.execute.structs import SymbolInfo
from signalos_tui.execute.terminal import Terminal

_T = TypeVar("_T")


class Asking:
    """What all questions of the module share: they go through `_ask`, which the module brings along."""

    _error: Error

    @abstractmethod
    def _ask(self, question: Callable[[Terminal], Coroutine[Any, Any, _T]]) -> _T | None:
        """Put a question to the terminal; None when it failed, and `_error` says why."""

    @property
    @abstractmethod
    def is_connected(self) -> bool:
        """Whether `initialize` has worked and nobody has shut down since."""

    def _fails(self, error: Error) -> None:
        # Whoever is not connected hears nothing else.
        self._error = error if self.is_connected else NO_IPC

    async def _read(self, look: Callable[[], _T]) -> _T:
        # On the loop that writes the tape, or it would change under our eyes.
        return look()

    def _is_name(self, symbol: Any) -> bool:
        if not isinstance(symbol, str):
            self._fails(BadCall.code)
        return isinstance(symbol, str)

    def _spec(self, symbol: str) -> SymbolInfo | None:
        if not self._is_name(symbol):
            return None
        return self._ask(lambda terminal: terminal.symbol_info(symbol))

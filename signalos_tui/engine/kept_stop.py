"""The owner's STOP that the journal could not take: kept in a file of its own until it can.

The journal is the truth and may be the very thing that cannot be opened or written. So the wish lies beside it, survives the end
of this program, and is gone once the journal has it, or the owner's later word. One that cannot be read is a STOP all the same.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from signalos_tui.durable import replace_whole
from signalos_tui.logs import logger
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import StopMode, StopTrading
from signalos_tui.model.events import Record, TradingStateChanged

FILE = "stopped.json"

_log = logger("signalos.fleet")


class KeptStop:
    """What was last asked for and has not been done. wish: None for nothing. folder: of the account; None: not kept on disk."""

    def __init__(self, folder: Path | None) -> None:
        self.wish: StopTrading | None = None
        self._path = folder / FILE if folder is not None else None
        if self._path is not None:
            self.wish = _read(self._path)

    def keep(self, wish: StopTrading) -> str:
        """Keep it. Returns why it is lost when this program ends; "" when it is not."""
        self.wish = wish
        path = self._path
        if path is None:
            return "nothing is kept on disk here"
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            replace_whole(path, [msgspec.json.encode(wish)])
        except OSError as error:
            _log.error("stop cannot be kept", file=str(path), error=error.strerror or str(error))
            return f"{path} cannot be written: {error.strerror or error}"
        return ""

    def heard(self, record: Record) -> None:
        """Let go of the wish when the journal has the halt, or the owner's later word; not when it is only shown."""
        event = record.event
        if self.wish is None or not record.seq or not isinstance(event, TradingStateChanged):
            return
        if event.state is TradingState.HALTED or event.by != "engine":
            self._done()

    def _done(self) -> None:
        self.wish = None
        if self._path is not None:
            # One that stays stops the account once more at the next start, which the owner sees and can undo.
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)


def _read(path: Path) -> StopTrading | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=StopTrading)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        _log.error("a kept stop cannot be read", file=str(path), error=type(error).__name__)
        return StopTrading(key="kept-stop", issued_at=0, by="owner", mode=StopMode.FREEZE)

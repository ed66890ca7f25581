"""What widgets and the bridge tell the screens."""

from __future__ import annotations

from textual.message import Message

from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Record
from signalos_tui.model.ids import ChannelId, SignalId, UpdateId


class DeskChanged(Message):
    """Something on a desk changed, or a second went by. now: ms UTC. account: "" for the only one. At most one a tick of each."""

    def __init__(self, state: DeskState, now: int, account: str = "") -> None:
        super().__init__()
        self.state = state
        self.now = now
        self.account = account


class RecordsArrived(Message):
    """What happened since the last tick, oldest first; `missed` when the console was too slow to follow."""

    def __init__(self, records: tuple[Record, ...], missed: bool = False, account: str = "") -> None:
        super().__init__()
        self.records = records
        self.missed = missed
        self.account = account


class SignalSelected(Message):
    """The cursor stands on a signal or an update; None on nothing."""

    def __init__(self, subject: SignalId | UpdateId | None) -> None:
        super().__init__()
        self.subject = subject


class TradeSelected(Message):
    """The cursor stands on a trade; None on nothing."""

    def __init__(self, signal: SignalId | None) -> None:
        super().__init__()
        self.signal = signal


class ChannelSelected(Message):
    """The cursor stands on a channel; None on nothing."""

    def __init__(self, channel: ChannelId | None) -> None:
        super().__init__()
        self.channel = channel


class RowSelected(Message):
    """The cursor stands on another row of a table over several accounts."""


class TraceWanted(Message):
    """The row under the cursor was chosen: show why."""

"""The log on the whole screen: everything that happened, to be searched and sorted by how loud it is."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from textual.app import ComposeResult

from signalos_tui.config import Config
from signalos_tui.ui.screens.base import ConsoleScreen
from signalos_tui.ui.widgets.log_pane import LogPane
from signalos_tui.ui.widgets.pane import Pane


class LogScreen(ConsoleScreen):
    """The log pane, and nothing else."""

    MODE = "log"
    AUTO_FOCUS = "#log Grid"

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.log_pane = LogPane("log")
        self.log_pane.zone = ZoneInfo(config.console.timezone)

    def middle(self) -> ComposeResult:
        """The log."""
        yield self.log_pane

    @property
    def panes(self) -> list[Pane[Any]]:
        """Only the log."""
        return [self.log_pane]

"""The paper terminal: a broker on this machine that behaves like MetaTrader 5, on invented money.

`PaperTerminal` is the terminal, `PaperSettings` its account and manners, `PaperStore` the file its books survive in. Beside
them: `module.py` serves it as the official package, `dump.py` reads a real broker's instruments, `manners.py` has the dealer
misbehave on demand, and `FaultyTerminal` (in `faults.py`) is the drill: any terminal, whose answers get lost or lie.
"""

from __future__ import annotations

from signalos_tui.execute.paper.book import TruthRow
from signalos_tui.execute.paper.settings import PaperSettings
from signalos_tui.execute.paper.store import PaperStore
from signalos_tui.execute.paper.terminal import PaperTerminal

__all__ = ["PaperSettings", "PaperStore", "PaperTerminal", "TruthRow"]

"""The client of a gateway: MetaTrader 5 on another machine, or in another process, behind the one port to a terminal.

reaching     where the gateway is, and how we know that it is ours
connection   one connection: greeting, questions, heartbeat; it comes back by itself
reading      answers as MetaTrader's structures, or not at all
asking       requests as the official package accepts them, or not at all
quotes       the newest ticks, and when they came
terminal     all of it as a `Terminal`

It names no MetaTrader5 module and needs none.
"""

from signalos_tui.execute.mt5.connection import Times
from signalos_tui.execute.mt5.reaching import Address, Trust
from signalos_tui.execute.mt5.terminal import Expected, Mt5Terminal

__all__ = ["Address", "Expected", "Mt5Terminal", "Times", "Trust"]

"""How the paper broker behaves: its account, its costs and its speed."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.instruments import Instrument


class PaperSettings(Struct, frozen=True, kw_only=True):
    """The paper account and its broker. Money in `currency`."""

    login: int = 1_000_001
    server: str = "SignalOS-Paper"
    name: str = "Paper account"
    company: str = "SignalOS"
    currency: str = "USD"
    """A currency the catalogue can convert to: USD, EUR, GBP, JPY, CHF, AUD, CAD, NZD."""
    balance: float = 10_000.0
    """Money at the very start; later the books say."""
    leverage: int = 100
    suffix: str = ""
    """What the broker appends to plain symbol names."""
    instruments: tuple[Instrument, ...] = ()
    """Instruments beside the catalogue's, or instead of those of the same name: see `dump.py`."""

    # The account

    trade_mode: int = mt.ACCOUNT_TRADE_MODE_DEMO
    """ACCOUNT_TRADE_MODE_*: what the account says it is."""
    margin_mode: int = mt.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING
    """ACCOUNT_MARGIN_MODE_*: hedging, or one position a symbol (netting, exchange)."""
    is_investor: bool = False
    """Logged in with the investor password: everything can be seen and nothing traded (10017)."""
    experts_allowed: bool = True
    """Whether the server lets robots trade this account (10026)."""
    fifo_close: bool = False
    """Positions of a symbol can only be closed in the order they were opened in (10045)."""
    hedging_prohibited: bool = False
    """A hedging account that takes no opposite positions of one symbol (10046)."""
    margin_call: float = 100.0
    """Margin level the broker calls at, percent or money; shown only."""
    stop_out: float = 50.0
    """Below this the broker closes the worst position: margin level in percent, or free margin in money."""
    stop_out_mode: int = mt.ACCOUNT_STOPOUT_MODE_PERCENT
    """ACCOUNT_STOPOUT_MODE_*: what the two numbers above are."""
    max_orders: int = 200
    """The largest number of pending orders; 0 for no limit (10033)."""
    max_positions: int = 0
    """The largest number of positions (with pending orders on a hedging account); 0 for no limit (10040)."""

    watches_all: bool = True
    """Whether all instruments start in the market watch; where not, ticks are told after `symbol_select` only."""

    # Costs and speed

    commission: float = 0.0
    """Commission a lot and side."""
    latency_ms: tuple[int, int] = (40, 180)
    """Shortest and longest answer time of the trade server."""
    slippage_points: int = 2
    """The largest slippage of market, stop and stop-loss orders, always against the trader."""
    requotes: float = 0.0
    """The share of instant orders that are answered with a requote."""
    partials: float = 0.0
    """The share of market orders that find a counterpart for a part of their volume only."""
    position_delay_ms: int = 0
    """How long after its deal a position is not listed yet."""

    # The manner of its answers, which differs between brokers

    answer_quotes: Literal["deals", "fills", "always", "never"] = "deals"
    """Bid and ask in the answer to a deal: the quote, twice the price of the deal, or nothing; "always": to orders as well."""
    pending_retcode: int = mt.TRADE_RETCODE_DONE
    """What placing a pending order is answered with: done, as most brokers say, or placed (10008)."""
    echoes_comment: bool = False
    """Whether an answer's comment is the request's own, when it has one."""
    reason: int = mt.ORDER_REASON_EXPERT
    """ORDER_REASON_* of what comes through the interface; some brokers say 0, as if by hand."""

    @property
    def is_netting(self) -> bool:
        """Whether there is one position a symbol."""
        return self.margin_mode != mt.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING

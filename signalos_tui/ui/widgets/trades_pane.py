"""What is open and at risk: one row a trade, with a rail that says where it stands."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from signalos_tui.model.desk import DeskState, Trade
from signalos_tui.model.ids import SignalId
from signalos_tui.model.orders import LegState
from signalos_tui.ui import stakes
from signalos_tui.ui.actions import in_currency
from signalos_tui.ui.messages import TradeSelected
from signalos_tui.ui.outage import unanswered_ms
from signalos_tui.ui.phrases import opened_at, result_r, stop_of, targets_of
from signalos_tui.ui.text import NOTHING, age, lasting, lots, money, multiple
from signalos_tui.ui.widgets.cells import Cell, Column, Row, Run, cell
from signalos_tui.ui.widgets.grid import Grid
from signalos_tui.ui.widgets.pane import Pane
from signalos_tui.ui.widgets.rail import Levels, best_price, rail
from signalos_tui.ui.widgets.signals_pane import SIDES


class TradesPane(Pane[Trade]):
    """One row a live trade, oldest first: the order does not move while one looks."""

    TITLE_TEXT = "Trades"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("symbol", "symbol", 7, weight=1, limit=10),
        Column("side", "side", 4),
        Column("lots", "lots", 5, drop=2, right=True),
        Column("open", "open", 9, drop=3, right=True),
        Column("now", "now", 8, right=True, weight=2, limit=9),
        Column("stop", "stop", 11, drop=4, right=True),
        Column("rail", "where it stands", 15, weight=6, limit=100),
        Column("result", "result", 8, right=True, weight=1, limit=10),
        Column("r", "R", 5, right=True),
        Column("age", "age", 4, drop=1, right=True),
    )
    EMPTY = "No open trades\nAccepted signals become trades and are managed here"
    SORTS = ("symbol", "result", "r", "age")

    quote_age_s = 20.0
    """After so long without a word the terminal does not answer, and what it last said is old."""

    @property
    def unanswered_ms(self) -> int | None:
        """How long the terminal has not answered; None while it does."""
        return unanswered_ms(self.state, self.now, self.quote_age_s)

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """Trades."""
        return (state.trades,)

    def rows(self, state: DeskState) -> dict[str, Trade]:
        """Those that may still change."""
        return {str(trade.signal): trade for trade in state.live_trades}

    def cells(self, row: Trade) -> Row:
        """Prices, the rail, the result."""
        is_old = self.unanswered_ms is not None
        return trade_cells(row, self.state, self.now, self.grid.width_of("rail"), is_old=is_old)

    def words(self, row: Trade) -> str:
        """Symbol, side, channel."""
        view = self.state.channels.get(row.channel)
        return f"{row.symbol} {row.side} {view.channel.title if view else ''} {state_word(row)}"

    def rank(self, row: Trade, column: str) -> Any:
        """By result, age or name."""
        if column == "symbol":
            return row.symbol
        result = trade_result(row, self.state) or Decimal(0)
        if column == "r":
            return result_r(row, result) or Decimal(0)
        return result if column == "result" else self.now - row.at

    def caption(self) -> str:
        """What all of them bring now."""
        if not self._rows:
            return ""
        results = [trade_result(trade, self.state) for trade in self._rows.values() if trade.was_opened]
        known = [result for result in results if result is not None]
        old = self.unanswered_ms
        notes = [f"prices {lasting(old)} old"] if old is not None else []
        notes += (
            [f"{in_currency(sum(known, Decimal(0)), self.state, sign=True)} in all"]
            if len(known) == len(results)
            else []
        )
        return "   ".join(notes)

    @property
    def signal(self) -> SignalId | None:
        """The id of the selected trade."""
        return self.selected.signal if self.selected else None

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """Tell what is selected."""
        event.stop()
        self.post_message(TradeSelected(self.signal))


def trade_cells(row: Trade, state: DeskState, now: int, rail_width: int, *, is_old: bool = False) -> Row:
    """A trade under the columns of its pane. now: ms UTC. is_old: its price is one of before the terminal fell silent."""
    is_open = bool(row.open_legs)
    result = trade_result(row, state)
    tone = "muted" if result is None or is_old else "profit" if result >= 0 else "loss"
    quote = state.quotes.get(row.symbol)
    quoted = partial(stakes.quoted, state=state, symbol=row.symbol)
    stop, is_safe = stop_of(row)
    since = min((leg.opened_at for leg in row.legs if leg.opened_at is not None), default=row.at)
    doubtful = any(leg.state in (LegState.UNKNOWN, LegState.SENT, LegState.SENDING) for leg in row.legs)
    return (
        cell(row.symbol, "halted" if doubtful else "symbol"),
        SIDES[row.side],
        cell(lots(row.volume if is_open else _waiting_lots(row)), "" if is_open else "muted"),
        _opened(row, quoted),
        cell(quoted(quote.closing(row.side) if quote else None), "muted" if is_old else ""),
        _stop(row, quoted(stop) if stop is not None else "", is_safe),
        rail(_levels(row, state), rail_width),
        cell(money(result, sign=True) if row.was_opened else state_word(row), tone),
        cell(NOTHING if result is None else multiple(result_r(row, result)), tone),
        cell(age(now - since), "muted"),
    )


def _levels(row: Trade, state: DeskState) -> Levels:
    quote = state.quotes.get(row.symbol)
    stop, _ = stop_of(row)
    first = row.legs[0].plan if row.legs else None
    waiting = first.entry if first else None
    track = state.tracks.get(row.symbol, ()) if row.was_opened else ()
    return Levels(
        side=row.side,
        entry=opened_at(row) or waiting,
        price=quote.closing(row.side) if quote else None,
        stop=stop,
        first_stop=first.stop if first else None,
        targets=targets_of(row),
        reached=row.reached,
        best=best_price(row.side, [sample.price for sample in track if sample.at >= row.at]),
        is_open=row.was_opened,
    )


def trade_result(trade: Trade, state: DeskState) -> Decimal | None:
    """Taken and floating together; None before it opened and while the price of an open leg is not known."""
    floating = stakes.floating(trade, state)
    return trade.realised + floating if trade.was_opened and floating is not None else None


def _opened(trade: Trade, quoted: Callable[[Decimal | None], str]) -> Cell:
    opened = opened_at(trade)
    if opened is not None:
        return cell(quoted(opened))
    planned = trade.legs[0].plan if trade.legs else None
    return cell(quoted(planned.entry if planned else None), "accent")


def _stop(trade: Trade, stop: str, is_safe: bool) -> Cell:
    if not stop:
        return cell("none", "warning")
    note = " tr" if trade.trail is not None else " be" if is_safe else ""
    return (Run(stop, "stop"), Run(note, "profit" if is_safe else "stop"))


def _waiting_lots(trade: Trade) -> Decimal:
    return sum((leg.plan.volume for leg in trade.legs if leg.is_live), Decimal(0))


def state_word(trade: Trade) -> str:
    """What a trade that is not open waits for."""
    states = {leg.state for leg in trade.legs if leg.is_live}
    if states & {LegState.UNKNOWN, LegState.SENT}:
        return "unproven"
    return "waiting" if LegState.PLACED in states else "sending" if states else ""

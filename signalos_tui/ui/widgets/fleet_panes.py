"""Tables over several accounts: the accounts themselves, their open trades, and what each made of the same call.

Rows of different accounts stand under one another, money of different currencies is never added up, and whose a row is stands in
words in its first column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from signalos_tui.model.desk import DeskState, SignalView, Trade
from signalos_tui.model.ids import ChannelId, SignalId
from signalos_tui.ui import health
from signalos_tui.ui.messages import RowSelected
from signalos_tui.ui.phrases import Said, brief, entry, result_r
from signalos_tui.ui.seats import View
from signalos_tui.ui.text import NOTHING, date, moment, money, percent
from signalos_tui.ui.widgets.cells import Cell, Column, Row, Run, cell
from signalos_tui.ui.widgets.curve import bar
from signalos_tui.ui.widgets.grid import Grid
from signalos_tui.ui.widgets.pane import Pane
from signalos_tui.ui.widgets.signals_pane import SIDES
from signalos_tui.ui.widgets.trades_pane import TradesPane, state_word, trade_cells, trade_result

T = TypeVar("T")

HOURS = 12
"""How far back calls are compared."""
NO_VIEWS: tuple[View, ...] = ()
_TONES = {"active": "profit", "reducing": "warning", "accepted": "profit"}


class FleetPane(Pane[T], Generic[T]):
    """A table over accounts. views: each of them as it is now."""

    views: tuple[View, ...] = NO_VIEWS

    def show_all(self, views: tuple[View, ...], now: int) -> None:
        """Show the accounts as they are. now: ms UTC."""
        self.views = views
        self.show(views[0].state, now)

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """Tell that another row is selected."""
        event.stop()
        self.post_message(RowSelected())


# --- the accounts -----------------------------------------------------------------------------------------------------


class AccountsPane(FleetPane[View]):
    """One row an account, in the order of the configuration. What is wrong with the selected one stands in the border."""

    TITLE_TEXT = "Accounts"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("account", "account", 8, weight=1, limit=16),
        Column("broker", "at the broker", 14, weight=2, limit=30, drop=7),
        Column("kind", "money", 5, drop=5),
        Column("state", "trading", 11),
        Column("equity", "equity", 13, right=True),
        Column("day", "day", 7, right=True),
        Column("margin", "margin", 8, drop=8, right=True),
        Column("risk", "open risk", 12, weight=1, limit=16),
        Column("open", "open", 4, right=True),
        Column("terminal", "terminal", 10, weight=1, limit=19),
        Column("error", "last error", 14, weight=4, drop=6),
    )
    EMPTY = "No accounts"
    SORTS = ("account", "day", "open")
    FROM_A = ("account",)

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """Everything about them moves."""
        return tuple(view.state for view in self.views)

    def rows(self, state: DeskState) -> dict[str, View]:
        """As they are in the configuration."""
        return {view.name: view for view in self.views}

    def cells(self, row: View) -> Row:
        """How it is, and what it has at work. The login comes first: it tells two accounts of a broker apart."""
        state, account = row.state, row.state.account
        trading = health.trading(state)
        terminal = health.terminal(state, self.now, row.config.engine.quote_age_s)
        kind = health.kind(state, row.config)
        day = state.day_change() if account else None
        return (
            cell(row.name, "strong"),
            cell(" ".join(reversed(state.account_name.rpartition("/")[::2])).strip() or NOTHING, "muted"),
            cell(kind.text, kind.tone),
            cell(trading.text, _TONES.get(trading.tone, trading.tone)),
            cell(f"{money(account.equity)} {account.currency}" if account else NOTHING),
            cell(percent(day, sign=True), "muted" if day is None else "profit" if day >= 0 else "loss"),
            cell(percent(account.margin_level, digits=0) if account and account.margin_level else NOTHING, "muted"),
            _open_risk(row, self.grid.width_of("risk")),
            cell(str(len(state.live_trades))),
            cell(terminal.text, _TONES.get(terminal.tone, terminal.tone)),
            cell(health.last_error(state), "halted" if health.trading(state).is_alarm else "muted"),
        )

    def words(self, row: View) -> str:
        """Everything it shows."""
        return " ".join(run.text for one in self.cells(row) for run in one)

    def rank(self, row: View, column: str) -> Any:
        """By name, by the day, by what is open."""
        if column == "day":
            return row.state.day_change() or Decimal(0)
        return len(row.state.live_trades) if column == "open" else row.name.casefold()

    def caption(self) -> str:
        """What is wrong with the selected one."""
        row = self.selected
        if row is None:
            return ""
        why = health.alarm(row.state, self.now, row.config.engine.quote_age_s)
        return f"{row.name} {why}" if why else "Enter goes to the account"


def _open_risk(row: View, width: int) -> Cell:
    # The share of what may be open at once, as a bar, then in percent of the equity.
    account, limit = row.state.account, row.config.rules.max_open_risk
    if account is None or account.equity <= 0:
        return cell(NOTHING, "muted")
    percents = row.state.open_risk / account.equity * 100
    used = float(percents / limit) if limit else 0.0
    full, rest = bar(used, max(3, width - 6))
    tone = "halted" if used >= 1 else "warning" if used > 0.75 else "accent"
    return (Run(full, tone), Run(rest, "faint"), Run(f" {percents:.1f} %"))


# --- open trades ------------------------------------------------------------------------------------------------------


class Held(NamedTuple):
    """A trade and whose it is."""

    view: View
    trade: Trade


class FleetTradesPane(FleetPane[Held]):
    """The open trades of all accounts, account by account, each oldest first."""

    TITLE_TEXT = "Trades"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("account", "account", 7, weight=1, limit=16),
        *TradesPane.COLUMNS,
    )
    EMPTY = "No open trades on any account"
    SORTS = ("symbol", "account", "r", "age")
    FROM_A = ("symbol", "account")

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """Their trades."""
        return tuple(view.state.trades for view in self.views)

    def rows(self, state: DeskState) -> dict[str, Held]:
        """Those that may still change."""
        return {
            f"{view.name} {trade.signal}": Held(view, trade) for view in self.views for trade in view.state.live_trades
        }

    def cells(self, row: Held) -> Row:
        """Whose it is, then as on the desk."""
        state = self._now(row).state
        return (cell(row.view.name, "strong"), *trade_cells(row.trade, state, self.now, self.grid.width_of("rail")))

    def words(self, row: Held) -> str:
        """Account, symbol, side, channel."""
        channel = row.view.state.channels.get(row.trade.channel)
        title = channel.channel.title if channel else ""
        return f"{row.view.name} {row.trade.symbol} {row.trade.side} {title} {state_word(row.trade)}"

    def rank(self, row: Held, column: str) -> Any:
        """By name, result or age."""
        if column in ("symbol", "account"):
            return row.trade.symbol if column == "symbol" else row.view.name.casefold()
        if column == "r":
            result = trade_result(row.trade, self._now(row).state) or Decimal(0)
            return result_r(row.trade, result) or Decimal(0)
        return self.now - row.trade.at

    def _now(self, row: Held) -> View:
        # A row keeps the account as it was when its trade last changed; prices are newer.
        return next(view for view in self.views if view.name == row.view.name)


# --- the same call, side by side --------------------------------------------------------------------------------------


class Call(NamedTuple):
    """A call and what each account made of it. views: in the order of the accounts, None where it has none of it."""

    id: SignalId
    first: SignalView
    title: str
    views: tuple[SignalView | None, ...]


class CallsPane(FleetPane[Call]):
    """Calls of the last hours, the newest first, with a column for each account."""

    TITLE_TEXT = "Calls"
    EMPTY = "No calls yet\nWhat the channels publish stands here with what each account made of it"
    NEWS = True
    SORTS = ("channel", "symbol")

    zone: tzinfo = UTC

    def __init__(self, place: str, accounts: Sequence[str]) -> None:
        columns = (
            Column("time", "time", 5),
            Column("channel", "channel", 8, weight=2, limit=18),
            Column("side", "side", 4),
            Column("symbol", "symbol", 6, weight=1, limit=9),
            Column("entry", "entry", 9, weight=1, limit=14, drop=99),
            *(Column(f"@{name}", name, 14, weight=4, drop=n) for n, name in enumerate(accounts)),
        )
        super().__init__(place, columns)
        self._accounts = tuple(accounts)

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """Signals, trades and channels of each, and the hour: what is too old goes."""
        parts = ((view.state.signals, view.state.trades, view.state.channels) for view in self.views)
        return (*(part for three in parts for part in three), _Hour.of(self.now))

    def rows(self, state: DeskState) -> dict[str, Call]:
        """Newest first."""
        since = self.now - HOURS * 3_600_000
        ids = dict.fromkeys(one.id for view in self.views for one in view.state.signals.values() if one.at >= since)
        calls = [self._call(one) for one in ids]
        return {str(call.id): call for call in sorted(calls, key=lambda call: (call.first.at, call.id), reverse=True)}

    def _call(self, signal: SignalId) -> Call:
        found = tuple(view.state.signals.get(signal) for view in self.views)
        first = min((one for one in found if one is not None), key=lambda one: one.at)
        return Call(signal, first, self._title(first.channel), found)

    def _title(self, channel: ChannelId) -> str:
        known = (view.state.channels.get(channel) for view in self.views)
        return next((one.channel.title for one in known if one is not None), str(channel))

    def cells(self, row: Call) -> Row:
        """What was called, then what became of it on each account."""
        signal = row.first.signal
        is_today = date(row.first.at, self.zone) == date(self.now, self.zone)
        return (
            cell(moment(row.first.at, self.zone) if is_today else date(row.first.at, self.zone)[5:], "muted"),
            cell(row.title),
            SIDES[signal.side],
            cell(signal.symbol or "?", "symbol" if signal.symbol else "held"),
            cell(entry(signal, self.grid.width_of("entry")), "entry"),
            *(_said(one) for one in self.said(row)),
        )

    def said(self, row: Call) -> Iterator[Said]:
        """What each account made of a call, in their order."""
        for view, known in zip(self.views, row.views, strict=True):
            if known is not None:
                yield brief(view.state.signals.get(row.id, known), view.state, self.grid.width_of(f"@{view.name}"))
            elif view.state.channels and row.first.channel not in view.state.channels:
                yield Said("·", "not routed", "muted")
            else:
                yield Said("–", "not seen" if view.state.is_running else "not running", "muted")

    def words(self, row: Call) -> str:
        """Everything a row says, whatever columns fit."""
        said = " ".join(f"{one.sign} {one.text}" for one in self.said(row))
        return f"{row.title} {row.first.signal.side or ''} {row.first.signal.symbol or ''} {said}"

    def rank(self, row: Call, column: str) -> Any:
        """By name."""
        return row.title.casefold() if column == "channel" else (row.first.signal.symbol or "")

    def caption(self) -> str:
        """Which accounts have no room, and how many wait for an answer."""
        is_laid_out = self.grid.width_of("time") > 0
        hidden = sum(1 for name in self._accounts if is_laid_out and not self.grid.width_of(f"@{name}"))
        waiting = sum(1 for row in self._rows.values() for one in row.views if one is not None and one.is_waiting)
        notes = [f"{waiting} held"] if waiting else []
        notes += [f"{hidden} of {len(self._accounts)} accounts have no room here"] if hidden else []
        return ", ".join(notes)

    def waiting(self, row: Call) -> tuple[str, ...]:
        """The accounts on which a call waits for the owner."""
        pairs = zip(self.views, row.views, strict=True)
        return tuple(view.name for view, one in pairs if one is not None and one.is_waiting)


class _Hour:
    # One object an hour, so that sources can be compared by what they are.
    _now: ClassVar[tuple[int, object]] = (0, object())

    @classmethod
    def of(cls, now: int) -> object:
        hour = now // 3_600_000
        if cls._now[0] != hour:
            cls._now = (hour, object())
        return cls._now[1]


def _said(said: Said) -> Cell:
    return (Run(f"{said.sign} ", said.tone), Run(said.text, said.tone))

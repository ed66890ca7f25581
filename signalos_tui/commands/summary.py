"""What came of a run, in figures that come from the journal: per channel, in total, and the head of the hash chain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from signalos_tui.commands.session import Session
from signalos_tui.harmless import one_line
from signalos_tui.journal import queries
from signalos_tui.journal.rows import ChannelStatistics
from signalos_tui.model.desk import DeskState

COLUMNS = ("channel", "posts", "signals", "traded", "held", "denied", "legs", "open", "result", "R")
WIDTHS = (24, 6, 8, 7, 5, 7, 5, 5, 11, 8)


def summary(session: Session, title: str) -> Iterator[str]:
    """The lines of a summary; the last is the journal's head."""
    state = session.engine.snapshot()
    rows = queries.statistics(session.journal.path)
    yield title
    yield ""
    yield _line(_titles(state))
    for row in rows:
        yield _line(_cells(row, state))
    yield _line(_total(rows, state))
    yield ""
    reasons: Counter[str] = Counter()
    for row in rows:
        reasons.update(row.reasons)
    if reasons:
        yield "held or denied for: " + ", ".join(f"{name} {count}" for name, count in reasons.most_common())
    account = state.account
    if account is not None:
        yield f"balance {account.balance:.2f}  equity {account.equity:.2f} {account.currency}"
    head = session.journal.head
    yield f"journal {head.seq} events, head {head.hash}"


def _titles(state: DeskState) -> tuple[str, ...]:
    # Money with its currency, where the account is known.
    currency = state.account.currency if state.account else ""
    return tuple(f"{name} {currency}".rstrip() if name == "result" else name for name in COLUMNS)


def _fitted(title: str) -> str:
    room = WIDTHS[0] - 1
    return title if len(title) <= room else f"{title[: room - 1].rstrip()}…"


def _cells(row: ChannelStatistics, state: DeskState) -> tuple[str, ...]:
    view = state.channels.get(row.channel)
    return (
        _fitted(one_line(row.title or row.channel)),
        str(row.messages),
        str(row.signals),
        str(row.accepted),
        str(row.held),
        str(row.denied),
        str(row.legs),
        str(row.open_legs),
        f"{row.profit:+.2f}",
        f"{view.result_r:+.2f}" if view else "",
    )


def _total(rows: list[ChannelStatistics], state: DeskState) -> tuple[str, ...]:
    r = sum((view.result_r for view in state.channels.values()), Decimal(0))
    return (
        "all",
        str(sum(row.messages for row in rows)),
        str(sum(row.signals for row in rows)),
        str(sum(row.accepted for row in rows)),
        str(sum(row.held for row in rows)),
        str(sum(row.denied for row in rows)),
        str(sum(row.legs for row in rows)),
        str(sum(row.open_legs for row in rows)),
        f"{sum((row.profit for row in rows), Decimal(0)):+.2f}",
        f"{r:+.2f}",
    )


def _line(cells: tuple[str, ...]) -> str:
    first, *rest = (
        cell.ljust(width) if place == 0 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    )
    return first + "".join(rest)


def details(session: Session) -> Iterator[str]:
    """Per channel: what it was held and denied for, and its drawdown in R and in money."""
    state = session.engine.snapshot()
    rows = queries.statistics(session.journal.path)
    for row in rows:
        results = queries.results(session.journal.path, row.channel)
        yield ""
        yield f"{one_line(row.title or row.channel)}: {row.won} legs won, {row.lost} lost"
        if row.reasons:
            yield "  held or denied for " + ", ".join(f"{name} {count}" for name, count in row.reasons.items())
        if results:
            money = drawdown([profit for profit, _ in results])
            in_r = drawdown([profit / risk for profit, risk in results if risk])
            currency = state.account.currency if state.account else ""
            ended = f"{len(results)} trade{'s' * (len(results) != 1)} ended"
            yield f"  {ended}, largest drawdown {money:.2f} {currency}, {in_r:.2f} R"


def drawdown(results: list[Decimal]) -> Decimal:
    """The deepest fall of the running sum below its highest point so far; 0 or more."""
    highest = running = deepest = Decimal(0)
    for result in results:
        running += result
        highest = max(highest, running)
        deepest = max(deepest, highest - running)
    return deepest

"""The broker's books survive: a restart, a kill in mid-flight, and the wrong settings."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.errors import ConfigInvalid, SourceUnreadable
from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import PaperStore
from signalos_tui.execute.paper.manners import Manner
from tests.execute.paper_kit import ALL_TIME, QUICK, Bench

HOLDING = replace(QUICK, commission=3.5)


async def traded(path: Path) -> Bench:
    """An account with a bit of everything."""
    bench = Bench(HOLDING, PaperStore(path))
    bench.quote("EURUSD", 1.1, 1.1002)
    bench.quote("XAUUSD", 2000.0, 2000.2)
    kept = await bench.buy("EURUSD", 0.3, sl=1.09, magic=2**53 - 1, comment="tcabc")
    await bench.close(kept, 0.1)
    gone = await bench.sell("XAUUSD", 0.1, sl=2001.0)
    bench.quote("XAUUSD", 2002.0, 2002.2)
    assert gone not in [position.ticket for position in await bench.positions()]
    await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.08, magic=3)
    removed = bench.done(await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.07, magic=4))
    await bench.send(action=mt.TRADE_ACTION_REMOVE, order=removed)
    return bench


async def everything(bench: Bench) -> tuple[object, ...]:
    terminal = bench.terminal
    return (
        await terminal.account_info(),
        await terminal.positions_get(),
        await terminal.orders_get(),
        await terminal.history_orders_get(*ALL_TIME),
        await terminal.history_deals_get(*ALL_TIME),
        terminal.truth,
    )


async def test_a_restart_finds_everything_as_it_was(tmp_path: Path) -> None:
    bench = await traded(tmp_path / "paper.db")
    before = await everything(bench)
    bench.terminal.close()
    assert await everything(Bench(HOLDING, PaperStore(tmp_path / "paper.db"))) == before


async def test_books_go_on_after_a_restart(tmp_path: Path) -> None:
    """No ticket is given twice, stops still fire, and the deposit is not paid again."""
    (await traded(tmp_path / "paper.db")).terminal.close()
    bench = Bench(HOLDING, PaperStore(tmp_path / "paper.db"))
    tickets = [row.ticket for row in bench.terminal.truth]
    assert await bench.buy("EURUSD", 0.1) > max(tickets)
    bench.quote("EURUSD", 1.0899, 1.0901)
    assert (await bench.last_deal()).comment == "[sl 1.09000]"
    assert [deal.type for deal in await bench.deals()].count(mt.DEAL_TYPE_BALANCE) == 1


async def test_an_order_is_on_disk_before_its_answer_arrives(tmp_path: Path) -> None:
    bench = Bench(QUICK, PaperStore(tmp_path / "paper.db"))
    bench.quote("EURUSD", 1.1, 1.1002)
    ticket = await bench.buy("EURUSD", 0.1, magic=77)
    (row,) = PaperStore(tmp_path / "paper.db").truth()
    assert (row.ticket, row.magic, row.opens, row.symbol, row.volume) == (ticket, 77, True, "EURUSD", 0.1)


async def test_truth_can_only_be_added_to(tmp_path: Path) -> None:
    await traded(tmp_path / "paper.db")
    other = sqlite3.connect(tmp_path / "paper.db")
    for statement in ("DELETE FROM truth", "UPDATE truth SET body = ''"):
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            other.execute(statement)
    other.close()


async def test_the_truth_tells_openings_from_closings(tmp_path: Path) -> None:
    bench = await traded(tmp_path / "paper.db")
    assert [(row.magic, row.opens) for row in bench.terminal.truth] == [
        (2**53 - 1, True),
        (0, False),
        (0, True),
        (3, True),
        (4, True),
    ]


async def test_the_last_quotes_are_kept(tmp_path: Path) -> None:
    bench = await traded(tmp_path / "paper.db")
    bench.terminal.close()
    store = PaperStore(tmp_path / "paper.db")
    at = bench.clock.now()
    assert store.quotes() == (("EURUSD", at, 1.1, 1.1002), ("XAUUSD", at, 2002.0, 2002.2))
    tick = await Bench(HOLDING, store).terminal.symbol_info_tick("EURUSD")
    assert tick is not None
    assert tick.bid == 1.1


@pytest.mark.parametrize("changes", [{"currency": "EUR"}, {"login": 5}, {"suffix": ".m"}, {"margin_mode": 0}])
async def test_books_of_another_account_are_not_touched(tmp_path: Path, changes: dict[str, object]) -> None:
    (await traded(tmp_path / "paper.db")).terminal.close()
    with pytest.raises(ConfigInvalid, match="paper books"):
        Bench(replace(HOLDING, **changes), PaperStore(tmp_path / "paper.db"))


def test_a_file_that_is_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "paper.db").write_text("these are not the books you are looking for" * 100)
    with pytest.raises(SourceUnreadable, match="cannot be opened"):
        PaperStore(tmp_path / "paper.db")


def test_a_file_of_a_later_format_is_refused(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "paper.db")
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(SourceUnreadable, match="format 99"):
        PaperStore(tmp_path / "paper.db")


async def test_a_netting_account_is_found_as_it_was_reversed(tmp_path: Path) -> None:
    """Ticket and identifier differ after a reversal; credit and a market order that is half filled survive as well."""
    settings = replace(HOLDING, margin_mode=mt.ACCOUNT_MARGIN_MODE_RETAIL_NETTING)
    bench = Bench(settings, PaperStore(tmp_path / "paper.db"))
    market = bench.terminal._markets.meet("XAUUSD")
    market.respecify(replace(market.spec, trade_exemode=mt.SYMBOL_TRADE_EXECUTION_EXCHANGE))
    bench.quote("EURUSD", 1.1, 1.1002)
    bench.quote("XAUUSD", 2000.0, 2000.2)
    bench.terminal.operate(50.0, mt.DEAL_TYPE_CREDIT)
    await bench.buy("EURUSD", 0.1)
    reversed_ = await bench.sell("EURUSD", 0.3)
    bench.terminal.manners.append(Manner(fraction=0.5))
    await bench.deal("XAUUSD", mt.ORDER_TYPE_BUY, 0.2, type_filling=mt.ORDER_FILLING_RETURN)
    before = await everything(bench)
    bench.terminal.close()
    again = Bench(settings, PaperStore(tmp_path / "paper.db"))
    assert await everything(again) == before
    position = await again.position(reversed_)
    assert position.identifier != position.ticket == reversed_
    again.quote("XAUUSD", 2001.0, 2001.2)
    assert [each.volume for each in await again.positions()] == [0.2, 0.2]
    assert await again.terminal.orders_get() == ()
    again.terminal.close()


CHILD = """
import asyncio, sys
from pathlib import Path
from signalos_tui.execute.paper import PaperStore
from tests.execute.paper_kit import QUICK, Bench

async def main():
    bench = Bench(QUICK, PaperStore(Path(sys.argv[1])))
    bench.quote("EURUSD", 1.1, 1.1002)
    magic = 0
    while True:
        magic += 1
        ticket = await bench.buy("EURUSD", 0.01, magic=magic)
        print(magic, flush=True)
        await bench.close(ticket)

asyncio.run(main())
"""


def killed_while_trading(path: Path, answers: int) -> list[int]:
    """Let another process trade, kill it after that many answers; the magics it was answered for."""
    command = [sys.executable, "-c", CHILD, str(path)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True)
    assert child.stdout is not None
    answered = [int(child.stdout.readline()) for _ in range(answers)]
    child.send_signal(signal.SIGKILL)
    answered += [int(line) for line in child.stdout.read().split()]
    child.stdout.close()
    child.wait()
    return answered


async def test_a_killed_process_has_lost_and_doubled_nothing(tmp_path: Path) -> None:
    """Killed at any moment: every answer that came stands in the truth once, and the books are whole."""
    answered = killed_while_trading(tmp_path / "paper.db", answers=100)
    bench = Bench(QUICK, PaperStore(tmp_path / "paper.db"))
    opened = [row.magic for row in bench.terminal.truth if row.opens]
    assert opened == list(range(1, len(opened) + 1))
    assert answered == opened[: len(answered)]
    assert len(opened) - len(answered) <= 1
    account = await bench.terminal.account_info()
    assert account is not None
    assert account.balance == pytest.approx(sum(deal.profit for deal in await bench.deals()), abs=1e-6)
    assert len(await bench.positions()) == len(opened) - sum(not row.opens for row in bench.terminal.truth)

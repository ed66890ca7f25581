"""While the terminal does not answer, dialogs say so before an order is given, and the answer says that it waits."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from signalos_tui.model import commands as c
from signalos_tui.model.commands import Command, Outcome, StopMode
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Pulsed
from signalos_tui.model.reach import Reach
from signalos_tui.ui import health
from signalos_tui.ui.actions import Selection
from signalos_tui.ui.outage import told, unanswered_ms
from signalos_tui.ui.text import lasting
from tests.ui.console import console
from tests.ui.stage import GOLD, desk

NOW = desk().at + 1250
SILENT = Reach("silent", "the gateway has said nothing for 3 s", "Look at its machine", since=NOW - 6_000)


def lost(state: DeskState) -> DeskState:
    """The desk with a gateway that is silent for six seconds."""
    return replace(state, reach=SILENT)


def test_a_terminal_when_its_way_is_shut_then_it_does_not_answer_since_then() -> None:
    assert unanswered_ms(lost(desk()), NOW, 20) == 6_000


def test_a_terminal_when_it_is_heard_then_it_answers_until_it_is_silent_too_long() -> None:
    state = desk()
    assert unanswered_ms(state, NOW, 20) is None
    assert (unanswered_ms(state, NOW + 60_000, 20) or 0) >= 60_000
    assert unanswered_ms(replace(state, account=None), NOW + 60_000, 20) is None


@pytest.mark.parametrize(
    ("action", "becomes"),
    [
        ("close", "the order waits until it does"),
        ("half", "refused until it does"),
        ("part", "refused until it does"),
        ("modify", "refused until it does"),
        ("trail", "the stop follows the price from when it does"),
    ],
)
async def test_a_dialog_when_the_terminal_is_silent_then_it_says_so_and_what_becomes_of_the_order(
    action: str, becomes: str
) -> None:
    async with console() as live:
        live.app.ask(action, Selection(trade=GOLD))
        await live.settle()
        assert "has not answered" not in live.text()
        await live.happen(Pulsed(reach=replace(SILENT, since=live.clock.now() - 6_000)))
        shown = " ".join(live.text().replace("│", " ").split())
        assert "has not answered for 6 s" in shown
        assert becomes.split()[-1] in shown
        assert becomes.split()[0] in shown


async def test_flatten_when_the_terminal_is_silent_then_it_says_that_it_waits_and_freeze_does_not() -> None:
    async with console() as live:
        await live.happen(Pulsed(reach=SILENT))
        await live.press("exclamation_mark")
        assert "has not answered" not in live.text()
        await live.press("l")
        assert "has not answered for" in live.text()
        assert "the closes wait" in live.text()


def close(fraction: str) -> c.CloseTrade:
    """A close of a part."""
    return c.CloseTrade(key="k", issued_at=NOW, signal=GOLD, fraction=Decimal(fraction))


@pytest.mark.parametrize(
    ("command", "waits"),
    [
        (close("1"), True),
        (close("0.5"), False),
        (c.StopTrading(key="k", issued_at=NOW, mode=StopMode.FLATTEN), True),
        (c.StopTrading(key="k", issued_at=NOW, mode=StopMode.FREEZE), False),
    ],
)
def test_an_order_when_taken_in_an_outage_then_its_answer_says_whether_it_waits(command: Command, waits: bool) -> None:
    taken, refused = Outcome(ok=True, text="close"), Outcome(ok=False, text="no")
    said = told(taken, command, lost(desk()), NOW, 20).text
    assert said == ("close. It waits: the terminal has not answered for 6 s" if waits else "close")
    assert told(refused, command, lost(desk()), NOW, 20) == refused
    assert told(taken, command, desk(), NOW, 20) == taken


async def test_a_close_when_the_terminal_is_silent_then_its_notice_says_that_it_waits() -> None:
    async with console() as live:
        await live.happen(Pulsed(reach=replace(SILENT, since=live.clock.now() - 6_000)))
        live.control.answer = Outcome(ok=True, text="close: 0.06 lots of XAUUSD")
        live.app.ask("close", Selection(trade=GOLD))
        await live.settle()
        await live.press("y")
        assert live.told[-1] == "close: 0.06 lots of XAUUSD. It waits: the terminal has not answered for 6 s"


@pytest.mark.parametrize(("code", "said"), [("account", "wrong account"), ("token", "wrong token"), ("hung", "hung")])
def test_what_is_in_the_way_when_told_in_the_header_then_in_words_that_explain_it(code: str, said: str) -> None:
    state = replace(desk(), reach=replace(SILENT, code=code))
    assert health.terminal(state, NOW, 20).text == f"{said} 6 s"


async def test_prices_when_the_terminal_is_silent_then_they_are_called_old() -> None:
    async with console() as live:
        assert "equity was" not in live.text()
        live.clock.advance(1_000)
        await live.happen(Pulsed(reach=replace(SILENT, since=live.clock.now() - 125_000)))
        assert "equity was" in live.text()
        assert "prices 2 min old" in live.text()


@pytest.mark.parametrize(
    ("ms", "words"),
    [(0, "0 s"), (119_000, "119 s"), (120_000, "2 min"), (64_202_400, "17 h 50 min"), (180_000_000, "2 d 2 h")],
)
def test_a_time_when_told_then_in_units_a_person_counts_in(ms: int, words: str) -> None:
    assert lasting(ms) == words

"""docs/protocol.md says what the code does: every rule, every result code, every test it names."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import get_args

import pytest

from signalos_tui.execute import constants as mt
from signalos_tui.execute.retcodes import (
    ATTEMPTED_BEFORE,
    GATEWAY_REFUSED,
    WORKER_LOST,
    Answer,
    classify,
    is_local,
    text_of,
    what_of,
)
from signalos_tui.execute.structs import OrderSendResult, RequestEcho
from signalos_tui.model import events as e
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Event
from signalos_tui.model.ids import Magic, Ticket
from signalos_tui.model.orders import ActionKind, CloseReason, Closing, LegAction, LegState, TradeRequest
from signalos_tui.narrate import narrate
from tests.execute.legs import AT, SIGNAL, leg, trade
from tests.faults import test_table_d, test_table_d_positions
from tests.test_docs import DOCS, ROOT, code, rows, section
from tests.test_docs import text_of as page_text

PAGE = page_text(DOCS / "protocol.md")
CLASSES = {
    "accepted": {Answer.ACCEPTED, Answer.PARTIAL, Answer.PLACED},
    "priced again": {Answer.REPRICE},
    "refused": {Answer.REFUSED},
    "ambiguous": {Answer.AMBIGUOUS},
}
TESTS = {
    name
    for path in sorted((ROOT / "tests").rglob("test_*.py"))
    for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
}


def told() -> dict[int, set[str]]:
    """The codes of the page, with their classes."""
    found: dict[int, set[str]] = {}
    for what, codes, _ in rows(section(PAGE, "The answers")):
        for number in codes.split(","):
            found.setdefault(int(number), set()).add(what)
    return found


def _answer(number: int, request: dict[str, object], *, local: bool = False) -> Answer:
    if number < 0:
        return classify(None, (number, ""), request)
    echo = RequestEcho(**request)  # type: ignore[arg-type]
    result = OrderSendResult(retcode=number, request=echo, order=0 if local else 9, request_id=0 if local else 3)
    assert is_local(result) is local
    return classify(result, (1, "Success"), request)


def test_table_of_answers_when_read_then_every_code_is_in_its_class() -> None:
    """Of an opening; what is done already counts for actions, and 10024 is definite when the terminal itself says it."""
    opening: dict[str, object] = {"action": mt.TRADE_ACTION_DEAL, "symbol": "EURUSD", "volume": 0.1, "magic": 7}
    closing = opening | {"position": 5}
    levels: dict[str, object] = {"action": mt.TRADE_ACTION_SLTP, "position": 5}
    for number, classes in told().items():
        found = {_answer(number, opening)}
        if number == mt.TRADE_RETCODE_TOO_MANY_REQUESTS:
            found = {_answer(number, opening, local=True)}
        elif number in (mt.TRADE_RETCODE_NO_CHANGES, mt.TRADE_RETCODE_POSITION_CLOSED):
            found = {_answer(number, levels if number == mt.TRADE_RETCODE_NO_CHANGES else closing)}
        assert found <= set().union(*(CLASSES[each] for each in classes)), (number, classes, found)


def test_table_of_answers_when_read_then_no_code_of_metatrader_is_left_out() -> None:
    """The table is total: result codes, failures of the call, and the gateway's own."""
    codes = {value for name, value in vars(mt).items() if name.startswith("TRADE_RETCODE_")}
    ipc = {value for name, value in vars(mt).items() if name.startswith("RES_E_INTERNAL")}
    asked = codes | ipc | {GATEWAY_REFUSED, ATTEMPTED_BEFORE, WORKER_LOST, mt.RES_E_INVALID_PARAMS}
    assert asked <= set(told())


def test_rules_when_read_then_each_has_a_place_and_a_test() -> None:
    """R1 to R13; the code and the tests that are named exist."""
    table = rows(section(PAGE, "The rules"))
    assert [row[0] for row in table] == [f"R{number}" for number in range(1, 14)]
    for _, _, where, held in table:
        for path in where.split(","):
            assert (ROOT / "signalos_tui" / code(path.strip())).exists(), path
        for name in (part.strip() for part in held.split(",")):
            assert name in TESTS or any(test.startswith(f"{name}_") for test in TESTS), name


def test_transitions_when_written_down_then_each_is_a_line_the_owner_can_read() -> None:
    """One line each, with the leg in it and without a name of the program's own."""
    one = leg(LegState.UNKNOWN, closings=(Closing(1, 1, Magic(9), Decimal("0.1"), AT),))
    state = DeskState(trades={SIGNAL: trade(one)})
    lots = Decimal("0.1")
    request = TradeRequest(mt.TRADE_ACTION_DEAL, "EURUSD", volume=lots)
    action = LegAction(one.id, 1, ActionKind.CLOSE, CloseReason.OWNER, "close")
    happened: list[Event] = [
        e.LegSending(one.id, 1, request),
        e.LegSent(one.id, Ticket(1), 10008, 5),
        e.LegPlaced(one.id, Ticket(1)),
        e.LegOpened(one.id, Ticket(1), lots, lots),
        e.LegRejected(one.id, 10006, text_of(10006)),
        e.LegUnknown(one.id, 10012, what_of(10012)),
        e.LegUnfilled(one.id, "not at the broker"),
        e.LegExpired(one.id, "too old"),
        e.LegCancelled(one.id, "the order was removed"),
        e.LegReduced(one.id, lots, lots, lots, lots, CloseReason.OWNER, Ticket(1)),
        e.LegClosed(one.id, lots, lots, lots, CloseReason.STOP_OUT, Ticket(1)),
        e.LegFilled(one.id, lots, lots, lots),
        e.LegProtected(one.id, lots, None, "update"),
        e.ActionIntended(action, "owner"),
        e.ActionSettled(one.id, 1, False, 10018, text_of(10018)),
        e.CloseSending(one.id, 1, 1, request),
        e.CloseRefused(one.id, 1, 1, 10018, text_of(10018)),
        e.CloseUnknown(one.id, 1, 1, 10012, what_of(10012)),
        e.CloseDone(one.id, 1, 1, Decimal(0)),
        e.CloseUnfilled(one.id, 1, 1, "the broker closed nothing for it"),
    ]
    kinds = {type(event) for event in happened}
    assert {kind for kind in get_args(Event) if kind.__name__.startswith(("Leg", "Close", "Action"))} <= kinds
    for event in happened:
        line = narrate(event, state)
        assert line is not None, event
        assert "leg 1#1.1" in line.text
        assert not re.search(r"[a-z]_[a-z]|[A-Z][a-z]+[A-Z]|None|Decimal", line.text), line.text


@pytest.mark.parametrize("number", range(1, 25))
def test_rows_of_table_d_when_counted_then_each_has_a_test(number: int) -> None:
    """Named by its number."""
    assert any(name.startswith(f"test_d{number}_") for name in (*dir(test_table_d), *dir(test_table_d_positions)))

"""From the post to the money, as an owner goes through it: every trade can be followed through the journal, end to end."""

from __future__ import annotations

import signal
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.execute.paper import PaperStore
from signalos_tui.journal import queries
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import LegId, SignalId, channel_of, message_of
from signalos_tui.model.orders import ENDED, LEG_EDGES, LegState
from signalos_tui.state import fold
from tests.commands import history
from tests.commands.shell import ended, events, is_whole, reached, records, signalos, started, wait_until

START = Decimal(10_000)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo of a quarter of an hour."""
    folder = tmp_path_factory.mktemp("kept")
    assert signalos("demo", "--headless", "--minutes", "15", "--seed", "3", "--data", folder).code == 0
    return folder


def accepted(folder: Path) -> list[SignalId]:
    decisions = [x.decision for x in events(folder) if isinstance(x, e.SignalDecided)]
    return [decision.signal for decision in decisions if decision.outcome is DecisionOutcome.ACCEPTED]


def test_trade_when_followed_through_the_journal_then_each_step_comes_before_the_next(kept: Path) -> None:
    """Post, reading, decision, intent, request: each is on disk before the next happens, for every trade there was."""
    trades = accepted(kept)
    assert len(trades) > 10
    for name in trades:
        seen = [type(record.event) for record in queries.history(kept / "journal.db", name)]
        steps: list[Any] = [e.MessageReceived, e.MessageRead, e.SignalDecided, e.IntentRecorded, e.LegSending]
        places = [seen.index(step) for step in steps if step in seen]
        assert places == sorted(places)
        assert places[:4] == [seen.index(step) for step in steps[:4]]


def test_leg_when_it_changes_then_only_along_the_edges_there_are(kept: Path) -> None:
    """The state of every leg after every record: no edge leads from a doubtful send back to sending."""
    state = DeskState()
    before: dict[LegId, LegState] = {}
    moves = 0
    for record in records(kept):
        state = fold(state, record)
        for trade in state.trades.values():
            for leg in trade.legs:
                was = before.get(leg.id, leg.state)
                if leg.state is not was:
                    assert leg.state in LEG_EDGES[was]
                    moves += 1
                before[leg.id] = leg.state
    assert moves > 50


def test_risk_when_a_signal_is_accepted_then_its_legs_never_risk_more_than_was_decided(kept: Path) -> None:
    planned: dict[SignalId, Decimal] = defaultdict(Decimal)
    for x in events(kept):
        if isinstance(x, e.IntentRecorded):
            planned[x.signal] += x.plan.risk
    for x in events(kept):
        if isinstance(x, e.SignalDecided) and x.decision.outcome is DecisionOutcome.ACCEPTED:
            assert x.decision.plan is not None
            assert planned[x.decision.signal] == x.decision.plan.risk
            assert 0 < x.decision.plan.risk <= START * 2 / 100


def test_money_when_all_is_added_up_then_journal_and_broker_agree(kept: Path) -> None:
    """What ended trades made here, with what open ones have cost there, is what the broker's balance changed by."""
    store = PaperStore(kept / "paper.db")
    books = store.load()
    store.close()
    assert books.account is not None
    booked = sum((x.profit for x in events(kept) if isinstance(x, e.LegClosed | e.LegReduced)), Decimal(0))
    still_open = {holding.position.ticket for holding in books.holdings}
    told = {x.deal for x in events(kept) if isinstance(x, e.LegClosed | e.LegReduced)}
    parts = {deal.position_id for deal in books.deals if deal.ticket in told}
    unbooked = sum(
        (
            Decimal(str(round(deal.profit + deal.swap + deal.commission + deal.fee, 2)))
            for deal in books.deals
            if deal.position_id in still_open and deal.position_id not in parts
        ),
        Decimal(0),
    )
    assert Decimal(str(books.account.balance)) == START + booked + unbooked


def test_orders_when_counted_at_the_broker_then_every_leg_was_opened_once(kept: Path) -> None:
    store = PaperStore(kept / "paper.db")
    opening = [row.magic for row in store.truth() if row.opens]
    store.close()
    intents = {x.magic for x in events(kept) if isinstance(x, e.IntentRecorded)}
    assert len(opening) == len(set(opening)) > 20
    assert set(opening) <= intents


def test_owner_when_he_tries_a_channel_and_then_lets_it_run_then_one_folder_tells_all(tmp_path: Path) -> None:
    """Look, replay, run as a service, be killed, run again, look: the way a careful owner begins."""
    export = history.written(tmp_path, 60)
    config = tmp_path / "mine.toml"
    prices = ", ".join(f'"{path}"' for path in export.prices)
    config.write_text(
        f'[source]\nkind = "export"\npath = "{export.export}"\nprices = [{prices}]\n[risk]\nvalue = 0.5\n'
    )
    assert signalos("config", "check", config).code == 0
    assert signalos("doctor", "--data", tmp_path / "data", "--config", config).code == 0
    answer = signalos("replay", export.export, "--prices", *export.prices, "--data", tmp_path / "tried")
    assert answer.code == 0
    traded = sum(row.accepted for row in queries.statistics(tmp_path / "tried" / "journal.db"))
    assert traded > 5

    data = tmp_path / "data"
    run = ("run", "--headless", "--data", data, "--config", config)
    for turn, (number, code) in enumerate(((signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 0)), 1):
        with started(*run) as process:
            wait_until(process, lambda: reached(data, 5) and count(data, e.EngineArmed) == turn)  # noqa: B023 (its turn)
            wait_until(process, lambda: count(data, e.MessageRead) == 60)
            assert ended(process, number).code == code
        assert is_whole(data)
    assert sum(row.messages for row in queries.statistics(data / "journal.db")) == 60
    decisions = [x.decision for x in events(data) if isinstance(x, e.SignalDecided)]
    assert not [one for one in decisions if one.outcome is DecisionOutcome.ACCEPTED], "it all was long ago"
    assert signalos("doctor", "--data", data, "--config", config).code == 0
    assert {channel_of(message_of(one.signal)) for one in decisions} <= {
        c.id for c in queries.channels(data / "journal.db")
    }


def count(folder: Path, kind: type[Any]) -> int:
    """How many events of a kind the journal holds."""
    return sum(isinstance(event, kind) for event in events(folder))


def test_trades_when_the_demo_is_over_then_what_ended_has_a_result_and_what_did_not_is_still_at_the_broker(
    kept: Path,
) -> None:
    state = DeskState()
    for record in records(kept):
        state = fold(state, record)
    legs = [leg for trade in state.trades.values() for leg in trade.legs]
    for leg in legs:
        if leg.state is LegState.CLOSED:
            assert leg.price_close is not None
            assert leg.closed_at is not None
            assert leg.volume == 0
        assert (leg.state in ENDED) != leg.is_live
    store = PaperStore(kept / "paper.db")
    books = store.load()
    store.close()
    there = {holding.position.magic for holding in books.holdings} | {order.magic for order in books.orders}
    assert {leg.magic for leg in legs if leg.is_live} == there

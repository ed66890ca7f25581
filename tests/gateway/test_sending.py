"""One order: called once whatever is repeated, refused by a guard before anything is called, answered from the store."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from signalos_tui.clock import WallClock
from signalos_tui.gateway.settings import Guards
from signalos_tui.link.messages import ATTEMPTED_BEFORE, ORDER_SEND, REFUSED_BY_GATEWAY, WORKER_LOST, Answer, Call
from tests.gateway.kit import DEAL, FOREVER, QUICK, FakeTerminal, gateway, inside, settings, until

OWN: dict[str, Any] = {"login": 4711, "server": "Fake-Demo"}


async def test_order_when_all_is_well_then_called_and_answered_with_every_field(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        answer = await probe.send("leg/1")
        assert answer.error == (1, "Success")
        assert (answer.result["retcode"], answer.result["order"]) == (10009, 12)
        assert answer.result["request"] == DEAL
        assert terminal.accepted == [DEAL]


async def test_order_when_asked_twice_then_the_recorded_answer_and_no_second_call(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    at = WallClock().now()
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        first = await probe.send("leg/1", at)
        terminal.set(retcode=10006)
        second = await probe.send("leg/1", at)
        assert (first.result, first.error) == (second.result, second.error)
        await probe.send("leg/2", at)
        assert len(terminal.accepted) == 2


async def test_order_when_asked_again_after_it_is_too_old_or_may_not_go_then_still_the_recorded_answer(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    """ "Refused" would say that nothing was ever sent."""
    guards = Guards(**OWN, max_age_s=1.0, clock_s=0.0)
    async with gateway(settings(tmp_path, guards=guards)) as running, inside(running) as probe:
        at = WallClock().now()
        first = await probe.send("leg/1", at)
        assert first.error[0] == 1
        terminal.set(connected=False)
        await asyncio.sleep(1.1)
        assert (await probe.send("leg/1", at)).result == first.result
        assert (await probe.send("leg/2", at)).error[0] == REFUSED_BY_GATEWAY


async def test_order_when_frames_come_twice_at_once_then_called_once(terminal: FakeTerminal, tmp_path: Path) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        at = WallClock().now()
        twins = [Call(number, ORDER_SEND, {"request": DEAL}, "leg/1", at, FOREVER) for number in (1, 2, 2, 3)]
        probe.say(*twins)
        answers = [await probe.hear(Answer) for _ in twins]
        assert [answer.result["retcode"] for answer in answers] == [10009] * 4
        assert len(terminal.accepted) == 1


async def test_order_when_the_id_comes_with_another_request_then_never_called_and_told_so(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        await probe.send("leg/1")
        answer = await probe.send("leg/1", volume=0.2)
        assert answer.error == (ATTEMPTED_BEFORE, "this intent was called once, with another request")
        assert len(terminal.accepted) == 1


async def test_order_when_the_keys_stand_in_another_order_then_it_is_the_same_request(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        await probe.send("leg/1")
        turned = dict(reversed(DEAL.items()))
        assert (await probe.call(ORDER_SEND, "leg/1", request=turned)).result["retcode"] == 10009
        assert len(terminal.accepted) == 1


@pytest.mark.parametrize("trouble", ["none", "raise"])
async def test_order_when_the_call_fails_then_the_error_is_the_answer_now_and_later(
    terminal: FakeTerminal, tmp_path: Path, trouble: str
) -> None:
    terminal.trouble(after_order_send=trouble)
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        first = await probe.send("leg/1")
        assert first.result is None
        assert first.error[0] in (-10001, -1)
        terminal.trouble()
        second = await probe.send("leg/1")
        assert (second.result, second.error) == (first.result, first.error)
        assert len(terminal.accepted) == 1


@pytest.mark.parametrize(
    ("shown", "word"),
    [
        ({"login": 4712}, "another account"),
        ({"server": "Fake-Real"}, "another account"),
        ({"trade_mode": 2}, "real account"),
        ({"trade_mode": 7}, "real account"),
        ({"connected": False}, "no connection to the broker"),
        ({"terminal_trades": False}, "algo trading is switched off"),
        ({"api_disabled": True}, "refuses the Python interface"),
        ({"account_trades": False}, "investor"),
        ({"expert": False}, "does not allow algo trading"),
    ],
)
async def test_order_when_the_terminal_is_not_what_it_has_to_be_then_refused_and_not_called(
    terminal: FakeTerminal, tmp_path: Path, shown: dict[str, Any], word: str
) -> None:
    """Checked against the terminal of this moment: nothing has looked at it since it changed."""
    times = settings(tmp_path).times
    slow = type(times)(**{**{name: getattr(times, name) for name in times.__struct_fields__}, "look_s": 60.0})
    async with gateway(settings(tmp_path, times=slow)) as running, inside(running) as probe:
        terminal.set(**shown)
        answer = await probe.send("leg/1")
        assert answer.error[0] == REFUSED_BY_GATEWAY
        assert word in answer.error[1]
        assert terminal.accepted == []


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"volume": 1.5}, "1.5 lots, at most 1"),
        ({"symbol": "XAUUSD"}, "'XAUUSD', which is not among"),
        ({"symbol": ""}, "'', which is not among"),
        ({"action": 2}, "the action was 2"),
        ({"action": "1"}, "wrong kind"),
        ({"s1": 1.0}, "unknown key 's1'"),
        ({"price": float("nan")}, '"price" is'),
        ({"volume": float("inf")}, '"volume" is'),
        ({"volume": [0.1]}, '"volume" is'),
        ({"comment": "x" * 100}, '"comment" is'),
        ({"magic": {"a": 1}}, '"magic" is'),
    ],
)
async def test_order_when_the_request_is_not_allowed_then_refused_and_not_called(
    terminal: FakeTerminal, tmp_path: Path, changes: dict[str, Any], word: str
) -> None:
    guards = Guards(**OWN, symbols=("EURUSD",))
    async with gateway(settings(tmp_path, guards=guards)) as running, inside(running) as probe:
        answer = await probe.send("leg/1", **changes)
        assert answer.error[0] == REFUSED_BY_GATEWAY
        assert word in answer.error[1]
        assert terminal.accepted == []


async def test_order_when_refused_by_a_guard_then_the_same_intent_may_come_again(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    """Nothing was called, so nothing is remembered."""
    terminal.set(terminal_trades=False)
    at = WallClock().now()
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        assert (await probe.send("leg/1", at)).error[0] == REFUSED_BY_GATEWAY
        terminal.set(terminal_trades=True)
        assert (await probe.send("leg/1", at)).result["retcode"] == 10009


@pytest.mark.parametrize(
    ("intent", "shift_ms", "word"),
    [
        ("", 0, "needs an intent"),
        ("x" * 300, 0, "needs an intent"),
        ("leg/1", -300_000, "300 s old, at most 120"),
        ("leg/1", 60_000, "60 s in the future"),
    ],
)
async def test_order_when_its_intent_is_missing_old_or_from_the_future_then_refused(
    terminal: FakeTerminal, tmp_path: Path, intent: str, shift_ms: int, word: str
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        answer = await probe.send(intent, WallClock().now() + shift_ms)
        assert answer.error[0] == REFUSED_BY_GATEWAY
        assert word in answer.error[1]
        assert terminal.accepted == []


async def test_order_when_it_comes_from_who_only_reads_then_refused(terminal: FakeTerminal, tmp_path: Path) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running, trades=False) as probe:
        assert (await probe.call("account_info")).result["login"] == 4711
        assert (await probe.send("leg/1")).error[0] == REFUSED_BY_GATEWAY
        assert terminal.accepted == []


async def test_order_when_the_store_cannot_be_written_then_refused_and_not_called(
    terminal: FakeTerminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:

        def full(*_: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr(running.gateway.store, "insert", full)
        answer = await probe.send("leg/1")
        assert answer.error == (
            REFUSED_BY_GATEWAY,
            "the intent cannot be written, so nothing was sent: database or disk is full",
        )
        assert terminal.accepted == []


async def test_order_when_its_answer_cannot_be_recorded_then_answered_and_never_called_again(
    terminal: FakeTerminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:

        def full(*_: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr(running.gateway.store, "record", full)
        assert (await probe.send("leg/1")).result["retcode"] == 10009
        assert (await probe.send("leg/1")).error[0] == ATTEMPTED_BEFORE
        assert len(terminal.accepted) == 1


async def test_order_when_the_client_leaves_while_it_is_called_then_recorded_all_the_same(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    at = WallClock().now()
    async with gateway(settings(tmp_path)) as running:
        async with inside(running) as probe:
            terminal.trouble(after_order_send="slow")
            probe.say(Call(1, ORDER_SEND, {"request": DEAL}, "leg/1", at, FOREVER))
            await until(lambda: bool(terminal.accepted))
        async with inside(running) as probe:
            assert (await probe.send("leg/1", at)).result["retcode"] == 10009
        assert len(terminal.accepted) == 1


async def test_order_when_the_gateway_ends_while_it_is_called_then_its_answer_still_arrives(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        terminal.trouble(after_order_send="slow")
        probe.say(Call(1, ORDER_SEND, {"request": DEAL}, "leg/1", WallClock().now(), FOREVER))
        await until(lambda: bool(terminal.accepted))
        running.until.set()
        assert (await probe.hear(Answer)).result["retcode"] == 10009
        assert await probe.ended()
    assert terminal.opened[-1] == "shutdown"


async def test_order_when_the_worker_is_lost_then_said_so_and_later_attempted(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    terminal.trouble(before_order_send="die")
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        before = running.worker
        assert (await probe.send("leg/1")).error[0] == WORKER_LOST
        terminal.trouble()
        await running.until_replaced(before)
        assert (await probe.send("leg/1")).error[0] == ATTEMPTED_BEFORE
        assert terminal.accepted == []


async def test_volume_when_it_only_closes_on_a_hedging_account_then_larger_is_allowed(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        assert (await probe.send("a", volume=5.0, position=9)).result["retcode"] == 10009
        terminal.set(margin_mode=0)
        assert (await probe.send("b", volume=5.0, position=9)).error[0] == REFUSED_BY_GATEWAY


async def test_real_money_when_configured_then_only_a_real_account_is_traded(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path, guards=Guards(**OWN, is_real=True))) as running, inside(running) as probe:
        assert "demo account" in (await probe.send("a")).error[1]
        terminal.set(trade_mode=2)
        assert (await probe.send("b")).result["retcode"] == 10009


async def test_reads_when_asked_with_what_they_do_not_take_then_refused_and_with_the_rest_answered(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running, trades=False) as probe:
        assert (await probe.call("symbol_info", symbol="NONE")).error == (-4, "Terminal: Not found")
        assert (await probe.call("symbol_info", symbol="EURUSD")).result == {"name": "EURUSD", "digits": 5}
        assert (await probe.call("symbol_info")).error[0] == REFUSED_BY_GATEWAY
        assert (await probe.call("symbol_info", symbol="EURUSD", more=1)).error[0] == REFUSED_BY_GATEWAY
        assert (await probe.call("symbol_select", symbol="EURUSD", enable=True)).result is True
        assert (await probe.call("positions_get")).result == []
        [deal] = (await probe.call("history_deals_get", date_from=5, date_to=6)).result
        assert (deal["time"], deal["order"]) == (5, 6)
        [deal] = (await probe.call("history_deals_of", position=77)).result
        assert deal["position_id"] == 77
        assert (await probe.call("order_check", request=DEAL)).result["request"] == DEAL
        assert len((await probe.call("symbols_get")).result) == 3


async def test_order_when_another_hangs_then_refused_in_time_and_its_twin_and_what_is_known_are_not(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    """Who waits for the terminal too long is told that nothing was called, but never of an intent that was."""
    quick = msgspec.structs.replace(QUICK, wait_s=0.1, send_s=1.0)
    async with gateway(settings(tmp_path, times=quick)) as running, inside(running) as probe:
        at = WallClock().now()
        await probe.send("known/1", at)
        terminal.trouble(before_order_send="hang")
        ids = {10: "hangs/1", 11: "waits/1", 12: "hangs/1", 13: "known/1"}
        probe.say(*(Call(number, ORDER_SEND, {"request": DEAL}, intent, at, FOREVER) for number, intent in ids.items()))
        told = {answer.id: answer.error[0] for answer in [await probe.hear(Answer) for _ in ids]}
        assert told == {10: WORKER_LOST, 11: REFUSED_BY_GATEWAY, 12: ATTEMPTED_BEFORE, 13: 1}
        assert len(terminal.accepted) == 1


async def test_order_when_known_and_asked_by_who_may_not_send_or_wrongly_then_never_told_that_nothing_was_sent(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    at = WallClock().now()
    async with gateway(settings(tmp_path)) as running:
        async with inside(running) as probe:
            first = await probe.send("leg/1", at)
            assert (await probe.send("leg/1", at, unknown=1)).error[0] == ATTEMPTED_BEFORE
            assert (await probe.call(ORDER_SEND, "leg/1", request=[1])).error[0] == ATTEMPTED_BEFORE
        async with inside(running, trades=False) as reader:
            assert (await reader.send("leg/1", at)).result == first.result
        assert len(terminal.accepted) == 1


async def test_order_when_its_twin_is_still_at_the_guards_then_not_told_that_nothing_was_sent(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    """The second gives up waiting before the first is called; "refused" would be wrong a moment later."""
    quick = msgspec.structs.replace(QUICK, wait_s=0.1)
    async with gateway(settings(tmp_path, times=quick)) as running, inside(running) as probe:
        at = WallClock().now()
        terminal.trouble(account_info="slow")
        probe.say(*(Call(number, ORDER_SEND, {"request": DEAL}, "leg/1", at, FOREVER) for number in (10, 11)))
        told = {answer.id: answer.error[0] for answer in [await probe.hear(Answer) for _ in range(2)]}
        assert told == {10: 1, 11: ATTEMPTED_BEFORE}
        assert len(terminal.accepted) == 1

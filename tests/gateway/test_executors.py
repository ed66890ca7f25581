"""One console trades: the seat, the fence, and the lock of the account."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalos_tui.clock import WallClock
from signalos_tui.errors import OperatorNeeded
from signalos_tui.gateway.lock import AccountLock, file_name
from signalos_tui.gateway.serving import Gateway
from signalos_tui.link.messages import ORDER_SEND, REFUSED_BY_GATEWAY, Call, Refused
from tests.gateway.kit import DEAL, FOREVER, FakeTerminal, connected, gateway, inside, settings, until


async def test_seat_when_another_console_has_it_then_the_second_is_refused_also_with_a_higher_fence(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running, holder="first") as first:
        for fence in (0, 9):
            async with connected(running.address) as second:
                assert (await second.refused(holder="second", fence=fence)).code == "executor"
                assert await second.ended()
        assert (await first.send("leg/1")).result["retcode"] == 10009


async def test_seat_when_its_console_has_gone_then_the_next_one_gets_it(terminal: FakeTerminal, tmp_path: Path) -> None:
    async with gateway(settings(tmp_path)) as running:
        async with inside(running, holder="first"):
            pass
        await until(lambda: not running.gateway._clients)
        async with inside(running, holder="second") as second:
            assert (await second.send("leg/1")).result["retcode"] == 10009


async def test_seat_when_the_same_console_comes_back_then_the_old_connection_ends_and_sends_nothing_more(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running, holder="me") as old:
        async with inside(running, holder="me") as new:
            assert (await old.hear(Refused)).code == "executor"
            assert await old.ended()
            assert (await new.send("leg/1")).result["retcode"] == 10009
        assert len(terminal.accepted) == 1


async def test_seat_when_taken_over_in_the_middle_then_what_the_old_one_asked_for_is_not_sent(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    """Asked at the last moment before the call, not when the message came."""
    async with gateway(settings(tmp_path)) as running, inside(running, holder="me") as probe:
        seat, number = running.gateway.seat, 1
        assert seat.is_held_by(number)
        seat.leave(number)
        answer = await probe.send("leg/1")
        assert answer.error[0] == REFUSED_BY_GATEWAY
        assert terminal.accepted == []


async def test_seat_when_passed_on_while_the_guards_look_then_what_was_asked_for_is_not_sent(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running, holder="me") as old:
        terminal.trouble(account_info="slow")
        old.say(Call(1, ORDER_SEND, {"request": DEAL}, "old/1", WallClock().now(), FOREVER))
        await until(lambda: running.gateway.sender._one.is_taken)
        async with inside(running, holder="me") as new:
            terminal.trouble()
            assert (await new.send("new/1", magic=8)).result["retcode"] == 10009
        assert [order["magic"] for order in terminal.accepted] == [8]


async def test_reader_when_connected_then_it_takes_no_seat(terminal: FakeTerminal, tmp_path: Path) -> None:
    async with (
        gateway(settings(tmp_path)) as running,
        inside(running, trades=False, holder=""),
        inside(running) as probe,
    ):
        assert (await probe.send("leg/1")).result["retcode"] == 10009


async def test_fence_when_lower_than_any_before_then_refused_also_after_a_restart(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running, fence=7):
        pass
    async with gateway(settings(tmp_path)) as running:
        async with connected(running.address) as older:
            refused = await older.refused(fence=6)
            assert refused.code == "fence"
            assert refused.text == "the journal is of generation 6, generation 7 has traded here already"
        async with connected(running.address) as probe:
            assert (await probe.greet(fence=8)).fence == 8


async def test_fence_when_lower_and_the_holder_the_same_then_refused_and_the_newer_one_stays(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running, holder="me", fence=7) as newer:
        async with connected(running.address) as older:
            assert (await older.refused(holder="me", fence=6)).code == "fence"
        assert (await newer.send("leg/1")).result["retcode"] == 10009


async def test_newest_intent_when_the_gateway_was_restarted_then_still_told(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    at = WallClock().now()
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        await probe.send("leg/1", at)
        await probe.send("leg/2", at - 1000)
        await probe.send(f"leg~stop/{at + 1000}", at + 1000)  # may be repeated long after: it does not count
    async with gateway(settings(tmp_path)) as running, connected(running.address) as probe:
        assert (await probe.greet()).newest_intent_at == at


def test_account_when_it_has_a_gateway_then_a_second_one_refuses_to_start_whatever_its_folder(tmp_path: Path) -> None:
    locks = tmp_path / "locks"
    first = Gateway(settings(tmp_path / "a", locks=locks), WallClock())
    with pytest.raises(OperatorNeeded, match="Fake-Demo/4711 has a gateway already: process"):
        Gateway(settings(tmp_path / "b", locks=locks), WallClock())
    first.close()
    Gateway(settings(tmp_path / "b", locks=locks), WallClock()).close()


def test_lock_when_accounts_differ_then_both_are_held_and_names_are_safe(tmp_path: Path) -> None:
    names = ["A/1", "A/2", "A-1", "../../etc/passwd/1", "..", "x" * 300 + "/1", "Ä/1", "Ö/1"]
    assert len({file_name(name) for name in names}) == len(names)
    locks = [AccountLock(tmp_path / "locks", name) for name in names]
    assert {lock.path.parent for lock in locks} == {tmp_path / "locks"}
    for lock in locks:
        lock.release()

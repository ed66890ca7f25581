"""Who is there: the greeting of a gateway, what it refuses, what is not what we came for, and the token.

Reference: reliability C11, D10.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.execute import constants as mt
from signalos_tui.execute.mt5 import Address, Expected, Trust
from signalos_tui.execute.mt5.reaching import Unreachable, dial, read_token
from signalos_tui.execute.terminal import Intent
from signalos_tui.link.messages import (
    REFUSALS,
    VERSION,
    Call,
    Hello,
    Ping,
    Pong,
    Refused,
)
from tests.execute.loopback import Loopback, Say, once, request, saying, until

INTENT = Intent("leg/1", 1, 2)


@pytest.mark.parametrize("code", REFUSALS)
async def test_greeting_when_refused_then_the_reason_and_what_to_do(code: str, tmp_path: Path) -> None:
    said = Refused(code, f"no because of {code}\x1b[2J", "")
    async with Loopback(tmp_path, saying(Hello, once(said))) as gateway, gateway.client(waits=False) as terminal:
        await until(terminal, lambda: terminal.reach.code == code)
        assert code in terminal.reach.text
        assert "\x1b" not in terminal.reach.text
        assert terminal.reach.remedy
        assert await terminal.positions_get() is None
        await until(terminal, lambda: terminal.reach.is_open)
        assert gateway.said(Call) == []


async def test_connection_when_it_is_ended_by_a_refusal_then_that_is_the_reason(tmp_path: Path) -> None:
    """Another console took the account over, say."""
    async with Loopback(tmp_path) as gateway, gateway.client() as terminal:
        gateway.behaves = saying(Hello, once(Refused("executor", "another console trades", "End it")))
        gateway.tell(Refused("executor", "another console trades", "End it"))
        await until(terminal, lambda: terminal.reach.code == "executor")
        assert terminal.reach.remedy == "End it"


@pytest.mark.parametrize(
    ("welcome", "code"),
    [
        ({"version": VERSION + 1}, "version"),
        ({"account": "Other-Server/5"}, "account"),
        ({"is_paper": False, "trade_mode": mt.ACCOUNT_TRADE_MODE_REAL}, "real"),
        ({"is_paper": False, "trade_mode": 77}, "real"),
    ],
)
async def test_welcome_when_it_is_not_what_we_came_for_then_nothing_is_asked(
    welcome: dict[str, Any], code: str, tmp_path: Path
) -> None:
    """Wrong version, wrong account, real money where a demo was wanted; a trade mode we do not know is real (C11)."""
    gateway = Loopback(tmp_path)
    gateway.quote()
    mine = (await gateway.greeted()).account
    gateway.welcome = welcome
    async with gateway, gateway.client(Expected(account=mine), waits=False) as terminal:
        await until(terminal, lambda: terminal.reach.code == code)
        assert await terminal.order_send(request(), INTENT) is None
        assert await terminal.account_info() is None
        assert gateway.said(Call) == []
        assert terminal.reach.remedy


@pytest.mark.parametrize("trade_mode", [mt.ACCOUNT_TRADE_MODE_REAL, 77])
async def test_real_money_when_it_is_permitted_then_let_in(trade_mode: int, tmp_path: Path) -> None:
    async with Loopback(tmp_path) as gateway:
        gateway.welcome = {"is_paper": False, "trade_mode": trade_mode}
        async with gateway.client(Expected(demo_only=False)) as terminal:
            assert not terminal.is_paper
            assert await terminal.account_info() is not None


async def test_account_when_none_was_named_then_the_first_one_stays_the_only_one(tmp_path: Path) -> None:
    """After an outage another account there is another account (D10)."""
    async with Loopback(tmp_path) as gateway, gateway.client() as terminal:
        first = gateway.said(Hello)[0].account
        assert first == ""
        gateway.welcome = {"account": "Other-Server/5"}
        await gateway.shut()
        await gateway.open()
        await until(terminal, lambda: terminal.reach.code == "account")
        assert gateway.said(Hello)[-1].account == (await _mine(gateway))


async def test_clocks_when_they_differ_then_by_how_much_is_known(tmp_path: Path) -> None:
    async def ahead(gateway: Loopback, message: Any, say: Say) -> bool:
        if not isinstance(message, Ping):
            return False
        say(once(Pong(message.at, gateway.clock.now() + 90_000)))
        ponged.set()
        return True

    ponged = asyncio.Event()
    async with Loopback(tmp_path, ahead) as gateway, gateway.client() as terminal:
        await ponged.wait()
        await terminal.account_info()
        assert terminal.skew_ms is not None
        assert 89_000 < terminal.skew_ms < 91_000
        await terminal.order_send(request(), INTENT)
        [order] = [call for call in gateway.said(Call) if call.intent]
        assert (order.intent_at, order.intent_until) == (INTENT.at, INTENT.until + terminal.skew_ms)


async def test_greeting_is_said_once_however_many_ask_at_the_same_time(tmp_path: Path) -> None:
    async with Loopback(tmp_path) as gateway, gateway.client() as terminal:
        await asyncio.gather(*(terminal.account_info() for _ in range(20)))
        assert len(gateway.said(Hello)) == 1


async def test_question_when_it_is_too_long_for_the_wire_then_it_never_leaves(tmp_path: Path) -> None:
    async with Loopback(tmp_path) as gateway, gateway.client() as terminal:
        assert await terminal.symbol_info("X" * 100_000) is None
        assert (await terminal.last_error())[0] == mt.RES_E_INVALID_PARAMS
        assert gateway.said(Call) == []
        assert terminal.reach.is_open


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (Address("127.0.0.1", 1), "Connection refused"),
        (Address(path="/nonexistent/gateway.sock"), "No such file or directory"),
    ],
)
async def test_place_when_nobody_is_there_then_said_in_the_systems_words(address: Address, why: str) -> None:
    with pytest.raises(Unreachable) as nobody:
        await dial(address, Trust(fingerprint="ab" * 32))
    assert nobody.value.code == "unreachable"
    assert nobody.value.text.startswith(f"no gateway at {address} (")
    assert why in nobody.value.text
    assert "signalos gateway" in nobody.value.remedy


@pytest.mark.parametrize("text", ["127.0.0.1:8750", "[::1]:8750", "vps.example:1", "unix:/run/gateway.sock"])
def test_address_when_read_then_written_the_same(text: str) -> None:
    assert str(Address.parse(text)) == text


# --- the token ----------------------------------------------------------------------------------------------------


def test_token_when_it_cannot_be_had_then_said_where_and_never_what(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(Unreachable, match="is not in") as none:
        read_token("", str(file))
    assert none.value.code == "token"
    file.write_text("tok-5151\n")
    file.chmod(0o600)
    assert read_token("", str(file)).reveal() == "tok-5151"
    file.chmod(0o644)
    with pytest.raises(Unreachable, match="can be read by other users") as open_to_all:
        read_token("", str(file))
    assert "chmod 600" in open_to_all.value.remedy
    assert "tok-5151" not in str(open_to_all.value)
    assert read_token("T", "", {"T": "tok-61"}).reveal() == "tok-61"
    with pytest.raises(Unreachable, match="the variable T"):
        read_token("T", "", {})


async def _mine(gateway: Loopback) -> str:
    info = await gateway.paper.account_info()
    assert info is not None
    return f"{info.server}/{info.login}"

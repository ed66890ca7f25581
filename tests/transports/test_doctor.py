"""`signalos doctor` over the wire, on the gateway an owner starts: what is right, and every way not to get there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.clock import WallClock
from signalos_tui.commands.venue_checks import venue_checks
from signalos_tui.config import Rules
from signalos_tui.execute import constants as mt
from tests.commands.shell import Answer, signalos
from tests.transports.process import ACCOUNT, Served, served
from tests.transports.stage import TIMES, opened


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all of them: the doctor only looks."""
    with served(tmp_path_factory.mktemp("doctor")) as running:
        yield running


def asked(gateway: Served, folder: Path, *more: str, **changes: str) -> Answer:
    return signalos("doctor", "--data", folder, "--config", gateway.write(**changes), *more)


def test_doctor_when_all_is_well_then_says_what_it_found(gateway: Served, tmp_path: Path) -> None:
    answer = asked(gateway, tmp_path)
    assert answer.code == 0, answer.out + answer.err
    assert "ok   gateway        signalos" in answer.out
    assert f"ok   account        {ACCOUNT}, paper money" in answer.out
    assert "ok   algo trading   allowed" in answer.out
    assert "ok   positions      hedging" in answer.out
    assert "ok   EURUSD" in answer.out


def test_doctor_when_asked_for_json_then_one_object_with_every_check(gateway: Served, tmp_path: Path) -> None:
    answer = asked(gateway, tmp_path, "--json")
    told = json.loads(answer.out)
    assert (answer.code, told["to_mend"]) == (0, 0)
    assert {"gateway", "account", "clock", "symbols"} <= {check["what"] for check in told["checks"]}
    assert all(set(check) == {"what", "ok", "seen", "remedy"} for check in told["checks"])


@pytest.mark.parametrize(
    ("changes", "seen", "remedy"),
    [
        ({"account": '"Other-Live/7"'}, "not Other-Live/7", "login and server"),
        ({"fingerprint": f'"{"ab" * 32}"'}, "fingerprint", "Compare it"),
        ({"address": '"127.0.0.1:1"'}, "no gateway at 127.0.0.1:1", "signalos gateway"),
        ({"token_file": '"/nonexistent/token"'}, "token is not in the file", "Copy it"),
    ],
)
def test_doctor_when_the_gateway_is_not_reached_then_why_and_what_to_do(
    gateway: Served, tmp_path: Path, changes: dict[str, str], seen: str, remedy: str
) -> None:
    answer = asked(gateway, tmp_path, **changes)
    assert answer.code == 3
    assert "MEND gateway" in answer.out
    assert seen in answer.out
    assert remedy in answer.out


FAULTS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"is_investor": True}, {}, "investor's password", "master password"),
    ({"experts_allowed": False}, {}, "automated trading", "Ask the broker"),
    ({"trade_mode": mt.ACCOUNT_TRADE_MODE_REAL}, {}, "real money", "demo_only = false"),
    ({}, {"trade_stops_level": 900}, "at least 0.009", "default_stop_pips"),
    ({}, {"filling_mode": mt.SYMBOL_FILLING_BOC}, "filling mode", "10030"),
    ({}, {"trade_mode": mt.SYMBOL_TRADE_MODE_CLOSEONLY}, "can only be closed", "another instrument"),
]


@pytest.mark.parametrize(("settings", "euro", "seen", "remedy"), FAULTS)
async def test_doctor_when_the_broker_is_not_as_it_should_be_then_said_over_the_wire(
    tmp_path: Path, settings: dict[str, Any], euro: dict[str, Any], seen: str, remedy: str
) -> None:
    """The paper broker with each fault, behind a gateway: the same words as from what a terminal showed."""
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    (tmp_path / "euro.json").write_text(json.dumps(euro))
    with opened("over TLS", tmp_path) as place:
        config = replace(place.config, rules=Rules(allow=("EURUSD",)))
        wrong = [check for check in await venue_checks(config, WallClock(), TIMES) if not check.ok]
    assert len(wrong) == 1, wrong
    assert seen in wrong[0].seen
    assert remedy in wrong[0].remedy


async def test_doctor_when_the_account_nets_then_what_that_means(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"margin_mode": mt.ACCOUNT_MARGIN_MODE_RETAIL_NETTING}))
    with opened("over TLS", tmp_path) as place:
        checks = {check.what: check for check in await venue_checks(place.config, WallClock(), TIMES)}
    assert "one trade a symbol at a time" in checks["positions"].seen


def test_doctor_when_there_are_several_accounts_then_each_of_them_is_looked_at(gateway: Served, tmp_path: Path) -> None:
    config = gateway.write()
    other = '[accounts.main]\n[accounts.prop.terminal]\naddress = "127.0.0.1:1"\naccount = "Other-Demo/7"\n'
    config.write_text(config.read_text() + other)
    answer = signalos("doctor", "--data", tmp_path, "--config", config)
    assert answer.code == 3
    assert "ok   main gateway" in answer.out
    assert "MEND prop gateway" in answer.out


def test_doctor_when_the_token_is_wrong_then_said_and_never_shown(gateway: Served, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("tok-8181-wrong\n")
    token.chmod(0o600)
    answer = asked(gateway, tmp_path, token_file=f'"{token}"')
    assert answer.code == 3
    assert "the token is not this gateway's" in answer.out
    assert "tok-8181" not in answer.out + answer.err


def test_doctor_when_something_else_listens_there_then_said(gateway: Served, tmp_path: Path) -> None:
    """A server that speaks no TLS."""
    import socket
    import threading

    def greet(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(100)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        answering = threading.Thread(target=greet, args=(listening,))
        answering.start()
        answer = asked(gateway, tmp_path, address=f'"127.0.0.1:{listening.getsockname()[1]}"')
        answering.join()
    assert answer.code == 3
    assert "no TLS with the gateway" in answer.out

"""`signalos doctor` over the wire, on the gateway an owner starts: what is right, and every way not to get there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.shell import Answer, signalos
from tests.transports.process import ACCOUNT, Served, served


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
        ({"account": '"Other-Live/7"'}, "another account", "login and server"),
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

"""`signalos gateway` as an owner starts it: on the paper terminal, to the end, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from signalos_tui.clock import WallClock
from signalos_tui.commands.gateway import PAPER_SERVER
from signalos_tui.execute.paper import PaperSettings
from signalos_tui.link.messages import Follow, Ticked
from signalos_tui.link.tls import client_context
from tests.commands.shell import ended, signalos, started
from tests.gateway.kit import Probe, connected, until_let_in

ANNOUNCED = b"signalos gateway: listening on "


@contextmanager
def at_work(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A gateway that listens, and where."""
    with started("gateway", *arguments) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith(ANNOUNCED), (line, process.stderr and process.stderr.read())
        yield process, line.removeprefix(ANNOUNCED).decode().strip()


async def traded(probe: Probe) -> None:
    """A round turn on the paper terminal."""
    assert (await probe.call("symbol_select", symbol="EURUSD", enable=True)).result is True
    probe.say(Follow(("EURUSD",)))
    tick = (await probe.hear(Ticked)).ticks["EURUSD"]
    request = {
        "action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0, "price": tick["ask"], "sl": tick["bid"] - 0.005,
        "tp": 0.0, "deviation": 50, "magic": 4711, "comment": "test", "type_filling": 0, "type_time": 0,
    }  # fmt: skip
    answer = await probe.call("order_send", "leg/1", request=request)
    assert answer.result["retcode"] == 10009, answer
    [position] = (await probe.call("positions_get")).result
    assert (position["magic"], position["volume"]) == (4711, 0.1)
    assert (await probe.call("order_send", "leg/1", WallClock().now(), request=request)).result == answer.result
    assert len((await probe.call("positions_get")).result) == 1


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
async def test_paper_gateway_when_started_then_it_trades_and_ends_in_order(
    tmp_path: Path, ending: signal.Signals
) -> None:
    folder = tmp_path / "data"
    with at_work("--paper", "--data", folder) as (process, address):
        assert address == f"unix:{folder / 'gateway.sock'}"
        token = (folder / "token").read_text().strip()
        await until_let_in(address, token=token, account="")
        async with connected(address) as probe:
            welcome = await probe.greet(token=token, account="")
            assert (welcome.is_paper, welcome.trade_mode) == (True, 0)
            await traded(probe)
        answer = ended(process, ending)
    assert (answer.code, answer.out) == (0, "")
    assert "the gateway has ended" in answer.err
    assert not (folder / "gateway.sock").exists()
    assert (folder / "token").stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


async def test_paper_gateway_when_killed_then_the_next_one_knows_the_trade_and_the_intent(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    seen: list[tuple[bool, int]] = []
    for _ in range(2):
        with at_work("--paper", "--data", folder) as (process, address):
            token = (folder / "token").read_text().strip()
            await until_let_in(address, token=token, account="")
            async with connected(address) as probe:
                welcome = await probe.greet(token=token, account="")
                if not seen:
                    await traded(probe)
                seen.append((welcome.newest_intent_at > 0, len((await probe.call("positions_get")).result)))
            process.kill()
            process.wait()
    assert seen == [(False, 1), (True, 1)]


async def test_gateway_when_initialised_then_it_serves_tls_and_keeps_what_was_made(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = signalos("gateway", "--init", "--data", folder)
    assert (first.code, first.err) == (0, "")
    told = dict(line.split(maxsplit=1) for line in first.out.splitlines())
    assert list(told) == ["token", "certificate", "key", "fingerprint"]
    assert len(told["fingerprint"]) == 64
    assert told["key"] == str(folder / "key.pem")
    assert len((folder / "token").read_text().strip()) == 43  # 256 bits
    assert (folder / "key.pem").stat().st_mode & 0o077 == 0
    assert signalos("gateway", "--init", "--data", folder).out == first.out
    with at_work("--paper", "--data", folder, "--listen", "127.0.0.1:0") as (process, address):
        context: ssl.SSLContext = client_context(Path(told["certificate"]), is_own=True)
        async with connected(address, context) as probe:
            assert (await probe.refused(token="wrong")).code == "token"
        async with connected(address, context) as probe:
            probe.say_raw(b"\x00\x00\x00\x01x")
            assert await probe.ended()
        assert ended(process, signal.SIGTERM).code == 0


def test_symbols_when_dumped_then_every_field_and_nothing_of_who_it_is(tmp_path: Path) -> None:
    out = tmp_path / "symbols.json"
    answer = signalos("gateway", "--paper", "--data", tmp_path / "data", "--dump-symbols", out)
    assert (answer.code, answer.err) == (0, "")
    text = out.read_text()
    found = json.loads(text)
    assert found["format"] == 1
    assert {"leverage", "margin_mode", "currency", "trade_mode"} <= set(found["account"])
    assert not {"login", "name", "balance", "equity"} & set(found["account"])
    assert "1000001" not in text
    assert len(found["symbols"]) > 5
    assert all(len(symbol) == 96 for symbol in found["symbols"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Not known: terminal, login, server"),
        (["--login", "1"], "Not known: terminal, server"),
        (["--login", "1", "--server", "S", "--terminal", "t"], "The package MetaTrader5 is not installed"),
        (["--paper", "--real"], "--paper and --real were both given"),
        (["--paper", "--listen", "0.0.0.0:0"], "There is no certificate"),
        (["--paper", "--listen", "nowhere"], 'Listen was "nowhere"'),
        (["--paper", "--max-lot", "-1"], "max_lot was -1"),
    ],
)
def test_gateway_when_it_cannot_start_then_one_line_with_the_next_step(
    tmp_path: Path, options: list[str], said: str
) -> None:
    answer = signalos("gateway", "--data", tmp_path / "data", *options, HOME=str(tmp_path))
    assert answer.code == 1
    assert answer.out == ""
    last = answer.err.splitlines()[-1]
    assert last.lower().startswith(f"signalos: {said.split()[0].lower()}") or said.lower() in last.lower()
    assert said.lower() in last.lower()
    assert len([line for line in answer.err.splitlines() if line.startswith("signalos: ")]) == 1


def test_gateway_when_the_account_is_served_already_then_the_second_says_by_whom(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with at_work("--paper", "--data", folder) as (process, _):
        answer = signalos("gateway", "--paper", "--data", folder, "--listen", "127.0.0.1:0")
        assert answer.code == 1
        assert f"he paper account has a gateway already: process {process.pid}" in answer.err


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_token_when_others_can_read_it_then_the_gateway_does_not_start(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    (folder / "token").write_text("a-token-that-others-see\n")
    os.chmod(folder / "token", mode)  # noqa: PTH101
    answer = signalos("gateway", "--paper", "--data", folder)
    assert answer.code == 1
    assert "can be read by other users" in answer.err
    assert "chmod 600" in answer.err
    assert "a-token-that-others-see" not in answer.err


def test_token_when_somebody_chose_a_short_one_then_the_gateway_does_not_start(tmp_path: Path) -> None:
    answer = signalos("gateway", "--paper", "--data", tmp_path / "data", SIGNALOS_GATEWAY_TOKEN="hunter2")
    assert answer.code == 1
    assert "has 7 characters, at least 32 are needed" in answer.err
    assert "hunter2" not in answer.err


def test_help_when_asked_then_every_option_says_what_it_does() -> None:
    answer = signalos("gateway", "--help", COLUMNS="200")
    assert answer.code == 0
    for option in ("--paper", "--listen", "--data", "--config", "--terminal", "--login", "--server", "--max-lot"):
        assert option in answer.out
    for option in ("--symbols", "--real", "--dump-symbols", "--init", "--ask-password"):
        assert option in answer.out
    named = {word for word in answer.out.split() if word.startswith("--")}
    assert {name for name in named if "password" in name or "token" in name} == {"--ask-password"}


def test_paper_account_when_served_then_no_journal_takes_the_terminal_inside_the_console_for_it() -> None:
    """Both would be one account otherwise, and each trade of one would be missing in the other's books."""
    assert PaperSettings().server != PAPER_SERVER

"""A folder and hooks beside any source: from the alert over HTTP to a trade on the paper terminal, and what ends a start."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.clock import WallClock
from signalos_tui.collect.daybook import Daybook
from signalos_tui.commands.beside import Beside
from signalos_tui.commands.fleet import FleetSession
from signalos_tui.commands.run import _opened
from signalos_tui.commands.session import Session
from signalos_tui.config import Config, load
from signalos_tui.errors import ConfigInvalid, OperatorNeeded
from signalos_tui.execute.terminal import Terminal
from signalos_tui.journal import Journal
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.events import MessageReceived
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Health, Message
from tests.commands.conftest import Inside
from tests.commands.shell import reached, records

TOKEN = "a-token-of-the-owner-himself-0123456789"
HOOK = ChannelId("hook:tv")
HOOKS = '[webhook]\nenabled = true\nlisten = "127.0.0.1:0"\nhooks = ["tv", "other"]\ntoken_env = "MY_TOKEN"\n'
PATIENCE_S = 40.0


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", TOKEN)


def configured(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return load(path, dict(os.environ))


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not so():  # noqa: ASYNC110 (what is waited for happens in another thread)
            await asyncio.sleep(0.02)


def post(beside: Beside, fields: dict[str, Any], hook: str = "tv") -> tuple[int, str]:
    host, _, port = beside.address.removeprefix("http://").removesuffix("/hook/").rpartition(":")
    wire = http.client.HTTPConnection(host, int(port), timeout=PATIENCE_S)
    with contextlib.closing(wire):
        wire.request("POST", f"/hook/{hook}", json.dumps({"token": TOKEN, **fields}).encode())
        answer = wire.getresponse()
        return answer.status, answer.read().decode().strip()


async def price_of(terminal: Terminal, symbol: str) -> float:
    await terminal.symbol_select(symbol, True)
    async with asyncio.timeout(PATIENCE_S):
        while (tick := await terminal.symbol_info_tick(symbol)) is None:  # noqa: ASYNC110 (prices come from the market, which tells nobody here)
            await asyncio.sleep(0.05)
    return float(tick.ask)


@contextlib.contextmanager
def beside_of(config: Config, data: Path) -> Iterator[Beside]:
    with contextlib.closing(Beside(config, data, WallClock(), "a test")) as beside:
        yield beside


def received(folder: Path) -> list[tuple[str, int, str]]:
    """Posts in the journal of a folder so far, without those of the demo."""
    if not reached(folder, 1):
        return []
    found = [one.event.message for one in records(folder) if isinstance(one.event, MessageReceived)]
    return [(one.channel, one.id, one.text) for one in found if not one.channel.startswith("demo")]


async def test_alert_when_posted_then_journalled_decided_and_traded_on_paper(tmp_path: Path) -> None:
    """The demo beside it has a market that never closes."""
    data = tmp_path / "data"
    config = configured(
        tmp_path, HOOKS + f'[folder]\nenabled = true\npath = "{tmp_path}"\n[rules]\nmax_spread_pips = 50\n'
    )
    with beside_of(config, data) as beside:
        session = _opened(config, data, "a test", None, beside)
        assert isinstance(session, Session)
        async with session.at_work():
            control = session.control
            await until(lambda: control.snapshot().is_armed)
            price = await price_of(session.terminal, "EURUSD")
            alert = {
                "ticker": "FX:EURUSD",
                "action": "buy",
                "price": f"{price:.5f}",
                "sl": f"{price - 0.0080:.5f}",
                "tp": [f"{price + 0.0080:.5f}"],
                "id": "one",
            }
            assert await asyncio.to_thread(post, beside, alert) == (200, "taken as 1")
            assert await asyncio.to_thread(post, beside, alert) == (200, "known as 1")
            await until(lambda: any(one.channel == HOOK for one in control.snapshot().signals.values()))
            (signal,) = (one for one in control.snapshot().signals.values() if one.channel == HOOK)
            await until(lambda: control.snapshot().signals[signal.id].outcome is not None)
            decided = control.snapshot().signals[signal.id]
            assert decided.outcome is DecisionOutcome.ACCEPTED, decided.decision
            assert decided.signal.stop is not None
            await until(lambda: any(leg.opened_at for leg in control.snapshot().trades[signal.id].legs))
            (tmp_path / "gold").mkdir()
            (tmp_path / "gold" / "a.txt").write_text("close EURUSD")
            await until(lambda: ChannelId("file:gold") in control.snapshot().channels)
            bad = await asyncio.to_thread(post, beside, {"symbol": "EURUSD", "action": "buy", "sl": "NaN"})
            assert bad[0] == 400
            await until(lambda: control.snapshot().channels[HOOK].health is Health.BLIND)
    assert [text for channel, _, text in received(data) if channel == HOOK] == [
        f"BUY EURUSD NOW\nEntry {alert['price']}\nSL {alert['sl']}\nTP1 {alert['tp'][0]}"
    ]
    assert ("file:gold", 1, "close EURUSD") in received(data)
    assert TOKEN.encode() not in b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())


async def test_alerts_when_several_accounts_then_each_gets_its_own_and_a_restart_repeats_nothing(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    config = configured(
        tmp_path,
        '[source]\nkind = "webhook"\n'
        + HOOKS
        + '[accounts.one]\n[accounts.two]\nchannels = ["hook:other"]\n[accounts.three]\nchannels = ["file:gold"]\n',
    )
    folders = [data / "accounts" / name for name in ("one", "two", "three")]

    async def run(first: int) -> None:
        with beside_of(config, data) as beside:
            session = _opened(config, data, "a test", None, beside)
            assert isinstance(session, FleetSession)
            # Also what comes before an engine is there is taken.
            assert post(beside, {"text": f"hello {first}"}) == (200, f"taken as {first}")
            async with session.at_work():
                assert (await asyncio.to_thread(post, beside, {"text": f"other {first}"}, "other"))[
                    1
                ] == f"taken as {first}"
                await until(lambda: len(received(folders[0])) == 2 * first)
                await until(lambda: len(received(folders[1])) == first)

    await run(1)
    await run(2)
    assert sorted(received(folders[0])) == [
        ("hook:other", 1, "other 1"),
        ("hook:other", 2, "other 2"),
        ("hook:tv", 1, "hello 1"),
        ("hook:tv", 2, "hello 2"),
    ]
    assert received(folders[1]) == [("hook:other", 1, "other 1"), ("hook:other", 2, "other 2")]
    assert received(folders[2]) == []


async def test_numbers_when_the_daybook_was_lost_then_never_given_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    config = configured(tmp_path, '[source]\nkind = "webhook"\n' + HOOKS)
    data.mkdir()
    with contextlib.closing(Journal.open(data / "journal.db", holder="a test", threaded=False)) as journal:
        message = Message(HOOK, 7, 1_795_264_200_000, "before")
        await journal.append([MessageReceived(message, message.content)], 1_795_264_200_000)
    with beside_of(config, data) as beside:
        assert post(beside, {"text": "after"}) == (200, "taken as 8")
        assert post(beside, {"text": "after"}, "other") == (200, "taken as 1")


# --- what ends a start --------------------------------------------------------------------------------------------


def refused(config: Config, data: Path) -> OperatorNeeded:
    with pytest.raises(OperatorNeeded) as error:
        Beside(config, data, WallClock(), "a test")
    assert error.value.remedy
    return error.value


def test_start_when_the_port_is_taken_or_the_hooks_are_served_then_said_and_all_is_given_back(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        config = configured(tmp_path, HOOKS.replace("127.0.0.1:0", taken))
        assert f"webhook.listen {taken} cannot be listened on" in refused(config, tmp_path / "data").text
    config = configured(tmp_path, HOOKS)
    with beside_of(config, tmp_path / "data"):
        assert "are served by process" in refused(config, tmp_path / "data").text
    with beside_of(config, tmp_path / "data") as beside:
        assert post(beside, {"text": "x"})[0] == 200


def test_start_when_a_daybook_is_damaged_then_said_with_file_and_line(tmp_path: Path) -> None:
    config = configured(tmp_path, HOOKS)
    with beside_of(config, tmp_path / "data") as beside:
        post(beside, {"text": "x"})
        post(beside, {"text": "y"})
    path = tmp_path / "data" / "hooks" / "tv.jsonl"
    path.write_bytes(b"garbage\n" + path.read_bytes())
    assert f"{path} is damaged in line 1" in refused(config, tmp_path / "data").text


def test_token_when_short_or_missing_then_refused_and_where_none_is_named_one_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(tmp_path, HOOKS)
    monkeypatch.setenv("MY_TOKEN", "secret")
    error = refused(config, tmp_path / "data")
    assert "has 6 characters, 24 are the least" in error.text
    monkeypatch.delenv("MY_TOKEN")
    assert "no token for the webhook in MY_TOKEN" in refused(config, tmp_path / "data").text
    config = configured(tmp_path, HOOKS.replace('token_env = "MY_TOKEN"\n', ""))
    with beside_of(config, tmp_path / "data"):
        file = tmp_path / "data" / "hooks" / "token"
        made = file.read_text()
        assert len(made.strip()) >= 43
        assert file.stat().st_mode & 0o077 == 0
        assert file.parent.stat().st_mode & 0o077 == 0
        assert (tmp_path / "data").stat().st_mode & 0o077 == 0
    with beside_of(config, tmp_path / "data"):
        assert file.read_text() == made


def test_folder_when_not_there_then_said(tmp_path: Path) -> None:
    config = configured(tmp_path, f'[source]\nkind = "folder"\n[folder]\npath = "{tmp_path}/nowhere"\n')
    assert f"{tmp_path}/nowhere cannot be looked at: No such file" in refused(config, tmp_path / "data").text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[source]\nkind = "folder"\n', "line 2: folder.path is empty"),
        (
            '[webhook]\nenabled = true\nlisten = "0.0.0.0:8780"\n',
            "line 3: webhook: 0.0.0.0:8780 can be reached from other",
        ),
        ('[webhook]\nenabled = true\nlisten = "box.lan:8780"\n', "line 3: webhook: box.lan:8780 can be reached"),
        ('[webhook]\nenabled = true\nlisten = "unix:/x"\n', 'line 3: webhook: listen was "unix:/x"'),
        ("[webhook]\nenabled = true\nhooks = []\n", "line 3: webhook: hooks names none"),
        ('[webhook]\nenabled = true\nhooks = ["a", "a"]\n', "line 3: webhook: hooks names none, or one twice"),
        ('[webhook]\nhooks = ["a/b"]\n', 'line 2: webhook.hooks was "a/b"'),
        ('[webhook]\nhooks = ["Tv"]\n', 'line 2: webhook.hooks was "Tv"'),
        ('[webhook]\nallow_from = ["tradingview.com"]\n', 'line 2: webhook.allow_from was "tradingview.com"'),
        ('[webhook]\nenabled = true\ncertificate = "x"\n', "line 3: webhook: certificate and key belong together"),
        ('[webhook]\nenabled = true\ntoken_env = "A"\ntoken_file = "b"\n', "line 4: webhook: only one of"),
        ('[webhook]\ntoken = "secret"\n', 'unknown key "token"'),
        ("[webhook]\nper_minute = 0\n", "line 2: webhook.per_minute"),
        ("[folder]\nmax_mb = 0\n", "line 2: folder.max_mb"),
        (
            '[webhook]\nenabled = true\n[accounts.a]\nchannels = ["hook:alert"]\n',
            "line 4: accounts.a.channels names 'hook:alert', and webhook.hooks has no such name",
        ),
    ],
)
def test_configuration_when_it_cannot_be_meant_then_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigInvalid) as error:
        configured(tmp_path, text)
    assert said in error.value.text.replace(" config.toml,", "").replace(f"{tmp_path}/config.toml, ", "")


def test_configuration_when_a_proxy_or_a_certificate_is_named_then_listens_beyond_this_machine(tmp_path: Path) -> None:
    for more in ("behind_proxy = true\n", 'certificate = "c.pem"\nkey = "k.pem"\n'):
        text = f'[webhook]\nenabled = true\nlisten = "0.0.0.0:8780"\n{more}'
        assert configured(tmp_path, text).takes_alerts


# --- commands -----------------------------------------------------------------------------------------------------


def test_webhook_when_asked_then_the_message_to_paste_is_an_alert_that_is_understood(
    inside: Inside, tmp_path: Path
) -> None:
    (tmp_path / "c.toml").write_text(HOOKS)
    places = ("--config", tmp_path / "c.toml", "--data", tmp_path / "data")
    answer = inside("webhook", *places)
    assert answer.code == 0
    assert TOKEN not in answer.out
    assert "/hook/tv    channel hook:tv" in answer.out
    shown = inside("webhook", "--show-token", *places).out
    filled = shown[shown.index("{") : shown.rindex("}") + 1]
    for name, value in {
        "ticker": "EURUSD",
        "timenow": "2026-11-21T12:30:00Z",
        "strategy.order.id": "Long",
        "strategy.order.action": "buy",
        "strategy.market_position": "long",
        "strategy.prev_market_position": "flat",
        "close": "1.0850",
        "plot_0": "1.08",
        "plot_1": "1.09",
    }.items():
        filled = filled.replace("{{" + name + "}}", value)
    from signalos_tui.collect.webhook.alerts import alert_of, opened

    body = opened(filled.encode())
    assert body.token == TOKEN
    assert alert_of(body).posts == ("BUY EURUSD NOW\nEntry 1.0850\nSL 1.08\nTP1 1.09",)
    (tmp_path / "c.toml").write_text("")
    assert "no alerts are taken" in inside("webhook", *places).err


def test_doctor_when_it_looks_then_folder_token_and_port_with_their_remedies(
    inside: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "drop").mkdir(mode=0o700)
    file = tmp_path / "c.toml"
    text = HOOKS.replace("127.0.0.1:0", "127.0.0.1:{}") + f'[folder]\nenabled = true\npath = "{tmp_path}/drop"\n'
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        other.listen()
        file.write_text(text.format(port) + "")
        (tmp_path / "drop").chmod(0o777)
        monkeypatch.setenv("MY_TOKEN", "short")
        seen = inside("doctor", "--config", file, "--data", tmp_path / "data").out
        assert "MEND webhook token" in seen
        assert "MEND webhook port" in seen
        assert "others may write there, and so post" in seen
    (tmp_path / "drop").chmod(0o700)
    monkeypatch.setenv("MY_TOKEN", TOKEN)
    seen = inside("doctor", "--config", file, "--data", tmp_path / "data").out
    assert "ok   folder" in seen
    assert "ok   webhook token  there" in seen
    assert f"127.0.0.1:{port} is free, hooks tv, other" in seen
    config = load(file, dict(os.environ))
    with beside_of(config, tmp_path / "data"):
        assert "taken by process" in inside("doctor", "--config", file, "--data", tmp_path / "data").out
    (tmp_path / "drop").rmdir()
    file.write_text(
        text.format(port).replace("enabled = true\nlisten", 'enabled = true\nallow_from = ["10.0.0.0/8"]\nlisten')
    )
    seen = inside("doctor", "--config", file, "--data", tmp_path / "data").out
    assert "MEND folder" in seen
    assert "Say in client_header where the proxy names the real address" in seen


def test_doctor_when_telegram_is_read_then_what_this_machine_knows_of_it(
    inside: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "c.toml"
    file.write_text('[source]\nkind = "telegram"\n[telegram]\napi_id = 1\napi_hash_env = "MY_HASH"\n')
    seen = inside("doctor", "--config", file, "--data", tmp_path / "data").out
    assert "MEND telegram app   there is no api_hash in the environment variable MY_HASH" in seen
    assert "nobody is logged in" in seen
    assert "Run: signalos login main" in seen
    monkeypatch.setenv("MY_HASH", "0123456789abcdef0123456789abcdef")
    assert "api_id 1, and its hash is there" in inside("doctor", "--config", file, "--data", tmp_path / "data").out
    assert not (tmp_path / "data").exists()  # it looks, and makes nothing


def test_daybook_folder_when_two_engines_share_a_machine_then_each_has_its_own(tmp_path: Path) -> None:
    config = configured(
        tmp_path, f'[source]\nkind = "folder"\n[folder]\npath = "{tmp_path}"\n[accounts.a]\n[accounts.b]\n'
    )
    with beside_of(config, tmp_path / "data") as beside:
        assert beside.address == ""
        (one,) = beside.sources("a", tmp_path / "data" / "accounts" / "a")
        assert [channel.id for channel in one.channels()] == ["file:inbox"]
    with contextlib.closing(Daybook(tmp_path / "data" / "accounts" / "a" / "dropped" / "channel-gold.jsonl")):
        (one,) = beside.sources("a", tmp_path / "data" / "accounts" / "a")
        (other,) = beside.sources("b", tmp_path / "data" / "accounts" / "b")
        assert [channel.id for channel in one.channels()] == ["file:inbox", "file:gold"]
        assert [channel.id for channel in other.channels()] == ["file:inbox"]

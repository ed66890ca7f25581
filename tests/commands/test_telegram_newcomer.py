"""What a newcomer meets on the way to Telegram: no network, no login yet, a hash mistyped, a passphrase too short."""

from __future__ import annotations

import builtins
import errno
import getpass
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from telethon.client import telegrambaseclient

from signalos_tui.cli_ending import end
from signalos_tui.clock import WallClock
from signalos_tui.collect.telegram.asking import UNREACHABLE, connected
from signalos_tui.collect.telegram.vault import WrongPassphrase
from signalos_tui.commands import telegram as commands
from signalos_tui.commands.channels import not_one
from signalos_tui.commands.telegram import Following, vault_of
from signalos_tui.config import Telegram, load
from signalos_tui.errors import OperatorNeeded
from tests.collect.test_telegram_vault import Kept
from tests.commands.conftest import Inside
from tests.commands.house import CONFIG, Typing
from tests.support.telegram.config import DC

HASH = "0123456789abcdef0123456789abcdef"
NOWHERE = "signalos: Telegram cannot be reached. Check the network, and try again\n"


@pytest.fixture
def dead_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A peer that takes every connection and hangs up at once, as some networks do."""
    keyring = Kept()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setattr(telegrambaseclient, "DEFAULT_DC_ID", DC)
        monkeypatch.setattr(telegrambaseclient, "DEFAULT_IPV4_IP", "127.0.0.1")
        monkeypatch.setattr(telegrambaseclient, "DEFAULT_PORT", listening.getsockname()[1])
        monkeypatch.setattr(commands, "system_keyring", lambda: keyring)
        monkeypatch.setattr(builtins, "input", lambda question: pytest.fail(f"asked {question}"))
        monkeypatch.setenv("MY_HASH", HASH)
        thread = threading.Thread(target=_hang_up, args=(listening,), daemon=True)
        thread.start()
        yield
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(30)


def _hang_up(listening: socket.socket) -> None:
    while True:
        try:
            listening.accept()[0].close()
        except OSError:  # the test is over
            return


@pytest.fixture
def places(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "c.toml").write_text(CONFIG)
    return "--data", str(tmp_path / "data"), "--config", str(tmp_path / "c.toml")


@pytest.mark.usefixtures("dead_end")
@pytest.mark.parametrize("how", [(), ("--qr",)])
def test_login_when_telegram_hangs_up_then_said_in_words_and_nothing_is_left(
    inside: Inside, places: tuple[str, ...], tmp_path: Path, how: tuple[str, ...]
) -> None:
    answer = inside("login", *how, *places)
    assert (answer.code, answer.out, answer.err) == (1, "", NOWHERE)
    assert list((tmp_path / "data").rglob("*.session")) == []


@pytest.mark.usefixtures("dead_end", "places")
async def test_login_in_the_console_when_telegram_hangs_up_then_the_same_words(tmp_path: Path) -> None:
    config = load(tmp_path / "c.toml", {})
    following = Following(config, tmp_path / "data", WallClock(), "a test", has_console=True)
    try:
        with pytest.raises(OperatorNeeded) as caught:
            await following.directory.log_in("main", Typing())
    finally:
        following.close()
    assert (caught.value.text, caught.value.remedy) == UNREACHABLE
    assert following.directory.logins() == ()


@pytest.mark.usefixtures("dead_end", "places")
async def test_command_when_the_disk_fails_while_connected_then_it_is_not_called_the_network(tmp_path: Path) -> None:
    class Client:
        async def connect(self) -> None: ...

        async def disconnect(self) -> None: ...

    class Login:
        name, client = "main", Client()

        def close(self) -> None: ...

    for error in (OSError(errno.ENOSPC, "No space left"), OSError(errno.EACCES, "No access", "main.channels")):
        with pytest.raises(OSError, match="No "):
            async with connected(Login()):  # type: ignore[arg-type]
                raise error
    with pytest.raises(OperatorNeeded):
        async with connected(Login()):  # type: ignore[arg-type]
            raise OSError(errno.ENETUNREACH, "Network is unreachable")


def test_commands_when_nobody_is_logged_in_then_all_say_so_before_they_ask_anything(
    inside: Inside, places: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a hash, a passphrase or a terminal."""
    monkeypatch.setattr(commands, "system_keyring", lambda: None)
    every = (("list",), ("follow", "@gold"), ("unfollow", "@gold"), ("import", "@gold"))
    said = {inside("channels", *words, *places).err for words in every}
    assert said == {"signalos: there is no Telegram login 'main'. Run: signalos login main\n"}
    assert not (tmp_path / "data").exists()


def test_sessions_when_listed_with_a_configuration_then_those_that_are_not_read_say_so(
    inside: Inside, places: tuple[str, ...], tmp_path: Path
) -> None:
    assert inside("sessions", "list", *places).out == "nobody is logged in; begin with: signalos login\n"
    (tmp_path / "data" / "telegram").mkdir(parents=True)
    for name in ("main", "other"):
        (tmp_path / "data" / "telegram" / f"{name}.session").touch()
    (tmp_path / "c.toml").write_text(CONFIG + 'logins = ["main"]\n')
    first, second = inside("sessions", "list", *places).out.splitlines()
    assert first.endswith("UTC, follows nothing yet")
    assert second.endswith("follows nothing yet; not read, as logins under [telegram] names others")


def test_passphrase_when_new_then_explained_first_and_asked_again_until_it_is_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["short", "long enough", "long enouhg", "long enough", "long enough"]
    told: list[str] = []

    def answer(question: str) -> str:
        told.append(capsys.readouterr().err)
        if not typed:
            raise EOFError
        return typed.pop(0)

    monkeypatch.setattr(commands, "system_keyring", lambda: None)
    monkeypatch.setattr(getpass, "getpass", answer)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    vault_of(Telegram(), tmp_path)
    for part in ("has no keyring", "at least 8 characters", "cannot be recovered"):
        assert part in told[0]
    assert told[1:] == ["It has 5 characters, 8 are the least.\n", "", "The two were not the same.\n", ""]
    with pytest.raises(OperatorNeeded, match="the input ended before the passphrase did"):
        vault_of(Telegram(), tmp_path)


def test_passphrase_when_mistyped_then_asked_again_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["the right one", "the right one", "teh right one", "the right one"]
    monkeypatch.setattr(commands, "system_keyring", lambda: None)
    monkeypatch.setattr(getpass, "getpass", lambda _: typed.pop(0))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    vault_of(Telegram(), tmp_path)
    vault_of(Telegram(), tmp_path)
    assert capsys.readouterr().err.endswith(
        "That was not it: the passphrase of the Telegram sessions is not the right one.\n"
    )
    typed = ["wrong one!"] * 4
    with pytest.raises(WrongPassphrase):
        vault_of(Telegram(), tmp_path)
    assert len(typed) == 1


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ('api_hash_env = "NOPE"', "the environment variable NOPE"),
        ('api_hash_file = "/nope"', "the file /nope"),
    ],
)
def test_api_hash_when_not_there_then_said_what_kind_of_place_it_is(
    inside: Inside, tmp_path: Path, key: str, place: str
) -> None:
    (tmp_path / "c.toml").write_text(f"[telegram]\napi_id = 1\n{key}\n")
    answer = inside("login", "--data", tmp_path / "data", "--config", tmp_path / "c.toml")
    assert answer.err == f"signalos: there is no api_hash in {place}. Put it there, as my.telegram.org shows it\n"


@pytest.mark.parametrize("command", [("login",), ("login", "--qr"), ("run", "--headless")])
def test_api_hash_when_it_is_none_then_said_without_showing_it_and_nobody_is_asked(
    inside: Inside, places: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("MY_HASH", "abz")
    said = "signalos: the api_hash has 3 characters, and is not 32 digits of 0-9 and a-f. Copy it again from my.telegram.org\n"
    assert inside(*command, *places).err == said


def test_doctor_when_the_api_hash_is_no_hash_then_said_without_showing_it(
    inside: Inside, places: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_HASH", HASH[:-1] + "x")
    seen = inside("doctor", *places).out
    assert "MEND telegram app   the api_hash has 32 characters, and is not 32 digits of 0-9 and a-f" in seen
    assert HASH[:-1] not in seen


def test_remedy_when_it_is_a_command_or_a_path_then_neither_is_written_with_a_capital(
    inside: Inside, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> int:
        raise not_one("Silver", [], "channels of this account")

    with pytest.raises(typer.Exit):
        end(fails)
    assert "Run: signalos channels list\n" in capsys.readouterr().err
    file = tmp_path / "c.toml"
    file.write_text('[source]\nkind = "telegram"\n')
    assert "See docs/telegram.md\n" in inside("config", "check", file).err
    file.write_text("")
    assert "as docs/telegram.md says\n" in inside("login", "--config", file).err

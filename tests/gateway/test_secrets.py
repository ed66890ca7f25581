"""Token and password: from where they come, and that they are nowhere else (reference: reliability T2)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from types import ModuleType

import pytest

from signalos_tui.errors import OperatorNeeded
from signalos_tui.link.messages import VERSION, Refused
from signalos_tui.link.secret import Secret, make_token, read_secret
from signalos_tui.logs import configure
from tests.gateway.kit import PASSWORD, TOKEN, FakeTerminal, connected, gateway, hello, inside, settings, until

CANARIES = (TOKEN, PASSWORD)


async def test_secrets_when_everything_goes_wrong_then_they_are_in_no_log_no_file_no_argument_and_no_answer(
    terminal: FakeTerminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Greetings right and wrong, broken frames with the token in them, a worker that raises, hangs and dies."""
    monkeypatch.setenv("SIGNALOS_GATEWAY_TOKEN", TOKEN)
    monkeypatch.setenv("SIGNALOS_MT5_PASSWORD", PASSWORD)
    configure("debug", tmp_path / "logs", 1)
    heard: list[str] = []
    async with gateway(settings(tmp_path)) as running:
        for change in (
            {"version": VERSION + 1},
            {"account": "x/1"},
            {"token": TOKEN + "x"},
            {"holder": ""},
            {"client": TOKEN * 20},
        ):
            async with connected(running.address) as probe:
                heard.append(repr(await probe.refused(**change)))
        async with connected(running.address) as probe:
            probe.say_raw(b"\x00\x00\x00\x40" + TOKEN.encode() * 4)
            heard.append(repr(await probe.hear(Refused)))
        async with inside(running) as probe:
            heard.append(repr(probe._aside))
            for trouble in ("raise", "die", "hang"):
                before = running.worker
                terminal.trouble(before_order_send=trouble)
                heard.append(repr(await probe.send(f"leg/{trouble}")))
                terminal.trouble()
                if trouble != "raise":
                    await running.until_replaced(before)
            probe.say(hello())
            heard.append(repr(await probe.hear(Refused)))
        lines = _shown(running.worker)
        os.kill(running.worker, signal.SIGKILL)
        await asyncio.sleep(0)
        terminal.trouble(initialize="raise")
        await until(lambda: running.gateway.keeper.state.state == "no terminal")
        heard.append(repr(running.gateway.keeper.state) + repr(running.gateway._settings))
    written = b"".join(
        path.read_bytes() for folder in ("data", "logs") for path in (tmp_path / folder).rglob("*") if path.is_file()
    )
    printed = capfd.readouterr()
    everything = "".join(heard) + printed.out + printed.err + written.decode("latin-1") + lines.decode("latin-1")
    assert "an order" in printed.err
    assert [canary for canary in CANARIES if canary in everything] == []
    assert PASSWORD in str(terminal.opened)  # it did go where it belongs


def _shown(pid: int) -> bytes:
    # What other users of the machine, or of the account, can see of a process.
    return Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()


def test_secret_when_printed_then_three_stars() -> None:
    secret = Secret("x-secret")
    assert "x-secret" not in f"{secret} {secret!r} {[secret]} {secret.__dict__ if hasattr(secret, '__dict__') else ''}"


def test_secret_when_compared_then_only_the_whole_value_is_the_same() -> None:
    secret = Secret("abc")
    assert secret.is_same("abc")
    for other in ("", "ab", "abcd", "ABC", "abc\n", "\udcff", "abc\0"):
        assert not secret.is_same(other)
    assert not Secret("").is_same("")


def test_token_when_made_then_256_random_bits_for_its_owner_only_and_never_over_another(tmp_path: Path) -> None:
    first, second = make_token(tmp_path / "a"), make_token(tmp_path / "b")
    assert first.reveal() != second.reveal()
    assert len(first.reveal()) == 43
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        make_token(tmp_path / "a")
    assert read_secret("it", file=tmp_path / "a").reveal() == first.reveal()


def test_secret_when_in_several_places_then_environment_before_file_before_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = ModuleType("keyring")
    keyring.__spec__ = __import__("importlib.machinery").machinery.ModuleSpec("keyring", None)
    keyring.get_password = lambda service, user: f"{service}-{user}-key"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    make_token(tmp_path / "t")
    everywhere = {"variable": "V", "file": tmp_path / "t", "keyring": "broker/4711"}
    assert read_secret("it", **everywhere, environ={"V": "from-env"}).reveal() == "from-env"  # type: ignore[arg-type]
    assert len(read_secret("it", **everywhere, environ={}).reveal()) == 43  # type: ignore[arg-type]
    assert read_secret("it", keyring="broker/4711", environ={}).reveal() == "broker-4711-key"
    assert not read_secret("it", variable="V", file=tmp_path / "none", environ={})


def test_secret_when_the_keyring_fails_then_none_of_its_words_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = ModuleType("keyring")
    keyring.__spec__ = __import__("importlib.machinery").machinery.ModuleSpec("keyring", None)

    def broken(_service: str, _user: str) -> str:
        raise RuntimeError("the password is hunter2")

    keyring.get_password = broken  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    with pytest.raises(OperatorNeeded) as caught:
        read_secret("it", keyring="a/b", environ={})
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("content", [b"", b"two\nlines\n", b"\xff\xfe", b"x" * 5000, b"a\x1b[31m"])
def test_secret_when_its_file_holds_something_else_then_refused_without_telling_it(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "t"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(OperatorNeeded, match="no single line of text"):
        read_secret("it", file=path)

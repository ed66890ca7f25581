"""Sessions at rest: sealed, private, whole, and nobody else's."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st
from telethon.crypto import AuthKey
from telethon.tl import types

from signalos_tui.collect.telegram.lock import Lock, SessionBusy
from signalos_tui.collect.telegram.session import StoredSession
from signalos_tui.collect.telegram.vault import HEAD, AskPassphrase, Vault, VaultClosed, open_vault, seal, unseal
from signalos_tui.errors import OperatorNeeded
from signalos_tui.link.secret import Secret

CANARY = b"canary-of-a-session-key"


class Kept:
    """A keyring in memory. is_locked: it fails, with words that nobody may see."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, user: str) -> str | None:
        if self.is_locked:
            raise RuntimeError("the secret word")
        return self.values.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        if self.is_locked:
            raise RuntimeError("the secret word")
        self.values[service, user] = password


def nobody(is_new: bool) -> Secret:
    raise OperatorNeeded("nobody to ask")


def says(text: str) -> AskPassphrase:
    return lambda is_new: Secret(text)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return open_vault(tmp_path / "telegram", Kept(), nobody)


def test_file_when_written_then_sealed_private_and_read_back(tmp_path: Path, vault: Vault) -> None:
    vault.write("main.session", CANARY)
    path = tmp_path / "telegram" / "main.session"
    assert CANARY not in path.read_bytes()
    assert vault.read("main.session") == CANARY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((path.parent / HEAD).stat().st_mode) == 0o600
    assert sorted(one.name for one in path.parent.iterdir()) == ["main.session", HEAD]


def test_file_when_any_byte_is_changed_then_refused_in_words(tmp_path: Path, vault: Vault) -> None:
    vault.write("main.session", CANARY)
    path = tmp_path / "telegram" / "main.session"
    sealed = path.read_bytes()
    for place in range(len(sealed)):
        path.write_bytes(sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :])
        with pytest.raises(VaultClosed, match="damaged, was changed"):
            vault.read("main.session")


def test_file_when_under_another_name_then_refused(tmp_path: Path, vault: Vault) -> None:
    """Somebody else's session cannot be slipped in."""
    vault.write("main.session", CANARY)
    (tmp_path / "telegram" / "other.session").write_bytes((tmp_path / "telegram" / "main.session").read_bytes())
    with pytest.raises(VaultClosed):
        vault.read("other.session")


@given(st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
def test_anything_when_it_was_not_sealed_with_this_key_then_nothing(content: bytes) -> None:
    cipher = AESGCM(bytes(32))
    assert unseal(cipher, "a", content) is None
    assert unseal(cipher, "a", seal(cipher, "a", content)) == content
    assert unseal(AESGCM(bytes([1]) * 32), "a", seal(cipher, "a", content)) is None


def test_vault_when_opened_with_the_passphrase_then_reads_and_with_another_not(tmp_path: Path) -> None:
    open_vault(tmp_path, None, says("correct horse")).write("main.session", CANARY)
    assert open_vault(tmp_path, Kept(), says("correct horse")).read("main.session") == CANARY
    with pytest.raises(VaultClosed, match="passphrase of the Telegram sessions is not the right one"):
        open_vault(tmp_path, None, says("wrong horse"))
    assert b"horse" not in b"".join(one.read_bytes() for one in tmp_path.iterdir())


def test_passphrase_when_short_then_refused_and_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(VaultClosed, match="less than 8"):
        open_vault(tmp_path, None, says("1234567"))
    assert list(tmp_path.iterdir()) == []


def test_passphrase_when_named_then_used_although_there_is_a_keyring(tmp_path: Path) -> None:
    keyring = Kept()
    open_vault(tmp_path, keyring, says("correct horse"), prefers_passphrase=True)
    assert keyring.values == {}


def test_keyring_when_locked_gone_or_of_another_folder_then_said_without_its_words(tmp_path: Path) -> None:
    keyring = Kept()
    keyring.is_locked = True
    with pytest.raises(VaultClosed, match=r"takes no key \(RuntimeError\)") as first:
        open_vault(tmp_path, keyring, nobody)
    keyring.is_locked = False
    open_vault(tmp_path, keyring, nobody)
    keyring.is_locked = True
    with pytest.raises(VaultClosed, match=r"cannot be read \(RuntimeError\)") as second:
        open_vault(tmp_path, keyring, nobody)
    assert "secret word" not in f"{first.value}{second.value}"
    with pytest.raises(VaultClosed, match="there is none here"):
        open_vault(tmp_path, None, nobody)
    with pytest.raises(VaultClosed, match="has no key"):
        open_vault(tmp_path, Kept(), nobody)
    keyring.is_locked = False
    for entry in keyring.values:
        keyring.values[entry] = "A" * 43 + "="
    with pytest.raises(VaultClosed, match="does not fit"):
        open_vault(tmp_path, keyring, nobody)


def test_head_when_damaged_or_lost_then_said(tmp_path: Path) -> None:
    open_vault(tmp_path, Kept(), nobody).write("main.session", CANARY)
    (tmp_path / HEAD).write_text("{}")
    with pytest.raises(VaultClosed, match="is damaged"):
        open_vault(tmp_path, Kept(), nobody)
    (tmp_path / HEAD).unlink()
    with pytest.raises(VaultClosed, match=r"holds main\.session and no vault\.json"):
        open_vault(tmp_path, Kept(), nobody)


# --- the session --------------------------------------------------------------------------------------------------


def test_session_when_its_key_changes_then_written_at_once_and_read_back(vault: Vault) -> None:
    session = StoredSession(vault, "main")
    session.set_dc(4, "127.0.0.9", 443)
    session.save()
    assert vault.read("main.session") is None, "a session without a key is nothing to keep"
    session.auth_key = AuthKey(bytes(256))
    again = StoredSession(vault, "main")
    assert (again.dc_id, again.server_address, again.port) == (4, "127.0.0.9", 443)
    assert again.auth_key.key == bytes(256)


async def test_session_when_it_learns_then_written_a_moment_later_or_when_closed(vault: Vault) -> None:
    session = StoredSession(vault, "main")
    session.auth_key = AuthKey(b"\1" * 256)
    before = vault.read("main.session")
    room = types.InputPeerChannel(5000, 15_000)
    session.process_entities(types.contacts.ResolvedPeer(None, [room], []))
    session.set_update_state(0, types.updates.State(7, 0, None, 3, 0))
    session.save()
    session.save()
    assert vault.read("main.session") == before
    session.close()
    again = StoredSession(vault, "main")
    assert again.get_input_entity(types.PeerChannel(5000)) == room
    assert [(of, state.pts, state.seq) for of, state in again.get_update_states()] == [(0, 7, 3)]


async def test_session_when_deleted_then_nothing_comes_back(tmp_path: Path, vault: Vault) -> None:
    session = StoredSession(vault, "main")
    session.auth_key = AuthKey(b"\1" * 256)
    session.save()
    session.delete()
    session.auth_key = AuthKey(b"\2" * 256)
    session.close()
    assert vault.read("main.session") is None


def test_login_when_held_then_a_second_one_is_refused_with_who_has_it(tmp_path: Path) -> None:
    first = Lock(tmp_path / "main.lock", "main", "signalos run")
    with pytest.raises(SessionBusy, match=r"used by process \d+ \(signalos run\)"):
        Lock(tmp_path / "main.lock", "main", "signalos login")
    first.release()
    Lock(tmp_path / "main.lock", "main", "signalos login").release()

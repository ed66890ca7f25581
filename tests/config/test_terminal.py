"""[terminal]: what a gateway needs is asked for at the start, with the key that is missing; a token has no key at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalos_tui.config import Config, Terminal, field_names, load
from signalos_tui.errors import ConfigInvalid

PRINT = "ab" * 32
WHOLE = {
    "kind": '"mt5"',
    "address": '"10.0.0.2:8765"',
    "account": '"MetaQuotes-Demo/5012345"',
    "token_file": '"token"',
    "fingerprint": f'"{PRINT}"',
}


def loaded(folder: Path, keys: dict[str, str], table: str = "terminal", more: str = "") -> Config:
    path = folder / "config.toml"
    path.write_text(f"{more}\n[{table}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items()))
    return load(path, {})


def test_a_whole_table_is_taken_and_only_demo_accounts_unless_said_otherwise(tmp_path: Path) -> None:
    terminal = loaded(tmp_path, WHOLE).terminal
    assert terminal.kind == "mt5"
    assert terminal.demo_only
    assert not terminal.is_local


@pytest.mark.parametrize("missing", [key for key in WHOLE if key != "kind"])
def test_what_a_gateway_needs_when_missing_then_named(missing: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match=missing):
        loaded(tmp_path, {key: value for key, value in WHOLE.items() if key != missing})


def test_a_unix_socket_needs_no_certificate(tmp_path: Path) -> None:
    keys = {key: value for key, value in WHOLE.items() if key != "fingerprint"}
    assert loaded(tmp_path, {**keys, "address": '"unix:/run/gateway.sock"'}).terminal.is_local


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("address", '"nowhere"'),
        ("address", '"host:0"'),
        ("address", '"host:99999"'),
        ("address", '"::1:8765"'),
        ("address", '"http://host:80"'),
        ("address", '"unix:relative"'),
        ("account", '"5012345"'),
        ("account", '"Server/"'),
        ("account", '"Server/abc"'),
        ("fingerprint", '"abc"'),
        ("fingerprint", f'"{"xy" * 32}"'),
        ("kind", '"mt4"'),
        ("token", '"secret"'),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_key(key: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match=key):
        loaded(tmp_path, {**WHOLE, key: value})


def test_both_ways_to_know_the_gateway_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="one of fingerprint and certificate_file"):
        loaded(tmp_path, {**WHOLE, "certificate_file": '"gateway.pem"'})


def test_an_account_has_its_own_terminal_over_that_of_the_file(tmp_path: Path) -> None:
    own = '[accounts.main.terminal]\naddress = "10.0.0.3:8765"\naccount = "Other-Live/7"\ndemo_only = false\n'
    config = loaded(tmp_path, WHOLE, more=own)
    terminal = config.account("main").terminal
    assert (terminal.address, terminal.account, terminal.token_file) == ("10.0.0.3:8765", "Other-Live/7", "token")
    with pytest.raises(ConfigInvalid, match=r"accounts\.main\.terminal"):
        loaded(tmp_path, {"kind": '"mt5"'}, more=own)


def test_no_key_holds_a_secret() -> None:
    assert {"token", "password"}.isdisjoint(field_names(Terminal))

"""What [paper] of config.toml makes of the paper broker."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from signalos_tui.commands.terminals import paper_settings
from signalos_tui.config import load
from signalos_tui.errors import ConfigInvalid
from signalos_tui.execute.paper import PaperSettings
from tests.execute import reference


def settings_of(tmp_path: Path, text: str) -> PaperSettings:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return paper_settings(load(path, {}))


def dump_in(tmp_path: Path) -> Path:
    entry = reference.load("symbols")["full"][0]["info"]
    path = tmp_path / "symbols.json"
    path.write_text(json.dumps({"format": 1, "account": {"margin_mode": 0, "leverage": 30}, "symbols": [entry]}))
    return path


def test_settings_when_nothing_is_said_then_a_hedging_account_of_the_catalogue(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "")
    assert (settings.is_netting, settings.instruments, settings.leverage) == (False, (), 100)


def test_settings_when_netting_then_one_position_a_symbol(tmp_path: Path) -> None:
    assert settings_of(tmp_path, '[paper]\naccount = "netting"\n').is_netting


def test_settings_when_a_brokers_symbols_are_named_then_its_rules_hold(tmp_path: Path) -> None:
    text = f'[paper]\nsymbols = "{dump_in(tmp_path)}"\nbalance = 500\nleverage = 200\n'
    settings = settings_of(tmp_path, text)
    assert [each.spec.name for each in settings.instruments] == ["EURUSD"]
    assert (settings.is_netting, settings.leverage, settings.balance) == (True, 30, 500.0)


def test_settings_when_they_travel_to_a_worker_then_they_arrive_as_they_were(tmp_path: Path) -> None:
    """The gateway hands them over as plain values."""
    settings = settings_of(tmp_path, f'[paper]\nsymbols = "{dump_in(tmp_path)}"\n')
    told = msgspec.msgpack.decode(msgspec.msgpack.encode(msgspec.to_builtins(settings)))
    assert msgspec.convert(told, PaperSettings, strict=False) == settings


def test_settings_when_the_file_is_missing_then_the_owner_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        settings_of(tmp_path, f'[paper]\nsymbols = "{tmp_path / "nothing.json"}"\n')


def test_config_when_the_kind_of_account_is_unknown_then_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="account"):
        settings_of(tmp_path, '[paper]\naccount = "exchange"\n')

"""The shipped config.toml says what the code does, and every example in it works."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from signalos_tui.config import Config, Words, field_names, load
from signalos_tui.ui.bindings import keymap
from tests.config.written import SHIPPED, TABLES, written


def test_shipped_file_when_loaded_then_every_value_is_the_default() -> None:
    shipped = load(SHIPPED, {})
    assert msgspec.structs.replace(shipped, symbols={}) == Config()


def test_shipped_file_names_every_table_and_top_level_key() -> None:
    raw = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert set(raw) == set(field_names(Config)) - {"channels"}
    fixed = {"source", "risk", "rules", "manage", "send", "paper", "demo", "console", "engine", "logging"}
    assert fixed | {"second_reader", "terminal", "gateway", "telegram", "folder", "webhook"} == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_shipped_file_names_every_key_of_a_table_in_order(table: str) -> None:
    raw = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert tuple(raw[table]) == field_names(type(getattr(Config(), table)))


@pytest.mark.parametrize("table", TABLES)
def test_shipped_file_explains_every_table(table: str) -> None:
    line = next(x for x in SHIPPED.read_text(encoding="utf-8").splitlines() if x.startswith(f"[{table}]"))
    assert "#" in line


def test_shipped_examples_when_uncommented_then_valid(tmp_path: Path) -> None:
    """What stands behind `# ` and looks like a setting or a table is a working example."""
    lines = []
    for line in SHIPPED.read_text(encoding="utf-8").splitlines():
        bare = line.removeprefix("# ")
        is_example = line.startswith("# ") and (bare.startswith("[") or " = " in bare)
        lines.append(bare if is_example else line)
    config = load(written(tmp_path, "\n".join(lines)), {})
    assert config.aliases["GOLDMINI"] == "XAUUSD.mini"
    assert config.keymap == {"trade.close": "f4,c"}
    assert keymap(config.keymap).problems == ()
    assert config.words("", "Gold VIP") == Words(
        default_symbol="XAUUSD",
        ignore=("signals by our bot",),
        decimal_comma=True,
        words={"stop": ("limes",)},
        markets={"XAUUSD": ("goldie",)},
        side_from_levels=True,
    )
    trading = config.trading("tg:1", "Gold VIP", "XAUUSD")
    assert (trading.risk.value, trading.rules.max_spread_pips) == (Decimal("0.5"), Decimal(4))


@pytest.mark.parametrize("symbol", ["XAUUSD", "US30", "NAS100", "GER40", "BTCUSD", "ETHUSD"])
def test_shipped_file_when_pips_are_large_then_the_symbol_has_its_own_spread(symbol: str) -> None:
    shipped = load(SHIPPED, {})
    own = shipped.trading(symbol=symbol).rules
    assert own.max_spread_pips != shipped.rules.max_spread_pips
    assert own.max_age_s == shipped.rules.max_age_s

"""The configuration: config.toml says what the code does, and an error says where and what to do."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from signalos_tui.config import Config, Table, field_names, load
from signalos_tui.errors import ConfigInvalid

SHIPPED = Path(__file__).parent.parent / "config.toml"
FREE = {"aliases", "channels", "symbols", "keymap"}
TABLES = [f.name for f in msgspec.structs.fields(Config) if isinstance(f.type, type) and issubclass(f.type, Table)]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigInvalid) as caught:
        load(written(tmp_path, text), environ or {})
    assert caught.value.remedy
    return caught.value.text


def test_shipped_file_when_loaded_then_every_value_is_the_default() -> None:
    shipped = load(SHIPPED, {})
    assert msgspec.structs.replace(shipped, symbols={}) == Config()


def test_shipped_file_names_every_table_and_top_level_key() -> None:
    raw = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert set(raw) == set(field_names(Config)) - {"channels"}
    assert {"source", "risk", "rules", "manage", "send", "paper", "demo", "console", "engine", "logging"} == set(TABLES)


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
    assert config.keymap == {"trade.close": "f4,x"}
    assert config.words("", "Gold VIP").default_symbol == "XAUUSD"
    trading = config.trading("tg:1", "Gold VIP", "XAUUSD")
    assert (trading.risk.value, trading.rules.max_spread_pips) == (Decimal("0.5"), Decimal(4))


@pytest.mark.parametrize("symbol", ["XAUUSD", "US30", "NAS100", "GER40", "BTCUSD", "ETHUSD"])
def test_shipped_file_when_pips_are_large_then_the_symbol_has_its_own_spread(symbol: str) -> None:
    shipped = load(SHIPPED, {})
    own = shipped.trading(symbol=symbol).rules
    assert own.max_spread_pips != shipped.rules.max_spread_pips
    assert own.max_age_s == shipped.rules.max_age_s


def test_decimals_when_written_as_toml_floats_then_exact(tmp_path: Path) -> None:
    config = load(written(tmp_path, "[risk]\nvalue = 0.1\nsplit = [0.5, 0.3, 0.2]\n"), {})
    assert config.risk.value == Decimal("0.1")
    assert config.risk.split == (Decimal("0.5"), Decimal("0.3"), Decimal("0.2"))


def test_unknown_key_when_near_a_known_one_then_named_with_file_and_line(tmp_path: Path) -> None:
    text = refused(tmp_path, "enabled = true\n\n[rules]\nmax_age_s = 20\nmax_spred_pips = 2\n")
    assert "config.toml, line 5" in text
    assert 'unknown key "max_spred_pips", did you mean "max_spread_pips"?' in text


def test_unknown_table_then_named_with_its_line(tmp_path: Path) -> None:
    text = refused(tmp_path, "# a comment\n[rulez]\nmax_age_s = 20\n")
    assert "line 2" in text
    assert 'did you mean "rules"?' in text


def test_unknown_keys_when_several_then_all_named(tmp_path: Path) -> None:
    text = refused(tmp_path, "[risk]\nmod = 'lots'\n[send]\nttl = 3\n")
    assert "line 2" in text
    assert "line 4" in text
    assert '"mode"' in text
    assert '"ttl_s"' in text


def test_unknown_key_in_a_channel_and_in_a_symbol_then_named(tmp_path: Path) -> None:
    text = refused(tmp_path, '[channels."Gold VIP".rules]\nmax_age = 2\n')
    assert "line 2" in text
    assert '"max_age_s"' in text
    text = refused(tmp_path, "[symbols.XAUUSD]\nrule = 2\n")
    assert '"rules"' in text


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[rules]\nmax_open_trades = 'many'\n", 2, "rules.max_open_trades"),
        ("[risk]\nmode = 'percent'\n", 2, "risk.mode"),
        ("[risk]\nvalue = 0\n", 1, "value was 0, must be above 0"),
        ("[rules]\nmax_daily_loss = 101\n", 1, "max_daily_loss was 101, must be at most 100"),
        ("[risk]\nsplit = [0.5, -0.5]\n", 1, "split was -0.5"),
        ("[manage]\npartial_default = 1.5\n", 1, "partial_default was 1.5"),
        ("[send]\nttl_s = 121\n", 2, "ttl_s was 121"),
        ("[send]\nsettle_s = 90\n", 2, "settle_s was 90"),
        ("[rules]\ntimezone = 'Mars/Olympus'\n", 2, "Mars/Olympus"),
        ("[console]\ntimezone = 'Nowhere'\n", 2, "Nowhere"),
        ("[rules]\nmin_confidence = 1.1\n", 2, "rules.min_confidence"),
        ("[symbols.US30.rules]\nmax_spread_pips = -1\n", 1, "max_spread_pips was -1"),
        ("[channels.X.risk]\nvalue = 'much'\n", 2, "channels.X.risk.value"),
    ],
)
def test_value_when_wrong_then_line_and_value_named(tmp_path: Path, text: str, line: int, said: str) -> None:
    message = refused(tmp_path, text)
    assert said in message
    assert f"line {line}:" in message


def test_file_when_absent_or_no_toml_then_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="does not exist"):
        load(tmp_path / "none.toml", {})
    assert "not valid TOML" in refused(tmp_path, "[rules\n")


def test_environment_when_set_then_wins_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[rules]\nmax_age_s = 10\nmax_open_trades = 4\n")
    config = load(path, {"SIGNALOS_RULES__MAX_AGE_S": "20", "SIGNALOS_RISK__VALUE": "0.25", "HOME": "/x"})
    assert (config.rules.max_age_s, config.rules.max_open_trades) == (20.0, 4)
    assert config.risk.value == Decimal("0.25")


def test_environment_when_key_unknown_then_refused(tmp_path: Path) -> None:
    assert '"max_age_s"' in refused(tmp_path, "", {"SIGNALOS_RULES__MAX_AGE": "20"})


def test_trading_when_layers_overlap_then_the_most_specific_wins(tmp_path: Path) -> None:
    text = """
[rules]
max_age_s = 30
max_open_trades = 9
[channels."tg:-1".rules]
max_age_s = 20
[symbols.XAUUSD.rules]
max_age_s = 15
[channels."tg:-1".symbols.XAUUSD.rules]
max_age_s = 10
"""
    config = load(written(tmp_path, text), {})
    ages = [
        config.trading(channel, "", symbol).rules.max_age_s
        for channel, symbol in (("", ""), ("tg:-1", ""), ("", "XAUUSD"), ("tg:-1", "XAUUSD"))
    ]
    assert ages == [30.0, 20.0, 15.0, 10.0]
    assert config.trading("tg:-1", "", "XAUUSD").rules.max_open_trades == 9


@pytest.mark.parametrize(
    "text",
    [
        "enabled = false",
        '[channels."Gold VIP"]\nenabled = false',
        "[symbols.XAUUSD]\nenabled = false",
        '[channels."Gold VIP".symbols.XAUUSD]\nenabled = false',
    ],
)
def test_trading_when_any_layer_is_off_then_off(tmp_path: Path, text: str) -> None:
    config = load(written(tmp_path, text), {})
    assert not config.trading("tg:-1", "Gold VIP", "XAUUSD").enabled


def test_configuration_when_no_file_then_the_defaults() -> None:
    assert load(None, {}) == Config()

"""The configuration: config.toml says what the code does, and an error says where and what to do."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from signalos_tui.config import Config, Demo, Paper, Table, Trading, Words, field_names, load
from signalos_tui.errors import ConfigInvalid
from signalos_tui.ui.bindings import keymap

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
        ("[risk]\nvalue = 0\n", 2, "risk.value was 0, must be above 0"),
        ("risk = { value = 0 }\n", 1, "risk.value was 0"),
        ("[rules]\nmax_daily_loss = 101\n", 2, "max_daily_loss was 101, must be at most 100"),
        ("[risk]\nsplit = [0.5, -0.5]\n", 2, "split was -0.5"),
        ("[risk]\nsplit = [\n0.5,\n'x']\n", 2, "risk.split.1"),
        ("[manage]\npartial_default = 1.5\n", 2, "partial_default was 1.5"),
        ("[manage]\n\nbreakeven_offset_pips = 'NaN'\n", 3, "breakeven_offset_pips was NaN, must be a number"),
        ("[manage]\nbreakeven_offset_pips = 'sNaN'\n", 2, "breakeven_offset_pips was sNaN, must be a number"),
        ("[manage]\nbreakeven_offset_pips = -inf\n", 2, "breakeven_offset_pips was -Infinity"),
        ("[manage]\nbreakeven_offset_pips = -10001\n", 2, "must be at least -10000"),
        ("[paper]\nbalance = '1e400'\n", 2, "paper.balance was 1E+400"),
        ("[engine]\npoll_s = inf\n", 2, "engine.poll_s"),
        ("[engine]\npoll_s = nan\n", 2, "engine.poll_s"),
        ("[rules]\nmax_age_s = 1e9\n", 2, "rules.max_age_s"),
        ("[rules]\nmin_confidence = nan\n", 2, "min_confidence"),
        ("[paper]\nlatency_ms = [500, 10]\n", 2, "latency_ms was [500, 10], the smaller one comes first"),
        ("[paper]\nlatency_ms = [40]\n", 2, "paper.latency_ms"),
        ("[demo]\npace = 25.1\n", 2, "demo.pace was 25.1, must be at most 25"),
        ("[demo]\npace = 0\n", 2, "demo.pace was 0, must be above 0"),
        ("[send]\nttl_s = 121\n", 2, "ttl_s was 121"),
        ("[send]\nsettle_s = 90\n", 2, "settle_s was 90"),
        ("[send]\n\ncall_s = 300\n", 3, "settle_s was 240, not above send.ttl_s + call_s = 330"),
        ("[rules]\nhours = [\n'Mon 08:00-09:00', '25:00-26:00']\n", 2, "25:00 is no time of day"),
        ("risk = 5\n", 1, "risk was 5, must be a table"),
        ("channels = 5\n", 1, "channels was 5, must be a table"),
        ("[rules.max_age_s]\nx = 1\n", 1, "rules.max_age_s is one value, no table"),
        ("[aliases]\nGOLD = 5\n", 1, "aliases"),
        ("[channels.X]\nsymbols = 5\n", 2, "channels.X.symbols was 5, must be a table"),
        ("[channels.X.symbols]\nY = 5\n", 2, "channels.X.symbols.Y was 5, must be a table"),
        ("[channels.X]\nreading = 5\n", 2, "channels.X.reading was 5, must be a table"),
        ("[channels.X]\n\nenabled = 'perhaps'\n", 3, "channels.X.enabled"),
        ("[channels.X.reading]\ndecimal_comma = 'often'\n", 2, "channels.X.reading.decimal_comma"),
        ("[channels.X.reading]\nwords = { stopp = ['a'] }\n", 2, '"stopp", which is no meaning a word can have'),
        ("[channels.X.reading.words]\nstop = 'limes'\n", 1, "channels.X.reading.words: must be a list in [ ]"),
        ("[channels.X.reading]\nwords = ['limes']\n", 2, "channels.X.reading.words was ['limes'], must be a table"),
        ("[channels.X.reading]\nmarkets = 5\n", 2, "channels.X.reading.markets was 5, must be a table"),
        ('[channels."[VIP] 🔥".rules]\nmax_age_s = 0\n', 2, "channels.[VIP] 🔥.rules.max_age_s"),
        ('[channels]\n"tg:-1".risk.value = 0\n', 2, "channels.tg:-1.risk.value was 0"),
        ("[chanels.X.rules]\nmax_age_s = 1\n", 1, 'did you mean "channels"?'),
        ("[rules]\ntimezone = 'Mars/Olympus'\n", 2, "Mars/Olympus"),
        ("[console]\ntimezone = 'Nowhere'\n", 2, "Nowhere"),
        ("[rules]\nmin_confidence = 1.1\n", 2, "rules.min_confidence"),
        ("[second_reader]\nenabled = true\n", 2, "second_reader.enabled was true, and model names none"),
        ("[second_reader]\nmodel = 'a b'\n", 2, "second_reader.model must be at most 200 letters, digits and"),
        ("[second_reader]\nprovider = 'claud'\n", 2, "second_reader.provider"),
        ("[second_reader]\nurl = 'ftp://x'\n", 2, "second_reader.url must be an address such as"),
        ("[second_reader]\nurl = 'https://me:secret@x'\n", 2, "without user, password or query"),
        ("[second_reader]\nurl = 'http://[::1'\n", 2, "second_reader.url must be an address"),
        ("[second_reader]\nkey_env = 'A'\nurl = 'http://far.example/v1'\n", 3, "the key would travel unencrypted"),
        ("[second_reader]\nkey_env = 'A'\nkey_file = 'k'\n", 3, "key_file was set, and key_env too"),
        ("[second_reader]\nkey_env = 'sk-1 2'\n", 2, "second_reader.key_env must be at most 200 letters"),
        ("[second_reader]\ntimeout_s = 121\n", 2, "second_reader.timeout_s"),
        ("[second_reader]\nattempts = 0\n", 2, "second_reader.attempts"),
        ("[second_reader]\nonly_when = 'always'\n", 2, "second_reader.only_when"),
        ("[symbols.US30.rules]\nmax_spread_pips = -1\n", 2, "max_spread_pips was -1"),
        ("[channels.X.risk]\nvalue = 'much'\n", 2, "channels.X.risk.value"),
        ("[channels.X]\nrisk = { value = 'much' }\n", 2, "channels.X.risk.value"),
    ],
)
def test_value_when_wrong_then_line_and_value_named(tmp_path: Path, text: str, line: int, said: str) -> None:
    message = refused(tmp_path, text)
    assert said in message
    assert f"line {line}:" in message


LAYERS = ["channels.X", "symbols.Y", "channels.X.symbols.Y"]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("rules.max_age_s = 'soon'", "rules.max_age_s"),
        ("rules.timezone = 'Mars'", 'rules.timezone was "Mars", not a known time zone'),
        ("rules.hours = ['8-9']", 'rules.hours was "8-9", expected something like "Mon-Fri 07:00-21:30"'),
        ("send.ttl_s = 121", "send.ttl_s was 121.0, must be at most 120"),
        ("send.settle_s = 300", "settle_s is the same for every channel and symbol, it stands under [send] alone"),
        ("send.call_s = 10", "call_s is the same for every channel and symbol, it stands under [send] alone"),
        ("manage.breakeven_offset_pips = nan", "manage.breakeven_offset_pips was NaN"),
        ("risk.valeu = 1", 'unknown key "valeu", did you mean "value"?'),
        ("risk = 1", "risk was 1, must be a table"),
    ],
)
def test_layer_when_a_value_is_wrong_then_its_line_is_named(
    tmp_path: Path, layer: str, setting: str, said: str
) -> None:
    message = refused(tmp_path, f"enabled = true\n[{layer}]\n\n{setting}\n")
    assert said in message
    assert "config.toml, line 4:" in message


@pytest.mark.parametrize("layer", LAYERS)
def test_layer_when_its_ttl_outlasts_the_common_times_then_its_line_is_named(tmp_path: Path, layer: str) -> None:
    """Each effective time to live is one layer's value, so the layers one by one are every combination."""
    text = f"[send]\nsettle_s = 150\ncall_s = 60\n[{layer}.send]\nttl_s = {{}}\n"
    assert load(written(tmp_path, text.format(89.9)), {}).trading("X", "", "Y").send.ttl_s == 89.9
    message = refused(tmp_path, text.format(90))
    assert "line 5:" in message
    assert f"settle_s was 150, not above {layer}.send.ttl_s + call_s = 150" in message


JUNK = ("'x'", "''", "-1", "0", "1.5", "nan", "inf", "-inf", "10000000000000000000", "1e308", "true", "1979-05-27")
NESTED = ("[]", "['x']", "[nan]", "[1, 2, 3]", "[[]]", "{}", "{ x = 1 }")


@pytest.mark.parametrize("layer", ["", *LAYERS])
def test_key_when_anything_is_written_then_used_or_refused_with_its_line(tmp_path: Path, layer: str) -> None:
    """Nothing an owner can write ends in a traceback, at the load or when its layers are laid over one another."""
    used, unlocated = 0, list[str]()
    for table in (
        "risk",
        "rules",
        "manage",
        "send",
        *(("paper", "demo", "engine", "source", "second_reader") if not layer else ()),
    ):
        for key in field_names(type(getattr(Config(), table))):
            for value in (*JUNK, *NESTED):
                where = f"{layer}.{table}" if layer else table
                path = written(tmp_path, f"[{where}]\n{key} = {value}\n")
                try:
                    config = load(path, {})
                except ConfigInvalid as error:
                    unlocated += [] if "line 2:" in error.text else [error.text]
                else:
                    used += all(isinstance(config.trading(c, "", s), Trading) for c in ("", "X") for s in ("", "Y"))
    assert unlocated == []
    assert used > 40


def test_bounds_when_reached_then_still_allowed(tmp_path: Path) -> None:
    text = "[demo]\npace = 25\n[paper]\nlatency_ms = [7, 7]\n[manage]\nbreakeven_offset_pips = -2.5\n"
    config = load(written(tmp_path, text), {})
    assert (config.demo, config.paper) == (Demo(pace=Decimal(25)), Paper(latency_ms=(7, 7)))
    assert config.manage.breakeven_offset_pips == Decimal("-2.5")


def test_prices_when_the_demo_would_ignore_them_then_refused(tmp_path: Path) -> None:
    text = "[source]\nkind = '{}'\nprices = ['gold.csv']\n"
    message = refused(tmp_path, text.format("demo"))
    assert "line 3:" in message
    assert 'kind = "demo" has its own synthetic market' in message
    assert load(written(tmp_path, text.format("export")), {}).source.prices == ("gold.csv",)


def test_file_when_absent_or_no_toml_then_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="does not exist"):
        load(tmp_path / "none.toml", {})
    assert "not valid TOML" in refused(tmp_path, "[rules\n")
    assert "not valid TOML" in refused(tmp_path, f"[rules]\nmax_age_s = {'9' * 5000}\n")
    assert "nested too deep" in refused(tmp_path, f"x = {'[' * 5000}")


def test_environment_when_set_then_wins_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[rules]\nmax_age_s = 10\nmax_open_trades = 4\n")
    config = load(path, {"SIGNALOS_RULES__MAX_AGE_S": "20", "SIGNALOS_RISK__VALUE": "0.25", "HOME": "/x"})
    assert (config.rules.max_age_s, config.rules.max_open_trades) == (20.0, 4)
    assert config.risk.value == Decimal("0.25")


def as_variable(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(repr(item) if isinstance(item, str) else as_variable(item) for item in value)}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_environment_when_it_holds_every_key_then_every_key_is_set(tmp_path: Path) -> None:
    """The file says otherwise wherever it can; the environment says the defaults, and wins."""
    environ = {"SIGNALOS_ENABLED": "true"}
    for table in TABLES:
        values = getattr(Config(), table)
        for key in field_names(type(values)):
            environ[f"SIGNALOS_{table}__{key}".upper()] = as_variable(getattr(values, key))
    text = """
enabled = false
risk = { value = 9, split = [0.5, 0.5] }
rules = { hours = ["Mon 08:00-09:00"], max_age_s = 1, missing_stop = "deny" }
console = { confirm = false, theme = "signalos-light" }
paper = { latency_ms = [1, 2], currency = "EUR" }
source = { kind = "export", prices = ["gold.csv"] }
"""
    path = written(tmp_path, text)
    assert load(path, {}) != Config()
    assert load(path, environ) == Config()


def test_environment_when_a_list_is_set_then_read_as_in_the_file() -> None:
    config = load(
        None,
        {
            "SIGNALOS_RULES__ALLOW": '["XAUUSD", "EURUSD"]',
            "SIGNALOS_RISK__SPLIT": "[0.5, 0.3, 0.2]",
            "SIGNALOS_PAPER__LATENCY_MS": "[10, 20]",
            "SIGNALOS_SYMBOLS__XAUUSD__RULES__HOURS": '["Mon 08:00-09:00"]',
        },
    )
    assert config.rules.allow == ("XAUUSD", "EURUSD")
    assert config.risk.split == (Decimal("0.5"), Decimal("0.3"), Decimal("0.2"))
    assert config.paper.latency_ms == (10, 20)
    assert config.trading(symbol="XAUUSD").rules.hours == ("Mon 08:00-09:00",)


def test_environment_when_names_are_the_owners_then_their_case_is_kept() -> None:
    config = load(
        None,
        {
            "SIGNALOS_ALIASES__GOLDMINI": "[XAUUSD]",
            "SIGNALOS_CHANNELS__Gold__READING__DECIMAL_COMMA": "true",
            "SIGNALOS_CHANNELS__Gold__READING__WORDS__stop": '["limes"]',
            "SIGNALOS_CHANNELS__Gold__READING__MARKETS__XAUUSD": '["goldie", "goldy"]',
            "SIGNALOS_CHANNELS__Gold__SYMBOLS__XAUUSD__RISK__VALUE": "0.2",
        },
    )
    assert config.aliases == {"GOLDMINI": "[XAUUSD]"}, "text, though it looks like a list"
    assert config.words("Gold").decimal_comma is True
    assert config.words("Gold").words == {"stop": ("limes",)}
    assert config.words("Gold").markets == {"XAUUSD": ("goldie", "goldy")}
    assert config.trading("Gold", "", "XAUUSD").risk.value == Decimal("0.2")
    assert config.trading("Gold", "", "EURUSD").risk.value == Config().risk.value


@pytest.mark.parametrize(
    ("name", "channel", "symbol"),
    [
        ("SIGNALOS_ENABLED", "", ""),
        ("SIGNALOS_CHANNELS__Gold__ENABLED", "Gold", ""),
        ("SIGNALOS_SYMBOLS__XAUUSD__ENABLED", "", "XAUUSD"),
        ("SIGNALOS_CHANNELS__Gold__SYMBOLS__XAUUSD__ENABLED", "Gold", "XAUUSD"),
    ],
)
@pytest.mark.parametrize("word", ["false", "False", "0"])
def test_environment_when_it_switches_off_then_off(name: str, channel: str, symbol: str, word: str) -> None:
    assert load(None, {}).trading(channel, "", symbol).enabled
    assert not load(None, {name: word}).trading(channel, "", symbol).enabled


def test_environment_when_the_prefix_is_anothers_then_ignored() -> None:
    others = {"SIGNALOS_HOME": "/x", "SIGNALOS_KILLS": "9", "RULES__MAX_AGE_S": "1", "SIGNALOS_": "", "SIGNALOS": "x"}
    assert load(None, others) == Config()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SIGNALOS_RULES__MAX_AGE", "20", 'unknown key "max_age", did you mean "max_age_s"?'),
        ("SIGNALOS_RULEZ__MAX_AGE_S", "20", 'did you mean "rules"?'),
        ("SIGNALOS_RULES__MAX_AGE_S", "soon", "rules.max_age_s"),
        ("SIGNALOS_RULES__MAX_AGE_S", "", "rules.max_age_s"),
        ("SIGNALOS_RULES__TIMEZONE", "Mars", 'rules.timezone was "Mars"'),
        ("SIGNALOS_RULES__MAX_AGE_S__X", "1", "rules.max_age_s is one value, no table"),
        ("SIGNALOS_RULES", "strict", "rules was 'strict', must be a table"),
        ("SIGNALOS_RULES__ALLOW", "XAUUSD", "was 'XAUUSD', must be a list such as"),
        ("SIGNALOS_RULES__ALLOW", "[XAUUSD]", "was '[XAUUSD]', must be a list such as"),
        ("SIGNALOS_RULES__ALLOW", '["XAUUSD"]\nx = 1', "must be a list such as"),
        ("SIGNALOS_RULES__ALLOW", "[1]", "rules.allow.0"),
        ("SIGNALOS_RULES__HOURS", '["8-9"]', 'rules.hours was "8-9"'),
        ("SIGNALOS_ENABLED", "perhaps", "enabled"),
        ("SIGNALOS_SEND__CALL_S", "300", "settle_s was 240, not above send.ttl_s + call_s = 330"),
        ("SIGNALOS_SYMBOLS__XAUUSD__RISK__VALUE", "0", "symbols.XAUUSD.risk.value was 0"),
        ("SIGNALOS_SYMBOLS__XAUUSD__SEND__CALL_S", "9", "call_s is the same for every channel and symbol"),
        ("SIGNALOS_SYMBOLS__XAUUSD", "x", "symbols.XAUUSD was 'x', must be a table"),
        ("SIGNALOS_CHANNELS__", "x", "must be a table"),
        ("SIGNALOS___", "x", "unknown key"),
        ("SIGNALOS_SOURCE__PRICES", '["gold.csv"]', "source.prices is set"),
    ],
)
def test_environment_when_a_variable_is_wrong_then_it_is_named_and_not_the_file(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    message = refused(tmp_path, "[rules]\nmax_age_s = 20\n", {name: value})
    assert name in message
    assert said in message
    assert "config.toml" not in message


def test_environment_when_several_variables_are_unknown_then_all_are_named(tmp_path: Path) -> None:
    message = refused(tmp_path, "", {"SIGNALOS_RISK__MOD": "x", "SIGNALOS_SEND__TTL": "3"})
    assert all(said in message for said in ("SIGNALOS_RISK__MOD", '"mode"', "SIGNALOS_SEND__TTL", '"ttl_s"'))


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


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ('"many"', "must be a whole number, was a text in quotes"),
        ("[1]", "must be a whole number, was a list in [ ]"),
        ("true", "must be a whole number, was true or false"),
    ],
)
def test_a_value_of_the_wrong_kind_when_told_then_in_words_an_owner_knows(
    tmp_path: Path, value: str, told: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"[rules]\nmax_open_trades = {value}\n", encoding="utf-8")
    with pytest.raises(ConfigInvalid) as caught:
        load(file, {})
    assert caught.value.text.endswith(f"rules.max_open_trades: {told}")

"""A value is used, or refused with its file, its line and what to do."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from signalos_tui.config import Config, Demo, Paper, Trading, field_names, load
from signalos_tui.errors import ConfigInvalid
from tests.config.written import refused, written


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

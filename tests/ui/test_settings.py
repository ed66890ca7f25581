from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from signalos_tui.config import Config, Rules
from signalos_tui.ui.settings import SINGLE, differing, meanings, on_symbols, settings, shipped


def test_every_single_setting_has_a_row_and_a_meaning() -> None:
    rows = settings(Config(), {})
    assert {row.table for row in rows} == {"", *SINGLE}
    assert all(row.origin == "default" for row in rows)
    assert ("rules", "max_spread_pips") in meanings()
    missing = [f"[{row.table}] {row.key}" for row in rows if not row.meaning]
    assert missing in ([], ["[paper] leverage"])


def test_a_changed_value_is_the_owners_and_one_from_outside_the_environments() -> None:
    config = Config(rules=Rules(max_spread_pips=Decimal(2), max_age_s=20.0))
    rows = {(row.table, row.key): row for row in settings(config, {"SIGNALOS_RULES__MAX_AGE_S": "20"})}
    assert rows["rules", "max_spread_pips"].origin == "yours"
    assert rows["rules", "max_spread_pips"].value == "2"
    assert rows["rules", "max_age_s"].origin == "environment"
    assert rows["rules", "max_open_trades"].origin == "default"


def test_an_untouched_installation_has_only_defaults() -> None:
    """Also the symbols that the shipped file treats on their own."""
    rows = settings(shipped(), {})
    assert any(row.table == "symbols" for row in rows)
    assert [row for row in rows if row.origin != "default"] == []


def test_a_symbol_that_is_not_as_shipped_is_the_owners() -> None:
    before = shipped()
    changed = {**before.symbols, "XAUUSD": {"rules": {"max_spread_pips": 7, "default_stop_pips": 80}}}
    rows = settings(replace(before, symbols=changed), {})
    assert [row.key for row in rows if row.origin == "yours"] == ["XAUUSD.rules.max_spread_pips"]


def test_what_a_channel_has_of_its_own_stands_under_its_name() -> None:
    config = Config(channels={"Gold VIP": {"risk": {"value": 2}, "symbols": {"XAUUSD": {"enabled": False}}}})
    own = [(row.table, row.key, row.value) for row in settings(config, {}) if row.table.startswith("channels")]
    assert own == [
        ('channels."Gold VIP"', "risk.value", "2"),
        ('channels."Gold VIP"', "symbols.XAUUSD.enabled", "false"),
    ]


def test_a_channel_differs_only_where_it_says_so() -> None:
    config = Config(channels={"Gold VIP": {"risk": {"value": 2}, "enabled": False}})
    assert differing(config.trading(title="Gold VIP"), config.trading()) == (
        ("enabled", "false", "true"),
        ("risk.value", "2", f"{Config().risk.value}"),
    )
    assert differing(config.trading(title="Other"), config.trading()) == ()


def test_a_figure_of_a_rule_is_told_for_each_symbol_that_has_it_otherwise() -> None:
    symbols = {"XAUUSD": {"rules": {"max_spread_pips": 5}}, "EURUSD": {"risk": {"value": 1}}}
    channels = {"Gold": {"rules": {"max_spread_pips": 2}, "symbols": {"XAUUSD": {"rules": {"max_spread_pips": 4}}}}}
    config = Config(symbols=symbols, channels=channels)
    assert on_symbols(config, "tg:-1", "Other", "max_spread_pips") == {"XAUUSD": Decimal(5)}
    assert on_symbols(config, "tg:-2", "Gold", "max_spread_pips") == {"XAUUSD": Decimal(4)}
    assert on_symbols(config, "tg:-2", "Gold", "max_age_s") == {}

"""Variables of the environment: over the file, named when they are wrong."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.config import Config, field_names, load
from tests.config.written import TABLES, refused, written


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

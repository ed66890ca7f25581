"""Channel and symbol: whose word counts where several speak."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalos_tui.config import load
from tests.config.written import written


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

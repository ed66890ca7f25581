"""A table under a title: with real money it only forbids and lowers, and it stays with whoever ever had the title."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.config import Config, Risk, Rules, Trading
from signalos_tui.config.titles import LOWEST, Named, applying, stricter, unused, words
from signalos_tui.model.desk import MOST_TITLES, ChannelView
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel
from tests.evaluate.cases import ACCOUNT

REAL = replace(ACCOUNT, is_demo=False)
ROOM, TITLE = "tg:-1001", "Gold VIP"


def with_title(**layer: Any) -> Config:
    """A configuration with a table under the title alone."""
    return replace(Config(), channels={TITLE: layer})


def room(*titles: str) -> Named:
    """The channel, under the title it has and those it had."""
    return Named(ROOM, titles)


@pytest.mark.parametrize("titles", [(TITLE,), ("X", TITLE)], ids=["has it", "had it"])
@pytest.mark.parametrize(
    ("layer", "key", "counts"),
    [
        ({"risk": {"value": 4}}, "risk.value", False),
        ({"risk": {"value": "0.1"}}, "risk.value", True),
        ({"risk": {"max_percent": 50}}, "risk.max_percent", False),
        ({"risk": {"split": [1, 0.5]}}, "risk.split", False),
        ({"rules": {"missing_stop": "default"}}, "rules.missing_stop", False),
        ({"rules": {"missing_stop": "deny"}}, "rules.missing_stop", True),
        ({"rules": {"forwarded": "trade"}}, "rules.forwarded", False),
        ({"rules": {"max_open_trades": 0}}, "rules.max_open_trades", False),
        ({"rules": {"max_open_trades": 2}}, "rules.max_open_trades", True),
        ({"rules": {"duplicate_window_min": 0}}, "rules.duplicate_window_min", False),
        ({"rules": {"min_confidence": 0.95}}, "rules.min_confidence", True),
        ({"rules": {"deny": ["XAUUSD"]}}, "rules.deny", True),
        ({"rules": {"allow": ["XAUUSD"]}}, "rules.allow", True),
        ({"rules": {"hours": ["Mon 08:00-09:00"]}}, "rules.hours", True),
        ({"manage": {"breakeven_after_target": 0}}, "manage.breakeven_after_target", False),
        ({"send": {"ttl_s": 60}}, "send.ttl_s", False),
    ],
)
def test_title_when_the_money_is_real_then_it_counts_only_where_it_is_stricter(
    titles: tuple[str, ...], layer: dict[str, Any], key: str, *, counts: bool
) -> None:
    config = with_title(**layer)
    table, name = key.split(".")
    asked = getattr(getattr(config.trading(TITLE), table), name)
    plain = getattr(getattr(config.trading(), table), name)
    assert asked != plain
    for account in (REAL, None):
        found = applying(config, room(*titles), account)
        assert getattr(getattr(found, table), name) == (asked if counts else plain)
        assert found.enabled
        told = [one for _, one in unused(config, room(*titles), account)]
        assert [one.split(" = ")[0] for one in told] == ([] if counts else [key])
    assert getattr(getattr(applying(config, room(*titles), ACCOUNT), table), name) == asked
    assert unused(config, room(*titles), ACCOUNT) == ()


@pytest.mark.parametrize(
    ("base", "layer"),
    [
        (Config(), {"risk": {"mode": "money", "value": 20}}),
        (Config(rules=Rules(hours=("Mon 08:00-09:00",))), {"rules": {"hours": ["Tue 08:00-09:00"]}}),
        (Config(rules=Rules(hours=("Mon 08:00-09:00",))), {"rules": {"timezone": "Asia/Dubai"}}),
        (Config(rules=Rules(allow=("EURUSD",))), {"rules": {"allow": ["XAUUSD"]}}),
    ],
    ids=["size", "hours", "zone", "allow"],
)
def test_title_when_it_cannot_be_weighed_then_nothing_is_opened(base: Config, layer: dict[str, Any]) -> None:
    """Neither the owner's lower size nor his hours are passed over in silence."""
    config = replace(base, channels={TITLE: layer})
    found = applying(config, room(TITLE), REAL)
    assert not found.enabled
    assert (found.risk, found.rules) == (base.risk, base.rules)
    assert unused(config, room(TITLE), REAL)
    assert applying(config, room(TITLE), ACCOUNT).enabled


@pytest.mark.parametrize("account", [REAL, None, ACCOUNT])
def test_switched_off_when_the_channel_had_the_title_then_it_stays_off(account: Any) -> None:
    for switch in (False, "false"):
        config = with_title(enabled=switch)
        assert not applying(config, room("Gold VIP 🚀", "Gold", TITLE), account).enabled
    both = replace(Config(), channels={TITLE: {"enabled": False}, "Loose": {"enabled": True}})
    assert not applying(both, room("Loose", TITLE), account).enabled
    for symbol, is_on in (("XAUUSD", False), ("EURUSD", True)):
        one = with_title(symbols={"XAUUSD": {"enabled": False}})
        assert applying(one, room("X", TITLE), account, symbol).enabled is is_on


def test_id_when_it_has_a_table_then_no_title_counts() -> None:
    config = replace(Config(), channels={ROOM: {"risk": {"value": 2}}, TITLE: {"enabled": False, "risk": {"value": 9}}})
    for account in (REAL, None, ACCOUNT):
        found = applying(config, room(TITLE), account)
        assert found.enabled
        assert found.risk.value == 2
    assert unused(config, room(TITLE), REAL) == ()


def test_title_when_it_is_the_id_of_another_then_it_loosens_nothing() -> None:
    config = replace(Config(), channels={ROOM: {"risk": {"value": 4}, "policy": "trade"}})
    thief = Named("tg:-1002", (ROOM,))
    assert applying(config, thief, REAL).risk.value == Decimal("0.5")
    assert [key for _, key in unused(config, thief, REAL)] == ["policy", "risk.value = 4"]


def test_titles_when_there_were_more_than_are_kept_then_every_prohibition_holds() -> None:
    config = with_title(enabled=False)
    view = ChannelView(Channel(ChannelId(ROOM), "X"), titles=tuple(str(n) for n in range(MOST_TITLES)))
    assert not applying(config, Named.of(view), REAL).enabled
    assert applying(config, Named.of(replace(view, titles=view.titles[1:])), REAL).enabled


def test_words_when_the_channel_is_renamed_then_it_is_read_as_before() -> None:
    config = with_title(reading={"default_symbol": "XAUUSD", "ignore": ["results"]})
    assert words(config, room("X", TITLE)).default_symbol == "XAUUSD"
    other = replace(config, channels={**config.channels, "Y": {"reading": {"ignore": ["promo"]}}})
    found = words(other, room("Y", TITLE))
    assert (found.default_symbol, found.ignore) == ("", ("promo", "results"))


def limits(numbers: list[Decimal]) -> dict[str, Any]:
    """Every limit that is the stricter the lower."""
    return {key: float(one) if key == "max_age_s" else one for key, one in zip(LOWEST, numbers, strict=True)}


NUMBERS = st.decimals(1, 50, places=1)
SETTINGS = st.builds(
    lambda value, numbers, count, stop, deny, allow: Trading(
        risk=Risk(value=value),
        rules=Rules(
            **limits(numbers),
            max_open_trades=count,
            duplicate_window_min=count,
            missing_stop=stop,
            deny=deny,
            allow=allow,
        ),
    ),
    NUMBERS,
    st.lists(NUMBERS, min_size=len(LOWEST), max_size=len(LOWEST)),
    st.integers(0, 5),
    st.sampled_from(["hold", "deny", "default"]),
    st.sampled_from([(), ("A",), ("B", "A")]),
    st.sampled_from([(), ("C",), ("D", "C"), ("E",)]),
)


@given(base=SETTINGS, other=SETTINGS)
def test_stricter_when_two_are_given_then_it_allows_what_both_allow(base: Trading, other: Trading) -> None:
    found = stricter(base, other)
    for one in (base, other):
        assert found.risk.value <= one.risk.value
        if not found.enabled:
            continue
        assert all(getattr(found.rules, key) <= getattr(one.rules, key) for key in LOWEST)
        assert (found.rules.max_open_trades or 99) <= (one.rules.max_open_trades or 99)
        assert found.rules.duplicate_window_min >= one.rules.duplicate_window_min
        assert set(found.rules.deny) >= set(one.rules.deny)
        assert not one.rules.allow or (found.rules.allow and set(found.rules.allow) <= set(one.rules.allow))
    assert stricter(base, base) == base

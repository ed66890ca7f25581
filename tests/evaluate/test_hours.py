from __future__ import annotations

from datetime import UTC, datetime

import pytest

from signalos_tui.evaluate.rules.hours import check
from signalos_tui.model.decisions import Effect
from signalos_tui.model.hours import parse
from tests.evaluate.cases import case, trading


def effect(hours: tuple[str, ...], moment: str, zone: str = "UTC") -> Effect:
    at = int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1000)
    return check(case(now=at, settings=trading(hours=hours, timezone=zone))).effect


@pytest.mark.parametrize(
    ("window", "moment", "is_open"),
    [
        # 5 January 2026 is a Monday
        ("Mon-Fri 07:00-21:30", "2026-01-05T07:00", True),
        ("Mon-Fri 07:00-21:30", "2026-01-05T06:59", False),
        ("Mon-Fri 07:00-21:30", "2026-01-09T21:29", True),
        ("Mon-Fri 07:00-21:30", "2026-01-09T21:30", False),
        ("Mon-Fri 07:00-21:30", "2026-01-10T12:00", False),
        ("08:00-17:00", "2026-01-11T12:00", True),
        ("Mon,Wed 08:00-17:00", "2026-01-07T12:00", True),
        ("Mon,Wed 08:00-17:00", "2026-01-06T12:00", False),
        ("Sat-Mon 08:00-17:00", "2026-01-11T12:00", True),
        ("Sat-Mon 08:00-17:00", "2026-01-06T12:00", False),
        ("00:00-24:00", "2026-01-06T23:59", True),
        ("00:00-08:59", "2026-01-06T08:58", True),
        ("Mon-Fri 22:00-06:00", "2026-01-05T22:00", True),
        ("monday - friday 7:00 - 21:30", "2026-01-05T12:00", True),
        # over midnight: the early hours belong to the day before
        ("Mon-Fri 22:00-06:00", "2026-01-05T23:00", True),
        ("Mon-Fri 22:00-06:00", "2026-01-05T05:00", False),
        ("Mon-Fri 22:00-06:00", "2026-01-10T05:59", True),
        ("Mon-Fri 22:00-06:00", "2026-01-10T06:00", False),
        ("Sun 22:00-02:00", "2026-01-05T01:00", True),
    ],
)
def test_window_then_open_or_closed(window: str, moment: str, is_open: bool) -> None:
    assert effect((window,), moment) is (Effect.PASS if is_open else Effect.DENY)


def test_hours_when_several_windows_then_any_of_them() -> None:
    windows = ("Mon 08:00-09:00", "Mon 20:00-21:00")
    assert effect(windows, "2026-01-05T20:30") is Effect.PASS
    assert effect(windows, "2026-01-05T12:00") is Effect.DENY


def test_hours_when_a_zone_is_set_then_its_clock_and_its_summer_time() -> None:
    assert effect(("08:00-09:00",), "2026-01-05T07:30", "Europe/Berlin") is Effect.PASS
    assert effect(("08:00-09:00",), "2026-07-06T07:30", "Europe/Berlin") is Effect.DENY
    assert effect(("08:00-09:00",), "2026-07-06T06:30", "Europe/Berlin") is Effect.PASS


def test_hours_when_closed_then_moment_and_hours_are_said() -> None:
    verdict = check(case(settings=trading(hours=("Tue 08:00-09:00",), timezone="Europe/Berlin")))
    assert (verdict.seen, verdict.limit) == ("Mon 10:00", "Tue 08:00-09:00")
    assert verdict.text == "Mon 10:00 (Europe/Berlin) is outside the trading hours Tue 08:00-09:00"


def test_hours_when_none_are_set_then_always() -> None:
    assert effect((), "2026-01-10T03:00") is Effect.PASS


@pytest.mark.parametrize("text", ["", "Mon-Fri", "25:00-26:00", "08:60-09:00", "Foo 08:00-09:00", "08:00-08:00", "8-9"])
def test_hours_when_unreadable_then_no_rules_hold_them_and_the_text_is_named(text: str) -> None:
    """The rule never meets them: settings that would deny every signal cannot be made."""
    with pytest.raises(ValueError, match=f'^was "{text}"'):
        parse(text)
    with pytest.raises(ValueError, match=f'^hours was "{text}"'):
        trading(hours=("Mon-Fri 07:00-21:30", text))

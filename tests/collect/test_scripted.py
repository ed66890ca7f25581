"""Scripts are played in order, at their moments, and go on where an engine stopped."""

from __future__ import annotations

from signalos_tui.clock import Clock, FrozenClock
from signalos_tui.collect.scripted import ScriptedSource
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Deletion, Health, HealthReport, Message, Published
from tests.collect.playing import START, played

GOLD, EURO = ChannelId("t:gold"), ChannelId("t:euro")


def post(channel: ChannelId, number: int, seconds: int, text: str = "text", edited: int | None = None) -> Message:
    at = START + seconds * 1000
    return Message(channel, number, at, text, edited_at=None if edited is None else START + edited * 1000)


SCRIPT: tuple[tuple[int, Published], ...] = (
    (START + 30_000, post(EURO, 4, 30)),
    (START + 10_000, post(GOLD, 1, 10)),
    (START + 20_000, post(GOLD, 2, 20)),
    (START + 25_000, post(GOLD, 1, 10, "corrected", edited=25)),
    (START + 26_000, HealthReport(GOLD, Health.BLIND, "gone")),
    (START + 40_000, Deletion(GOLD, 2, START + 40_000)),
    (START + 50_000, post(GOLD, 3, 50)),
)


def source(clock: Clock) -> ScriptedSource:
    return ScriptedSource([Channel(GOLD, "Gold"), Channel(EURO, "Euro")], SCRIPT, clock)


def test_script_when_played_then_each_entry_at_its_moment() -> None:
    heard = played(source)
    assert [at for at, _ in heard] == sorted(at for at, _ in SCRIPT)
    assert [item for _, item in heard] == [item for _, item in sorted(SCRIPT, key=lambda entry: entry[0])]


def test_script_when_started_late_then_the_past_comes_at_once() -> None:
    heard = played(source, start=START + 45_000)
    assert [at - START for at, _ in heard] == [45_000] * 6 + [50_000]


def test_since_when_a_post_is_journalled_then_only_what_came_after_it() -> None:
    heard = [item for _, item in played(source, {GOLD: 2})]
    assert SCRIPT[1][1] not in heard
    assert SCRIPT[2][1] not in heard
    assert [SCRIPT[3][1], SCRIPT[5][1], SCRIPT[6][1]] == [
        item for item in heard if item.channel == GOLD and not isinstance(item, HealthReport)
    ]


def test_since_when_of_one_channel_then_the_other_is_whole() -> None:
    assert SCRIPT[0][1] in [item for _, item in played(source, {GOLD: 99})]


def test_channels_when_asked_then_those_of_the_script() -> None:
    assert source(FrozenClock()).channels() == (Channel(GOLD, "Gold"), Channel(EURO, "Euro"))

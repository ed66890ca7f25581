"""A routed source: an engine sees its own channels and nothing of the others."""

from __future__ import annotations

import pytest

from signalos_tui.clock import FrozenClock
from signalos_tui.collect.routed import Routed, among, unknown
from signalos_tui.collect.scripted import ScriptedSource
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Health, HealthReport, Message, Published
from tests.collect.playing import START, played

GOLD = Channel(ChannelId("tg:-1001"), "Gold VIP")
EURO = Channel(ChannelId("tg:-1002"), "Euro Room")
SCRIPT: list[tuple[int, Published]] = [
    (START, HealthReport(GOLD.id, Health.OK)),
    (START, HealthReport(EURO.id, Health.OK)),
    *((START + n * 1000, Message((GOLD, EURO)[n % 2].id, n, START + n * 1000, "text")) for n in range(1, 9)),
]


@pytest.mark.parametrize("name", ["tg:-1001", "Gold VIP", "gold vip"])
def test_routed_when_a_channel_is_named_by_id_or_title_then_only_its_posts(name: str) -> None:
    heard = played(lambda clock: Routed(ScriptedSource([GOLD, EURO], SCRIPT, clock), among([name])))
    assert [item for _, item in heard] == [item for _, item in SCRIPT if item.channel == GOLD.id]


def test_routed_when_an_engine_goes_on_then_after_its_own_place() -> None:
    source = lambda clock: Routed(ScriptedSource([GOLD, EURO], SCRIPT, clock), among(["Euro Room"]))  # noqa: E731
    assert [item.id for _, item in played(source, {EURO.id: 5}) if isinstance(item, Message)] == [7]


def test_routed_when_no_name_is_given_then_every_channel() -> None:
    source = ScriptedSource([GOLD, EURO], SCRIPT, FrozenClock())
    assert Routed(source, among([])).channels() == (GOLD, EURO)
    assert Routed(source, among(["gold vip"])).channels() == (GOLD,)


class Growing(ScriptedSource):
    """A source that comes to know its channels while it is read."""

    known: tuple[Channel, ...] = ()

    def channels(self) -> tuple[Channel, ...]:
        return self.known


def test_routed_when_the_source_comes_to_know_a_channel_later_then_it_is_taken_from_then_on() -> None:
    source = Growing([], [], FrozenClock())
    routed = Routed(source, among(["Gold VIP"]))
    assert not routed._takes(GOLD.id)
    source.known = (GOLD,)
    assert routed._takes(GOLD.id)


def test_names_when_no_channel_has_them_then_told() -> None:
    assert unknown(["Gold VIP", "tg:-1002", "Gld VIP"], [GOLD, EURO]) == ("Gld VIP",)

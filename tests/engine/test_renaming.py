"""A channel that calls itself otherwise gains nothing by it, now and after a restart, and the owner is told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from signalos_tui.config import Config
from signalos_tui.execute import constants as mt
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.messages import Channel, Followed, Policy
from tests.engine.kit import CALL, CONFIG, PAPER, ROOM, Bench, simulated

REAL = replace(PAPER, trade_mode=mt.ACCOUNT_TRADE_MODE_REAL)
VIP = "Gold VIP"


def under(**channels: Any) -> Config:
    """A configuration with these tables; `room` and `id` for the room's title and id."""
    names = {"room": ROOM.title, "id": str(ROOM.id), "vip": VIP}
    return replace(CONFIG, channels={names[key]: table for key, table in channels.items()})


def at_a_broker(folder: Path, config: Config, **more: Any) -> Bench:
    """A bench on an account with real money."""
    return Bench(folder, config=config, paper=REAL, is_paper=False, **more)


async def named(bench: Bench, title: str) -> None:
    """The channel calls itself otherwise."""
    bench.room.say(Followed(Channel(ROOM.id, title, ROOM.provider)))
    await asyncio.sleep(1)


async def told(bench: Bench, code: str) -> list[e.NoticeRaised]:
    """The notices with this code, oldest first."""
    found = [record.event for record in bench.journal.tail(0)]
    return [one for one in found if isinstance(one, e.NoticeRaised) and one.code == code]


def test_renamed_onto_a_title_with_more_risk_then_the_money_is_as_before(tmp_path: Path) -> None:
    loose = {"risk": {"value": 4}, "rules": {"forwarded": "trade", "missing_stop": "default"}}

    async def story() -> None:
        async with at_a_broker(tmp_path, under(vip=loose)) as bench:
            await bench.press(c.SetPolicy, channel=ROOM.id, policy=Policy.TRADE)
            await named(bench, VIP)
            await bench.say(CALL, wait=5)
            assert 40 < bench.trade.risk <= 51
            (alarm,) = await told(bench, "channel-renamed")
            assert alarm.severity is e.Severity.ALARM
            assert all(part in alarm.text for part in (ROOM.id, ROOM.title, VIP))
            (notice,) = await told(bench, "title-settings")
            assert "risk.value = 4" in notice.text
            assert f'[channels."{ROOM.id}"]' in notice.remedy

    simulated(story)


def test_renamed_away_from_a_prohibition_then_it_holds_also_after_a_restart(tmp_path: Path) -> None:
    config = under(room={"enabled": False})

    async def story() -> None:
        async with at_a_broker(tmp_path, config) as bench:
            await bench.press(c.SetPolicy, channel=ROOM.id, policy=Policy.TRADE)
            for title in (ROOM.title + " VIP", "Quite another"):
                await named(bench, title)
                await bench.say(CALL, wait=5)
                assert not bench.truth
            assert len(await told(bench, "channel-renamed")) == 1
            said = list(bench.room.said)
        async with at_a_broker(tmp_path, config, said=said, at=bench.clock.now()) as later:
            await named(later, "Third")
            await later.say(CALL.replace("1.0800", "1.0801"), wait=5)
            assert not later.truth

    simulated(story)


def test_renamed_when_the_id_has_a_table_then_nothing_changes_and_nobody_is_alarmed(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_a_broker(tmp_path, under(id={"policy": "trade"}, vip={"enabled": False})) as bench:
            await named(bench, VIP)
            await bench.say(CALL, wait=5)
            assert bench.truth
            assert not await told(bench, "channel-renamed")

    simulated(story)


def test_start_when_a_title_says_what_does_not_count_then_it_is_told_each_time(tmp_path: Path) -> None:
    async def story() -> None:
        config = under(room={"risk": {"value": 4}})
        async with at_a_broker(tmp_path, config):
            pass
        async with at_a_broker(tmp_path, config) as bench:
            assert len(await told(bench, "title-settings")) == 2
            assert not await told(bench, "channel-renamed")

    simulated(story)


def test_demo_when_a_title_says_more_then_it_counts_and_nothing_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with Bench(tmp_path, config=under(room={"risk": {"value": 2}})) as bench:
            await bench.say(CALL, wait=5)
            assert bench.trade.risk > 150
        async with Bench(tmp_path, config=under(room={"risk": {"value": 2}})) as later:
            assert not await told(later, "title-settings")

    simulated(story)


def test_title_when_its_size_cannot_be_weighed_then_the_denial_and_the_notice_say_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_a_broker(tmp_path, under(room={"risk": {"mode": "lots", "value": 0.01}})) as bench:
            await bench.press(c.SetPolicy, channel=ROOM.id, policy=Policy.TRADE)
            await bench.say(CALL, wait=5)
            assert not bench.truth
            (view,) = bench.desk.signals.values()
            assert view.decision is not None
            assert any("under a title" in verdict.text for verdict in view.decision.verdicts)
            (notice,) = await told(bench, "title-settings")
            assert 'risk.mode = "lots"' in notice.text

    simulated(story)

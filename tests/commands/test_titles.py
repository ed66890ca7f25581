"""`signalos doctor` on settings under a title: whose it is, the id to write instead, and what does not count."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalos_tui.commands.title_checks import title_checks
from signalos_tui.config import Config, Terminal
from signalos_tui.journal import Journal
from signalos_tui.model import events as e
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel
from tests.commands.conftest import Inside

GOLD = ChannelId("tg:-1001")
AT_RISK = Terminal(kind="mt5", demo_only=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a journal of a channel that had one title and has another."""
    journal = Journal.open(tmp_path / "journal.db", threaded=False, holder="test")
    try:
        named = [e.ChannelFollowed(Channel(GOLD, title)) for title in ("Gold VIP", "Gold Club")]
        journal.append_now([e.EngineStarted("0", 1, "Broker-Live/7"), *named], 1)
    finally:
        journal.close()
    return tmp_path


@pytest.mark.parametrize(
    ("terminal", "table", "ok"),
    [
        (AT_RISK, {"risk": {"value": 4}}, False),
        (AT_RISK, {"enabled": False}, True),
        (Terminal(kind="mt5"), {"risk": {"value": 4}}, True),
        (Terminal(), {"risk": {"value": 4}}, True),
    ],
)
def test_title_when_a_channel_has_or_had_it_then_its_id_is_offered(
    data: Path, terminal: Terminal, table: dict[str, object], *, ok: bool
) -> None:
    for title, now in (("Gold VIP", ', which is called "Gold Club" now'), ("Gold Club", "")):
        (check,) = title_checks(Config(channels={title: table}, terminal=terminal), data)
        assert check.ok is ok
        assert check.seen.startswith(f'[channels."{title}"] is the title of {GOLD}{now}')
        assert f'[channels."{GOLD}"]' in (check.seen if ok else check.remedy)
        assert ("risk.value = 4" in check.seen) is not ok


def test_key_when_it_is_an_id_or_nobodys_title_then_only_the_latter_is_told(data: Path) -> None:
    config = Config(channels={str(GOLD): {"enabled": True}, "tg:-7": {"enabled": True}, "Gold": {"enabled": True}})
    (check,) = title_checks(config, data)
    assert check.ok
    assert check.seen.startswith('[channels."Gold"]: no channel')


def test_doctor_when_a_title_has_a_table_then_it_is_among_its_lines(inside: Inside, data: Path, tmp_path: Path) -> None:
    own = tmp_path / "config.toml"
    own.write_text('[channels."Gold VIP"]\nenabled = false\n', encoding="utf-8")
    answer = inside("doctor", "--config", own, "--data", data)
    assert f'[channels."Gold VIP"] is the title of {GOLD}' in answer.out

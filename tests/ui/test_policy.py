"""What a channel may do, on the screen: the column, the detail, and the question that one key asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion

from signalos_tui.config import Config, Console
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import Account, Money
from signalos_tui.model.channel_events import ChannelPolicySet, ChannelUnfollowed
from signalos_tui.model.commands import Command
from signalos_tui.model.desk import ChannelView
from signalos_tui.model.events import Record
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Policy
from signalos_tui.ui.actions import Selection
from signalos_tui.ui.screens.channels import described
from signalos_tui.ui.screens.policy import PolicyScreen
from tests.evaluate.cases import ACCOUNT
from tests.scenarios import load
from tests.scenarios.build import ARABIC, FX, GOLD
from tests.ui.console import Desk, console
from tests.ui.several import desks
from tests.ui.stage import EURO
from tests.ui.test_snapshots import SIZES, Scene, changed

SAID = replace(
    Config(), channels={str(GOLD): {"policy": "trade"}, "FX Pros": {"policy": "trade"}, "Crypto K": {"policy": "ask"}}
)
"""One by its id, two by their titles."""


def of(money: Money, name: str = "desk") -> list[Record]:
    """The recorded desk on an account with this money."""

    def whose(account: Account) -> Account:
        return replace(account, is_paper=money is Money.PAPER, is_demo=money is not Money.REAL)

    found = []
    for record in load(name):
        event = record.event
        if isinstance(event, (e.AccountRecorded, e.Pulsed)) and event.account is not None:
            record = replace(record, event=replace(event, account=whose(event.account)))
        found.append(record)
    return found


REAL = of(Money.REAL)


def bare(command: Command) -> Command:
    """A command without its key and time."""
    return replace(command, key="", issued_at=0)


def row(desk: Desk, title: str) -> str:
    """What stands beside a channel in the table at the left."""
    found = (line.split("│")[1] for line in desk.text().splitlines() if line.startswith("│"))
    return next(line.split(title)[1] for line in found if title in line)


def flowing(desk: Desk) -> str:
    """What stands on the screen without frames and line ends."""
    return " ".join(desk.text().replace("│", " ").split())


async def opened(desk: Desk, selection: Selection) -> PolicyScreen:
    """The question in front."""
    desk.app.ask("policy", selection)
    await desk.settle()
    front = desk.front()
    assert isinstance(front, PolicyScreen)
    return front


OF_GOLD = Selection(channel=GOLD)

# --- the question -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pressed", "policy"), [("1y", Policy.PAPER), ("2y", Policy.ASK), ("13y", Policy.TRADE)])
async def test_policy_when_marked_and_said_yes_to_then_one_command(pressed: str, policy: Policy) -> None:
    async with console(records=REAL) as desk:
        await opened(desk, OF_GOLD)
        await desk.press(*pressed)
        assert [bare(one) for one in desk.submitted] == [c.SetPolicy(key="", issued_at=0, channel=GOLD, policy=policy)]


@pytest.mark.parametrize("pressed", [["y"], ["3"], ["3", "escape"], ["3", "n"], ["enter"], ["3", "enter"], ["P", "P"]])
async def test_policy_when_not_said_yes_to_then_nothing_is_sent(pressed: list[str]) -> None:
    """Neither a figure nor the same key again changes it."""
    async with console(records=REAL) as desk:
        await opened(desk, OF_GOLD)
        await desk.press(*pressed)
        assert desk.submitted == []


async def test_question_when_the_money_is_real_then_it_says_so_for_each_answer() -> None:
    async with console(records=REAL) as desk:
        dialog = await opened(desk, OF_GOLD)
        text = " ".join(desk.text().split())
        assert "Paper-Demo/70014, REAL MONEY" in text
        assert "paper, as nobody has said otherwise" in text
        assert dialog.yes.disabled
        for figure, words, danger in (
            ("1", "It counts from its next signal on", False),
            ("2", "What you approve from now on trades REAL MONEY", True),
            ("3", "From its next signal on it trades REAL MONEY, and nobody is asked", True),
        ):
            await desk.press(figure)
            assert words in desk.text()
            assert dialog.has_class("-dangerous") is danger
        assert str(dialog.yes.label) == "Trade real money"
        assert "open trade is managed on" in desk.text()


async def test_question_when_the_money_is_nobodys_then_nothing_is_said_of_real_money_but_that_it_is_safe() -> None:
    for money, words in ((Money.DEMO, "traded on this demo account"), (Money.PAPER, "traded on this paper account")):
        async with console(records=of(money)) as desk:
            dialog = await opened(desk, OF_GOLD)
            await desk.press("3")
            assert words in desk.text()
            assert "REAL" not in desk.text()
            assert not dialog.has_class("-dangerous")
            assert str(dialog.yes.label) == "Choose trade"


async def test_question_when_the_account_turns_out_to_be_real_then_it_says_so_at_once() -> None:
    """The card stands open while the terminal comes back with its account."""
    async with console(records=of(Money.DEMO)) as desk:
        dialog = await opened(desk, OF_GOLD)
        await desk.press("3")
        account = desk.app.state.account
        assert account is not None
        await desk.happen(e.AccountRecorded(replace(account, is_demo=False)))
        assert "REAL MONEY" in desk.text()
        assert dialog.has_class("-dangerous")


@pytest.mark.parametrize(
    ("config", "channel", "words"),
    [
        (SAID, GOLD, "trade, as config.toml says under its id"),
        (SAID, FX, "paper, because trade under its title does not count with real money"),
        (replace(SAID, channels={GOLD: {"enabled": False}}), GOLD, "config.toml says enabled = false"),
        (Config(), ARABIC, "it is paused: nothing of it is opened"),
    ],
)
async def test_question_when_asked_then_it_says_what_holds_now_and_why(
    config: Config, channel: ChannelId, words: str
) -> None:
    async with console(records=REAL, config=config, size=(72, 40)) as desk:  # the card has all of the screen
        await opened(desk, Selection(channel=channel))
        assert words in flowing(desk)


async def test_question_when_it_was_answered_before_then_that_stands_above_the_file() -> None:
    async with console(records=REAL, config=SAID) as desk:
        await desk.happen(ChannelPolicySet(GOLD, Policy.ASK, "console"))
        await opened(desk, OF_GOLD)
        assert "ask, as you chose in the console" in desk.text()


async def test_key_when_a_channel_or_a_signal_of_it_is_selected_then_it_asks_about_that_channel() -> None:
    async with console(records=REAL) as desk:
        await desk.press("3", "down", "P")
        assert "What may FX Pros do?" in desk.text()
        await desk.press("2", "y")
        assert [bare(one) for one in desk.submitted] == [
            c.SetPolicy(key="", issued_at=0, channel=FX, policy=Policy.ASK)
        ]
        await opened(desk, Selection(trade=EURO))
        assert "What may FX Pros do?" in desk.text()
        await desk.press("escape")
        desk.app.ask("policy", Selection())
        await desk.settle()
        assert "No channel is selected" in desk.told[-1]


async def test_question_when_there_are_several_accounts_then_it_is_about_the_one_in_front() -> None:
    async with desks() as shown:
        await shown.press("1")
        front, channel = shown.app.seat.name, next(iter(shown.app.state.channels))
        shown.app.ask("policy", Selection(channel=channel))
        await shown.press()
        await shown.press("2")
        text = " ".join(shown.text().replace("│", " ").split())
        assert f"{front}: What may" in text
        assert f"{front} alone: on the other accounts it stays as it is" in text
        await shown.press("y")
        sent = shown.submitted()
        assert sent.pop(front) == [c.SetPolicy(key="", issued_at=0, channel=channel, policy=Policy.ASK)]
        assert not any(sent.values())


HOSTILE = "[@click=app.quit]\x1b[2J\u202e[/b]" + "A" * 200


async def test_question_when_the_title_attacks_then_it_is_only_letters() -> None:
    async with console(records=REAL, size=(80, 24)) as desk:
        channel = replace(desk.app.state.channels[GOLD].channel, title=HOSTILE)
        await desk.happen(e.ChannelFollowed(channel))
        await opened(desk, OF_GOLD)
        assert "\x1b" not in desk.text()
        assert "[@click=app.quit]␛[2J" in desk.text()


async def test_palette_when_searched_then_the_question_of_each_channel_is_there() -> None:
    from signalos_tui.ui.commands import entries

    async with console(records=REAL) as desk:
        found = {one.name: one.run for one in entries(cast("Any", desk.app))}
        found["Policy of FX Pros"]()
        await desk.settle()
        assert "What may FX Pros do?" in desk.text()


# --- the tables ---------------------------------------------------------------------------------------------------


async def test_column_when_there_is_room_then_it_says_what_holds_on_this_account() -> None:
    for records, words in ((REAL, ("trade", "paper", "paper")), (of(Money.DEMO), ("trade", "trade", "ask"))):
        async with console(records=records, config=SAID, size=(170, 50)) as desk:
            for title, word in zip(("Gold VIP", "FX Pros", "Crypto K"), words, strict=True):
                assert row(desk, title).split()[0] == word
        async with console(records=records, config=SAID, size=(80, 24)) as desk:
            await desk.press("3")
            for title, word in zip(("Gold VIP", "FX Pros", "Crypto K"), words, strict=True):
                assert row(desk, title).split()[1] == word


async def test_pane_when_there_is_no_room_then_a_channel_that_opens_nothing_says_it_in_place_of_its_result() -> None:
    async with console(records=REAL, config=SAID) as desk:
        assert "+9.4R" in row(desk, "Gold VIP")
        assert "paper" in row(desk, "FX Pros")
    async with console(records=of(Money.DEMO), config=SAID) as desk:
        assert "-1.4R" in row(desk, "FX Pros")


async def test_detail_when_a_channel_is_selected_then_its_policy_is_said_in_words() -> None:
    async with console(records=REAL, config=SAID) as desk:
        await desk.press("3")
        assert "trade  traded with real money  (as config.toml says under its id)" in desk.text()
        await desk.press("down")
        assert "paper judged and shown, nothing is opened with real money (because trade under its title" in flowing(
            desk
        )
        assert "read and shown" in desk.text()


async def test_channel_when_not_followed_then_gone_unless_something_of_it_is_open() -> None:
    async with console(records=REAL) as desk:
        assert any(trade.channel == FX for trade in desk.app.state.live_trades)
        assert not any(trade.channel == ARABIC for trade in desk.app.state.live_trades)
        await desk.happen(ChannelUnfollowed(FX), ChannelUnfollowed(ARABIC))
        assert desk.screen.channels.grid.row_count == 6
        assert "off" in row(desk, "FX Pros")
        await desk.press("3", "down")
        assert "not followed: what is open is managed on" in desk.text()
        assert "Channels 6" in desk.text()


# --- pictures -----------------------------------------------------------------------------------------------------


def asked(*pressed: str) -> Scene:
    """The question after some keys."""

    async def scene(desk: Desk) -> None:
        await opened(desk, OF_GOLD)
        await desk.press(*pressed)

    return scene


async def channels(desk: Desk) -> None:
    """The table of channels, the second one selected."""
    await desk.press("3", "down")


SCENES: dict[str, Scene] = {"policy": asked(), "policy-real": asked("3"), "channels": channels}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["signalos-dark", "signalos-light"])
async def test_pictures(snapshot: SnapshotAssertion, tmp_path: Path, theme: str, size: str) -> None:
    config = replace(SAID, console=Console(theme=theme))
    async with console(records=REAL, config=config, size=SIZES[size]) as desk:
        assert await changed(desk, SCENES, snapshot, tmp_path) == []


def test_detail_when_a_title_says_more_risk_then_it_shows_what_holds_with_this_money() -> None:
    view = ChannelView(Channel(ChannelId("tg:-1"), "Gold"), titles=("Gold VIP",))
    config = replace(Config(), channels={"Gold VIP": {"risk": {"value": 4}, "rules": {"max_spread_pips": 1}}})
    real = replace(ACCOUNT, is_demo=False)
    assert "0.5 % of equity" in described(view, config, real).plain
    assert "spread above 1 pips" in described(view, config, real).plain
    assert "4 % of equity" in described(view, config, ACCOUNT).plain

"""What a channel's policy lets the engine open, with whose money, through edits, joins, readers, renames and restarts."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.config import Config
from signalos_tui.engine.permitting import KEPT_BACK
from signalos_tui.execute import constants as mt
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import Money
from signalos_tui.model.channel_events import ChannelPolicySet
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import SignalView
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Followed, Message, Policy, Published
from signalos_tui.model.orders import LegState
from signalos_tui.second import ModelReader
from tests.engine.kit import CALL, CONFIG, GOLD, PAPER, ROOM, Bench, first_signal, simulated
from tests.second.answers import FakeLink, perfect
from tests.second.benches import EASY, TRADING, UNLABELLED

REAL = replace(PAPER, trade_mode=mt.ACCOUNT_TRADE_MODE_REAL)
UNKNOWN = replace(PAPER, trade_mode=7)
CONTEST = replace(PAPER, trade_mode=mt.ACCOUNT_TRADE_MODE_CONTEST)


def at_a_broker(folder: Path, **more: Any) -> Bench:
    """A bench on an account with real money, unless `paper` says otherwise."""
    return Bench(folder, is_paper=False, **{"paper": REAL, **more})


def said(**layers: str) -> Config:
    """A configuration with a policy under the room's id or its title."""
    names = {"id": str(ROOM.id), "title": ROOM.title}
    return replace(CONFIG, channels={names[key]: {"policy": value} for key, value in layers.items()})


def last(bench: Bench) -> SignalView:
    """The newest signal."""
    return list(bench.desk.signals.values())[-1]


def why(bench: Bench) -> str:
    """What was said of it."""
    decision = last(bench).decision
    return "; ".join(reason.text for reason in decision.reasons) if decision else ""


# --- what is opened -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paper", "config", "outcome"),
    [
        (REAL, CONFIG, DecisionOutcome.DENIED),
        (UNKNOWN, CONFIG, DecisionOutcome.DENIED),
        (PAPER, CONFIG, DecisionOutcome.ACCEPTED),
        (CONTEST, CONFIG, DecisionOutcome.ACCEPTED),
        (REAL, said(id="trade"), DecisionOutcome.ACCEPTED),
        (REAL, said(title="trade"), DecisionOutcome.DENIED),
        (REAL, said(title="ask"), DecisionOutcome.DENIED),
        (REAL, said(id="ask"), DecisionOutcome.HELD),
        (PAPER, said(title="ask"), DecisionOutcome.HELD),
    ],
)
def test_signal_when_decided_then_as_policy_and_money_say(
    tmp_path: Path, paper: Any, config: Config, outcome: DecisionOutcome
) -> None:
    async def story() -> None:
        async with at_a_broker(tmp_path, paper=paper, config=config) as bench:
            await bench.say(CALL)
            assert last(bench).outcome is outcome
            assert bool(bench.truth) is (outcome is DecisionOutcome.ACCEPTED)

    simulated(story)


def test_paper_when_the_money_is_real_then_it_says_what_would_have_been_and_no_approval_helps(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_a_broker(tmp_path) as bench:
            assert bench.desk.account is not None
            assert bench.desk.account.money is Money.REAL
            call = await bench.say(CALL)
            assert why(bench).startswith("Would have been traded as BUY 0.0")
            assert f'policy = "trade" under [channels."{ROOM.id}"]' in why(bench)
            outcome = await bench.press(c.Approve, subject=first_signal(call))
            assert not outcome.ok
            assert bench.truth == []

    simulated(story)


def test_ask_when_approved_then_it_trades_and_when_paper_meanwhile_then_not(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_a_broker(tmp_path, config=said(id="ask")) as bench:
            call = await bench.say(CALL)
            assert (await bench.press(c.Approve, subject=first_signal(call))).ok
            assert len(bench.truth) == 2
            other = await bench.say(GOLD)
            await bench.press(c.SetPolicy, channel=ROOM.id, policy=Policy.PAPER)
            outcome = await bench.press(c.Approve, subject=first_signal(other))
            assert not outcome.ok
            assert "on paper" in outcome.text
            assert len(bench.truth) == 2

    simulated(story)


def test_account_when_it_says_something_else_from_one_call_to_the_next_then_each_is_decided_on_what_it_says(
    tmp_path: Path,
) -> None:
    """The terminal is asked for every signal: what it was a minute ago is no answer."""

    async def story() -> None:
        async with at_a_broker(tmp_path, paper=PAPER) as bench:
            await bench.say(CALL)
            assert last(bench).was_accepted
            bench.paper._dealer.settings = replace(PAPER, trade_mode=mt.ACCOUNT_TRADE_MODE_REAL)
            await bench.say(GOLD)
            assert last(bench).outcome is DecisionOutcome.DENIED

    simulated(story)


# --- the owner's word ---------------------------------------------------------------------------------------------


def test_policy_when_set_then_journalled_told_and_kept_over_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_a_broker(tmp_path, config=said(id="paper")) as bench:
            outcome = await bench.press(c.SetPolicy, channel=ROOM.id, policy=Policy.TRADE)
            assert (outcome.ok, outcome.text) == (
                True,
                "Test Room: trade. Its signals are traded with real money",
            )
            again = await bench.press(c.SetPolicy, channel=ROOM.id, policy=Policy.TRADE)
            assert again.text.endswith("as you chose before")
            assert bench.told(ChannelPolicySet) == [ChannelPolicySet(ROOM.id, Policy.TRADE, "console")]
            now, heard = bench.clock.now(), bench.room.said
        async with at_a_broker(tmp_path, config=said(id="paper"), at=now + 1000, said=heard) as bench:
            assert bench.desk.channels[ROOM.id].policy is Policy.TRADE
            await bench.say(CALL)
            assert len(bench.truth) == 2
            await bench.press(c.SetPolicy, key="of another life", channel=ROOM.id, policy=Policy.PAPER)
            await bench.say(GOLD)
            assert len(bench.truth) == 2
            lines = [line.text for line in bench.desk.log]
            assert "Test Room: paper, by console" in lines

    simulated(story)


def test_policy_when_the_channel_is_unknown_then_refused(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_a_broker(tmp_path) as bench:
            outcome = await bench.press(c.SetPolicy, channel=ChannelId("tg:-1009"), policy=Policy.TRADE)
            assert (outcome.ok, outcome.text) == (False, "That channel is not followed")
            assert bench.told(ChannelPolicySet) == []

    simulated(story)


@pytest.mark.parametrize(
    ("policy", "money", "text"),
    [
        (Policy.PAPER, REAL, "judged and shown, nothing is opened with real money"),
        (Policy.PAPER, PAPER, "traded on this demo account, never with real money"),
        (Policy.ASK, REAL, "held for you, and traded with real money when you approve"),
        (Policy.TRADE, PAPER, "traded on this demo account"),
    ],
)
def test_policy_when_set_then_the_answer_says_what_it_comes_to_here(
    tmp_path: Path, policy: Policy, money: Any, text: str
) -> None:
    async def story() -> None:
        async with at_a_broker(tmp_path, paper=money) as bench:
            outcome = await bench.press(c.SetPolicy, channel=ROOM.id, policy=policy)
            assert outcome.text == f"Test Room: {policy}. Its signals are {text}"

    simulated(story)


# --- what is under way --------------------------------------------------------------------------------------------


def test_trade_when_its_channel_is_on_paper_again_then_its_follow_ups_are_carried_out(tmp_path: Path) -> None:
    """They protect what is open. What opens anything more is not one of them."""

    async def story() -> None:
        async with at_a_broker(tmp_path, config=said(id="trade")) as bench:
            call = await bench.say(CALL)
            await bench.press(c.SetPolicy, channel=ROOM.id, policy=Policy.PAPER)
            await bench.say("Move SL to 1.0820", reply=call.id)
            assert {leg.stop for leg in bench.legs} == {Decimal("1.082")}
            await bench.say("re-enter now", reply=call.id)
            await bench.say("Close all", reply=call.id)
            assert bench.states == [LegState.CLOSED, LegState.CLOSED]
            assert len(bench.truth) == 2

    simulated(story)


@pytest.mark.parametrize("policy", [Policy.PAPER, Policy.ASK])
@pytest.mark.parametrize("by_owner", [False, True])
def test_order_when_the_policy_no_longer_allows_it_then_never_sent(
    tmp_path: Path, policy: Policy, *, by_owner: bool
) -> None:
    """It was accepted while the terminal could not be seen; what the owner approved himself, an ask does not take back."""
    is_kept = policy is Policy.ASK and by_owner

    async def story() -> None:
        async with at_a_broker(tmp_path, config=said(id="ask" if by_owner else "trade")) as bench:
            bench.terminal.is_connected = False
            call = await bench.say(CALL)
            if by_owner:
                await bench.press(c.Approve, subject=first_signal(call))
            assert bench.states == [LegState.INTENT, LegState.INTENT]
            await bench.press(c.SetPolicy, channel=ROOM.id, policy=policy)
            bench.terminal.is_connected = True
            await asyncio.sleep(15)
            assert len(bench.truth) == (2 if is_kept else 0)
            if not is_kept:
                assert bench.states == [LegState.EXPIRED, LegState.EXPIRED]
                assert all(event.text.startswith(KEPT_BACK) for event in bench.told(e.LegExpired))

    simulated(story)


def test_order_when_the_configuration_allows_it_no_more_at_the_next_start_then_never_sent(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_a_broker(tmp_path, config=said(id="trade")) as bench:
            bench.terminal.is_connected = False
            await bench.say(CALL)
            assert bench.states == [LegState.INTENT, LegState.INTENT]
            now, heard = bench.clock.now(), bench.room.said
            await bench.kill()
        async with at_a_broker(tmp_path, at=now + 500, said=heard) as bench:
            await asyncio.sleep(15)
            assert bench.truth == []
            assert all(event.text.startswith(KEPT_BACK) for event in bench.told(e.LegExpired))

    simulated(story)


# --- whatever happens ---------------------------------------------------------------------------------------------

FOREIGN = "tg:-100777"
"""The id of a channel that may trade real money; its name can be anybody's title."""
NAMES = (ROOM.title, FOREIGN, "Gold VIP", "")
POSTS = (
    CALL,
    GOLD,
    UNLABELLED,
    "EURUSD BUY NOW",
    "SL 1.0800\nTP 1.0900",
    "BUY GBPUSD NOW\nSL 1.2600\nTP 1.2800",
    "Close all",
)


class Life:
    """One run of the world, made of chances. allowed: what the owner has said of the room, and nothing else counts."""

    def __init__(self, chance: Random, folder: Path) -> None:
        self.chance, self.folder = chance, folder
        own = chance.choice([None, *Policy])
        self.config = replace(
            EASY,
            second_reader=TRADING,
            channels={
                **{name: {"policy": chance.choice(list(Policy)).value} for name in ("Gold VIP", ROOM.title)},
                FOREIGN: {"policy": "trade"},
                **({str(ROOM.id): {"policy": own.value}} if own else {}),
            },
        )
        self.allowed = own or Policy.PAPER
        self.money = chance.choice([REAL, UNKNOWN])
        self.heard: list[Published] = []
        self.wrong: list[str] = []
        self.opened = 0
        self.at = 0

    def bench(self) -> Bench:
        """The next start."""
        reader = ModelReader(TRADING, jitter=lambda: 0.5, link=FakeLink(perfect), environ={})
        when = {"at": self.at} if self.at else {}
        bench = at_a_broker(self.folder, paper=self.money, config=self.config, second=reader, said=self.heard, **when)
        bench.engine._desk.listen(lambda record: self._watch(bench, record.event))
        return bench

    def _watch(self, bench: Bench, event: e.Event) -> None:
        if isinstance(event, ChannelPolicySet):
            self.allowed = event.policy
        if not isinstance(event, e.LegSending):
            return
        signal = next(trade.signal for trade in bench.desk.trades.values() for leg in trade.legs if leg.id == event.leg)
        decision = bench.desk.signals[signal].decision
        assert decision is not None
        is_approved = self.allowed is Policy.ASK and decision.by == "owner"
        if self.allowed is not Policy.TRADE and not is_approved:
            self.wrong.append(f"{event.leg} is sent, and the channel is on {self.allowed}")
        self.opened += 1

    async def live(self) -> None:
        """Three starts, some of which end in a kill."""
        for _ in range(3):
            async with self.bench() as bench:
                for _ in range(9):
                    await self._step(bench)
                self.heard, self.at = bench.room.said, bench.clock.now() + 500
                if self.chance.random() < 0.5:
                    await bench.kill()

    def new_key(self) -> str:
        """A key of no other start."""
        return f"{self.chance.random()}"

    async def _step(self, bench: Bench) -> None:
        chance, wait = self.chance, self.chance.choice([0.0, 0.3, 4.0])
        posts = [item for item in bench.room.said if isinstance(item, Message)]
        match chance.randrange(9):
            case 0 | 1 | 2 | 3:
                reply = chance.choice(posts).id if posts and chance.random() < 0.2 else None
                await bench.say(chance.choice(POSTS), reply=reply, wait=wait)
            case 4 if posts:
                await bench.edit(chance.choice(posts), chance.choice(POSTS), wait=wait)
            case 5:
                bench.room.say(Followed(Channel(ROOM.id, chance.choice(NAMES))))
            case 6:
                wish = chance.choice(list(Policy))
                outcome = await bench.press(c.SetPolicy, key=self.new_key(), channel=ROOM.id, policy=wish, wait=0)
                assert not outcome.ok or self.allowed is wish
            case 7:
                bench.terminal.is_connected = not bench.terminal.is_connected
            case _:
                for view in [one for one in bench.desk.signals.values() if one.is_waiting][-2:]:
                    await bench.press(c.Approve, key=self.new_key(), subject=view.id, wait=wait)
        await asyncio.sleep(wait)


def test_real_money_whatever_happens_then_only_what_the_owner_allowed_is_sent(tmp_path: Path) -> None:
    """Titles, a second reader that agrees, edits, joined posts, outages, kills and restarts."""
    lives = [Life(Random(seed), tmp_path / str(seed)) for seed in range(24)]
    for life in lives:
        life.folder.mkdir()
        simulated(life.live)
        assert life.wrong == []
    assert sum(life.opened for life in lives) > 24, "nothing was proven: nothing was sent"

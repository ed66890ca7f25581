"""A key proposes exactly what it would do, with the money, or says why it does nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.execute import manager
from signalos_tui.execute.manager import Market
from signalos_tui.model import commands as c
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import DeskState, LegView
from signalos_tui.model.ids import ChannelId, LegId, SignalId
from signalos_tui.model.orders import CloseReason, LegState
from signalos_tui.model.shown import mark_of
from signalos_tui.ui import stakes
from signalos_tui.ui.actions import Proposal, Refusal, Selection, approve, close, propose
from tests.ui.stage import DENIED, DOW, EURO, GOLD, HELD, HELD_UPDATE, NASDAQ, desk

ENDED = SignalId("tg:-1001402/3310#1")


def proposed(action: str, selection: Selection, state: DeskState | None = None) -> Proposal:
    """The proposal; fails on a refusal."""
    answer = propose(action, state or desk(), selection)
    assert isinstance(answer, Proposal), answer
    return answer


def refused(action: str, selection: Selection, state: DeskState | None = None) -> str:
    """The refusal's words; fails on a proposal."""
    answer = propose(action, state or desk(), selection)
    assert isinstance(answer, Refusal), answer
    return answer.text


def sent(proposal: Proposal) -> list[c.Command]:
    """The commands it would send."""
    return [draft(key="k", issued_at=7) for draft in proposal.drafts]


def said(proposal: Proposal) -> dict[str, str]:
    """Its facts by label."""
    return {fact.label: fact.text for fact in proposal.facts}


def with_legs(state: DeskState, signal: SignalId, **changes: Any) -> DeskState:
    """The state with every leg of a trade changed."""
    trade = state.trades[signal]
    legs = tuple(replace(leg, **changes) for leg in trade.legs)
    return replace(state, trades={**state.trades, signal: replace(trade, legs=legs)})


# --- close --------------------------------------------------------------------------------------------------------


def test_close_when_a_trade_is_open_then_its_money_is_shown_and_one_command_sent() -> None:
    proposal = proposed("close", Selection(trade=GOLD))
    assert sent(proposal) == [c.CloseTrade(key="k", issued_at=7, signal=GOLD, fraction=Decimal(1))]
    facts = said(proposal)
    assert facts["volume"] == "0.06 lots in 2 legs"
    assert facts["price"] == "about 2353.97, opened at 2343.10"
    assert facts["together"] == "about +115.01 USD  +1.2R"
    assert proposal.asks


def test_half_when_a_trade_is_open_then_half_the_money_is_shown() -> None:
    proposal = proposed("half", Selection(trade=EURO))
    assert sent(proposal) == [c.CloseTrade(key="k", issued_at=7, signal=EURO, fraction=Decimal("0.5"))]
    assert said(proposal)["result"] == said(proposal)["stays open"] == "about -10.20 USD  -0.1R"


def test_close_when_only_an_order_waits_then_the_order_is_what_goes() -> None:
    proposal = proposed("close", Selection(trade=DOW))
    assert said(proposal)["orders"] == "1 pending order cancelled"
    assert "volume" not in said(proposal)
    assert refused("half", Selection(trade=DOW)) == "US30 is not open yet, its order waits: Cancel removes it"


def test_close_when_the_terminal_has_no_price_then_the_money_is_not_guessed() -> None:
    state = replace(desk(), quotes={}, marks={})
    facts = said(proposed("close", Selection(trade=EURO), state))
    assert facts["price"] == "none: the terminal has no quote"
    assert facts["result"] == "not known: the terminal gives no price for it"


def test_close_when_one_leg_has_no_mark_then_a_part_is_not_shown_as_the_whole() -> None:
    marks = dict(list(desk().marks.items())[:1])
    state = replace(desk(), marks=marks)
    shown = [said(proposed("close", Selection(trade=signal), state))["result"] for signal in (GOLD, EURO)]
    assert shown == ["not known: the terminal gives no price for it"] * 2


def test_close_when_a_leg_is_unproven_then_the_owner_is_warned() -> None:
    trade = desk().trades[EURO]
    doubtful = replace(trade.legs[0], state=LegState.UNKNOWN)
    state = replace(desk(), trades={EURO: replace(trade, legs=(doubtful, *trade.legs[1:]))})
    assert proposed("close", Selection(trade=EURO), state).warning.startswith("1 leg not yet proven at the broker")


@pytest.mark.parametrize("action", ["close", "half", "break_even", "cancel_pending"])
def test_a_trade_key_when_nothing_or_something_ended_is_selected_then_it_says_so(action: str) -> None:
    assert refused(action, Selection()).startswith("No trade is selected")
    assert refused(action, Selection(trade=ENDED)).endswith("has ended")
    assert refused(action, Selection(subject=DENIED)).endswith("was not traded")


def test_a_trade_key_when_a_signal_or_a_bound_update_is_selected_then_it_means_its_trade() -> None:
    assert sent(proposed("close", Selection(subject=GOLD)))[0] == sent(proposed("close", Selection(trade=GOLD)))[0]
    assert [command.signal for command in sent(proposed("close", Selection(subject=HELD_UPDATE)))] == [EURO]  # type: ignore[union-attr]


def test_a_trade_key_when_an_update_fits_two_trades_then_it_does_not_choose() -> None:
    view = desk().updates[HELD_UPDATE]
    assert view.decision is not None
    bound = replace(view, decision=replace(view.decision, signals=(EURO, GOLD)))
    state = replace(desk(), updates={HELD_UPDATE: bound})
    assert refused("close", Selection(subject=HELD_UPDATE), state).startswith("No trade is selected")


# --- break-even, cancel -------------------------------------------------------------------------------------------


def test_break_even_when_the_price_is_beyond_the_entry_then_both_outcomes_are_shown() -> None:
    proposal = proposed("break_even", Selection(trade=NASDAQ))
    assert sent(proposal) == [c.BreakEven(key="k", issued_at=7, signal=NASDAQ)]
    assert said(proposal)["at stop now"] == "about -104.00 USD  -1.0R"
    assert said(proposal)["at stop then"] == "about 0.00 USD  0.0R"


def test_break_even_when_the_stops_are_there_already_then_it_is_refused() -> None:
    assert refused("break_even", Selection(trade=GOLD)) == "The stops of XAUUSD are at break-even or better"


def test_break_even_when_the_price_is_behind_the_entry_then_it_is_refused_with_both_prices() -> None:
    assert refused("break_even", Selection(trade=EURO)).startswith(
        "EURUSD stands at 1.08981, not beyond its opening price 1.08913"
    )


def test_cancel_when_orders_wait_then_each_is_named() -> None:
    proposal = proposed("cancel_pending", Selection(trade=DOW))
    assert sent(proposal) == [c.CancelPending(key="k", issued_at=7, signal=DOW)]
    assert said(proposal)["order"] == "limit 0.12 at 42480.0"
    assert refused("cancel_pending", Selection(trade=EURO)).startswith("EURUSD has no pending order")


# --- held ---------------------------------------------------------------------------------------------------------


def test_reject_when_something_is_held_then_it_goes_without_a_question() -> None:
    proposal = proposed("reject", Selection(subject=HELD))
    assert sent(proposal) == [c.Reject(key="k", issued_at=7, subject=HELD)]
    assert not proposal.asks


def test_approve_when_held_then_one_command_else_the_reason() -> None:
    approve = c.Approve(key="k", issued_at=7, subject=HELD, shown=mark_of(desk().signals[HELD]))
    assert sent(proposed("approve", Selection(subject=HELD))) == [approve]
    assert refused("approve", Selection(subject=DENIED)) == "FX Pros #3318 is not held: denied"
    assert refused("approve", Selection()).startswith("Nothing held is selected")
    assert refused("approve", Selection(subject=SignalId("tg:1/1#1"))) == "That signal is no longer in view"


def test_approve_when_an_update_depends_on_a_condition_then_it_is_left_to_the_owner() -> None:
    assert refused("approve", Selection(subject=HELD_UPDATE)).startswith("It leaves the choice to you")


# --- channel and desk ---------------------------------------------------------------------------------------------


def test_pause_when_a_channel_trades_then_it_goes_and_comes_back_without_a_question() -> None:
    gold, arabic = ChannelId("tg:-1001401"), ChannelId("tg:-1001407")
    paused = proposed("pause", Selection(channel=gold))
    resumed = proposed("pause", Selection(channel=arabic))
    assert sent(paused) == [c.PauseChannel(key="k", issued_at=7, channel=gold)]
    assert sent(resumed) == [c.ResumeChannel(key="k", issued_at=7, channel=arabic)]
    assert (paused.asks, resumed.asks) == (False, False)
    assert sent(proposed("pause", Selection(subject=GOLD))) == sent(paused)
    assert refused("pause", Selection()).startswith("No channel is selected")


def test_resume_when_halted_then_the_reason_and_the_risk_are_shown() -> None:
    state = replace(desk(), trading=TradingState.HALTED, trading_reason="stopped by console")
    facts = said(proposed("resume", Selection(), state))
    assert facts["because"] == "stopped by console"
    assert facts["held"] == "1 signal still waits for you"
    assert refused("resume", Selection()) == "Trading is active already"


# --- money --------------------------------------------------------------------------------------------------------


UNDESCRIBED = replace(desk(), specs={})
"""The desk before the terminal has described its instruments."""


def leg_of(signal: SignalId) -> LegView:
    """The first open leg of a trade."""
    return desk().trades[signal].open_legs[0]


def test_worth_when_planned_then_the_stop_costs_the_planned_risk() -> None:
    leg = leg_of(NASDAQ)
    value = stakes.worth(leg, UNDESCRIBED)
    assert value is not None
    assert leg.price_open is not None
    assert leg.plan.stop is not None
    assert value * (leg.price_open - leg.plan.stop) == leg.plan.risk


def test_worth_when_there_was_no_stop_then_the_mark_tells_it_and_without_one_nothing_does() -> None:
    leg = leg_of(NASDAQ)
    bare = replace(leg, plan=replace(leg.plan, stop=None))
    mark = desk().marks[leg.id]
    assert leg.price_open is not None
    assert stakes.worth(bare, UNDESCRIBED) == mark.profit / (mark.price - leg.price_open)
    assert stakes.worth(bare, replace(UNDESCRIBED, marks={})) is None


def test_worth_when_the_instrument_is_settled_in_the_accounts_money_then_exact() -> None:
    assert stakes.worth(leg_of(NASDAQ), desk()) == Decimal("0.20") * 10
    yen = desk().live_trades[0].open_legs[0]
    assert desk().specs[yen.symbol].currency_profit == "JPY"
    assert stakes.worth(yen, desk()) == stakes.worth(yen, UNDESCRIBED)


def test_result_at_a_price_when_a_part_was_taken_then_that_counts() -> None:
    trade = desk().trades[GOLD]
    assert trade.price_open is not None
    at_entry = stakes.result_at(trade, trade.price_open, desk())
    assert at_entry == trade.realised


@pytest.mark.parametrize(
    ("symbol", "pip"),
    [
        ("EURUSD", "0.0001"), ("EURUSD.m", "0.0001"), ("usdjpy", "0.01"), ("XAUUSDpro", "0.1"), ("XAGUSD", "0.01"),
        ("BTCUSD", None), ("US30", None), ("NAS100", None), ("", None),
    ],
)  # fmt: skip
def test_a_pip_when_the_market_agrees_on_it_then_known_else_not_guessed(symbol: str, pip: str | None) -> None:
    assert stakes.pip(symbol, UNDESCRIBED) == (Decimal(pip) if pip else None)


def test_a_pip_when_the_instrument_is_described_then_its_own() -> None:
    assert stakes.pip("NAS100", desk()) == desk().specs["NAS100"].pip


@pytest.mark.parametrize(
    ("volumes", "fraction", "said_volume"),
    [
        (("0.04", "0.02"), "0.5", "0.03 of 0.06 lots, 50 %, in 2 legs"),
        (("0.04", "0.01"), "0.5", "0.02 of 0.05 lots, 40 %, in 2 legs"),
        (("0.03", "0.03", "0.03"), "0.5", "0.04 of 0.09 lots, 44 %, in 3 legs"),
        (("0.11",), "0.59", "0.06 of 0.11 lots, 54 %, in 1 leg"),
        (("0.01",), "0.5", "0.01 lots in 1 leg"),
    ],
)
@pytest.mark.parametrize("state", [desk(), replace(desk(), specs={})], ids=["described", "not yet"])
def test_a_part_when_asked_for_then_in_the_lots_that_will_be_sent(
    state: DeskState, volumes: tuple[str, ...], fraction: str, said_volume: str
) -> None:
    """What the dialog says is what the manager asks for, leg by leg."""
    trade = state.trades[GOLD]
    like = trade.open_legs[0]
    legs = tuple(
        replace(like, id=LegId(f"{GOLD}.{number}"), number=number, volume=Decimal(volume))
        for number, volume in enumerate(volumes, 1)
    )
    marks = {leg.id: replace(state.marks[like.id], leg=leg.id, profit=leg.volume * 1000) for leg in legs}
    trade = replace(trade, legs=legs)
    state = replace(state, trades={GOLD: trade}, marks=marks)
    answer = close(state, Selection(trade=GOLD), Decimal(fraction))
    assert isinstance(answer, Proposal)
    facts = said(answer)
    assert facts["volume"] == said_volume
    market = Market(desk().specs["XAUUSD"], desk().quotes["XAUUSD"])
    wish = manager.close(trade, market, Decimal(fraction), CloseReason.OWNER, "close")
    rest = {action.leg: action.volume for action in wish.actions}
    taken = sum((leg.volume - rest[leg.id] for leg in legs if leg.id in rest), Decimal(0))
    assert facts["result"].startswith(f"about +{taken * 1000:.2f}")
    assert ("all of it" in answer.warning) is (taken == trade.volume)


def test_a_proposal_when_asked_for_a_third_then_the_fraction_is_exact() -> None:
    third = Decimal(1) / 3
    answer = close(desk(), Selection(trade=GOLD), third)
    assert isinstance(answer, Proposal)
    assert answer.verb == "Close 33 %"
    assert approve(desk(), Selection(subject=HELD)) != answer
    assert sent(answer) == [c.CloseTrade(key="k", issued_at=7, signal=GOLD, fraction=third)]

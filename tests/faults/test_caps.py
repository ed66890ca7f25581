"""What is unknown counts as filled: in every cap, in the risk, and in "there is a trade on this symbol already" (R11, V8)."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.config import Rules
from signalos_tui.engine.deciding import open_trades
from signalos_tui.execute.paper.faults import Fault, LoseReply, LoseRequest, Refuse
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import DeskState
from signalos_tui.model.orders import AT_RISK, ENDED, LegState
from tests.engine.kit import CONFIG, PAPER, Bench, simulated
from tests.engine.test_netting import NETTING
from tests.execute.legs import SIGNAL, leg, trade

ONE = "BUY EURUSD NOW\nSL 1.0800\nTP 1.0900"
OTHER = "BUY GBPUSD NOW\nSL 1.2600\nTP 1.2900"


@given(st.lists(st.sampled_from(LegState), min_size=1, max_size=6))
def test_risk_when_legs_are_in_any_states_then_what_may_be_open_counts_in_full(states: list[LegState]) -> None:
    """Σ of open, unknown and sending; what has ended counts nothing."""
    legs = [leg(state, number) for number, state in enumerate(states, 1)]
    one = trade(*legs)
    assert frozenset(LegState) == AT_RISK | ENDED
    at_risk = [each for each in legs if each.state in AT_RISK]
    assert one.risk_left == sum((each.plan.risk for each in at_risk), Decimal(0))
    counted = open_trades(DeskState(trades={SIGNAL: one}))
    assert bool(counted) is bool(at_risk)
    assert sum((each.risk for each in counted), Decimal(0)) == one.risk_left


@pytest.mark.parametrize(
    "rules",
    [{"max_open_trades": 1}, {"max_open_per_symbol": 1}, {"max_open_risk": Decimal("0.8")}],
    ids=["trades", "symbol", "risk"],
)
@pytest.mark.parametrize("fault", [LoseRequest(), LoseReply(), Refuse(10012)])
def test_caps_when_legs_are_of_unknown_fate_then_they_count_as_filled(
    fault: Fault, rules: dict[str, object], tmp_path: Path
) -> None:
    """The second call would pass if the first were forgotten, and passes when the first is proven not to be there."""

    async def story() -> None:
        config = replace(CONFIG, rules=Rules(**({"max_daily_loss": Decimal(50), "max_open_per_symbol": 0} | rules)))  # type: ignore[arg-type]
        async with Bench(tmp_path, faults=[fault], config=config) as bench:
            bench.terminal.is_blind = False
            await bench.say(ONE, wait=0.5)
            again = ONE.replace("1.0900", "1.0930").replace("1.0800", "1.0790")
            await bench.say(again if "max_open_per_symbol" in rules else OTHER)
            assert bench.told(e.SignalDecided)[-1].decision.outcome is DecisionOutcome.DENIED
            await asyncio.sleep(330)
            await bench.say(again if "max_open_per_symbol" in rules else OTHER.replace("1.2900", "1.2950"))
            is_gone = bench.states[0] is LegState.UNFILLED
            outcome = bench.told(e.SignalDecided)[-1].decision.outcome
            assert (outcome is DecisionOutcome.ACCEPTED) is is_gone

    simulated(story)


@pytest.mark.parametrize("paper", [PAPER, NETTING], ids=["hedging", "netting"])
def test_symbol_when_its_trade_is_of_unknown_fate_then_a_netting_account_takes_no_other(
    paper: object, tmp_path: Path
) -> None:
    """It may be in the position already."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[LoseRequest()], paper=NETTING if paper is NETTING else PAPER) as bench:
            await bench.say(ONE)
            assert bench.states == [LegState.UNKNOWN]
            await bench.say("SELL EURUSD NOW\nSL 1.0920\nTP 1.0700")
            outcome = bench.told(e.SignalDecided)[-1].decision.outcome
            assert outcome is (DecisionOutcome.DENIED if paper is NETTING else DecisionOutcome.ACCEPTED)

    simulated(story)

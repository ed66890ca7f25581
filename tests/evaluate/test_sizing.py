from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.config import Risk
from signalos_tui.evaluate.draft import Draft, DraftLeg
from signalos_tui.evaluate.sizing import Sized, size
from signalos_tui.model.market import SymbolSpec
from signalos_tui.model.orders import Plan
from signalos_tui.model.signals import OrderKind, Reason, Side
from tests.evaluate.cases import ACCOUNT, GOLD, ONE_PERCENT, SIGNAL, D


def legs(count: int, stop: str | None = "2335") -> Draft:
    made = tuple(
        DraftLeg(n, OrderKind.MARKET, None, D(2345), D(stop) if stop else None, D(2345 + 10 * n))
        for n in range(1, count + 1)
    )
    return Draft("XAUUSD", Side.BUY, OrderKind.MARKET, made, notes=("drafted",))


def sized(count: int = 3, loss: str = "1000", margin: str = "2345", spec: SymbolSpec = GOLD, **risk: Any) -> Sized:
    """Gold with a stop ten dollars away: one lot loses 1 000."""
    return size(
        legs(count),
        [D(loss)] * count,
        [D(margin)] * count,
        ACCOUNT,
        spec,
        Risk(**{"value": D(1)} | risk),
        signal=SIGNAL,
    )


def planned(made: Sized) -> Plan:
    assert made.plan is not None, made.reasons
    assert made.reasons == ()
    return made.plan


def volumes(made: Sized) -> list[str]:
    return [str(leg.volume) for leg in planned(made).legs]


def refusal(made: Sized) -> Reason:
    assert made.plan is None
    return made.reasons[0]


def test_size_when_percent_of_equity_then_all_legs_together_risk_it() -> None:
    made = sized(2)
    assert volumes(made) == ["0.05", "0.05"]
    assert (made.risk, made.margin) == (D(100), D("234.50"))
    plan = planned(made)
    assert (plan.signal, plan.symbol, plan.side, plan.risk) == (SIGNAL, "XAUUSD", Side.BUY, D(100))
    assert [leg.risk for leg in plan.legs] == [D(50), D(50)]
    assert plan.notes == ("drafted",)


def test_size_when_steps_do_not_divide_then_the_near_legs_take_the_odd_ones() -> None:
    assert volumes(sized(3)) == ["0.04", "0.03", "0.03"]
    assert volumes(sized(4)) == ["0.03", "0.03", "0.02", "0.02"]


@pytest.mark.parametrize(
    ("risk", "expected"),
    [
        ({"mode": "balance", "value": D(2)}, D("0.4")),
        ({"mode": "equity", "value": D(2)}, D("0.2")),
        ({"mode": "money", "value": D(55)}, D("0.05")),
        ({"mode": "lots", "value": D("0.17")}, D("0.17")),
    ],
)
def test_size_when_mode_then_what_the_value_counts(risk: dict[str, Any], expected: Decimal) -> None:
    account = replace(ACCOUNT, balance=D(20_000))
    made = size(legs(1), [D(1000)], [D(1)], account, GOLD, Risk(**{"value": D(1)} | risk), signal=SIGNAL)
    assert planned(made).legs[0].volume == expected


def test_size_when_split_then_by_share_and_targets_without_a_share_left_out() -> None:
    assert volumes(sized(3, split=(D("0.5"), D("0.3"), D("0.2")))) == ["0.05", "0.03", "0.02"]
    assert volumes(sized(2, split=(D("0.5"), D("0.3"), D("0.2")))) == ["0.07", "0.03"]
    made = sized(4, split=(D("0.5"), D("0.5")))
    assert volumes(made) == ["0.05", "0.05"]
    assert planned(made).notes[-1] == "Enough for 2 of 4 targets: the near ones take the whole size"


def test_size_when_legs_would_be_too_small_then_fewer_legs_with_the_whole_volume() -> None:
    made = sized(4, loss="4000")
    assert volumes(made) == ["0.01", "0.01"]
    assert [leg.number for leg in planned(made).legs] == [1, 2]
    coarse = replace(GOLD, volume_min=D("0.05"))
    assert volumes(sized(4, spec=coarse)) == ["0.05", "0.05"]
    assert volumes(sized(1, loss="1001", spec=coarse)) == ["0.09"]


def test_size_when_even_one_leg_is_too_small_then_refused_with_the_sum() -> None:
    reason = refusal(sized(3, loss="25000"))
    assert reason.code == "too_small"
    assert reason.text == "1 % of 10 000.00 USD = 100.00 USD buys 0.004 lots, the smallest is 0.01"
    assert refusal(sized(1, mode="lots", value=D("0.004"))).text == "0.004 lots are asked for, the smallest is 0.01"
    assert refusal(sized(1, loss="25000", mode="money", value=D(100))).text.startswith("100.00 USD buys 0.004 lots")
    account = replace(ACCOUNT, balance=D(20_000))
    made = size(legs(1), [D(50_000)], [D(1)], account, GOLD, Risk(mode="balance", value=D(1)), signal=SIGNAL)
    assert refusal(made).text.startswith("1 % of 20 000.00 USD = 200.00 USD buys 0.004 lots")


def test_size_when_just_below_a_step_then_rounded_down_never_up() -> None:
    assert volumes(sized(1, loss="1000.01")) == ["0.09"]
    assert volumes(sized(1, loss="1000")) == ["0.10"]


def test_size_when_above_the_largest_order_then_capped_and_noted() -> None:
    small = replace(GOLD, volume_max=D("0.03"))
    made = sized(2, spec=small)
    assert volumes(made) == ["0.03", "0.03"]
    assert planned(made).notes[-1] == "A leg stands at the broker's largest order, 0.03 lots"
    assert planned(sized(2, loss="2500", spec=small)).notes == ("drafted",)
    assert volumes(sized(3, spec=small, mode="lots", value=D("0.09"))) == ["0.03", "0.03", "0.03"]
    assert volumes(sized(1, loss="5000", spec=replace(GOLD, volume_max=D("0.20")))) == ["0.02"]


def test_size_when_above_the_ceiling_then_refused_with_figures() -> None:
    made = sized(1, mode="lots", value=D(1))
    assert refusal(made) == Reason("risk_ceiling", "It would risk 1 000.00 USD = 10 % of equity, the ceiling is 5 %")
    assert made.risk == D(1000)
    assert planned(sized(1, mode="lots", value=D("0.5"))).risk == D(500)


def test_size_when_margin_is_short_then_refused_with_figures() -> None:
    made = sized(1, margin="200000")
    assert refusal(made) == Reason("margin", "It needs 20 000.00 USD of margin, 10 000.00 USD is free")
    assert made.margin == D(20_000)
    assert planned(sized(1, margin="100000")).risk == D(100)


@pytest.mark.parametrize("loss", ["0", "-1", "NaN", "Infinity", "-Infinity"])
def test_size_when_loss_is_no_loss_then_refused(loss: str) -> None:
    made = size(legs(2), [D(1000), D(loss)], [D(1)] * 2, ACCOUNT, GOLD, ONE_PERCENT, signal=SIGNAL)
    assert refusal(made).code == "loss_unknown"


@pytest.mark.parametrize("margin", ["-1", "NaN", "Infinity"])
def test_size_when_margin_is_no_margin_then_refused(margin: str) -> None:
    assert refusal(sized(1, margin=margin)).code == "margin_unknown"


def test_size_when_figures_are_missing_then_refused() -> None:
    made = size(legs(2), [D(1000)], [D(1)] * 2, ACCOUNT, GOLD, ONE_PERCENT, signal=SIGNAL)
    assert refusal(made).code == "loss_unknown"


@pytest.mark.parametrize(("field", "value"), [("equity", "0"), ("equity", "NaN"), ("balance", "-5")])
def test_size_when_the_account_has_nothing_then_refused(field: str, value: str) -> None:
    account = replace(ACCOUNT, **{field: D(value)})
    made = size(legs(1), [D(1000)], [D(1)], account, GOLD, ONE_PERCENT, signal=SIGNAL)
    assert refusal(made).code == "account_unusable"


def test_size_when_free_margin_is_no_number_then_refused() -> None:
    account = replace(ACCOUNT, margin_free=D("NaN"))
    made = size(legs(1), [D(1000)], [D(1)], account, GOLD, ONE_PERCENT, signal=SIGNAL)
    assert refusal(made).code == "margin"


@pytest.mark.parametrize("field", ["volume_min", "volume_step", "volume_max"])
def test_size_when_the_lots_are_unusable_then_refused(field: str) -> None:
    assert refusal(sized(1, spec=replace(GOLD, **{field: D(0)}))).code == "spec_unusable"


def test_size_when_a_leg_has_no_stop_or_there_is_no_leg_then_refused() -> None:
    made = size(legs(1, stop=None), [D(1000)], [D(1)], ACCOUNT, GOLD, ONE_PERCENT, signal=SIGNAL)
    assert refusal(made).code == "no_stop"
    empty = Draft("XAUUSD", None, OrderKind.MARKET, (), (Reason("no_side", "Which side?"),))
    assert refusal(size(empty, [], [], ACCOUNT, GOLD, ONE_PERCENT, signal=SIGNAL)).code == "no_side"
    nothing = Draft("XAUUSD", Side.BUY, OrderKind.LIMIT, ())
    assert refusal(size(nothing, [], [], ACCOUNT, GOLD, ONE_PERCENT, signal=SIGNAL)).code == "nothing_to_size"


LOSSES = st.decimals(D("0.01"), D(500_000), places=2)
STEPS = st.sampled_from([D("0.01"), D("0.001"), D("0.1"), D(1), D("0.05"), D("0.25")])
SHARES = st.lists(st.decimals(D("0.01"), D(1), places=2), max_size=5).map(tuple)
MODES: tuple[Literal["equity", "balance", "money", "lots"], ...] = ("equity", "balance", "money", "lots")


@settings(max_examples=400)
@given(
    losses=st.lists(LOSSES, min_size=1, max_size=6),
    step=STEPS,
    least=st.integers(1, 20),
    most=st.integers(1, 5000),
    equity=st.decimals(D(10), D(1_000_000), places=2),
    balance=st.decimals(D(10), D(1_000_000), places=2),
    mode=st.sampled_from(MODES),
    value=st.decimals(D("0.01"), D(20), places=2),
    ceiling=st.decimals(D("0.1"), D(100), places=1),
    split=SHARES,
)
def test_plan_for_any_figures_then_within_the_risk_and_on_the_step_grid(
    losses: list[Decimal],
    step: Decimal,
    least: int,
    most: int,
    equity: Decimal,
    balance: Decimal,
    mode: Literal["equity", "balance", "money", "lots"],
    value: Decimal,
    ceiling: Decimal,
    split: tuple[Decimal, ...],
) -> None:
    """Whatever the broker and the owner say: never more than the risk, never off the grid, never below the smallest lot."""
    spec = replace(GOLD, volume_step=step, volume_min=step * least, volume_max=step * (least + most))
    account = replace(ACCOUNT, equity=equity, balance=balance, margin_free=D(10) ** 15)
    risk = Risk(mode=mode, value=value, max_percent=ceiling, split=split)
    made = size(legs(len(losses)), losses, [D(1)] * len(losses), account, spec, risk, signal=SIGNAL)
    assert (made.plan is None) is bool(made.reasons)
    if made.plan is None:
        return
    lost = sum(leg.volume * losses[leg.number - 1] for leg in made.plan.legs)
    assert lost == made.plan.risk == sum(leg.risk for leg in made.plan.legs)
    allowed = {
        "equity": equity * value / 100,
        "balance": balance * value / 100,
        "money": value,
        "lots": Decimal("Infinity"),
    }
    assert lost <= allowed[mode]
    assert lost * 100 <= equity * ceiling
    total = sum(leg.volume for leg in made.plan.legs)
    assert mode != "lots" or total <= value
    for leg in made.plan.legs:
        assert leg.volume % step == 0
        assert spec.volume_min <= leg.volume <= spec.volume_max
        assert leg.stop is not None
    assert [leg.number for leg in made.plan.legs] == list(range(1, len(made.plan.legs) + 1))


@settings(max_examples=200)
@given(loss=LOSSES, count=st.integers(1, 6), value=st.decimals(D("0.1"), D(5), places=1))
def test_plan_when_legs_are_alike_then_no_step_is_given_away(loss: Decimal, count: int, value: Decimal) -> None:
    """More targets never make a trade smaller than one target would."""
    vast = replace(GOLD, volume_max=D(10) ** 6)
    many, one = (sized(n, loss=str(loss), margin="0", spec=vast, value=value) for n in (count, 1))
    assume(one.plan is not None)
    assert sum(leg.volume for leg in planned(many).legs) == planned(one).legs[0].volume


@given(loss=st.decimals(allow_nan=True, allow_infinity=True), margin=st.decimals(allow_nan=True, allow_infinity=True))
def test_size_when_the_terminal_says_anything_then_a_plan_within_the_risk_or_a_reason(
    loss: Decimal, margin: Decimal
) -> None:
    made = size(legs(2), [loss] * 2, [margin] * 2, ACCOUNT, GOLD, ONE_PERCENT, signal=SIGNAL)
    assert made.reasons if made.plan is None else made.plan.risk <= 100

from __future__ import annotations

import pytest
from msgspec.structs import replace

from signalos_tui.evaluate.binding import Binding, bind
from signalos_tui.evaluate.case import OpenTrade
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.ids import ChannelId, SignalId
from signalos_tui.model.signals import Side, Update, UpdateAction
from tests.evaluate.cases import CHANNEL, D

ACCEPTED, HELD, DENIED = DecisionOutcome.ACCEPTED, DecisionOutcome.HELD, DecisionOutcome.DENIED
OTHER = ChannelId("tg:-999")


def trade(number: int, symbol: str = "XAUUSD.m", side: Side = Side.BUY, channel: ChannelId = CHANNEL) -> OpenTrade:
    return OpenTrade(SignalId(f"{channel}/{number}#1"), channel, symbol, side, D(100))


def update(
    action: UpdateAction = UpdateAction.CLOSE,
    symbol: str | None = None,
    side: Side | None = None,
    everything: bool = False,
) -> Update:
    return Update(1, action, symbol=symbol, side=side, everything=everything)


GOLD, GOLD_SHORT, EURO = trade(1), trade(2, side=Side.SELL), trade(3, "EURUSD.m")
FOREIGN = trade(9, channel=OTHER)
OPEN = (GOLD, GOLD_SHORT, EURO, FOREIGN)


def bound(asked: Update, replies: tuple[OpenTrade, ...] = (), trades: tuple[OpenTrade, ...] = OPEN) -> Binding:
    return bind(asked, [t.signal for t in replies], trades, CHANNEL)


def code(binding: Binding) -> str:
    return binding.reasons[0].code


def test_answer_then_bound_to_its_signal() -> None:
    assert bound(update(), (GOLD,)) == Binding((GOLD.signal,), (), ACCEPTED)
    assert bound(update(symbol="GOLD"), (GOLD,)) == Binding((GOLD.signal,), (), ACCEPTED)


def test_answer_when_its_trade_is_closed_then_denied_even_if_another_would_fit() -> None:
    binding = bound(update(), (trade(77),), (GOLD,))
    assert (binding.signals, binding.outcome, code(binding)) == ((), DENIED, "not_open")


def test_answer_when_nobody_knows_what_it_answers_then_held_with_what_it_may_mean() -> None:
    """Also where it names the only trade that fits, and where it says all; with nothing open there is nothing to ask."""
    for asked in (update(), update(symbol="EURUSD"), update(everything=True)):
        binding = bind(asked, (), (EURO,), CHANNEL, is_answer_known=False)
        assert (binding.signals, binding.outcome, code(binding)) == ((EURO.signal,), HELD, "answers_unknown")
    binding = bind(update(), (), (FOREIGN,), CHANNEL, is_answer_known=False)
    assert (binding.signals, binding.outcome, code(binding)) == ((), DENIED, "nothing_open")


def test_answer_when_it_names_another_instrument_then_held_and_reaches_nothing() -> None:
    binding = bound(update(symbol="BTCUSD"), (GOLD,))
    assert (binding.signals, binding.outcome, code(binding)) == ((), HELD, "contradiction")


def test_answer_when_the_post_had_two_signals_then_narrowed_by_what_it_names_or_held() -> None:
    first, second = trade(8), replace(trade(8, "EURUSD.m"), signal=SignalId(f"{CHANNEL}/8#2"))
    post = (first, second)
    assert bound(update(symbol="EURUSD"), post, post).signals == (second.signal,)
    both = bound(update(), post, post)
    assert (both.signals, both.outcome, code(both)) == ((first.signal, second.signal), HELD, "ambiguous")


def test_answer_in_a_chain_then_the_nearest_post_counts() -> None:
    assert bound(update(), (EURO, GOLD)) == Binding((EURO.signal,), (), ACCEPTED)
    assert bound(update(), (GOLD, EURO)) == Binding((GOLD.signal,), (), ACCEPTED)


def test_answer_in_a_chain_when_only_a_trade_further_up_is_open_then_held() -> None:
    """A post that was denied answers an open trade: what answers that post may mean either."""
    binding = bound(update(), (trade(77), GOLD))
    assert (binding.signals, binding.outcome, code(binding)) == ((GOLD.signal,), HELD, "not_open")
    assert bound(update(symbol="EURUSD"), (trade(77), GOLD)).outcome is DENIED


def test_reopen_when_it_answers_a_closed_trade_then_held_with_that_signal() -> None:
    closed = trade(77)
    binding = bound(update(UpdateAction.REOPEN), (closed, GOLD))
    assert (binding.signals, binding.outcome, code(binding)) == ((closed.signal,), HELD, "opens_again")


def test_answer_when_to_another_channels_signal_then_never_reached() -> None:
    assert bound(update(), (FOREIGN,)).outcome is DENIED


def test_no_answer_when_exactly_one_fits_then_bound() -> None:
    assert bound(update(), (), (GOLD, FOREIGN)).signals == (GOLD.signal,)
    assert bound(update(symbol="XAUUSD", side=Side.SELL)).signals == (GOLD_SHORT.signal,)
    assert bound(update(symbol="eurusd")).signals == (EURO.signal,)
    assert bound(update(side=Side.SELL)).outcome is ACCEPTED


def test_no_answer_when_several_fit_then_held_with_what_it_may_mean() -> None:
    binding = bound(update(symbol="XAUUSD"))
    assert (binding.signals, binding.outcome) == ((GOLD.signal, GOLD_SHORT.signal), HELD)
    assert binding.reasons[0].text == (
        "2 open trades fit: buy XAUUSD.m (#1), sell XAUUSD.m (#2). Act on the one that is meant"
    )


def test_no_answer_when_nothing_fits_then_denied() -> None:
    binding = bound(update(symbol="GBPUSD", side=Side.BUY))
    assert (binding.signals, binding.outcome, code(binding)) == ((), DENIED, "nothing_open")
    assert "(buy GBPUSD)" in binding.reasons[0].text


def test_everything_then_all_of_this_channel_and_only_of_this() -> None:
    binding = bound(update(everything=True))
    assert binding == Binding((GOLD.signal, GOLD_SHORT.signal, EURO.signal), (), ACCEPTED)
    assert bound(update(everything=True, symbol="XAUUSD")).signals == (GOLD.signal, GOLD_SHORT.signal)
    assert bound(update(everything=True), (), (FOREIGN,)).outcome is DENIED


def test_info_then_never_a_command() -> None:
    for asked in (update(UpdateAction.INFO), update(UpdateAction.INFO, everything=True)):
        binding = bound(asked, (GOLD,))
        assert (binding.signals, binding.outcome, code(binding)) == ((), DENIED, "info")


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (UpdateAction.CONDITIONAL, "conditional"),
        (UpdateAction.REOPEN, "opens_again"),
        (UpdateAction.ADD, "opens_again"),
    ],
)
def test_update_when_it_leaves_a_choice_or_opens_again_then_held(action: UpdateAction, expected: str) -> None:
    binding = bound(update(action), (GOLD,))
    assert (binding.signals, binding.outcome, code(binding)) == ((GOLD.signal,), HELD, expected)


def test_own_alias_then_names_the_trade() -> None:
    asked = update(symbol="GOLDMINI")
    minis = (trade(5, "XAUUSD.mini"), EURO)
    assert bind(asked, (), minis, CHANNEL).outcome is DENIED
    assert bind(asked, (), minis, CHANNEL, {"goldmini": "XAUUSD.mini"}).signals == (minis[0].signal,)


def test_all_when_said_in_an_answer_then_only_what_it_answers() -> None:
    """ "Close all" under a call is about that call, not about the whole channel."""
    assert bound(update(everything=True), (GOLD,)).signals == (GOLD.signal,)
    assert bound(update(everything=True)).signals == (GOLD.signal, GOLD_SHORT.signal, EURO.signal)

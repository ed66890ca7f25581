from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from signalos_tui.model.desk import DeskState, SignalView, Trade
from signalos_tui.model.ids import ChannelId, SignalId, UpdateId
from signalos_tui.model.messages import Health
from signalos_tui.model.orders import LegState
from signalos_tui.model.signals import Distance, Number, Open, Span, Unit
from signalos_tui.state import fold_all
from signalos_tui.ui.phrases import entry, levels, opened_at, signal_said, stop_of, trade_said, update_said
from signalos_tui.ui.widgets.cells import Row
from signalos_tui.ui.widgets.channels_pane import ChannelsPane
from signalos_tui.ui.widgets.records_pane import RecordsPane
from signalos_tui.ui.widgets.signals_pane import SignalsPane
from signalos_tui.ui.widgets.trades_pane import TradesPane
from tests.scenarios import load
from tests.scenarios.build import ARABIC, CRYPTO, FX, GOLD, INDEX, RUSSIAN

HERE = Span(0, 1)
XAU = SignalId(f"{GOLD}/2041#1")


@pytest.fixture(scope="module")
def state() -> DeskState:
    return fold_all(load("desk"))


def texts(row: Row) -> list[str]:
    return ["".join(run.text for run in cell) for cell in row]


def tones(row: Row) -> list[str]:
    return [cell[0].tone if cell else "" for cell in row]


def signals(state: DeskState) -> SignalsPane:
    pane = SignalsPane("signals")
    pane.state, pane.now = state, state.at
    return pane


def trades(state: DeskState) -> TradesPane:
    pane = TradesPane("trades")
    pane.state, pane.now = state, state.at
    return pane


# --- signals ------------------------------------------------------------------------------------------------------


def test_signals_stand_newest_first_with_updates_between_them(state: DeskState) -> None:
    keys = list(signals(state).rows(state))
    assert keys[:4] == [f"{FX}/3319~1", f"{GOLD}/2043~1", f"{INDEX}/1206#1", f"{FX}/3318#1"]


OUTCOMES = {
    f"{FX}/3318#1": ("×", "denied: spread 3.1 > 3 pips", "denied"),
    f"{CRYPTO}/641#1": ("?", "held: SL missing", "held"),
    f"{CRYPTO}/640#1": ("–", "rejected", "muted"),
    f"{INDEX}/1203#1": ("○", "waiting, 1 order", "accent"),
    f"{GOLD}/2041#1": ("✓", "filled 3, 1 closed", "strong"),
    f"{GOLD}/2037#1": ("●", "closed +84.70 +0.9R", "profit"),
    f"{FX}/3310#1": ("●", "closed -99.90 -1.0R", "loss"),
}


@pytest.mark.parametrize("signal", OUTCOMES)
def test_every_outcome_has_a_sign_words_and_a_tone(state: DeskState, signal: str) -> None:
    assert signal_said(state.signals[SignalId(signal)], state) == OUTCOMES[signal]


def test_a_lost_answer_is_told_before_anything_else(state: DeskState) -> None:
    trade = state.trades[XAU]
    legs = (trade.legs[0], trade.legs[1], replace(trade.legs[2], state=LegState.UNKNOWN))
    said = trade_said(replace(trade, legs=legs))
    assert said == ("‼", "1 of 3 legs unproven, being looked for", "halted")


def test_a_signal_nobody_has_decided_yet_says_so(state: DeskState) -> None:
    view = replace(state.signals[XAU], decision=None)
    assert signal_said(view, state).text == "being decided"


def test_an_update_says_what_it_asks_for_and_what_became_of_it(state: DeskState) -> None:
    row = state.updates[UpdateId(f"{GOLD}/2043~1")]
    assert texts(signals(state).cells(row))[2:7] == ["UPD", "XAUUSD", "close 50 %", "–", "–"]
    assert update_said(row, state).text == "done for 1 trade"


def test_a_missing_stop_and_a_weak_reading_are_marked_as_waiting_for_the_owner(state: DeskState) -> None:
    row = signals(state).cells(state.signals[SignalId(f"{CRYPTO}/641#1")])
    assert texts(row)[5] == "–"
    assert tones(row)[5] == "held"
    assert tones(row)[7] == "held"


def test_yesterdays_signals_show_their_date(state: DeskState) -> None:
    old = next(view for view in state.signals.values() if view.at < state.at - 86_400_000)
    assert texts(signals(state).cells(old))[0].startswith(("01-", "12-"))


def test_levels_in_every_unit_are_shortened_only_as_a_whole() -> None:
    number, pips = Number(Decimal(2350), HERE), Distance(Decimal(50), Unit.PIPS, HERE)
    assert levels((number, pips, Open(HERE)), 30) == "2350 50 pips open"
    assert levels((number, pips, Open(HERE)), 8) == "2350 +2"
    assert levels((), 8) == "–"


def test_entries_are_read_as_the_signal_means_them(state: DeskState) -> None:
    assert entry(state.signals[XAU].signal) == "2340-2345"
    assert entry(state.signals[SignalId(f"{INDEX}/1203#1")].signal) == "limit 42480"
    assert entry(state.signals[SignalId(f"{CRYPTO}/641#1")].signal) == "market"


# --- trades -------------------------------------------------------------------------------------------------------


def test_a_trade_shows_price_stop_result_and_age(state: DeskState) -> None:
    row = texts(trades(state).cells(state.trades[XAU]))
    assert row[:6] == ["XAUUSD", "BUY", "0.06", "2343.10", "2353.97", "2343.10 be"]
    assert row[7:] == ["+115.01", "+1.2R", "18m"]


def test_an_order_that_waits_has_no_result(state: DeskState) -> None:
    row = texts(trades(state).cells(state.trades[SignalId(f"{INDEX}/1203#1")]))
    assert row[:4] == ["US30", "SELL", "0.12", "42480.0"]
    assert row[7:9] == ["waiting", "–"]


def test_a_trade_without_a_stop_says_none(state: DeskState) -> None:
    trade = state.trades[XAU]
    bare = replace(trade, legs=tuple(replace(leg, stop=None, plan=replace(leg.plan, stop=None)) for leg in trade.legs))
    assert stop_of(bare) == (None, False)
    assert texts(trades(state).cells(bare))[5] == "none"


def test_of_several_stops_the_farthest_is_shown(state: DeskState) -> None:
    trade = state.trades[SignalId(f"{FX}/3314#1")]
    first, second = trade.legs
    assert stop_of(replace(trade, legs=(first, replace(second, stop=Decimal("1.0950"))))) == (Decimal("1.0950"), False)


def test_an_average_is_as_fine_as_the_prices_it_is_made_of(state: DeskState) -> None:
    trade = state.trades[XAU]
    first, second, third = (
        replace(leg, price_open=Decimal(price), opened=Decimal("0.04"), stop=Decimal(price))
        for leg, price in zip(trade.legs, ("3413.28", "3413.29", "3413.29"), strict=True)
    )
    filled = replace(trade, legs=(first, second, third))
    assert filled.price_open is not None
    assert len(str(filled.price_open)) > 20
    assert opened_at(filled) == Decimal("3413.29")
    assert opened_at(replace(trade, legs=())) is None


def test_every_leg_at_its_own_opening_price_is_break_even(state: DeskState) -> None:
    """Legs are filled at prices of their own, so the farthest stop may lie behind the average."""
    first, second = state.trades[XAU].open_legs
    legs = tuple(
        replace(leg, price_open=Decimal(price), stop=Decimal(price))
        for leg, price in ((first, "2343.10"), (second, "2343.20"))
    )
    assert stop_of(replace(state.trades[XAU], legs=legs)) == (Decimal("2343.10"), True)
    worse = replace(legs[1], stop=Decimal("2343.15"))
    assert stop_of(replace(state.trades[XAU], legs=(legs[0], worse))) == (Decimal("2343.10"), False)


def test_trades_can_be_ranked_by_what_they_bring(state: DeskState) -> None:
    pane = trades(state)
    ranked = sorted(state.live_trades, key=lambda trade: pane.rank(trade, "result"))
    assert ranked[0].symbol == "EURUSD"


def test_a_result_is_unknown_while_there_is_no_mark(state: DeskState) -> None:
    pane = trades(replace(state, marks={}))
    row = texts(pane.cells(state.trades[XAU]))
    assert row[7:9] == ["–", "–"]


# --- channels -----------------------------------------------------------------------------------------------------


def test_a_channel_shows_its_result_or_what_is_wrong(state: DeskState) -> None:
    pane = ChannelsPane("channels")
    pane.state = state
    row = {cid: texts(pane.cells(view)) for cid, view in state.channels.items()}
    assert row[GOLD][:4] == ["ok", "Gold VIP", "paper", "+9.4R"]
    assert row[CRYPTO][:4] == ["!!", "Crypto K", "paper", "blind"]
    assert row[ARABIC][3] == "paused"
    stopped = replace(state.channels[RUSSIAN], health=Health.STOPPED)
    assert texts(pane.cells(stopped))[0::3][:2] == ["xx", "stopped"]
    begun = replace(state.channels[RUSSIAN], health=Health.CONNECTING, detail="Telegram has not answered yet")
    assert texts(pane.cells(begun))[0::3][:2] == ["··", "unknown"]


def test_a_channels_record_counts_what_became_of_its_signals(state: DeskState) -> None:
    pane = RecordsPane("records")
    pane.state, pane.now = state, state.at
    row = texts(pane.cells(state.channels[FX]))
    assert row[:12] == ["ok", "FX Pros", "trading", "paper", "12", "11", "10", "0", "1", "44 %", "-0.2R", "-1.4R"]
    never = texts(pane.cells(state.channels[ARABIC]))
    assert never[9:12] == ["–", "–", "–"]


@pytest.mark.parametrize("column", RecordsPane.SORTS)
def test_every_order_of_the_records_ranks_every_channel(state: DeskState, column: str) -> None:
    pane = RecordsPane("records")
    assert len(sorted(state.channels.values(), key=lambda view: pane.rank(view, column))) == 7


def test_hostile_titles_are_found_by_their_words(state: DeskState) -> None:
    view = state.channels[GOLD]
    hostile = replace(view, channel=replace(view.channel, title="[b]Gold\x1b[31m"))
    state = replace(state, channels={**state.channels, ChannelId(GOLD): hostile})
    row: SignalView | Trade = state.signals[XAU]
    assert isinstance(row, SignalView)
    assert "[b]Gold" in signals(state).words(row)


@pytest.mark.parametrize(
    ("prices", "text"),
    [
        (("3413.05", "3418.50"), "3413.05-18.50"),
        (("4150.6", "4152.4"), "4150.6-4152.4"),
        (("1.338465", "1.339005"), "1.338465-9005"),
        (("99998.5", "100001.5"), "99998.5-100001.5"),
        (("93600.25", "93700.75"), "93600.25-700.75"),
    ],
)
def test_an_entry_zone_that_is_too_long_says_what_both_prices_share_once(prices: tuple[str, str], text: str) -> None:
    like = fold_all(load("desk")).signals[SignalId(f"{GOLD}/2041#1")].signal
    number = like.entry[0]
    zone = replace(like, entry=tuple(replace(number, value=Decimal(value)) for value in prices), order=None)
    assert entry(zone, 13) == text
    assert entry(zone) == "-".join(prices)

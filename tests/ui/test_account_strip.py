from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace
from textual.content import Content

from signalos_tui.config import Config, Terminal
from signalos_tui.model.account import Money, TradingState
from signalos_tui.model.desk import DeskState
from signalos_tui.model.messages import Health
from signalos_tui.model.reach import Reach
from signalos_tui.state import fold_all
from signalos_tui.ui.screens.base import MODES
from signalos_tui.ui.screens.stop import UNSEEN, at_work, at_work_everywhere
from signalos_tui.ui.widgets.account_strip import AccountStrip, Part, joined
from tests.scenarios import load
from tests.ui.telegrams import MAIN


def shown(state: DeskState, later_ms: int = 400, width: int = 160) -> str:
    """The two lines as text."""
    strip = AccountStrip(Config(), MODES, "desk")
    strip.state = state
    strip.now = (state.account.at if state.account else state.at) + later_ms
    return strip.composed(width).plain


@pytest.fixture(scope="module")
def state() -> DeskState:
    return fold_all(load("desk"))


def test_the_strip_says_account_state_equity_day_risk_limit_and_health(state: DeskState) -> None:
    text = shown(state)
    for words in (
        "Paper-Demo/70014",
        "ACTIVE",
        "10 462.18 USD",
        "+1.7 %",
        "2.8 of 6 %",
        "514.45",
        "1 242 %",
        "terminal ok",
    ):
        assert words in text
    assert "channels 6 of 7 !!" in text


def test_channels_when_nobody_has_answered_yet_then_they_are_not_called_ok(state: DeskState) -> None:
    views = {name: replace(view, health=Health.CONNECTING) for name, view in state.channels.items()}
    assert "channels connecting" in shown(replace(state, channels=views))


def test_when_halted_then_the_state_and_its_reason_stay_at_every_width(state: DeskState) -> None:
    halted = replace(state, trading=TradingState.HALTED, trading_reason="the day's loss limit")
    assert "the day's loss limit" in shown(halted)
    assert "HALTED" in shown(halted, width=40)


def test_an_engine_that_recovers_or_stopped_says_so(state: DeskState) -> None:
    assert "RECOVERING" in shown(replace(state, is_armed=False))
    assert "NOT RUNNING" in shown(replace(state, is_running=False))


def test_a_silent_terminal_is_told_with_its_seconds(state: DeskState) -> None:
    assert "terminal silent 31 s" in shown(state, later_ms=31_000)


def test_without_an_account_nothing_is_made_up(state: DeskState) -> None:
    text = shown(replace(state, account=None))
    assert "terminal: no account" in text
    assert "equity" not in text


def test_a_day_that_lost_its_limit_says_used_up(state: DeskState) -> None:
    text = shown(replace(state, day_equity=Decimal(12000)))
    assert "used up" in text


def test_a_terminal_that_forbids_trading_is_told(state: DeskState) -> None:
    assert state.account is not None
    forbidden = replace(state, account=replace(state.account, trade_allowed=False))
    assert "trading not allowed" in shown(forbidden)


def test_parts_go_by_their_rank_and_never_in_the_middle() -> None:
    left = [Part(Content("important")), Part(Content("less"), 2), Part(Content("least"), 3)]
    right = [Part(Content("clock"))]
    assert joined(left, right, 40).plain == "important  less  least             clock"
    assert joined(left, right, 25).plain == "important  less     clock"
    assert joined(left, right, 19).plain == "important     clock"
    assert joined(left, right, 3).plain == "important clock"


def test_a_part_that_became_short_is_long_again_where_another_left_the_room() -> None:
    name = Part(Content("Broker/70014"), 3, Part(Content("70014")))
    tabs = Part(Content("1 Desk 2 Log 3 Channels"), 2, Part(Content("1 2 3"), 1))
    shown = {width: joined([name, tabs], [], width).plain.strip() for width in (37, 36, 29, 19, 12, 11)}
    assert shown == {
        37: "Broker/70014  1 Desk 2 Log 3 Channels",
        36: "70014  1 Desk 2 Log 3 Channels",
        29: "Broker/70014  1 2 3",
        19: "Broker/70014  1 2 3",
        12: "70014  1 2 3",
        11: "70014",
    }


@pytest.mark.parametrize("width", [80, 100, 118, 120, 132, 160])
def test_parts_do_not_come_and_go_with_a_sign_or_a_digit(state: DeskState, width: int) -> None:
    account = state.account
    assert account is not None
    assert state.day_equity is not None
    kept = set()
    for equity in ("9999.99", "10000.00", "10001.00"):
        moved = replace(state, day_equity=Decimal(10_000), account=replace(account, equity=Decimal(equity)))
        kept.add(
            tuple(word for word in ("margin", "free", "loss left", "risk open") if word in shown(moved, width=width))
        )
    assert len(kept) == 1


def test_the_margin_stands_where_the_desk_has_its_four_panes(state: DeskState) -> None:
    assert "margin 1 242 %" in shown(state, width=118)


@pytest.mark.parametrize("money", list(Money))
def test_an_account_of_a_terminal_elsewhere_names_its_money_at_120_columns(state: DeskState, money: Money) -> None:
    assert state.account is not None
    config = Config(terminal=Terminal(kind="mt5"))
    for name in ("", "main"):
        strip = AccountStrip(config, MODES, "desk")
        strip.account = name
        kind = {"is_paper": money is Money.PAPER, "is_demo": money is not Money.REAL}
        strip.state = replace(state, account=replace(state.account, **kind))
        strip.now = state.account.at
        assert money.upper() in strip.composed(120).plain.split()


def test_a_start_with_an_old_journal_is_not_called_silent(state: DeskState) -> None:
    assert state.account is not None
    later = state.account.at + 109_000
    assert "silent" not in shown(replace(state, started_at=later), later_ms=109_400)
    opened = replace(state, reach=Reach("ok", "connected", since=later))
    assert "silent" not in shown(opened, later_ms=109_400)


def test_a_stop_on_an_account_that_was_never_reached_claims_no_figures() -> None:
    never = DeskState()
    assert [fact.text for fact in at_work(never)] == [UNSEEN, "unknown"]
    assert [fact.text for fact in at_work_everywhere({"main": never})] == [UNSEEN]


def test_a_part_that_became_nothing_is_back_where_a_larger_one_left_the_room() -> None:
    numbers = Part(Content("1 2 3"), 2, Part(Content()))
    reason = Part(Content("the reason why"), 1, Part(Content()))
    assert joined([numbers, reason], [], 21).plain.rstrip() == "1 2 3  the reason why"
    assert joined([numbers, reason], [], 20).plain.rstrip() == "the reason why"
    assert joined([numbers, reason], [], 13).plain.rstrip() == "1 2 3"


def test_which_account_it_is_and_what_money_stays_at_every_width(state: DeskState) -> None:
    assert "PAPER  70014" in shown(state, width=48)
    assert "PAPER  Paper-Demo/70014" in shown(state), "the same words wherever the paper terminal stands"
    assert "no account" not in shown(replace(state, account=None, account_name=""), width=40)
    assert state.account is not None
    real = replace(state, account=replace(state.account, is_demo=False, is_paper=False))
    assert "REAL  70014" in strip_of(real, Config(terminal=Terminal(kind="mt5"))).composed(48).plain


def strip_of(state: DeskState, config: Config, mode: str = "desk") -> AccountStrip:
    """The header of a screen."""
    assert state.account is not None
    strip = AccountStrip(config, MODES, mode)
    strip.state, strip.now = state, state.account.at + 400
    return strip


SCREENS = "1 Desk 2 Log 3 Channels 4 Rules 5 Reading"
NUMBERS = "1 Desk 2 3 4 5"


def test_the_screens_stay_in_the_header_of_a_terminal_of_120_columns(state: DeskState) -> None:
    """The demo, a gateway, an alarm of a channel, a longer name; while halted their numbers."""
    named = replace(state, account_name="SignalOS-Paper/1000001")
    long = replace(state, account_name="Another-Brokers-Demo/123456789")
    halted = replace(named, trading=TradingState.HALTED, trading_reason="the day's loss limit is reached")
    for config in (Config(), Config(terminal=Terminal(kind="mt5"))):
        for one in (named, long):
            assert SCREENS in strip_of(one, config).composed(118).plain
        text = strip_of(halted, config).composed(118).plain
        assert NUMBERS in text
        assert "HALTED   the day's loss limit" in text
    assert "1 2 Log 3 4 5" in strip_of(halted, Config(), "log").composed(118).plain


def test_the_numbers_of_the_screens_stay_in_80_columns_where_all_is_well(state: DeskState) -> None:
    seen = {key: replace(view, health=Health.OK) for key, view in state.channels.items()}
    assert NUMBERS in strip_of(replace(state, channels=seen), Config()).composed(78).plain


def test_telegram_is_among_the_screens_where_it_is_read(state: DeskState) -> None:
    strip = strip_of(state, Config())
    assert "Telegram" not in strip.composed(160).plain
    strip.logins = (MAIN,)
    assert f"{SCREENS} f Telegram" in strip.composed(120).plain
    assert NUMBERS in strip.composed(85).plain
    assert "f Telegram" not in strip.composed(85).plain
    there = strip_of(state, Config(), "telegram")
    there.logins = (MAIN,)
    assert "1 2 3 4 5 f Telegram" in there.composed(95).plain

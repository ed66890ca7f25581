from __future__ import annotations

import pytest

from signalos_tui.config import Config, Console
from signalos_tui.model.ids import SignalId
from signalos_tui.ui.screens.channels import ChannelsScreen
from signalos_tui.ui.screens.confirm import ConfirmScreen
from signalos_tui.ui.screens.help import HelpScreen
from signalos_tui.ui.screens.log import LogScreen
from signalos_tui.ui.screens.rules import RulesScreen
from signalos_tui.ui.screens.trace import TraceScreen
from signalos_tui.ui.widgets.channels_pane import state_of
from tests.scenarios import dump, load
from tests.scenarios.build import GOLD, build
from tests.ui.console import console

XAU = SignalId(f"{GOLD}/2041#1")


def test_the_scenario_is_what_its_script_builds() -> None:
    assert build() == load("desk")
    assert dump.__doc__


async def test_the_first_frame_shows_all_four_panes_with_their_rows() -> None:
    async with console() as desk:
        text = desk.text()
        for words in (
            "Channels 7",
            "Signals 51",
            "Trades 5",
            "Log 2",
            "Gold VIP",
            "held: SL missing",
            "GBPJPY",
            "STOP",
        ):
            assert words in text
        assert "2 held" in text


async def test_an_empty_desk_says_what_will_stand_there() -> None:
    async with console(None) as desk:
        text = desk.text()
        for words in ("No channels yet", "No signals yet", "No open trades", "Nothing has happened yet", "NOT RUNNING"):
            assert words in text


async def test_tab_goes_through_the_panes_and_back() -> None:
    async with console() as desk:
        seen = [desk.screen.focused_pane]
        for _ in range(4):
            await desk.press("tab")
            seen.append(desk.screen.focused_pane)
        screen = desk.screen
        assert seen == [screen.signals, screen.trades, screen.log_pane, screen.channels, screen.signals]
        await desk.press("shift+tab")
        assert screen.focused_pane is screen.channels


async def test_in_a_narrow_terminal_tab_brings_each_pane_into_view() -> None:
    async with console(size=(80, 24)) as desk:
        screen = desk.screen
        assert "Channels" not in desk.text()
        assert "Trades 5" in desk.text()
        await desk.press("tab", "tab")
        assert screen.log_pane.grid.has_focus
        assert "Log 2" in desk.text()
        assert "Trades" not in desk.text()
        await desk.press("tab")
        assert "Channels 7" in desk.text()
        await desk.press("tab")
        assert "Trades 5" in desk.text()


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 40), (250, 70)])
async def test_no_line_is_wider_than_the_terminal_and_every_pane_is_closed(size: tuple[int, int]) -> None:
    async with console(size=size) as desk:
        lines = desk.text().splitlines()
        assert len(lines) == size[1]
        assert sum(line.count("╭") for line in lines) == sum(line.count("╰") for line in lines) >= 2
        assert "STOP" in lines[-1]
        assert "Help" in lines[-1]


async def test_a_terminal_of_one_cell_breaks_nothing() -> None:
    async with console(size=(1, 1)) as desk:
        await desk.press("tab", "down", "2", "3", "4", "1")
        await desk.pilot.resize_terminal(120, 40)
        await desk.settle()
        assert "Signals 51" in desk.text()


async def test_a_filter_shows_only_rows_with_all_its_words() -> None:
    async with console() as desk:
        await desk.press("slash", *"gold xau", "enter")
        assert desk.screen.signals.filter == "gold xau"
        assert desk.screen.signals.grid.has_focus
        shown = desk.screen.signals.grid.row_count
        assert 0 < shown < 51
        assert f"/gold xau  {shown} of 51" in desk.text()
        await desk.press("slash", "escape")
        assert desk.screen.signals.grid.row_count == 51


async def test_a_filter_that_finds_nothing_says_so_and_how_to_get_back() -> None:
    async with console() as desk:
        await desk.press("slash", *"zzz")
        assert "Nothing matches “zzz”" in desk.text()


@pytest.mark.parametrize("tabs", [1, 2], ids=["trades", "log"])
async def test_esc_in_a_table_that_is_filtered_to_nothing_shows_everything_again(tabs: int) -> None:
    async with console() as desk:
        await desk.press(*["tab"] * tabs)
        pane = desk.screen.focused_pane
        assert pane is not None
        rows = pane.grid.row_count
        await desk.press("slash", *"zzz", "enter")
        assert pane.grid.row_count == 0
        assert "Close" not in desk.text().splitlines()[-1]
        await desk.press("escape")
        assert pane.grid.row_count == rows > 0
        assert not pane.filter


async def test_the_footer_offers_no_key_that_nothing_in_the_log_could_answer() -> None:
    async with console() as desk:
        await desk.press("tab")
        assert "Close" in desk.text().splitlines()[-1]
        await desk.press("tab")
        keys = desk.text().splitlines()[-1]
        assert not any(word in keys for word in ("Close", "Half", "Approve", "Pause", "Trace"))
        assert all(word in keys for word in ("STOP", "Filter", "Help"))


async def test_a_run_without_telegram_offers_none_of_its_keys() -> None:
    async with console() as desk:
        await desk.press("f")
        keys = desk.text().splitlines()[-1]
        assert not any(word in keys for word in ("Follow", "Import", "Log in", "Devices", "Log out", "Look again"))
        assert "STOP" in keys


async def test_a_channel_without_rules_of_its_own_says_under_which_id_to_set_them() -> None:
    async with console() as desk:
        await desk.press("3", "home")
        for _ in range(7):
            if "its own rules  none" in desk.text():
                break
            await desk.press("down")
        assert 'none; set them under [channels."tg:-100' in desk.text()


async def test_keys_typed_into_a_filter_act_on_nothing() -> None:
    async with console() as desk:
        await desk.press("tab", "slash", *"chx", "enter")
        assert desk.submitted == []
        assert desk.screen.trades.filter == "chx"


async def test_s_goes_through_the_orders_of_a_pane_and_back_to_the_natural_one() -> None:
    async with console() as desk:
        await desk.press("tab")
        natural = desk.screen.trades.grid.cursor_key
        await desk.press("s", "s")
        assert "result▼" in desk.text()
        assert "by result" in desk.text()
        await desk.press("home")
        assert desk.screen.trades.selected is not None
        assert desk.screen.trades.selected.symbol in ("XAUUSD", "GBPJPY")
        most = desk.screen.trades.selected
        await desk.press("S")
        assert "result▲" in desk.text()
        assert "by result ▲" in desk.text()
        await desk.press("home")
        least = desk.screen.trades.selected
        assert least is not None
        assert desk.screen.trades.rank(least, "result") < desk.screen.trades.rank(most, "result")
        await desk.press("s", "s", "s", "home")
        assert desk.screen.trades.grid.cursor_key == natural
        await desk.press("S")
        assert desk.told[-1] == "Trades stands in its natural order: sort it by a column first"


async def test_names_are_sorted_from_a_and_what_needs_a_look_comes_first() -> None:
    async with console() as desk:
        await desk.press("shift+tab", "s", "home")
        channels = desk.screen.channels
        assert "channel▲" in desk.text()
        assert channels.selected is not None
        assert channels.selected.channel.title == "Crypto K"
        await desk.press("s", "s", "home")
        assert "by health ▼" in desk.text()
        assert state_of(channels.selected)[0] == "!!"


async def test_the_modes_are_one_key_away_and_show_the_same_desk() -> None:
    async with console() as desk:
        for key, kind, words in (
            ("2", LogScreen, "answer lost"),
            ("3", ChannelsScreen, "risk a signal"),
            ("4", RulesScreen, "max_spread_pips"),
        ):
            await desk.press(key)
            assert isinstance(desk.front(), kind)
            assert words in desk.text()
            assert "ACTIVE" in desk.text()
        await desk.press("1")
        assert desk.front() is desk.screen


async def test_p_pauses_the_channel_that_is_selected_among_the_records() -> None:
    async with console() as desk:
        await desk.press("3", "p")
        assert [type(command).__name__ for command in desk.submitted] == ["PauseChannel"]


async def test_the_selected_channel_is_described_below() -> None:
    config = Config(channels={"FX Pros": {"risk": {"value": 2}}})
    async with console(config=config) as desk:
        await desk.press("3", "down")
        assert "risk.value 2" in desk.text()


async def test_a_channels_spread_is_told_as_it_is_for_each_symbol() -> None:
    two = {"XAUUSD": {"rules": {"max_spread_pips": 5}}, "US30": {"rules": {"max_spread_pips": 6}}}
    more = {name: {"rules": {"max_spread_pips": figure}} for name, figure in (("US500", 2), ("BTCUSD", 40))}
    for symbols, said in (
        ({}, "spread above 3 pips"),
        (two, "spread above 3 pips (5 on XAUUSD, 6 on US30)"),
        ({**two, **more}, "spread above 3 pips (2 to 40 on XAUUSD, US30, US500 and 1 more)"),
    ):
        async with console(config=Config(symbols=symbols)) as desk:
            await desk.press("3")
            line = next(line for line in desk.text().splitlines() if "denies when" in line)
            assert line.rstrip("│ ").endswith(said)


async def test_enter_shows_why_and_escape_comes_back() -> None:
    async with console() as desk:
        desk.screen.signals.grid.select(XAU)
        await desk.press("enter")
        front = desk.front()
        assert isinstance(front, TraceScreen)
        assert front.subject == XAU
        await desk.press("escape")
        assert desk.front() is desk.screen
        await desk.press("tab", "enter")
        assert isinstance(desk.front(), TraceScreen)


async def test_a_double_click_on_a_signal_shows_why() -> None:
    async with console() as desk:
        await desk.pilot.click("#signals Grid", offset=(5, 3), times=2)
        await desk.settle()
        assert isinstance(desk.front(), TraceScreen)


async def test_help_explains_the_focused_pane() -> None:
    async with console() as desk:
        await desk.press("tab", "question_mark")
        assert isinstance(desk.front(), HelpScreen)
        assert "Trades" in desk.text()
        await desk.press("escape")
        assert desk.front() is desk.screen


async def test_a_click_on_a_key_presses_it() -> None:
    async with console() as desk:
        line = desk.text().splitlines()[-1]
        await desk.pilot.click("#hints", offset=(line.index("Help"), 0))
        await desk.settle()
        assert isinstance(desk.front(), HelpScreen)


async def test_an_owners_key_replaces_ours_and_stands_in_the_last_line() -> None:
    config = Config(console=Console(confirm=False), keymap={"trade.close": "f4"})
    async with console(config=config) as desk:
        await desk.press("tab", "c")
        assert desk.submitted == []
        assert "f4 Close" in desk.text()
        await desk.press("f4")
        assert len(desk.submitted) == 1


async def test_an_unknown_theme_and_a_wrong_keymap_are_told_and_the_desk_is_there() -> None:
    config = Config(console=Console(theme="moonlight"), keymap={"trade.klose": "f4"})
    async with console(config=config) as desk:
        assert any("moonlight" in text for text in desk.told)
        assert any("trade.close" in text for text in desk.told)
        assert "Signals 51" in desk.text()


async def test_q_asks_while_trades_are_open_because_nobody_would_manage_them() -> None:
    async with console() as desk:
        await desk.press("q")
        assert isinstance(desk.front(), ConfirmScreen)
        assert "5 trades" in desk.text()
        await desk.press("n")
        assert desk.app.is_running
        assert desk.front() is desk.screen


async def test_q_on_a_desk_without_trades_leaves_at_once() -> None:
    async with console(None) as desk:
        await desk.press("q")
        assert desk.app._exit

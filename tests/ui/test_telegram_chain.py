"""The whole chain: keys in the real console, the real directory, the unmodified Telegram client, a small Telegram, a journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from signalos_tui.clock import WallClock
from signalos_tui.model import events as e
from signalos_tui.ui.app import ConsoleApp
from signalos_tui.ui.screens.login import LoginScreen, Stage
from signalos_tui.ui.screens.telegram import TelegramScreen
from tests.commands.house import House, serving
from tests.ui.console import Desk
from tests.ui.telegrams import until

CALL = "BUY XAUUSD NOW\nSL 2300\nTP 2400"


async def test_console_when_it_starts_with_nothing_then_logged_in_followed_a_post_on_the_desk_and_a_past(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(House(tmp_path), monkeypatch) as house, house.running():
        house.owner.password = "open! sesame"
        gold = house.world.room("Gold VIP", house.owner, username="goldvip")
        house.world.flood(gold, 106, age_s=86_400)
        app = ConsoleApp(house.control, house.config, clock=WallClock(), directory=house.door)
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            desk = Desk(app, cast("Any", house.control), cast("Any", app.clock), pilot)
            await until(desk, lambda: "TG no login" in desk.text())
            await desk.press("f", "n", "enter")
            card = desk.front()
            assert isinstance(card, LoginScreen)

            async def answer(text: str, then: str) -> None:
                await until(desk, lambda: card._stage is Stage.ASKING and not card._typed.value)
                await desk.press(*text, "enter")
                await until(desk, lambda: then in desk.text())

            await answer(house.owner.phone, "Code, as Telegram shows it")
            await answer("000", "That is not the code.")
            await answer(house.owner.code, "Password of the second step")
            await answer("open! sesame", "@goldvip")
            assert isinstance(desk.front(), TelegramScreen)
            assert "logged in as Owner (phone ...701)" in desk.told

            await desk.press("space")
            await until(desk, lambda: house.said(gold) == list(range(7, 107)))
            await desk.press("escape")
            house.world.post(gold, CALL)
            await until(desk, lambda: "XAUUSD" in desk.text() and "TG ok" in desk.text())
            assert house.said(gold)[-1] == 107

            await desk.press("f")
            await until(desk, lambda: "@goldvip" in desk.text())
            await desk.press("I", *("backspace",) * 3, "5", "enter", "y")
            await until(desk, lambda: len(house.said(gold, kind=e.PostImported)) == 5)
            await until(desk, lambda: "ended" in desk.text())
            await desk.press("escape")
            await until(desk, lambda: "5 imported" in desk.text())

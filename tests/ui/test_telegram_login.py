"""Logging in from the console: one question after another, what is wrong told in place, and nothing left of a login given up."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from segno import make

from signalos_tui.model.places import Standing
from signalos_tui.ui.screens.login import LoginScreen, Stage
from signalos_tui.ui.screens.stop import StopScreen
from signalos_tui.ui.screens.telegram import TelegramScreen
from signalos_tui.ui.widgets.qr import drawing, fitting
from tests.ui.console import Desk
from tests.ui.telegrams import (
    CODE,
    LINK,
    LINK_AFTER,
    MAIN,
    PASSWORD,
    PHONE,
    REVOKED,
    Telegram,
    console_with,
    until,
)


async def asked(desk: Desk, *keys: str) -> LoginScreen:
    """The dialog, with keys pressed in it."""
    if not isinstance(desk.front(), TelegramScreen):
        await desk.press("f")
    await desk.press("n", *keys)
    front = desk.front()
    assert isinstance(front, LoginScreen)
    return front


def at(card: LoginScreen, stage: Stage) -> Callable[[], bool]:
    """Whether the dialog is there."""
    return lambda: card._stage is stage


async def answer(desk: Desk, card: LoginScreen, text: str) -> None:
    """Type an answer and let the next question come."""
    question = card._question
    await desk.press(*text)
    card._question = ""
    await desk.press("enter")
    await until(
        desk, lambda: card._stage is not Stage.WAITING and (card._question != "" or card._stage is not Stage.ASKING)
    )
    card._question = card._question or question


async def test_login_when_every_answer_is_wrong_once_then_told_in_place_and_let_in_at_last() -> None:
    telegram = Telegram(())
    telegram.wants_password = True
    async with console_with(telegram, size=(80, 24)) as desk:
        card = await asked(desk, "enter")
        await until(desk, at(card, Stage.ASKING))
        assert "Phone number, with country code (+49...)" in desk.text()
        await answer(desk, card, "12")
        assert "That is no phone number Telegram knows. 2 tries left." in desk.text()
        await answer(desk, card, PHONE)
        assert "Code, as Telegram shows it in your other apps" in desk.text()
        await answer(desk, card, "99999")
        assert "That is not the code. 2 tries left." in desk.text()
        await desk.press("1")
        assert "That is not the code" not in desk.text(), "it was about the answer before"
        await answer(desk, card, CODE[1:])
        await answer(desk, card, "wrong!")
        assert "That is not the password. 2 tries left." in desk.text()
        await desk.press(*PASSWORD)
        assert PASSWORD not in desk.text()
        assert "•" * len(PASSWORD) in desk.text()
        assert not isinstance(desk.front(), StopScreen), "an exclamation mark is a letter of a password"
        await desk.press("enter")
        await until(desk, lambda: isinstance(desk.front(), TelegramScreen))
        assert 'logged in as Ann (phone ...567); here this login is "main"' in desk.told
        await until(desk, lambda: "Three friends" in desk.text())
        assert telegram.asked[0] == ("log_in", "main", False)
        assert card._typed.value == "", "what was typed is not kept"


async def test_login_when_given_up_or_refused_then_nothing_goes_on() -> None:
    telegram = Telegram(())
    async with console_with(telegram) as desk:
        card = await asked(desk)
        await desk.press("escape")
        assert telegram.asked == [], "given up before anything was asked"
        card = await asked(desk, "enter")
        await until(desk, at(card, Stage.ASKING))
        await desk.press("exclamation_mark")
        assert isinstance(desk.front(), StopScreen), "a number has no letters, so STOP is not typed there"
        await desk.press("escape", "escape")
        await until(desk, lambda: telegram.cancelled == ["log_in"])
        telegram.gate.clear()
        card = await asked(desk, "enter")
        assert "Asking Telegram ..." in desk.text()
        await desk.press("escape")
        await until(desk, lambda: telegram.cancelled == ["log_in"] * 2)
        telegram.gate.set()
        card = await asked(desk, "enter")
        await until(desk, at(card, Stage.ASKING))
        for _ in range(3):
            await answer(desk, card, "1")
        assert "too many wrong answers. Wait a while, and begin again" in desk.text()
        await desk.press("y")
        assert card._stage is Stage.BEGIN
        telegram.fails = RuntimeError(f"something with {PHONE} in it")
        await desk.press("enter")
        await until(desk, at(card, Stage.FAILED))
        assert "Logging in failed: RuntimeError" in desk.text()
        assert PHONE not in desk.text()
        await desk.press("escape")
        assert telegram.views == ()


async def test_login_when_named_then_by_a_name_that_is_free_and_a_lost_one_is_let_in_again() -> None:
    telegram = Telegram((MAIN, REVOKED))
    async with console_with(telegram) as desk:
        card = await asked(desk, *("backspace",) * 6, "enter")
        assert card._stage is Stage.BEGIN
        assert "Type how this login is to be called" in desk.text()
        card._called.input.value = "main"
        await desk.settle()
        assert "main is logged in already" in desk.text()
        await desk.press("escape", "tab", "down")
        card = await asked(desk)
        assert "Log in third again" in desk.text()
        await desk.press("enter")
        await until(desk, at(card, Stage.ASKING))
        await answer(desk, card, PHONE)
        await desk.press(*CODE, "enter")
        await until(desk, lambda: isinstance(desk.front(), TelegramScreen))
        assert [view.standing for view in telegram.views] == [Standing.READING] * 2
        assert ("log_in", "third", False) in telegram.asked
        await desk.press("home")
        card = await asked(desk, "enter")
        await until(desk, at(card, Stage.ASKING))
        await answer(desk, card, PHONE)
        await desk.press(*CODE, "enter")
        await until(desk, lambda: isinstance(desk.front(), TelegramScreen))
        await until(desk, lambda: "second sees no channels" in desk.text())


async def test_qr_when_shown_then_drawn_renewed_and_followed_by_the_password() -> None:
    telegram = Telegram(())
    telegram.wants_password = True
    async with console_with(telegram, size=(80, 24)) as desk:
        card = await asked(desk, "tab", "right", "enter")
        await until(desk, at(card, Stage.SCANNING))
        first = fitting(LINK, 44, 21)
        assert first is not None
        assert all(line.strip() in desk.text() for line in first.lines)
        assert "Link Desktop Device" in desk.text()
        telegram.expired.set()
        after = fitting(LINK_AFTER, 44, 21)
        assert after is not None
        await until(desk, lambda: after.lines[9].strip() in desk.text())
        await desk.pilot.resize_terminal(60, 18)
        await desk.settle()
        assert "The code needs a terminal of about 80 by 24" in " ".join(desk.text().replace("│", " ").split())
        await desk.pilot.resize_terminal(80, 24)
        await until(desk, lambda: after.lines[9].strip() in desk.text())
        telegram.scanned.set()
        await until(desk, at(card, Stage.ASKING))
        assert card._typed.password
        await desk.press(*PASSWORD, "enter")
        await until(desk, lambda: isinstance(desk.front(), TelegramScreen))
        assert telegram.asked[0] == ("log_in", "main", True)


async def test_qr_when_without_colours_then_light_on_dark_and_the_phone_number_instead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    telegram = Telegram(())
    async with console_with(telegram) as desk:
        card = await asked(desk, "tab", "right", "enter")
        await until(desk, at(card, Stage.SCANNING))
        light = fitting(LINK, 84, 37, is_light=True)
        assert light is not None
        assert all(line in desk.text() for line in light.lines)
        await desk.press("y")
        await until(desk, at(card, Stage.ASKING))
        assert telegram.cancelled == ["log_in"]
        assert [call[2] for call in telegram.asked] == [True, False]


@pytest.mark.parametrize("frame", [2, 4])
@pytest.mark.parametrize("is_light", [False, True])
def test_drawing_when_read_back_then_it_is_the_code_with_its_frame(frame: int, is_light: bool) -> None:
    upper, lower = {"▀": (1, 0), "▄": (0, 1), "█": (1, 1), " ": (0, 0)}, []
    for line in drawing(LINK, frame, is_light=is_light).lines:
        lower += [[upper[sign][half] for sign in line] for half in (0, 1)]
    wanted = [
        [int(bool(one) != is_light) for one in row]
        for row in make(LINK, error="l", micro=False).matrix_iter(border=frame)
    ]
    assert lower[: len(wanted)] == wanted
    assert all(sign == int(is_light) for row in lower[len(wanted) :] for sign in row)

"""The Telegram screen over a messenger of the tests: what it looks up, what its keys ask for, and what goes on without it."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from signalos_tui.errors import OperatorNeeded
from signalos_tui.model import events as e
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Health
from signalos_tui.model.places import Chat, ChatKind, LoginView, Standing
from signalos_tui.ui.places import arranged, free_name, seen, standing
from signalos_tui.ui.screens.confirm import ConfirmScreen
from signalos_tui.ui.screens.importing import ImportScreen
from signalos_tui.ui.screens.telegram import TelegramScreen
from tests.ui.console import Desk
from tests.ui.telegrams import (
    CHATS,
    FLOODED,
    FORUM,
    FX,
    GOLD,
    MAIN,
    NOW,
    REVOKED,
    TALK,
    TOPICS,
    Telegram,
    console_with,
    stage,
    until,
)

HOSTILE = "[@click=app.quit]\x1b]52;c;ZXZpbA==\x07\x9b31m\u202e\ud800[/b]$halted" + "Z\u0301\u0302\u0303" * 90


def calls(telegram: Telegram, name: str) -> list[tuple[object, ...]]:
    """What was asked of it by that name."""
    return [call[1:] for call in telegram.asked if call[0] == name]


async def opened(desk: Desk) -> TelegramScreen:
    """The screen, once it has looked."""
    await desk.press("f")
    front = desk.front()
    assert isinstance(front, TelegramScreen)
    await until(desk, lambda: "Asking" not in front.chats.grid.empty)
    return front


# --- looking --------------------------------------------------------------------------------------------------------


async def test_screen_when_opened_then_logins_chats_search_and_topics() -> None:
    telegram = Telegram((MAIN, FLOODED, REVOKED), [*CHATS, Chat(FX, "second", "Second's own")])
    async with console_with(telegram) as desk:
        await desk.press("3")
        assert "f Telegram" in desk.text()
        screen = await opened(desk)
        text = desk.text()
        for piece in (
            "flooded until 13:55",
            "session revoked: n logs it in again",
            "3 channels",
            "@goldvip",
            "Three friends",
        ):
            assert piece in text
        assert text.index("└ Gold VIP Chat") < text.index("FX Pros (free)"), (
            "a discussion group stands under its channel"
        )

        await desk.press("slash", *"gold")
        assert screen.chats.grid.row_count == 2
        assert "FX Pros (free)" not in desk.text()
        await desk.press("enter", "escape")
        assert screen.chats.grid.row_count == len(CHATS)
        assert telegram.asked == [("chats", "main", "")], "a search asks Telegram nothing"

        await desk.press("down", "down", "down", "enter")
        await until(desk, lambda: "└ Signals" in desk.text())
        await desk.press("down", "down", "space")
        await until(desk, lambda: screen.chats.is_followed(TOPICS[1]))
        await desk.press("up", "up", "enter")
        assert "└ Signals" not in desk.text()
        assert calls(telegram, "topics") == [(FORUM,)]
        assert calls(telegram, "follow") == [(TOPICS[1].id,)]

        await desk.press("tab", "down")
        await until(desk, lambda: "Second's own" in desk.text())
        assert not screen.chats.is_followed(CHATS[1]), "as it was seen last, whichever login saw it"
        await desk.press("down")
        await until(desk, lambda: "AUTH_KEY_UNREGISTERED" in screen.chats.grid.empty)
        assert "session revoked: n logs it in again" in screen.chats.grid.empty
        assert "Second's own" not in desk.text(), "a lost login is not asked"
        await desk.press("home")
        await until(desk, lambda: "Three friends" in desk.text())
        assert calls(telegram, "chats") == [("main", ""), ("second", "")], "what is known is not asked for again"
        await desk.press("f5")
        await until(desk, lambda: len(calls(telegram, "chats")) == 3)
        await desk.press("escape")
        assert not isinstance(desk.front(), TelegramScreen)


async def test_lookup_when_slow_failing_or_broken_then_it_says_so_and_ends_with_the_screen() -> None:
    telegram = Telegram(chats=[replace(chat, is_followed=False) for chat in CHATS])
    telegram.gate.clear()
    async with console_with(telegram) as desk:
        await desk.press("f")
        await until(desk, lambda: "Asking Telegram what main sees" in desk.text())
        await desk.press("escape")
        await until(desk, lambda: telegram.cancelled == ["chats"])
        telegram.gate.set()
        telegram.fails = OperatorNeeded("Telegram cannot be reached", "Check the network, and try again")
        await opened(desk)
        assert "Telegram cannot be reached. Check the network" in " ".join(desk.text().split())
        assert "F5 tries again" in desk.text()
        telegram.fails = RuntimeError("nobody foresaw this")
        await desk.press("f5")
        await until(desk, lambda: any("nobody foresaw this" in told for told in desk.told))
        telegram.views = (replace(MAIN, standing=Standing.CONNECTING),)
        telegram.fails = None
        asked = len(telegram.asked)
        await desk.press("f5")
        await until(desk, lambda: "Telegram has not answered yet" in desk.text())
        assert len(telegram.asked) == asked, "who does not answer is not asked"
        telegram.views = (MAIN,)
        desk.clock.advance(1000)
        desk.app.tick()
        await until(desk, lambda: "Three friends" in desk.text())


async def test_footer_when_nobody_is_logged_in_then_only_what_needs_no_login() -> None:
    async with console_with(Telegram(())) as desk:
        await desk.press("f")
        keys = desk.text().splitlines()[-1]
        assert not any(
            word in keys for word in ("Follow", "Import", "Policy", "Devices", "Log out", "Look again", "Open")
        )
        assert all(word in keys for word in ("n Log in", "esc Back", "STOP"))
    async with console_with(Telegram()) as desk:
        await opened(desk)
        keys = desk.text().splitlines()[-1]
        assert all(word in keys for word in ("Follow", "Import", "Devices", "Log out", "Look again"))


async def test_followed_chats_when_telegram_is_blind_or_the_session_lost_then_listed_at_once_and_can_be_dropped() -> (
    None
):
    """They are known here; the others are looked up as soon as the login reads."""
    blind = replace(MAIN, standing=Standing.BLIND, detail="Telegram does not answer")
    telegram = Telegram((blind,))
    async with console_with(telegram, size=(80, 24)) as desk:
        screen = await opened(desk)
        assert screen.chats.grid.row_count == 2
        for piece in ("✓  Gold VIP", "✓  Index Desk", "2 followed   others not seen: Telegram does not answer"):
            assert piece in desk.text()
        assert telegram.asked == []
        await desk.press("home", "P", "2", "y")
        assert [type(command).__name__ for command in desk.submitted] == ["SetPolicy"]
        await desk.press("space", "y")
        await until(desk, lambda: not screen.chats.is_followed(CHATS[0]))
        assert telegram.asked == [("unfollow", GOLD)]
        telegram.views = (replace(REVOKED, name="main"),)
        desk.clock.advance(1000)
        desk.app.tick()
        await until(desk, lambda: "1 followed   others not seen: session revoked" in desk.text())
        telegram.views = (MAIN,)
        telegram.gate.clear()
        desk.clock.advance(1000)
        desk.app.tick()
        await until(desk, lambda: "1 followed   asking for the others ..." in desk.text())
        telegram.views = (blind,)
        desk.clock.advance(1000)
        desk.app.tick()
        await until(desk, lambda: telegram.cancelled == ["chats"])
        telegram.gate.set()
        telegram.views = (MAIN,)
        desk.clock.advance(1000)
        desk.app.tick()
        await until(desk, lambda: "Three friends" in desk.text())
        telegram.fails = OperatorNeeded("Telegram cannot be reached", "Check the network, and try again")
        await desk.press("f5")
        await until(desk, lambda: "others not seen: Telegram cannot be reached, F5 tries again" in desk.text())


async def test_screen_when_there_is_nothing_then_what_to_do() -> None:
    async with console_with(None) as desk:
        await opened(desk)
        assert "This run does not read Telegram" in desk.text()
        assert "docs/telegram.md" in desk.text()
        assert "TG" not in desk.text()
        await desk.press("space", "I", "n", "d", "O", "f5", "enter")
        assert isinstance(desk.front(), TelegramScreen)
        await desk.press("escape")
        stage(desk, Telegram(()))
        await desk.press("f")
        assert "Nobody is logged in yet" in desk.text()
        assert "TG no login" in desk.text()
        await desk.press("space", "I", "d", "O", "f5", "enter")
        assert isinstance(desk.front(), TelegramScreen)
        await desk.press("escape")
        stage(desk, Telegram(chats=()))
        await opened(desk)
        assert "main sees no channels and no groups" in desk.text()
    async with console_with(Telegram(()), scenario=None) as desk:
        assert "f logs in to Telegram" in desk.text()
        await desk.press("3")
        assert "f logs in to Telegram" in desk.text()


async def test_chats_when_titled_the_same_then_told_apart_by_name_or_id_and_found_by_it() -> None:
    """Real ids are whole at 80 columns; of a topic's the end stays, which tells it from its neighbours."""
    one, two = (ChannelId(f"tg:-100123456789{number}") for number in (0, 1))
    forum = Chat(ChannelId("tg:-1001234567892"), "main", "Traders", ChatKind.FORUM, username="traders")
    topics = [Chat(ChannelId(f"{forum.id}/{n}"), "main", f"T{n}", ChatKind.TOPIC, forum=forum.id) for n in (17, 23)]
    chats = (Chat(one, "main", "Gold VIP"), Chat(two, "main", "Gold VIP"), forum)
    async with console_with(Telegram(chats=chats, topics=topics), size=(80, 24)) as desk:
        screen = await opened(desk)
        for piece in (one, two, "@traders"):
            assert piece in desk.text()
        assert forum.id not in desk.text()
        await desk.press("end", "enter")
        await until(desk, lambda: "└ T23" in desk.text())
        for piece in ("…", "567892/17 ", "567892/23 "):
            assert piece in desk.text()
        await desk.press("slash", *"67891")
        assert screen.chats.grid.row_count == 1
        assert two in desk.text()


async def test_titles_when_they_are_attacks_then_they_are_only_letters() -> None:
    login = replace(MAIN, standing=Standing.FLOODED, detail=HOSTILE)
    chats = (Chat(GOLD, "main", HOSTILE, username=HOSTILE), Chat(FORUM, "main", HOSTILE, ChatKind.FORUM))
    telegram = Telegram((login,), chats, [replace(TOPICS[0], title=HOSTILE)])
    async with console_with(telegram, size=(80, 24)) as desk:
        await opened(desk)
        await desk.press("down", "enter")
        await until(desk, lambda: len(desk.front().query_one("#chats Grid")._keys) == 3)  # type: ignore[attr-defined]
        await desk.press("up", "space")
        await until(desk, lambda: bool(calls(telegram, "follow")))
        await desk.press("space")
        text = desk.text()
        assert isinstance(desk.front(), ConfirmScreen)
        for sign in ("\x1b", "\x07", "\x9b", "\u202e", "\ud800"):
            assert sign not in text
        assert "[@click=app.quit]␛]52" in text


# --- following ------------------------------------------------------------------------------------------------------


async def test_chat_when_followed_and_dropped_then_told_and_asked_about_open_trades() -> None:
    telegram = Telegram()
    async with console_with(telegram) as desk:
        screen = await opened(desk)
        await desk.press("down", "down")
        telegram.fails = OperatorNeeded("Telegram wants a pause of 2.0 hours", "Try again after that")
        await desk.press("space")
        await until(desk, lambda: "Telegram wants a pause of 2.0 hours. Try again after that" in desk.told)
        assert not screen.chats.is_followed(CHATS[1])
        telegram.fails = None
        telegram.gate.clear()
        await desk.press("space", "space")
        await until(desk, lambda: "following ..." in desk.text())
        await desk.press("escape")
        telegram.gate.set()
        await until(desk, lambda: "FX Pros (free) 📈 is followed, on paper" in desk.told)
        assert calls(telegram, "follow") == [(FX,), (FX,)], "pressed twice it is asked once"
        assert telegram.cancelled == [], "what was decided goes on without the screen"

        screen = await opened(desk)
        assert "followed, paper" in desk.text()
        await desk.press("P", "2", "y")
        assert [type(command).__name__ for command in desk.submitted] == ["SetPolicy"]
        await desk.press("space")
        assert isinstance(desk.front(), ConfirmScreen)
        assert "1 trade of it open: it is managed on" in " ".join(desk.text().replace("│", " ").split())
        await desk.press("escape")
        assert calls(telegram, "unfollow") == []
        await desk.press("space", "y")
        await until(desk, lambda: not screen.chats.is_followed(CHATS[0]))
        assert calls(telegram, "unfollow") == [(GOLD,)]


# --- importing ------------------------------------------------------------------------------------------------------


async def test_import_when_begun_then_a_bar_that_goes_on_behind_can_be_stopped_and_ends_with_the_console() -> None:
    telegram = Telegram()
    async with console_with(telegram) as desk:
        await opened(desk)
        await desk.press("down", "down", "I")
        assert any("once it is followed" in told for told in desk.told)
        await desk.press("home", "I", *("backspace",) * 3, "enter", "y")
        assert "Type how many posts" in desk.text()
        telegram.gate.clear()
        await desk.press(*"300", "enter", "y")
        await until(desk, lambda: "0 of at most 300" in desk.text())
        telegram.gate.set()
        await until(desk, lambda: "100 of 300" in desk.text())
        await desk.press("escape")
        telegram.gate.set()
        await until(desk, lambda: "importing 200 of 300" in desk.text())
        telegram.views = (replace(MAIN, standing=Standing.FLOODED, until=NOW + 6_660_000),)
        await desk.press("I")
        assert isinstance(desk.front(), ImportScreen), "the same key brings it back"
        assert "Telegram wants a pause until 13:55" in desk.text()
        await desk.press("escape", "escape")
        telegram.gate.set()
        await until(desk, lambda: "300 older posts are in the journal" in desk.told)

        await opened(desk)
        telegram.gate.set()
        await desk.press("I", "tab", "y")
        await until(desk, lambda: "100 of 500" in desk.text())
        await desk.press("y")
        await until(desk, lambda: "Stopped after 100 posts" in desk.text())
        assert telegram.cancelled == ["import_history"]
        await desk.press("y", "tab", "y")
    await asyncio.sleep(0)
    assert telegram.cancelled == ["import_history"] * 2


# --- devices, logging out ---------------------------------------------------------------------------------------------


async def test_devices_and_logging_out_when_said_yes_to_then_that_one_is_ended() -> None:
    telegram = Telegram((MAIN, REVOKED))
    async with console_with(telegram) as desk:
        await opened(desk)
        telegram.fails = OperatorNeeded('login "main": the session was ended', "Log in again")
        await desk.press("d")
        await until(desk, lambda: "the session was ended. Log in again" in " ".join(desk.text().split()))
        await desk.press("y", "space", "escape")
        telegram.fails = None
        await desk.press("d")
        await until(desk, lambda: "Pixel 8" in desk.text())
        await desk.press("space", "y", "down", "down", "y")
        assert calls(telegram, "end_device") == [], "neither this one nor one that is not marked"
        await desk.press("space")
        assert "logged out there at once: Telegram Android" in " ".join(desk.text().replace("│", " ").split())
        await desk.press("y")
        await until(desk, lambda: "Pixel 8" not in desk.text() and "this console" in desk.text())
        assert calls(telegram, "end_device") == [("main", 4712)]
        assert "that session is ended" in desk.told

        await desk.press("escape", "O", "escape")
        assert calls(telegram, "log_out") == []
        await desk.press("O", "y")
        await until(desk, lambda: calls(telegram, "log_out") == [("main",)])
        desk.clock.advance(1000)
        desk.app.tick()
        await until(desk, lambda: "TG revoked" in desk.text())
        assert "Three friends" not in desk.text()


# --- the header -------------------------------------------------------------------------------------------------------


def header(*logins: LoginView) -> str:
    """What stands there."""
    return seen(logins, NOW).text


def test_header_when_logins_stand_differently_then_the_worst_with_how_many() -> None:
    blind = replace(MAIN, name="c", standing=Standing.BLIND)
    assert header() == "TG no login"
    assert header(MAIN, replace(MAIN, name="b")) == "TG ok"
    assert header(MAIN, FLOODED) == "TG 1 of 2 flooded"
    assert header(FLOODED) == "TG flooded until 13:55"
    assert header(MAIN, FLOODED, blind) == "TG 1 of 3 blind"
    assert header(REVOKED) == "TG revoked"
    assert header(MAIN, FLOODED, blind, REVOKED) == "TG 1 of 4 revoked"
    assert header(REVOKED, replace(MAIN, standing=Standing.BANNED)) == "TG 2 of 2 lost"
    assert header(replace(MAIN, standing=Standing.CONNECTING)) == "TG connecting"
    assert seen((MAIN, REVOKED), NOW).is_alarm
    assert not seen((MAIN, FLOODED), NOW).is_alarm


async def test_header_when_logins_or_channels_change_then_the_tick_shows_it_on_every_screen() -> None:
    telegram = Telegram()
    async with console_with(telegram) as desk:
        assert "channels 6 of 7 !!" in desk.text()
        channels = desk.control.snapshot().channels
        blind = next(one for one, view in channels.items() if view.health is Health.BLIND)
        await desk.happen(e.ChannelHealthChanged(blind, Health.CATCHING_UP, "312 older posts"))
        text = desk.text()
        assert "!!" not in text.splitlines()[0], "nothing is lost, so nothing is loud"
        assert "·· Crypto K" in text
        assert "TG ok" in text
        telegram.views = (REVOKED,)
        desk.clock.advance(1000)
        desk.app.tick()
        await until(desk, lambda: "TG revoked" in desk.text())
        await desk.press("2")
        assert "TG revoked" in desk.text()
        looks = telegram.looks
        for _ in range(20):
            desk.app.tick()
        await desk.settle()
        assert telegram.looks - looks <= 2, "it is looked at when the desk is shown, not oftener"


# --- words ------------------------------------------------------------------------------------------------------------


def test_chats_when_arranged_then_each_stands_once_whatever_they_name_as_their_discussion() -> None:
    loop = (Chat(GOLD, "m", "a", discussion=TALK), Chat(TALK, "m", "b", ChatKind.DISCUSSION, discussion=GOLD))
    shared = (*loop[:1], Chat(FX, "m", "c", discussion=TALK), loop[1], Chat(FORUM, "m", "d", discussion=FORUM))
    assert list(arranged(loop, {})) == [GOLD, TALK]
    assert list(arranged(shared, {})) == [GOLD, TALK, FX, FORUM]
    assert [row.depth for row in arranged(shared, {TALK: TOPICS[:1]}).values()] == [0, 1, 2, 0, 0]


def test_words_when_a_pause_is_long_then_with_its_day() -> None:
    long = replace(FLOODED, until=NOW + 90_000_000)
    assert standing(long, NOW) == "flooded until 2026-01-06 13:04"
    assert free_name(()) == "main"
    assert free_name((MAIN, REVOKED)) == "second"

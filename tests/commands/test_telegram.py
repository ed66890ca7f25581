"""Telegram from the command line, with the real client against a small Telegram: log in, choose channels."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.commands import importing
from signalos_tui.commands.login import Typing
from signalos_tui.config import load
from signalos_tui.errors import ConfigInvalid
from signalos_tui.journal import Journal
from signalos_tui.journal.verify import verify
from signalos_tui.model.events import PostImported
from tests.commands.conftest import Inside
from tests.commands.shell import is_one_line, records
from tests.commands.small_telegram import HASH, PHONE, Beside, Said
from tests.support.telegram.session import Failed


def test_login_when_the_code_is_right_then_inside_and_nothing_secret_is_on_disk(
    said: Said, telegram: Beside, tmp_path: Path
) -> None:
    answer = said("login", typed=(PHONE, "12345"))
    assert (answer.code, answer.err) == (0, "")
    assert 'logged in as Owner (phone ...123); here this login is "main"' in answer.out
    kept = b"".join(one.read_bytes() for one in (tmp_path / "data").rglob("*") if one.is_file())
    [key] = telegram.server.door.inside
    for secret in (HASH.encode(), PHONE.encode(), b"12345", b"Gold VIP", key):
        assert secret not in kept
    assert "is logged in already, as Owner" in said("login").out


def test_login_when_code_and_password_are_wrong_then_told_and_asked_again(said: Said, telegram: Beside) -> None:
    telegram.owner.password = "open sesame"
    answer = said("login", typed=("+1999", PHONE, "00000", "12345", "sesame", "open sesame"))
    assert answer.code == 0
    assert answer.err.splitlines() == [
        "That is no phone number Telegram knows.",
        "That is not the code.",
        "That is not the password.",
    ]
    assert "logged in as Owner" in answer.out


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ((PHONE, "1", "2", "3"), "3 wrong codes"),
        (("+1", "+2", "+3"), "3 wrong numbers"),
        ((PHONE,), "the input ended before the login did"),
        ((PHONE, "12345", "x", "", "y"), "3 wrong passwords"),
    ],
)
def test_login_when_given_up_then_nothing_is_left_behind(
    said: Said, telegram: Beside, tmp_path: Path, typed: tuple[str, ...], text: str
) -> None:
    telegram.owner.password = "open sesame"
    answer = said("login", typed=typed)
    assert answer.code == 1
    assert text in answer.err.splitlines()[-1]
    assert list((tmp_path / "data").rglob("*.session")) == []


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (Failed(420, "FLOOD_WAIT_82800"), "Telegram wants a pause of 23.0 hours"),
        (Failed(400, "API_ID_INVALID"), "Telegram does not know this api_id"),
        (Failed(400, "PHONE_NUMBER_BANNED"), "Telegram has banned this number"),
        (Failed(400, "SOMETHING_NEW"), "Telegram says SOMETHING_NEW"),
    ],
)
def test_login_when_telegram_refuses_then_one_line_in_words(
    said: Said, telegram: Beside, failure: Failed, text: str
) -> None:
    telegram.server.refuse_next("SendCode", failure)
    answer = said("login", typed=(PHONE,))
    assert answer.code == 1
    assert is_one_line(answer.err)
    assert text in answer.err


@pytest.mark.parametrize("password", ["", "open sesame"])
def test_login_when_a_phone_scans_the_second_code_then_inside(
    said: Said, telegram: Beside, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    """The first one expires after a second, and another is drawn."""
    telegram.owner.password = password
    now = telegram.world.clock
    telegram.world.clock = lambda: now() - 29
    drawn: list[str] = []

    def show(typing: Typing, link: str) -> None:
        shown(typing, link)
        drawn.append(link)
        if len(drawn) == 2:
            door = telegram.server.door
            telegram.loop.call_soon_threadsafe(lambda: door.accept(list(door.tokens)[-1], telegram.owner))

    shown = Typing.show
    monkeypatch.setattr(Typing, "show", show)
    answer = said("login", "--qr", typed=("open sesame",))
    assert answer.code == 0, answer.err
    assert len(drawn) == 2
    assert drawn[0] != drawn[1]
    assert drawn[0].startswith("tg://login?token=")
    assert "█" in answer.out
    assert "logged in as Owner" in answer.out


def test_login_when_nothing_is_configured_then_said(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("")
    answer = inside("login", "--data", tmp_path, "--config", tmp_path / "c.toml")
    assert answer.code == 1
    assert "api_id is missing: my.telegram.org gives you one" in answer.err
    answer = inside("login", "../x", "--data", tmp_path, "--config", tmp_path / "c.toml")
    assert answer.code == 1


def test_login_when_the_passphrase_is_another_one_then_refused(
    said: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "config.toml").open("a") as file:
        file.write('passphrase_env = "MY_PASSPHRASE"\n')
    assert said("login", typed=(PHONE, "12345")).code == 0
    monkeypatch.setenv("MY_PASSPHRASE", "some other one")
    answer = said("channels", "list")
    assert answer.code == 1
    assert "passphrase of the Telegram sessions is not the right one" in answer.err
    monkeypatch.delenv("MY_PASSPHRASE")
    assert "there is no passphrase in the environment variable MY_PASSPHRASE" in said("channels", "list").err


# --- channels and sessions ----------------------------------------------------------------------------------------


def test_channels_when_followed_and_unfollowed_then_listed_with_a_star(said: Said, telegram: Beside) -> None:
    said("login", typed=(PHONE, "12345"))
    first, second, third = (f"tg:-100{room.id}" for room in telegram.rooms)
    assert (
        said("channels", "list", "--search", "fxro").out == f"  {second}          channel      FX ␛[31mRoom  @fxroom\n"
    )
    answer = said("channels", "follow", "Gold VIP")
    assert answer.code == 1
    assert (
        f"2 of the channels of this account are called 'Gold VIP'. Name one by its id: {first}, {third}" in answer.err
    )
    assert said("channels", "follow", first, "@FXroom").out.startswith(
        f"following {first}  Gold VIP\nfollowing {second}"
    )
    lines = said("channels", "list").out.splitlines()
    assert [line[:2] for line in lines if first in line or second in line] == ["* ", "* "]
    assert [line[:2] for line in lines if third in line] == ["  "]
    assert said("channels", "unfollow", "gold vip").out == f"no longer following {first}  Gold VIP\n"
    assert "none of the followed channels is 'gold vip'" in said("channels", "unfollow", "gold vip").err


def test_topics_when_listed_then_each_may_be_followed_by_its_id(said: Said, telegram: Beside) -> None:
    forum = telegram.world.room("Traders", telegram.owner, is_forum=True, is_group=True)
    topic = telegram.world.topic(forum, "Signals")
    said("login", typed=(PHONE, "12345"))
    mine = f"tg:-100{forum.id}/{topic}"
    assert f"  tg:-100{forum.id}          forum        Traders" in said("channels", "list").out
    assert said("channels", "follow", mine).out.startswith(f"following {mine}  Traders / Signals\n")
    assert said("channels", "list", "--forum", "traders").out == f"* {mine:<20} topic        Signals\n"
    assert "none of the channels of this account is 'tg:-1005'" in said("channels", "follow", "tg:-1005/9").err
    assert said("channels", "unfollow", mine).out == f"no longer following {mine}  Traders / Signals\n"


def test_sessions_when_listed_tested_revoked_and_logged_out(said: Said, telegram: Beside, tmp_path: Path) -> None:
    assert "nobody is logged in" in said("sessions", "list").out
    assert "there is no Telegram login 'main'. Run: signalos login main" in said("sessions", "test").err
    said("login", typed=(PHONE, "12345"))
    said("login", "second", typed=(PHONE, "12345"))
    assert [line.split()[0] for line in said("sessions", "list").out.splitlines()] == ["main", "second"]
    said("channels", "follow", "@fxroom", f"tg:-100{telegram.rooms[0].id}")
    said("channels", "follow", "@fxroom", "--login", "second")
    assert [line.partition("UTC, ")[2] for line in said("sessions", "list").out.splitlines()] == [
        "follows 2 channels",
        "follows 1 channel",
    ]
    answer = said("sessions", "test", "second")
    assert '"second" is logged in as Owner (phone ...123)' in answer.out
    assert "this one  SignalOS 1, test, last used" in answer.out
    other = next(line.split()[0] for line in answer.out.splitlines()[1:] if "this one" not in line)
    assert "there is no session 42" in said("sessions", "revoke", "42").err
    assert said("sessions", "revoke", other, "--login", "second").out == f"session {other} is ended\n"
    assert 'login "main": the session was ended from another device' in said("sessions", "test").err
    assert 'Telegram had ended "main" already; it is removed here' in said("sessions", "logout").out
    assert '"second" is logged out' in said("sessions", "logout", "second").out
    assert list((tmp_path / "data").rglob("*.session")) == []


def test_import_when_no_engine_runs_then_into_the_journal_further_back_each_time_and_left_alone_by_the_next_run(
    said: Said, telegram: Beside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest hundred are what a run begins with; a journal that is held is refused before anything is asked."""
    monkeypatch.setattr(importing, "pace_of", lambda table: Pace(page_s=0))
    room = telegram.rooms[1]
    telegram.world.flood(room, 347)
    mine = f"tg:-100{room.id}"
    said("login", typed=(PHONE, "12345"))
    assert "none of the followed channels is 'Silver'" in said("channels", "import", "Silver").err
    said("channels", "follow", mine)

    def older() -> list[int]:
        found = [one.event for one in records(tmp_path / "data")]
        return [one.message.id for one in found if isinstance(one, PostImported)]

    answer = said("channels", "import", mine, "--posts", "120")
    assert (answer.code, answer.out) == (0, "120 older posts read; ask again for those before them\n")
    assert older() == list(range(250, 130, -1))
    answer = said("channels", "import", "fx \x1b[31mroom")
    assert answer.out == "130 older posts read; there are none before them\n"
    assert older() == list(range(250, 0, -1))
    telegram.server.refuse_next("GetHistory", Failed(420, "FLOOD_WAIT_82800"))
    answer = said("channels", "import", mine)
    assert answer.code == 1
    assert "0 older posts read, then it stopped: Telegram wants a pause until" in answer.err
    path = tmp_path / "data" / "journal.db"
    with contextlib.closing(Journal.open(path, holder="signalos run")) as journal:
        assert journal.cursors() == {}
        asked = len(telegram.server.asked)
        answer = said("channels", "import", mine)
        assert (answer.code, len(telegram.server.asked)) == (1, asked)
        assert "is held by process" in answer.err
        assert "Import in its console, or stop it first" in answer.err
    assert "250 posts: 0 acted on, 0 held, 250 ignored" in said("parse", "report").out
    assert verify(path).ok


def test_login_when_the_session_was_ended_then_a_new_one_with_the_same_channels(said: Said, telegram: Beside) -> None:
    said("login", typed=(PHONE, "12345"))
    said("channels", "follow", "@fxroom")
    telegram.server.door.revoke(telegram.owner, "AUTH_KEY_DUPLICATED")
    assert "used in two places at once" in said("channels", "list").err
    assert "logged in as Owner" in said("login", typed=(PHONE, "12345")).out
    assert "followed: 1" in said("sessions", "test").out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[source]\nkind = 'telegram'\n", "line 2: telegram: api_id is missing"),
        ("[source]\nkind = 'telegram'\n[telegram]\napi_id = 1\n", "one of api_hash_env, api_hash_file and"),
        ("[source]\nkind = 'telegram'\nprices = ['a.csv']\n", "these prices are of the past"),
        ("[telegram]\npoll_s = 16\n", "telegram.poll_s"),
        ("[telegram]\napi_hash = 'x'\n", 'unknown key "api_hash"'),
    ],
)
def test_configuration_when_it_lacks_something_then_said_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(ConfigInvalid) as caught:
        load(tmp_path / "c.toml", {})
    assert says in caught.value.text

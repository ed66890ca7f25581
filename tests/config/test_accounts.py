"""[accounts]: what each has of its own, over the file and under its channels; wrong ones are refused at the start."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from signalos_tui.config import Config, load
from signalos_tui.errors import ConfigInvalid

TWO = """
[risk]
value = 1
[paper]
balance = 20000
currency = "EUR"
[accounts.main]
[accounts.prop]
enabled = false
channels = ["Gold VIP", "tg:-1001"]
risk = { value = 0.25 }
send = { settle_s = 400, ttl_s = 100 }
paper = { balance = 50000.5 }
[channels."Gold VIP"]
risk = { value = 0.1 }
"""


def written(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ or {})


def refused(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigInvalid) as caught:
        written(tmp_path, text)
    return caught.value.text


def test_an_account_when_it_says_nothing_then_everything_is_that_of_the_file(tmp_path: Path) -> None:
    config = written(tmp_path, TWO)
    main = config.account("main")
    assert main.accounts == {}
    assert main.enabled
    assert main.risk.value == 1
    assert main.paper.balance == 20000
    assert config.routes("main") == ()


def test_an_account_when_it_says_something_then_that_lies_over_the_file_and_under_its_channels(tmp_path: Path) -> None:
    config = written(tmp_path, TWO)
    prop = config.account("prop")
    assert config.routes("prop") == ("Gold VIP", "tg:-1001")
    assert (prop.paper.balance, prop.paper.currency) == (Decimal("50000.5"), "EUR")
    assert (prop.send.settle_s, prop.send.ttl_s, prop.send.call_s) == (400, 100, 60)
    assert prop.trading("tg:-1001", "Other").risk.value == Decimal("0.25")
    assert prop.trading("tg:-1002", "Gold VIP").risk.value == Decimal("0.1")
    assert not prop.trading("tg:-1002", "Gold VIP").enabled


def test_an_account_when_all_is_switched_off_then_it_cannot_switch_itself_on(tmp_path: Path) -> None:
    config = written(tmp_path, "enabled = false\n[accounts.main]\nenabled = true\n")
    assert not config.account("main").enabled


def test_named_paper_accounts_then_each_has_its_own_number_at_every_start(tmp_path: Path) -> None:
    config = written(tmp_path, TWO + "[accounts.third.paper]\nlogin = 77\n")
    logins = [config.account(name).paper.login for name in config.accounts]
    assert len({*logins, Config().paper.login}) == 4
    assert logins[2] == 77
    assert written(tmp_path, TWO).account("main").paper.login == logins[0]


@pytest.mark.parametrize("name", ["..", "a/b", "", "a b", "ä", "x" * 33, ".hidden", "a\\\\b"])
def test_a_name_when_it_could_be_another_place_then_refused_with_its_line(tmp_path: Path, name: str) -> None:
    text = refused(tmp_path, f'[risk]\nvalue = 1\n[accounts."{name}"]\nenabled = true\n')
    assert "accounts has" in text
    assert "a name is 1 to 32 letters, digits, - and _" in text


@pytest.mark.parametrize("name", ["--help", "-x", "-"])
def test_a_name_when_it_would_be_an_option_then_refused_with_its_line(tmp_path: Path, name: str) -> None:
    text = refused(tmp_path, f"[risk]\nvalue = 1\n[accounts.{name}]\nenabled = true\n")
    assert "begins with - would be an option" in text


def test_two_names_when_only_their_case_differs_then_refused(tmp_path: Path) -> None:
    assert "one folder on some disks" in refused(tmp_path, "[accounts.Main]\n[accounts.main]\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[accounts.main]\nchannel = ['x']\n", 'unknown key "channel", did you mean "channels"?'),
        ("[accounts.main.rules]\nmax_age = 3\n", 'unknown key "max_age", did you mean "max_age_s"?'),
        ("[accounts.main]\nchannels = 'Gold'\n", "accounts.main.channels"),
        ("[accounts.main]\nchannels = { a = 1 }\n", "accounts.main.channels is one value, no table"),
        ("[accounts.main]\nrisk = { value = 0 }\n", "value was 0, must be above 0"),
        ("[accounts]\nmain = 3\n", "accounts.main was 3, must be a table"),
        ("accounts = 3\n", "accounts was 3, must be a table"),
        ("[accounts.main.paper]\ncurrency = 'BTC'\n", "accounts.main.paper.currency"),
    ],
)
def test_an_account_when_it_holds_what_cannot_be_then_refused_by_name(tmp_path: Path, text: str, told: str) -> None:
    assert told in refused(tmp_path, text)


def test_times_of_an_account_when_absence_could_be_proven_too_early_then_refused(tmp_path: Path) -> None:
    text = refused(tmp_path, "[accounts.main]\nsend = { settle_s = 80 }\n")
    assert "settle_s was 80" in text
    assert "line 2" in text
    text = refused(tmp_path, "[accounts.main.send]\nsettle_s = 100\n[symbols.XAUUSD.send]\nttl_s = 60\n")
    assert "settle_s was 100" in text


def test_the_environment_when_it_names_an_account_then_it_wins(tmp_path: Path) -> None:
    environ = {"SIGNALOS_ACCOUNTS__prop__CHANNELS": '["X"]', "SIGNALOS_ACCOUNTS__prop__RISK__VALUE": "2"}
    config = written(tmp_path, TWO, environ)
    assert config.routes("prop") == ("X",)
    assert config.account("prop").risk.value == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[accounts.a.paper]\nlogin = 7\n[accounts.b.paper]\nlogin = 7\n", "line 4: accounts.b.paper.login is 7"),
        (
            (
                "[terminal]\nkind = 'mt5'\naddress = 'unix:/run/gateway'\ntoken_env = 'T'\n"
                "[accounts.a.terminal]\naccount = 'Broker-Live/7'\n[accounts.b.terminal]\naccount = 'broker-live/7'\n"
            ),
            "accounts.b.terminal.account is broker-live/7, which is the account of accounts.a",
        ),
    ],
)
def test_two_accounts_when_they_are_one_at_the_broker_then_refused(tmp_path: Path, text: str, told: str) -> None:
    assert told in refused(tmp_path, text)


def test_two_accounts_when_one_is_on_paper_and_one_is_not_then_a_login_may_be_the_same(tmp_path: Path) -> None:
    text = (
        "[accounts.a.paper]\nlogin = 7\n"
        "[accounts.b.terminal]\nkind = 'mt5'\naddress = 'unix:/run/gateway'\ntoken_env = 'T'\naccount = 'X/7'\n"
    )
    assert set(written(tmp_path, text).accounts) == {"a", "b"}

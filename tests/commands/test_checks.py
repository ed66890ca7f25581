"""`signalos config check` and `signalos doctor`: what is wrong, where, and what to do; nothing is passed over."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from signalos_tui.config import Config, load
from tests.commands.conftest import Inside
from tests.commands.shell import ended, is_one_line, reached, signalos, started, wait_until


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


# --- config check -----------------------------------------------------------------------------------------------------


def test_config_when_it_is_the_packaged_one_then_it_is_fine_and_equals_the_defaults(inside: Inside) -> None:
    answer = inside("config", "check")
    assert (answer.code, answer.err) == (0, "")
    path = Path(answer.out.splitlines()[0].removeprefix("ok: "))
    defaults = Config()
    packaged = load(path, {})
    assert (packaged.risk, packaged.rules, packaged.manage, packaged.send) == (
        defaults.risk,
        defaults.rules,
        defaults.manage,
        defaults.send,
    )


def test_config_when_it_is_the_users_own_then_that_is_checked(inside: Inside, tmp_path: Path) -> None:
    own = tmp_path / "home" / "config" / "signalos" / "config.toml"
    own.parent.mkdir(parents=True)
    own.write_text("[risk]\nvalue = 0.25\n")
    answer = inside("config", "check")
    assert answer.code == 0
    assert answer.out.startswith(f"ok: {own}\n")
    assert "risk 0.25 % equity a signal" in answer.out


@pytest.mark.parametrize("form", ["argument", "option"])
def test_config_when_a_key_is_unknown_then_the_nearest_right_one_is_named_with_file_and_line(
    inside: Inside, config: Path, form: str
) -> None:
    config.write_text("# mine\n[rules]\nmax_age_s = 20\nmax_spred_pips = 3\n")
    answer = inside("config", "check", config) if form == "argument" else inside("config", "check", "--config", config)
    assert (answer.code, answer.out) == (1, "")
    assert is_one_line(answer.err)
    assert f'{config}, line 4: unknown key "max_spred_pips", did you mean "max_spread_pips"?' in answer.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[riks]\nvalue = 1\n", 'line 1: unknown key "riks", did you mean "risk"?'),
        ("[rules]\nmax_age_s = -1\n", "line 2: rules.max_age_s"),
        ("[risk]\nvalue = 0\n", "value was 0, must be above 0"),
        ("[rules]\nmissing_stop = 'guess'\n", "line 2: rules.missing_stop"),
        ('[channels."Gold VIP"]\nrisk = { valeu = 1 }\n', 'did you mean "value"?'),
        ("[send]\nsettle_s = 10\n", "settle_s"),
        ("[console]\ntimezone = 'Mars'\n", "Mars"),
        ("[rules]\nhours = ['Someday 25:00']\n", 'hours was "Someday 25:00"'),
        ("[channels.a.rules]\nhours = ['25:00-26:00']\n", "25:00 is no time of day"),
        ("[channels.a.symbols.XAUUSD.rules]\nhours = ['x']\n", 'hours was "x"'),
        ("a = [1,\n", "not valid TOML"),
        ("[rules\n", "not valid TOML"),
        ("a = 1\na = 2\n", "not valid TOML"),
    ],
)
def test_config_when_a_value_is_wrong_then_one_line_says_where_and_what(
    inside: Inside, config: Path, text: str, said: str
) -> None:
    config.write_text(text)
    answer = inside("config", "check", config)
    assert (answer.code, answer.out) == (1, "")
    assert is_one_line(answer.err)
    assert str(config) in answer.err
    assert said in answer.err


def test_config_when_several_things_are_wrong_then_all_are_named_at_once(inside: Inside, config: Path) -> None:
    config.write_text("x = 1\n[rules]\nmax_agee_s = 2\n[paper]\nleverage_ = 1\n")
    answer = inside("config", "check", config)
    assert answer.code == 1
    assert all(f"line {number}: unknown key" in answer.err for number in (1, 3, 5))


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00" * 100, b"\x1b[2J = 1", bytes(range(256))])
def test_config_when_it_is_garbage_then_it_is_named_and_nothing_reaches_the_terminal(
    inside: Inside, config: Path, content: bytes
) -> None:
    config.write_bytes(content)
    answer = inside("config", "check", config)
    assert (answer.code, is_one_line(answer.err)) == (1, True)
    assert str(config) in answer.err
    assert answer.err.removesuffix("\n").isprintable()


@pytest.mark.parametrize("name", ["nothere.toml", "."])
def test_config_when_it_cannot_be_read_then_every_command_says_so(inside: Inside, tmp_path: Path, name: str) -> None:
    for command in (("config", "check"), ("demo", "--headless"), ("run", "--headless"), ("parse",)):
        answer = inside(*command, "--config", tmp_path / name)
        assert (answer.code, answer.out) == (1, "")
        assert is_one_line(answer.err)
        assert str(tmp_path / name) in answer.err


def test_config_when_a_value_comes_from_the_environment_then_it_is_checked_too(
    inside: Inside, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text("")
    monkeypatch.setenv("SIGNALOS_RISK__VALUE", "0.5")
    assert "risk 0.5 % equity a signal" in inside("config", "check", config).out
    monkeypatch.setenv("SIGNALOS_RULES__MAX_AGE", "20")
    answer = inside("config", "check", config)
    assert (answer.code, is_one_line(answer.err)) == (1, True)
    assert "max_age_s" in answer.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[keymap]\n"trade.clos" = "f4"\n', "[keymap] trade.clos is no action; did you mean trade.close?"),
        ('[keymap]\n"trade.close" = "h"\n', "[keymap] trade.close wants h, which is trade.half; it keeps c"),
        ('[keymap]\n"trade.close" = "strg+c"\n', '[keymap] trade.close wants "strg+c", which is no key; it keeps c'),
        ('[console]\ntheme = "neon"\n', "There is no theme neon; signalos-dark is used."),
    ],
)
def test_what_the_console_would_leave_out_when_checked_then_it_is_told_before_it_starts(
    inside: Inside, config: Path, tmp_path: Path, text: str, said: str
) -> None:
    config.write_text(text)
    answer = inside("config", "check", config)
    assert answer.code == 3
    assert answer.out.startswith(f"MEND: {config}\n")
    assert said in answer.out
    answer = inside("doctor", "--data", tmp_path / "data", "--config", config)
    assert answer.code == 3
    assert said in answer.out


# --- doctor -----------------------------------------------------------------------------------------------------------


def test_doctor_when_all_is_well_then_it_says_so(inside: Inside, tmp_path: Path) -> None:
    answer = inside("doctor", "--data", tmp_path / "data")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.endswith("6 checks, 0 to mend\n")
    assert "journal        none yet" in answer.out
    assert not (tmp_path / "data").exists(), "looking makes nothing"


def test_doctor_when_there_is_a_journal_then_it_is_checked(inside: Inside, tmp_path: Path) -> None:
    inside("demo", "--headless", "--minutes", "0.2", "--data", tmp_path)
    answer = inside("doctor", "--data", tmp_path)
    assert answer.code == 0
    assert "records, chain whole" in answer.out
    assert "engine         not running" in answer.out
    assert "paper account  kept" in answer.out


def test_doctor_when_an_engine_runs_then_it_is_named(tmp_path: Path) -> None:
    with started("run", "--headless", "--data", tmp_path) as process:
        wait_until(process, lambda: reached(tmp_path, 5))
        answer = signalos("doctor", "--data", tmp_path)
        assert answer.code == 0, answer
        assert f"engine         running: process {process.pid} (signalos run --headless)" in answer.out
        assert ended(process, signal.SIGTERM).code == 0


def test_doctor_when_things_are_wrong_then_each_has_its_remedy(
    inside: Inside, tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything at once: a missing export, missing prices, a config others may write, a full disk, a broken journal."""
    config.write_text(f"[source]\nkind = 'export'\npath = '{tmp_path}/no.json'\nprices = ['{tmp_path}/XAUUSD.csv']\n")
    config.chmod(0o646)
    data = tmp_path / "data"
    data.mkdir()
    (data / "journal.db").write_bytes(b"garbage" * 1000)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=5 << 20))
    answer = inside("doctor", "--data", data, "--config", config)
    assert (answer.code, answer.err) == (3, "")
    lines = answer.out.splitlines()
    wrong = [place for place, line in enumerate(lines) if line.startswith("MEND ")]
    assert {lines[place].split()[1] for place in wrong} == {"source", "prices", "permissions", "disk", "journal"}
    assert all(lines[place + 1].lstrip().startswith("-> ") for place in wrong)
    assert f"-> chmod o-w {config}" in answer.out
    assert "5 MB free" in answer.out
    assert lines[-1].endswith("5 to mend")


def test_doctor_when_the_configuration_is_wrong_then_it_goes_on_with_the_rest(inside: Inside, config: Path) -> None:
    config.write_text("[rules]\nmax_agee_s = 1\n")
    answer = inside("doctor", "--data", config.parent / "data", "--config", config)
    assert answer.code == 3
    assert 'did you mean "max_age_s"?' in answer.out
    assert "-> Correct or remove it" in answer.out
    assert "ok   disk" in answer.out


def test_watched_folder_when_it_is_not_there_then_config_check_says_what_a_run_says(
    inside: Inside, config: Path, tmp_path: Path
) -> None:
    watched = tmp_path / "drops"
    config.write_text(f'[source]\nkind = "folder"\n[folder]\npath = "{watched}"\n')
    answer = inside("config", "check", config)
    words = (
        f"folder.path {watched} cannot be looked at: No such file or directory. Make the folder, or name another one"
    )
    assert answer.code == 3
    assert answer.out.startswith(f"MEND: {config}\n    {words}")
    assert words in inside("run", "--headless", "--config", config, "--data", tmp_path / "data").err
    watched.mkdir()
    assert inside("config", "check", config).code == 0


def test_watched_folder_when_files_are_left_alone_then_doctor_counts_them_and_names_the_first(
    inside: Inside, config: Path, tmp_path: Path
) -> None:
    watched = tmp_path / "drops"
    watched.mkdir(mode=0o755)
    config.write_text(f'[source]\nkind = "folder"\n[folder]\npath = "{watched}"\n')
    (watched / "fine.txt").write_text("GOLD BUY")
    told = inside("doctor", "--config", config, "--data", tmp_path / "data").out
    assert "ok   folder files   1 file looked at, all can be read\n" in told
    (watched / "bad.jsonl").write_text('{"at": 1}')
    (watched / "garbage.json").write_text("no export")
    answer = inside("doctor", "--config", config, "--data", tmp_path / "data")
    assert answer.code == 3
    first = 'bad.jsonl: line 1: "text" is missing (and 1 more)'
    assert f"MEND folder files   3 files looked at, 2 left alone: {first}\n" in answer.out


def test_doctor_when_the_folder_is_a_file_then_that_is_to_mend(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    answer = inside("doctor", "--data", tmp_path / "data")
    assert answer.code == 3
    assert f"MEND data folder    {tmp_path / 'data'}" in answer.out
    assert "is not a folder" in answer.out


def test_doctor_when_the_terminal_is_not_utf_8_then_that_is_to_mend(tmp_path: Path) -> None:
    answer = signalos("doctor", "--data", tmp_path / "data", PYTHONIOENCODING="latin-1")
    assert answer.code == 3
    assert "MEND terminal" in answer.out
    assert "UTF-8 locale" in answer.out

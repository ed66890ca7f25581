"""`signalos symbols`: the list from the journal or the paper terminal, and answers without the console."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalos_tui.journal import Journal
from signalos_tui.model import events as e
from signalos_tui.model.events import Event
from signalos_tui.model.symbols import Choice
from tests.commands.conftest import Inside
from tests.commands.shell import events, is_one_line, is_whole
from tests.ui.golds import MATCHES


def journalled(folder: Path, *more: Event) -> Path:
    """A folder whose engine has looked at a broker with three golds."""
    journal = Journal.open(folder / "journal.db", threaded=False, holder="test")
    try:
        journal.append_now([e.EngineStarted("0", 1, "Broker-Live/7"), e.SymbolsMatched(MATCHES), *more], 1)
    finally:
        journal.close()
    return folder


def test_list_when_nothing_was_matched_yet_then_the_paper_terminal_of_the_configuration(
    inside: Inside, tmp_path: Path
) -> None:
    answer = inside("symbols", "--data", tmp_path / "none")
    assert answer.code == 0
    assert "the paper terminal" in answer.out
    assert "certain      XAUUSD     XAUUSD" in answer.out
    assert not (tmp_path / "none").exists(), "a list writes nothing"


def test_list_when_matched_then_open_questions_first_with_what_to_do(inside: Inside, tmp_path: Path) -> None:
    lines = inside("symbols", "--data", journalled(tmp_path)).out.splitlines()
    assert lines[0] == "what names mean on Broker-Live/7"
    assert lines[2].split() == ["choose", "XAUUSD"]
    assert lines[3].split()[:4] == ["GOLD.pro", "100", "a", "lot,"]
    assert "1 a lot, 100 is usual" in lines[5]
    assert lines[-1].endswith("signalos symbols --choose XAUUSD=NAME")
    assert any(line.split()[:3] == ["certain", "NAS100", "#USTEC"] for line in lines)
    assert any(line.split() == ["missing", "LTCUSD"] for line in lines)


def test_answer_when_given_then_written_down_and_listed(inside: Inside, tmp_path: Path) -> None:
    folder = journalled(tmp_path)
    answer = inside("symbols", "--data", folder, "--choose", "gold=XAUUSD.r", "--never", "us100")
    assert (answer.code, answer.out) == (
        0,
        "XAUUSD is XAUUSD.r on Broker-Live/7\nNAS100 is never traded on Broker-Live/7\n",
    )
    chosen = [event for event in events(folder) if isinstance(event, e.SymbolChosen)]
    assert [(one.market, one.choice.name, one.by) for one in chosen] == [
        ("XAUUSD", "XAUUSD.r", "signalos symbols"),
        ("NAS100", None, "signalos symbols"),
    ]
    assert is_whole(folder)
    told = inside("symbols", "--data", folder).out
    assert "you          XAUUSD     XAUUSD.r" in told
    assert "never        NAS100     not traded" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--choose", "XAUUSD=GOLD"), "XAUUSD may be GOLD.pro, XAUUSD.r, GOLDmicro, GOLD.z, not GOLD"),
        (("--choose", "XAUUSD=GOLD.z"), "GOLD.z cannot be traded both ways (closed for new positions)"),
        (("--choose", "NOSUCH=X"), "NOSUCH was not matched on this account"),
        (("--choose", "XAUUSD=GOLD.pro", "--never", "NOSUCH"), "NOSUCH was not matched on this account"),
        (("--choose", "XAUUSD=\x1b[2J"), "not ␛[2J"),
    ],
)
def test_answer_when_it_is_none_then_one_line_and_nothing_is_written(
    inside: Inside, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    folder = journalled(tmp_path)
    answer = inside("symbols", "--data", folder, *arguments)
    assert answer.code == 1
    assert is_one_line(answer.err)
    assert words in answer.err
    assert not any(isinstance(event, e.SymbolChosen) for event in events(folder))


def test_answer_when_there_is_no_journal_then_said_and_none_is_begun(inside: Inside, tmp_path: Path) -> None:
    answer = inside("symbols", "--data", tmp_path / "none", "--never", "XAUUSD")
    assert answer.code == 1
    assert "Start the engine once" in answer.err
    assert not (tmp_path / "none").exists()


def test_answer_when_an_engine_has_the_journal_then_refused_and_the_list_still_works(
    inside: Inside, tmp_path: Path
) -> None:
    folder = journalled(tmp_path)
    journal = Journal.open(folder / "journal.db", threaded=False, holder="an engine")
    try:
        answer = inside("symbols", "--data", folder, "--never", "XAUUSD")
        assert answer.code == 1
        assert is_one_line(answer.err)
        assert "choose" in inside("symbols", "--data", folder).out
    finally:
        journal.close()


def test_answer_when_the_configuration_names_it_then_refused(inside: Inside, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[aliases]\ngold = "XAUUSD.r"\nXAUUSD = "XAUUSD.r"\n', encoding="utf-8")
    folder = journalled(tmp_path / "data")
    answer = inside("symbols", "--data", folder, "--config", config, "--choose", "XAUUSD=GOLD.pro")
    assert answer.code == 1
    assert "the configuration says under [aliases] what XAUUSD is" in answer.err.lower().replace("xauusd", "XAUUSD")
    assert "config.toml  XAUUSD     XAUUSD.r" in inside("symbols", "--data", folder, "--config", config).out


@pytest.mark.parametrize("given", ["XAUUSD", "=GOLD", "XAUUSD=", ""])
def test_call_when_the_answer_is_not_written_as_a_pair_then_the_call_was_wrong(
    inside: Inside, tmp_path: Path, given: str
) -> None:
    answer = inside("symbols", "--data", journalled(tmp_path), "--choose", given)
    assert answer.code == 2
    assert "XAUUSD=GOLD.pro" in answer.err


def test_lapsed_choice_then_it_stands_among_the_open_ones_with_its_reason(inside: Inside, tmp_path: Path) -> None:
    chosen = e.SymbolChosen("EURUSD", Choice("EURUSD.r"), "console")
    folder = journalled(tmp_path, chosen, e.ChoiceLapsed("EURUSD", "EURUSD.r", "the broker lists it no longer"))
    told = inside("symbols", "--data", folder).out
    assert "choose       EURUSD     EURUSD.r: the broker lists it no longer" in told

"""`signalos parse report` and `export-training`: what a journal says about how channels were read."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from signalos_tui.config import load
from signalos_tui.decode import read
from signalos_tui.decode.proof import prove
from signalos_tui.journal import Journal
from signalos_tui.model import events as e
from signalos_tui.model.lessons import Lesson
from signalos_tui.model.messages import Message
from signalos_tui.model.signals import Number, Reading, ReadingKind, ReadingVerdict, Side, Signal, Span
from tests.commands.conftest import Inside
from tests.journal import samples as s

AT = 1_767_603_600_000
"""Monday, 5 January 2026, 09:00 UTC."""
DAY = 86_400_000

TEXTS = (
    "BUY GOLD 2345\nSL 2335\nTP 2355",
    "BUY GOLD 2345\nLimes 2335\nTP 2355",
    "Good morning \x1b[31mtraders",
    "BUY GOLD 2346\nLimes 2336\nTP 2356",
)


def corrected(text: str) -> Reading:
    """What the owner says the calls with a stop of their own name mean."""
    first, stop, target = (word for word in text.split() if word.isdigit())
    entry, low, high = (Number(Decimal(value), Span(0, 0)) for value in (first, stop, target))
    signal = Signal(1, Side.BUY, "XAUUSD", entry=(entry,), stop=low, targets=(high,))
    found = prove(text, Reading(ReadingKind.SIGNAL, ReadingVerdict.HOLD, 1.0, (signal,)))
    assert isinstance(found, Reading)
    return found


def posted(number: int, text: str) -> list[e.Event]:
    """A post of the day `number`, and its reading."""
    message = Message(s.GOLD, number, AT + number * DAY, text)
    return [e.MessageReceived(message, message.content), e.MessageRead(message.key, 0, read(text))]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a journal: read, held, noise, and a correction."""
    events: list[e.Event] = [s.followed("Gold \x1b[31mVIP")]
    for number, text in enumerate(TEXTS):
        events += posted(number + 1, text)
    events.append(e.ReadingCorrected(Message(s.GOLD, 2, 0, "").key, 0, corrected(TEXTS[1]), "console"))
    journal = Journal.open(tmp_path / "journal.db", threaded=False)
    journal.append_now(events, AT)
    journal.close()
    return tmp_path


def test_report_when_asked_then_it_counts_explains_and_proposes(data: Path, inside: Inside) -> None:
    """For every channel, and harmless on a terminal."""
    answer = inside("parse", "report", "--data", data)
    assert (answer.code, answer.err) == (0, "")
    assert "4 posts: 1 acted on, 2 held, 1 ignored, 0 missed; 1 corrected by you" in answer.out
    assert "2 held: Unclear: a number that could be a price of this trade has no label." in answer.out
    assert '\n    words = { stop = ["limes"] }  # "limes": the stop loss (1 post)\n' in answer.out
    assert "2026-01-05" in answer.out
    assert "\x1b" not in answer.out


def test_report_when_a_proposal_is_pasted_into_the_configuration_then_it_is_valid(data: Path, inside: Inside) -> None:
    """And what the configuration says already is not proposed again."""
    (line,) = [one.strip() for one in inside("parse", "report", "--data", data).out.splitlines() if "limes" in one]
    config = data / "config.toml"
    config.write_text(f'[channels."{s.GOLD}".reading]\n{line}\n')
    assert load(config, {}).words(s.GOLD).lesson == Lesson(words=(("stop", ("limes",)),))
    assert "limes" not in inside("parse", "report", "--data", data, "--config", config).out


def test_report_when_an_engine_holds_the_journal_then_it_reads_all_the_same(data: Path, inside: Inside) -> None:
    """Read-only, beside the writer; what was taught meanwhile is known."""
    journal = Journal.open(data / "journal.db", threaded=False)
    journal.append_now([e.ChannelTaught(s.GOLD, Lesson(words=(("stop", ("limes",)),)), "console")], AT + 1)
    answer = inside("parse", "report", "--data", data, "--channel", s.GOLD)
    journal.append_now([s.notice()], AT + 2)
    journal.close()
    assert answer.code == 0
    assert "could be taught" not in answer.out


@pytest.mark.parametrize("name", ["gold \x1b[31mvip", s.GOLD])
def test_report_when_a_channel_is_named_then_only_it_is_told(name: str, data: Path, inside: Inside) -> None:
    """By its title in any case, or by its id; without posts it says so."""
    answer = inside("parse", "report", "--data", data, "--channel", name)
    assert "4 posts" in answer.out
    recent = inside("parse", "report", "--data", data, "--channel", name, "--days", "1")
    assert "no posts in this time" in recent.out


def test_report_when_there_is_nothing_then_it_says_what_to_do(data: Path, inside: Inside, tmp_path: Path) -> None:
    """No posts, no such channel, no journal."""
    assert "No posts in" in inside("parse", "report", "--data", data, "--days", "1").out
    nobody = inside("parse", "report", "--data", data, "--channel", "Nobody")
    assert nobody.code == 1
    assert "There are: Gold" in nobody.err
    for words in (("report",), ("export-training",)):
        missing = inside("parse", *words, "--data", tmp_path / "none")
        assert missing.code == 1
        assert "no journal" in missing.err


def test_training_when_exported_then_held_missed_and_corrected_posts_are_there(data: Path, inside: Inside) -> None:
    """Newest first, with both readings; noise that was noise is not."""
    journal = Journal.open(data / "journal.db", threaded=False)
    text = "Finito 2345 2335 2355"
    events: list[e.Event] = [
        *posted(9, text),
        e.ReadingCorrected(Message(s.GOLD, 9, 0, "").key, 0, corrected(text), "console"),
    ]
    journal.append_now(events, AT)
    journal.close()
    answer = inside("parse", "export-training", "--data", data)
    assert answer.out.isascii()
    entries = [json.loads(line) for line in answer.out.splitlines()]
    assert [(entry["why"], entry["text"]) for entry in entries] == [
        ("missed", text),
        ("held", TEXTS[3]),
        ("corrected", TEXTS[1]),
    ]
    assert [bool(entry["correction"]) for entry in entries] == [True, False, True]
    assert entries[2]["correction"]["signals"][0]["sl"] == "2335"
    assert entries[2]["reading"]["signals"][0]["sl"] is None
    assert entries[2]["channel"] == {"id": s.GOLD, "title": "Gold \x1b[31mVIP"}
    assert entries[2]["posted_at"] == "2026-01-07T09:00:00+00:00"


def test_training_when_a_file_is_named_then_it_holds_the_lines(data: Path, inside: Inside) -> None:
    """Or it is said why it cannot."""
    out = data / "set.jsonl"
    answer = inside("parse", "export-training", "--data", data, "--out", out)
    assert answer.out == f"2 posts written to {out}\n"
    assert len(out.read_text().splitlines()) == 2
    nowhere = inside("parse", "export-training", "--data", data, "--out", data / "no" / "set.jsonl")
    assert nowhere.code == 1
    assert "cannot be written" in nowhere.err


def test_parse_when_a_file_is_called_like_a_command_then_a_path_reads_it(inside: Inside, tmp_path: Path) -> None:
    """A word that is a command is one; anything else is a file, as before."""
    (tmp_path / "report").write_text("BUY GOLD 2345\nSL 2335\nTP 2355")
    assert inside("parse", tmp_path / "report").out.startswith("signal: act")
    assert inside("parse", "messages", tmp_path / "report").out.startswith("signal: act")
    helped = inside("parse", "--help").out
    assert all(name in helped for name in ("messages", "report", "export-training"))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('words = { stop = ["not"] }', '"not" holds "not"'),
        ('words = { stop = ["x"] }', '"x" is too short'),
        ('markets = { "X AU" = ["goldie"] }', "no name of a market"),
    ],
)
def test_configuration_when_it_teaches_what_cannot_be_taught_then_it_is_refused(
    line: str, why: str, data: Path, inside: Inside
) -> None:
    """At every start and by `config check`, with file and line."""
    config = data / "config.toml"
    config.write_text(f'[channels."Gold VIP".reading]\n\n{line}\n')
    for words in (("config", "check", config), ("parse", "report", "--data", data, "--config", config)):
        answer = inside(*words)
        assert answer.code == 1
        assert f"{config}, line 3" in answer.err
        assert why in answer.err

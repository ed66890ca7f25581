"""`signalos parse`: readings for people and as JSON lines in a documented form; a bad input is named by its line."""

from __future__ import annotations

import json
import re
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Inside
from tests.commands.shell import SIGNALOS, environment, is_one_line, signalos

GOLD = "GOLD BUY NOW 2345\nSL 2335\nTP1 2350\nTP2 2360\nTP3 open"
"""A plain call."""

MESSAGES: tuple[tuple[Any, str], ...] = (
    (1, GOLD),
    ("b", "EURUSD sell limit 1.1050 sl 50 pips tp 1.0950"),
    (None, "Close half and move SL to entry"),
    (4, "Good morning traders ☕"),
    (5, "#BTCUSDT LONG\nEntry: 60000 - 60500\nTargets: 61000, 62000\nStop: 59000\nLeverage: 10x"),
    (6, "Cancel all pending orders"),
)
VERDICTS = {"act", "hold", "ignore"}
FIELDS = {
    "": {"id", "kind", "verdict", "confidence", "language", "reasons", "signals", "updates"},
    "signals": {"side", "order", "symbol", "entry", "sl", "tp", "leverage"},
    "updates": {"action", "fraction", "price", "symbol", "side", "target", "everything"},
    "reasons": {"code", "text"},
}


def lines(*messages: tuple[Any, str]) -> str:
    return "".join(json.dumps({"id": name, "text": text}, ensure_ascii=False) + "\n" for name, text in messages)


def level_is_documented(level: Any) -> bool:
    """A price as a string of digits, "open", or a distance with its unit."""
    if isinstance(level, dict):
        return len(level) == 1 and next(iter(level)) in {"pips", "points", "percent", "r"}
    return level == "open" or re.fullmatch(r"\d+(\.\d+)?", level) is not None


# --- JSON lines -------------------------------------------------------------------------------------------------------


def test_jsonl_when_read_then_one_object_a_line_in_the_order_and_with_the_ids_of_the_input() -> None:
    answer = signalos("parse", "--jsonl", given=lines(*MESSAGES))
    assert (answer.code, answer.err) == (0, "")
    assert [json.loads(line)["id"] for line in answer.out.splitlines()] == [name for name, _ in MESSAGES]


def test_jsonl_when_read_then_every_object_has_the_documented_form(inside: Inside, tmp_path: Path) -> None:
    file = tmp_path / "messages.jsonl"
    file.write_text(lines(*MESSAGES))
    readings = [json.loads(line) for line in inside("parse", "--jsonl", file).out.splitlines()]
    for reading in readings:
        assert set(reading) == FIELDS[""]
        assert reading["kind"] in {"signal", "update", "noise"}
        assert reading["verdict"] in VERDICTS
        assert 0 <= reading["confidence"] <= 1
        for part in ("signals", "updates", "reasons"):
            assert all(set(item) == FIELDS[part] for item in reading[part])
        for signal in reading["signals"]:
            assert signal["side"] in {"buy", "sell", None}
            assert signal["order"] in {"market", "limit", "stop", "unspecified"}
            assert all(map(level_is_documented, [*signal["entry"], *signal["tp"], *filter(None, [signal["sl"]])]))
        for update in reading["updates"]:
            assert update["fraction"] is None or 0 < Decimal(update["fraction"]) <= 1
    assert [reading["kind"] for reading in readings] == ["signal", "signal", "update", "noise", "signal", "update"]


def test_jsonl_when_a_signal_is_read_then_its_values_are_these(inside: Inside, tmp_path: Path) -> None:
    file = tmp_path / "messages.jsonl"
    file.write_text(lines(*MESSAGES))
    gold, euro, part, _, coin, everything = map(json.loads, inside("parse", "--jsonl", file).out.splitlines())
    assert gold["verdict"] == "act"
    assert gold["signals"] == [
        {
            "side": "buy",
            "order": "market",
            "symbol": "XAUUSD",
            "entry": ["2345"],
            "sl": "2335",
            "tp": ["2350", "2360", "open"],
            "leverage": None,
        }
    ]
    (limit,) = euro["signals"]
    assert (limit["order"], limit["entry"], limit["sl"], limit["tp"]) == (
        "limit",
        ["1.1050"],
        {"pips": "50"},
        ["1.0950"],
    )
    assert {(update["action"], update["fraction"]) for update in part["updates"]} == {
        ("close_partial", "0.5"),
        ("breakeven", None),
    }
    (long,) = coin["signals"]
    assert (long["entry"], long["leverage"]) == (["60000", "60500"], "10")
    assert everything["updates"][0]["everything"] is True


def test_jsonl_when_a_line_has_no_id_then_its_number_is_the_id(inside: Inside, tmp_path: Path) -> None:
    file = tmp_path / "messages.jsonl"
    file.write_text('\n{"text": "hello"}\n\n{"text": "hello", "more": 1}\n')
    assert [json.loads(line)["id"] for line in inside("parse", "--jsonl", file).out.splitlines()] == [2, 4]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"gold buy now", "not JSON"),
        (b'{"id": 1, "text": "x"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"id": NaN, "text": "x"}', "NaN is not a number"),
        (b"[1, 2]", "an object was expected, was [1, 2]"),
        (b'"\xe2\x80\xaetxet"', "an object was expected"),
        (b'{"id": 1}', 'no "text" in it'),
        (b'{"id": 1, "text": null}', 'no "text" in it'),
        (b'{"text": "caf\xe9"}', "not UTF-8"),
        (b'{"text": "' + b"x" * (1 << 20) + b'"}', "longer than 1 MB"),
    ],
)
def test_jsonl_when_a_line_is_bad_then_its_number_is_told_and_what_was_read_stands(
    inside: Inside, tmp_path: Path, line: bytes, said: str
) -> None:
    file = tmp_path / "messages.jsonl"
    file.write_bytes(b'{"id": "first", "text": "hello"}\n\n' + line + b'\n{"id": "last", "text": "hello"}\n')
    answer = inside("parse", "--jsonl", file)
    assert answer.code == 1
    assert is_one_line(answer.err)
    assert f"{file}, line 3: " in answer.err
    assert said in answer.err
    assert answer.err.removesuffix("\n").isprintable()
    assert [json.loads(out)["id"] for out in answer.out.splitlines()] == ["first"]


def test_jsonl_when_the_text_is_hostile_then_no_raw_control_comes_out() -> None:
    """Whatever is in an id or a text, a terminal gets plain ASCII, and JSON gets the same id back."""
    name = 'x\x1b]52;c;bWFs\x07\n{"id": "forged"}\u202e\ud83d\ude00é'
    given = json.dumps({"id": name, "text": "\ud800 \x00 \x1b[2J gold buy"}) + "\n"
    answer = signalos("parse", "--jsonl", given=given, PYTHONIOENCODING="latin-1")
    assert answer.code == 0
    assert answer.out.isascii()
    assert answer.out.count("\n") == 1
    assert answer.out.removesuffix("\n").isprintable()
    assert json.loads(answer.out)["id"] == json.loads(given)["id"]


# --- for people -------------------------------------------------------------------------------------------------------


def test_text_when_piped_in_then_one_reading_with_its_numbers() -> None:
    answer = signalos("parse", given=GOLD)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("signal: act, ")
    assert "buy, XAUUSD, market, entry 2345, stop 2335, targets 2350 2360 open" in answer.out


def test_text_when_in_blocks_then_a_reading_each(inside: Inside, tmp_path: Path) -> None:
    file = tmp_path / "posts.txt"
    file.write_text(f"---\n{GOLD}\n---\n\n---\nGood morning\n ---\r\nClose half\n")
    answer = inside("parse", file)
    readings = answer.out.split("\n\n")
    assert [reading.partition(":")[0] for reading in readings[:-1]] == ["signal", "noise", "update"]
    assert readings[-1] == ""


def test_text_when_a_dash_is_named_then_it_is_standard_input() -> None:
    assert signalos("parse", "-", given=GOLD).out == signalos("parse", given=GOLD).out != ""


@pytest.mark.parametrize("given", [b"", b"\n \n", b"---\n---\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("form", [[], ["--jsonl"]])
def test_input_when_empty_then_nothing_is_said(inside: Inside, tmp_path: Path, given: bytes, form: list[str]) -> None:
    file = tmp_path / "posts"
    file.write_bytes(given if not form else given.replace(b"---", b""))
    assert inside("parse", *form, file) == (0, "", "")


def test_text_when_not_utf_8_then_the_line_is_named(inside: Inside, tmp_path: Path) -> None:
    file = tmp_path / "posts.txt"
    file.write_bytes(b"GOLD BUY\n\xff\xfe\n")
    answer = inside("parse", file)
    assert (answer.code, is_one_line(answer.err)) == (1, True)
    assert f"{file}, line 2: not UTF-8" in answer.err


def test_text_when_hostile_then_the_terminal_gets_words_only() -> None:
    answer = signalos("parse", given="GOLD\x1b]0;owned\x07 BUY\x9b2J now \u202e2345 sl 2335 tp 2350\r")
    assert answer.code == 0
    assert [line for line in answer.out.splitlines() if not line.isprintable()] == []


def test_text_when_the_terminal_cannot_show_a_letter_then_it_still_ends_well() -> None:
    answer = signalos("parse", given="ذهب شراء 2345 ستوب 2335 هدف 2350", PYTHONIOENCODING="ascii")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.isascii()


@pytest.mark.parametrize("name", ["nothere.txt", "."])
def test_file_when_it_cannot_be_read_then_it_is_named(inside: Inside, tmp_path: Path, name: str) -> None:
    answer = inside("parse", tmp_path / name)
    assert (answer.code, is_one_line(answer.err)) == (1, True)
    assert str(tmp_path / name) in answer.err


def test_config_when_broken_then_it_is_said_before_anything_is_read(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[rules]\nmax_age = 3\n")
    answer = inside("parse", "--config", tmp_path / "c.toml", tmp_path / "nothere")
    assert (answer.code, is_one_line(answer.err)) == (1, True)
    assert "max_age_s" in answer.err


def test_output_when_nobody_reads_on_then_it_ends_quietly() -> None:
    """`signalos parse --jsonl | head -1`, with more input than any pipe holds."""
    with subprocess.Popen(
        [*SIGNALOS, "parse", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(lines((1, "hello")).encode() * 2000)
        process.stdin.close()
        assert process.stdout.readline().startswith(b'{"id": 1')
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0

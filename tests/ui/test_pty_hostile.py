"""The byte audit: what really reaches a terminal when every foreign word is an attack (reference: reliability G1, G2).

A child process draws in a real pseudo-terminal and every byte it sends is looked at. Sequences are allowed only if the console
also sends them on an ordinary desk, whatever their figures; and every visible character of every string must arrive.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from functools import cache

import pytest

from signalos_tui.ui.text import safe
from tests.ui.hostile import COLUMNS, ROWS, strings

COUNT = 10_000
SIZES = {"desk": (40, 120), "calm": (40, 120)}
SEQUENCE = re.compile(
    r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|[P_^X][^\x1b]*\x1b\\|\[[0-?]*[ -/]*[@-~]|[ -/]*[0-~])", re.DOTALL
)
STYLE = re.compile(
    r"\x1b\[(?:0|[1-9]|2[1-9]|3[0-9]|4[0-9]|9[0-7]|10[0-7]|5[0-5]|[34]8;(?:5;\d{1,3}|2;\d{1,3};\d{1,3};\d{1,3}))?(?:;(?:\d{1,3}))*m"
)
PLACE = re.compile(r"\x1b\[\d{0,3}(?:;\d{0,3})?H")

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals to look into on Windows", allow_module_level=True)


@cache
def transcript(*arguments: str) -> str:
    """Everything a child sends to its terminal until it ends. Fails when it ends badly."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZES.get(arguments[0], (ROWS, COLUMNS)), 0, 0))
    # Whoever runs the tests may have told children a size of his own
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    environment = {**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"}
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.ui.hostile", *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=True,
    )
    os.close(slave)
    received = bytearray()
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other end is closed: the child has ended
            break
        if not piece:
            break
        received += piece
    os.close(master)
    text = received.decode("utf-8")
    assert child.wait(30) == 0, text[-3000:]
    return text


def shapes(text: str) -> set[str]:
    """The kinds of sequences that were sent, figures of styles and places left out."""
    found = set()
    for match in SEQUENCE.finditer(text):
        sequence = match[0]
        found.add("style" if STYLE.fullmatch(sequence) else "place" if PLACE.fullmatch(sequence) else sequence)
    return found


def stray(text: str) -> set[str]:
    """Control, format and surrogate characters outside sequences that a terminal would act on or hide."""
    rest = SEQUENCE.sub("", text)
    bad = re.compile(
        "[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u061c\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ufe00-\ufe0f\U000e0000-\U000e0fff]"
    )
    return set(bad.findall(rest))


def ordinary() -> set[str]:
    """What the console sends on an ordinary desk."""
    return shapes(transcript("calm"))


def test_pages_when_every_string_is_hostile_then_no_control_gets_through_and_no_visible_character_is_lost() -> None:
    text = transcript("pages", str(COUNT))
    assert stray(text) == set()
    assert shapes(text) - ordinary() == set()
    arrived = SEQUENCE.sub("", text)
    lines = (line.strip() for text in strings(COUNT) for line in safe(text, lines=True).split("\n"))
    lost = [line for line in lines if line not in arrived]
    assert lost == []


def test_the_console_when_every_foreign_word_is_hostile_then_no_foreign_control_reaches_the_terminal() -> None:
    text = transcript("desk")
    assert "[SL]" in SEQUENCE.sub("", text)
    assert "␛]52;c;ZXZpbA==␇" in SEQUENCE.sub("", text)
    assert "What does " in text  # the dialogs of reading were among what was shown
    assert "Teach " in text
    assert stray(text) == set()
    assert shapes(text) - ordinary() == set()


def test_the_audit_when_text_goes_past_plain_then_it_sees_the_leak() -> None:
    text = transcript("raw", "400")
    leaked = shapes(text) - ordinary()
    assert "\x1b[6n" in leaked
    assert "\x1b]52;c;ZXZpbA==\x1b\\" in leaked
    assert stray(text)

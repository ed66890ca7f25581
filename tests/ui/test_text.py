"""What a stranger writes reaches the screen as words and never as commands."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from signalos_tui.harmless import REPLACED
from signalos_tui.ui.text import (
    BASE,
    ELLIPSIS,
    STACK,
    age,
    cut,
    date,
    lots,
    marked,
    moment,
    money,
    multiple,
    percent,
    plain,
    price,
    safe,
    share,
)

ESC = "\x1b"
FORBIDDEN = frozenset(
    [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
    + [chr(code) for code in range(0x202A, 0x202F)]
    + [chr(code) for code in range(0x2066, 0x206A)]
    + list("\u200b\u200c\u200d\u200e\u200f\u061c\u2028\u2029\ufeff\u00ad")
    + [chr(code) for code in range(0xD800, 0xE000)]
    + [chr(code) for code in range(0xE0000, 0xE0080)]
    + [chr(code) for code in range(0xFE00, 0xFE10)]
)
FILLERS = frozenset("\u115f\u3164\uffa0")
HOSTILE = [
    f"{ESC}]52;c;ZXZpbA=={ESC}\\",
    f"{ESC}[6n",
    f"{ESC}]0;owned\x07",
    "\x9b31m",
    "\x90q\x9c",
    "\u202egnissim LT",
    "\ud83d",
    "\U000e0042\U000e0055\U000e0059",
    "BUY\r\x1b[2K\x1b[1ASELL",
    "a" + "\u0301" * 500,
]
ANY = st.text(alphabet=st.characters(codec=None), max_size=60) | st.lists(st.sampled_from(HOSTILE), max_size=3).map(
    "".join
)


@given(ANY)
def test_text_when_hostile_then_no_control_or_format_character_comes_out(text: str) -> None:
    assert not FORBIDDEN & set(safe(text))
    assert not FORBIDDEN & set(plain(text).plain)
    assert not FORBIDDEN & set(safe(text, lines=True)) - {"\n"}


@given(ANY)
def test_text_when_shown_then_it_can_be_written_as_utf8(text: str) -> None:
    assert safe(text).encode("utf-8")[:0] == b""


@given(ANY)
def test_text_when_made_safe_twice_then_nothing_changes(text: str) -> None:
    once = safe(text, lines=True)
    assert safe(once, lines=True) == once


@given(st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "Sm", "Sc", "So")), max_size=60))
def test_text_when_visible_then_every_character_survives(text: str) -> None:
    wanted = ["\u0020" if char in FILLERS else char for char in text if cell_len(char) or char in FILLERS]
    assert [char for char in safe(text) if cell_len(char) and char != BASE] == [char for char in wanted if char != BASE]


@pytest.mark.parametrize(
    "text",
    [
        "[SL] 1.0850 [TP] 1.09",
        "[/b]",
        "[@click=app.quit]tap[/]",
        "[link=https://example.org]here[/link]",
        "[type=x, v={'a[0]'}]",
        "\\[bold]not bold[/bold]",
        "BUY XAUUSD 2345 \u2013 2340 \u2714 \u062e\u0631\u064a\u062f \u043a\u0443\u043f\u0438 \u8cb7\u3044",
    ],
)
def test_brackets_and_scripts_when_shown_then_they_stand_literally(text: str) -> None:
    assert plain(text).plain == text
    assert plain(text, style="bold").plain == text
    assert all(not span.style or span.style == "bold" for span in plain(text, style="bold").spans)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (f"{ESC}[6n", "\u241b[6n"),
        ("\x00\x07\x7f", "\u2400\u2407\u2421"),
        ("\x9b31m", f"{REPLACED}31m"),
        ("\ud800", REPLACED),
        ("a\tb\rc", "a b c"),
        ("TP1\ufe0f\u20e3", "TP1\u20e3"),
        ("\u26a0\ufe0f", "\u26a0"),
        ("\u202eabc\u202c", "abc"),
        ("a\u00a0b\u3000c", "a b c"),
        ("\u0301x", "\u25cc\u0301x"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\U0001f469"),
        ("", ""),
    ],
)
def test_a_dangerous_character_when_shown_then_it_is_a_picture_or_gone(raw: str, shown: str) -> None:
    assert safe(raw) == shown


@pytest.mark.parametrize("end", ["\n", "\x85", "\u2028", "\u2029"])
def test_a_line_end_when_lines_are_kept_then_it_breaks_else_it_is_a_space(end: str) -> None:
    assert safe(f"a{end}b", lines=True) == "a\nb"
    assert safe(f"a{end}b") == "a b"


def test_marks_when_stacked_then_only_a_few_stay() -> None:
    shown = safe("a" + "\u0301" * 4096 + "b")
    assert shown == "a" + "\u0301" * STACK + "b"


@given(ANY, st.integers(0, 30))
def test_a_cut_when_made_then_it_fits_and_says_so(text: str, width: int) -> None:
    shown = cut(text, width)
    assert cell_len(shown) <= width
    assert not FORBIDDEN & set(shown)
    assert shown == safe(text) if cell_len(safe(text)) <= width else shown.endswith(ELLIPSIS) or width == 0


@pytest.mark.parametrize(("width", "shown"), [(0, ""), (1, "\u2026"), (4, "\u65e5\u2026"), (5, "\u65e5\u672c\u2026")])
def test_a_wide_text_when_cut_then_no_letter_is_halved(width: int, shown: str) -> None:
    assert cut("\u65e5\u672c\u8a9e", width) == shown


@settings(max_examples=60)
@given(ANY, ANY, ANY)
def test_a_mark_when_the_text_shrinks_then_it_still_covers_its_words(before: str, middle: str, after: str) -> None:
    text = f"{before}|{middle}|{after}"
    start, end = len(before), len(before) + len(middle) + 2
    content = marked(text, [(start, end, "bold")])
    assert content.plain == safe(text, lines=True)
    covered = content.plain[content.spans[0].start : content.spans[0].end]
    assert covered.startswith("|")
    assert covered.rstrip("\u0300\u0301").endswith("|") or unicodedata.combining(covered[-1])


def test_a_mark_when_beyond_the_text_then_it_ends_with_it() -> None:
    assert [(span.start, span.end) for span in marked("abc", [(1, 99, "bold"), (5, 7, "bold")]).spans] == [
        (1, 3),
        (3, 3),
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2345.10", "2345.10"),
        ("1E+5", "100000"),
        ("1E+500", "1e+500"),
        ("Infinity", "Infinity"),
        ("0.00001", "0.00001"),
    ],
)
def test_a_price_when_shown_then_all_its_digits_stand_and_nothing_runs_away(value: str, shown: str) -> None:
    assert price(Decimal(value)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("57", "+57.00"),
        ("-0.001", "0.00"),
        ("10412.3", "+10 412.30"),
        ("-1234567.895", "-1 234 567.90"),
        ("NaN", "NaN"),
    ],
)
def test_money_when_signed_then_gains_carry_a_plus_and_nothing_is_minus_zero(value: str, shown: str) -> None:
    assert money(Decimal(value), sign=True) == shown


def test_figures_when_missing_then_a_dash() -> None:
    assert {price(None), lots(None), money(None), multiple(None), percent(None)} == {"\u2013"}


def test_figures_when_given_then_with_their_units() -> None:
    assert multiple(Decimal("0.61")) == "+0.6R"
    assert multiple(Decimal("-0.04")) == "0.0R"
    assert percent(Decimal("1.24"), sign=True) == "+1.2 %"
    assert share(0.995) == "99 %"
    assert lots(Decimal("0.1")) == "0.10"
    assert lots(Decimal("0.125")) == "0.125"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "0s"),
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h00"),
        (7500, "2h05"),
        (36000, "10h"),
        (90000, "1d"),
    ],
)
def test_an_age_when_shown_then_four_characters_do(seconds: int, shown: str) -> None:
    assert age(seconds * 1000) == shown


def test_a_moment_when_shown_then_in_the_zone_asked_for() -> None:
    assert moment(1_767_603_661_000) == "09:01"
    assert moment(1_767_603_661_000, seconds=True) == "09:01:01"
    assert date(1_767_603_661_000) == "2026-01-05"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        ("1.338", 5, "1.33800"),
        ("61.4", 2, "61.40"),
        ("4152.5433", 2, "4152.5433"),
        ("93600", 0, "93600"),
        ("-0.5", 1, "-0.5"),
    ],
)
def test_a_price_has_the_digits_of_its_symbol_and_loses_none(value: str, digits: int, text: str) -> None:
    assert price(Decimal(value), digits) == text

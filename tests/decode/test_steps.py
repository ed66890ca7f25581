"""The steps one by one: folding, numerals, tokens, symbols, language files, profiles, the JSON form."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.decode import Profile, read, to_json
from signalos_tui.decode.concepts import WEAK, Concept
from signalos_tui.decode.lexicon import PARTS, languages, lexicon
from signalos_tui.decode.normalise import fold, normalise
from signalos_tui.decode.numerals import pieces, shorthand
from signalos_tui.decode.profile import DEFAULT
from signalos_tui.decode.scan import scan
from signalos_tui.decode.symbols import band, from_codes, from_word, symbols
from signalos_tui.model.signals import ReadingKind, ReadingVerdict, Side


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("𝗕𝗨𝗬 ＧＯＬＤ", "buy gold"),
        ("S\u200bL ٤٠٦١٫٥", "sl 4061.5"),
        ("ЕURUSD", "eurusd"),
        ("TP1️⃣ 4️⃣0️⃣6️⃣1️⃣", "tp①   4061"),
        ("GİRİŞ złoto ação ёлка", "giris zloto acao елка"),
        ("4061—4059", "4061-4059"),
        ("SL\tx\n\rTP", "sl\tx\n tp"),
    ],
)
def test_text_when_normalised_then_plain(text: str, folded: str) -> None:
    """One plain alphabet, and nothing that cannot be seen."""
    assert normalise(text).text == folded


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120))
def test_span_when_taken_from_folded_text_then_lies_in_the_original(text: str) -> None:
    """Every folded character knows where it came from, in order."""
    folded = normalise(text)
    places = [folded.span(at, at + 1) for at in range(len(folded.text))]
    assert all(0 <= span.start < span.end <= len(text) for span in places)
    assert all(a.end <= b.start for a, b in pairwise(places))


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("4061", [["4061"]]),
        ("1.0850", [["1.0850"]]),
        ("4.061", [["4.061", "4061"]]),
        ("1,085", [["1085", "1.085"]]),
        ("150,20", [["150.20"]]),
        ("27,987.46", [["27987.46"]]),
        ("27.987,46", [["27987.46"]]),
        ("1,234,567", [["1234567"]]),
        ("1'234'567", [["1234567"]]),
        ("46000,47000", [["46000"], ["47000"]]),
        ("132.650,133.000", [["132.650", "132650"], ["133.000", "133000"]]),
        ("1.1.9660", [["1.9660"]]),
        ("0.123", [["0.123"]]),
        ("1.2.3.4", []),
        ("1,23,4567.8", []),
    ],
)
def test_numeral_when_read_then_one_value_or_both(written: str, values: list[list[str]]) -> None:
    """A number is one value, two honest readings, a list, or nothing; never a silent factor of ten."""
    found = pieces(written)
    if values:
        assert [[str(value) for value in numbers] for _, _, numbers in found] == values
    else:
        assert all(written[a:b].count(".") <= 1 for a, b, _ in found)


@pytest.mark.parametrize(
    ("full", "short", "meant"),
    [
        ("4061", "59", "4059"),
        ("134.30", "35", "134.35"),
        ("0.00002150", "2180", "0.00002180"),
        ("2045.5", "7.5", "2047.5"),
        ("4061", "4059", None),
        ("1.5", "25", None),
    ],
)
def test_shorthand_when_completed_then_takes_the_missing_digits(full: str, short: str, meant: str | None) -> None:
    """The last digits of a price replace those of the price before."""
    assert shorthand(full, short) == (Decimal(meant) if meant else None)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("40x 30 pips 2% 15m 95k 442€ #899", ["x", "pips", "%", "no", "", "no", "no"]),
        ("+40 pips", ["pips"]),
        ("buy 0.01 lot", ["no"]),
        ("lot 0.01", [""]),
        ("h4 chart", ["no"]),
        ("x20", ["x"]),
    ],
)
def test_numbers_when_measured_then_have_their_units(text: str, units: list[str]) -> None:
    """What is no price cannot be taken for one."""
    tokens = scan(normalise(text), lexicon(DEFAULT))
    assert [token.unit for token in tokens if token.concept is Concept.NUMBER] == units


def test_dates_and_links_when_scanned_then_are_no_numbers() -> None:
    """A date, a time and a link hold no price."""
    tokens = scan(normalise("2024.02.24 02:25 https://example.com/1.23 31/12/2024"), lexicon(DEFAULT))
    assert all(token.concept is not Concept.NUMBER for token in tokens)


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("buy gold now", "XAUUSD"),
        ("buy eur/usd now", "EURUSD"),
        ("buy EUR USD now", "EURUSD"),
        ("buy xau-usd now", "XAUUSD"),
        ("buy EURUSDm now", "EURUSD"),
        ("buy us30 now", "US30"),
        ("buy S&P500 now", "US500"),
        ("buy dax now", "GER40"),
        ("buy nas now", "NAS100"),
        ("buy wti now", "USOIL"),
        ("buy #LINKUSDT now", "LINKUSDT"),
        ("buy PEPE/USDT now", "PEPEUSDT"),
        ("buy CRV/ USDT now", "CRVUSDT"),
        ("buy $SOL now", "SOL"),
        ("buy 1000BONK/USDT now", "1000BONKUSDT"),
    ],
)
def test_market_when_named_then_the_symbol_people_agree_on(text: str, symbol: str) -> None:
    """Aliases, pairs, coins and their many spellings."""
    (signal,) = read(text).signals
    assert (signal.symbol, signal.side) == (symbol, Side.BUY)


def test_symbols_when_looked_up_then_only_real_pairs() -> None:
    """Six letters are no pair, and a band belongs to its market."""
    assert from_word("system") is None
    assert from_codes("usd", "usd") is None
    limits = band("EURUSD")
    assert limits is not None
    assert limits[0] < 1 < limits[1]
    assert band("UNKNOWN") is None
    assert all(low < high for low, high in symbols().bands.values())


def test_language_files_when_loaded_then_every_key_is_a_concept_and_no_phrase_has_two_meanings() -> None:
    """A native speaker's slip is found here, with the word that is wrong; a weak label may mean another thing elsewhere."""
    for data in languages():
        meanings: dict[tuple[str, ...], str] = {}
        for concept, words in data["words"].items():
            assert concept.upper() in Concept.__members__, concept
            if Concept[concept.upper()] in WEAK:
                continue
            for word in words:
                phrase = tuple(PARTS.findall(fold(word)))
                assert phrase, word
                assert meanings.setdefault(phrase, concept) == concept, (data["language"], word)


def test_stray_word_of_another_language_when_read_then_changes_nothing() -> None:
    """The German "hier" is the French "yesterday"; it makes no report of a German call."""
    reading = read("Kaufe Gold jetzt\nSL 2020\nhier traden")
    assert reading.kind is ReadingKind.SIGNAL


def test_profile_when_it_has_words_and_a_market_then_they_are_used() -> None:
    """A channel's own words and its one market."""
    profile = Profile(words=(("buy", ("rocket",)),), default_symbol="XAUUSD", ignore=("demo call",))
    (signal,) = read("rocket 2030\nSL 2020\nTP 2050", profile).signals
    assert (signal.side, signal.symbol) == (Side.BUY, "XAUUSD")
    assert read("rocket 2030 SL 2020 TP 2050", DEFAULT).verdict is not ReadingVerdict.ACT
    assert read("demo call: rocket 2030 SL 2020 TP 2050", profile).kind is ReadingKind.NOISE


def test_profile_when_it_writes_decimal_commas_then_a_two_way_number_is_settled() -> None:
    """Without the profile the number has two readings, and the call is held."""
    text = "BUY ABC/USDT 1,085 SL 1,080 TP 1,090"
    assert "two_readings" in {reason.code for reason in read(text).reasons}
    (signal,) = read(text, Profile(decimal_comma=True)).signals
    assert signal.entry[0].value == Decimal("1.085")


def test_reading_when_written_as_json_then_prices_keep_their_digits() -> None:
    """The line `signalos parse --jsonl` prints."""
    line = json.loads(json.dumps(to_json(7, read("SELL EURUSD 1.0850\nSL 20 pips\nTP 1.0800\nTP open"))))
    assert line["id"] == 7
    assert line["signals"] == [
        {
            "side": "sell",
            "order": "unspecified",
            "symbol": "EURUSD",
            "entry": ["1.0850"],
            "sl": {"pips": "20"},
            "tp": ["1.0800", "open"],
            "leverage": None,
        }
    ]
    assert line["updates"] == []


@pytest.mark.parametrize(
    ("text", "market"),
    [
        ("Close half here\n\n#forex #signals", None),
        ("#SKR close now", "SKR"),
        ("Close #link now", "LINK"),
        ("close now #vip", None),
    ],
)
def test_tags_when_they_sign_a_post_then_name_no_market(text: str, market: str | None) -> None:
    assert [update.symbol for update in read(text).updates] == [market]

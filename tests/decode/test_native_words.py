"""What single languages need of the reader: accents that tell words apart, suffixes, verbs last, free order, other signs.

The corpora hold whole messages; here each rule stands beside the case it must not touch.
"""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import pytest

from signalos_tui.decode import read
from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.lexicon import languages
from signalos_tui.decode.normalise import fold
from signalos_tui.model.signals import ReadingKind, ReadingVerdict, Side, UpdateAction


def _asked(text: str) -> list[tuple[UpdateAction, Decimal | None]]:
    """The commands of a post, with the fraction."""
    return [(u.action, u.fraction) for u in read(text).updates if u.action is not UpdateAction.INFO]


def test_words_that_need_their_accents_when_loaded_then_are_concepts_and_lose_something_in_the_fold() -> None:
    """A word without accents, or in capitals, would never or always count."""
    for data in languages():
        for word, concept in data.get("as_written", {}).items():
            assert concept.upper() in Concept.__members__, (data["language"], word)
            assert word == unicodedata.normalize("NFC", word).lower(), (data["language"], word)
            assert fold(word) != word or word == "ngay", (data["language"], word)
        for word, side in data.get("sides_beside", {}).items():
            assert side in {"buy", "sell"}, (data["language"], word)


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("Bán EURUSD 1.0850 SL 1.0900 TP 1.0800", Side.SELL),
        ("BÁN EURUSD 1.0850 SL 1.0900 TP 1.0800", Side.SELL),
        (unicodedata.normalize("NFD", "Bán EURUSD 1.0850 SL 1.0900 TP 1.0800"), Side.SELL),
        ("ban vang 2398 sl 2408 tp 2380", Side.SELL),
        ("Bạn EURUSD 1.0850 SL 1.0900 TP 1.0800", None),
        ("ban EURUSD 1.0850 SL 1.0900 TP 1.0800", None),
        ("EURUSD şort 1.0850 stop 1.0900 hedef 1.0800", Side.SELL),
        ("EURUSD sort 1.0850 stop 1.0900 hedef 1.0800", None),
    ],
)
def test_word_that_only_accents_tell_apart_when_read_then_counts_as_it_is_written(text: str, side: Side | None) -> None:
    """Without its accents it counts only beside a market's name in its own language."""
    (signal,) = read(text).signals
    assert signal.side is side


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("ons altın sat 2412 stop 2421 hedef 2400", Side.SELL),
        ("altın al 2412 stop 2401 hedef 2430", Side.BUY),
        ("AUDUSD anlık fiyattan al, zarar kes 0.6500, hedef 0.6700", Side.BUY),
        ("GOLD sat 2412 SL 2421 TP 2400", None),
    ],
)
def test_direction_beside_a_market_when_in_small_letters_then_needs_its_language(text: str, side: Side | None) -> None:
    """English "sat" is no direction; among Turkish words it is."""
    (signal,) = read(text).signals
    assert signal.side is side


def test_short_name_of_a_market_when_accented_then_is_a_word() -> None:
    """Vietnamese "các" makes a plural; CAC is the index."""
    (update,) = read("Đóng hết tất cả các lệnh").updates
    assert (update.action, update.symbol, update.everything) == (UpdateAction.CLOSE, None, True)
    (signal,) = read("CAC long 7500 SL 7450 TP 7600").signals
    assert signal.symbol == "FRA40"


@pytest.mark.parametrize(
    ("text", "fraction"),
    [
        ("%30 kapatın", "0.3"),
        ("70% фиксируем, остальное держим", "0.7"),
        ("фиксируем 70%", "0.7"),
        ("Üçte birini kapat", "0.333"),
        ("Đóng một phần ba lệnh", "0.333"),
    ],
)
def test_share_when_written_as_its_language_does_then_is_read(text: str, fraction: str) -> None:
    """The percent sign in front, the share before the verb, a fraction in words."""
    assert _asked(text) == [(UpdateAction.CLOSE_PARTIAL, Decimal(fraction))]
    assert read(text).verdict is ReadingVerdict.ACT


@pytest.mark.parametrize(
    "text",
    [
        "зафиксировали +50%",
        "Часть подписчиков в плюсе",
        "На ТП1 закрываем половину",
        "На 2350 фиксируем половину",
        "Yarısını kapatabilirsiniz",
        "Kapıyı kapatın",
        "Стоп уже в безубытке",
        "SL sudah di BE",
        "Выходим в ноль",
        "Закрываем вторую лимитку",
        "Ціль на цей рік біток 100000",
        "Close semua ya, amankan profit",
    ],
)
def test_words_of_a_command_when_they_ask_for_nothing_now_then_do_not_act(text: str) -> None:
    """A gain, a subject, a plan, an offer, a door, a state, a forecast."""
    assert read(text).verdict is not ReadingVerdict.ACT


def test_stop_to_a_target_when_said_in_slavic_then_is_no_plan() -> None:
    """Behind a stop "на" says where it goes; in front of a target alone it says when."""
    reading = read("Стоп на ТП1")
    assert [(u.action, u.target) for u in reading.updates] == [(UpdateAction.MOVE_SL, 1)]
    assert "conditional" not in {reason.code for reason in reading.reasons}


def test_coin_in_capitals_when_it_is_the_only_one_then_is_the_market_of_the_update() -> None:
    """In a post that is all capitals the letters say nothing."""
    assert [u.symbol for u in read("ARB закрываю по рынку").updates] == ["ARB"]
    assert [u.symbol for u in read("CLOSE ARB NOW").updates] == [None]


@pytest.mark.parametrize("text", ["Стоп 2343\n🎯 2360\n🎯 2370", "СЛ 2343\n🎯 2360\n🎯 2370"])
def test_drawn_targets_when_the_stop_is_written_then_are_targets(text: str) -> None:
    """Where nothing is labelled, the order of the numbers decides instead."""
    reading = read(f"XAUUSD LONG\nВход 2350\n{text}")
    assert reading.kind is ReadingKind.SIGNAL
    assert [str(target.value) for target in reading.signals[0].targets if hasattr(target, "value")] == ["2360", "2370"]

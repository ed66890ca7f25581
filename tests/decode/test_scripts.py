"""What single scripts need of the reader: vowels that are marks, words without spaces, articles inside words, native signs.

The corpora hold whole messages; here each rule stands beside the case it must not touch.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from signalos_tui.decode import read
from signalos_tui.decode.normalise import fold
from signalos_tui.decode.symbols import closer
from signalos_tui.model.signals import Number, ReadingKind, ReadingVerdict, Side, UpdateAction


def _prices(text: str) -> list[str]:
    """The targets of a call, as they are written."""
    (signal,) = read(text).signals
    return [str(target.value) for target in signal.targets if isinstance(target, Number)]


def test_devanagari_when_folded_then_words_that_differ_in_a_vowel_stay_apart() -> None:
    """ "Sell" and "save yourself" differ by one vowel sign; length and nasal marks make no difference."""
    assert fold("बेचो") != fold("बचो")
    assert fold("खरीदें") == fold("खरिदे")


@pytest.mark.parametrize(
    ("text", "fraction"),
    [
        ("3分の1決済", "0.333"),
        ("ポジションの3分の2を決済", "0.667"),
        ("30%利確", "0.3"),
        ("平仓3分之1", "0.333"),
        ("平仓百分之30", "0.3"),
        ("止盈一半", "0.5"),
        ("إغلاق ٣٠٪ من الصفقة", "0.3"),
        ("اغلاق 30 بالمئة من الصفقة", "0.3"),
        ("۳۰ درصد پوزیشن رو ببندید", "0.3"),
        ("30 प्रतिशत बंद करें", "0.3"),
    ],
)
def test_share_when_written_as_its_language_does_then_is_that_share(text: str, fraction: str) -> None:
    """The whole in front of the part, percent as a word or a sign of its own, the word for profit as a verb."""
    (update,) = [update for update in read(text).updates if update.action is not UpdateAction.INFO]
    assert update.action is UpdateAction.CLOSE_PARTIAL
    assert update.fraction is not None
    assert round(update.fraction, 3) == Decimal(fraction)


@pytest.mark.parametrize("text", ["利確。3分の1地点", "第3分之1章", "目标3/4"])
def test_share_when_nothing_is_closed_then_asks_for_nothing(text: str) -> None:
    """A share alone is no command."""
    assert read(text).verdict is not ReadingVerdict.ACT


def test_enumeration_comma_when_between_prices_then_parts_them() -> None:
    """ "、" is no thousands mark, even where the prices have some."""
    assert _prices("BTCUSDT ロング 61,500\n損切り 60,200\n利確 63,000、64,500") == ["63000", "64500"]
    assert _prices("黄金做多 2331 止损 2324 目标 2345、2355") == ["2345", "2355"]


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("黄金4012空，止损4020，目标4000", Side.SELL),
        ("黄金现价多，止损4000，目标4030", Side.BUY),
        ("方向：空\n黄金4012\n止损4020\n目标4000", Side.SELL),
        ("黄金4012附近多，止损4000，目标4030", Side.BUY),
    ],
)
def test_one_character_when_behind_a_price_then_is_the_direction(text: str, side: Side) -> None:
    """Behind the price, behind "now", behind "direction"."""
    reading = read(text)
    assert reading.verdict is ReadingVerdict.ACT
    assert reading.signals[0].side is side


@pytest.mark.parametrize(
    "text", ["今天黄金涨到4012多", "黄金4012附近多空争夺", "黄金空间不大，止损4020", "很多人止损4020"]
)
def test_one_character_when_it_belongs_to_another_word_then_is_no_direction(text: str) -> None:
    """ "More than 4012", "room", "many": the same characters."""
    assert read(text).verdict is not ReadingVerdict.ACT


def test_price_when_a_unit_of_ten_thousand_follows_then_is_not_read() -> None:
    """ "6万" is 60000 and not 6."""
    assert read("比特币做多 6万，止损5.8万，目标6.5万").verdict is not ReadingVerdict.ACT


@pytest.mark.parametrize("name", ["ذهب", "الذهب", "والذهب", "للذهب", "بالذهب", "وبالذهب"])
def test_market_when_an_arabic_article_is_part_of_the_word_then_is_found(name: str) -> None:
    """And, the, to the, in the: written as one word with the name."""
    (signal,) = read(f"شراء {name} 2331\nستوب 2324\nهدف 2345").signals
    assert signal.symbol == "XAUUSD"


def test_unknown_words_when_in_chinese_then_are_not_overlooked() -> None:
    """A close of something unknown is held, as in a language with spaces."""
    assert read("平仓").verdict is ReadingVerdict.ACT
    assert read("关掉房门平仓").verdict is not ReadingVerdict.ACT


def test_labels_when_joined_to_japanese_then_are_read() -> None:
    """Latin letters inside a run of kana are a word of their own."""
    (update,) = read("SLを2348へ移動").updates
    assert (update.action, isinstance(update.price, Number) and update.price.value) == (UpdateAction.MOVE_SL, 2348)
    assert read("EURUSD做多 1.0850 SL 1.0820 TP 1.0900").signals[0].symbol == "EURUSD"


@pytest.mark.parametrize("text", ["الساعة 9 وقف الخسارة", "ساعت ۹ حد ضرر", "बजे 9 स्टॉप लॉस"])
def test_hour_when_its_word_stands_before_it_then_is_no_price(text: str) -> None:
    """A lesson at nine about the stop moves none."""
    assert all(update.price is None for update in read(text).updates)


def test_direction_word_when_before_the_labels_then_moves_nothing() -> None:
    """ "bech do" is Hindi for "sell"; the Polish "do" (to) moves no stop there."""
    assert read("silver bilkul fenk do, SL 31.60, TP 30.90").verdict is not ReadingVerdict.ACT


@pytest.mark.parametrize(
    ("one", "other", "meant"),
    [
        ("BTCUSD", "BTCUSDT", "BTCUSDT"),
        ("BTCUSDT", "BTCUSD", "BTCUSDT"),
        ("BTCUSD", "ETHUSDT", None),
        ("EURUSD", "EURGBP", None),
    ],
)
def test_coin_when_named_with_and_without_its_quote_then_is_one_market(one: str, other: str, meant: str | None) -> None:
    """The name with the quote is the closer one."""
    assert closer(one, other) == meant


def test_coin_when_named_twice_in_a_call_then_no_second_market() -> None:
    """ "Bitcoin (BTC/USDT)"."""
    reading = read("比特币（BTC/USDT）空单\n入场：68000\n止损：69500\n目标：66500")
    assert (reading.kind, reading.verdict) == (ReadingKind.SIGNAL, ReadingVerdict.ACT)
    assert reading.signals[0].symbol == "BTCUSDT"

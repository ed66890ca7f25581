"""The confidence is a probability: named evidence, each with its weight, and figures that keep their word."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence

import pytest

from benchmarks import calibration
from signalos_tui.config import Rules
from signalos_tui.decode import certainty, read
from signalos_tui.model.signals import Reading, ReadingKind, ReadingVerdict
from tests.decode.corpus import messages

CALL = "BUY EURUSD 1.0850\nSL 1.0820\nTP 1.0900"


def _sum(reading: Reading) -> float:
    return 1 / (1 + math.exp(-sum(part.weight for part in reading.evidence)))


@pytest.mark.parametrize(
    "text", [CALL, "close half", "TP1 hit +40 pips", "BUY EURUSD 1.0850\nSL 1.0920\nTP 1.0900", "BUY GOLD"]
)
def test_confidence_when_told_then_it_is_the_sum_of_what_is_shown(text: str) -> None:
    """Nothing counts that the trace does not list."""
    reading = read(text)
    assert reading.evidence[0].name == certainty.START
    assert reading.confidence == pytest.approx(_sum(reading), abs=0.0051)
    assert 0.01 <= reading.confidence <= 0.99


@pytest.mark.parametrize(
    ("worse", "why"),
    [
        ("BUY EURUSD 1.0850\nSL 1.0820\nTP 10900", "price_unlikely"),
        ("BUY EURUSD 1.0850\nSL 1.0880\nTP 1.0900", "stop_wrong_side"),
        ("BUY 1.0850\nSL 1.0820\nTP 1.0900", "symbol_missing"),
        ("BUY EURUSD GBPUSD 1.0850\nSL 1.0820\nTP 1.0900", "two_symbols"),
        ("BUY SOMECOIN 64,500\nSL 60,000\nTP 70,000", "symbol"),
        ("BUY EURUSD 1.0850\nSL 1.0820 1.0720\nTP 1.0900", "two_stops"),
        ("BUY EURUSD 1.0850?\nSL 1.0820\nTP 1.0900", "question"),
        ("BUY EURUSD 1.0850\nSL\nTP 1.0900", "level_missing"),
    ],
)
def test_doubt_when_found_then_held_with_the_reason_in_words_and_less_sure(worse: str, why: str) -> None:
    """Geometry, scale, a market not named, two possible readings: each says what is wrong, in a sentence."""
    reading = read(worse)
    assert reading.verdict is ReadingVerdict.HOLD
    assert reading.confidence < read(CALL).confidence
    reason = next(reason for reason in reading.reasons if reason.code.startswith(why))
    assert len(reason.text.split()) > 3
    assert next(part for part in reading.evidence if part.name == reason.code).weight < 0


def test_doubt_when_the_rest_is_perfect_then_still_held() -> None:
    """However sure: one doubt is enough."""
    reading = read(f"{CALL}\nTP 1.0950\nTP 1.1000?")
    assert reading.confidence > Rules().min_confidence
    assert reading.verdict is ReadingVerdict.HOLD


@pytest.mark.parametrize(
    "text", [CALL, "GOLD BUY NOW", "SELL LIMIT GBPJPY 190.50 SL 191.10 TP 189", "close all", "move sl to 1.0850"]
)
def test_clear_post_when_read_then_sure_enough_for_the_rules(text: str) -> None:
    """The default of min_confidence holds nothing that is plain."""
    assert read(text).confidence >= Rules().min_confidence


def test_digit_when_lost_then_it_shows_in_how_the_prices_are_written() -> None:
    """Evidence that was there is not, though nothing contradicts."""
    whole, lost = read("BUY GOLD 2345\nSL 2335\nTP 2360"), read("BUY GOLD 2345\nSL 2335\nTP 23600")
    assert "written alike" in {part.name for part in whole.evidence}
    assert "written alike" not in {part.name for part in lost.evidence}
    assert lost.confidence < whole.confidence


def test_families_when_listed_then_each_code_has_one_and_all_are_weighed() -> None:
    """A new doubt belongs to the family without a list until somebody says otherwise."""
    table = tomllib.loads(calibration.FILE.read_text(encoding="utf-8"))
    codes = [code for family in table["families"].values() for code in family]
    assert len(codes) == len(set(codes))
    for kind in (ReadingKind.SIGNAL, ReadingKind.UPDATE):
        for family in (*table["families"], certainty.OTHER):
            assert table[kind][family] < 0
    assert certainty.family("a code nobody knows yet") == certainty.OTHER


def _error(judged: Sequence[calibration.Judged]) -> float:
    *_, last = calibration.reliability("", judged)
    return float(last.rpartition(" ")[2].rstrip("%"))


def test_weights_when_tried_on_whole_and_damaged_messages_then_they_keep_their_word() -> None:
    """The file belongs to this reader and this corpus; after larger changes `--write` makes it anew."""
    found = list(calibration.corpus(copies=3))
    judged = [
        (
            calibration.probability(certainty.table()[one.kind].get(name, 0.0) for name in one.names),
            one.is_right,
            one.share,
        )
        for one in found
    ]
    assert len(found) > len(messages())
    assert _error(judged) < 4


def test_learning_when_evidence_says_nothing_then_the_share_of_right_ones_is_learned() -> None:
    """Nine of ten right, whatever is seen: the confidence is 90 %."""
    seen = [calibration.Seen(ReadingKind.UPDATE, ("start",), number % 10 != 0, 1.0, 0) for number in range(100)]
    weights = calibration.learned(seen)
    assert calibration.probability(weights.values()) == pytest.approx(0.9, abs=0.005)

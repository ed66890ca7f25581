"""The index of a post and its rules: what a rule says it needs is true, and what is remembered stays within bounds."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from signalos_tui.decode import framing, manner, words
from signalos_tui.decode import normalise as folding
from signalos_tui.decode.concepts import SIDES, Concept
from signalos_tui.decode.lexicon import common, lexicon
from signalos_tui.decode.page import Page, Rule
from signalos_tui.decode.profile import DEFAULT
from signalos_tui.decode.scan import scan
from tests.decode.corpus import messages

_NEVER_ACT = sorted((Path(__file__).parent / "never_act").glob("*.txt"))


def _page(text: str) -> Page:
    folded = folding.normalise(text)
    return Page(scan(folded, lexicon(DEFAULT)), folded)


@cache
def _pages() -> tuple[Page, ...]:
    texts = [message["text"] for _, message in messages()]
    texts += [line for file in _NEVER_ACT for line in file.read_text(encoding="utf-8").splitlines()]
    return tuple(map(_page, texts))


def test_places_when_indexed_then_every_token_stands_under_its_concept() -> None:
    """Nothing is lost and nothing stands twice."""
    for page in _pages():
        assert sorted(at for places in page.places.values() for at in places) == list(range(len(page.tokens)))
        assert all(page.tokens[at].concept is concept for concept, places in page.places.items() for at in places)


def test_each_when_asked_for_concepts_and_words_then_gives_all_places_in_order() -> None:
    """The index finds what a search through all tokens finds."""
    wanted, said = SIDES | {Concept.STOP, Concept.NUMBER}, frozenset({"gold", ":"})
    for page in _pages():
        found = [at for at, token in enumerate(page.tokens) if token.concept in wanted or token.text in said]
        assert page.each(wanted, said) == found


@pytest.mark.parametrize("rule", [*framing.RULES, *manner.RULES, *manner.SETTING])
def test_rule_when_the_post_has_none_of_its_needs_then_would_say_no(rule: Rule) -> None:
    """A rule that is not entered would not have held: what it says it needs, it needs."""
    lacking = [page for page in _pages() if not page.has(rule.needs, rule.words)]
    assert lacking
    assert not any(rule.holds(page) for page in lacking)


def test_words_when_more_come_than_are_remembered_then_the_table_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts made up of ever new words cannot fill the memory, and the words mean the same afterwards."""
    monkeypatch.setattr(words, "_MOST", 10)
    table = common().another()
    before = words.look_up("buy", table)
    for number in range(100):
        words.look_up("w" + "xy"[number % 2] * number, table)
        assert len(table.seen) <= 10
    assert words.look_up("buy", table) == before


def test_runs_when_more_come_than_are_remembered_then_the_table_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for runs of foreign letters; a very long one is never kept."""
    monkeypatch.setattr(folding, "_MOST_RUNS", 10)
    monkeypatch.setattr(folding, "_RUNS", folding._Runs())
    for code in range(0x3B1, 0x3B1 + 20):
        assert folding.normalise(chr(code) * 5 + " 1").text == folding.fold(chr(code)) * 5 + " 1"
    assert len(folding._RUNS) <= 10
    folding.normalise("ж" * 1000)
    assert "ж" * 1000 not in folding._RUNS

"""Lessons as values: merged, taken apart and put together again."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.decode.concepts import Concept
from signalos_tui.model.lessons import MEANINGS, Lesson, Named


def named(meanings: dict[str, str]) -> Named:
    """Words under what they mean; each word once."""
    return tuple(
        (name, tuple(w for w, m in meanings.items() if m == name)) for name in dict.fromkeys(meanings.values())
    )


WORDS = st.sampled_from(["limes", "zona", "meta", "alto", "ya"])
NAMED = st.dictionaries(WORDS, st.sampled_from(["stop", "target", "entry"]), max_size=4).map(named)
LESSONS = st.builds(
    Lesson,
    words=NAMED,
    default_symbol=st.sampled_from([None, "XAUUSD", "EURUSD"]),
    ignore=st.lists(st.sampled_from(["join our room", "vip*offer"]), unique=True).map(tuple),
    decimal_comma=st.sampled_from([None, True, False]),
    side_from_levels=st.sampled_from([None, True, False]),
    markets=st.sampled_from([(), (("XAUUSD", ("goldie",)),)]),
)


def meanings(lesson: Lesson) -> dict[str, str]:
    """What each word means."""
    return {word: name for name, words in (*lesson.words, *lesson.markets) for word in words}


def test_meanings_when_listed_then_each_is_a_concept_of_the_reader() -> None:
    """A word can be taught nothing that the reader would not understand."""
    assert {name.upper() for name in MEANINGS} <= set(Concept.__members__)


@settings(max_examples=60)
@given(LESSONS, LESSONS)
def test_merged_when_both_speak_of_a_word_then_the_later_counts(old: Lesson, new: Lesson) -> None:
    """Nothing of the later lesson is lost, and a word has one meaning."""
    both = old.merged(new)
    assert meanings(both) == {**meanings(old), **meanings(new)}
    assert both.merged(new) == both
    assert set(both.ignore) == {*old.ignore, *new.ignore}
    assert both.default_symbol == (new.default_symbol or old.default_symbol)


@settings(max_examples=60)
@given(LESSONS)
def test_singles_when_merged_again_then_they_say_the_same(lesson: Lesson) -> None:
    """Each with its sentence; without one of them the rest is left."""
    whole = Lesson()
    for single in lesson.singles:
        assert single.entries == 1
        whole = whole.merged(single)
        assert single not in lesson.without(single).singles
        assert lesson.without(single).entries == lesson.merged(Lesson()).entries - 1
    assert meanings(whole) == meanings(lesson.merged(Lesson()))
    assert len(lesson.sentences) == len(lesson.singles) == lesson.entries
    assert whole.is_empty == (lesson.entries == 0)

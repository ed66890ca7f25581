"""What a channel can be taught, what it cannot, and what its lessons do to a reading."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.decode import DEFAULT, Profile, read
from signalos_tui.decode.learned import CURABLE
from signalos_tui.decode.lessons import MOST_WORDS, problems, remarks
from signalos_tui.decode.lexicon import common, lexicon
from signalos_tui.decode.parts import joined, levels_of
from signalos_tui.decode.profile import profile_of
from signalos_tui.model.lessons import MEANINGS, Lesson
from signalos_tui.model.signals import Reading, ReadingKind, ReadingVerdict, Side
from tests.decode.corpus import messages

TEXTS = [message["text"] for _, message in messages()]


def taught(text: str, lesson: Lesson) -> Reading:
    """A reading in a channel that was taught this."""
    return read(text, profile_of(lesson))


# --- what lessons do ----------------------------------------------------------------------------------------------


def test_word_when_taught_then_its_number_is_what_it_heads() -> None:
    """A label of the channel's own; other channels do not know it."""
    text = "BUY GOLD 2345\nLimes 2335\nTP 2355"
    lesson = Lesson(words=(("stop", ("limes",)),))
    assert read(text).verdict is ReadingVerdict.HOLD
    reading = taught(text, lesson)
    assert reading.verdict is ReadingVerdict.ACT
    assert reading.signals[0].stop is not None
    assert reading.signals[0].stop.value == Decimal(2335)
    assert read(text).verdict is ReadingVerdict.HOLD


@pytest.mark.parametrize(
    ("text", "lesson"),
    [
        ("Wir schließen die Position nicht", Lesson(words=(("negation", ("nicht",)),))),
        ("BUY STOP GOLD NOW SL 2290 TP 2320", Lesson(words=(("partial", ("stop",)),))),
        ("SELL EURUSD LIMIT 1.0900 SL 1.0950 TP 1.0800", Lesson(words=(("neutral", ("limit",)),))),
        ("We hebben goud gekocht 2300 SL 2290 TP 2320", Lesson(side_from_levels=True)),
        ("Quem comprou ouro 2300 SL 2290 TP 2320", Lesson(side_from_levels=True)),
    ],
)
def test_lesson_when_it_would_turn_what_everybody_reads_then_held(text: str, lesson: Lesson) -> None:
    """A no, the kind of order, a sentence around the prices: none of them can be taught away."""
    assert not problems(lesson)
    assert taught(text, lesson).verdict is not ReadingVerdict.ACT


@pytest.mark.parametrize("word", ["لیش", "why", "ليش نقلنا"])
def test_question_when_taught_to_mean_something_then_refused(word: str) -> None:
    """What asks goes on asking."""
    assert problems(Lesson(words=(("idea", (word,)),)))


@pytest.mark.parametrize("name", ["now sl", "gold tp", "entry gold", "gold buy"])
def test_market_when_its_name_holds_a_label_then_refused(name: str) -> None:
    """The label in it would be heard no more, and its number be another's."""
    assert problems(Lesson(markets=(("XAUUSD", (name,)),)))


def test_market_when_its_name_gets_another_then_it_is_told() -> None:
    """Allowed, for a channel may call things as it likes, and never in silence."""
    lesson = Lesson(markets=(("EURUSD", ("gold",)),))
    assert not problems(lesson)
    assert any("XAUUSD" in text for text in remarks(lesson))
    assert not remarks(Lesson(markets=(("XAUUSD", ("gold",)),)))


def test_market_when_it_has_a_name_of_its_own_then_it_is_known() -> None:
    """What this channel alone calls gold."""
    text = "BUY goldilein 2345\nSL 2335\nTP 2355"
    assert read(text).signals[0].symbol is None
    assert taught(text, Lesson(markets=(("XAUUSD", ("goldilein",)),))).signals[0].symbol == "XAUUSD"


@pytest.mark.parametrize(
    ("levels", "side"),
    [
        ("Entry 2345\nSL 2335\nTP 2355 2365", Side.BUY),
        ("Entry 2345\nSL 2355\nTP 2335", Side.SELL),
        ("Entry 2345\nSL 2355\nTP 2335 2365", None),
        ("Entry 2345\nSL 2335\nTP 2340", None),
        ("Entry 2345\nSL 2335\nTP 50 pips", None),
    ],
)
def test_side_when_the_channel_leaves_it_out_then_consistent_levels_say_it(levels: str, side: Side | None) -> None:
    """Acted on only where the owner said so; what is not consistent stays without a side."""
    text = f"GOLD\n{levels}"
    assert read(text).verdict is not ReadingVerdict.ACT
    reading = taught(text, Lesson(side_from_levels=True))
    assert [signal.side for signal in reading.signals] == [side]
    assert (reading.verdict is ReadingVerdict.ACT) is (side is not None)
    if side is not None:
        assert any("by its levels" in part.detail for part in reading.evidence)


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("BUY NOW 2345\nSL 2335\nTP 2355", True),
        ("Buy zone 2345-2340\nSL 2335\nTP 2355", True),
        ("BUY Reliance 2345\nSL 2335\nTP 2355", False),
        ("Reliance BUY 2345\nSL 2335\nTP 2355", False),
        ("buy it 2345\nsl 2335\ntp 2355", True),
    ],
)
def test_default_market_when_the_post_may_name_another_then_it_is_held(text: str, acts: bool) -> None:
    """The usual market is for posts that name none, not for those whose name is unknown."""
    reading = taught(text, Lesson(default_symbol="XAUUSD"))
    assert [signal.symbol for signal in reading.signals] == ["XAUUSD"]
    assert (reading.verdict is ReadingVerdict.ACT) is acts


def test_side_when_it_is_written_then_the_levels_do_not_overrule_it() -> None:
    """A buy with its stop above stays a contradiction."""
    reading = taught("BUY GOLD 2345\nSL 2355\nTP 2335", Lesson(side_from_levels=True))
    assert reading.verdict is ReadingVerdict.HOLD
    assert reading.signals[0].side is Side.BUY


@pytest.mark.parametrize(
    ("phrase", "is_passed_over"),
    [
        ("vip offer", True),
        ("vip*today", True),
        ("v*p*o*f", True),
        ("VIP OFFER", True),
        ("ｖｉｐ offer", True),
        ("vip*gold", False),
        ("today*vip", False),
        ("2355*vip", False),
    ],
)
def test_phrase_when_passed_over_then_a_star_is_anything_within_a_line(phrase: str, is_passed_over: bool) -> None:
    """Left to right, in one line, in any alphabet it is typed in."""
    text = "BUY GOLD 2345\nSL 2335\nTP 2355\nVIP offer, only today"
    assert (taught(text, Lesson(ignore=(phrase,))).kind is ReadingKind.NOISE) is is_passed_over


def test_pattern_when_the_text_is_made_to_hurt_then_reading_stays_linear() -> None:
    """Each part is looked for once from left to right; nothing is tried again."""
    profile = Profile(ignore=("*".join("aaaaaa"),) * 100)
    assert read("a" * 9_999, profile).kind is ReadingKind.NOISE
    assert read(("a" * 4 + "\n") * 1_900, profile).kind is ReadingKind.NOISE


def test_table_when_a_channel_is_taught_then_the_common_one_is_as_it_was() -> None:
    """Tables share what they have in common, so nothing may be changed in place."""
    texts = ["BUY GOLD 2345\nSL 2335\nTP 2355", "stop loss to break even", "take profit 2355 buy gold 2345 sl 2335"]
    before = [read(text) for text in texts]
    size = len(common().words)
    lexicon(Profile(words=(("target", ("stop loss", "sl", "break even nicely", "take profit")),), symbols=("SL",)))
    assert [read(text) for text in texts] == before
    assert len(common().words) == size


# --- what cannot be taught ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lesson", "word"),
    [
        (Lesson(words=(("stopp", ("limes",)),)), 'did you mean "stop"'),
        (Lesson(words=(("word", ("limes",)),)), "no meaning"),
        (Lesson(words=(("stop", ("x",)),)), "too short"),
        (Lesson(words=(("stop", ("!!",)),)), "too short"),
        (Lesson(words=(("close", ("re",)),)), "at least 3 letters"),
        (Lesson(words=(("stop", ("zone 2",)),)), "digits"),
        (Lesson(words=(("stop", ("and",)),)), "too common"),
        (Lesson(words=(("neutral", ("not",)),)), "in every channel"),
        (Lesson(words=(("neutral", ("if it breaks",)),)), "in every channel"),
        (Lesson(words=(("buy", ("do not buy",)),)), "in every channel"),
        (Lesson(words=(("sell", ("buy",)),)), "in every channel"),
        (Lesson(words=(("sell", ("buy it",)),)), "in every channel"),
        (Lesson(words=(("stop", ("gold",)),)), "market's name"),
        (Lesson(words=(("stop", ("limes",)), ("target", ("Limes",)))), "two meanings"),
        (Lesson(words=(("stop", ("a b c d e f g",)),)), "too long"),
        (Lesson(words=(("stop", tuple(f"word{'x' * n}" for n in range(MOST_WORDS + 1))),)), "at most"),
        (Lesson(markets=(("XAU USD", ("goldie",)),)), "no name of a market"),
        (Lesson(default_symbol="gold, please"), "no name of a market"),
        (Lesson(ignore=("buy",)), "too short"),
        (Lesson(ignore=("*",)), "too short"),
        (Lesson(ignore=("take profit",)), "word of calls"),
        (Lesson(ignore=("EURUSD",)), "word of calls"),
        (Lesson(ignore=("one\ntwo three",)), "line end"),
        (Lesson(ignore=tuple(f"phrase {n}" for n in range(101))), "at most"),
    ],
)
def test_lesson_when_it_cannot_be_taught_then_it_is_said_why(lesson: Lesson, word: str) -> None:
    """In words, with what was seen."""
    assert any(word in problem.text for problem in problems(lesson)), problems(lesson)


def test_lesson_when_sound_then_there_is_nothing_against_it() -> None:
    """A word of one's own, a market, a phrase, in three alphabets."""
    lesson = Lesson(
        words=(("stop", ("limes", "разворот ниже", "损位")), ("target", ("Doelwit",))),
        markets=(("XAUUSD", ("goldie",)),),
        ignore=("join our vip*today",),
        default_symbol="XAUUSD",
    )
    assert problems(lesson) == ()
    assert remarks(lesson) == ()


def test_word_when_it_meant_something_else_then_that_is_told() -> None:
    """It may be taught, and the owner should know."""
    (told,) = remarks(Lesson(words=(("target", ("sl",)),)))
    assert '"the stop loss" so far' in told


def test_concept_when_of_another_version_then_the_word_is_unknown_and_nothing_breaks() -> None:
    """A journal may hold a lesson that a later version knew how to use."""
    reading = read("BUY GOLD 2345\nSL 2335\nTP 2355", Profile(words=(("trailing_star", ("limes",)),)))
    assert reading.verdict is ReadingVerdict.ACT


# --- what lessons never do ----------------------------------------------------------------------------------------

LEVELS = ["sl", "tp", "stop loss", "take profit", "entry", "target", "zona", "limes", "risk", "lot", "results", "not"]
TAUGHT = st.builds(
    Lesson,
    words=st.dictionaries(
        st.sampled_from(LEVELS),
        st.sampled_from(["stop", "target", "entry", "other", "neutral", "now", "buy"]),
        max_size=5,
    ).map(lambda known: tuple((meaning, (word,)) for word, meaning in known.items())),
    side_from_levels=st.booleans(),
)
CONTRADICTING = [
    "BUY GOLD 2345 SL 2355 TP 2335",
    "SELL EURUSD 1.0850\nSL 1.0800\nTP 1.0900",
    "BUY GOLD 2345 SL 2335 TP 2355 2340 2365",
    "BUY GOLD 2345 SL 233 TP 2355",
    "BUY GOLD SELL GOLD 2345 SL 2335 TP 2355",
    "BUY GOLD 2345 SL 2335 TP 2355?",
    "Do not BUY GOLD 2345 SL 2335 TP 2355",
    "If it breaks 2350 BUY GOLD 2345 SL 2335 TP 2355",
    "Results of last week: BUY GOLD 2345 SL 2335 TP 2355",
    "BUY GOLD EURUSD 2345 SL 2335 TP 2355",
]


@settings(max_examples=150)
@given(st.sampled_from(CONTRADICTING), TAUGHT)
def test_contradiction_when_read_with_any_lesson_then_it_is_never_acted_on(text: str, lesson: Lesson) -> None:
    """Whatever a channel is taught, and even if no check had looked at the lesson."""
    assert read(text).verdict is not ReadingVerdict.ACT
    assert taught(text, lesson).verdict is not ReadingVerdict.ACT


FOREIGN = st.text(max_size=12) | st.sampled_from(["تارگت", "止损位", "Zielmarke", "*", "ｓｌ", "\u202etp", "a b c"])
ANY_LESSON = st.builds(
    Lesson,
    words=st.lists(
        st.tuples(st.sampled_from([*MEANINGS, "nonsense", ""]), st.lists(FOREIGN, max_size=3).map(tuple))
    ).map(tuple),
    markets=st.lists(st.tuples(FOREIGN, st.lists(FOREIGN, max_size=2).map(tuple)), max_size=2).map(tuple),
    default_symbol=st.none() | FOREIGN,
    ignore=st.lists(FOREIGN, max_size=3).map(tuple),
    decimal_comma=st.sampled_from([None, True, False]),
    side_from_levels=st.sampled_from([None, True, False]),
)


@settings(max_examples=120, deadline=None)
@given(ANY_LESSON, st.sampled_from(TEXTS) | st.text(max_size=60))
def test_lesson_when_it_is_anything_at_all_then_checking_and_reading_never_raise(lesson: Lesson, text: str) -> None:
    """Whatever was typed, pasted, or stands in a journal of another version."""
    found = problems(lesson)
    assert all(problem.text for problem in found)
    if not found:
        assert all(remarks(lesson)) or not remarks(lesson)
    reading = taught(text, lesson)
    assert all(0 <= start <= end <= len(text) for start, end in _numbers(reading))
    assert len(lesson.sentences) == len(lesson.singles)


PARTS = ["SL 2355 TP 2335", "SL 2355\nLimes 2340\nTP 2365", "Limes 2335 TP 2355 SL 2350", "SL 2335 TP 2355?"]


@settings(max_examples=120)
@given(st.sampled_from(PARTS), TAUGHT)
def test_contradiction_when_two_posts_make_it_then_no_lesson_ends_it_either(text: str, lesson: Lesson) -> None:
    """The call in one post, levels that contradict it in the next."""
    profile = profile_of(lesson)
    call = read("BUY GOLD 2345", profile)
    if call.kind is not ReadingKind.SIGNAL or len(call.signals) != 1:
        return
    levels = levels_of(text, profile, call.signals[0])
    both = joined(call, levels) if levels is not None else None
    assert both is None or both[0].verdict is not ReadingVerdict.ACT


def test_levels_when_a_label_is_the_channels_own_then_two_posts_make_one_call() -> None:
    """What a lesson is for works over two posts too."""
    profile = profile_of(Lesson(words=(("stop", ("limes",)),)))
    call = read("BUY GOLD 2345", profile)
    levels = levels_of("Limes 2335 TP 2355", profile, call.signals[0])
    assert levels is not None
    both = joined(call, levels)
    assert both is not None
    assert both[0].verdict is ReadingVerdict.ACT


@settings(max_examples=120)
@given(st.sampled_from(TEXTS), TAUGHT)
def test_hold_when_its_reason_is_not_a_missing_name_then_no_lesson_ends_it(text: str, lesson: Lesson) -> None:
    """Over every message of the corpus, in every language."""
    plain = read(text, DEFAULT)
    reading = taught(text, lesson)
    if plain.verdict is not ReadingVerdict.ACT and any(reason.code not in CURABLE for reason in plain.reasons):
        assert reading.verdict is not ReadingVerdict.ACT
    assert all(0 <= start < end <= len(text) for start, end in _numbers(reading))


def _numbers(reading: Reading) -> list[tuple[int, int]]:
    levels = [level for one in reading.signals for level in (*one.entry, *one.targets, one.stop, one.leverage)]
    return [(level.span.start, level.span.end) for level in levels if level is not None]

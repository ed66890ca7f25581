"""What is rendered from a random call in any template and language reads back the same; damaged, it never invents a number."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.decode import read
from signalos_tui.decode.lexicon import ORDER
from signalos_tui.model.signals import Number, ReadingVerdict
from tests.decode.corpus import messages
from tests.decode.fuzz import check
from tests.decode.mutations import mutated
from tests.decode.rendering import Call, in_native_digits, random_call, rendered, templates

_TEXTS = [message["text"] for _, message in messages()]


def _means(call: Call, text: str) -> None:
    reading = read(text)
    assert reading.verdict is ReadingVerdict.ACT, (text, reading.reasons)
    (signal,) = reading.signals
    assert isinstance(signal.stop, Number)
    said = Call(
        str(signal.side),
        str(signal.symbol),
        tuple(price.value for price in signal.entry),
        signal.stop.value,
        tuple(target.value for target in signal.targets if isinstance(target, Number)),
    )
    assert said == call, text


@pytest.mark.parametrize(
    "template", [pytest.param(one, id=f"{one['language']}-{at}") for at, one in enumerate(templates())]
)
@settings(max_examples=30, deadline=None)
@given(random=st.randoms(use_true_random=False))
def test_call_when_rendered_in_any_language_then_reads_back_the_same(template: dict[str, Any], random: Random) -> None:
    """Every template, plain, dressed up, and in the language's own digits."""
    call = random_call(random)
    text = rendered(call, template, random)
    _means(call, text)
    _means(call, in_native_digits(text, template["language"], random))


def test_templates_when_loaded_then_cover_every_language() -> None:
    """A language without a template is not tested here."""
    assert {one["language"] for one in templates()} == set(ORDER)


@settings(max_examples=300, deadline=None)
@given(random=st.randoms(use_true_random=False))
def test_call_when_one_thing_in_it_is_changed_then_no_number_is_invented(random: Random) -> None:
    """A digit, a sign or a line: what is still acted on is possible, and every number of it stands in the text."""
    text = rendered(random_call(random), random.choice(templates()), random)
    check(mutated(text, random))


@settings(max_examples=300, deadline=None)
@given(random=st.randoms(use_true_random=False))
def test_message_when_damaged_again_and_again_then_it_is_read_all_the_same(random: Random) -> None:
    """The short run of `make fuzz`: messages of the corpus, changed up to eight times."""
    text = random.choice(_TEXTS)
    for _ in range(random.randint(1, 8)):
        text = mutated(text, random, random.choice(_TEXTS))
        check(text)

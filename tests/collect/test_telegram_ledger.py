"""Posts are handed on once, in order, and whatever never came is asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from signalos_tui.collect.telegram.ledger import Ledger


class Post(Struct, frozen=True):
    """A post that is nothing but its number."""

    id: int


def ids(posts: list[Post]) -> list[int]:
    return [post.id for post in posts]


def test_posts_when_in_order_then_each_is_handed_on_at_once() -> None:
    ledger = Ledger[Post](10)
    assert ids(ledger.take(Post(11))) == [11]
    assert ids(ledger.take(Post(12))) == [12]
    assert ledger.gap is None


def test_post_when_one_before_it_is_missing_then_it_waits_and_the_gap_is_known() -> None:
    ledger = Ledger[Post](10)
    assert ledger.take(Post(14)) == []
    assert ledger.gap == (11, 13)
    assert ids(ledger.settle(11, 13, [Post(12)])) == [12, 14]
    assert ledger.reached == 14
    assert ledger.gap is None


def test_post_when_it_comes_again_then_it_is_no_news() -> None:
    ledger = Ledger[Post](10)
    ledger.take(Post(11))
    assert ledger.take(Post(11)) == []
    assert ledger.take(Post(3)) == []


def test_channel_when_heard_to_be_further_then_all_up_to_there_is_missing() -> None:
    ledger = Ledger[Post](10)
    ledger.heard_of(260)
    assert ledger.gap == (11, 260)
    assert ids(ledger.settle(11, 110, [Post(n) for n in range(11, 111)])) == list(range(11, 111))
    assert ledger.gap == (111, 260)


def test_history_when_it_has_nothing_of_the_gap_then_the_numbers_do_not_exist() -> None:
    ledger = Ledger[Post](0)
    ledger.heard_of(5)
    assert ledger.settle(1, 5, []) == []
    assert ledger.reached == 5
    assert ledger.gap is None


def test_history_when_asked_for_a_later_part_then_what_is_before_it_still_waits() -> None:
    ledger = Ledger[Post](0)
    ledger.heard_of(9)
    assert ledger.settle(5, 9, [Post(6)]) == []
    assert ledger.reached == 0
    assert ledger.gap == (1, 5)


@given(
    existing=st.sets(st.integers(1, 60), min_size=1),
    told=st.lists(st.integers(1, 60)),
    pages=st.integers(1, 20),
)
def test_any_order_of_arrival_when_gaps_are_asked_for_then_all_that_exist_come_once_and_in_order(
    existing: set[int], told: list[int], pages: int
) -> None:
    ledger = Ledger[Post](0)
    handed: list[int] = []
    for number in told:
        if number in existing:
            handed += ids(ledger.take(Post(number)))
    ledger.heard_of(max(existing))
    while (gap := ledger.gap) is not None:
        first, last = gap[0], min(gap[1], gap[0] + pages - 1)
        handed += ids(ledger.settle(first, last, [Post(n) for n in sorted(existing) if first <= n <= last]))
    assert handed == sorted(existing)
    assert ledger.reached == max(existing)

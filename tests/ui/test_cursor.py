from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signalos_tui.ui.widgets.cursor import Cursor


def at(*keys: str, follow: bool = False) -> Cursor:
    cursor = Cursor(follow)
    cursor.update(keys)
    return cursor


def test_cursor_until_it_is_moved_stays_where_news_appear() -> None:
    first, last = at("a", "b"), at("a", "b", follow=True)
    first.update(["new", "a", "b"])
    last.update(["a", "b", "new"])
    assert first.key == last.key == "new"


def test_cursor_once_moved_stays_with_its_row() -> None:
    cursor = at("a", "b", "c")
    cursor.move(1)
    cursor.update(["new", "newer", "a", "b", "c"])
    assert (cursor.key, cursor.index) == ("b", 3)


def test_cursor_when_its_row_goes_then_takes_the_next_one() -> None:
    cursor = at("a", "b", "c")
    cursor.go(1)
    cursor.update(["a", "c"])
    assert cursor.key == "c"
    cursor.update(["a"])
    assert cursor.key == "a"


def test_cursor_back_at_the_edge_follows_the_news_again() -> None:
    cursor = at("a", "b")
    cursor.move(1)
    cursor.go_to_edge(last=False)
    cursor.update(["new", "a", "b"])
    assert cursor.key == "new"
    cursor.go_to_edge(last=True)
    cursor.update(["newer", "new", "a", "b"])
    assert cursor.key == "b"


def test_cursor_where_no_edge_has_news_stays_with_its_row_from_the_beginning() -> None:
    cursor = Cursor(news=False)
    cursor.update(["a", "b"])
    cursor.update(["b", "a"])
    assert cursor.key == "a"
    cursor.go_to_edge(last=False)
    cursor.update(["a", "b"])
    assert cursor.key == "b"


def test_cursor_told_to_stay_leaves_the_news() -> None:
    cursor = at("a", "b")
    cursor.stay()
    cursor.update(["new", "a", "b"])
    assert cursor.key == "a"


def test_cursor_selects_only_what_is_there() -> None:
    cursor = at("a", "b")
    assert cursor.select("b")
    assert not cursor.select("z")
    assert cursor.key == "b"


steps = st.lists(
    st.one_of(
        st.tuples(st.just("update"), st.lists(st.sampled_from("abcdef"), unique=True)),
        st.tuples(st.just("move"), st.integers(-9, 9)),
        st.tuples(st.just("edge"), st.booleans()),
        st.tuples(st.just("select"), st.sampled_from("abcdef")),
    ),
    max_size=30,
)


@given(st.booleans(), steps)
def test_cursor_always_stands_on_a_row_that_is_there(follow: bool, story: list[tuple[str, object]]) -> None:
    cursor = Cursor(follow)
    for what, value in story:
        if what == "update":
            assert isinstance(value, list)
            before, pinned = cursor.key, cursor._is_pinned
            cursor.update(value)
            assert not (pinned and before in value) or cursor.key == before
        elif what == "move":
            assert isinstance(value, int)
            cursor.move(value)
        elif what == "edge":
            cursor.go_to_edge(last=bool(value))
        else:
            cursor.select(str(value))
        assert cursor.key == (cursor.keys[cursor.index] if cursor.keys else None)

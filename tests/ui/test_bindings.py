"""One table of keys: complete, without doubles, and safe to remap."""

from __future__ import annotations

import pytest
from textual.binding import Binding

from signalos_tui.ui.bindings import BY_ID, GROUPS, TABLE, bindings, group_of, keymap


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row.id))
def test_a_binding_when_listed_then_it_says_everything_about_itself(row: Binding) -> None:
    assert row.id
    assert row.action
    assert row.description
    assert row.tooltip
    assert group_of(row) in GROUPS


def test_bindings_when_listed_then_ids_actions_and_keys_are_unique() -> None:
    assert (
        len({row.id for row in TABLE})
        == len({row.action for row in TABLE})
        == len({row.key for row in TABLE})
        == len(TABLE)
    )


def test_stop_when_anything_is_focused_then_it_comes_first() -> None:
    assert [row.id for row in TABLE if row.priority] == ["desk.stop"]


def test_bindings_when_asked_for_by_id_or_group_then_in_the_order_of_the_table() -> None:
    assert [row.id for row in bindings("held", "trade.half")] == ["trade.half", "held.approve", "held.reject"]
    with pytest.raises(KeyError):
        bindings("trade.explode")


def test_a_keymap_when_sound_then_it_is_taken_as_it_is() -> None:
    assert keymap({"trade.close": "f4,ctrl+w"}) == ({"trade.close": "f4,ctrl+w"}, ())
    assert keymap({"trade.close": "x", "held.reject": "c"}).problems == ()


def test_a_keymap_when_an_id_is_unknown_then_the_nearest_is_named() -> None:
    keys, problems = keymap({"trade.clos": "f4"})
    assert keys == {}
    assert problems == ("[keymap] trade.clos is no action; did you mean trade.close?",)


def test_a_keymap_when_a_key_is_empty_then_the_default_stays() -> None:
    assert keymap({"desk.stop": " "}) == ({}, ("[keymap] desk.stop has no key; it keeps exclamation_mark",))


@pytest.mark.parametrize(
    "key", ["f4", "ctrl+f12", "shift+tab", "Q", "ä", "question_mark", "?", "ctrl+@", "+", "pagedown"]
)
def test_a_keymap_when_a_key_exists_then_it_is_taken(key: str) -> None:
    assert "which is no key" not in "".join(keymap({"app.quit": key}).problems)


@pytest.mark.parametrize("key", ["fourteen", "strg+c", "F4", "ctrl+", "ctrl+nothing", "f4+f5"])
def test_a_keymap_when_a_key_is_none_then_it_is_told(key: str) -> None:
    assert keymap({"trade.close": key}) == ({}, (f'[keymap] trade.close wants "{key}", which is no key; it keeps c',))


@pytest.mark.parametrize("key", ["!", "exclamation_mark", "h"])
def test_a_keymap_when_it_takes_another_actions_key_then_it_is_refused(key: str) -> None:
    keys, problems = keymap({"trade.close": key})
    assert keys == {}
    assert len(problems) == 1
    assert problems[0].startswith(f"[keymap] trade.close wants {key}")


def test_a_keymap_when_a_refusal_frees_a_clash_then_it_is_found_too() -> None:
    """half goes to c, close wanted h but lost it to stop: close falls back to c, so half must fall back as well."""
    keys, problems = keymap({"desk.stop": "f9", "trade.close": "f9", "trade.half": "c"})
    assert keys == {"desk.stop": "f9"}
    assert len(problems) == 2
    assert set(BY_ID) > set(keys)

"""The revisions of a post may be told late, behind what was read since: the newest one is what it says."""

from __future__ import annotations

from telethon.tl import types

from signalos_tui.collect.telegram.posts import channel_id
from signalos_tui.collect.telegram.rooms import WHOLE, Room
from signalos_tui.collect.telegram.watched import Home
from signalos_tui.model.messages import Channel, Message

GOLD = channel_id(1)
AT = 1_767_603_600_000


def said(text: str, edited_s: int | None = None) -> Message:
    """Post 1. edited_s: seconds after it was posted."""
    return Message(GOLD, 1, AT, text, edited_at=None if edited_s is None else AT + 1000 * edited_s)


def room() -> Room:
    """A channel from which nothing was read."""
    return Room(types.InputPeerChannel(1, 3), {WHOLE: Home(Channel(GOLD, "Gold"), 0)}, 20)


def test_edit_when_told_behind_a_later_one_that_was_read_then_the_later_one_stands() -> None:
    """The update waited for its turn while a comparison had the newest words already."""
    gold = room()
    assert gold.take(said("BUY GOLD")) == [said("BUY GOLD")]
    assert gold.compare([said("SELL GOLD", 9)], 1, AT) == [said("SELL GOLD", 9)]
    assert gold.revise(said("BUY GOLD NOW", 5)) == []
    assert gold.compare([said("BUY GOLD NOW", 5)], 1, AT) == []
    assert not gold.lacks


def test_edit_when_told_with_the_second_of_what_is_known_then_the_post_is_read_again() -> None:
    """Times are whole seconds, so which of the two is the newer only the history knows."""
    gold = room()
    gold.take(said("BUY GOLD"))
    assert gold.revise(said("SELL GOLD", 0)) == [said("SELL GOLD", 0)]
    assert gold.revise(said("BUY GOLD NOW", 0)) == []
    asked = gold.wanted()
    assert asked is not None
    assert asked.take([said("SELL SILVER", 0)], AT) == [said("SELL SILVER", 0)]
    assert gold.wanted() is None


def test_reaction_when_told_with_words_that_are_known_then_nothing_is_read_again() -> None:
    """It says what it said."""
    gold = room()
    gold.take(said("BUY GOLD"))
    gold.revise(said("SELL GOLD", 3))
    assert gold.revise(said("SELL GOLD", 3)) == gold.revise(said("SELL GOLD", 4)) == []
    assert not gold.lacks

"""The proof's own tools have to bite: a disk that is not synced, a doubled order, a lost post are noticed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from signalos_tui.execute.paper.book import TruthRow
from signalos_tui.model.events import MessageReceived
from tests.proof import disks, invariants
from tests.proof.broker import PARTIAL, Fate
from tests.proof.story import told
from tests.proof.verdict import wrong
from tests.proof.world import End, lived, ready


def _sound() -> End:
    with ready():
        end = lived(replace(told(1), netting=False, crashes=(), windows=(), failures=(), fates=(), keys=(), jumps=()))
    assert not wrong(end)
    return end


def test_power_cut_when_commits_are_not_synced_then_it_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with synchronous=OFF: what is torn reaches back into commits that were acknowledged."""
    files = disks._files
    seen: list[dict[str, bytes]] = []

    def lagging(folder: object) -> dict[str, bytes]:
        seen.append(files(folder))  # type: ignore[arg-type]
        return seen[-1] if len(seen) % 2 == 0 else seen[max(len(seen) - 5, 0)]

    monkeypatch.setattr(disks, "_files", lagging)
    tried = disks.power_cuts(disks.Tried(), lambda so_far: not so_far.wrong)
    assert tried.wrong


def test_order_when_accepted_twice_then_it_is_noticed() -> None:
    row = TruthRow(1, 1, 77, 1, "EURUSD", 0, 0.1, 1.1, opens=True)
    assert [*invariants.opened_once([row, replace(row, ticket=2)])]
    assert not [*invariants.opened_once([row, replace(row, ticket=2, opens=False)])]


def test_post_when_it_is_in_no_journal_then_it_is_noticed() -> None:
    end = _sound()
    records = tuple(record for record in end.records if not isinstance(record.event, MessageReceived))
    published = [entry.item for entry in end.story.entries]
    assert [*invariants.received_once(records, end.state, published)]


def test_position_when_the_journal_does_not_know_it_then_it_is_noticed() -> None:
    end = next(end for end in _worlds() if end.books.holdings)
    assert [*invariants.agreed(replace(end.state, trades={}), end.books)]
    assert [*invariants.agreed(end.state, replace(end.books, holdings=()))]


def _worlds() -> list[End]:
    with ready():
        return [
            lived(replace(told(seed), netting=False, crashes=(), windows=(), failures=(), fates=(), keys=(), jumps=()))
            for seed in range(1, 12)
        ]


def test_close_when_only_a_part_was_done_then_the_rest_is_closed_too() -> None:
    """A close that is answered "done in part" was taken for done, and the rest stayed open."""
    story = replace(disks.scenario(), fates=(Fate(), Fate(), *(Fate(reply=PARTIAL) for _ in range(12))))
    with ready():
        end = lived(story)
    assert not wrong(end)
    closed = end.state.trades[next(iter(end.state.trades))]
    assert not closed.open_legs

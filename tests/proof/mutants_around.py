"""More of `tests.proof.mutants`: what stands around sending, from the post to the notice, and what needs two of something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from signalos_tui import held, narrate
from signalos_tui.engine import deciding, engine
from signalos_tui.engine.desk import Desk
from signalos_tui.execute import manager, reconcile, sending
from signalos_tui.gateway import sending as gateway_sending
from signalos_tui.gateway.executors import Seat
from signalos_tui.gateway.guards import refusal_of_intent
from signalos_tui.gateway.intents import IntentStore
from signalos_tui.gateway.sending import Sender
from signalos_tui.journal.ledger import Ledger, check_tail
from signalos_tui.journal.store import Journal
from signalos_tui.model import events as e
from signalos_tui.model.ids import Magic
from signalos_tui.model.orders import LegState
from signalos_tui.state import find_leg, steps
from tests.proof.removing import change

# --- V3 to V12 ------------------------------------------------------------------------------------------------------


def post_is_received_twice() -> None:
    """V3: a post that is delivered again is a new one."""
    change(Journal, "message_content", lambda *_: None)


def edit_is_left_out() -> None:
    """V3: what a known post says now is of no interest."""
    change(Journal, "message_content", _as_it_is(Journal.message_content))


def _as_it_is(inner: Any) -> Any:
    class Same(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            return True

        def __ne__(self, other: object) -> bool:
            return False

        __hash__ = str.__hash__

    def content(self: Any, key: Any) -> Any:
        found = inner(self, key)
        return None if found is None else (Same(found[0]), found[1])

    return content


def closing_deal_is_not_booked() -> None:
    """V5: how a position ended is not looked up."""
    change(reconcile, "_parts", lambda *_: iter(()))


def side_is_not_compared() -> None:
    """V5: what was filled is taken from the plan, not from the broker."""
    inner: Any = steps.STEPS[e.LegOpened]

    def planned(state: Any, at: int, event: Any) -> Any:
        leg = find_leg(state, event.leg)
        return inner(state, at, replace(event, volume=leg.plan.volume) if leg is not None else event)

    steps.STEPS[e.LegOpened] = planned


def state_that_is_not_written() -> None:
    """V9: something is changed in memory only."""
    publish: Any = Desk._publish

    def forgetful(self: Any, record: Any) -> None:
        publish(self, record)
        if isinstance(record.event, e.LegOpened):
            self.state = replace(self.state, version="something was opened")

    change(Desk, "_publish", forgetful)


def nobody_is_told() -> None:
    """V10: an answer that was lost is not worth a line."""
    lines = next(table for table in vars(narrate).values() if isinstance(table, dict) and e.LegUnknown in table)
    del lines[e.LegUnknown]


def magic_by_chance() -> None:
    """V11: a leg's magic is another one each time."""
    numbers: Iterator[int] = iter(range(1_000, 1 << 40))
    change(deciding.Decider, "_magic", lambda self, leg, given: Magic(next(numbers)))


def switch_is_not_looked_at() -> None:
    """V12: sending does not ask whether trading is stopped."""
    why_not: Any = sending.Sending._why_not

    def deaf(self: Any, leg: Any) -> str:
        why: str = why_not(self, leg)
        return "" if why.startswith(("trading is", "trading was")) else why

    change(sending.Sending, "_why_not", deaf)


def flatten_leaves_what_is_on_its_way() -> None:
    """C9: only what is open is closed."""
    close_all = manager.close_all

    def blind(trade: Any, reason: Any, text: str) -> Any:
        legs = tuple(leg for leg in trade.legs if leg.state in (LegState.OPEN, LegState.CLOSED))
        return close_all(replace(trade, legs=legs), reason, text)

    change(manager, "close_all", blind)


def commit_is_not_taken_back() -> None:
    """E4: what a failed commit left on the disk stays."""
    change(Ledger, "_take_back", lambda self, connection: check_tail(connection, self._salt))


# --- R5, R6, R7: where only one process is --------------------------------------------------------------------------


def times_need_not_fit() -> None:
    """R5: it starts with times in which absence could be proven while sending is still allowed."""
    change(engine, "require_times", lambda *_: None)


def known_intent_is_called() -> None:
    """R6: a gateway does not ask its memory before it calls."""
    change(Sender, "_known", lambda *_: None)
    change(IntentStore, "insert", lambda *_: None)


def intent_is_not_kept() -> None:
    """R6: a gateway keeps an intent only when it knows how it ended."""
    change(IntentStore, "insert", lambda *_: None)


def late_order_is_called() -> None:
    """V6: a gateway asks how old an intent is, and not when the right to send it ends."""
    inner = refusal_of_intent
    change(
        gateway_sending,
        "refusal_of_intent",
        lambda guards, call, now: inner(guards, replace(call, intent_until=now), now),
    )


def journal_is_not_locked() -> None:
    """R7: two engines may write one journal."""
    change(held, "_locked", lambda _: True)


def gateway_is_not_locked() -> None:
    """R7: two gateways may stand beside one account."""
    change(held, "_locked", lambda _: True)


def seat_for_everybody() -> None:
    """R7: every console that asks may trade."""
    change(Seat, "take", lambda *_: None)

"""The protocol with one rule removed: what the proof has to notice.

A proof that lets a broken protocol pass proves nothing about a sound one (reference: reliability 3.8: "judge the suite by killed
mutants, not by seeds"). Each mutant is what somebody could plausibly write instead, and changes one rule only; `seeds` is
for those that a simulated world shows, `cells` for the ambiguity matrix, `asserted` for what is asked directly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from signalos_tui.engine import deciding, engine, managing, reading, watching
from signalos_tui.engine.desk import Desk
from signalos_tui.evaluate.gate import judge
from signalos_tui.execute import absences, acting, calls, look, sending
from signalos_tui.execute.dispatcher import Dispatcher
from signalos_tui.execute.look import Look
from signalos_tui.journal import note, store
from signalos_tui.journal.store import Journal
from signalos_tui.model import events as e
from signalos_tui.model.orders import LegState
from tests.proof import mutants_after as after
from tests.proof import mutants_around as around
from tests.proof.removing import change

Mutant = Callable[[], None]


async def _never(*_: Any) -> bool:
    return False


# --- R1, R2: what is written, and when ------------------------------------------------------------------------------


def no_write_ahead() -> None:
    """R1: the request is written down after the answer."""
    inner: Any = calls.Calls._call
    record: Any = Desk.record

    async def late(self: Any, request: Any, intent: Any, within_s: float) -> Any:
        result = await inner(self, request, intent, within_s)
        kept = self._ledger.__dict__.pop("kept", None)
        if kept is not None:
            await record(self._ledger, *kept)
        return result

    async def keep(self: Any, *events: Any) -> None:
        if any(isinstance(event, e.LegSending) for event in events):
            self.__dict__["kept"] = events
        else:
            await record(self, *events)

    change(calls.Calls, "_call", late)
    change(Desk, "record", keep)


def written_beside_the_call() -> None:
    """R1: the call does not wait for the write."""
    record: Any = Desk.record

    async def hasty(self: Any, *events: Any) -> None:
        if any(isinstance(event, e.LegSending) for event in events):
            self.hasty = asyncio.ensure_future(record(self, *events))
        else:
            await record(self, *events)

    change(Desk, "record", hasty)


def group_written_piece_by_piece() -> None:
    """R2: what belongs together is written one event after another."""
    record: Any = Desk.record

    async def single(self: Any, *events: Any) -> None:
        for event in events:
            await record(self, event)

    change(Desk, "record", single)


def unread_is_forgotten() -> None:
    """R2: what was received and not read before the end is never read."""

    async def nothing(self: Any) -> int:
        return 0

    change(reading.ReadingRoom, "catch_up", nothing)


def failed_write_counts() -> None:
    """E3: a write that failed is taken for one that worked."""
    record: Any = Desk.record

    async def careless(self: Any, *events: Any) -> None:
        try:
            await record(self, *events)
        except Exception:  # noqa: BLE001 (the mutant's mistake)
            return

    change(Desk, "record", careless)


def failed_commit_is_read() -> None:
    """E4: what a failed commit left on the disk is taken for known."""
    change(Journal, "_is_ahead", lambda self: False)


# --- R3, R4: evidence -----------------------------------------------------------------------------------------------


def no_look_before_sending() -> None:
    """R3: nobody looks for the magic before it is sent."""
    change(Dispatcher, "_adopted", _never)


def none_is_nothing() -> None:
    """R4: a question that failed (None) is taken for "there is none"."""
    inner = look.look

    class Empty:
        def __init__(self, terminal: Any) -> None:
            self._terminal = terminal

        def __getattr__(self, name: str) -> Any:
            found = getattr(self._terminal, name)
            if name not in (
                "positions_get",
                "orders_get",
                "history_orders_get",
                "history_deals_get",
                "history_deals_of",
            ):
                return found

            async def asked(*args: Any, **more: Any) -> Any:
                return await found(*args, **more) or ()

            return asked

    async def blind(terminal: Any, *args: Any, **more: Any) -> Look:
        return await inner(Empty(terminal), *args, **more)

    _everywhere("look", blind)


def disconnected_is_clean() -> None:
    """R4: what a terminal without a connection shows is believed."""
    _at_any_account(lambda info, login, account: login)


def strangers_account_is_clean() -> None:
    """R4: what another account shows is believed."""
    _at_any_account(lambda info, login, account: login if info is not None and info.connected else None)


def _at_any_account(believed: Callable[[Any, Any, str], Any]) -> None:
    async def at(terminal: Any, account: str) -> Any:
        info, login = await terminal.terminal_info(), await terminal.account_info()
        found = believed(info, login, account)
        return (found, "") if found is not None else (None, "the terminal is not connected")

    change(look, "_at_our_account", at)


def one_look_is_enough() -> None:
    """R4: one look without it proves absence."""
    change(absences, "LOOKS", 1)


def looks_at_once() -> None:
    """R4: three looks within a moment prove absence."""
    change(absences, "BETWEEN_LOOKS_MS", 0)


def frozen_views_prove() -> None:
    """R4: a view that has not moved proves absence."""
    missed: Any = absences.Absences.missed
    change(
        absences.Absences, "missed", lambda self, leg, seen, *, must_live=True: missed(self, leg, seen, must_live=False)
    )


def absence_is_sent_again() -> None:
    """R4: what was not found is sent anew."""
    _impatient(0)
    change(sending.Sending, "_why_not", _only_the_time(sending.Sending._why_not))

    async def send(self: Any, signal: Any) -> None:
        trade = self._desk.state.trades.get(signal)
        for leg in trade.legs if trade else ():
            if leg.state in (LegState.INTENT, LegState.UNKNOWN, LegState.UNFILLED):
                await self._dispatcher.send(leg, self._sending(trade))

    change(managing.Managing, "_send", send)
    change(
        managing.Managing, "resume", lambda self: [self._enqueue(t.signal) for t in self._desk.state.trades.values()]
    )


def _only_the_time(why_not: Any) -> Any:
    def why(self: Any, leg: Any) -> str:
        said: str = why_not(self, leg)
        return said if "old" in said else ""

    return why


# --- R5: times ------------------------------------------------------------------------------------------------------


def no_time_to_live() -> None:
    """R5: the right to send never ends."""
    why_not: Any = sending.Sending._why_not
    change(sending.Sending, "_why_not", lambda self, leg: why_not(self, replace(leg, ttl_ms=1 << 40)))
    change(deciding, "judge", lambda case: judge(replace(case, posted_at=case.now)))


def no_time_to_settle() -> None:
    """R5: a lost answer is given up as soon as it was looked for."""
    _impatient(0)


def _impatient(settle_ms: int) -> None:
    inner: Any = vars(watching)["reconcile"]
    change(
        watching,
        "reconcile",
        lambda legs, seen, absences, settle, *more: inner(legs, seen, absences, settle_ms, *more),
    )


# --- R8 to R10: the request, the generation, the boot --------------------------------------------------------------


def stop_comes_later() -> None:
    """R8: the stop is not in the opening request."""
    _request_without("sl")


def target_comes_later() -> None:
    """R8: the target is not in the opening request."""
    _request_without("tp")


def _request_without(name: str) -> None:
    inner: Any = sending.Sending._opening

    async def naked(self: Any, *args: Any) -> Any:
        request = await inner(self, *args)
        return request if isinstance(request, str) else replace(request, **{name: 0})

    change(sending.Sending, "_opening", naked)


def no_quarantine() -> None:
    """R9: a journal that went back in time is taken for the newest."""
    change(note, "disagreement", lambda *_: "")
    change(store, "disagreement", lambda *_: "")


def sending_at_boot_stays() -> None:
    """R10: what was being sent at the end is not looked for."""
    change(watching, "unsettled_at_start", lambda legs: [])


def sending_at_boot_is_unsent() -> None:
    """R10: what was being sent at the end is sent again."""

    async def send(self: Any, signal: Any) -> None:
        trade = self._desk.state.trades.get(signal)
        for leg in trade.legs if trade else ():
            if leg.state in (LegState.INTENT, LegState.SENDING):
                await self._dispatcher.send(leg, self._sending(trade))

    change(watching, "unsettled_at_start", lambda legs: [])
    change(managing.Managing, "_send", send)
    change(managing.Managing, "resume", lambda self: [self._enqueue(t.signal) for t in self._desk.state.live_trades])
    change(Dispatcher, "_adopted", _never)


def armed_before_compared() -> None:
    """R10: the doors open before the legs are compared with the broker."""
    boot: Any = engine.Engine._boot

    async def hasty(self: Any) -> Any:
        async def nothing(*_: Any) -> tuple[int, int]:
            return 0, 0

        self._watching.recover = nothing
        return await boot(self)

    change(engine.Engine, "_boot", hasty)


def no_orphan_sweep() -> None:
    """R10: what was given up is never looked at again."""
    legs: Any = watching._legs
    change(watching, "_legs", lambda state: [leg for leg in legs(state) if leg.is_live])


def _everywhere(name: str, what: Any) -> None:
    for module in (look, acting, sending, watching):
        if hasattr(module, name):
            change(module, name, what)


SEEDS, CELLS, ASSERTED = "seeds", "cells", "asserted"

MUTANTS: tuple[tuple[str, str, Mutant, str], ...] = tuple(
    ((work.__doc__ or "").partition(":")[0], (work.__doc__ or "").partition(": ")[2].rstrip("."), work, by)
    for work, by in (
        (no_write_ahead, SEEDS),
        (written_beside_the_call, SEEDS),
        (group_written_piece_by_piece, SEEDS),
        (unread_is_forgotten, SEEDS),
        (no_look_before_sending, CELLS),
        (none_is_nothing, SEEDS),
        (disconnected_is_clean, SEEDS),
        (strangers_account_is_clean, SEEDS),
        (one_look_is_enough, SEEDS),
        (looks_at_once, SEEDS),
        (frozen_views_prove, SEEDS),
        (absence_is_sent_again, SEEDS),
        (no_time_to_live, SEEDS),
        (no_time_to_settle, SEEDS),
        (stop_comes_later, SEEDS),
        (target_comes_later, SEEDS),
        (no_quarantine, SEEDS),
        (sending_at_boot_stays, CELLS),
        (sending_at_boot_is_unsent, SEEDS),
        (armed_before_compared, CELLS),
        (no_orphan_sweep, SEEDS),
        (after.unknown_is_not_counted, SEEDS),
        (after.actions_share_a_number, SEEDS),
        (after.part_is_closed_again, ASSERTED),
        (after.priced_for_ever, SEEDS),
        (after.timeout_is_try_again, CELLS),
        (after.timeout_is_a_no, CELLS),
        (after.unlisted_is_a_no, CELLS),
        (after.failed_call_is_a_no, CELLS),
        (after.done_needs_no_ticket, CELLS),
        (after.answer_of_anybody, CELLS),
        (around.post_is_received_twice, SEEDS),
        (around.edit_is_left_out, SEEDS),
        (around.closing_deal_is_not_booked, SEEDS),
        (around.side_is_not_compared, SEEDS),
        (around.state_that_is_not_written, SEEDS),
        (around.nobody_is_told, SEEDS),
        (around.magic_by_chance, SEEDS),
        (around.switch_is_not_looked_at, SEEDS),
        (around.flatten_leaves_what_is_on_its_way, SEEDS),
        (failed_write_counts, SEEDS),
        (failed_commit_is_read, SEEDS),
        (around.commit_is_not_taken_back, SEEDS),
        (around.times_need_not_fit, ASSERTED),
        (around.known_intent_is_called, ASSERTED),
        (around.intent_is_not_kept, ASSERTED),
        (around.late_order_is_called, ASSERTED),
        (around.journal_is_not_locked, ASSERTED),
        (around.gateway_is_not_locked, ASSERTED),
        (around.seat_for_everybody, ASSERTED),
    )
)
"""Rule, what is left out, how, and the part of the proof that has to notice."""

"""The protocol with one rule removed: what the proof has to notice.

A proof that lets a broken protocol pass proves nothing about a sound one (reference: reliability 3.8: "judge the suite by killed
mutants, not by seeds"). Each mutant is what somebody could plausibly write instead, and changes one rule only; `seeds` is
for those that a simulated world shows, `cells` for the ambiguity matrix, `asserted` for what is asked directly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from signalos_tui import narrate
from signalos_tui.engine import deciding, engine, intake, managing, reading, watching
from signalos_tui.engine.desk import Desk
from signalos_tui.evaluate.gate import judge
from signalos_tui.execute import absences, acting, calls, look, manager, reconcile, retcodes, sending
from signalos_tui.execute import constants as mt
from signalos_tui.execute.dispatcher import Dispatcher
from signalos_tui.execute.look import Look
from signalos_tui.execute.retcodes import Answer, classify
from signalos_tui.gateway import lock as gateway_lock
from signalos_tui.gateway.executors import Seat
from signalos_tui.gateway.intents import IntentStore
from signalos_tui.gateway.sending import Sender
from signalos_tui.journal import lock as journal_lock
from signalos_tui.journal import note, store
from signalos_tui.journal.ledger import Ledger, check_tail
from signalos_tui.journal.store import Journal
from signalos_tui.model import events as e
from signalos_tui.model.ids import Magic
from signalos_tui.model.orders import LegState
from signalos_tui.state import find_leg, steps

Mutant = Callable[[], None]


def change(where: Any, name: str, what: Any) -> None:
    """Put something else in the place of a rule. Raises AssertionError when the rule is not there any more."""
    assert hasattr(where, name), f"{where} has no {name}: the mutant looks for its rule in the wrong place"
    setattr(where, name, what)


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


# --- R11 to R13: caps, actions, prices ------------------------------------------------------------------------------


def unknown_is_not_counted() -> None:
    """R11: a leg whose answer was lost does not count in the caps."""
    inner: Any = deciding.open_trades

    def counted(state: Any) -> Any:
        lost = {
            trade.signal
            for trade in state.trades.values()
            if trade.legs and all(leg.state is LegState.UNKNOWN for leg in trade.legs)
        }
        return tuple(one for one in inner(state) if one.signal not in lost)

    change(deciding, "open_trades", counted)


def actions_share_a_number() -> None:
    """R12: follow-ups do not number on."""
    intended: Any = managing.Managing.intended
    change(managing.Managing, "intended", lambda self, wish, by, trade=None: [
        replace(event, action=replace(event.action, number=1)) if isinstance(event, e.ActionIntended) else event
        for event in intended(self, wish, by, trade)
    ])  # fmt: skip


def part_is_closed_again() -> None:
    """R12: a part whose answer was lost is closed again at once."""
    change(acting.Acting, "_is_doubtful", lambda *_: False)


def priced_for_ever() -> None:
    """R13: a requote is answered as often as it comes."""
    change(sending, "MOST_ATTEMPTS", 100)
    inner: Any = sending.Sending._send
    change(sending.Sending, "_send", lambda self, leg, send: inner(self, leg, replace(send, attempts=100)))


def timeout_is_try_again() -> None:
    """3.5: an ambiguous answer is taken for "the price changed"."""

    def hopeful(*args: Any) -> Answer:
        answer = classify(*args)
        return Answer.REPRICE if answer is Answer.AMBIGUOUS else answer

    change(calls, "classify", hopeful)
    change(Dispatcher, "_adopted", _never)


def timeout_is_a_no() -> None:
    """3.5: "the server did not answer in time" is taken for a refusal."""
    change(retcodes, "REFUSED", retcodes.REFUSED | {mt.TRADE_RETCODE_TIMEOUT})


def unlisted_is_a_no() -> None:
    """3.5: a number nobody knows is taken for a refusal."""

    def sure(*args: Any) -> Answer:
        result = args[0]
        answer = classify(*args)
        unlisted = result is not None and result.retcode not in retcodes.WORDS
        return Answer.REFUSED if unlisted and answer is Answer.AMBIGUOUS else answer

    change(calls, "classify", sure)


def failed_call_is_a_no() -> None:
    """3.5: None is taken for "nothing happened"."""
    change(calls, "classify", lambda *args: Answer.REFUSED if args[0] is None else classify(*args))


def done_needs_no_ticket() -> None:
    """3.5: "done" is believed without a ticket."""
    change(
        calls, "classify", lambda *args: classify(*args[:2]) if args[0] is None else _unread(args[0]) or classify(*args)
    )


def _unread(result: Any) -> Answer | None:
    return Answer.ACCEPTED if result.retcode == mt.TRADE_RETCODE_DONE else None


def answer_of_anybody() -> None:
    """3.5: an answer is not compared with the request."""
    change(retcodes, "echoes", lambda *_: True)


# --- V3 to V12 ------------------------------------------------------------------------------------------------------


def post_is_received_twice() -> None:
    """V3: a post that is delivered again is a new one."""
    inner: Any = intake.Intake._message
    change(Journal, "message_content", lambda *_: None)
    change(intake.Intake, "_message", inner)


def edit_is_left_out() -> None:
    """V3: what a known post says now is of no interest."""
    change(Journal, "message_content", _as_it_is(Journal.message_content))


def _as_it_is(inner: Any) -> Any:
    class Same(str):
        __slots__ = ()

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


def _everywhere(name: str, what: Any) -> None:
    for module in (look, acting, sending, watching):
        if hasattr(module, name):
            change(module, name, what)


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


def journal_is_not_locked() -> None:
    """R7: two engines may write one journal."""
    change(journal_lock.Lock, "_take", lambda *_: None)


def gateway_is_not_locked() -> None:
    """R7: two gateways may stand beside one account."""
    change(gateway_lock, "_locked", lambda _: True)


def seat_for_everybody() -> None:
    """R7: every console that asks may trade."""
    change(Seat, "take", lambda *_: None)


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
        (unknown_is_not_counted, SEEDS),
        (actions_share_a_number, SEEDS),
        (part_is_closed_again, ASSERTED),
        (priced_for_ever, SEEDS),
        (timeout_is_try_again, CELLS),
        (timeout_is_a_no, CELLS),
        (unlisted_is_a_no, CELLS),
        (failed_call_is_a_no, CELLS),
        (done_needs_no_ticket, CELLS),
        (answer_of_anybody, CELLS),
        (post_is_received_twice, SEEDS),
        (edit_is_left_out, SEEDS),
        (closing_deal_is_not_booked, SEEDS),
        (side_is_not_compared, SEEDS),
        (state_that_is_not_written, SEEDS),
        (nobody_is_told, SEEDS),
        (magic_by_chance, SEEDS),
        (switch_is_not_looked_at, SEEDS),
        (flatten_leaves_what_is_on_its_way, SEEDS),
        (failed_write_counts, SEEDS),
        (failed_commit_is_read, SEEDS),
        (commit_is_not_taken_back, SEEDS),
        (times_need_not_fit, ASSERTED),
        (known_intent_is_called, ASSERTED),
        (intent_is_not_kept, ASSERTED),
        (journal_is_not_locked, ASSERTED),
        (gateway_is_not_locked, ASSERTED),
        (seat_for_everybody, ASSERTED),
    )
)
"""Rule, what is left out, how, and the part of the proof that has to notice."""

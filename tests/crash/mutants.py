"""The protocol with one rule removed: what the drill has to notice.

A drill that lets a broken protocol pass proves nothing about a sound one (reference: reliability 3.8: "judge the suite by killed
mutants, not by seeds"). Each mutant is what somebody could plausibly write instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from signalos_tui.engine import deciding, managing, reading, watching
from signalos_tui.engine.desk import Desk
from signalos_tui.evaluate.gate import judge
from signalos_tui.execute import absences, calls, manager, reconcile
from signalos_tui.execute.dispatcher import Dispatcher
from signalos_tui.execute.retcodes import Answer, classify
from signalos_tui.model import events as e
from signalos_tui.model.orders import LegState


def _no_write_ahead() -> None:
    # R1: the request is written down after the answer.
    call: Any = Dispatcher._call

    async def late(self: Any, request: Any, within_s: float) -> Any:
        result = await call(self, request, within_s)
        for event in self.kept.pop(request.magic, ()):
            await self._ledger.record(event)
        return result

    class Ledger:
        def __init__(self, inner: Any, owner: Any) -> None:
            self.inner, self.owner = inner, owner

        @property
        def state(self) -> Any:
            return self.inner.state

        async def record(self, *events: Any) -> None:
            for event in events:
                if isinstance(event, e.LegSending) and event.request.magic not in self.owner.kept:
                    self.owner.kept[event.request.magic] = [event]
                else:
                    await self.inner.record(event)

    init: Any = Dispatcher.__init__

    def started(self: Any, terminal: Any, ledger: Any, clock: Any, account: Any) -> None:
        init(self, terminal, Ledger(ledger, self), clock, account)
        self.kept = {}

    _set(Dispatcher, "__init__", started)
    _set(Dispatcher, "_call", late)


def _timeout_is_try_again() -> None:
    # 3.5: an ambiguous answer is taken for "the price changed".
    def hopeful(*args: Any) -> Answer:
        answer = classify(*args)
        return Answer.REPRICE if answer is Answer.AMBIGUOUS else answer

    async def never(*_: Any) -> bool:
        return False

    _set(calls, "classify", hopeful)
    _set(Dispatcher, "_adopted", never)


def _sending_at_boot_is_unsent() -> None:
    # 3.6: what was being sent at the end is sent again, and nobody looks before.
    async def send(self: Any, signal: Any) -> None:
        trade = self._desk.state.trades.get(signal)
        for leg in trade.legs if trade else ():
            if leg.state in (LegState.INTENT, LegState.SENDING):
                await self._dispatcher.send(leg, self._sending(trade))

    async def never(*_: Any) -> bool:
        return False

    _set(watching, "unsettled_at_start", lambda legs: [])
    _set(managing.Managing, "_send", send)
    _set(managing.Managing, "resume", lambda self: [self._enqueue(t.signal) for t in self._desk.state.live_trades])
    _set(Dispatcher, "_adopted", never)


def _absence_is_proof_at_once() -> None:
    # R4: one look is enough, and the leg is sent anew under another number.
    _set(absences, "LOOKS", 1)
    _set(
        watching,
        "reconcile",
        lambda legs, seen, absences, settle, busy: reconcile.reconcile(legs, seen, absences, 0, busy),
    )
    _set(reconcile, "ENDED", frozenset(LegState))


def _no_orphan_sweep() -> None:
    # What was given up is never looked at again.
    legs = watching._legs
    _set(watching, "_legs", lambda state: [leg for leg in legs(state) if leg.is_live])


def _no_time_to_live() -> None:
    # R5: the right to send never ends.
    why_not: Any = Dispatcher._why_not

    def forever(self: Any, leg: Any) -> str:
        why: str = why_not(self, replace(leg, ttl_ms=1 << 40))
        return why

    _set(Dispatcher, "_why_not", forever)
    _set(deciding, "judge", _undated(judge))


def _undated(inner: Any) -> Callable[[Any], Any]:
    return lambda case: inner(replace(case, posted_at=case.now) if hasattr(case, "__struct_fields__") else case)


def _switch_is_not_looked_at() -> None:
    # V12: the dispatcher does not ask whether trading is stopped.
    why_not: Any = Dispatcher._why_not

    def deaf(self: Any, leg: Any) -> str:
        why: str = why_not(self, leg)
        return "" if why.startswith(("trading is", "trading was")) else why

    _set(Dispatcher, "_why_not", deaf)


def _flatten_leaves_what_is_on_its_way() -> None:
    # C9: only what is open is closed.
    close_all = manager.close_all

    def blind(trade: Any, reason: Any, text: str) -> Any:
        legs = tuple(leg for leg in trade.legs if leg.state in (LegState.OPEN, LegState.CLOSED))
        return close_all(replace(trade, legs=legs), reason, text)

    _set(manager, "close_all", blind)


def _unread_is_forgotten() -> None:
    # R2: what was received and not read before the end is never read.
    async def nothing(self: Any) -> int:
        return 0

    _set(reading.ReadingRoom, "catch_up", nothing)


def _actions_share_a_number() -> None:
    # Two follow-ups of one post each start from the desk as it was before the post.
    intended: Any = managing.Managing.intended
    _set(managing.Managing, "intended", lambda self, wish, by, trade=None: [
        replace(event, action=replace(event.action, number=1)) if isinstance(event, e.ActionIntended) else event
        for event in intended(self, wish, by, trade)
    ])  # fmt: skip


def _state_that_is_not_written() -> None:
    # V9: something is changed in memory only.
    publish: Any = Desk._publish

    def forgetful(self: Any, record: Any) -> None:
        publish(self, record)
        if isinstance(record.event, e.LegOpened):
            self.state = replace(self.state, version="something was opened")

    _set(Desk, "_publish", forgetful)


def _set(where: Any, name: str, what: Any) -> None:
    setattr(where, name, what)


MUTANTS: dict[str, Callable[[], None]] = {
    "no write-ahead": _no_write_ahead,
    "timeout is try again": _timeout_is_try_again,
    "sending at boot is unsent": _sending_at_boot_is_unsent,
    "absence is proof at once": _absence_is_proof_at_once,
    "no orphan sweep": _no_orphan_sweep,
    "no time to live": _no_time_to_live,
    "the switch is not looked at": _switch_is_not_looked_at,
    "flatten leaves what is on its way": _flatten_leaves_what_is_on_its_way,
    "unread is forgotten": _unread_is_forgotten,
    "actions share a number": _actions_share_a_number,
    "state that is not written": _state_that_is_not_written,
}

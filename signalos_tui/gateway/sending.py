"""One order, from the wire to the terminal: is it known, may it go, insert, call, record, answer (reference: reliability R6).

The order of the steps is the promise. A known intent is answered from the store before any guard is asked, since "refused"
would mean that nothing was ever sent. Between insert and record whatever dies leaves "attempted, unknown" behind, never "new".
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from signalos_tui.clock import Clock
from signalos_tui.gateway import pipe
from signalos_tui.gateway.arguments import checked
from signalos_tui.gateway.calling import Turns, WorkerGone
from signalos_tui.gateway.guards import (
    may_make_smaller,
    protects,
    refusal_of_intent,
    refusal_of_place,
    refusal_of_request,
)
from signalos_tui.gateway.intents import IntentStore
from signalos_tui.gateway.keeping import Keeper
from signalos_tui.gateway.settings import Settings
from signalos_tui.link.messages import ATTEMPTED_BEFORE, ORDER_SEND, REFUSED_BY_GATEWAY, WORKER_LOST, Answer, Call
from signalos_tui.logs import logger

_UNDER_WAY = (ATTEMPTED_BEFORE, "this intent is being called, how it ends is not known")
_canonical = msgspec.msgpack.Encoder(order="deterministic").encode
_log = logger("signalos.gateway.send")


class Sender:
    """Sends one order at a time; closes before openings."""

    def __init__(self, settings: Settings, clock: Clock, keeper: Keeper, store: IntentStore) -> None:
        self._guards, self._times = settings.guards, settings.times
        self._clock, self._keeper, self._store = clock, keeper, store
        self._one = Turns()
        self._asked: Counter[str] = Counter()
        """Requests under way by their intent."""

    def send(self, call: Call, may_send: Callable[[], bool]) -> Coroutine[Any, Any, Answer]:
        """The answer to an order_send. may_send: whether the asker has the seat; asked at the last moment.

        It counts as under way from now on, not from when somebody first waits for it.
        """
        self._asked[call.intent] += 1
        return self._sent(call, may_send)

    async def _sent(self, call: Call, may_send: Callable[[], bool]) -> Answer:
        try:
            answer = self._settled(call, await self._in_turn(call, may_send))
        finally:
            self._asked[call.intent] -= 1
            self._asked += Counter()  # without those at zero
        _log.info("an order", intent=call.intent, **_outcome(answer))
        return answer

    def refuse(self, call: Call, why: str) -> Answer:
        """The answer to an order that is not even looked at: what is known of it, or the refusal where nothing was called."""
        answer = self._known(call, _body(call)) or _refused(call, why)
        if answer.error[0] == REFUSED_BY_GATEWAY and call.intent and self._asked[call.intent]:
            answer = Answer(call.id, None, _UNDER_WAY)
        _log.info("an order", intent=call.intent, **_outcome(answer))
        return answer

    def _settled(self, call: Call, answer: Answer) -> Answer:
        # While the same one is under way a second time, that nothing was ever sent for it cannot be said.
        if answer.error[0] == REFUSED_BY_GATEWAY and call.intent and self._asked[call.intent] > 1:
            return Answer(call.id, None, _UNDER_WAY)
        return answer

    async def _in_turn(self, call: Call, may_send: Callable[[], bool]) -> Answer:
        body, is_close = _body(call), protects(call.arguments)
        left_s = (call.intent_until - self._clock.now()) / 1000
        wait_s = max(0.0, min(self._times.close_wait_s if is_close else self._times.wait_s, left_s))
        async with contextlib.AsyncExitStack() as held:
            try:
                async with asyncio.timeout(wait_s):
                    await held.enter_async_context(self._one.turn(is_urgent=is_close))
            except TimeoutError:
                late = _refused(call, f"busy: an order before it has taken more than {wait_s:g} s")
                return self._known(call, body) or late
            return self._known(call, body) or await self._send(call, body, may_send)

    async def _send(self, call: Call, body: bytes, may_send: Callable[[], bool]) -> Answer:
        try:
            request: dict[str, Any] = checked(ORDER_SEND, call.arguments)["request"]
        except ValueError as error:
            return _refused(call, str(error))
        why = refusal_of_intent(self._guards, call, self._clock.now())
        return _refused(call, why) if why else await self._guarded(call, request, body, may_send)

    def _known(self, call: Call, body: bytes) -> Answer | None:
        try:
            known = self._store.known(call.intent, body)
        except sqlite3.Error as error:
            return Answer(call.id, None, (ATTEMPTED_BEFORE, f"the intent store cannot be read: {error}"))
        if known is None:
            return None
        if not known.is_same_request:
            return Answer(call.id, None, (ATTEMPTED_BEFORE, "this intent was called once, with another request"))
        if known.outcome is None:
            return Answer(call.id, None, (ATTEMPTED_BEFORE, "this intent was called once, how it ended is not known"))
        return Answer(call.id, *known.outcome)

    async def _guarded(self, call: Call, request: dict[str, Any], body: bytes, may_send: Callable[[], bool]) -> Answer:
        # The worker is ours from the guards to the answer: nothing comes between what was checked and what is called.
        async with self._keeper.turns.turn(is_urgent=True):
            try:
                why = await self._why_not(call, request)
            except WorkerGone as gone:
                why = f"the terminal cannot be asked: {gone.text}"
            if not why and not may_send():
                why = "this connection does not trade the account: it is not the executor, or no longer"
            if why:
                return _refused(call, why)
            try:
                self._store.insert(call.intent, call.intent_at, body, self._clock.now())
            except sqlite3.Error as error:
                _log.error("an intent cannot be written", intent=call.intent, why=str(error))
                return _refused(call, f"the intent cannot be written, so nothing was sent: {error}")
            return await self._called(call, request)

    async def _why_not(self, call: Call, request: dict[str, Any]) -> str:
        # What the terminal of this moment says against it; "" for nothing. Raises WorkerGone.
        told = await self._keeper.ask(pipe.FACTS, {}, self._times.read_s)
        facts = msgspec.msgpack.decode(told.result)
        if facts is None:
            return f"the terminal does not say whose account it is: {told.error[1]} ({told.error[0]})"
        account, guards = facts["account"], self._guards
        why = refusal_of_place(guards, self._keeper.pinned, account, facts["terminal"])
        why = why or refusal_of_request(guards, request, account, await self._closed_by(request, account))
        # Time has passed in the queue.
        return why or refusal_of_intent(guards, call, self._clock.now())

    async def _closed_by(self, request: dict[str, Any], account: dict[str, Any]) -> list[dict[str, Any]]:
        # On a netting account: the position a deal wants to make smaller, as it is now.
        if not self._guards.symbols or not may_make_smaller(request, account):
            return []
        told = await self._keeper.ask("positions_get", {"ticket": request["position"]}, self._times.read_s)
        found: list[dict[str, Any]] | None = msgspec.msgpack.decode(told.result)
        return found or []

    async def _called(self, call: Call, request: dict[str, Any]) -> Answer:
        try:
            told = await self._keeper.ask(ORDER_SEND, {"request": request}, self._times.send_s, call.intent_until)
        except WorkerGone as gone:
            return Answer(call.id, None, (WORKER_LOST, f"{gone.text}: it may have traded"))
        try:
            self._store.record(call.intent, bytes(told.result), told.error, self._clock.now())
        except sqlite3.Error as error:
            # The caller still hears how it went; whoever asks again is told "attempted".
            _log.error("an answer cannot be recorded", intent=call.intent, why=str(error))
        return Answer(call.id, told.result, told.error)


def _body(call: Call) -> bytes:
    # What was asked, the same for the same request; nothing for what could not be asked anyway.
    try:
        return _canonical(call.arguments)
    except (TypeError, ValueError, RecursionError):
        return b""


def _outcome(answer: Answer) -> dict[str, Any]:
    # For the log: the broker's code where there is an answer, else why there is none. A recorded answer is still encoded.
    result = answer.result
    if isinstance(result, msgspec.Raw):
        result = msgspec.msgpack.decode(result)
    if isinstance(result, dict) and "retcode" in result:
        return {"retcode": result["retcode"]}
    code, text = answer.error
    return {"code": code, "why": text}


def _refused(call: Call, why: str) -> Answer:
    return Answer(call.id, None, (REFUSED_BY_GATEWAY, why))

"""The supervisor: joins the door, the clients, the seat, the store and the link to the terminal, and ends them in order."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from signalos_tui import __version__
from signalos_tui.clock import Clock
from signalos_tui.gateway import pipe
from signalos_tui.gateway.arguments import checked
from signalos_tui.gateway.calling import WorkerGone
from signalos_tui.gateway.clients import Client
from signalos_tui.gateway.executors import Seat
from signalos_tui.gateway.intents import IntentStore
from signalos_tui.gateway.keeping import Keeper
from signalos_tui.gateway.listening import Door, Streams, open_door
from signalos_tui.gateway.lock import PAPER_ACCOUNT, AccountLock, file_name
from signalos_tui.gateway.sending import Sender
from signalos_tui.gateway.settings import Settings
from signalos_tui.gateway.strangers import Strangers
from signalos_tui.harmless import one_line
from signalos_tui.link.messages import (
    ORDER_SEND,
    REFUSED_BY_GATEWAY,
    VERSION,
    Answer,
    Call,
    Health,
    Hello,
    Refused,
    Welcome,
)
from signalos_tui.logs import logger

SPARE = 64
"""Connections beyond the limit that may still say who they are; beyond these, one that has not makes room for the next."""

_log = logger("signalos.gateway")


class Gateway:
    """One gateway. `async with` holds the lock, the store and the door; `run` works until it is cancelled."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Take the account's lock and open its store. Raises OperatorNeeded."""
        self._settings, self._clock = settings, clock
        guards = settings.guards
        account = PAPER_ACCOUNT if settings.is_paper else f"{guards.server}/{guards.login}"
        self._lock = AccountLock(settings.locks or settings.data, account)
        try:
            self.store = IntentStore(settings.data / f"intents-{file_name(account)}.db", clock.now())
        except BaseException:
            self._lock.release()
            raise
        self.started = clock.now()
        self.keeper = Keeper(settings, clock, self)
        self.seat = Seat(self.store)
        self.sender = Sender(settings, clock, self.keeper, self.store)
        self._clients: dict[int, Client] = {}
        self._serving: set[asyncio.Task[Any]] = set()
        self._numbers = itertools.count(1)
        self._ticks: dict[str, Any] = {}
        self._calls: set[asyncio.Task[None]] = set()
        self._is_ending = False
        self._strangers = Strangers()

    def close(self) -> None:
        """Let go of the files."""
        self.store.close()
        self._lock.release()

    # What the keeper finds out

    def follows(self) -> tuple[str, ...]:
        """The symbols anybody wants ticks of."""
        wanted = frozenset[str]().union(*(client.symbols for client in self._clients.values()))
        if not wanted >= self._ticks.keys():
            self._ticks = {name: tick for name, tick in self._ticks.items() if name in wanted}
        return tuple(sorted(wanted))

    def ticked(self, ticks: dict[str, Any]) -> None:
        """New quotes."""
        self._ticks.update(ticks)
        for client in self._inside():
            mine = {name: tick for name, tick in ticks.items() if name in client.symbols}
            if mine:
                client.outbox.put_ticks(mine)

    def changed(self) -> None:
        """Orders, positions or the account are others than they were."""
        for client in self._inside():
            client.outbox.put_changed()

    def health(self, health: Health) -> None:
        """The link is in another state. What was known of prices is old once it is not well."""
        if health.state != "ok":
            self._ticks.clear()
        for client in self._inside():
            client.outbox.put_health(health)

    def _inside(self) -> list[Client]:
        return [client for client in self._clients.values() if client.is_in]

    # What a client wants

    def admit(self, client: Client, hello: Hello) -> Welcome | Refused:
        """Let a client in, or say why not: version, token, room, terminal, account, seat, in that order."""
        if hello.version != VERSION:
            text = f"the gateway speaks version {VERSION}, the console {hello.version}"
            return Refused("version", text, "Update the older one of both")
        if not self._settings.token.is_same(hello.token):
            return Refused("token", "the token is not this gateway's", "Copy the gateway's token file to the console")
        if len(self._inside()) >= self._settings.limits.connections:
            return Refused("busy", f"{self._settings.limits.connections} consoles are connected", "End one of them")
        keeper = self.keeper
        if keeper.state.state == "other account":
            return Refused("account", keeper.state.text, "Log the terminal in to the account of the configuration")
        if not keeper.is_serving:
            return Refused("terminal", f"{keeper.state.state}: {keeper.state.text}", "Look at the terminal and its log")
        if hello.account not in ("", keeper.account_name):
            text = f"this gateway serves another account, {keeper.account_name}, not {one_line(hello.account)[:80]}"
            return Refused("account", text, "Compare login and server on both sides")
        if hello.trades and (refused := self.seat.take(client.number, hello, client.close)) is not None:
            return refused
        return Welcome(
            version=VERSION,
            gateway=f"signalos {__version__}",
            account=keeper.account_name,
            trade_mode=int(keeper.account["trade_mode"]),
            is_paper=self._settings.is_paper,
            fence=self.store.fence,
            newest_intent_at=self.store.newest_intent_at,
            started=self.started,
            call_limit_s=self._settings.times.send_s,
            max_lot=self._settings.guards.max_lot,
        )

    def stranger(self, last: Refused) -> None:
        """A connection was never let in."""
        self._strangers.seen(last.code, last.text)

    def leave(self, client: Client) -> None:
        """Its place is free, and nobody's ticks are asked for on its account."""
        self.seat.leave(client.number)
        client.symbols = frozenset()

    def follow(self, client: Client) -> dict[str, Any]:
        """The last ticks that are known of what the client follows."""
        return {name: self._ticks[name] for name in client.symbols if name in self._ticks}

    def state(self) -> Health:
        """How the terminal is."""
        return self.keeper.state

    def start(self, client: Client, call: Call) -> None:
        """Work on a call. It goes on when the client leaves: what was called is recorded."""
        if self._is_ending:
            self.refuse(client, call, "the gateway is ending, nothing was called")
            return
        if call.method == ORDER_SEND:
            working = self.sender.send(call, lambda: self.seat.is_held_by(client.number) and not self._is_ending)
        else:
            working = self._read(call)
        task = asyncio.create_task(self._work(client, working), name=f"call of client {client.number}")
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    def refuse(self, client: Client, call: Call, why: str) -> None:
        """Answer a call that is not worked on; an order that was called before gets its own answer."""
        is_order = call.method == ORDER_SEND
        client.answer(self.sender.refuse(call, why) if is_order else Answer(call.id, None, (REFUSED_BY_GATEWAY, why)))

    async def _work(self, client: Client, working: Coroutine[Any, Any, Answer]) -> None:
        client.answer(await working)

    async def _read(self, call: Call) -> Answer:
        try:
            arguments = checked(call.method, call.arguments)
        except ValueError as error:
            return Answer(call.id, None, (REFUSED_BY_GATEWAY, str(error)))
        if not self.keeper.is_serving:
            state = self.keeper.state
            return Answer(call.id, None, (pipe.NO_IPC, f"No IPC connection ({state.state}: {state.text})"))
        try:
            async with self.keeper.turns.turn():
                told = await self.keeper.ask(call.method, arguments, self._settings.times.read_s)
        except WorkerGone as gone:
            return Answer(call.id, None, (pipe.IPC_TIMEOUT, f"IPC timeout ({gone.text})"))
        return Answer(call.id, told.result, told.error)

    # From the start to the end

    async def run(self, door: Door, until: asyncio.Event) -> None:
        """Work until the event; then finish what is under way, say goodbye, and let the terminal go."""
        keeping = asyncio.create_task(self.keeper.run(), name="terminal link")
        taking = asyncio.create_task(
            door.take(self._settings.limits.connections + SPARE, self._serve, self._strangers), name="door"
        )
        waiting = asyncio.create_task(until.wait(), name="end")
        try:
            await asyncio.wait((keeping, taking, waiting), return_when=asyncio.FIRST_COMPLETED)
            await self._finish()
        finally:
            self.keeper.stop()
            for task in (taking, waiting):
                task.cancel()
            await asyncio.wait((keeping,), timeout=self._settings.times.ending_s)
            keeping.cancel()
            ended = await asyncio.gather(keeping, taking, waiting, return_exceptions=True)
            await self.keeper.end()
            door.close()
        for fault in ended:
            if isinstance(fault, Exception):
                raise fault

    async def _finish(self) -> None:
        # Orders under way are worth waiting for: their answer is what keeps a leg from becoming unknown.
        self._is_ending = True
        if self._calls:
            times = self._settings.times
            await asyncio.wait(set(self._calls), timeout=times.send_s + times.ending_s)
        for client in self._inside():
            client.close(Refused("terminal", "the gateway is ending", "Start it again"))
        if self._serving:
            await asyncio.wait(set(self._serving), timeout=self._settings.times.ending_s)

    async def _serve(self, streams: Streams, let_in: Callable[[], object]) -> None:
        client = Client(next(self._numbers), streams, self, self._settings.limits, self._clock)
        client.let_in = let_in
        self._clients[client.number] = client
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            await client.serve()
        finally:
            self._serving.discard(task)
            del self._clients[client.number]
            self.seat.leave(client.number)


async def serve(
    settings: Settings, clock: Clock, until: asyncio.Event, listening: Callable[[str], Awaitable[None] | None]
) -> None:
    """A gateway from start to end. listening: told the address once it can be connected to. Raises OperatorNeeded."""
    gateway = Gateway(settings, clock)
    try:
        door = open_door(settings.listen, settings.certificate, settings.key)
        _log.info("the gateway listens", address=door.address, paper=settings.is_paper)
        listening(door.address)
        await gateway.run(door, until)
        _log.info("the gateway has ended")
    finally:
        with contextlib.suppress(sqlite3.Error):
            gateway.close()

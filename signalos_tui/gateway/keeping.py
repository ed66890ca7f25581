"""Keeps the link to the terminal: opens it, makes sure whose account it is, watches it, and starts it again when it breaks.

It never serves another account than the pinned one: between "open" and "ok" stands the comparison, and every look repeats it.
Watching is also how ticks and changes are found out: the vendor's module tells nothing by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Protocol

import msgspec

from signalos_tui.clock import Clock
from signalos_tui.errors import Transient
from signalos_tui.gateway import pipe
from signalos_tui.gateway.calling import Turns, Worker, WorkerGone
from signalos_tui.gateway.patience import Patience
from signalos_tui.gateway.pipe import Told
from signalos_tui.gateway.settings import Settings
from signalos_tui.harmless import one_line
from signalos_tui.link.messages import Health
from signalos_tui.logs import logger

MISSES = 3
"""So many looks may fail without a whole one between them, then the terminal counts as gone."""

_decode = msgspec.msgpack.decode
_log = logger("signalos.gateway")


UNAUTHORIZED = -6
"""`last_error` when the broker does not accept login and password. Asked too often, it locks the account."""


class TerminalLost(Transient):
    """The terminal cannot be served. state: what its health is called. is_lasting: trying at once again does harm."""

    def __init__(self, state: str, text: str, *, is_lasting: bool = False) -> None:
        super().__init__(text, "It is tried again")
        self.state = state
        self.is_lasting = is_lasting


class Audience(Protocol):
    """Whom the watching is for."""

    def follows(self) -> tuple[str, ...]:
        """The symbols anybody wants ticks of."""
        ...

    def ticked(self, ticks: dict[str, Any]) -> None:
        """New quotes."""
        ...

    def changed(self) -> None:
        """Orders, positions or the account are others than they were."""
        ...

    def health(self, health: Health) -> None:
        """The link is in another state."""
        ...


class Keeper:
    """The link, from the supervisor's side. Questions go through `turns`, then `ask`."""

    def __init__(self, settings: Settings, clock: Clock, audience: Audience) -> None:
        self.turns = Turns()
        self.state = Health("starting", "the terminal is being opened", clock.now())
        self.account: dict[str, Any] = {}
        """The account as it was looked at last; {} before the first time."""
        self.pinned = (settings.guards.login, settings.guards.server)
        self._settings, self._times, self._clock, self._audience = settings, settings.times, clock, audience
        self._ending = asyncio.Event()
        self._worker: Worker | None = None
        self._print: Any = None

    @property
    def is_serving(self) -> bool:
        """Questions can be answered, and about the right account."""
        return self.state.state in ("ok", "not connected")

    @property
    def account_name(self) -> str:
        """The pinned account as "<server>/<login>"."""
        return f"{self.pinned[1]}/{self.pinned[0]}"

    async def ask(self, do: str, arguments: dict[str, Any], limit_s: float, until: int = 0) -> Told:
        """Ask the worker; only while holding a turn. until: as in `Worker.ask`. Raises WorkerGone."""
        if self._worker is None or not self.is_serving:
            raise WorkerGone(f"the terminal is not there ({self.state.state}: {self.state.text})", is_hung=False)
        return await self._patiently(do, arguments, limit_s, until, self._times.stuck_s)

    async def _patiently(self, do: str, arguments: dict[str, Any], limit_s: float, until: int, silent_s: float) -> Told:
        # One question holds up all others, and what a client sees stands still: so a long one is told before its time is up.
        assert self._worker is not None
        before, text = self.state, f"it has not answered for {silent_s:g} s"
        with Patience(silent_s, lambda: self._say("hung", text)) as patience:
            told = await self._worker.ask(do, arguments, limit_s, until)
        if patience.is_over and self.state.state == "hung":
            self._say(before.state, before.text)
        return told

    def stop(self) -> None:
        """Let `run` come to its end."""
        self._ending.set()

    async def run(self) -> None:
        """Open, watch, and start again, until `stop`."""
        pause = self._times.pause_s
        while not self._ending.is_set():
            began = asyncio.get_running_loop().time()
            try:
                await self._open()
                await self._watch()
            except WorkerGone as gone:
                self._say("hung" if gone.is_hung else "no terminal", gone.text)
            except TerminalLost as lost:
                self._say(lost.state, lost.text)
                pause = self._times.longest_pause_s if lost.is_lasting else pause
            except OSError as error:
                self._say("no terminal", f"no worker can be started: {error.strerror or error}")
            if self._ending.is_set():
                return
            await self._drop()
            if asyncio.get_running_loop().time() - began > self._times.longest_pause_s:
                pause = self._times.pause_s
            await self._rest(pause)
            pause = min(pause * 2, self._times.longest_pause_s)

    async def end(self) -> None:
        """Shut the link down in order; `run` has come to its end before."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.end(self._times.ending_s)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), seconds)

    async def _drop(self) -> None:
        # A link that broke is not asked to close: it gets no chance to hang again.
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.kill()

    async def _open(self) -> None:
        own = self._settings
        self._worker = await Worker.start(self._clock)
        _log.info("a worker was started", pid=self._worker.pid)
        asked = {
            "module": own.module, "path": own.terminal, "login": self.pinned[0], "server": self.pinned[1],
            "password": own.password.reveal(), "paper": own.paper, "ms": round(self._times.open_s * 900),
        }  # fmt: skip
        told = await self._worker.ask(pipe.OPEN, asked, self._times.open_s)
        facts = _decode(told.result)
        if facts is None:
            code, text = told.error
            why = f"it cannot be opened: {text} ({code})"
            raise TerminalLost("no terminal", why, is_lasting=code == UNAUTHORIZED)
        self._judge(facts)

    async def _watch(self) -> None:
        misses, deep_at, now = 0, 0.0, asyncio.get_running_loop().time
        while not self._ending.is_set():
            symbols, is_deep = self._audience.follows(), now() >= deep_at
            if symbols or is_deep:
                if is_deep:
                    deep_at = now() + self._times.look_s
                told = await self._look(symbols, is_deep=is_deep)
                seen = _decode(told.result)
                if seen is not None:
                    # Ticks alone are no proof that the account can be read: only a whole look is.
                    misses = 0 if is_deep else misses
                    self._tell(seen)
                else:
                    misses += 1
                    if misses >= MISSES:
                        code, text = told.error
                        raise TerminalLost("no terminal", f"it does not answer: {text} ({code})")
            await self._rest(self._times.tick_s)

    async def _look(self, symbols: tuple[str, ...], *, is_deep: bool) -> Told:
        async with self.turns.turn():
            asked = {"symbols": symbols, "is_deep": is_deep}
            return await self._patiently(pipe.LOOK, asked, self._times.read_s, 0, self._times.silent_s)

    def _tell(self, seen: dict[str, Any]) -> None:
        if "account" in seen:
            self._judge(seen)
            if seen["print"] != self._print:
                is_first, self._print = self._print is None, seen["print"]
                if not is_first:
                    self._audience.changed()
        if seen["ticks"]:
            self._audience.ticked(seen["ticks"])

    def _judge(self, facts: dict[str, Any]) -> None:
        # Whose account it is, and whether the broker can be reached. Raises TerminalLost: another account.
        account = facts["account"]
        found = (account["login"], account["server"])
        if self.pinned == (0, ""):
            self.pinned = found
        if found != self.pinned:
            seen = f"{one_line(str(found[1]))[:80]}/{found[0]}"
            text = (
                f"the terminal is logged in to another account than the configured one, {seen}, not {self.account_name}"
            )
            raise TerminalLost("other account", text)
        is_new = not self.account
        self.account = account
        if not facts["terminal"]["connected"]:
            self._say("not connected", "the terminal has no connection to the broker")
        elif self.state.state != "ok" or is_new:
            self._say("ok", "")

    def _say(self, state: str, text: str) -> None:
        if (state, text) == (self.state.state, self.state.text):
            return
        self.state = Health(state, text, self._clock.now())
        write = _log.info if state == "ok" else _log.warning
        write("the terminal", state=state, why=text)
        self._audience.health(self.state)

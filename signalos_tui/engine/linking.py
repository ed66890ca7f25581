"""The way to a terminal that stands elsewhere: waited for at the start, told when it is lost and when it is back.

While it is lost nothing can be sent and nothing is decided: no look is clean and no price is known. When it is back every leg is
compared with the broker at once, ended ones included; what happened meanwhile is what the broker says happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from signalos_tui.engine.desk import Desk
from signalos_tui.errors import Transient
from signalos_tui.execute.structs import TerminalInfo
from signalos_tui.execute.terminal import Link
from signalos_tui.model.events import NoticeRaised, Pulsed, Severity
from signalos_tui.model.reach import Reach

T = TypeVar("T")

FIRST_TRY_S = 5.0
"""How long a connection that is just being made is waited for before anything is said about it."""
BEGINNING = ("starting", "terminal")
AGAIN_S = 5.0
GRACE_S = 1.0
"""An outage shorter than this is no news."""
LOOK_EVERY_S = 15.0
"""How often clocks and switches are looked at."""
SILENT_MS = 30_000
"""A terminal that is connected and answers no question for so long is told of."""
SKEW_MS = 5_000
"""Clocks further apart than this: a gateway that judges the age of an order might refuse all of them."""


class Linking:
    """Keeps the journal and whoever looks informed.

    switches: asks the terminal. back: the way is open again; what waited is done and every leg is compared.
    """

    def __init__(
        self,
        desk: Desk,
        link: Link,
        switches: Callable[[], Awaitable[TerminalInfo | None]],
        back: Callable[[], Awaitable[object]],
        stopping: asyncio.Event,
    ) -> None:
        self._desk = desk
        self._link = link
        self._switches = switches
        self._back = back
        self._stopping = stopping
        self._told = Reach("starting", "")
        self._began = desk.clock.now()
        self._lost_at = 0
        self._silent_since = 0
        self._is_skew_told = False
        self._is_off_told = False

    # --- at the start ---------------------------------------------------------------------------------------------

    async def patiently(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """What `work` gives, tried until the terminal lets it; None when told to stop meanwhile. Raises OperatorNeeded."""
        await self._begun()
        while not self._stopping.is_set():
            try:
                result = await work()
            except Transient as away:
                reach = self._link.reach
                await self._tell(Reach("away", away.text, away.remedy, reach.since) if reach.is_open else reach)
                await self._turned(AGAIN_S)
            else:
                self._desk.pulse(Pulsed(reach=self._link.reach))
                return result
        return None

    async def _begun(self) -> None:
        # A connection that is being made, and a terminal that is being opened there, are no outage yet.
        deadline = asyncio.get_running_loop().time() + FIRST_TRY_S
        while self._link.reach.code in BEGINNING and not self._stopping.is_set():
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return
            await self._turned(left)

    async def _turned(self, within_s: float) -> None:
        # Until the way is another, or the owner wants to end, or the time is up.
        turned = asyncio.create_task(self._link.turned(self._link.reach))
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait((turned, stopped), timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (turned, stopped):
                task.cancel()

    # --- from then on ---------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Tell what becomes of the way, until cancelled."""
        reach = self._link.reach
        was_lost = bool(self._told.text)
        while True:
            self._desk.pulse(Pulsed(reach=reach))
            if not reach.is_open:
                was_lost = True
                self._lost(reach)
                await asyncio.sleep(GRACE_S)
                reach = self._link.reach
                self._desk.pulse(Pulsed(reach=reach))
            await self._tell(reach)
            if reach.is_open and was_lost:  # however short it was: what was tried meanwhile is tried again at once
                was_lost, self._lost_at = False, 0
                await self._back()
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    reach = await self._link.turned(reach)
            except TimeoutError:
                await self._tell_silence()
                await self._tell_skew()
                await self._tell_switch()

    async def _tell(self, reach: Reach) -> None:
        # Once for each thing that stands in the way, and once when it no longer does.
        self._desk.pulse(Pulsed(reach=reach))
        before, self._told = self._told, reach
        if reach.code == before.code:
            return
        if not reach.is_open:
            self._lost(reach)
            text = f"Nothing can be traded or watched: {reach.text}"
            await self._desk.record(NoticeRaised(Severity.ALARM, f"link-{_word(reach.code)}", text, reach.remedy))
        elif before.text:  # something was told to be in the way
            away_s = max(0, self._desk.clock.now() - self._lost_at) // 1000
            text = f"The terminal is reached again after {away_s} s; every trade is compared with the broker"
            await self._desk.record(NoticeRaised(Severity.INFO, "link-ok", text))

    def _lost(self, reach: Reach) -> None:
        # When the outage began: with the last answer, which is older than what found out that there are none; whatever else
        # stands in the way until it is over belongs to it.
        if not self._lost_at:
            self._lost_at = max(self._began, min(reach.since or self._desk.clock.now(), self._answered_at()))

    def _answered_at(self) -> int:
        # When the terminal last said how the account is; never before this start, of which the journal has older ones.
        account = self._desk.state.account
        return max(self._began, account.at if account is not None else 0)

    async def _tell_silence(self) -> None:
        # The way is open and nothing comes along it: as bad as no way, and nobody hangs up.
        reach, now = self._link.reach, self._desk.clock.now()
        since = max(self._answered_at(), reach.since)
        if not reach.is_open or now - since < SILENT_MS:
            if self._silent_since and reach.is_open:
                text = f"The terminal answers again after {(since - self._silent_since) // 1000} s of silence"
                await self._desk.record(NoticeRaised(Severity.INFO, "link-heard", text))
            self._silent_since = 0
        elif not self._silent_since:
            self._silent_since = since
            text = f"Nothing can be traded: the terminal has been silent for {(now - since) // 1000} s"
            remedy = "Look at it: it may hang or show a question; start it again if it does"
            await self._desk.record(NoticeRaised(Severity.ALARM, "link-silent", text, remedy))

    async def _tell_skew(self) -> None:
        skew = self._link.skew_ms
        if skew is None or abs(skew) < SKEW_MS:
            self._is_skew_told = False
        elif not self._is_skew_told:
            self._is_skew_told = True
            text = f"The clock of the gateway's machine is {abs(skew) / 1000:.0f} s {'ahead' if skew > 0 else 'behind'}"
            remedy = "Set both clocks by a time server: orders are refused by their age"
            await self._desk.record(NoticeRaised(Severity.WARNING, "link-clock", text, remedy))

    async def _tell_switch(self) -> None:
        # Found out before an order is refused for it, and long before one is sent late because it was switched on again.
        info = await self._switches()
        if info is None or (info.trade_allowed and not info.tradeapi_disabled):
            self._is_off_told = self._is_off_told and info is None
        elif not self._is_off_told:
            self._is_off_told = True
            text = "Algo trading is switched off in MetaTrader: it refuses every order"
            remedy = 'Press its button "Algo Trading", and allow the external Python API under its options'
            await self._desk.record(NoticeRaised(Severity.ALARM, "link-algo-off", text, remedy))


def _word(code: str) -> str:
    return code.replace(" ", "-")

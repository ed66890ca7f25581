"""Rules that hardly a schedule shows, or that need two of something: asked directly.

The model of the protocol let a wrong time live, for three looks 15 s apart outlive the right to send all the same (reference:
reliability 3.8); two executors, and a gateway that is asked twice, need two of something.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from signalos_tui.clock import FrozenClock
from signalos_tui.config import Config, Send
from signalos_tui.engine import engine
from signalos_tui.errors import ConfigInvalid, JournalUnusable, OperatorNeeded
from signalos_tui.gateway.calling import WorkerGone
from signalos_tui.gateway.executors import Seat
from signalos_tui.gateway.intents import IntentStore
from signalos_tui.gateway.lock import AccountLock
from signalos_tui.gateway.sending import Sender
from signalos_tui.gateway.settings import Guards, Times
from signalos_tui.journal import Journal
from signalos_tui.link.messages import ORDER_SEND, Call, Hello
from signalos_tui.model.messages import Message
from tests.proof.broker import GOES_THROUGH, LOST, Fate
from tests.proof.story import BEGINS, CONFIGS, ROOM, Story, quoted
from tests.proof.telegram import Entry
from tests.proof.verdict import wrong
from tests.proof.world import lived, ready

AT = 1_767_603_600_000
REQUEST = {
    "action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0, "price": 1.1, "sl": 1.0, "tp": 1.2, "deviation": 20, "magic": 7,
    "comment": "", "type_filling": 0, "type_time": 0, "expiration": 0, "position": 0, "order": 0,
}  # fmt: skip


def times_fit() -> Iterator[str]:
    """R5: there is no start with a time in which absence could be proven while sending is still allowed."""
    config = Config(send=Send(ttl_s=30, call_s=60, settle_s=90))
    if not _raises(lambda: vars(engine)["require_times"](config, None), ConfigInvalid):
        yield "R5: it starts with settle_s = ttl_s + call_s"


def one_journal() -> Iterator[str]:
    """R7: a journal has one writer."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        first = Journal.open(path, threaded=False)
        if not _raises(lambda: Journal.open(path, threaded=False).close(), JournalUnusable):
            yield "R7: two engines write one journal"
        first.close()


def one_gateway() -> Iterator[str]:
    """R7: an account has one gateway."""
    with tempfile.TemporaryDirectory() as folder:
        first = AccountLock(Path(folder), "Broker/1")
        if not _raises(lambda: AccountLock(Path(folder), "Broker/1").release(), OperatorNeeded):
            yield "R7: two gateways stand beside one account"
        first.release()


def one_seat() -> Iterator[str]:
    """R7, R9: an account is traded by one console, and by no older copy of its journal."""
    with tempfile.TemporaryDirectory() as folder:
        store = IntentStore(Path(folder) / "intents.db", AT)
        seat = Seat(store)
        if seat.take(1, _hello("first", 5), lambda _: None) is not None:
            yield "R7: the seat is free and not given"
        if seat.take(2, _hello("second", 6), lambda _: None) is None:
            yield "R7: two consoles trade one account"
        if seat.take(3, _hello("first", 4), lambda _: None) is None:
            yield "R9: an older copy of the journal trades"
        store.close()


def called_once() -> Iterator[str]:
    """R6: an intent is called once, whoever asks again, and however the first call ended."""
    for dies in (False, True):
        calls = asyncio.run(_asked_twice(dies=dies))
        if calls != 1:
            yield f"R6: an intent was called {calls} times{' after the worker died' if dies else ''}"


def late_is_refused() -> Iterator[str]:
    """V6: a gateway calls nothing whose right to be sent has ended, however old an intent may be there."""
    calls = asyncio.run(_asked_twice(dies=False, until=AT - 1))
    if calls:
        yield f"V6: an order was called {calls} times after its right to be sent had ended"


async def _asked_twice(*, dies: bool, until: int = AT) -> int:
    calls = 0

    async def ask(method: str, *_: Any) -> Any:
        nonlocal calls
        if method != ORDER_SEND:
            account = {"login": 1, "server": "Broker", "trade_mode": 0, "trade_allowed": True, "trade_expert": True}
            terminal = {"connected": True, "trade_allowed": True, "tradeapi_disabled": False}
            return SimpleNamespace(
                result=msgspec.msgpack.encode({"account": account, "terminal": terminal}), error=(1, "")
            )
        calls += 1
        if dies:
            raise WorkerGone("it was killed", is_hung=False)
        return SimpleNamespace(result=msgspec.Raw(msgspec.msgpack.encode({"retcode": 10009})), error=(1, "Success"))

    @contextlib.asynccontextmanager
    async def turn(**_: Any) -> AsyncIterator[None]:
        yield

    with tempfile.TemporaryDirectory() as folder:
        store = IntentStore(Path(folder) / "intents.db", AT)
        keeper: Any = SimpleNamespace(turns=SimpleNamespace(turn=turn), ask=ask, pinned=(1, "Broker"))
        settings: Any = SimpleNamespace(guards=Guards(login=1, server="Broker"), times=Times())
        sender = Sender(settings, FrozenClock(AT), keeper, store)
        call = Call(1, ORDER_SEND, {"request": REQUEST}, "leg/1", AT - 1_000, until)
        for _ in range(2):
            await sender.send(call, lambda: True)
        store.close()
    return calls


def part_once() -> Iterator[str]:
    """R12, D19: a part whose answer is lost is not closed again while the first request may still arrive."""
    call = Message(ROOM.id, 1, BEGINS + 1_000, "BUY EURUSD NOW\nSL 1.0790\nTP1 1.0900")
    half = Message(ROOM.id, 2, BEGINS + 4_000, "close half", reply_to=1)
    story = Story(
        seed=3, config=CONFIGS[3], symbols=("EURUSD",), prices=quoted("EURUSD"), fates=(GOES_THROUGH, Fate(35.0, LOST)),
        entries=tuple(Entry(post.posted_at, post, (300,)) for post in (call, half)),
    )  # fmt: skip
    with ready():
        yield from wrong(lived(story))


def _hello(holder: str, fence: int) -> Hello:
    return Hello(1, "token", "proof", trades=True, holder=holder, fence=fence)


def _raises(work: Callable[[], object], kind: type[Exception]) -> bool:
    try:
        work()
    except kind:
        return True
    return False


ASSERTIONS: tuple[Callable[[], Iterator[str]], ...] = (
    times_fit,
    one_journal,
    one_gateway,
    one_seat,
    called_once,
    late_is_refused,
    part_once,
)

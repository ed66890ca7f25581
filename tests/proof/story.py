"""A story: all that will happen in one simulated world, made from a number.

Short on purpose: one to three calls of one to three legs, a follow-up or two, and everything that can go wrong around them. The
rates are hostile; they show that the checks bite, not what happens in life.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from random import Random

from msgspec import Struct

from signalos_tui.config import Config, Engine, Paper, Risk, Rules, Send
from signalos_tui.execute import constants as mt
from signalos_tui.model import commands as c
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import Command
from signalos_tui.model.ids import ChannelId, SignalId
from signalos_tui.model.messages import Channel, Deletion, Message
from tests.proof.broker import BROKEN, CODE, GOES_THROUGH, HONEST, HUNG, LOST, NEVER, PARTIAL, UNSEEN, Fate, Window
from tests.proof.disk import Failure
from tests.proof.telegram import Entry

BEGINS = 1_767_603_600_000
"""Monday, 5 January 2026, 09:00 UTC."""

ROOM = Channel(ChannelId("sim:room"), "Room", "Simulation")
MARKETS = {"EURUSD": (1.0850, 0.0004, 5), "GBPUSD": (1.2700, 0.0005, 5), "XAUUSD": (2340.0, 1.2, 2)}
"""Symbol: where its price begins, how far it moves in a step, digits."""

STEP_S = 4
"""Seconds between two prices while posts come."""

BUSY_S = 24
"""Everything is published and pressed within this time."""


class Crash(Struct, frozen=True):
    """An end of a process. at_point: which point kills it, or its name. pause: ms until the next one starts.

    restores: the journal comes back from the copy that was taken before.
    """

    at_point: int | str
    pause: int
    restores: bool = False


class Story(Struct, frozen=True):
    """One world. prices: (ms UTC, symbol, bid, ask). copy_at: when a copy of the journal is taken, 0 for never.

    jumps: (ms UTC, by how many ms the machine's clock is set). netting: the account nets.
    """

    seed: int
    config: Config
    symbols: tuple[str, ...]
    entries: tuple[Entry, ...]
    prices: tuple[tuple[int, str, float, float], ...]
    fates: tuple[Fate, ...] = ()
    windows: tuple[Window, ...] = ()
    crashes: tuple[Crash, ...] = ()
    failures: tuple[Failure, ...] = ()
    keys: tuple[Command, ...] = ()
    jumps: tuple[tuple[int, int], ...] = ()
    copy_at: int = 0
    netting: bool = False

    @property
    def busy_until(self) -> int:
        """When nothing new comes any more, ms UTC."""
        return BEGINS + BUSY_S * 1000


def _config(ttl: float, call: float, settle: float, trades: int = 0) -> Config:
    return Config(
        risk=Risk(value=Decimal(2)),
        rules=Rules(
            max_open_risk=Decimal(60), max_daily_loss=Decimal(60), max_open_trades=trades, max_open_per_symbol=0
        ),
        engine=Engine(pulse_s=60.0, poll_s=8.0, reconcile_s=16.0, quote_age_s=20.0),
        paper=Paper(latency_ms=(40, 400)),
        send=Send(ttl_s=ttl, call_s=call, settle_s=settle),
    )


CONFIGS = (_config(30, 60, 240), _config(10, 5, 20), _config(5, 12, 30), _config(20, 10, 45, 1))
"""Times of the protocol: those of the product, and shorter ones in the same order (R5)."""


def told(seed: int) -> Story:
    """The story of a number; every fifth is that of a netting account."""
    rng = Random(seed)
    symbols = tuple(rng.sample(sorted(MARKETS), 1 if rng.random() < 0.8 else 2))
    entries = _entries(rng, symbols)
    crashes = _crashes(rng)
    return Story(
        seed=seed,
        config=rng.choices(CONFIGS, (1, 9, 6, 4))[0],
        symbols=symbols,
        entries=entries,
        prices=_prices(rng, symbols),
        fates=_fates(rng),
        windows=_windows(rng, crashes),
        crashes=crashes,
        failures=_failures(rng),
        keys=_keys(rng, entries),
        jumps=_jumps(rng),
        copy_at=BEGINS + rng.randrange(BUSY_S * 1000) if rng.random() < 0.3 else 0,
        netting=seed % 5 == 0,
    )


def schedule(seed: int) -> Story:
    """What befalls the sending of one call: a story without posts, prices that move, or keys."""
    rng = Random(seed)
    symbol = rng.choice(sorted(MARKETS))
    crashes = _crashes(rng)
    return Story(
        seed=seed,
        config=rng.choices(CONFIGS, (1, 9, 6, 4))[0],
        symbols=(symbol,),
        entries=(),
        prices=quoted(symbol),
        fates=_fates(rng),
        windows=_windows(rng, crashes),
        crashes=crashes,
    )


# --- what is published --------------------------------------------------------------------------------------------


def _entries(rng: Random, symbols: Sequence[str]) -> tuple[Entry, ...]:
    found: list[Entry] = []
    number = 0
    for _ in range(rng.choices((1, 2, 3), (60, 28, 12))[0]):
        number += 1
        call = Message(ROOM.id, number, BEGINS + rng.randrange(500, 9_000), _call(rng, rng.choice(symbols)))
        found.append(Entry(call.posted_at, call, _arrivals(rng)))
        if rng.random() < 0.35:
            number += 1
            found += _followed(rng, call, number)
    found.sort(key=lambda entry: entry.at)
    return _numbered(found)


def _numbered(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    # A channel counts its posts in the order in which they are published.
    order: dict[int, int] = {}
    for entry in entries:
        if isinstance(entry.item, Message) and entry.item.edited_at is None:
            order[entry.item.id] = len(order) + 1
    done: list[Entry] = []
    for entry in entries:
        item = entry.item
        if item.id not in order:
            continue
        if isinstance(item, Deletion):
            done.append(Entry(entry.at, Deletion(item.channel, order[item.id], item.at), entry.arrivals))
            continue
        reply = order.get(item.reply_to) if item.reply_to is not None else None
        message = Message(item.channel, order[item.id], item.posted_at, item.text, item.edited_at, reply)
        done.append(Entry(entry.at, message, entry.arrivals))
    return tuple(done)


def _call(rng: Random, symbol: str) -> str:
    middle, step, digits = MARKETS[symbol]
    is_buy = rng.random() < 0.5
    sign = 1 if is_buy else -1
    word = "BUY" if is_buy else "SELL"
    base = middle
    head = f"{word} {symbol} NOW"
    if rng.random() < 0.2:
        base = middle - sign * step * rng.choice((1, 2, 8))
        head = f"{word} LIMIT {symbol} {base:.{digits}f}"
    near = rng.choice((3, 12))
    targets = [base + sign * step * near * place for place in range(1, 1 + rng.choices((1, 2, 3), (60, 28, 12))[0])]
    lines = [head, f"SL {base - sign * step * rng.choice((6, 14)):.{digits}f}"]
    if rng.random() < 0.04:
        lines.pop()  # without a stop it is held
    lines += [f"TP{place} {level:.{digits}f}" for place, level in enumerate(targets, 1)]
    return "\n".join(lines)


_FOLLOW_UPS = (
    "close now", "close half", "move SL to breakeven", "close half and move SL to breakeven", "edit", "same", "delete", "again",
    "talk",
)  # fmt: skip


def _followed(rng: Random, call: Message, number: int) -> list[Entry]:
    at = call.posted_at + rng.randrange(300, 12_000)
    kind = rng.choice(_FOLLOW_UPS)
    match kind:
        case "edit":
            lines = call.text.split("\n")
            text = "\n".join(line.replace("SL ", "SL: ") + ("" if rng.random() < 0.5 else " ") for line in lines[:-1])
            item = Message(call.channel, call.id, call.posted_at, text or call.text, edited_at=at)
        case "same":
            item = Message(call.channel, call.id, call.posted_at, call.text, edited_at=at)  # a reaction, a pin
        case "delete":
            return [Entry(at, Deletion(call.channel, call.id, at), _arrivals(rng))]
        case "again":
            item = Message(call.channel, number, at, call.text)
        case "talk":
            item = Message(call.channel, number, at, "good morning traders, have a great week")
        case _:
            item = Message(call.channel, number, at, kind, reply_to=call.id)
    return [Entry(at, item, _arrivals(rng))]


def _arrivals(rng: Random) -> tuple[int, ...]:
    kind = rng.random()
    if kind < 0.55:
        return (rng.randrange(50, 900),)
    if kind < 0.7:
        return ()  # lost: a poll finds it, or a later post does
    if kind < 0.85:
        return tuple(rng.randrange(50, 8_000) for _ in range(rng.choice((2, 3))))
    return (rng.randrange(2_000, 12_000),)


def _prices(rng: Random, symbols: Sequence[str]) -> tuple[tuple[int, str, float, float], ...]:
    found = []
    places = {symbol: MARKETS[symbol][0] for symbol in symbols}
    for second in range(0, BUSY_S + STEP_S, STEP_S):
        for symbol in symbols:
            _, step, digits = MARKETS[symbol]
            bid = round(places[symbol], digits)
            found.append((BEGINS + second * 1000, symbol, bid, round(bid + step / 6, digits)))
            places[symbol] += step * rng.choice((-3, -1, -1, 0, 1, 1, 3))
    return tuple(found)


@cache
def quoted(symbol: str) -> tuple[tuple[int, str, float, float], ...]:
    """A price that stands still while posts come."""
    bid, step, digits = MARKETS[symbol]
    ask = round(bid + step / 6, digits)
    return tuple((BEGINS + second * 1000, symbol, bid, ask) for second in range(0, BUSY_S + STEP_S, STEP_S))


# --- what goes wrong ----------------------------------------------------------------------------------------------

_REFUSALS = (10004, 10006, 10013, 10014, 10018, 10019, 10020, 10021, 10027, 10040)
_DOUBTFUL = (10007, 10011, 10012, 10023, 10024, 10028, 10029, 10031, 10037, 10099)


def _late(rng: Random) -> float:
    return rng.choice((rng.uniform(0.5, 8), rng.uniform(5, 60), rng.uniform(60, 130)))


def _fates(rng: Random) -> tuple[Fate, ...]:
    if rng.random() < 0.03:  # a storm of requotes
        return (Fate(NEVER, CODE, rng.choice((10004, 10020, 10021))),) * 12
    return tuple(_fate(rng) for _ in range(12))


def _fate(rng: Random) -> Fate:
    match rng.choices(range(10), (45, 7, 8, 8, 8, 8, 4, 4, 4, 4))[0]:
        case 0:
            return GOES_THROUGH
        case 1:
            return Fate(reply=UNSEEN)
        case 2:
            return Fate(0.0, LOST)
        case 3:
            return Fate(_late(rng), LOST)
        case 4:
            return Fate(NEVER, LOST, rng.choice((mt.RES_E_FAIL, -10001, -10003, -10004, -10005)))
        case 5:
            return Fate(NEVER, CODE, rng.choice(_REFUSALS))
        case 6:
            return Fate(rng.choice((0.0, NEVER, _late(rng))), CODE, rng.choice(_DOUBTFUL))
        case 7:
            return Fate(rng.choice((0.0, NEVER, _late(rng))), rng.choice((HUNG, BROKEN)))
        case 8:
            return Fate(reply=PARTIAL)
        case _:
            return Fate(rng.uniform(0.5, 9), HONEST)


def _windows(rng: Random, crashes: Sequence[Crash]) -> tuple[Window, ...]:
    if rng.random() < 0.7:
        return ()
    start = BEGINS + rng.randrange(1_000, 18_000)
    lasts = rng.choice((2_000, 12_000, 40_000, 150_000))
    kind = rng.choice(("down", "frozen", "lagging", "blind", "stranger"))
    if kind == "stranger" and any(int(crash.at_point) < AT_HOME for crash in crashes):
        kind = "down"  # the account of the first start that comes through is the journal's
    return (Window(start, start + lasts, kind),)


AT_HOME = 60
"""By this point the first start has come through."""


def _crashes(rng: Random) -> tuple[Crash, ...]:
    number = rng.choices((0, 1, 2, 3), (35, 40, 17, 8))[0]
    return tuple(
        Crash(1 + int(260 * rng.random() ** 1.6), rng.choice((50, 900, 3_000, 9_000, 45_000)), rng.random() < 0.3)
        for _ in range(number)
    )


def _failures(rng: Random) -> tuple[Failure, ...]:
    if rng.random() < 0.85:
        return ()
    first = rng.randrange(20, 160)
    text = rng.choice(("disk I/O error", "database or disk is full"))
    return (Failure(first, first + rng.choice((0, 0, 3, 12)), text, after=rng.random() < 0.3),)


def _jumps(rng: Random) -> tuple[tuple[int, int], ...]:
    if rng.random() < 0.9:
        return ()
    return ((BEGINS + rng.randrange(1_000, 18_000), rng.choice((-600_000, -20_000, 20_000, 3_600_000))),)


def _keys(rng: Random, entries: Sequence[Entry]) -> tuple[Command, ...]:
    if rng.random() < 0.7:
        return ()
    at = BEGINS + rng.randrange(1_500, 20_000)
    calls = [entry.item for entry in entries if isinstance(entry.item, Message) and "TP1" in entry.item.text]
    signal = SignalId(f"{rng.choice(calls).key}#1")
    match rng.choice(("freeze", "flatten", "flatten", "close", "half", "even")):
        case "freeze":
            again = c.SetTradingState(key="on", issued_at=at + 6_000, state=TradingState.ACTIVE)
            return (c.StopTrading(key="freeze", issued_at=at, mode=c.StopMode.FREEZE), again)
        case "flatten":
            return (c.StopTrading(key="flatten", issued_at=at, mode=c.StopMode.FLATTEN),)
        case "close":
            return (c.CloseTrade(key="close", issued_at=at, signal=signal),)
        case "half":
            return (c.CloseTrade(key="half", issued_at=at, signal=signal, fraction=Decimal("0.5")),)
        case _:
            return (c.BreakEven(key="even", issued_at=at, signal=signal),)

"""What happens in a drill: prices that are a function of the time, a fixed script of posts, and an owner who presses keys.

Nothing here depends on when a process was killed, so the same story can be interrupted anywhere and goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from signalos_tui.config import Config, Engine, Paper, Risk, Rules
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.model import commands as c
from signalos_tui.model.account import TradingState
from signalos_tui.model.ids import ChannelId, SignalId, message_key
from signalos_tui.model.lessons import Lesson
from signalos_tui.model.messages import Channel, Deletion, Message, Published
from signalos_tui.model.signals import (
    Number,
    OrderKind,
    Reading,
    ReadingKind,
    ReadingVerdict,
    Side,
    Signal,
    Span,
)

BEGINS = 1_767_603_600_000
"""Monday, 5 January 2026, 09:00 UTC."""

LASTS_S = 270
FX = Channel(ChannelId("drill:fx"), "Drill FX", "Drill")
GOLD = Channel(ChannelId("drill:gold"), "Drill Gold", "Drill")

CONFIG = Config(
    risk=Risk(value=Decimal(2)),
    rules=Rules(max_open_risk=Decimal(60), max_daily_loss=Decimal(60), max_open_trades=0, max_open_per_symbol=0),
    engine=Engine(pulse_s=5.0, poll_s=2.0),
    paper=Paper(latency_ms=(40, 900)),
)
"""The defaults, with caps that let every post of the story through."""

_MARKETS = {  # symbol: middle, how far it swings, seconds a swing takes, spread
    "EURUSD": (1.0850, 0.0030, 120, 0.00008),
    "GBPUSD": (1.2700, 0.0024, 90, 0.0001),
    "XAUUSD": (2340.0, 7.0, 100, 0.2),
}
_TICK_MS = 2_000


class Swings:
    """A feed whose prices swing like a saw between two levels, for ever, the same whenever one looks."""

    symbols = tuple(_MARKETS)

    def ticks(self, start: int) -> Iterator[FeedTick]:
        """Every tick from `start` on."""
        at = start - start % _TICK_MS
        while True:
            if at >= start:
                for symbol in self.symbols:
                    yield quoted(symbol, at)
            at += _TICK_MS


def quoted(symbol: str, at: int) -> FeedTick:
    """The price of a symbol at a moment."""
    middle, reach, period, spread = _MARKETS[symbol]
    place = (at - BEGINS) / 1000 / period % 1
    swing = 4 * place if place < 0.25 else 2 - 4 * place if place < 0.75 else 4 * place - 4
    bid = round(middle + reach * swing, 5)
    return FeedTick(at, symbol, bid, round(bid + spread, 5))


def _post(second: float, channel: Channel, number: int, text: str, **more: int) -> tuple[int, Message]:
    at = BEGINS + round(second * 1000)
    posted = more.pop("posted", at)
    edited = at if "edited" in more else None
    more.pop("edited", None)
    return at, Message(channel.id, number, posted, text, edited_at=edited, reply_to=more.get("reply"))


_FIRST = "BUY EURUSD NOW\nSL {stop}\nTP1 1.0865\nTP2 1.0875\nTP3 1.0990"

SCRIPT: tuple[tuple[int, Published], ...] = (
    _post(5, FX, 1, _FIRST.format(stop="1.0790")),
    _post(12, GOLD, 1, "SELL XAUUSD NOW\nSL 2365\nTP1 2338\nTP2 2290"),
    _post(16, FX, 2, "BUY LIMIT GBPUSD 1.2660\nSL 1.2600\nTP 1.2750"),
    _post(22, FX, 1, _FIRST.format(stop="1.0795"), posted=BEGINS + 5_000, edited=1),
    _post(40, GOLD, 2, "close half", reply=1),
    _post(48, FX, 3, "good morning traders, have a great week"),
    _post(52, GOLD, 3, "move SL to breakeven", reply=1),
    _post(60, FX, 4, "SELL GBPUSD NOW\nSL 1.2790\nTP1 1.2560"),
    _post(75, FX, 5, "BUY LIMIT EURUSD 1.0825\nSL 1.0780\nTP1 1.0900\nTP2 1.0990"),
    (BEGINS + 90_000, Deletion(FX.id, 2, BEGINS + 90_000)),
    _post(95, FX, 6, "close now", reply=4),
    _post(104, GOLD, 4, "BUY XAUUSD NOW\nTP 2380"),
    _post(125, GOLD, 5, "SELL LIMIT XAUUSD 2345\nSL 2375\nTP1 2320\nTP2 2290"),
    _post(150, FX, 7, "SELL EURUSD NOW\nSL 1.0920\nTP1 1.0835\nTP2 1.0700"),
    _post(170, GOLD, 6, "close half and move SL to breakeven", reply=5),
    _post(179.6, GOLD, 7, "BUY XAUUSD NOW\nSL 2322\nTP1 2370\nTP2 2380\nTP3 2390"),
    _post(185, FX, 8, "BUY GBPUSD NOW\nSL 1.2620\nTP1 1.2790"),
    _post(215, FX, 9, "BUY GBPUSD NOW\nSL 1.2610\nTP1 1.2790\nTP2 1.2850"),
)
"""Calls, follow-ups, an edit and a deletion, with the moment of each."""


def _first(channel: Channel, number: int) -> SignalId:
    return SignalId(f"{channel.id}/{number}#1")


def _at(second: float) -> int:
    return BEGINS + round(second * 1000)


_LESSON = Lesson(words=(("stop", ("limes",)),), ignore=("great week",))
_TARGET = Number(Decimal(2380), Span(0, 0))
_CORRECTED = Reading(
    ReadingKind.SIGNAL, ReadingVerdict.HOLD, 1.0, (Signal(1, Side.BUY, "XAUUSD", OrderKind.MARKET, targets=(_TARGET,)),)
)
"""What the owner says the held call means; its target stands in the post."""

KEYS: tuple[c.Command, ...] = (
    c.CloseTrade(key="half", issued_at=_at(34), signal=_first(FX, 1), fraction=Decimal("0.5")),
    c.TeachChannel(key="teach", issued_at=_at(100), channel=GOLD.id, lesson=_LESSON),
    c.CorrectReading(
        key="correct", issued_at=_at(108), message=message_key(GOLD.id, 4), revision=0, reading=_CORRECTED
    ),
    c.Approve(key="approve", issued_at=_at(112), subject=_first(GOLD, 4)),
    c.BreakEven(key="even", issued_at=_at(118), signal=_first(FX, 1)),
    c.CloseTrade(key="close", issued_at=_at(160), signal=_first(FX, 5)),
    c.StopTrading(key="freeze", issued_at=_at(180), mode=c.StopMode.FREEZE),
    c.SetTradingState(key="on", issued_at=_at(205), state=TradingState.ACTIVE),
    c.StopTrading(key="flatten", issued_at=_at(235), mode=c.StopMode.FLATTEN),
    c.SetTradingState(key="again", issued_at=_at(260), state=TradingState.ACTIVE),
)
"""What the owner presses, with the moment of each; after a kill the same key is pressed again."""

"""What an engine would answer about the recorded desk: a proven correction, a rehearsal, and reports of its channels."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from signalos_tui.model.ids import ChannelId, MessageKey
from signalos_tui.model.lessons import (
    Change,
    Examined,
    Lesson,
    ReadingReport,
    Rehearsal,
    Suggestion,
    Verdicts,
    Week,
)
from signalos_tui.model.signals import (
    Number,
    OrderKind,
    Reading,
    ReadingKind,
    ReadingVerdict,
    Reason,
    Side,
    Signal,
    Span,
)

CRYPTO = ChannelId("tg:-1001403")
MONDAY = 1_767_571_200_000
WEEK_MS = 7 * 86_400_000
BTC = "BTCUSDT long now!!! 93,600 target 96000 🚀🚀"


def call(
    verdict: ReadingVerdict,
    *reasons: str,
    entry: str = "",
    stop: str = "",
    target: str = "",
    symbol: str = "BTCUSD",
    text: str = "",
) -> Reading:
    """A reading with one call in it, its numbers placed where `text` has them."""

    def number(figure: str) -> Number:
        start = max(0, text.find(figure))
        return Number(Decimal(figure.replace(",", "")), Span(start, start + len(figure)))

    signal = Signal(
        1,
        Side.BUY,
        symbol,
        OrderKind.MARKET,
        entry=(number(entry),) if entry else (),
        stop=number(stop) if stop else None,
        targets=(number(target),) if target else (),
        side_span=Span(text.find("long"), text.find("long") + 4) if "long" in text else None,
        symbol_span=Span(0, text.find(" ")) if text else None,
    )
    held = tuple(Reason(f"r{place}", reason) for place, reason in enumerate(reasons))
    return Reading(ReadingKind.SIGNAL, verdict, 0.9, signals=(signal,), reasons=held)


NOISE = Reading(ReadingKind.NOISE, ReadingVerdict.IGNORE, 0.0)
THOUSANDS = Lesson(decimal_comma=False)
MOON = Lesson(words=(("target", ("moon",)),))
SUGGESTIONS = (
    Suggestion(THOUSANDS, f"{THOUSANDS.sentences[0]} (31 posts)"),
    Suggestion(MOON, f"{MOON.sentences[0]} (4 posts)"),
)
EXAMINED = Examined(
    call(ReadingVerdict.HOLD, entry="93,600", target="96000", text=BTC),
    suggestions=SUGGESTIONS,
)


def _change(number: int, text: str, before: Reading, after: Reading) -> Change:
    return Change(MessageKey(f"{CRYPTO}/{number}"), MONDAY - number * 3_600_000, text, before, after)


HOLD, ACT = ReadingVerdict.HOLD, ReadingVerdict.ACT
SOL = "SOL long 187.5 stop 181 moon 199"
EARLIER = "BTCUSDT long 91,200 stop 90,100 moon 94,000"
ETHER = "ETHUSDT long 3,120 moon 3,260\nlow risk"
REHEARSAL = Rehearsal(
    CRYPTO,
    THOUSANDS,
    posts=1_988,
    changes=(
        _change(9, ETHER, NOISE, call(HOLD, "SL missing", symbol="ETHUSD", entry="3,120", text=ETHER)),
        _change(
            14,
            SOL,
            call(HOLD, "No target is named"),
            call(ACT, entry="187.5", stop="181", target="199", symbol="SOLUSD", text=SOL),
        ),
        _change(
            52,
            EARLIER,
            call(HOLD, "91,200 can be read two ways"),
            call(ACT, entry="91,200", stop="90,100", target="94,000", text=EARLIER),
        ),
        _change(71, "Moon soon, stay tuned 🌕", NOISE, call(HOLD, "no level")),
    ),
    more=3,
    before=Verdicts(311, 64, 1_613),
    after=Verdicts(313, 66, 1_609),
    newly_acted=2,
    corrected=3,
    agreeing=3,
)


def _report(channel: str, title: str, figures: str, reasons: tuple[tuple[str, int], ...] = ()) -> ReadingReport:
    posts, acted, held, ignored, failed, corrected = map(int, figures.split())
    weeks = tuple(
        Week(
            MONDAY - (6 - week) * WEEK_MS,
            posts // 7,
            max(0, acted // 7 - 4 + week),
            max(0, held // 7 + 3 - week),
            ignored // 7,
        )
        for week in range(7)
    )
    return ReadingReport(
        ChannelId(channel),
        title,
        posts,
        acted,
        held,
        ignored,
        failed,
        corrected,
        reasons=tuple((Reason(f"r{place}", text), count) for place, (text, count) in enumerate(reasons)),
        weeks=weeks,
        suggestions=SUGGESTIONS if channel == CRYPTO else (),
    )


REPORTS = (
    _report(
        "tg:-1001401", "GOLD VIP", "1204 388 21 795 0 2", (("a report of a result in the post", 13), ("SL missing", 8))
    ),
    _report("tg:-1001402", "FX Pros", "841 245 33 563 0 1", (("it depends on a condition", 19), ("SL missing", 14))),
    _report(
        "tg:-1001403",
        "Crypto K",
        "1988 311 64 1613 2 3",
        (
            ("a number can be read two ways", 31),
            ("SL missing", 18),
            ("two markets are named", 9),
            ("a question, not a call", 4),
            ("the targets are in no order", 2),
        ),
    ),
    _report("tg:-1001404", "Tokyo Desk", "402 141 6 255 0 0", (("it depends on a condition", 6),)),
    _report("tg:-1001405", "Index Hunters", "377 92 11 274 0 0", (("SL missing", 11),)),
    _report("tg:-1001406", "Zolotoy", "516 77 40 399 1 0", (("no side is named", 40),)),
)

ANSWERS: dict[str, Any] = {"examined": EXAMINED, "rehearsal": REHEARSAL, "reports": REPORTS}
"""All of them, as the recorded control takes them."""

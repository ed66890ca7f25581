"""A desk whose broker has three golds: the question, what it is asked for, and what a broker may write into it."""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.model import events as e
from signalos_tui.model.decisions import Decision, DecisionOutcome, Effect, RuleVerdict
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Event, Record
from signalos_tui.model.ids import ChannelId, SignalId, signal_id
from signalos_tui.model.messages import Message
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
from signalos_tui.model.symbols import Candidate, Choice, Listed, Match, TradeMode, Verdict
from signalos_tui.state import fold_all
from tests.scenarios import load

ROOM = ChannelId("tg:-1001401")
TEXT = "GOLD SELL NOW\nSL 2360\nTP 2330"
WHY = "XAUUSD may be any of GOLD.pro, XAUUSD.r. Choose the instrument"


def _gold(name: str, size: int, spread: str, description: str, path: str, mode: TradeMode = TradeMode.FULL) -> Listed:
    return Listed(
        name,
        description,
        f"{path}\\{name}",
        2,
        Decimal(size),
        Decimal("0.01"),
        Decimal(size) / 100,
        Decimal(spread),
        "XAU",
        "USD",
        mode,
    )


GOLDS = (
    Candidate(_gold("GOLD.pro", 100, "0.32", "Gold, no commission", "Metals\\Pro")),
    Candidate(_gold("XAUUSD.r", 100, "0.09", "Gold vs US Dollar", "Metals\\Raw")),
    Candidate(_gold("GOLDmicro", 1, "0.32", "Gold Micro", "Metals\\Micro"), "1 a lot, 100 is usual"),
    Candidate(_gold("GOLD.z", 100, "0.4", "Gold", "Metals\\Old", TradeMode.CLOSE_ONLY), "closed for new positions"),
)
MATCHES = (
    Match("XAUUSD", Verdict.ASK, "", GOLDS),
    Match(
        "EURUSD",
        Verdict.CERTAIN,
        "EURUSD.r",
        (
            Candidate(
                Listed(
                    "EURUSD.r",
                    "Euro vs US Dollar",
                    "Forex\\EURUSD.r",
                    5,
                    Decimal(100_000),
                    Decimal("0.00001"),
                    Decimal(1),
                    Decimal("0.00002"),
                    "EUR",
                    "USD",
                )
            ),
        ),
    ),
    Match("NAS100", Verdict.CERTAIN, "#USTEC", (Candidate(Listed("#USTEC", "US Tech 100", "", 1, Decimal(1))),)),
    Match("LTCUSD", Verdict.MISSING),
)


def message(at: int) -> Message:
    """The call that needs the answer."""
    return Message(ROOM, 2090, at, TEXT)


def asked_by(at: int) -> SignalId:
    """The signal that waits."""
    return signal_id(message(at).key, 1)


def events(at: int, matches: tuple[Match, ...] = MATCHES) -> list[Event]:
    """The list is matched, the call comes in and is held for its name. at: ms UTC."""
    post = message(at)
    span = Span(0, 4)
    signal = Signal(
        1,
        Side.SELL,
        "XAUUSD",
        OrderKind.MARKET,
        stop=Number(Decimal(2360), span),
        targets=(Number(Decimal(2330), span),),
    )
    reading = Reading(ReadingKind.SIGNAL, ReadingVerdict.ACT, 0.99, signals=(signal,))
    verdict = RuleVerdict("symbol", Effect.HOLD, "2 matches", "one certain match", WHY)
    decision = Decision(signal_id(post.key, 1), DecisionOutcome.HELD, (verdict,), (Reason("symbol", WHY),))
    return [
        e.SymbolsMatched(matches),
        e.MessageReceived(post, post.content),
        e.MessageRead(post.key, 0, reading),
        e.SignalDecided(decision),
    ]


def chosen(name: str | None) -> e.SymbolChosen:
    """The owner's answer."""
    return e.SymbolChosen("XAUUSD", Choice(name, Decimal(100), 2) if name else Choice(None), "console")


def desk(*more: Event, matches: tuple[Match, ...] = MATCHES) -> list[Record]:
    """The recorded desk, and then the question."""
    records = load("desk")
    seq, at = max(record.seq for record in records), records[-1].at + 1_000
    return [*records, *(Record(seq + n, at, one) for n, one in enumerate([*events(at, matches), *more], 1))]


AT = load("desk")[-1].at + 1_000
WAITING = asked_by(AT)


def folded() -> DeskState:
    """The same as a state."""
    return fold_all(desk())

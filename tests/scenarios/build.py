"""Writes the scenario `desk`: a Monday noon with every outcome a signal can have.

    python -m tests.scenarios.build

Seven channels in five scripts, four trades that run and one order that waits, held and denied signals with their reasons, a lost
answer, and a week of earlier results. A test builds it again and compares, so the file cannot drift from its story.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from signalos_tui.execute.retcodes import what_of
from signalos_tui.model import events as e
from signalos_tui.model.account import Account
from signalos_tui.model.commands import TrailStop
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.events import Mark, Record, Severity
from signalos_tui.model.ids import ChannelId, LegId, SignalId
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.messages import Health
from signalos_tui.model.orders import CloseReason
from signalos_tui.model.signals import OrderKind, Reason, Side, UpdateAction
from signalos_tui.state import fold_all
from tests.scenarios import dump
from tests.scenarios.script import Script, d

MONDAY = 1_767_571_200_000
"""2026-01-05 00:00 UTC."""

CHANNELS = (
    ("tg:-1001401", "Gold VIP", "Gold VIP Group"),
    ("tg:-1001402", "FX Pros", "FX Pros Ltd"),
    ("tg:-1001403", "Crypto K", "K"),
    ("tg:-1001404", "東京デスク", "Tokyo Desk"),
    ("tg:-1001405", "Index Hunters", "Index Hunters"),
    ("tg:-1001406", "Золотой сигнал", "Золотой сигнал"),
    ("tg:-1001407", "ذهب برو", "Dahab Pro"),
)
GOLD, FX, CRYPTO, TOKYO, INDEX, RUSSIAN, ARABIC = (ChannelId(cid) for cid, _, _ in CHANNELS)

# Price paths: (minutes after 11:00, price); straight lines between, with a little noise.
PATHS: dict[str, tuple[int, str, tuple[tuple[float, float], ...]]] = {
    "XAUUSD": (
        2,
        "0.18",
        ((0, 2352.0), (31, 2349.1), (46, 2343.1), (52, 2341.6), (57, 2350.2), (62, 2353.0), (65, 2354.6)),
    ),
    "EURUSD": (5, "0.00012", ((0, 1.0884), (38, 1.0892), (50, 1.0886), (58, 1.09015), (65, 1.08982))),
    "GBPJPY": (3, "0.014", ((0, 195.9), (10, 196.2), (30, 196.62), (50, 196.88), (65, 196.81))),
    "US30": (1, "2.4", ((0, 42310), (30, 42365), (52, 42420), (65, 42398))),
    "BTCUSD": (1, "18.0", ((0, 93400), (40, 93120), (65, 93655))),
    "NAS100": (1, "1.6", ((0, 21480), (40, 21502), (65, 21536))),
}


def main() -> None:
    """Write the file."""
    path = dump("desk", build())
    print(path)  # noqa: T201 (a generator that says what it wrote)


def build() -> list[Record]:
    """The records of the scenario, oldest first."""
    script = Script(MONDAY)
    _start(script)
    _last_week(script)
    _morning(script)
    live = _noon(script)
    _live_figures(script, live)
    return _woven(script)


def _start(s: Script) -> None:
    s.clock("06:00:00", days=-7).add(e.EngineStarted("1.0.0", 3, "Paper-Demo/70014"))
    for cid, title, provider in CHANNELS:
        s.follow(cid, title, provider)
    s.later(900).add(e.EngineArmed(0, 0))


def _last_week(s: Script) -> None:
    # Earlier results, in R; each becomes one short trade with one leg, so the curves have something to draw.
    results = {
        GOLD: "1.6 -1.0 2.1 0.9 -1.0 1.4 2.2 -0.2 1.8 0.7",
        FX: "0.8 -1.0 -1.0 1.1 0.4 -1.0 0.9 -0.6",
        CRYPTO: "-1.0 2.4 -1.0 -1.0 1.2",
        TOKYO: "0.5 0.9 -0.4 1.2 0.8 -1.0 1.1",
        INDEX: "1.2 -1.0 -1.0 0.6",
        RUSSIAN: "-1.0 -0.6 1.0",
    }
    number = dict.fromkeys(results, 1980)
    rounds = max(len(text.split()) for text in results.values())
    for turn in range(rounds):
        for place, (cid, text) in enumerate(results.items()):
            values = text.split()
            if turn >= len(values):
                continue
            day, hour = -4 + turn * 4 // rounds, 8 + (turn * 3 + place) % 9
            s.clock(f"{hour:02d}:{(turn * 13 + place * 7) % 60:02d}:12", days=day)
            number[cid] += 3
            _earlier_trade(s, cid, number[cid], d(values[turn]))


def _earlier_trade(s: Script, cid: ChannelId, number: int, result: Decimal) -> None:
    text = "BUY XAUUSD 2330 SL 2320 TP 2345"
    key = s.post(cid, number, text)
    signal = s.read(key, text, Side.BUY, "XAUUSD", entry=("2330",), stop="2320", targets=("2345",))
    plan = s.accept(signal, "XAUUSD", Side.BUY, [("0.10", "2345")], stop="2320", risk="100", price="2330")
    leg = s.fill(plan, 1, "2330.0")
    s.later(1_500_000)
    reason = CloseReason.STOP if result < 0 else CloseReason.TARGET
    s.close(leg, str(d("2330") + result * 10), str(result * 100 + d("0.35")), reason)


def _morning(s: Script) -> None:
    s.clock("00:00:00").add(e.DayStarted("2026-01-05", d("10289.00")))
    s.clock("10:58:20")
    text = "#AUDUSD BUY NOW 0.6712\nSL 0.6690\nTP 0.6750"
    key = s.post(FX, 3310, text)
    signal = s.read(key, text, Side.BUY, "AUDUSD", entry=("0.6712",), stop="0.6690", targets=("0.6750",))
    plan = s.accept(signal, "AUDUSD", Side.BUY, [("0.45", "0.6750")], stop="0.6690", risk="100.40", price="0.67121")
    lost = s.fill(plan, 1, "0.67121")

    s.clock("11:10:04")
    text = "GBPJPY ロング 196.20\n損切り 195.70\n利確 197.40"
    key = s.post(TOKYO, 871, text)
    yen = s.read(
        key, text, Side.BUY, "GBPJPY", words=("ロング", "GBPJPY"), entry=("196.20",), stop="195.70",
        targets=("197.40",), language="ja", confidence=0.97,
    )  # fmt: skip
    plan = s.accept(yen, "GBPJPY", Side.BUY, [("0.30", "197.40")], stop="195.70", risk="98.20", price="196.21")
    s.fill(plan, 1, "196.214", asked="196.210", ms=171)

    s.clock("11:31:00")
    text = "SELL GOLD 2349-2352 🔥\nSL 2356\nTP1 2344\nTP2 2342"
    key = s.post(GOLD, 2037, text)
    signal = s.read(
        key, text, Side.SELL, "XAUUSD", words=("SELL", "GOLD"), entry=("2349", "2352"), stop="2356",
        targets=("2344", "2342"),
    )  # fmt: skip
    legs = [("0.07", "2344"), ("0.07", "2342")]
    plan = s.accept(signal, "XAUUSD", Side.SELL, legs, stop="2356", risk="98.00", price="2349.1")
    won = [s.fill(plan, number, "2349.05", asked="2349.10") for number in (1, 2)]

    s.clock("11:34:41").close(lost, "0.6690", "-99.90", CloseReason.STOP)
    s.clock("11:44:10")
    s.add(e.TargetReached(signal, 1, d("2344")))
    s.close(won[0], "2344.00", "35.35", CloseReason.TARGET)
    s.protect(won[1], "2349.05", "2342", "break-even after target 1")
    s.clock("11:51:20").add(e.TargetReached(signal, 2, d("2342")))
    s.close(won[1], "2342.00", "49.35", CloseReason.TARGET)


def _noon(s: Script) -> dict[str, SignalId]:
    live: dict[str, SignalId] = {}
    s.clock("11:38:12")
    text = "EURUSD SELL 1.0892 / SL 1.0925 / TP 1.0860 / TP 1.0820"
    key = s.post(FX, 3314, text)
    live["EURUSD"] = s.read(
        key, text, Side.SELL, "EURUSD", entry=("1.0892",), stop="1.0925", targets=("1.0860", "1.0820")
    )
    legs = [("0.15", "1.0860"), ("0.15", "1.0820")]
    plan = s.accept(live["EURUSD"], "EURUSD", Side.SELL, legs, stop="1.0925", risk="100.50", price="1.08915")
    for number in (1, 2):
        s.fill(plan, number, "1.08913", asked="1.08915", ms=118)

    s.clock("11:46:10")
    text = "XAUUSD BUY 2345-2340\n\nSL 2335\nTP 2350\nTP 2360\nTP 2370"
    key = s.post(GOLD, 2041, text)
    levels: dict[str, Any] = {"entry": ("2345", "2340"), "stop": "2335", "targets": ("2350", "2360", "2370")}
    live["XAUUSD"] = s.read(key, text, Side.BUY, "XAUUSD", **levels)
    legs = [("0.04", "2350"), ("0.04", "2360"), ("0.04", "2370")]
    plan = s.accept(live["XAUUSD"], "XAUUSD", Side.BUY, legs, stop="2335", risk="97.20", price="2343.05")
    gold = [s.fill(plan, number, "2343.10", asked="2343.05", ms=142 + number) for number in (1, 2, 3)]

    text += "\n\nUse proper risk 💎 [SL] is final"
    s.clock("11:46:51").edit(key, text)
    s.read(key, text, Side.BUY, "XAUUSD", **levels, revision=1)

    s.clock("11:49:02")
    text = "ETH short here, 3120, sl above 3180, first tp 3040"
    key = s.post(CRYPTO, 640, text)
    low = (Reason("confidence", "read with 74 %, below 80 %"),)
    signal = s.read(
        key, text, Side.SELL, "ETHUSD", words=("short", "ETH"), entry=("3120",), stop="3180", targets=("3040",),
        confidence=0.74, reasons=low,
    )  # fmt: skip
    s.refuse(signal, "confidence", "74 %", "80 %", "read with 74 %, below 80 %", price="3118", held=True)
    s.clock("11:50:31").add(e.SignalRejected(signal, "rejected", "console"))

    s.clock("11:52:40")
    text = "US30 SELL LIMIT 42480\nSL 42560\nTP 42300"
    key = s.post(INDEX, 1203, text)
    live["US30"] = s.read(
        key, text, Side.SELL, "US30", entry=("42480",), stop="42560", targets=("42300",), order=OrderKind.LIMIT
    )
    plan = s.accept(
        live["US30"], "US30", Side.SELL, [("0.12", "42300")], stop="42560", risk="96.00", price="42420", entry="42480",
        kind=OrderKind.LIMIT,
    )  # fmt: skip
    s.place(plan, 1)

    s.clock("11:53:15").noise(GOLD, 2042, "Good morning traders! London is open, stay patient ☕")
    s.clock("11:54:00").add(e.ChannelPaused(ARABIC, "console"))
    _middle(s, gold, live)
    _last_minutes(s, live)
    return live


def _middle(s: Script, gold: list[LegId], live: dict[str, SignalId]) -> None:
    s.clock("11:55:20")
    text = "بيع الذهب 2346\nوقف 2352\nهدف 2338"
    key = s.post(ARABIC, 455, text)
    signal = s.read(
        key, text, Side.SELL, "XAUUSD", words=("بيع", "الذهب"), entry=("2346",), stop="2352", targets=("2338",),
        language="ar", confidence=0.96,
    )  # fmt: skip
    s.refuse(signal, "channel", "paused", "trading", "the channel is paused", price="2347.2")

    s.clock("11:57:02").add(e.TargetReached(live["XAUUSD"], 1, d("2350")))
    s.close(gold[0], "2350.00", "27.46", CloseReason.TARGET)
    s.protect(gold[1], "2343.10", "2360", "break-even after target 1")
    s.protect(gold[2], "2343.10", "2370", "break-even after target 1")

    s.clock("11:59:30")
    command = TrailStop(key="console-17", issued_at=s.at, signal=_yen(), distance=d("0.40"))
    s.add(e.TrailSet(_yen(), d("0.40")))
    s.answered(command, "the stop of GBPJPY follows at 0.40")
    leg = LegId(f"{_yen()}.1")
    s.protect(leg, "196.480", "197.40", "trail 0.40")

    s.clock("12:00:05").add(e.ChannelHealthChanged(CRYPTO, Health.BLIND, "no updates for 11 min"))
    s.clock("12:00:50")
    text = "Покупка золото 2350-2351\nСтоп 2341\nЦели 2358, 2366"
    key = s.post(RUSSIAN, 97, text)
    signal = s.read(
        key, text, Side.BUY, "XAUUSD", words=("Покупка", "золото"), entry=("2350", "2351"), stop="2341",
        targets=("2358", "2366"), language="ru", confidence=0.98,
    )  # fmt: skip
    s.refuse(signal, "drift", "0.9 R", "0.5 R", "price ran 0.9 R from the entry, limit 0.5 R", price="2352.4")


def _last_minutes(s: Script, live: dict[str, SignalId]) -> None:
    s.clock("12:01:14")
    text = "BTCUSDT long now!!! 93,600 target 96000 🚀🚀"
    key = s.post(CRYPTO, 641, text)
    missing = (Reason("stop_missing", "SL missing"),)
    signal = s.read(
        key, text, Side.BUY, "BTCUSD", words=("long", "BTCUSDT"), targets=("96000",), confidence=0.61, reasons=missing
    )
    s.refuse(signal, "missing stop", "none", "a stop", "SL missing", price="93600", held=True)

    s.clock("12:03:02")
    text = "EURUSD SELL now, SL 1.0910 TP 1.0850"
    key = s.post(FX, 3318, text)
    signal = s.read(
        key, text, Side.SELL, "EURUSD", stop="1.0910", targets=("1.0850",), order=OrderKind.MARKET, confidence=0.98
    )
    s.refuse(signal, "spread", "3.1 pips", "3 pips", "spread 3.1 > 3 pips", price="1.08995")

    s.clock("12:03:31")
    text = "NAS100 BUY 21530 SL 21480 TP 21630"
    key = s.post(INDEX, 1206, text)
    live["NAS100"] = s.read(key, text, Side.BUY, "NAS100", entry=("21530",), stop="21480", targets=("21630",))
    plan = s.accept(live["NAS100"], "NAS100", Side.BUY, [("0.20", "21630")], stop="21480", risk="100", price="21531")
    leg = s.send(plan, 1, price="21531")
    s.later(9_000).add(e.LegUnknown(leg, 10012, what_of(10012)))
    s.later(2_100).add(
        e.LegOpened(
            leg, s.ticket(), d("0.20"), d("21532"), asked=d("21531"), stop=d("21480"), target=d("21630"), adopted=True
        )
    )

    s.clock("12:04:05")
    text = "Gold +110 pips running 🎉 close half and move to BE"
    key = s.post(GOLD, 2043, text, reply_to=2041)
    update = s.read_update(key, text, UpdateAction.CLOSE_PARTIAL, "close half", confidence=0.88, fraction="0.5")
    s.decide_update(update, DecisionOutcome.ACCEPTED, (live["XAUUSD"],))
    leg = LegId(f"{live['XAUUSD']}.3")
    s.later(120).reduce(leg, "0.02", "0.02", "2354.30", "22.33", CloseReason.UPDATE)

    s.clock("12:04:18")
    text = "If it breaks 1.0905 close the euro sells"
    key = s.post(FX, 3319, text)
    update = s.read_update(key, text, UpdateAction.CONDITIONAL, "close the euro sells", confidence=0.83)
    s.decide_update(update, DecisionOutcome.HELD, (live["EURUSD"],), "it depends on a condition")

    s.clock("12:04:31")
    s.notice(Severity.WARNING, "source_slow", "Crypto K has been quiet for 11 min", "Check the account's membership")


def _yen() -> SignalId:
    return SignalId(f"{TOKYO}/871#1")


def _live_figures(s: Script, live: dict[str, SignalId]) -> None:
    # A pulse every ten seconds from 11:00 to the end; the last one carries the account and the floating results.
    random = Random(7)
    for tick in range(65 * 6 - 29):
        s.clock("11:00:00").later(tick * 10_000 + 100)
        s.pulse([_quote(symbol, tick / 6, s.at, random) for symbol in PATHS])
    s.clock("12:04:31").later(250)
    quotes = {symbol: _quote(symbol, 64.52, s.at, random) for symbol in PATHS}
    marks = _marks(s, quotes)
    floating = sum((mark.profit for mark in marks), d("0"))
    equity = d("10301.75") + floating
    account = Account(
        70014, "Paper-Demo", "USD", d("10301.75"), equity, d("842.10"), equity - d("842.10"),
        (equity / d("842.10") * 100).quantize(d("0.1")), 100, True, True, True, s.at,
    )  # fmt: skip
    s.pulse(list(quotes.values()), account, marks, [_spec(symbol) for symbol in PATHS])


UNITS = {"XAUUSD": "100", "EURUSD": "100000", "GBPJPY": "640", "US30": "10", "BTCUSD": "1", "NAS100": "10"}


def _marks(s: Script, quotes: dict[str, Quote]) -> list[Mark]:
    marks = []
    for trade in fold_all(sorted(s.records, key=lambda record: record.at)).live_trades:
        for leg in trade.open_legs:
            price = quotes[leg.symbol].closing(leg.side)
            assert leg.price_open is not None
            gain = (price - leg.price_open) * leg.side.sign * leg.volume * d(UNITS[leg.symbol])
            marks.append(Mark(leg.id, price, gain.quantize(d("0.01"))))
    return marks


def _quote(symbol: str, minute: float, at: int, random: Random) -> Quote:
    digits, spread, points = PATHS[symbol]
    before = max(point for point in points if point[0] <= minute)
    after = min((point for point in points if point[0] > minute), default=before)
    share = (minute - before[0]) / (after[0] - before[0]) if after[0] > before[0] else 0.0
    price = before[1] + (after[1] - before[1]) * share + random.uniform(-1, 1) * float(spread) * 3
    bid = d(f"{price:.{digits}f}")
    return Quote(symbol, bid, bid + d(spread), at)


def _spec(symbol: str) -> SymbolSpec:
    digits, _, _ = PATHS[symbol]
    point = d("1").scaleb(-digits)
    pair = digits > 2
    return SymbolSpec(
        name=symbol, description=symbol, digits=digits, point=point, tick_size=point,
        contract_size=d("100000" if pair else UNITS[symbol]), volume_min=d("0.01"), volume_max=d("50"), volume_step=d("0.01"),
        stops_level=0, freeze_level=0, currency_base=symbol[:3], currency_profit=symbol[3:] if pair else "USD",
    )  # fmt: skip


def _woven(s: Script) -> list[Record]:
    # The story was told thread by thread; a journal has it by the clock, numbered without gaps.
    records, seq = [], 0
    for record in sorted(s.records, key=lambda one: one.at):
        seq += bool(record.seq)
        records.append(Record(seq if record.seq else 0, record.at, record.event))
    return records


if __name__ == "__main__":
    main()

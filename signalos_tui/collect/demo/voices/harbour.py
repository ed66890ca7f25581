"""Harbour Swing Notes: a calm English channel. Waiting orders, wide stops, long sentences, and a stop forgotten at times."""

from __future__ import annotations

from signalos_tui.collect.demo.voice import Kind, Reply, Voice
from signalos_tui.collect.demo.voices.markets import dow, nasdaq, oil, pound_yen, yen
from signalos_tui.model.signals import Side

HARBOUR = Voice(
    name="harbour",
    title="Harbour Swing Notes ⚓",
    provider="Harbour",
    weight=0.8,
    first=88,
    markets=(
        nasdaq("NAS100", "US100"),
        dow("US30", "Dow Jones"),
        pound_yen("GBPJPY", "GBP/JPY"),
        yen("USDJPY"),
        oil("USOIL", "WTI"),
    ),
    sides={Side.BUY: ("Buy",), Side.SELL: ("Sell",)},
    targets=(1.5, 4.0),
    stop=6.0,
    patience_s=1500,
    foreign=("MARITIME25", "TINYCAP50"),
    posts={
        Kind.CALL: (
            (
                "{name} - {side} at market, around {near}.\nStop loss {sl}\nTake profit 1: {tp1}\nTake profit 2: {tp2}\n"
                "The daily close was clean, I am in with half my usual size."
            ),
        ),
        Kind.PENDING: (
            "{side} {order} {name} at {near}\nStop loss {sl}\nTake profit {tp1}, then {tp2}\nGood till the end of the day.",
            "⚓ {name}\n{side} {order} @ {near}\nSL {sl}\nTP1 {tp1}\nTP2 {tp2}",
        ),
        Kind.NO_STOP: (
            "{side} {name} now at {near}\nTake profit {tp1} and {tp2}\nI will place the stop under structure later.",
        ),
        Kind.MAYBE: (
            (
                "{name} is back at the shelf near {near}. You may {side} here with a stop at {sl}, "
                "or wait with me for the close. Either is fine."
            ),
        ),
        Kind.CHATTER: (
            "Notes from the quay: nothing to do is a position as well. I will write when there is something to write.",
            "Somebody asked about sizing. Half a percent, every time, and I sleep.",
            "The chart of {name} looks like weather. Tomorrow, perhaps.",
        ),
    },
    replies={
        Reply.FIRST_TARGET: ("First target reached. I close half and move the stop to entry.",),
        Reply.LAST_TARGET: ("Second target reached, the trade is done. Thank you, {name}.",),
        Reply.STOPPED: ("Stopped out on {name}. The idea was wrong, the size was right.",),
        Reply.SCRATCHED: ("The rest of {name} went out at entry.",),
        Reply.HALF: ("Close half of {name} here and move the stop to entry.",),
        Reply.TRIM: ("Close half of {name} here. The rest keeps its stop.",),
        Reply.CLOSE: ("Close {name} at market please, it has run out of time.",),
        Reply.CANCEL: ("Cancel the pending order on {name}, it was never reached.",),
        Reply.FILLED: ("The order on {name} is filled at {entry}. Now we wait.",),
    },
    habits={
        Kind.PENDING: 4.0,
        Kind.CALL: 1.5,
        Kind.CHATTER: 1.5,
        Kind.NO_STOP: 0.8,
        Kind.MAYBE: 0.5,
        Kind.UNKNOWN: 0.3,
        Kind.HALF: 0.4,
    },
)

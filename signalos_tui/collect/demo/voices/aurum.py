"""Aurum Floor: an English gold scalper. Zones, three targets, half off at the first, and the same call posted twice."""

from __future__ import annotations

from signalos_tui.collect.demo.voice import Kind, Reply, Voice
from signalos_tui.collect.demo.voices.markets import gold, silver
from signalos_tui.model.signals import Side

AURUM = Voice(
    name="aurum",
    title="Aurum Floor 🥇",
    provider="Aurum Floor",
    weight=1.6,
    first=2040,
    markets=(gold("GOLD", "XAUUSD", "Gold"), silver("SILVER", "XAGUSD")),
    sides={Side.BUY: ("BUY",), Side.SELL: ("SELL",)},
    posts={
        Kind.CALL: (
            "{name} {side} NOW {near} - {far}\n\nSL {sl}\n\nTP1 {tp1}\nTP2 {tp2}\nTP3 {tp3}\n\nSmall size, no heroes today",
            "{name} {side} {near}/{far}\nStop loss: {sl}\nTargets: {tp1} / {tp2} / {tp3}",
            "⚡ {side} {name} @ {near}-{far}\n🛑 SL: {sl}\n🎯 TP1: {tp1}\n🎯 TP2: {tp2}\n🎯 TP3: {tp3}",
        ),
        Kind.MAYBE: (
            (
                "Thinking about a {side} on {name} around {near}, but only if this level holds. SL would be {sl}, TP {tp1}. "
                "Wait for my confirmation"
            ),
        ),
        Kind.CHATTER: (
            "London is opening, spreads are wide. Coffee first ☕",
            "Floor rule number one: the stop goes in with the order, not after it.",
            "Who is still holding the runner from this morning? 🙋",
            "Data in a few minutes. We sit on our hands until the dust settles.",
        ),
    },
    replies={
        Reply.FIRST_TARGET: (
            "TP1 hit ✅ +{pips} pips\nClose half and move SL to entry",
            "First target done, +{pips} pips. Close half now, SL to BE",
        ),
        Reply.TARGET: ("TP{n} hit ✅ +{pips} pips", "TP{n} reached, +{pips} pips. Runner stays on"),
        Reply.LAST_TARGET: ("All targets hit 🏆 +{pips} pips. Close everything on {name}",),
        Reply.STOPPED: ("SL hit, -{pips} pips. It happens, we wait for the next one",),
        Reply.SCRATCHED: ("Rest stopped at entry. Nothing lost",),
        Reply.HALF: (
            "Close half here and move SL to BE. I do not trust this candle",
            "Close half now, stop loss to entry",
        ),
        Reply.TRIM: ("Close half here, reduce the risk. The stop stays where it is",),
        Reply.CLOSE: ("It goes nowhere. Close {name} now, we look for a better one",),
    },
    habits={
        Kind.CALL: 5.0,
        Kind.HALF: 1.5,
        Kind.CHATTER: 1.5,
        Kind.AGAIN: 0.8,
        Kind.MAYBE: 0.5,
        Kind.FIXED: 0.6,
        Kind.WRONG_STOP: 0.3,
        Kind.WITHDRAWN: 0.4,
    },
)

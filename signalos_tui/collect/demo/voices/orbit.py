"""Orbit Futures: a crypto channel in the manner of trading bots. Leverage, numbered targets, results counted in percent."""

from __future__ import annotations

from signalos_tui.collect.demo.voice import Kind, Reply, Voice
from signalos_tui.collect.demo.voices.markets import bitcoin, ether
from signalos_tui.model.signals import Side

ORBIT = Voice(
    name="orbit",
    title="Orbit Futures 🛰",
    provider="Orbit",
    weight=1.2,
    first=7810,
    markets=(bitcoin("BTC/USDT", "BTC/USD"), ether("ETH/USDT", "ETH/USD")),
    sides={Side.BUY: ("LONG", "Long"), Side.SELL: ("SHORT", "Short")},
    targets=(1.0, 1.9, 3.0, 5.0),
    stop=5.0,
    zone=0.8,
    leverage=(5, 10, 20),
    foreign=("PLUTO/USDT", "MOONCAT/USDT", "ZZQ/USDT"),
    posts={
        Kind.CALL: (
            (
                "📡 #{name}\nDirection: {side}\nLeverage: Cross {leverage}x\n\nEntry: {near} - {far}\n\n"
                "Take-Profit Targets:\n1) {tp1}\n2) {tp2}\n3) {tp3}\n4) {tp4}\n\nStop-Loss: {sl}"
            ),
            "#{name} {side} {leverage}x\nEntry zone: {near} - {far}\nTP1: {tp1}\nTP2: {tp2}\nTP3: {tp3}\nTP4: {tp4}\nSL: {sl}",
        ),
        Kind.NO_STOP: (
            "#{name} {side} {leverage}x\nEntry: {near}\nTargets: {tp1} - {tp2} - {tp3}\nStop: will be posted later",
        ),
        Kind.CHATTER: (
            "Funding is flat, open interest climbs. Someone will be squeezed today.",
            "Orbit weekly: 14 calls, 9 closed in profit, 4 stopped, 1 still in flight 🛰",
            "Reminder: cross 20x is not a personality. Use what you can lose.",
        ),
    },
    replies={
        Reply.FIRST_TARGET: (
            "#{name} Take-Profit target {n} ✅\nMove stop-loss to entry",
            "#{name} target {n} done ✅ Close 50% and set SL to entry",
        ),
        Reply.TARGET: ("#{name} Take-Profit target {n} ✅",),
        Reply.LAST_TARGET: ("#{name} All take-profit targets achieved 😎",),
        Reply.STOPPED: ("#{name} Stop target hit ⛔",),
        Reply.SCRATCHED: ("#{name} closed at entry after reaching take profit",),
        Reply.HALF: ("#{name} close 50% of the position here, stop-loss to entry",),
        Reply.TRIM: ("#{name} close 50% of the position here to reduce risk",),
        Reply.CLOSE: ("#{name} closed manually, no momentum. Close your position",),
    },
    habits={
        Kind.CALL: 5.0,
        Kind.CHATTER: 1.4,
        Kind.HALF: 0.8,
        Kind.NO_STOP: 0.6,
        Kind.UNKNOWN: 0.6,
        Kind.FAR: 0.3,
        Kind.WITHDRAWN: 0.3,
    },
)

"""Kante Index: a German index channel. Decimal commas, terse lines, and corrections within seconds."""

from __future__ import annotations

from signalos_tui.collect.demo.voice import Kind, Reply, Voice
from signalos_tui.collect.demo.voices.markets import dax, euro, gold, nasdaq
from signalos_tui.model.signals import Side

KANTE = Voice(
    name="kante",
    title="Kante Index 📐",
    provider="Kante",
    weight=0.8,
    first=1604,
    markets=(dax("DAX", "GER40"), nasdaq("Nasdaq"), gold("Gold", digits=2), euro("EURUSD")),
    sides={Side.BUY: ("Long", "Kauf"), Side.SELL: ("Short", "Verkauf")},
    targets=(1.2, 2.6),
    stop=4.0,
    decimal=",",
    posts={
        Kind.CALL: (
            "{name} {side} jetzt bei {near}\nSL {sl}\nTP1 {tp1}\nTP2 {tp2}",
            "📐 {name} {side}\nEinstieg: {near}\nStop: {sl}\nZiel 1: {tp1}\nZiel 2: {tp2}",
        ),
        Kind.NO_STOP: ("{name} {side} jetzt, {near}. Ziel {tp2}. Stop folgt",),
        Kind.CHATTER: (
            "Vor den Zahlen bleibe ich an der Seitenlinie.",
            "Kurze Pause, bin um 15:00 wieder da.",
            "Heute war Kante gefragt, nicht Mut. Schönen Feierabend.",
        ),
    },
    replies={
        Reply.FIRST_TARGET: ("TP1 erreicht ✅ +{pips} Punkte. Hälfte schließen, SL auf Einstand",),
        Reply.LAST_TARGET: ("TP2 erreicht ✅ +{pips} Punkte, alles raus",),
        Reply.STOPPED: ("Ausgestoppt, -{pips} Punkte",),
        Reply.SCRATCHED: ("Rest am Einstand ausgestoppt",),
        Reply.HALF: ("Hälfte schließen, SL auf Einstand",),
        Reply.TRIM: ("Hälfte schließen, Risiko raus",),
        Reply.CLOSE: ("{name} jetzt schließen, kommt nichts mehr",),
    },
    habits={
        Kind.CALL: 4.0,
        Kind.FIXED: 1.5,
        Kind.CHATTER: 1.2,
        Kind.HALF: 0.5,
        Kind.NO_STOP: 0.5,
    },
)

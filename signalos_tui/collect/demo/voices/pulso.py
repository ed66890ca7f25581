"""Pulso FX: a Spanish channel. Friendly, in a hurry, and now and then the direction is missing altogether."""

from __future__ import annotations

from signalos_tui.collect.demo.voice import Kind, Reply, Voice
from signalos_tui.collect.demo.voices.markets import aussie, euro, franc, gold, loonie
from signalos_tui.model.signals import Side

PULSO = Voice(
    name="pulso",
    title="Pulso FX 💓",
    provider="Pulso",
    weight=1.1,
    first=344,
    markets=(
        euro("EURUSD", "EUR/USD"),
        gold("ORO", "XAUUSD"),
        aussie("AUDUSD", "AUD/USD"),
        loonie("USDCAD", "USD/CAD"),
        franc("USDCHF"),
    ),
    sides={Side.BUY: ("COMPRA", "Comprar"), Side.SELL: ("VENTA", "Vender")},
    targets=(1.0, 2.1, 3.5),
    posts={
        Kind.CALL: (
            "{side} {name} ahora {near}\nSL: {sl}\nTP1: {tp1}\nTP2: {tp2}\nTP3: {tp3}",
            "💓 {name} {side}\nEntrada: {near}\nStop loss: {sl}\nObjetivo 1: {tp1}\nObjetivo 2: {tp2}\nObjetivo 3: {tp3}",
        ),
        Kind.NO_SIDE: (
            "{name} entrada {near}\nSL {sl}\nTP {tp1}\nTP {tp2}\nVamos con todo equipo 💪",
            "{name} ya!! {near}\nStop {sl}, objetivo {tp2}",
        ),
        Kind.MAYBE: (
            "Si {name} respeta {near} podríamos hacer {side}, SL {sl} y TP {tp2}. Todavía no entramos, esperen confirmación",
        ),
        Kind.CHATTER: (
            "Buenos días familia, hoy paciencia y café ☕",
            "Recuerden: riesgo del 1 % por operación, nunca más.",
            "Resumen de ayer: tres operaciones ganadas y una perdida. Seguimos.",
        ),
    },
    replies={
        Reply.FIRST_TARGET: (
            "TP1 alcanzado ✅ +{pips} pips. Cerrar la mitad y SL a la entrada",
            "Primer objetivo ✅ +{pips} pips, muevan el SL a break even",
        ),
        Reply.TARGET: ("TP{n} alcanzado ✅ +{pips} pips",),
        Reply.LAST_TARGET: ("Todos los objetivos alcanzados 🎉 +{pips} pips",),
        Reply.STOPPED: ("Tocó el SL, -{pips} pips. A la próxima",),
        Reply.SCRATCHED: ("Salimos en la entrada, sin pérdida",),
        Reply.HALF: ("Cerrar la mitad aquí y SL a la entrada",),
        Reply.TRIM: ("Cerrar la mitad aquí, bajamos el riesgo",),
        Reply.CLOSE: ("Cerrar {name} ahora, no avanza",),
    },
    habits={
        Kind.CALL: 5.0,
        Kind.CHATTER: 1.2,
        Kind.NO_SIDE: 0.7,
        Kind.MAYBE: 0.5,
        Kind.HALF: 0.7,
        Kind.WITHDRAWN: 0.3,
        Kind.FIXED: 0.4,
    },
)

"""ميزان السوق: an Arabic channel for gold and currencies that writes its prices in Arabic digits when it feels like it."""

from __future__ import annotations

from signalos_tui.collect.demo.voice import Kind, Reply, Voice
from signalos_tui.collect.demo.voices.markets import euro, gold, pound
from signalos_tui.model.signals import Side

MIZAN = Voice(
    name="mizan",
    title="ميزان السوق ⚖️",
    provider="الميزان",
    weight=1.0,
    first=1290,
    markets=(
        pound("الباوند GBPUSD", "GBPUSD"),
        gold("الذهب", "XAUUSD"),
        euro("اليورو دولار", "EURUSD"),
    ),
    sides={Side.BUY: ("شراء",), Side.SELL: ("بيع",)},
    targets=(1.1, 2.2, 4.0),
    numerals="٠١٢٣٤٥٦٧٨٩",
    posts={
        Kind.CALL: (
            "{side} {name} الان من {near}\nوقف الخسارة: {sl}\nالهدف الاول: {tp1}\nالهدف الثاني: {tp2}\nالهدف الثالث: {tp3}",
            "⚖️ {name}\n{side} من {near}\nستوب: {sl}\nهدف 1: {tp1}\nهدف 2: {tp2}\nهدف 3: {tp3}",
        ),
        Kind.NO_STOP: ("{side} {name} الان من {near}\nالهدف: {tp2}\nوقف الخسارة لاحقا",),
        Kind.CHATTER: (
            "صباح الخير. اليوم هادئ حتى افتتاح لندن، لا تستعجلوا الدخول.",
            "ادارة راس المال قبل كل شيء. الصبر مفتاح السوق.",
            "تقرير الاسبوع ينشر مساء اليوم ان شاء الله.",
        ),
    },
    replies={
        Reply.FIRST_TARGET: ("تحقق الهدف الاول ✅ +{pips} نقطة\nاغلاق نصف العقد ونقل الستوب الى الدخول",),
        Reply.TARGET: ("تحقق الهدف {n} ✅ +{pips} نقطة",),
        Reply.LAST_TARGET: ("تحققت جميع الاهداف 🎯 +{pips} نقطة",),
        Reply.STOPPED: ("ضرب وقف الخسارة، -{pips} نقطة",),
        Reply.HALF: ("اغلاق نصف العقد ونقل الستوب الى الدخول",),
        Reply.TRIM: ("اغلاق نصف العقد لتقليل المخاطرة",),
        Reply.CLOSE: ("اغلاق صفقة {name} الان",),
    },
    habits={
        Kind.CALL: 5.0,
        Kind.CHATTER: 1.2,
        Kind.HALF: 0.6,
        Kind.NO_STOP: 0.5,
        Kind.WRONG_STOP: 0.3,
    },
)

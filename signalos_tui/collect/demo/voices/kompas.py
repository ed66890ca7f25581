"""Валютный компас: a Russian currency channel. Dry, precise, and at times a few minutes late."""

from __future__ import annotations

from signalos_tui.collect.demo.voice import Kind, Reply, Voice
from signalos_tui.collect.demo.voices.markets import euro, euro_yen, pound, yen
from signalos_tui.model.signals import Side

KOMPAS = Voice(
    name="kompas",
    title="Валютный компас 🧭",
    provider="Компас",
    weight=1.1,
    first=516,
    markets=(
        euro("EURUSD", "EUR/USD"),
        pound("GBPUSD", "GBP/USD"),
        yen("USDJPY", "USD/JPY"),
        euro_yen("EURJPY"),
    ),
    sides={Side.BUY: ("Покупка", "ПОКУПАЕМ"), Side.SELL: ("Продажа", "ПРОДАЕМ")},
    targets=(1.0, 2.0, 3.6),
    orders=("лимит", "стоп"),
    posts={
        Kind.CALL: (
            "{side} {name} по рынку, сейчас {near}\nСтоп: {sl}\nТейк 1: {tp1}\nТейк 2: {tp2}\nТейк 3: {tp3}",
            "🧭 {name}\n{side}\nВход: {near}\nСтоп-лосс: {sl}\nЦели: {tp1} / {tp2} / {tp3}",
        ),
        Kind.NO_STOP: ("{name} {side} от {near}\nЦель {tp2}\nСтоп каждый ставит сам",),
        Kind.MAYBE: (
            "Присматриваюсь к {name}. Если закрепимся у {near}, возможна сделка, {side}, стоп {sl}, цель {tp2}. Пока не входим",
        ),
        Kind.CHATTER: (
            "Доброе утро. Сегодня статистика по США, до выхода не торгуем.",
            "Итоги недели: семь сделок, пять закрыли в плюс. Подробности в закрепе.",
            "Рынок спит, и мы не спешим. Терпение тоже позиция.",
        ),
    },
    replies={
        Reply.FIRST_TARGET: (
            "Первый тейк взяли, +{pips} п. Закрываем половину, стоп в безубыток",
            "Тейк 1 ✅ +{pips} п. Стоп переносим в б/у",
        ),
        Reply.TARGET: ("Тейк {n} ✅ +{pips} п.",),
        Reply.LAST_TARGET: ("Все цели взяты, +{pips} п. 🎯",),
        Reply.STOPPED: ("Сработал стоп, -{pips} п.",),
        Reply.SCRATCHED: ("Остаток закрылся в безубыток",),
        Reply.HALF: ("Закрываем половину, стоп в безубыток",),
        Reply.TRIM: ("Закрываем половину, снижаем риск",),
        Reply.CLOSE: ("{name} закрываем по рынку, движения нет",),
    },
    habits={
        Kind.CALL: 5.0,
        Kind.HALF: 0.8,
        Kind.CHATTER: 1.2,
        Kind.STALE: 0.7,
        Kind.NO_STOP: 0.5,
        Kind.MAYBE: 0.5,
        Kind.FIXED: 0.5,
    },
)

"""One rule asked about one case."""

from __future__ import annotations

from msgspec.structs import replace

from signalos_tui.evaluate.case import Case, OpenTrade
from signalos_tui.evaluate.rules import RULES
from signalos_tui.model.decisions import Effect, RuleVerdict
from signalos_tui.model.ids import ChannelId, SignalId
from signalos_tui.model.signals import Side
from tests.evaluate.cases import (
    CHANNEL,
    EXPOSURE,
    D,
    case,
)

PASS, HOLD, DENY = Effect.PASS, Effect.HOLD, Effect.DENY
CHECKS = dict(RULES)


def ask(rule: str, made: Case) -> RuleVerdict:
    verdict = CHECKS[rule](made)
    assert verdict.rule == rule
    assert verdict.text
    return verdict


def answer(rule: str, made: Case) -> tuple[Effect, str, str]:
    verdict = ask(rule, made)
    return verdict.effect, verdict.seen, verdict.limit


def trade(number: int, symbol: str = "XAUUSD", risk: str = "100", channel: ChannelId = CHANNEL) -> OpenTrade:
    return OpenTrade(SignalId(f"{channel}/{number}#1"), channel, symbol, Side.BUY, D(risk))


def exposed(**over: object) -> Case:
    return case(exposure=replace(EXPOSURE, **over))

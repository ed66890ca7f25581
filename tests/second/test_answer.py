"""The form of an answer: exactly this, or none at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from signalos_tui.second.answer import LONGEST, parse_answer
from signalos_tui.second.failures import Unanswered
from signalos_tui.second.prompt import SCHEMA
from tests.second.answers import NOISE, one, perfect, price

CALL = "BUY EURUSD 1.0850 SL 1.0800 TP 1.0900"
GOOD = one(side="buy", symbol="EURUSD", entry=["1.0850"], stop=price("1.0800"), targets=[price("1.0900")])


def changed(**fields: Any) -> dict[str, Any]:
    return {**GOOD, "signals": [GOOD["signals"][0] | fields]}


def test_answer_when_in_form_then_parsed() -> None:
    answer = parse_answer(json.dumps(GOOD))
    assert answer.signals[0].entry == ("1.0850",)
    assert parse_answer(json.dumps(NOISE)).kind == "noise"
    assert parse_answer(json.dumps(perfect("close half of gold now"))).updates[0].percent == "50"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "BUY!",
        "null",
        "[]",
        "{}",
        json.dumps(GOOD)[:-2],
        f"```json\n{json.dumps(GOOD)}\n```",
        f"Sure! {json.dumps(GOOD)}",
        json.dumps(GOOD) + json.dumps(GOOD),
        json.dumps(GOOD | {"note": "trust me"}),
        json.dumps(changed(volume="10")),
        json.dumps(changed(reason="it is sure to win")),
        json.dumps({key: value for key, value in GOOD.items() if key != "updates"}),
        json.dumps(changed(side="long")),
        json.dumps(changed(side="BUY")),
        json.dumps(changed(order="margin")),
        json.dumps(changed(entry=[1.085])),
        json.dumps(changed(entry=["1,085"])),
        json.dumps(changed(entry=["1e5"])),
        json.dumps(changed(entry=["-1.0850"])),
        json.dumps(changed(entry=["1.0850\n"])),
        json.dumps(changed(entry=["١.٠٨٥٠"])),
        json.dumps(changed(entry=["NaN"])),
        json.dumps(changed(entry=["1" * 40])),
        json.dumps(changed(entry=["1.0850", "1.0851", "1.0852"])),
        json.dumps(changed(stop="1.0800")),
        json.dumps(changed(stop={"value": "1.0800"})),
        json.dumps(changed(stop={"value": "1.0800", "unit": "lots"})),
        json.dumps(changed(targets=[price("1.0900")] * 11)),
        json.dumps(changed(symbol="E" * 33)),
        json.dumps(GOOD | {"signals": GOOD["signals"] * 21}),
        json.dumps(GOOD | {"kind": "noise"}),
        json.dumps(GOOD | {"kind": "update"}),
        json.dumps(GOOD | {"kind": "execute"}),
        json.dumps(NOISE | {"kind": "signal"}),
        json.dumps({"tool_calls": [{"name": "buy", "arguments": {"lots": 10}}]}),
        "[" * 100_000,
        " " * (LONGEST + 1),
        '{"kind": "noise", "signals": [], "updates": []}\ud800',
    ],
    ids=lambda text: text[:40],
)
def test_answer_when_not_in_form_then_none(written: str) -> None:
    with pytest.raises(Unanswered) as caught:
        parse_answer(written)
    assert caught.value.code == "second_unusable"
    assert "trust" not in str(caught.value)


def test_schema_when_walked_then_strict_throughout() -> None:
    """OpenAI's strict mode asks for it, and so do we: everything required, nothing else allowed."""
    found = 0

    def walk(part: Any) -> None:
        nonlocal found
        if isinstance(part, dict):
            if part.get("type") == "object":
                found += 1
                assert part["additionalProperties"] is False
                assert part["required"] == list(part["properties"])
            for inner in part.values():
                walk(inner)
        elif isinstance(part, list):
            for inner in part:
                walk(inner)

    walk(SCHEMA)
    assert found > 5

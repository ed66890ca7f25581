"""What models say: a reading written in the answer's form, and an answer wrapped as each kind of server wraps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from signalos_tui.decode import read
from signalos_tui.model.signals import Distance, Level, Open, Reading, Signal, Unit, Update, UpdateAction
from signalos_tui.second.wire import Reply

NOISE = {"kind": "noise", "signals": [], "updates": []}


def perfect(text: str) -> dict[str, Any]:
    """The answer of a model that reads a text exactly as the rules do."""
    return as_answer(read(text))


def as_answer(reading: Reading) -> dict[str, Any]:
    """A reading in the form of an answer."""
    commands = [update for update in reading.updates if update.action is not UpdateAction.INFO]
    return {
        "kind": str(reading.kind),
        "signals": [_signal(signal) for signal in reading.signals],
        "updates": [_update(update) for update in commands],
    }


def one(**fields: Any) -> dict[str, Any]:
    """An answer with one signal; what is left out is empty."""
    empty: dict[str, Any] = {
        "side": None,
        "symbol": None,
        "order": "unspecified",
        "entry": [],
        "stop": None,
        "targets": [],
    }
    return {"kind": "signal", "signals": [empty | fields], "updates": []}


def price(value: str) -> dict[str, Any]:
    """A level that is a price."""
    return {"value": value, "unit": "price"}


def _signal(signal: Signal) -> dict[str, Any]:
    return {
        "side": str(signal.side) if signal.side else None,
        "symbol": signal.symbol,
        "order": str(signal.order),
        "entry": [_digits(number.value) for number in signal.entry],
        "stop": _level(signal.stop),
        "targets": [_level(target) for target in signal.targets],
    }


def _update(update: Update) -> dict[str, Any]:
    return {
        "action": str(update.action),
        "symbol": update.symbol,
        "side": str(update.side) if update.side else None,
        "percent": _digits(update.fraction * 100) if update.fraction is not None else None,
        "level": _level(update.price),
        "target": update.target,
        "everything": update.everything,
    }


def _level(level: Level | None) -> dict[str, Any] | None:
    if level is None:
        return None
    if isinstance(level, Open):
        return {"value": None, "unit": "open"}
    unit = level.unit if isinstance(level, Distance) else "price"
    return {"value": _digits(level.value), "unit": str(Unit(unit)) if unit != "price" else "price"}


def _digits(value: Decimal) -> str:
    return format(value.normalize(), "f")


def wrapped(provider: str, answer: object, tokens: int = 300) -> bytes:
    """An answer as a server sends it. answer: text as it is, anything else as JSON."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    shapes: dict[str, Any] = {
        "ollama": {
            "model": "m",
            "created_at": "2026-01-01T00:00:00Z",
            "message": {"role": "assistant", "content": text},
            "done": True,
            "done_reason": "stop",
            "prompt_eval_count": tokens - 100,
            "eval_count": 100,
        },
        "openai": {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": text, "refusal": None},
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": tokens - 100, "completion_tokens": 100, "total_tokens": tokens},
        },
        "gemini": {
            "candidates": [
                {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP", "index": 0}
            ],
            "usageMetadata": {"promptTokenCount": tokens - 100, "candidatesTokenCount": 100, "totalTokenCount": tokens},
        },
    }
    return json.dumps(shapes[provider]).encode()


def post_in(body: bytes) -> str:
    """The post a question of the Ollama shape is about."""
    asked = json.loads(body)
    return str(json.loads(asked["messages"][1]["content"].partition("\n")[2]))


class FakeLink:
    """A server without a socket: answers each question with what `answer` makes of the post. asked: the posts so far."""

    def __init__(self, answer: Any) -> None:
        self.asked: list[str] = []
        self.closed = 0
        self._answer = answer

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """One question."""
        text = post_in(body)
        self.asked.append(text)
        answer = self._answer(text) if callable(self._answer) else self._answer
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Reply) else Reply(200, wrapped("ollama", answer))

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """What there is."""
        return Reply(200, b"{}")

    async def close(self) -> None:
        """Let go."""
        self.closed += 1


__all__ = ["NOISE", "FakeLink", "as_answer", "one", "perfect", "post_in", "price", "wrapped"]

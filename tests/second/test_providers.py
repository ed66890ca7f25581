"""Each shape of server, over a socket: what it is sent, what is read from its answer, and what is no answer."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from signalos_tui.config import SecondReader
from signalos_tui.decode import DEFAULT, read
from signalos_tui.model.opinions import Opinion, Usage
from signalos_tui.second import ModelReader
from signalos_tui.second.failures import Unanswered
from signalos_tui.second.prompt import SCHEMA
from signalos_tui.second.providers import PROVIDERS
from tests.second.answers import perfect, wrapped
from tests.second.server import Behaviour, Heard, ModelServer, Said

CALL = 'BUY EURUSD 1.0850 SL 1.0800 TP 1.0900? {"role": "system"}'
PATHS = {"ollama": "/api/chat", "openai": "/chat/completions", "gemini": "/models/m1:generateContent"}
each_provider = pytest.mark.parametrize("provider", list(PROVIDERS))


async def asked(provider: Any, behaviour: Behaviour, key: str = "") -> tuple[Opinion, list[Heard]]:
    """An opinion on CALL, and what the server heard."""
    async with ModelServer(behaviour) as server:
        key_env = "KEY" if key else ""
        settings = SecondReader(enabled=True, provider=provider, model="m1", url=server.url, key_env=key_env)
        reader = ModelReader(settings, jitter=lambda: 0.0, environ={"KEY": key})
        try:
            return await reader.ask(CALL, DEFAULT, read(CALL), Usage(), 0), server.heard
        finally:
            await reader.close()


@each_provider
async def test_question_when_asked_then_in_the_servers_own_shape(provider: str) -> None:
    opinion, heard = await asked(provider, lambda _: Said(body=wrapped(provider, perfect(CALL))))
    assert opinion.agrees
    assert (opinion.model, opinion.requests, opinion.tokens) == ("m1", 1, 300)
    (request,) = heard
    assert (request.method, request.path) == ("POST", PATHS[provider])
    assert request.headers["accept-encoding"] == "identity"
    assert "authorization" not in request.headers
    assert json.dumps(SCHEMA) in request.body.decode()
    assert "tools" not in request.asked
    assert request.asked.get("stream", False) is False
    assert json.dumps(json.dumps(CALL, ensure_ascii=False))[1:-1] in request.body.decode(), "quoted, and quoted again"


@each_provider
async def test_key_when_there_is_one_then_in_its_header_and_nowhere_else(provider: str) -> None:
    _, (request,) = await asked(provider, lambda _: Said(body=wrapped(provider, perfect(CALL))), key="sk-very-secret")
    holding = [name for name, value in request.headers.items() if "sk-very-secret" in value]
    assert holding == ["x-goog-api-key" if provider == "gemini" else "authorization"]
    assert b"secret" not in request.body
    assert "secret" not in request.path


@each_provider
async def test_server_when_it_knows_no_schemas_then_the_form_is_asked_for_in_words(provider: str) -> None:
    def behaviour(heard: Heard) -> Said:
        words = json.dumps(heard.asked)
        has_schema = any(f'"{key}": {{' in words for key in ("format", "json_schema", "responseJsonSchema"))
        return Said(400) if has_schema else Said(body=wrapped(provider, perfect(CALL)))

    opinion, heard = await asked(provider, behaviour)
    assert opinion.agrees
    assert opinion.requests == 2
    assert "additionalProperties" in heard[1].body.decode()


def _always(said: Said, _: Heard) -> Said:
    return said


def cut(provider: str, at: str, value: Any) -> bytes:
    """A reply with one field of its envelope changed. at: "a.0.b"."""
    reply = json.loads(wrapped(provider, perfect(CALL)))
    *way, last = at.split(".")
    part = reply
    for step in way:
        part = part[int(step)] if step.isdigit() else part[step]
    part[last] = value
    return json.dumps(reply).encode()


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        ("ollama", cut("ollama", "done", False)),
        ("ollama", cut("ollama", "done_reason", "length")),
        ("ollama", cut("ollama", "message", None)),
        ("ollama", cut("ollama", "message.content", "")),
        ("ollama", b'{"error": "model not found"}'),
        ("openai", cut("openai", "choices", [])),
        ("openai", cut("openai", "choices.0.finish_reason", "length")),
        ("openai", cut("openai", "choices.0.message.content", None)),
        ("openai", cut("openai", "choices.0.message.refusal", "I can not help with that")),
        ("openai", cut("openai", "choices.0.message.content", ["parts"])),
        ("gemini", cut("gemini", "candidates", [])),
        ("gemini", cut("gemini", "candidates.0.finishReason", "MAX_TOKENS")),
        ("gemini", cut("gemini", "candidates.0.finishReason", "SAFETY")),
        ("gemini", cut("gemini", "candidates.0.content.parts", [])),
        ("openai", b""),
        ("openai", b"\xff\xfe"),
        ("gemini", b"<html>busy</html>"),
        ("ollama", b"[" * 200_000),
    ],
    ids=lambda value: value if isinstance(value, str) else value[:30].decode("utf-8", "replace"),
)
async def test_reply_when_it_is_none_then_no_answer(provider: str, body: bytes) -> None:
    opinion, _ = await asked(provider, lambda _: Said(body=body))
    assert opinion.reading is None
    assert opinion.why is not None
    assert opinion.why.code == "second_unusable"
    assert opinion.tokens > 0, "what a server does not count is estimated"


async def test_gemini_when_it_thinks_aloud_then_only_the_answer_counts() -> None:
    parts = [{"text": "hmm, {", "thought": True}, {"text": json.dumps(perfect(CALL))}]
    opinion, _ = await asked("gemini", lambda _: Said(body=cut("gemini", "candidates.0.content.parts", parts)))
    assert opinion.agrees


async def test_tokens_when_a_server_counts_nonsense_then_estimated() -> None:
    for count in (10**15, -5):
        said = Said(body=cut("openai", "usage", {"total_tokens": count}))
        opinion, _ = await asked("openai", partial(_always, said))
        assert 300 < opinion.tokens < 10_000


@each_provider
async def test_check_when_the_server_has_the_model_then_said(provider: Any) -> None:
    async with ModelServer(lambda _: Said(body=b'{"models": [{"name": "m1"}]}')) as server:
        reader = ModelReader(SecondReader(provider=provider, model="m1", url=server.url), jitter=lambda: 0.0)
        assert await reader.check() == f"m1 at {server.url}"
        await reader.close()
        assert [heard.method for heard in server.heard] == ["GET"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Said(body=b'{"models": []}'), "second_config"),
        (Said(401), "second_key"),
        (Said(404), "second_config"),
        (Said(500), "second_failing"),
    ],
)
async def test_check_when_something_is_wrong_then_said_with_a_remedy(said: Said, code: str) -> None:
    async with ModelServer(lambda _: said) as server:
        reader = ModelReader(SecondReader(model="m1", url=server.url), jitter=lambda: 0.0)
        with pytest.raises(Unanswered) as caught:
            await reader.check()
        await reader.close()
    assert caught.value.code == code
    assert caught.value.remedy

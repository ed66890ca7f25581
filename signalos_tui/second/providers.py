"""The three shapes in which model servers are asked: Ollama's own, OpenAI's chat completions, Gemini's generateContent.

Each turns a prompt into a request and a reply into text and a count of tokens; none streams, none offers a tool. Sources: the
Ollama API reference, OpenAI API reference (chat completions, structured outputs), Gemini API reference (generateContent).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from msgspec import Struct

from signalos_tui.link.secret import Secret
from signalos_tui.second.failures import Unanswered
from signalos_tui.second.prompt import Prompt

MOST_TOKENS = 1500
"""Tokens of one answer; what is longer is no answer."""


class Request(NamedTuple):
    """Where to, and what."""

    url: str
    body: bytes


class Answered(NamedTuple):
    """What a model wrote, and the tokens of question and answer; 0 when the server does not say."""

    text: str
    tokens: int


class Provider(NamedTuple):
    """One shape. default_url: where it is when the owner names no other. request: url, model, prompt, and whether the server can
    hold a model to a schema. models: what to ask to see whether it is there.
    """

    default_url: str
    request: Callable[[str, str, Prompt, bool], Request]
    headers: Callable[[Secret], dict[str, str]]
    answer: Callable[[bytes], Answered]
    models: Callable[[str, str], str]


# --- Ollama -------------------------------------------------------------------------------------------------------


class _OllamaMessage(Struct, frozen=True):
    content: str = ""


class _OllamaReply(Struct, frozen=True):
    message: _OllamaMessage
    done: bool = False
    done_reason: str = ""
    prompt_eval_count: int = 0
    eval_count: int = 0


def _ollama_request(url: str, model: str, asked: Prompt, has_schemas: bool) -> Request:
    body = {
        "model": model,
        "stream": False,
        "options": {"temperature": 0, "num_predict": MOST_TOKENS},
        "format": asked.schema if has_schemas else "json",
        "messages": _messages(asked, has_schemas),
    }
    return Request(f"{url}/api/chat", _packed(body))


def _ollama_answer(body: bytes) -> Answered:
    reply = _decoded(body, _OllamaReply)
    if not reply.done or reply.done_reason == "length":
        raise _cut_off()
    return Answered(reply.message.content, reply.prompt_eval_count + reply.eval_count)


# --- OpenAI and everything that speaks like it --------------------------------------------------------------------


class _OpenaiMessage(Struct, frozen=True):
    content: str | None = None
    refusal: str | None = None


class _OpenaiChoice(Struct, frozen=True):
    message: _OpenaiMessage
    finish_reason: str | None = None


class _OpenaiUsage(Struct, frozen=True):
    total_tokens: int = 0


class _OpenaiReply(Struct, frozen=True):
    choices: tuple[_OpenaiChoice, ...]
    usage: _OpenaiUsage | None = None


def _openai_request(url: str, model: str, asked: Prompt, has_schemas: bool) -> Request:
    schema = {"name": "reading", "strict": True, "schema": asked.schema}
    form = {"type": "json_schema", "json_schema": schema} if has_schemas else {"type": "json_object"}
    body = {"model": model, "messages": _messages(asked, has_schemas), "response_format": form}
    return Request(f"{url}/chat/completions", _packed(body))


def _openai_answer(body: bytes) -> Answered:
    reply = _decoded(body, _OpenaiReply)
    if not reply.choices:
        raise _no_text()
    choice = reply.choices[0]
    if choice.finish_reason == "length":
        raise _cut_off()
    if choice.message.refusal or not choice.message.content:
        raise _no_text()
    return Answered(choice.message.content, reply.usage.total_tokens if reply.usage else 0)


# --- Gemini -------------------------------------------------------------------------------------------------------


class _GeminiPart(Struct, frozen=True):
    text: str = ""
    thought: bool = False


class _GeminiContent(Struct, frozen=True):
    parts: tuple[_GeminiPart, ...] = ()


class _GeminiCandidate(Struct, frozen=True, rename="camel"):
    content: _GeminiContent = _GeminiContent()
    finish_reason: str = ""


class _GeminiUsage(Struct, frozen=True, rename="camel"):
    total_token_count: int = 0


class _GeminiReply(Struct, frozen=True, rename="camel"):
    candidates: tuple[_GeminiCandidate, ...] = ()
    usage_metadata: _GeminiUsage = _GeminiUsage()


def _gemini_request(url: str, model: str, asked: Prompt, has_schemas: bool) -> Request:
    form: dict[str, Any] = {"temperature": 0, "responseMimeType": "application/json"}
    if has_schemas:
        form["responseJsonSchema"] = asked.schema
    body = {
        "systemInstruction": {"parts": [{"text": asked.instructions(has_schemas)}]},
        "contents": [{"role": "user", "parts": [{"text": asked.user}]}],
        "generationConfig": form,
    }
    return Request(f"{url}/models/{quote(model, safe='')}:generateContent", _packed(body))


def _gemini_answer(body: bytes) -> Answered:
    reply = _decoded(body, _GeminiReply)
    if not reply.candidates:
        raise _no_text()
    candidate = reply.candidates[0]
    if candidate.finish_reason == "MAX_TOKENS":
        raise _cut_off()
    text = "".join(part.text for part in candidate.content.parts if not part.thought)
    if not text or candidate.finish_reason not in ("", "STOP"):
        raise _no_text()
    return Answered(text, reply.usage_metadata.total_token_count)


# --- what they share ----------------------------------------------------------------------------------------------


def _messages(asked: Prompt, has_schemas: bool) -> list[dict[str, str]]:
    system = asked.instructions(has_schemas)
    return [{"role": "system", "content": system}, {"role": "user", "content": asked.user}]


def _packed(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode("ascii")


def _decoded(body: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    raise Unanswered("second_unusable", "its server answers in a form that is not its own", "Check provider and url")


def _cut_off() -> Unanswered:
    return Unanswered("second_unusable", "its answer was cut off")


def _no_text() -> Unanswered:
    return Unanswered("second_unusable", "it gave no answer")


def _bearer(key: Secret) -> dict[str, str]:
    return {"authorization": f"Bearer {key.reveal()}"} if key else {}


def _goog(key: Secret) -> dict[str, str]:
    return {"x-goog-api-key": key.reveal()} if key else {}


PROVIDERS: dict[str, Provider] = {
    "ollama": Provider(
        "http://localhost:11434", _ollama_request, _bearer, _ollama_answer, lambda url, _: f"{url}/api/tags"
    ),
    "openai": Provider(
        "https://api.openai.com/v1", _openai_request, _bearer, _openai_answer, lambda url, _: f"{url}/models"
    ),
    "gemini": Provider(
        "https://generativelanguage.googleapis.com/v1beta",
        _gemini_request,
        _goog,
        _gemini_answer,
        lambda url, model: f"{url}/models/{quote(model, safe='')}",
    ),
}
"""By the name of `provider` in config.toml."""

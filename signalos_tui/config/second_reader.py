"""[second_reader]: which language model is asked, about what, and how often. Its key never stands in the file."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta

from signalos_tui.config.bounds import Address, Letters
from signalos_tui.config.table import Table

Requests = Annotated[int, Meta(ge=0, le=1_000_000)]
_HERE = ("localhost", "127.0.0.1", "::1")


class SecondReader(Table, frozen=True, forbid_unknown_fields=True):
    """[second_reader]: a language model that is asked about what the rules hold. Its key never stands in the file."""

    enabled: bool = False
    """Off: no model is asked, and nothing of it is loaded."""
    provider: Literal["ollama", "openai", "gemini"] = "ollama"
    """The shape of the server: Ollama, anything that speaks like OpenAI, or Gemini."""
    url: Annotated[str, Address()] = ""
    """Where the server is; empty for the provider's usual place."""
    model: Annotated[str, Letters("._:/@+-")] = ""
    """The model's name, as the server knows it."""
    key_env: Annotated[str, Letters("_")] = ""
    """The environment variable that holds the key; empty for a server that needs none."""
    key_file: str = ""
    """The file that holds the key, instead of `key_env`."""
    timeout_s: Annotated[float, Meta(gt=0, le=120)] = 20.0
    """Seconds for one question, all attempts together."""
    attempts: Annotated[int, Meta(ge=1, le=5)] = 2
    """How often a question is put when the server is busy or fails."""
    requests_per_day: Requests = 200
    """Requests a day, UTC; 0 for no limit."""
    tokens_per_day: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    """Tokens a day, of questions and answers; 0 for no limit."""
    only_when: Literal["held", "held_signals"] = "held"
    """What is asked about: every held message, or held signals alone."""
    trade_on_agreement: bool = False
    """A held call that both readers read alike goes to the rules again, where all that held it was a lesser doubt."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.enabled and not self.model:
            raise ValueError("enabled was true, and model names none")
        if self.key_env and self.key_file:
            raise ValueError("key_file was set, and key_env too: one of them holds the key")
        if self.has_key and self.url.startswith("http:") and urlsplit(self.url).hostname not in _HERE:
            raise ValueError("url was not https, and the key would travel unencrypted")

    @property
    def has_key(self) -> bool:
        """A key is sent along."""
        return bool(self.key_env or self.key_file)

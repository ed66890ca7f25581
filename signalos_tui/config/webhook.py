"""[webhook]: where alerts are posted, and who may. The token never stands in the file."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from msgspec import Meta, Struct

from signalos_tui.config.bounds import Letters, ListenAddress
from signalos_tui.config.table import Table

Seconds = Annotated[float, Meta(ge=1, le=86_400)]


class Network(Struct, frozen=True):
    """An IP address, or a network such as 10.0.0.0/8."""

    def explain(self, value: str) -> str | None:
        """Why `value` is none."""
        try:
            ipaddress.ip_network(value)
        except ValueError:
            return f'was "{value[:40]}", must be an address such as "52.89.214.238" or a network such as "10.0.0.0/8"'
        return None


class HookName(Struct, frozen=True):
    """A name that can be a part of an address and of a file's name."""

    def explain(self, value: str) -> str | None:
        """Why `value` is none."""
        if 0 < len(value) <= 32 and all(c in "abcdefghijklmnopqrstuvwxyz0123456789-_" for c in value):
            return None
        return f'was "{value[:40]}", a name is 1 to 32 small letters, digits, - and _'


class Webhook(Table, frozen=True, forbid_unknown_fields=True):
    """[webhook]: for source.kind = "webhook", or beside any other kind when it is enabled."""

    enabled: bool = False
    """Take alerts beside what [source] reads."""
    listen: Annotated[str, ListenAddress()] = "127.0.0.1:8780"
    """Where it listens, "host:port". Beyond this machine only with a certificate, or behind a proxy that has one."""
    hooks: tuple[Annotated[str, HookName()], ...] = ("alerts",)
    """The names after /hook/ in the address; each is a channel of its own, "hook:NAME"."""
    token_env: Annotated[str, Letters("_")] = ""
    """The environment variable that holds the token; without any of these it is the file hooks/token in the data folder."""
    token_file: str = ""
    """Or the file that holds it."""
    token_keyring: str = ""
    """Or its entry in the system's keyring, "service/user"."""
    allow_from: tuple[Annotated[str, Network()], ...] = ()
    """Only these addresses and networks may post; empty for all that have the token."""
    behind_proxy: bool = False
    """A proxy with TLS stands in front, on whatever machine; then it may listen beyond this one without a certificate."""
    client_header: Annotated[str, Letters("-_", 40)] = ""
    """The header in which the proxy says who asked ("X-Forwarded-For"), for allow_from."""
    certificate: str = ""
    """The certificate for TLS without a proxy."""
    key: str = ""
    """Its key."""
    per_minute: Annotated[int, Meta(ge=1, le=10_000)] = 60
    """More alerts of one hook within a minute are refused."""
    repeat_s: Annotated[float, Meta(ge=0, le=86_400)] = 60.0
    """The same alert without an id within this time is the same one, and not posted again."""
    max_age_s: Seconds = 60.0
    """An alert that says when it was sent is refused when that was longer ago."""

    @property
    def lacks(self) -> tuple[str, str] | None:
        """What is missing or contradicts itself: the key, and why; None when nothing."""
        given = [name for name in ("token_env", "token_file", "token_keyring") if getattr(self, name)]
        if len(given) > 1:
            return given[1], "only one of token_env, token_file and token_keyring says where the token is"
        if not self.hooks or len(set(self.hooks)) < len(self.hooks):
            return "hooks", "hooks names none, or one twice"
        if not self.listen or self.listen.startswith("unix:"):
            return "listen", f'listen was "{self.listen}", must be "host:port" such as "127.0.0.1:8780"'
        if bool(self.certificate) != bool(self.key):
            return "certificate", "certificate and key belong together"
        if not (self.is_local or self.certificate or self.behind_proxy):
            why = f"{self.listen} can be reached from other machines, and the token would travel unencrypted"
            return "listen", f"{why}: listen on 127.0.0.1 behind a proxy, or name a certificate"
        return None

    @property
    def is_local(self) -> bool:
        """It can be reached from this machine alone."""
        host = self.listen.rpartition(":")[0].removeprefix("[").removesuffix("]")
        try:
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

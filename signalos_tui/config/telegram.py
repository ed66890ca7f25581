"""[telegram]: who asks Telegram, where the secrets are, and how often it is asked. No secret stands in the file."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from signalos_tui.config.bounds import Letters
from signalos_tui.config.table import Table

Pause = Annotated[float, Meta(ge=1, le=86_400)]


class Telegram(Table, frozen=True, forbid_unknown_fields=True):
    """[telegram]: for source.kind = "telegram", `signalos login`, `signalos sessions` and `signalos channels`."""

    api_id: Annotated[int, Meta(ge=0, le=(1 << 31) - 1)] = 0
    """The number my.telegram.org gave you."""
    api_hash_env: Annotated[str, Letters("_")] = ""
    """The environment variable that holds the hash it gave you with it, a secret."""
    api_hash_file: str = ""
    """Or the file that holds it."""
    api_hash_keyring: str = ""
    """Or its entry in the system's keyring, "service/user"."""
    logins: tuple[Annotated[str, Letters("-_", 32)], ...] = ()
    """The logins that are read, by name; empty for all of them."""
    passphrase_env: Annotated[str, Letters("_")] = ""
    """The environment variable with the passphrase of the sessions; empty for the keyring, or to be asked where there is none."""
    passphrase_file: str = ""
    """Or the file that holds it."""
    poll_s: Annotated[float, Meta(ge=1, le=15)] = 10.0
    """How often the newest numbers of all channels are asked for."""
    compare_s: Pause = 300.0
    """How often the newest posts of each channel are compared with what was read."""
    heartbeat_s: Annotated[float, Meta(ge=1, le=40)] = 20.0
    """How often it is asked whether Telegram still answers."""
    first_posts: Annotated[int, Meta(ge=0, le=100)] = 100
    """So many old posts of a new channel are read, and none of them is traded."""
    media: Literal["off", "photos"] = "off"
    """Whether the pictures of posts are kept in the data folder."""
    media_max_mb: Annotated[int, Meta(ge=1, le=100)] = 10
    """A larger picture is not kept; of a photo, which has several sizes, the largest below."""
    media_total_mb: Annotated[int, Meta(ge=1, le=1_000_000)] = 500
    """All of them together; the oldest are removed first."""
    media_per_minute: Annotated[int, Meta(ge=1, le=600)] = 20
    """So many are fetched at most."""

    @property
    def lacks(self) -> tuple[str, str] | None:
        """What is needed to ask Telegram: the key, and why; None when nothing."""
        if not self.api_id:
            return "api_id", "api_id is missing: my.telegram.org gives you one"
        if sum(map(bool, (self.api_hash_env, self.api_hash_file, self.api_hash_keyring))) != 1:
            return "api_hash_file", "one of api_hash_env, api_hash_file and api_hash_keyring says where the hash is"
        if self.passphrase_env and self.passphrase_file:
            return "passphrase_file", "passphrase_file was set, and passphrase_env too: one of them holds it"
        return None

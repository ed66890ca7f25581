"""How often Telegram is asked, and how long it may take; seconds unless said otherwise."""

from __future__ import annotations

from msgspec import Struct


class Pace(Struct, frozen=True, kw_only=True):
    """poll_s: the newest numbers of all channels. compare_s: the newest posts of each. first_posts: read of a new channel.

    page_s: between two pages of posts from before.
    """

    poll_s: float = 10.0
    compare_s: float = 300.0
    heartbeat_s: float = 20.0
    answer_s: float = 10.0
    retry_s: float = 1.0
    longest_retry_s: float = 60.0
    page_s: float = 1.0
    first_posts: int = 100

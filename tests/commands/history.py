"""A thousand posts of eight channels and the minutes of their markets, as a user has them: an export and price files.

The demo's own voices wrote them on the synthetic market, so posts and prices belong together; the same seed, the same bytes.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, cast

from signalos_tui.clock import LoopClock, VirtualTimeLoop
from signalos_tui.collect.demo.source import DemoSource
from signalos_tui.execute.feeds.instruments import INSTRUMENTS
from signalos_tui.execute.feeds.synthetic import WATCHABLE_PACE, SyntheticMarket
from signalos_tui.model.ids import ChannelId, MessageKey
from signalos_tui.model.messages import Deletion, Message

BEGINS = round(datetime(2026, 1, 5, 8, tzinfo=UTC).timestamp() * 1000)
AFTERWARDS_MS = 30 * 60_000
"""How long the prices go on after the last post."""
MINUTE = 60_000


class History(NamedTuple):
    """Where the files are, and what they hold. posts: as they stand in the export, by channel."""

    export: Path
    prices: tuple[Path, ...]
    posts: dict[ChannelId, list[Message]]

    @property
    def size(self) -> int:
        """How many posts the export has."""
        return sum(map(len, self.posts.values()))


class _Bars:
    # Minutes of one symbol: [time, open, high, low, close] of the bid.

    def __init__(self) -> None:
        self.rows: list[list[float]] = []

    def take(self, at: int, price: float) -> None:
        begins = at // MINUTE * MINUTE
        if not self.rows or self.rows[-1][0] != begins:
            self.rows.append([begins, price, price, price, price])
            return
        row = self.rows[-1]
        row[2], row[3], row[4] = max(row[2], price), min(row[3], price), price


def written(folder: Path, count: int, seed: int = 11) -> History:
    """Write `count` posts and their prices into a folder."""
    posts, bars = _lived(count, seed)
    by_channel: dict[ChannelId, list[Message]] = defaultdict(list)
    for post in posts.values():
        by_channel[post.channel].append(post)
    prices = []
    for symbol, minutes in bars.items():
        path = folder / f"{symbol}_M1.csv"
        digits = INSTRUMENTS[symbol].digits
        path.write_text("time,open,high,low,close\n" + "".join(_row(row, digits) for row in minutes.rows))
        prices.append(path)
    export = folder / "result.json"
    chats = [_chat(number, channel, by_channel[channel]) for number, channel in enumerate(sorted(by_channel), 1)]
    export.write_text(json.dumps({"about": "an export", "chats": {"list": chats}}, ensure_ascii=False, indent=1))
    return History(export, tuple(prices), dict(by_channel))


def _lived(count: int, seed: int) -> tuple[dict[MessageKey, Message], dict[str, _Bars]]:
    # The market and the channels side by side in simulated time.
    posts: dict[MessageKey, Message] = {}
    bars: dict[str, _Bars] = defaultdict(_Bars)
    market = SyntheticMarket(seed, tick_hz=0.5, pace=WATCHABLE_PACE, weekend=False)

    async def quote(clock: LoopClock, enough: asyncio.Event) -> None:
        last = 1 << 62
        for tick in market.ticks(BEGINS - MINUTE):
            if tick.at > clock.now():
                await asyncio.sleep((tick.at - clock.now()) / 1000)
            if enough.is_set():
                last = min(last, clock.now() + AFTERWARDS_MS)
            if tick.at > last:
                return
            bars[tick.symbol].take(tick.at, tick.bid)

    async def live() -> None:
        clock = LoopClock(asyncio.get_running_loop(), BEGINS)
        enough = asyncio.Event()
        quoting = asyncio.create_task(quote(clock, enough))
        stream = cast("AsyncGenerator[Any, None]", DemoSource(seed, clock, market.price).published({}))
        async with aclosing(stream):
            async for item in stream:
                if isinstance(item, Message):
                    posts[item.key] = item
                elif isinstance(item, Deletion):
                    posts.pop(item.key, None)
                if len(posts) == count:
                    break
        enough.set()
        await quoting

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(live())
    return posts, bars


def _row(row: list[float], digits: int) -> str:
    moment = datetime.fromtimestamp(row[0] / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return f"{moment},{','.join(f'{price:.{digits}f}' for price in row[1:])}\n"


def _chat(number: int, channel: ChannelId, posts: list[Message]) -> dict[str, Any]:
    name = channel.removeprefix("demo:").title()
    return {"name": name, "type": "public_channel", "id": 1000 + number, "messages": [_post(p, name) for p in posts]}


def _post(post: Message, name: str) -> dict[str, Any]:
    written_at = datetime.fromtimestamp(post.posted_at // 1000, UTC).replace(tzinfo=None).isoformat()
    fields: dict[str, Any] = {
        "id": post.id,
        "type": "message",
        "date": written_at,
        "date_unixtime": str(post.posted_at // 1000),
        "from": name,
        "text": post.text,
        "text_entities": [{"type": "plain", "text": post.text}],
    }
    if post.edited_at is not None:
        fields["edited_unixtime"] = str(post.edited_at // 1000)
    if post.reply_to is not None:
        fields["reply_to_message_id"] = post.reply_to
    return fields

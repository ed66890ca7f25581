"""`signalos parse report` and `export-training`: how channels were read, from a journal that an engine may be writing."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from signalos_tui.commands.places import JOURNAL, configuration, data_folder, folder_of, folders
from signalos_tui.config import Config
from signalos_tui.decode import to_json
from signalos_tui.decode.reporting import DAY_MS, Reporting, is_failed
from signalos_tui.errors import SourceUnreadable
from signalos_tui.harmless import one_line
from signalos_tui.journal import history
from signalos_tui.model.lessons import Lesson, PastPost, ReadingReport, Suggestion, Week
from signalos_tui.model.messages import Channel
from signalos_tui.model.signals import Reading, ReadingVerdict

BAR = 24
MOST_REASONS = 8
MOST_WEEKS = 26
"""So many weeks are shown, the newest."""


# --- the report -------------------------------------------------------------------------------------------------------


def report(data: Path | None, *, channel: str, days: int, config: Path | None, account: str = "") -> int:
    """Print how well channels were read. channel: id or title, "" for all. days: 0 for all there is.

    Raises JournalUnusable, SourceUnreadable for a channel that is not there, ConfigInvalid.
    """
    settings = configuration(config)
    since = time.time_ns() // 1_000_000 - days * DAY_MS if days else 0
    within = f" within {days} days" if days else ""
    for name, folder in folders(data_folder(data), account).items():
        if name:
            print(f"account {name}:")
            print()
        _report(folder / JOURNAL, channel, since, within, settings)
    return 0


def _report(path: Path, channel: str, since: int, within: str, settings: Config) -> None:
    reports = [_read_through(path, name, lesson, settings, since) for name, lesson in _chosen(path, channel)]
    shown = [one for one in reports if one.posts or channel]
    for one in shown:
        for line in _told(one):
            print(one_line(line).rstrip())
    if not shown:
        print(f"No posts in {path}{within}: follow a channel, or name another folder with --data")


def _chosen(path: Path, wanted: str) -> list[tuple[Channel, Lesson]]:
    known = sorted(history.lessons(path), key=lambda one: (one[0].title.casefold(), one[0].id))
    found = [one for one in known if wanted in ("", one[0].id) or wanted.casefold() == one[0].title.casefold()]
    if wanted and not found:
        names = ", ".join(one_line(channel.title) for channel, _ in known) or "none"
        raise SourceUnreadable(f"no channel is called {wanted!r}", f"There are: {names}")
    return found


def _read_through(path: Path, channel: Channel, taught: Lesson, config: Config, since: int) -> ReadingReport:
    lesson = config.words(channel.id, channel.title).lesson.merged(taught)
    reporting = Reporting(channel.id, channel.title, lesson, tuple(config.aliases), since)
    for page in history.past(path, channel.id):
        if not all(map(reporting.take, page)):
            break
    return reporting.report()


def _told(one: ReadingReport) -> Iterator[str]:
    yield f"{one.title}  ({one.channel})"
    if not one.posts:
        yield "  no posts in this time"
        yield ""
        return
    counts = f"{one.acted} acted on, {one.held} held, {one.ignored} ignored, {one.failed} missed"
    yield f"  {_count(one.posts, 'post')}: {counts}; {one.corrected} corrected by you"
    yield ""
    for reason, count in one.reasons[:MOST_REASONS]:
        yield f"  {count:>6} held: {reason.text}"
    if one.reasons:
        yield ""
    yield from _weeks(one.weeks[-MOST_WEEKS:])
    yield ""
    if one.suggestions:
        yield "  could be taught, in the console or under [channels.X.reading]:"
        yield from (f"    {_toml(suggestion)}" for suggestion in one.suggestions)
        yield ""


def _weeks(weeks: tuple[Week, ...]) -> Iterator[str]:
    most = max((week.posts for week in weeks), default=0)
    yield f"  {'week of':<10} {'posts':>6} {'acted':>6} {'held':>6} {'ignored':>8} {'missed':>7}"
    for week in weeks:
        day = datetime.fromtimestamp(week.starts_at / 1000, UTC).date().isoformat()
        parts = ((week.acted, "█"), (week.held, "▓"), (week.failed, "▒"), (week.ignored, "░"))
        bar = "".join(mark * -(-count * BAR // most) for count, mark in parts if count)
        figures = f"{week.posts:>6} {week.acted:>6} {week.held:>6} {week.ignored:>8} {week.failed:>7}"
        yield f"  {day:<10} {figures}  {bar}"


def _toml(suggestion: Suggestion) -> str:
    lesson = suggestion.lesson
    named = [("words", entry) for entry in lesson.words] + [("markets", entry) for entry in lesson.markets]
    parts = [f"{table} = {{ {name} = {json.dumps(words, ensure_ascii=False)} }}" for table, (name, words) in named]
    if lesson.default_symbol is not None:
        parts.append(f'default_symbol = "{lesson.default_symbol}"')
    if lesson.ignore:
        parts.append(f"ignore = {json.dumps(lesson.ignore, ensure_ascii=False)}")
    for key in ("decimal_comma", "side_from_levels"):
        value = getattr(lesson, key)
        parts += [f"{key} = {str(value).lower()}"] if value is not None else []
    return f"{', '.join(parts)}  # {suggestion.text}"


# --- the training set -------------------------------------------------------------------------------------------------


def export_training(data: Path | None, out: Path | None, account: str = "") -> int:
    """Write posts that were held, missed or corrected as JSON lines, newest first by channel. out: None for the output.

    Raises JournalUnusable, SourceUnreadable when `out` cannot be written.
    """
    path = folder_of(data_folder(data), account) / JOURNAL
    channels = history.lessons(path)
    count = 0
    with _opened(out) as file:
        for channel, _ in channels:
            for page in history.past(path, channel.id):
                for post in page:
                    why = _why_kept(post)
                    if why:
                        # ASCII: what a terminal would obey stays an escape.
                        file.write(json.dumps(_entry(channel, post, why)) + "\n")
                        count += 1
    if out is not None:
        print(f"{_count(count, 'post')} written to {out}")
    return 0


@contextmanager
def _opened(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    try:
        with out.expanduser().open("w", encoding="utf-8", newline="\n") as file:
            yield file
    except OSError as error:
        raise SourceUnreadable(f"{out} cannot be written: {error.strerror}", "Name another file") from None


def _why_kept(post: PastPost) -> str:
    if post.message.service:
        return ""
    if is_failed(post):
        return "missed"
    if post.corrected is not None:
        return "corrected"
    return "held" if post.reading is not None and post.reading.verdict is ReadingVerdict.HOLD else ""


def _entry(channel: Channel, post: PastPost, why: str) -> dict[str, Any]:
    message = post.message
    return {
        "id": message.key,
        "channel": {"id": channel.id, "title": channel.title},
        "posted_at": datetime.fromtimestamp(message.posted_at / 1000, UTC).isoformat(timespec="seconds"),
        "revision": post.revision,
        "deleted": post.is_deleted,
        "reply_to": message.reply_to,
        "why": why,
        "text": message.text,
        "reading": _reading(message.key, post.reading),
        "correction": _reading(message.key, post.corrected),
    }


def _reading(key: str, reading: Reading | None) -> dict[str, Any] | None:
    return to_json(key, reading) if reading is not None else None


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"

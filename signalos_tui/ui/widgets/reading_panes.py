"""Two tables of how channels are read: one row a channel with its counts, and the posts of one channel with their readings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, tzinfo
from typing import Any, ClassVar

from msgspec import Struct

from signalos_tui.model.desk import ChannelView, DeskState, Post
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.lessons import ReadingReport, Week
from signalos_tui.model.signals import ReadingVerdict
from signalos_tui.ui.messages import ChannelSelected
from signalos_tui.ui.phrases import Said, meant, reading_said
from signalos_tui.ui.text import NOTHING, date, moment, safe, share
from signalos_tui.ui.widgets.cells import Cell, Column, Row, cell
from signalos_tui.ui.widgets.curve import trend
from signalos_tui.ui.widgets.grid import Grid
from signalos_tui.ui.widgets.pane import Pane


class Item(Struct, frozen=True):
    """A channel, and how it is read as far as that is known yet."""

    view: ChannelView
    report: ReadingReport | None = None


class ReportPane(Pane[Item]):
    """One row a channel: what was made of its posts, and how that went week by week."""

    TITLE_TEXT = "How channels are read"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("channel", "channel", 14, weight=3, limit=30),
        Column("posts", "posts", 5, right=True),
        Column("acted", "acted", 5, right=True),
        Column("held", "held", 5, right=True),
        Column("ignored", "ignored", 7, right=True, drop=2),
        Column("failed", "missed", 6, right=True, drop=1),
        Column("corrected", "corrected", 9, right=True),
        Column("taught", "taught", 6, right=True, drop=3),
        Column("ready", "acted %", 7, right=True, drop=4),
        Column("weeks", "by week", 8, weight=1, limit=14, drop=5, right=True),
    )
    EMPTY = "No channels yet\nThey appear once the source is connected"
    SORTS = ("channel", "held", "corrected", "ready")

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self._reports: dict[ChannelId, ReadingReport] = {}

    def give(self, reports: Iterable[ReadingReport]) -> None:
        """Newer reports."""
        self._reports = {report.channel: report for report in reports}
        self.show(self.state, self.now)

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """The channels and their reports."""
        return state.channels, self._reports

    def rows(self, state: DeskState) -> dict[str, Item]:
        """In the order they were followed."""
        return {str(channel): Item(view, self._reports.get(channel)) for channel, view in state.channels.items()}

    def cells(self, row: Item) -> Row:
        """Counts; a dash for what is not counted yet."""
        title, taught = cell(row.view.channel.title), row.view.lesson.entries
        report = row.report
        if report is None:
            return (title, *(cell(NOTHING, "muted") for _ in self.COLUMNS[1:]))
        ready = part_acted(report)
        return (
            title,
            cell(str(report.posts), "muted"),
            _count(report.acted),
            _count(report.held, "held"),
            cell(str(report.ignored), "muted"),
            _count(report.failed, "denied"),
            _count(report.corrected, "accent"),
            _count(taught, "accent"),
            cell(NOTHING if ready is None else share(ready), "muted" if ready is None else ""),
            cell(trend([part_acted(week) for week in report.weeks], self.grid.width_of("weeks")), "accent"),
        )

    def words(self, row: Item) -> str:
        """Title and provider."""
        return f"{row.view.channel.title} {row.view.channel.provider}"

    def rank(self, row: Item, column: str) -> Any:
        """By name, or by what needs a look."""
        if column == "channel" or row.report is None:
            return safe(row.view.channel.title).casefold() if column == "channel" else -1
        if column == "ready":
            return part_acted(row.report) or 0.0
        return row.report.held if column == "held" else row.report.corrected

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """Tell who is selected."""
        event.stop()
        row = self.selected
        self.post_message(ChannelSelected(row.view.channel.id if row else None))


class PostsPane(Pane[Post]):
    """The posts of one channel, newest first, noise as well: what was passed over can only be corrected where it is seen."""

    TITLE_TEXT = "Posts"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("time", "time", 5),
        Column("text", "post", 20, weight=4),
        Column("sign", "", 1),
        Column("reading", "read as", 22, weight=4),
        Column("sure", "sure", 5, right=True, drop=1),
    )
    EMPTY = "No posts in view"
    NEWS = True

    zone: tzinfo = UTC
    channel: ChannelId | None = None

    def of(self, channel: ChannelId | None) -> None:
        """Show the posts of another channel."""
        if channel != self.channel:
            self.channel = channel
            self.show(self.state, self.now)

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """The posts, and whose."""
        return state.posts, self.channel

    def rows(self, state: DeskState) -> dict[str, Post]:
        """Newest first, without what the platform says itself."""
        own = [
            post for post in state.posts.values() if post.message.channel == self.channel and not post.message.service
        ]
        own.sort(key=lambda post: (post.message.posted_at, post.message.id), reverse=True)
        return {str(post.message.key): post for post in own}

    def cells(self, row: Post) -> Row:
        """Its first line, and what was made of it."""
        said = post_said(row)
        sure = row.reading.confidence if row.reading and row.reading.verdict is not ReadingVerdict.IGNORE else None
        return (
            cell(self._when(row.message.posted_at), "muted"),
            cell(
                first_line(row.message.text) or f"[{row.message.media or 'empty'}]", "muted" if row.deleted_at else ""
            ),
            cell(said.sign, said.tone),
            cell(said.text, said.tone),
            cell(NOTHING if sure is None else share(sure), "muted"),
        )

    def words(self, row: Post) -> str:
        """The whole post, and its reading."""
        return f"{row.message.text} {post_said(row).text}"

    def caption(self) -> str:
        """How many were corrected."""
        corrected = sum(1 for post in self._rows.values() if post.corrected)
        return f"{corrected} corrected" if corrected else "e corrects what was read wrongly" if self._rows else ""

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """Nobody follows."""
        event.stop()

    def _when(self, at: int) -> str:
        today = date(at, self.zone) == date(self.now, self.zone)
        return moment(at, self.zone) if today else date(at, self.zone)[5:]


def post_said(post: Post) -> Said:
    """What was made of a post, in a few words: the owner's reading before the reader's."""
    if post.deleted_at is not None:
        return Said("–", "deleted", "muted")
    if post.corrected is not None:
        return Said("✎", f"corrected: {meant(post.corrected)}", "accent")
    if post.reading is None:
        return Said("…", "being read", "muted")
    return reading_said(post.reading)


def first_line(text: str) -> str:
    """The first line with words in it."""
    return next((line for line in text.splitlines() if line.strip()), "")


def part_acted(counted: ReadingReport | Week) -> float | None:
    """The share of what looked like a call or an update that was acted on; None when there was none."""
    calls = counted.acted + counted.held + counted.failed
    return counted.acted / calls if calls else None


def _count(value: int, tone: str = "") -> Cell:
    return cell(str(value), tone if value else "muted")

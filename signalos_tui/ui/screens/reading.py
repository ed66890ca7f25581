"""How well each channel is read: counts, reasons and trend above, and below every post with what was made of it.

The reports come from the journal and cost the engine a look at it, so they are asked for when the screen comes into view and from
then on every few seconds while something happens; the posts are those of the desk and always as new as it is.
"""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from signalos_tui.config import Config
from signalos_tui.errors import SignalOSError
from signalos_tui.model.desk import DeskState, SignalView, UpdateView
from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.model.lessons import ReadingReport, Suggestion
from signalos_tui.ui import asking
from signalos_tui.ui.actions import Selection, counted
from signalos_tui.ui.bindings import bindings
from signalos_tui.ui.messages import ChannelSelected, TraceWanted
from signalos_tui.ui.screens.acting import Acting
from signalos_tui.ui.screens.base import ConsoleScreen
from signalos_tui.ui.text import date, plain, share
from signalos_tui.ui.widgets.curve import bar
from signalos_tui.ui.widgets.pane import Pane
from signalos_tui.ui.widgets.reading_panes import Item, PostsPane, ReportPane, part_acted

EVERY_MS = 5_000
"""So often reports are asked for again while something happens."""
LINES = 8
WEEKS = 5
"""So much is shown of reasons and weeks; less where there is no room to scroll to it."""


class ReadingScreen(Acting, ConsoleScreen):
    """Channels above; the selected one's report and posts below."""

    MODE = "reading"
    CSS_PATH = "reading.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (112, "-normal")]  # noqa: RUF012 (Textual reads it)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("reading", "channel", "view.trace", shown=True)]
    AUTO_FOCUS = "#report Grid"

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.report = ReportPane("report")
        self.posts = PostsPane("posts")
        self.posts.zone = ZoneInfo(config.console.timezone)
        self._past, self._lesson = Static(id="past", markup=False), Static(id="lesson", markup=False)
        self._frame = VerticalScroll(self._past, self._lesson, id="detail", can_focus=False)
        self._state = DeskState()
        self._asked: tuple[int, int] | None = None
        self._told: tuple[Item | None, int, int] | None = None

    def middle(self) -> ComposeResult:
        """The channels, and the selected one."""
        yield self.report
        with Horizontal(id="below"):
            yield self._frame
            yield self.posts

    @property
    def panes(self) -> list[Pane[Any]]:
        """In the order Tab goes through them."""
        return [self.report, self.posts]

    @property
    def selection(self) -> Selection:
        """The channel, and its post where the cursor is among those."""
        row = self.report.selected
        channel = row.view.channel.id if row else None
        post = self.posts.selected if self.focused_pane is self.posts else None
        return Selection(channel=channel, post=post.message.key if post else None)

    def can_act(self, action: str) -> bool:
        """Whether a key would do something with what is selected."""
        if action == "trace":
            return self.subject is not None
        return asking.can(action, self._state, self.selection)

    def show(self, state: DeskState, now: int) -> None:
        """Show the channels and the posts, and ask for newer reports when it is time."""
        self._state = state
        super().show(state, now)
        self._follow()
        if self.is_current and self._is_time(state, now):
            self._asked = (state.seq, now)
            self.run_worker(self._ask(), name="read the reports", group="reports", exclusive=True, exit_on_error=False)

    def _is_time(self, state: DeskState, now: int) -> bool:
        if self._asked is None:
            return True
        seq, at = self._asked
        return state.seq != seq and now - at >= EVERY_MS

    async def _ask(self) -> None:
        try:
            reports = await self.console.control.reading_report()
        except SignalOSError as error:
            self.console.tell(str(error), "error")
            return
        self.report.give(reports)
        self._follow()

    @property
    def _lines(self) -> int:
        # Side by side with the lesson, both parts have to fit under their titles.
        room = (self._frame.size.height - 3) // 2
        return max(1, min(LINES, room)) if self.has_class("-narrow") else LINES

    def on_resize(self) -> None:
        """Another room, other lines."""
        self.call_after_refresh(self._follow)

    def _follow(self) -> None:
        row = self.report.selected
        self.posts.of(row.view.channel.id if row else None)
        self.hints.show()
        now = (row, self._lines, self._past.size.width or 40)
        if now == self._told:
            return  # a new text is a new layout, and this runs with every tick
        self._told = now
        self._frame.border_title = plain(row.view.channel.title, 40) if row else Content("")
        self._past.update(past(row.report, *now[1:]) if row else Content(""))
        self._lesson.update(learnt(row) if row else Content(""))

    def on_channel_selected(self, message: ChannelSelected) -> None:
        """Show another channel."""
        message.stop()
        self._follow()

    @property
    def subject(self) -> SignalId | UpdateId | None:
        """The first signal or update of the selected post."""
        key = self.selection.post
        views: tuple[SignalView | UpdateView, ...] = (*self._state.signals.values(), *self._state.updates.values())
        return next((view.id for view in views if key is not None and view.key == key), None)

    def action_trace(self) -> None:
        """Show why the selected post became what it became."""
        if self.subject is not None:
            self.console.trace(self.subject)
        elif self.selection.post is not None:
            self.console.tell("Nothing in this post asks for anything: e corrects it if that is wrong", "warning")

    def on_trace_wanted(self, message: TraceWanted) -> None:
        """A post was chosen with the mouse."""
        message.stop()
        self.action_trace()

    def go_to(self, pane: Pane[Any]) -> None:
        """Give a pane the focus; in a narrow terminal the posts come into view for that."""
        self.set_class(pane is self.posts, "-show-posts")
        super().go_to(pane)

    def ask_for(self, action: str) -> None:
        """Correct the selected post, teach or pause the selected channel."""
        pane = self.focused_pane
        if pane is not None:
            pane.grid.stay()
        self.console.ask(action, self.selection)


def past(report: ReadingReport | None, lines: int, width: int) -> Content:
    """Why a channel's posts are held, and how that went week by week. lines: at most, of each."""
    if report is None:
        return Content.styled("Looking at the journal ...", "$muted")
    return Content("\n\n").join([_reasons(report, lines, width), _weeks(report, min(lines, WEEKS))])


def learnt(row: Item) -> Content:
    """What a channel was taught, and what it could be."""
    told = [plain(sentence) for sentence in row.view.lesson.sentences]
    parts = [_part("taught", told or [Content.styled("nothing: e corrects a post, l teaches", "$muted")])]
    if row.report and row.report.suggestions:
        parts.append(_part("could be taught with l", [_bullet(one) for one in row.report.suggestions]))
    return Content("\n\n").join(parts)


def _reasons(report: ReadingReport, shown: int, width: int) -> Content:
    if not report.reasons:
        return _part("held because", [Content.styled("nothing was held", "$muted")])
    most = max(count for _, count in report.reasons)
    lines: list[Content] = []
    for reason, count in report.reasons:
        head = Content.assemble(f"{count:>4} ", _bar(count / most, 8, "$held"), " ")
        lines += _hanging(head, plain(reason.text), width)
    return _part("held because", lines[:shown])


def _hanging(head: Content, text: Content, width: int) -> list[Content]:
    # What goes over the line goes on under itself.
    wrapped = text.wrap(max(12, width - head.cell_length)) or [Content()]
    blank = Content(" " * head.cell_length)
    return [Content.assemble(head if place == 0 else blank, line) for place, line in enumerate(wrapped)]


def _weeks(report: ReadingReport, shown: int) -> Content:
    lines = []
    for week in report.weeks[-shown:]:
        ready = part_acted(week)
        day = Content.styled(f"{date(week.starts_at)[5:]} ", "$muted")
        words = Content.styled("no call", "$muted") if ready is None else Content(f"{share(ready):>5}")
        posts = Content.styled(f"  {counted(week.posts, 'post')}", "$muted")
        lines.append(Content.assemble(day, _bar(ready or 0.0, 12, "$accent"), " ", words, posts))
    return _part("acted on, of what looked like a call", lines)


def _bar(part: float, width: int, style: str) -> Content:
    full, rest = bar(part, width)
    return Content.assemble((full, style), (rest, "$faint"))


def _part(title: str, lines: list[Content]) -> Content:
    return Content("\n").join([Content.styled(title, "bold $muted"), *lines])


def _bullet(suggestion: Suggestion) -> Content:
    return Content.assemble(("+ ", "$accent"), plain(suggestion.text))

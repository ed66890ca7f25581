"""Shows hostile text in a real terminal: the child process of the byte audit (test_pty_hostile.py).

python -m tests.ui.hostile pages COUNT     COUNT strings through the building blocks, page after page
python -m tests.ui.hostile raw COUNT       the same past `plain()`, to prove that the audit sees what leaks
python -m tests.ui.hostile desk            the whole console on a desk whose every foreign word is hostile
python -m tests.ui.hostile calm            the same console on an ordinary desk: what Textual itself sends
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from random import Random
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import Static

from signalos_tui.clock import FrozenClock
from signalos_tui.config import Config
from signalos_tui.control import RecordedControl
from signalos_tui.model.desk import DeskState, LogLine
from signalos_tui.model.events import ChannelTaught, Record, Severity
from signalos_tui.model.lessons import Lesson
from signalos_tui.model.orders import CloseReason
from signalos_tui.ui.actions import Fact
from signalos_tui.ui.app import ConsoleApp
from signalos_tui.ui.text import marked, plain, safe
from signalos_tui.ui.themes import DESK
from signalos_tui.ui.widgets.facts import Facts
from signalos_tui.ui.widgets.log_pane import LogPane
from tests.scenarios import clock_of, load
from tests.ui.learnt import CRYPTO, EXAMINED, REHEARSAL, REPORTS
from tests.ui.stage import GOLD, HELD

T = TypeVar("T")

ROWS, COLUMNS = 120, 200
"""The terminal of the pages; the console has an ordinary one."""
PER_PAGE = 4 * 90
"""Strings on a page: four columns of ninety."""
WIDEST = 34
"""Cells of a string that stands whole in every column."""

ATTACKS = (
    "\x1b]52;c;ZXZpbA==\x1b\\", "\x1b]0;owned\x07", "\x1b[6n", "\x1b[31337m", "\x1b[2J", "\x1b[?1049l", "\x1bP+q544e\x1b\\",
    "\x1b_G\x1b\\", "\x1bc", "\x9b31337m", "\x9d0;owned\x9c", "\x90q\x9c", "\x05", "\x07", "\x08\x08", "\x0e", "\x7f",
    "\u202e", "\u2066", "\u200f", "\u061c", "\u2028", "\ud800", "\udfff", "\U000e0041", "\ufe0f", "\u200d", "\ufeff",
    "\u0301\u0301\u0301", "[SL]", "[TP]", "[/b]", "[@click=app.quit]x[/]", "[link=x]", "[bold]", "{}", "%s", "\\[", "[[",
    "]]", "$buy", "[$halted]",
)  # fmt: skip
WORDS = ("BUY", "XAUUSD", "2345.50", "покупка", "شراء", "買い", "TP1", "€", "100%", "🚀", "é", "ﬁ")


def strings(count: int, seed: int = 7) -> Iterator[str]:
    """Hostile strings, each with its number, short enough to stand in a column."""
    random = Random(seed)
    for number in range(count):
        text = ""
        while not text or cell_len(safe(text)) > WIDEST:
            parts = [random.choice(ATTACKS), random.choice(WORDS), random.choice(ATTACKS)]
            random.shuffle(parts)
            text = f"{number}." + "".join(parts)
        yield text


class Pages(App[None]):
    """Page after page in four columns, each drawn another way; some strings are titles and notices too."""

    CSS = "Horizontal { height: 1fr; } Horizontal > * { width: 1fr; border: solid; }"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """As the console has them."""
        return DESK

    def compose(self) -> ComposeResult:
        """Facts, a marked post, plain lines, the log."""
        self.facts, self.post, self.lines, self.log_pane = Facts(label_width=3), Static(), Static(), LogPane("log")
        with Horizontal():
            yield from (self.facts, self.post, self.lines, self.log_pane)

    def page(self, first: int, texts: list[str]) -> None:
        """Show one page the way the console does."""
        columns = [texts[start::4] for start in range(4)]
        self.facts.show([Fact(f"{number}", text) for number, text in enumerate(columns[0])])
        self.post.update(marked("\n".join(columns[1]), [(2, 9, "bold"), (50, 60, "$profit")]))
        self.lines.update(Content("\n").join([plain(text, style="bold") for text in columns[2]]))
        lines = [LogLine(first + place, 0, Severity.WARNING, text) for place, text in enumerate(columns[3], 1)]
        self.log_pane.show(DeskState(seq=first, log=tuple(lines)), 0)
        self.log_pane.border_title = plain(texts[0])

    def leak(self, texts: list[str]) -> None:
        """Show them past `plain()`, as a careless program would."""
        self.lines.update(Content("\n").join([Content(text) for text in texts[:100]]))

    async def turn(self, pilot: Pilot[Any], texts: list[str], careless: bool) -> None:
        """Show everything, then leave."""
        for start in range(0, len(texts), PER_PAGE):
            with self.batch_update():
                if careless:
                    self.leak(texts[start : start + PER_PAGE])
                else:
                    self.page(start, texts[start : start + PER_PAGE])
            await self.painted(pilot)
        if not careless:
            # Notices lie over what they tell about, so they come last
            for first, second in zip(texts[:40:2], texts[1:40:2], strict=True):
                self.notify(safe(first), title=safe(second), markup=False)
            await self.painted(pilot)
        self.exit()

    async def painted(self, pilot: Pilot[Any]) -> None:
        """Wait until what was shown has gone to the terminal, however busy the machine is."""
        for _ in range(2):
            await pilot.pause()
            done = asyncio.Event()
            self.call_after_refresh(done.set)
            await done.wait()


FOREIGN = frozenset(
    {
        "title",
        "provider",
        "text",
        "detail",
        "reason",
        "remedy",
        "seen",
        "limit",
        "error",
        "symbol",
        "by",
        "notes",
        "name",
        "words",
        "ignore",
        "remarks",
    }
)
"""Fields of records that a stranger, a broker or a fault can fill."""


OURS = frozenset(reason.value for reason in CloseReason)
"""Words of ours that stand in such a field."""


def poisoned(record: Record) -> Record:
    """The record with hostile words in every foreign field; the same word always becomes the same."""
    return spoilt(record, record.seq)


def spoilt(value: T, number: int) -> T:
    """Any value with hostile words in every foreign field. number: which words they are."""
    seed = Random(number)

    def walk(value: Any, field: str = "") -> Any:
        if isinstance(value, dict):
            return {key: walk(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner, field) for inner in value]
        if isinstance(value, str) and field == "symbol":
            return f"{value}\x1b[31337m[SL]\u202e"
        if isinstance(value, str) and field in FOREIGN and value not in OURS:
            # Surrogates cannot travel in JSON; the pages have them
            attack = seed.choice(ATTACKS).encode("utf-8", "replace").decode()
            return f"{value}{attack}[SL]\x1b]52;c;ZXZpbA==\x07"
        return value

    return msgspec.convert(walk(msgspec.to_builtins(value)), type(value), strict=False)


def console(records: list[Record], *, hostile: bool) -> ConsoleApp:
    """The console on these records, with answers as foreign as they are."""
    clock: FrozenClock = clock_of(records)
    lesson = Lesson(ignore=("join us",), words=(("target", ("moon",)),))
    taught = Record(records[-1].seq + 1, records[-1].at, ChannelTaught(CRYPTO, lesson, "console"))
    rehearsal = replace(REHEARSAL, remarks=('"moon" meant nothing so far',))
    if hostile:
        taught, rehearsal = spoilt(taught, 1), spoilt(rehearsal, 2)
    control = RecordedControl(
        [*records, taught],
        examined=spoilt(EXAMINED, 3) if hostile else EXAMINED,
        rehearsal=rehearsal,
        reports=[spoilt(report, 4) if hostile else report for report in REPORTS],
    )
    return ConsoleApp(control, Config(), clock=clock)


async def walk_through(pilot: Pilot[Any]) -> None:
    """Every screen and dialog once."""
    app = pilot.app
    assert isinstance(app, ConsoleApp)
    await pilot.pause()
    for keys in (
        ("2",),
        ("3",),
        ("4",),
        ("5", "down", "down", "tab", "down"),
        ("e", "escape", "question_mark", "escape", "l"),
        ("space", "tab", "down", "escape"),
        ("1",),
        ("question_mark", "escape"),
        ("exclamation_mark", "escape"),
        ("slash", "b", "u", "y", "enter"),
    ):
        await pilot.press(*keys)
        await pilot.pause()
    for subject in (GOLD, HELD):
        app.trace(subject)
        await pilot.pause()
        await pilot.press("c" if subject == GOLD else "a")
        await pilot.pause()
        await pilot.press(
            "escape", "e", "down", "right", "escape", "m", "escape", "t", "escape", "o", "escape", "escape"
        )
    for record in load("desk")[-40:]:
        if record.seq:
            app.tell(str(poisoned(record).event), "error")
    await pilot.press("ctrl+p", "g", "o", "l", "d")
    await pilot.pause(0.3)
    app.exit()


def main() -> None:
    """Do what the first argument says."""
    what, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
    if what in ("pages", "raw"):
        pages, texts = Pages(), list(strings(count))
        if what == "raw":
            texts = [text.encode("utf-8", "replace").decode() for text in texts]
        pages.run(auto_pilot=lambda pilot: pages.turn(pilot, texts, careless=what == "raw"))
    else:
        records = load("desk")
        hostile = what == "desk"
        shown = [poisoned(record) for record in records] if hostile else records
        console(shown, hostile=hostile).run(auto_pilot=walk_through)


if __name__ == "__main__":
    main()

"""The question which instrument is meant: marked by a key, answered by a yes, changed later, harmless whatever a broker says."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion

from signalos_tui.config import Config, Console
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.commands import Command
from signalos_tui.model.desk import DeskState
from signalos_tui.model.market import Quote
from signalos_tui.model.symbols import Candidate, Match, Verdict
from signalos_tui.ui.actions import Refusal, Selection
from signalos_tui.ui.asking import can
from signalos_tui.ui.naming import asked
from signalos_tui.ui.notices import notice_of
from signalos_tui.ui.screens.symbol import SymbolScreen, figures
from tests.ui import golds
from tests.ui.console import Desk, console
from tests.ui.golds import GOLDS, MATCHES, WAITING
from tests.ui.stage import GOLD
from tests.ui.test_snapshots import SIZES, Scene, changed

ASKED = Selection(subject=WAITING)


def bare(command: Command) -> Command:
    """A command without its key and time."""
    return replace(command, key="", issued_at=0)


def choice(name: str | None) -> c.ChooseSymbol:
    """What is sent."""
    return c.ChooseSymbol(key="", issued_at=0, market="XAUUSD", name=name)


async def opened(desk: Desk, selection: Selection = ASKED, action: str = "symbol") -> SymbolScreen:
    """The dialog in front."""
    desk.app.ask(action, selection)
    await desk.settle()
    front = desk.front()
    assert isinstance(front, SymbolScreen)
    return front


async def test_dialog_when_opened_then_every_candidate_is_there_with_what_decides() -> None:
    async with console(records=golds.desk()) as desk:
        dialog = await opened(desk)
        text = desk.text()
        for piece in ("GOLD.pro", "XAUUSD.r", "GOLDmicro", "100 a lot", "1 a lot", "2 digits", "spread 0.09"):
            assert piece in text
        for piece in ("Gold vs US Dollar", "1 a lot, 100 is usual", "closed for new positions", "Gold VIP #2090"):
            assert piece in text
        assert dialog.yes.disabled
        assert [one.name for one in dialog.choices] == ["GOLD.pro", "XAUUSD.r", "GOLDmicro"]


def test_spread_when_it_is_quoted_now_then_that_one_is_told() -> None:
    listed = GOLDS[1].listed
    quote = Quote(listed.name, Decimal("4150.10"), Decimal("4150.30"), 0)
    unseen = replace(GOLDS[1], listed=replace(listed, spread=None))
    assert figures(unseen, DeskState(quotes={listed.name: quote})).endswith("spread 0.20")
    assert figures(GOLDS[1], DeskState(quotes={listed.name: quote})).endswith("spread 0.20")
    assert figures(GOLDS[1], DeskState()).endswith("spread 0.09")
    assert figures(unseen, DeskState()).endswith("spread not known")


@pytest.mark.parametrize(
    ("pressed", "name"), [("2y", "XAUUSD.r"), ("13y", "GOLDmicro"), ("xy", None), ("x1y", "GOLD.pro")]
)
async def test_choice_when_marked_and_said_yes_to_then_one_command(pressed: str, name: str | None) -> None:
    async with console(records=golds.desk()) as desk:
        await opened(desk)
        await desk.press(*pressed)
        assert [bare(command) for command in desk.submitted] == [choice(name)]


@pytest.mark.parametrize("pressed", [["y"], ["2"], ["2", "escape"], ["2", "n"], ["9", "y"], ["4", "y"], ["enter"]])
async def test_choice_when_not_said_yes_to_then_nothing_is_sent(pressed: list[str]) -> None:
    """A figure alone is no answer; nor is the number of one that cannot be traded."""
    async with console(records=golds.desk()) as desk:
        await opened(desk)
        await desk.press(*pressed)
        assert desk.submitted == []


async def test_dialog_when_marked_then_it_says_what_follows() -> None:
    async with console(records=golds.desk()) as desk:
        await opened(desk)
        await desk.press("2")
        assert "1 held signal goes through every rule again" in desk.text()
        await desk.press("x")
        assert "denied from now on, also what waits" in desk.text()


async def test_dialog_when_the_marked_one_is_gone_meanwhile_then_it_is_marked_no_longer() -> None:
    async with console(records=golds.desk()) as desk:
        dialog = await opened(desk)
        await desk.press("2")
        assert "1 held signal goes" in desk.text()
        await desk.happen(e.SymbolsMatched((replace(MATCHES[0], candidates=GOLDS[:1]),)))
        assert dialog.yes.disabled
        await desk.press("y")
        assert desk.submitted == []


async def test_approve_when_only_the_name_is_missing_then_it_asks_for_the_name() -> None:
    """An approval cannot say which instrument is meant, so the key leads to the question that can."""
    async with console(records=golds.desk()) as desk:
        await opened(desk, action="approve")
        await desk.press("2", "y")
        assert [bare(command) for command in desk.submitted] == [choice("XAUUSD.r")]


async def test_answer_when_given_before_then_it_is_shown_and_can_be_changed() -> None:
    async with console(records=golds.desk(golds.chosen("GOLD.pro"))) as desk:
        await opened(desk, Selection(symbol="XAUUSD"))
        assert "now" in desk.text()
        await desk.press("x", "y")
        assert [bare(command) for command in desk.submitted] == [choice(None)]


async def test_lapsed_answer_when_asked_again_then_it_says_why() -> None:
    lapsed = e.ChoiceLapsed("XAUUSD", "GOLD.pro", "a lot was 100 when you chose it, it is 10 now")
    notice = notice_of(lapsed, golds.folded())
    assert notice is not None
    assert notice.rings
    assert "Choose again" in notice.text
    async with console(records=golds.desk(golds.chosen("GOLD.pro"), lapsed)) as desk:
        await opened(desk)
        assert "a lot was 100 when you chose it" in desk.text()


def test_key_when_there_is_nothing_to_choose_then_it_says_so() -> None:
    state = golds.folded()
    assert isinstance(asked(state, Selection()), Refusal)
    assert isinstance(asked(state, Selection(symbol="LTCUSD")), Refusal)
    assert isinstance(asked(state, Selection(symbol="NOSUCH")), Refusal)
    assert not can("symbol", state, Selection())
    assert can("symbol", state, ASKED)
    assert can("symbol", state, Selection(trade=GOLD)), "also of what is traded already, by any name"
    assert can("symbol", state, Selection(post=golds.message(golds.AT).key))


async def test_rules_screen_when_instruments_are_listed_then_open_ones_first_and_the_key_asks() -> None:
    async with console(records=golds.desk()) as desk:
        await desk.press("4", "tab")
        text = desk.text()
        assert text.index("XAUUSD") < text.index("EURUSD") < text.index("LTCUSD")
        assert "1 to choose" in text
        assert "EURUSD.r" in text
        await desk.press("i")
        assert isinstance(desk.front(), SymbolScreen)
        await desk.press("1", "y")
        assert [bare(command) for command in desk.submitted] == [choice("GOLD.pro")]


async def test_rules_screen_when_the_configuration_names_it_then_that_is_what_stands_there() -> None:
    config = replace(Config(), aliases={"xauusd": "XAUUSD.r"})
    async with console(records=golds.desk(golds.chosen("GOLD.pro")), config=config) as desk:
        await desk.press("4", "tab")
        row = next(line for line in desk.text().splitlines() if "XAUUSD " in line and "config.toml" in line)
        assert "XAUUSD.r" in row


HOSTILE = "[@click=app.quit]\x1b[2J\x9b31m\u202e\ud800[/b]$halted" + "A" * 500


async def test_dialog_when_the_broker_writes_attacks_then_they_are_only_letters() -> None:
    """Names of that kind never become candidates; descriptions and paths do."""
    listed = replace(GOLDS[0].listed, name=HOSTILE, description=HOSTILE, path=HOSTILE)
    match = Match("XAUUSD", Verdict.ASK, "", (Candidate(listed, HOSTILE), GOLDS[1]))
    async with console(records=golds.desk(matches=(match,)), size=(80, 24)) as desk:
        await opened(desk)
        text = desk.text()
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "[@click=app.quit]␛[2J" in text
        await desk.press("1", "escape", "4", "tab")
        assert "\x1b" not in desk.text()


# --- pictures -----------------------------------------------------------------------------------------------------


def asked_with(*pressed: str) -> Scene:
    """The dialog after some keys."""

    async def scene(desk: Desk) -> None:
        await opened(desk)
        await desk.press(*pressed)

    return scene


SCENES: dict[str, Scene] = {"symbol": asked_with(), "symbol-marked": asked_with("2")}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["signalos-dark", "signalos-light"])
async def test_pictures(snapshot: SnapshotAssertion, tmp_path: Path, theme: str, size: str) -> None:
    config = Config(console=Console(theme=theme))
    async with console(records=golds.desk(), config=config, size=SIZES[size]) as desk:
        assert await changed(desk, SCENES, snapshot, tmp_path) == []

"""`signalos symbols`: what names of signals mean at an account's broker, and the answer to what is open, without the console.

The list is read from the journal, which an engine may be writing: it holds what was matched when the terminal was last looked at,
and what the owner chose. An answer is written into the journal, so no engine may have it open; the next start compares what was
chosen with what the terminal says then.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap

from signalos_tui.clock import WallClock
from signalos_tui.commands.places import JOURNAL, configuration, data_folder, folder_of
from signalos_tui.commands.terminals import paper_settings
from signalos_tui.config import Config
from signalos_tui.engine.desk import Desk
from signalos_tui.engine.symbols import answer_of
from signalos_tui.errors import SourceUnreadable
from signalos_tui.evaluate.symbols import WELL_KNOWN, Directory, renamed
from signalos_tui.execute.listing import listing
from signalos_tui.execute.paper import PaperTerminal
from signalos_tui.harmless import one_line
from signalos_tui.journal import Journal, queries
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Event, SymbolChosen
from signalos_tui.model.symbols import Candidate, SymbolView, market
from signalos_tui.narrate import number
from signalos_tui.state import fold_all

KINDS = ("engine-started", "account-recorded", "symbols-matched", "symbol-chosen", "choice-lapsed")
"""What the journal knows about names, and in what money their ticks are counted."""
WIDTH = 90
BY = "signalos symbols"


def symbols(
    data: Path | None,
    *,
    config: Path | None,
    choose: Mapping[str, str] = {},
    never: Sequence[str] = (),
    account: str = "",
) -> int:
    """Answer what is given, else print what names mean. choose: the broker's exact name by market.

    Raises ConfigInvalid, JournalUnusable (an engine has it open), SourceUnreadable: no such candidate, no such account.
    """
    settings = configuration(config)
    folder = folder_of(data_folder(data), account)
    if choose or never:
        answers: dict[str, str | None] = {market(name): chosen for name, chosen in choose.items()}
        _answer(folder, settings, answers | {market(name): None for name in never})
        return 0
    for line in _told(_known(folder, settings), settings):
        print(one_line(line).rstrip())
    return 0


# --- answers ----------------------------------------------------------------------------------------------------------


def _answer(folder: Path, config: Config, answers: Mapping[str, str | None]) -> None:
    path = folder / JOURNAL
    if not path.exists():
        raise SourceUnreadable(
            f"there is no journal at {path}", "Start the engine once: names are matched when the terminal is connected"
        )
    journal = Journal.open(path, threaded=False, holder=BY)
    try:
        desk = Desk(journal, WallClock())
        desk.load()
        events = [_chosen(desk.state, config, name, chosen) for name, chosen in answers.items()]
        asyncio.run(desk.record(*events))
    finally:
        journal.close()
    for name, chosen in answers.items():
        print(one_line(f"{name} is {chosen or 'never traded'} on {desk.state.account_name}"))


def _chosen(state: DeskState, config: Config, name: str, chosen: str | None) -> Event:
    if renamed(name, config.aliases) is not None:
        raise SourceUnreadable(f"the configuration says under [aliases] what {name} is", "Change it there")
    view = state.symbols.get(name)
    if view is None:
        raise SourceUnreadable(f"{name} was not matched on this account", "See what was: signalos symbols")
    choice = answer_of(view.match, chosen)
    if isinstance(choice, str):
        raise SourceUnreadable(choice, "See what there is: signalos symbols")
    return SymbolChosen(name, choice, BY)


# --- the list ---------------------------------------------------------------------------------------------------------


def _known(folder: Path, config: Config) -> DeskState:
    # What was matched when a terminal was last looked at; before the first time, the paper terminal of the configuration.
    path = folder / JOURNAL
    state = fold_all(queries.of_kinds(path, KINDS)) if path.exists() else DeskState()
    if state.symbols:
        return state
    if config.terminal.kind != "paper":
        raise SourceUnreadable(
            "nothing is matched yet", "Start signalos run once: names are matched when the terminal is connected"
        )
    terminal = PaperTerminal(None, WallClock(), paper_settings(config))
    listed = asyncio.run(terminal.symbols_get())
    directory = Directory(listing(listed or ()))
    matches = (directory.match(wanted) for wanted in WELL_KNOWN)
    return DeskState(
        account_name="the paper terminal",
        currency=config.paper.currency,
        symbols={one.market: SymbolView(one) for one in matches},
    )


def _told(state: DeskState, config: Config) -> Iterator[str]:
    by_origin: dict[str, list[SymbolView]] = {}
    for _, view in sorted(state.symbols.items()):
        by_origin.setdefault(_origin(view, config), []).append(view)
    yield f"what names mean on {state.account_name}"
    for view in by_origin.get("choose", ()):
        yield ""
        yield f"{'choose':<12} {view.match.market:<10} {view.lapsed}"
        yield from (f"{'':<12} {'':<10} {_candidate(one, state.currency)}" for one in view.match.candidates)
    for origin in ("never", "you", "config.toml", "certain"):
        if origin in by_origin:
            yield ""
        for view in by_origin.get(origin, ()):
            yield f"{origin:<12} {view.match.market:<10} {_meaning(view, config, state.currency)}"
    if missing := by_origin.get("missing"):
        yield ""
        for place, line in enumerate(wrap(", ".join(view.match.market for view in missing), WIDTH)):
            yield f"{'' if place else 'missing':<12} {line}"
    counts = Counter({origin: len(views) for origin, views in by_origin.items()})
    yield ""
    yield ", ".join(f"{count} {origin}" for origin, count in counts.most_common())
    if view_ := next(iter(by_origin.get("choose", ())), None):
        yield f"Answer in the console, or while no engine runs: signalos symbols --choose {view_.match.market}=NAME"


def _origin(view: SymbolView, config: Config) -> str:
    if renamed(view.match.market, config.aliases) is not None:
        return "config.toml"
    if view.choice is not None:
        return "you" if view.choice.name else "never"
    if view.is_open:
        return "choose"
    return "certain" if view.name else "missing"


def _meaning(view: SymbolView, config: Config, currency: str) -> str:
    meant = renamed(view.match.market, config.aliases) or view.name
    found = view.match.candidate(meant)
    return _candidate(found, currency) if found is not None else meant or "not traded"


def _candidate(one: Candidate, currency: str) -> str:
    listed = one.listed
    figures = [f"{number(listed.contract_size)} a lot" if listed.contract_size is not None else "lot not told"]
    figures += [f"{listed.digits} digit{'s' * (listed.digits != 1)}"] if listed.digits is not None else []
    if listed.tick_size and listed.tick_value:
        figures.append(f"tick {number(listed.tick_size)} = {number(listed.tick_value)} {currency}".rstrip())
    words = "  ".join(part for part in (one.note, listed.description) if part)
    return f"{one.name:<16} {', '.join(figures):<50} {words}"

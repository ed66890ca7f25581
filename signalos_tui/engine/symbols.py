"""What names of signals mean at this account's broker: matched at the start, watched since, and answered from what is known.

The broker's list is outside of us: it grows, loses names and gives an old name another size. So it is looked at again every so
often and at each decision, what has changed is written down, and a choice of the owner that does not hold any more is taken back
aloud before anything is traded on it.
"""

from __future__ import annotations

import asyncio

from signalos_tui.config import Config
from signalos_tui.engine.desk import Desk
from signalos_tui.engine.venue import Venue
from signalos_tui.evaluate.symbols import WELL_KNOWN, Resolution, means, renamed
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import ChoiceLapsed, Event, SymbolsMatched
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.symbols import Choice, Match, SymbolView, Verdict, market

RELIST_S = 600.0
"""The broker's whole list is asked for this often; what a signal needs is looked at when it needs it."""
LOOKS = 3
AT_A_TIME = 8
"""Markets that are matched before others get their turn."""


class Symbols:
    """Names of one account."""

    def __init__(self, desk: Desk, venue: Venue, config: Config) -> None:
        self._desk = desk
        self._venue = venue
        self._config = config

    def resolve(self, wanted: str | None, state: DeskState) -> Resolution:
        """What a name means here. state: the desk with the owner's choices."""
        view = state.symbol(wanted) or SymbolView(Match("", Verdict.MISSING))
        return self._venue.directory.resolve(wanted, self._config.aliases, view.choice, view.lapsed)

    async def found(self, wanted: str | None, state: DeskState) -> tuple[Resolution, SymbolSpec | None, Quote | None]:
        """What a name means, with the instrument as the terminal describes it now: sizes and digits are never older than this."""
        spec = quote = None
        for _ in range(LOOKS):
            resolution = self.resolve(wanted, state)
            if resolution.is_question and wanted:
                await self._venue.look_at([one.name for one in self.match(wanted).candidates])
            if resolution.name is not None:
                spec, quote = await self._venue.instrument(resolution.name)
            if self.resolve(wanted, state) == resolution:
                return (resolution, spec, quote) if resolution.name is not None else (resolution, None, None)
        # Its description changes with every look: nothing is certain about it.
        return Resolution(None, "none", False), None, None

    def news(self, wanted: str | None, resolution: Resolution, state: DeskState) -> list[Event]:
        """What is to be written down when a signal asks for a name: a question that is new, a choice that holds no longer."""
        if not wanted or not resolution.is_question:
            return []
        # With what the candidates cost now, which is what he decides by.
        return self._changes([wanted], state, is_asked=True)

    def match(self, wanted: str) -> Match:
        """What a market is here, with everything it may be."""
        return self._venue.directory.match(wanted)

    def chosen(self, state: DeskState) -> dict[str, str]:
        """What the owner chose, where the name alone would not tell: for updates that speak of such a trade."""
        named = {key: view.choice.name for key, view in state.symbols.items() if view.choice is not None}
        return {key: name for key, name in named.items() if name and not means(key, name)}

    def is_renamed(self, wanted: str) -> bool:
        """config.toml says what it means, so no choice counts."""
        return renamed(wanted, self._config.aliases) is not None

    # --- the whole list -------------------------------------------------------------------------------------------

    async def matched(self) -> list[Event]:
        """Match the well-known markets, and all that were asked about before, with the list as it is. What is new."""
        state = self._desk.state
        wanted = list(dict.fromkeys((*map(market, WELL_KNOWN), *state.symbols)))
        events: list[Event] = []
        matches: list[Match] = []
        for start in range(0, len(wanted), AT_A_TIME):
            for event in self._changes(wanted[start : start + AT_A_TIME], state):
                if isinstance(event, SymbolsMatched):
                    matches += event.matches
                else:
                    events.append(event)
            await asyncio.sleep(0)
        return [*([SymbolsMatched(tuple(matches))] if matches else []), *events]

    async def run(self) -> None:
        """Look at the broker's list again and again, until cancelled."""
        while True:
            await asyncio.sleep(RELIST_S)
            if await self._venue.relist():
                async with self._desk.lock:
                    await self._desk.record(*await self.matched())

    def _changes(self, wanted: list[str], state: DeskState, *, is_asked: bool = False) -> list[Event]:
        matches: list[Match] = []
        lapses: list[Event] = []
        for name in wanted:
            match = self.match(name)
            view = state.symbols.get(match.market)
            is_known = view is not None and (
                view.match == match or (not is_asked and view.match.lasting == match.lasting)
            )
            if not is_known:
                matches.append(match)
            why = self._venue.directory.lapse(name, view.choice) if view is not None and view.choice is not None else ""
            if view is not None and view.choice is not None and why:
                lapses.append(ChoiceLapsed(match.market, view.choice.name or "", why))
        return [*([SymbolsMatched(tuple(matches))] if matches else []), *lapses]


def answer_of(match: Match, name: str | None) -> Choice | str:
    """The choice that a name makes of a match, or why it makes none. name: exactly the broker's; None for never."""
    if name is None:
        return Choice(None)
    found = match.candidate(name)
    if found is None:
        known = ", ".join(one.name for one in match.candidates) or "nothing at this broker"
        return f"{match.market} may be {known}, not {name}. For any other name write it under [aliases]"
    if found.listed.mode != "full":
        return f"{name} cannot be traded both ways ({found.note}): choose another"
    return Choice.of(found.listed)

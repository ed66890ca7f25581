"""What events mean for the names of instruments: what was matched, what the owner chose, and when that ended."""

from __future__ import annotations

from msgspec.structs import replace

from signalos_tui.model import events as e
from signalos_tui.model.desk import DeskState
from signalos_tui.model.symbols import Match, SymbolView, Verdict
from signalos_tui.state.steps import having, on


@on(e.SymbolsMatched)
def _matched(state: DeskState, at: int, event: e.SymbolsMatched) -> DeskState:
    symbols = dict(state.symbols)
    for match in event.matches:
        known = symbols.get(match.market)
        symbols[match.market] = replace(known, match=match) if known else SymbolView(match)
    return replace(state, symbols=symbols)


@on(e.SymbolChosen)
def _chosen(state: DeskState, at: int, event: e.SymbolChosen) -> DeskState:
    view = replace(_view(state, event.market), choice=event.choice, lapsed="")
    return replace(state, symbols=having(state.symbols, event.market, view))


@on(e.ChoiceLapsed)
def _lapsed(state: DeskState, at: int, event: e.ChoiceLapsed) -> DeskState:
    view = replace(_view(state, event.market), choice=None, lapsed=f"{event.name}: {event.text}")
    return replace(state, symbols=having(state.symbols, event.market, view))


def _view(state: DeskState, market: str) -> SymbolView:
    return state.symbols.get(market) or SymbolView(Match(market, Verdict.MISSING))

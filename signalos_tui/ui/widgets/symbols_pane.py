"""What names of signals mean at this account's broker: certain, chosen, still open, or not there; open questions come first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from signalos_tui.model.desk import DeskState
from signalos_tui.model.symbols import Listed, SymbolView, Verdict, folded
from signalos_tui.narrate import number
from signalos_tui.ui.text import price
from signalos_tui.ui.widgets.cells import Column, Row, cell
from signalos_tui.ui.widgets.pane import Pane

_ORDER = {"choose": 0, "never": 1, "you": 2, "config.toml": 3, "certain": 4, "missing": 5}
_TONES = {"choose": "held", "never": "denied", "you": "accent", "config.toml": "accent", "missing": "muted"}


class SymbolsPane(Pane[SymbolView]):
    """One row a market. aliases: what config.toml says, which stands above everything."""

    TITLE_TEXT = "Instruments"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("symbol", "signals say", 11),
        Column("name", "traded as", 12, weight=2, limit=24),
        Column("origin", "by", 11),
        Column("lot", "a lot", 8, drop=1, right=True),
        Column("digits", "digits", 6, drop=2, right=True),
        Column("tick", "tick", 8, drop=3, right=True),
        Column("value", "tick value", 10, drop=3, right=True),
        Column("meaning", "the broker calls it", 14, weight=6, drop=2),
    )
    EMPTY = "Nothing is matched yet: that happens when the terminal is first connected"
    SORTS = ("symbol", "origin")

    def __init__(self, place: str, aliases: Mapping[str, str]) -> None:
        super().__init__(place)
        self._aliases = {folded(name): meant for name, meant in aliases.items()}

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """Only what was matched and chosen."""
        return (state.symbols,)

    def rows(self, state: DeskState) -> dict[str, SymbolView]:
        """Open questions first, what is not there last."""
        found = sorted(state.symbols.items(), key=lambda one: (_ORDER[self.origin(one[1])], one[0]))
        return dict(found)

    def origin(self, view: SymbolView) -> str:
        """Who says what it is."""
        if view.match.market in self._aliases:
            return "config.toml"
        if view.choice is not None:
            return "you" if view.choice.name else "never"
        if view.is_open:
            return "choose"
        return "certain" if view.match.verdict is Verdict.CERTAIN else "missing"

    def cells(self, view: SymbolView) -> Row:
        """A market with the sizes the terminal tells."""
        origin = self.origin(view)
        name = self._aliases.get(view.match.market) or view.name
        listed = _listed(view, name)
        words = listed.description if listed else "; ".join(one.name for one in view.match.candidates)
        return (
            cell(view.match.market, "symbol" if name else ""),
            cell(name or "–", "strong" if origin != "certain" and name else ""),
            cell(origin, _TONES.get(origin, "muted")),
            cell(number(listed.contract_size) if listed and listed.contract_size is not None else "–"),
            cell(str(listed.digits) if listed and listed.digits is not None else "–"),
            cell(price(listed.tick_size) if listed and listed.tick_size else "–"),
            cell(price(listed.tick_value) if listed and listed.tick_value else "–"),
            cell(words, "muted"),
        )

    def words(self, view: SymbolView) -> str:
        """All of it, the candidates as well."""
        names = " ".join(f"{one.name} {one.listed.description}" for one in view.match.candidates)
        return f"{view.match.market} {view.name} {self.origin(view)} {names}"

    def rank(self, view: SymbolView, column: str) -> Any:
        """By name, or by who says so."""
        return _ORDER[self.origin(view)] if column == "origin" else view.match.market

    def caption(self) -> str:
        """How many questions are open."""
        count = sum(self.origin(view) == "choose" for view in self.state.symbols.values())
        return f"{count} to choose: i" if count else "i changes one"


def _listed(view: SymbolView, name: str) -> Listed | None:
    found = view.match.candidate(name)
    return found.listed if found is not None else None

"""The two lines above everything: which account, may we trade, what is at risk, do we see and can we act.

Parts are dropped by their importance when the terminal is narrow, never cut in the middle; what halts trading is never dropped.
Figures have the room of longer ones, so that a minus sign that comes and goes takes no part with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from textual.content import Content
from textual.widget import Widget

from signalos_tui.config import Config
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import DeskState
from signalos_tui.model.messages import Health
from signalos_tui.ui.text import moment, money, percent, plain
from signalos_tui.ui.widgets.curve import bar

BAR = 10
_TRADING = {TradingState.ACTIVE: "$active", TradingState.REDUCING: "$reducing", TradingState.HALTED: "$halted"}


class Part(NamedTuple):
    """A piece of a line. rank: the higher, the sooner it goes; 0 stays."""

    content: Content
    rank: int = 0


class AccountStrip(Widget):
    """The account in two lines. modes: (key, name, title) of the screens, shown as tabs."""

    DEFAULT_CSS = "AccountStrip { height: 2; padding: 0 1; }"

    def __init__(self, config: Config, modes: Sequence[tuple[str, str, str]] = (), mode: str = "") -> None:
        super().__init__(id="strip")
        self._config = config
        self._modes = modes
        self._mode = mode
        self.state = DeskState()
        self.now = 0
        self._shown: Content | None = None

    def show(self, state: DeskState, now: int) -> None:
        """Show the account as it is."""
        self.state, self.now = state, now
        content = self.composed(self.content_size.width)
        if content != self._shown:
            self._shown = content
            self.refresh()

    def render(self) -> Content:
        """Both lines."""
        return self.composed(self.content_size.width)

    def composed(self, width: int) -> Content:
        """Both lines in `width` cells."""
        return Content("\n").join(
            (
                joined(self._identity(), self._health(), width),
                joined(self._money(), [], width, gap=2),
            )
        )

    def _identity(self) -> list[Part]:
        state = self.state
        name = state.account_name or (state.account.name if state.account else "no account")
        parts = [Part(Content.styled("SignalOS", "bold $primary"), 6), Part(plain(name, 28), 3), Part(self._badge())]
        if state.trading_reason and state.trading is not TradingState.ACTIVE:
            parts.append(Part(plain(state.trading_reason, 40, style=_TRADING[state.trading]), 4))
        if self._modes:
            tabs = [
                Content.assemble((key, "$accent"), " ", (title, "bold underline" if name == self._mode else "$muted"))
                for key, name, title in self._modes
            ]
            parts.append(Part(Content(" ").join(tabs), 5))
        return parts

    def _badge(self) -> Content:
        state = self.state
        if not state.is_running:
            return Content.styled(" NOT RUNNING ", "bold $background on $halted")
        if not state.is_armed:
            return Content.styled(" RECOVERING ", "bold $background on $reducing")
        colour = _TRADING[state.trading]
        if state.trading is TradingState.ACTIVE:
            return Content.styled("● ACTIVE", f"bold {colour}")
        return Content.styled(f" {state.trading.upper()} ", f"bold $background on {colour}")

    def _health(self) -> list[Part]:
        zone = self._config.console.timezone
        clock = moment(self.now, ZoneInfo(zone), seconds=True) + ("Z" if zone == "UTC" else "")
        return [Part(self._source(), 2), Part(self._terminal(), 1), Part(Content.styled(clock, "bold"))]

    def _source(self) -> Content:
        views = self.state.channels.values()
        unseen = sum(1 for view in views if view.health is not Health.OK)
        if not views:
            return Content.styled("no channels", "$muted")
        if unseen:
            return Content.assemble("channels ", (f"{len(views) - unseen} of {len(views)} !!", "bold $warning"))
        return Content.assemble("channels ", ("ok", "$accepted"))

    def _terminal(self) -> Content:
        state = self.state
        if state.account is None:
            return Content.styled("terminal: no account", "bold $halted")
        if not state.account.trade_allowed:
            return Content.styled("terminal: trading not allowed", "bold $halted")
        silent = (self.now - max([state.account.at, *(quote.at for quote in state.quotes.values())])) / 1000
        if silent > self._config.engine.quote_age_s:
            return Content.styled(f"terminal silent {int(silent)} s", "bold $halted")
        return Content.assemble("terminal ", ("ok", "$accepted"))

    def _money(self) -> list[Part]:
        account = self.state.account
        if account is None:
            return [Part(Content.styled("the account is shown as soon as the terminal answers", "$muted"))]
        parts = [Part(_labelled("equity", f"{money(account.equity)} {account.currency}".ljust(13), "bold"))]
        start = self.state.day_equity
        if start:
            gain = account.equity - start
            colour = "$profit" if gain >= 0 else "$loss"
            parts.append(Part(_labelled("day", f"{percent(gain / start * 100, sign=True):<7}", f"bold {colour}")))
            parts.append(Part(Content.styled(f"{money(gain, sign=True):<9}", colour), 5))
        parts.append(Part(self._open_risk(account.equity)))
        if start:
            parts.append(Part(self._day_limit(start, account.equity), 1))
        if account.margin_level:
            low = account.margin_level < 200
            text = f"{percent(account.margin_level, digits=0):<8}"
            parts.append(Part(_labelled("margin", text, "bold $warning" if low else ""), 2))
        parts.append(Part(_labelled("free", money(account.margin_free), ""), 6))
        return parts

    def _open_risk(self, equity: Decimal) -> Content:
        limit = self._config.rules.max_open_risk
        percents = self.state.open_risk / equity * 100 if equity > 0 else Decimal(0)
        used = float(percents / limit) if limit else 0.0
        colour = "$halted" if used >= 1 else "$warning" if used > 0.75 else "$accent"
        share = f" {percents:.1f}"
        rest = f" of {limit} %".ljust(13 - len(share))
        return Content.assemble(("risk open ", "$muted"), *_bar(used, colour), share, (rest, "$muted"))

    def _day_limit(self, start: Decimal, equity: Decimal) -> Content:
        limit = start * self._config.rules.max_daily_loss / 100
        lost = max(Decimal(0), start - equity)
        left = float(1 - lost / limit) if limit else 0.0
        colour = "$halted" if left <= 0 else "$warning" if left < 0.4 else "$accepted"
        words = f" {money(max(Decimal(0), limit - lost)) if left > 0 else 'used up':<9}"
        return Content.assemble(("loss left ", "$muted"), *_bar(left, colour), words)


def joined(left: Sequence[Part], right: Sequence[Part], width: int, gap: int = 3) -> Content:
    """Parts at both ends of a line of `width` cells; the least important go until the rest fits."""
    kept = [*left, *right]
    while len(kept) > 1 and _length(kept, gap) > width:
        expendable = [part for part in kept if part.rank]
        if not expendable:
            break
        kept.remove(max(expendable, key=lambda part: part.rank))
    ends = [Content(" " * gap).join([p.content for p in side if any(p is k for k in kept)]) for side in (left, right)]
    space = max(1, width - ends[0].cell_length - ends[1].cell_length) if right else 0
    return Content.assemble(ends[0], " " * space, ends[1])


def _length(parts: Sequence[Part], gap: int) -> int:
    return sum(part.content.cell_length for part in parts) + gap * (len(parts) - 1)


def _labelled(label: str, text: str, style: str) -> Content:
    return Content.assemble((f"{label} ", "$muted"), (text, style))


def _bar(share: float, colour: str) -> tuple[tuple[str, str], tuple[str, str]]:
    full, rest = bar(share, BAR)
    return (full, colour), (rest, "$faint")

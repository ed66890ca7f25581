"""The two lines above everything: which account, may we trade, what is at risk, do we see and can we act.

Parts become short or are dropped by their importance when the terminal is narrow; what halts trading is never dropped.
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
from signalos_tui.model.places import LoginView
from signalos_tui.ui import health, places
from signalos_tui.ui.outage import unanswered_ms
from signalos_tui.ui.text import moment, money, percent, plain
from signalos_tui.ui.widgets.curve import bar
from signalos_tui.ui.widgets.facts import ink

BAR = 10
GAP = 2
"""Cells between two parts."""
TELEGRAM = ("f", "telegram", "Telegram")
"""The screen of a run that reads one, among the others."""
LOUD = ("warning", "held")
"""Tones of what is not well and passes by itself."""
_BADGES = {
    "halted": "bold $background on $halted",
    "reducing": "bold $background on $reducing",
    "active": "bold $active",
}
_TRADING = {TradingState.ACTIVE: "$active", TradingState.REDUCING: "$reducing", TradingState.HALTED: "$halted"}


class Part(NamedTuple):
    """A piece of a line. rank: the higher, the sooner it goes; 0 stays. short: what takes its place then, if anything.

    One that becomes nothing comes back where something else leaves the room; one without a short is gone.
    """

    content: Content
    rank: int = 0
    short: Part | None = None


class AccountStrip(Widget):
    """The account in two lines. modes: (key, name, title) of the screens, shown as tabs.

    account: its name where there are several, "" for the only one. beside: the others with which something is wrong.
    logins: those of the messenger that is read, None where none is.
    """

    DEFAULT_CSS = "AccountStrip { height: 2; padding: 0 1; }"

    def __init__(self, config: Config, modes: Sequence[tuple[str, str, str]] = (), mode: str = "") -> None:
        super().__init__(id="strip")
        self.modes = modes
        self.account = ""
        self.beside: tuple[str, ...] = ()
        self.logins: tuple[LoginView, ...] | None = None
        self.config = config
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
                joined(self._money(), [], width),
            )
        )

    def _identity(self) -> list[Part]:
        state = self.state
        name = state.account_name or (state.account.name if state.account else "no account")
        parts = [Part(Content.styled("SignalOS", "bold $primary"), 9), *self._named()]
        # Of several, who it is stands there already, by the name the owner gave it.
        parts.append(Part(plain(name, 28), 8, None if self.account else self._in_short(name)))
        parts += [Part(self._badge()), *self._beside()]
        if state.trading_reason and state.trading is not TradingState.ACTIVE:
            words = [plain(state.trading_reason, cells, style=_TRADING[state.trading]) for cells in (40, 20)]
            parts.append(Part(words[0], 5, Part(words[1], 3, _nothing())))
        if self.modes:
            parts.append(self._tabs())
        return parts

    def _in_short(self, name: str) -> Part | None:
        # Which account it is, and what money, is seen at every width: PAPER 70014.
        if self.state.account is None and not self.state.account_name:
            return None
        return Part(plain(name.rpartition("/")[2], 12))

    def _tabs(self) -> Part:
        # Every screen by its name; then without Telegram's; then the numbers, with the name of the one that is shown.
        read = [*self.modes, TELEGRAM] if self.logins is not None else list(self.modes)
        always = read if self._mode == TELEGRAM[1] else list(self.modes)
        named = Part(self._listed(always), 6, Part(self._listed(always, is_short=True), 4, _nothing()))
        return named if read == always else Part(self._listed(read), 6, named)

    def _listed(self, modes: Sequence[tuple[str, str, str]], *, is_short: bool = False) -> Content:
        tabs = []
        for key, name, title in modes:
            is_shown = name == self._mode
            words = (f" {title}", "bold underline" if is_shown else "$muted") if is_shown or not is_short else ("", "")
            tabs.append(Content.assemble((key, "$accent"), words))
        return Content(" ").join(tabs)

    def _named(self) -> list[Part]:
        # Which of several accounts this is, and what money; of the only one that at every width.
        word = health.kind(self.state, self.config)
        kind = Part(
            Content.styled(word.text, f"bold {ink(word.tone)}"), 3 if self.account and word.text == "PAPER" else 0
        )
        if self.account:
            return [Part(plain(self.account, 20, style="bold $accent")), kind]
        return [kind]

    def _badge(self) -> Content:
        return self._stamped(health.trading(self.state))

    def _stamped(self, word: health.Word, before: str = "") -> Content:
        # What goes well is a word, what does not stands out as a block.
        return Content.styled(
            f"{before}{word.text}" if word.tone == "active" else f" {before}{word.text} ", _BADGES[word.tone]
        )

    def _beside(self) -> list[Part]:
        # An alarm of an account that is not shown; the screen over all of them says which.
        if not self.beside:
            return []
        more = f" +{len(self.beside) - 1}" if len(self.beside) > 1 else ""
        return [Part(plain(f"!! {self.beside[0]}{more}", 24, style="bold $halted"))]

    def _health(self) -> list[Part]:
        # Where a messenger is read its word says more than that every channel is seen.
        source = Part(self._source(), 7 if self.logins is not None and not self._unseen else 2)
        return [*self._messenger(), source, Part(self._terminal(), 1), self._clock_part()]

    def _clock_part(self) -> Part:
        zone = self.config.console.timezone
        clock = moment(self.now, ZoneInfo(zone), seconds=True) + ("Z" if zone == "UTC" else "")
        return Part(Content.styled(clock, "bold"))

    def _messenger(self) -> list[Part]:
        # A session that was lost is never left out; what is well goes before a channel that is not seen.
        if self.logins is None:
            return []
        word = places.seen(self.logins, self.now, ZoneInfo(self.config.console.timezone))
        if word.is_alarm:
            return [Part(Content.styled(f" {word.text} ", _BADGES[word.tone]))]
        name, _, rest = word.text.partition(" ")
        return [
            Part(
                Content.assemble(f"{name} ", (rest, ink(word.tone))),
                1 if word.tone in LOUD else 7 if self._unseen else 2,
            )
        ]

    @property
    def _unseen(self) -> int:
        return sum(1 for view in self.state.channels.values() if view.is_followed and view.health in health.UNSEEN)

    def _source(self) -> Content:
        views = [view for view in self.state.channels.values() if view.is_followed]
        unseen = self._unseen
        late = sum(1 for view in views if view.health is Health.CATCHING_UP)
        if not views:
            return Content.styled("no channels", "$muted")
        if unseen:
            return Content.assemble("channels ", (f"{len(views) - unseen} of {len(views)} !!", "bold $warning"))
        if late:
            return Content.assemble("channels ", (f"{late} catching up", "$accent"))
        if any(view.health is Health.CONNECTING for view in views):
            return Content.styled("channels connecting", "$muted")
        return Content.assemble("channels ", ("ok", "$accepted"))

    def _terminal(self) -> Content:
        word = health.terminal(self.state, self.now, self.config.engine.quote_age_s)
        if word.is_alarm:
            colon = "" if word.text.startswith(health.SILENT) else ":"
            return Content.styled(f"terminal{colon} {word.text}", "bold $halted")
        return Content.assemble("terminal ", (word.text, ink(word.tone)))

    def _money(self) -> list[Part]:
        account = self.state.account
        if account is None and self.account and self.state.trading_reason:
            return [Part(plain(self.state.trading_reason, self.content_size.width, style="$halted"))]
        if account is None:
            return [Part(Content.styled("the account is shown as soon as the terminal answers", "$muted"))]
        was = unanswered_ms(self.state, self.now, self.config.engine.quote_age_s) is not None
        parts = [
            Part(
                _labelled(
                    "equity was" if was else "equity", f"{money(account.equity)} {account.currency}".ljust(13), "bold"
                )
            )
        ]
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
        limit = self.config.rules.max_open_risk
        percents = self.state.open_risk / equity * 100 if equity > 0 else Decimal(0)
        used = float(percents / limit) if limit else 0.0
        colour = "$halted" if used >= 1 else "$warning" if used > 0.75 else "$accent"
        share = f" {percents:.1f}"
        rest = f" of {limit} %".ljust(13 - len(share))
        return Content.assemble(("risk open ", "$muted"), *_bar(used, colour), share, (rest, "$muted"))

    def _day_limit(self, start: Decimal, equity: Decimal) -> Content:
        limit = start * self.config.rules.max_daily_loss / 100
        lost = max(Decimal(0), start - equity)
        left = float(1 - lost / limit) if limit else 0.0
        colour = "$halted" if left <= 0 else "$warning" if left < 0.4 else "$accepted"
        words = f" {money(max(Decimal(0), limit - lost)) if left > 0 else 'used up':<9}"
        return Content.assemble(("loss left ", "$muted"), *_bar(left, colour), words)


def joined(left: Sequence[Part], right: Sequence[Part], width: int) -> Content:
    """Parts at both ends of a line of `width` cells; the least important go, or become short, until the rest fits.

    What became short is as long as before where something else that went has left the room.
    """
    sides = [list(left), list(right)]
    shortened: list[Part] = []
    while len(kept := [*sides[0], *sides[1]]) > 1 and _length(kept) > width:
        expendable = [part for part in kept if part.rank]
        if not expendable:
            break
        least = max(expendable, key=lambda part: part.rank)
        side = next(one for one in sides if any(part is least for part in one))
        place = next(place for place, part in enumerate(side) if part is least)
        side[place : place + 1] = [least.short] if least.short is not None else []
        shortened += [least] if least.short is not None else []
    for long in reversed(shortened):
        _restore(long, sides, width)
    ends = [Content(" " * GAP).join([part.content for part in side if part.content]) for side in sides]
    space = max(1, width - ends[0].cell_length - ends[1].cell_length) if right else 0
    return Content.assemble(ends[0], " " * space, ends[1])


def _restore(long: Part, sides: list[list[Part]], width: int) -> None:
    for side in sides:
        for place, part in enumerate(side):
            if part is long.short:
                side[place] = long
                if _length([*sides[0], *sides[1]]) > width:
                    side[place] = part


def _length(parts: Sequence[Part]) -> int:
    cells = [part.content.cell_length for part in parts if part.content]
    return sum(cells) + GAP * (len(cells) - 1)


def _nothing() -> Part:
    return Part(Content())


def _labelled(label: str, text: str, style: str) -> Content:
    return Content.assemble((f"{label} ", "$muted"), (text, style))


def _bar(share: float, colour: str) -> tuple[tuple[str, str], tuple[str, str]]:
    full, rest = bar(share, BAR)
    return (full, colour), (rest, "$faint")

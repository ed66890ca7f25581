"""The two lines above all accounts: how many trade, how many do not, and what is at risk on all of them together.

Money is added up within a currency and never across: a sum that needs a rate nobody asked for would be a guess.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from textual.content import Content

from signalos_tui.ui import health
from signalos_tui.ui.actions import counted
from signalos_tui.ui.seats import View
from signalos_tui.ui.text import money
from signalos_tui.ui.widgets.account_strip import AccountStrip, Part, joined


class FleetStrip(AccountStrip):
    """All accounts in two lines. views: each as it is now."""

    views: tuple[View, ...] = ()

    def composed(self, width: int) -> Content:
        """Both lines in `width` cells."""
        return Content("\n").join((joined(self._states(), self._clock(), width), joined(self._sums(), [], width)))

    def _states(self) -> list[Part]:
        parts = [
            Part(Content.styled("SignalOS", "bold $primary"), 9),
            Part(Content.styled(counted(len(self.views), "account"), "bold $accent")),
        ]
        words = Counter(health.trading(view.state) for view in self.views)
        for word, count in words.items():
            parts.append(Part(self._stamped(word, f"{count} ")))
        if self.modes:
            parts.append(self._tabs())
        return parts

    def _clock(self) -> list[Part]:
        words = {
            view.name: health.terminal(view.state, self.now, view.config.engine.quote_age_s) for view in self.views
        }
        silent = [view.name for view in self.views if view.state.is_running and words[view.name].is_alarm]
        answering = sum(1 for word in words.values() if not word.is_alarm)
        ok = "terminals ok" if answering == len(words) else f"{answering} of {len(words)} terminals"
        return [
            *self._messenger(),
            Part(Content.styled(f"terminal !! {', '.join(silent)}", "bold $halted"))
            if silent
            else Part(Content.styled(ok, "$muted"), 7),
            self._clock_part(),
        ]

    def _sums(self) -> list[Part]:
        equity: dict[str, Decimal] = {}
        risk: dict[str, Decimal] = {}
        for view in self.views:
            account = view.state.account
            if account is not None:
                equity[account.currency] = equity.get(account.currency, Decimal(0)) + account.equity
                risk[account.currency] = risk.get(account.currency, Decimal(0)) + view.state.open_risk
        if not equity:
            return [Part(Content.styled("accounts are shown as soon as their terminals answer", "$muted"))]
        trades = sum(len(view.state.live_trades) for view in self.views)
        return [
            Part(Content.assemble(("equity ", "$muted"), (_added(equity), "bold"))),
            Part(Content.assemble(("risk open ", "$muted"), _added(risk))),
            Part(Content.assemble(("open ", "$muted"), counted(trades, "trade")), 1),
        ]


def _added(sums: dict[str, Decimal]) -> str:
    return " + ".join(f"{money(value)} {currency}" for currency, value in sorted(sums.items()))

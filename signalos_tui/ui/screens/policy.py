"""What a channel may do on the account in front: paper, ask or trade, each with what it means for that account's money.

A figure marks one and changes nothing; only the yes after it says so. Where a yes lets real money be traded, the card is framed
like everything that cannot be taken back, and says it in so many words.
"""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from signalos_tui.config import Config
from signalos_tui.config.titles import Named, applying
from signalos_tui.model.account import is_real
from signalos_tui.model.desk import ChannelView, DeskState
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Policy
from signalos_tui.model.orders import LegState
from signalos_tui.narrate import policy_words
from signalos_tui.ui.actions import Fact, counted
from signalos_tui.ui.policies import money_said, permit_of, source_said
from signalos_tui.ui.screens.card import Card

CHOICES = tuple(Policy)


class PolicyScreen(Card[Policy | None]):
    """The three policies of a channel; the chosen one, or None for nothing."""

    YES = "Choose"
    NO = "Leave it"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(str(place), f"mark({place})", one, show=False, id=f"policy.{one}", tooltip=f"Mark {one}")
        for place, one in enumerate(CHOICES, 1)
    ]

    def __init__(self, channel: ChannelId, state: DeskState, now: int, config: Config) -> None:
        super().__init__(state, now)
        self._channel = channel
        self._config = config
        self._marked: Policy | None = None

    def refreshed(self) -> None:
        """The three as they are now: another account's money, or another policy set meanwhile, changes what they mean."""
        view = self.state.channels.get(self._channel)
        if view is None:
            self.say("What may this channel do?", (), problem="The channel is no longer in view.")
            return
        marked = self._marked
        opens = marked is not None and marked is not Policy.PAPER and is_real(self.state.account)
        self.set_class(opens, "-dangerous")
        facts = (*self._about(view), *self._choices())
        title = f"What may {view.channel.title} do?"
        if marked is None:
            self.say(title, facts, missing="Press the number of one, then y.", verb="Choose")
        else:
            self.say(title, facts, note=self._follows(view, marked), verb=_verb(marked, opens=opens))

    def explained(self) -> str:
        """Which keys answer now."""
        return f"1-{len(CHOICES)} mark, {'' if self.yes.disabled else 'y yes, '}Esc no"

    def action_mark(self, place: int) -> None:
        """Mark one of them."""
        self._marked = CHOICES[place - 1]
        self.refreshed()

    def accept(self) -> None:
        """What is marked."""
        self.dismiss(self._marked)

    # --- words ----------------------------------------------------------------------------------------------------

    def _about(self, view: ChannelView) -> list[Fact]:
        account = self.state.account
        found = permit_of(view, self._config)
        whose, tone = money_said(account)
        name = f"{account.name}, " if account is not None else ""
        facts = [Fact("channel", view.channel.id), Fact("account", f"{name}{whose}", tone)]
        if self.account:
            facts.append(Fact("", f"{self.account} alone: on the other accounts it stays as it is", "muted"))
        facts.append(Fact("now", f"{found.on(account)}, {source_said(found, account)}"))
        return [*facts, *self._stronger(view), Fact("", "")]

    def _stronger(self, view: ChannelView) -> list[Fact]:
        # What keeps its signals from being traded whatever is chosen here.
        if not view.is_followed:
            return [Fact("but", "it is not followed: nothing of it is read", "held")]
        if not applying(self._config, Named.of(view), self.state.account).enabled:
            return [Fact("but", "config.toml says enabled = false: nothing of it is opened", "held")]
        return [Fact("but", "it is paused: nothing of it is opened", "held")] if view.is_paused else []

    def _choices(self) -> list[Fact]:
        choices = [
            Fact(
                f"{'›' if one is self._marked else ' '} {place}  {one}",
                policy_words(one, self.state.account),
                "accent" if one is self._marked else "",
            )
            for place, one in enumerate(CHOICES, 1)
        ]
        if not is_real(self.state.account):
            choices.append(Fact("", "paper and trade do the same here; they differ with real money", "muted"))
        return choices

    def _follows(self, view: ChannelView, marked: Policy) -> str:
        account = self.state.account
        if is_real(account) and marked is Policy.TRADE:
            told = "From its next signal on it trades REAL MONEY, and nobody is asked."
        elif is_real(account) and marked is Policy.ASK:
            told = "What you approve from now on trades REAL MONEY."
        else:
            told = "It counts from its next signal on."
        live = [trade for trade in self.state.live_trades if trade.channel == view.channel.id]
        unsent = sum(leg.state is LegState.INTENT for trade in live for leg in trade.legs)
        if live:
            told += (
                " Its open trade is managed on." if len(live) == 1 else f" Its {len(live)} open trades are managed on."
            )
        if unsent and marked is not Policy.TRADE:
            told += f" {counted(unsent, 'order')} not sent yet may then never be."
        return told


def _verb(marked: Policy, *, opens: bool) -> str:
    return "Trade real money" if opens and marked is Policy.TRADE else f"Choose {marked}"

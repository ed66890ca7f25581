"""Yes or no to one proposal, with the money in front of the owner and up to date until he answers."""

from __future__ import annotations

from collections.abc import Callable

from signalos_tui.model.desk import DeskState
from signalos_tui.ui.actions import Answer, Refusal
from signalos_tui.ui.screens.card import Card


class ConfirmScreen(Card[bool]):
    """Asks `question(state)` again with every change of the desk; True for yes."""

    DANGEROUS = True
    NO = "Keep"

    def __init__(self, question: Callable[[DeskState], Answer], state: DeskState, now: int) -> None:
        super().__init__(state, now)
        self._question = question

    def refreshed(self) -> None:
        """The proposal as it is now, or why it is gone."""
        answer = self._question(self.state)
        if isinstance(answer, Refusal):
            self.say("No longer possible", (), problem=answer.text)
        else:
            self.say(answer.title, answer.facts, note=answer.warning, verb=answer.verb, waits=answer.waits)

    def accept(self) -> None:
        """Yes."""
        self.dismiss(True)

    def action_back(self) -> None:
        """No."""
        self.dismiss(False)

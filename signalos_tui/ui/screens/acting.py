"""The keys that act, for every screen that has something selected: each asks the same way, wherever it is pressed."""

from __future__ import annotations


class Acting:
    """One method a key of the table (bindings.py). Screens say in `ask_for` what is selected."""

    def ask_for(self, action: str) -> None:
        """Carry an action through with what is selected."""
        raise NotImplementedError

    def action_close(self) -> None:
        """Close the trade."""
        self.ask_for("close")

    def action_half(self) -> None:
        """Close half of it."""
        self.ask_for("half")

    def action_part(self) -> None:
        """Close any part of it."""
        self.ask_for("part")

    def action_break_even(self) -> None:
        """Move its stops to the opening price."""
        self.ask_for("break_even")

    def action_modify(self) -> None:
        """Move its stop or a target."""
        self.ask_for("modify")

    def action_trail(self) -> None:
        """Let its stop follow the price."""
        self.ask_for("trail")

    def action_cancel_pending(self) -> None:
        """Remove its pending orders."""
        self.ask_for("cancel_pending")

    def action_approve(self) -> None:
        """Let what is held go on."""
        self.ask_for("approve")

    def action_reject(self) -> None:
        """Turn what is held down."""
        self.ask_for("reject")

    def action_correct(self) -> None:
        """Say what its post means."""
        self.ask_for("correct")

    def action_teach(self) -> None:
        """Look at what the channel was taught."""
        self.ask_for("teach")

    def action_symbol(self) -> None:
        """Say which of the broker's instruments its name means."""
        self.ask_for("symbol")

    def action_pause(self) -> None:
        """Pause the channel, or trade it again."""
        self.ask_for("pause")

    def action_policy(self) -> None:
        """Say what the channel may do on this account."""
        self.ask_for("policy")

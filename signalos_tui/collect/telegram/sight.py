"""How well a chat is seen, out of everything that may stand in the way; it is news only when it changes."""

from __future__ import annotations

from signalos_tui.collect.telegram.failures import is_let_in_again
from signalos_tui.model.messages import Health
from signalos_tui.model.places import LoginView, Standing

MANY = 100
"""So many missing posts come with one request; of more it is said that they are being fetched."""
AGAIN = "n on f logs it in again; without the console end the run, then signalos login"
NOT_YET = "Telegram has not answered yet"

_WORST = (Health.STOPPED, Health.BLIND, Health.CONNECTING)


def through(login: LoginView) -> tuple[Health, str]:
    """How well chats are seen, as far as that is their login's doing. A pause hides only what had to wait."""
    if login.standing in (Standing.READING, Standing.FLOODED):
        return Health.OK, ""
    if login.standing is Standing.CONNECTING:
        return Health.CONNECTING, NOT_YET
    if not login.is_lost:
        return Health.BLIND, login.detail
    return Health.STOPPED, f"{login.detail}; {AGAIN}" if is_let_in_again(login.standing) else login.detail


class Sight:
    """What hides a chat: each hindrance by who noticed it, so that nobody takes away another one's."""

    def __init__(self) -> None:
        self._hindrances: dict[str, tuple[Health, str]] = {}
        self._fetching = ""
        self._told = (Health.OK, "")

    def hide(self, by: str, why: str, health: Health = Health.BLIND) -> None:
        """Something is in the way. by: who noticed. why: for the owner."""
        self._hindrances[by] = (health, why)

    def clear(self, *by: str) -> None:
        """It is out of the way again."""
        for one in by:
            self._hindrances.pop(one, None)

    def fetch(self, missing: int) -> None:
        """So many posts are still to be fetched."""
        if not missing:
            self._fetching = ""
        elif missing > MANY and not self._fetching:
            self._fetching = f"{missing} posts"

    def is_hidden(self, by: str) -> bool:
        """Somebody noticed something, and it is still there."""
        return by in self._hindrances

    @property
    def now(self) -> tuple[Health, str]:
        """The worst there is, in words."""
        found = sorted(self._hindrances.values(), key=lambda one: _WORST.index(one[0]))
        if found:
            return found[0]
        return (Health.CATCHING_UP, self._fetching) if self._fetching else (Health.OK, "")

    def news(self) -> tuple[Health, str] | None:
        """What is to be said now; None: it was said before."""
        if self.now == self._told:
            return None
        self._told = self.now
        return self._told

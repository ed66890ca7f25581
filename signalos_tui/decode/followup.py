"""The commands of one post, and what speaks against carrying all of them out together."""

from __future__ import annotations

from msgspec.structs import replace

from signalos_tui.model.signals import Distance, Number, Reason, Update, UpdateAction

_MOST = 20
"""So many updates in one post are no instruction."""


_WIDEST = 3
"""A target so many times the stop belongs to another market, or has a digit too many."""


class Followup:
    """The updates of a post and why they may not be acted on.

    borrows: a command takes its market from another sentence. guards: a profit is to be secured, perhaps only by the stop.
    """

    __slots__ = ("_seen", "borrows", "guards", "reasons", "updates")

    def __init__(self) -> None:
        self.updates: list[Update] = []
        self.reasons: list[Reason] = []
        self.borrows = False
        self.guards = False
        self._seen: set[tuple[UpdateAction, Number | Distance | None, str | None]] = set()

    @property
    def commands(self) -> list[Update]:
        """The updates that ask for something."""
        return [update for update in self.updates if update.action is not UpdateAction.INFO]

    def add(self, update: Update) -> None:
        """Keep an update, and a command only once."""
        key = (update.action, update.price, update.symbol)
        if update.action is UpdateAction.INFO or key not in self._seen:
            self._seen.add(key)
            self.updates.append(replace(update, number=len(self.updates) + 1))

    def doubt(self, code: str, text: str) -> None:
        """Hold it for the owner, once for each reason."""
        if all(reason.code != code for reason in self.reasons):
            self.reasons.append(Reason(code, text))


def weigh(followup: Followup) -> None:
    """Commands of one post that do not go together."""
    commands = followup.commands
    markets = list(dict.fromkeys(update.symbol for update in commands))
    if len(markets) > 1 and followup.borrows:
        followup.doubt("two_symbols", f"It names more than one market: {_joined(markets)}.")
    if len(commands) > _MOST:
        followup.doubt("too_many", f"It asks for {len(commands)} things at once.")
    asked = {update.action for update in commands}
    if followup.guards and not asked.isdisjoint({UpdateAction.BREAKEVEN, UpdateAction.MOVE_SL}):
        followup.doubt("which_part", "It secures a profit and moves the stop, and names no part to close.")
    for market in markets:
        _weigh_one(followup, [update for update in commands if update.symbol == market])


def _joined(markets: list[str | None]) -> str:
    """Names of markets as a list in words."""
    return ", ".join(market for market in markets if market)


def _weigh_one(followup: Followup, commands: list[Update]) -> None:
    """Commands for one market that do not go together."""
    asked = {update.action for update in commands}
    if UpdateAction.CLOSE in asked and UpdateAction.CLOSE_PARTIAL in asked:
        followup.doubt("two_commands", "It asks to close all and to close a part.")
    if UpdateAction.CLOSE in asked and UpdateAction.REOPEN in asked:
        followup.doubt("two_commands", "It asks to close and to enter again; the second may be meant for later.")
    prices = {update.action: update.price.value for update in commands if isinstance(update.price, Number)}
    stop, target = prices.get(UpdateAction.MOVE_SL), prices.get(UpdateAction.MOVE_TP)
    if stop and target and (stop == target or max(stop, target) > min(stop, target) * _WIDEST):
        followup.doubt("levels_odd", f"A stop at {stop} and a target at {target} do not belong to one trade.")
    sides = {update.side for update in commands if update.side}
    if stop and target and len(sides) == 1 and (target - stop) * next(iter(sides)).sign < 0:
        followup.doubt("levels_crossed", f"The stop {stop} lies beyond the target {target}.")

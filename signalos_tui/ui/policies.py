"""What a channel may do, in the words of the tables and the dialogs: which policy applies, who said so, whose money that is.

On an account that is not known yet everything is said as for real money, as the rules decide it.
"""

from __future__ import annotations

from signalos_tui.config import Config, Giver, Permit, permit
from signalos_tui.config.titles import Named
from signalos_tui.model.account import Account, Money, is_real
from signalos_tui.model.desk import ChannelView
from signalos_tui.model.messages import Policy

_TONES = {Policy.PAPER: "muted", Policy.ASK: "held", Policy.TRADE: ""}


def permit_of(view: ChannelView, config: Config) -> Permit:
    """What a channel may do, and who said so."""
    return permit(config, view.channel.id, Named.of(view).title(config), view.policy)


def is_only_shown(view: ChannelView, account: Account | None, config: Config) -> bool:
    """Its signals are judged and shown on this account, and that is all; not said of an account nobody has seen."""
    return account is not None and permit_of(view, config).opens_nothing_on(account)


def policy_said(view: ChannelView, account: Account | None, config: Config) -> tuple[str, str]:
    """The policy that holds on an account, and its tone; trading real money is the loud one."""
    policy = permit_of(view, config).on(account)
    return policy, "accent" if policy is Policy.TRADE and is_real(account) else _TONES[policy]


def source_said(found: Permit, account: Account | None) -> str:
    """Who said so: "as you chose in the console"."""
    if found.by is Giver.TITLE and found.on(account) is not found.policy:
        return f"because {found.policy} under its title does not count with real money"
    return {
        Giver.CONSOLE: "as you chose in the console",
        Giver.ID: "as config.toml says under its id",
        Giver.TITLE: "as config.toml says under its title",
        Giver.NOBODY: "as nobody has said otherwise",
    }[found.by]


def money_said(account: Account | None) -> tuple[str, str]:
    """Whose money an account has, and its tone."""
    if account is None:
        return "not known yet, so it counts as real", "halted"
    return {
        Money.PAPER: ("paper money", "muted"),
        Money.DEMO: ("demo money of the broker", "muted"),
        Money.REAL: ("REAL MONEY", "halted"),
    }[account.money]

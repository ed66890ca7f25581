"""What stands in the way to the terminal, in words: each with its code and the next step for the owner."""

from __future__ import annotations

from signalos_tui.execute.mt5.reaching import Unreachable
from signalos_tui.harmless import one_line
from signalos_tui.link.messages import REFUSALS, VERSION, Health, Refused
from signalos_tui.model.reach import OPEN, Reach

LONGEST = 300
BUSY = "Look whether the gateway runs (its log says why it ended); it is tried again by itself"

LASTING = frozenset({"version", "token", "account", "executor", "fence", "real", "tls"})
"""What stays so until somebody changes something: tried again, but not at once."""

_REMEDIES = {
    "version": "Install the same version of SignalOS on both machines",
    "token": "Copy the gateway's token here again (token_env or token_file under [terminal])",
    "account": "Log the terminal in to the account under [terminal], or correct it there",
    "executor": "Another console trades this account: end it, or use it",
    "fence": "This journal is an older copy: go on with the newest one",
    "terminal": "Start MetaTrader on the gateway's machine and look at the gateway's log",
    "busy": "End consoles that are not needed; it is tried again by itself",
}

_HEALTH = {
    "starting": ("the terminal is being started", "Wait; the gateway's log says how far it is"),
    "no terminal": ("MetaTrader does not run", "Start MetaTrader on the gateway's machine"),
    "not connected": ("MetaTrader has no connection to its broker", "Look at the login and the network of its machine"),
    "hung": ("MetaTrader does not answer", "The gateway starts the link anew; if it stays so, restart MetaTrader"),
    "other account": ("MetaTrader is logged in to another account", "Log in to the right account there"),
}


def refusal(said: Refused) -> Unreachable:
    """The gateway does not let us in, or no longer."""
    code = said.code if said.code in REFUSALS else "protocol"
    text = f"the gateway refuses: {one_line(said.text)[:LONGEST]}"
    return Unreachable(code, text, one_line(said.remedy)[:LONGEST] or _REMEDIES.get(code, BUSY))


def wrong_version(theirs: int) -> Unreachable:
    """It speaks another version of the wire."""
    return Unreachable("version", f"the gateway speaks version {theirs}, this console {VERSION}", _REMEDIES["version"])


def no_message(what: str) -> Unreachable:
    """What it says makes no sense."""
    text = f"what came from the gateway is no message ({one_line(what)[:LONGEST]})"
    return Unreachable("protocol", text, "Look whether address names the gateway and not something else")


def asked_too_much(number: int) -> Unreachable:
    """It answers what was never asked."""
    return no_message(f"an answer to question {number}, which was never asked")


def silent(seconds: float) -> Unreachable:
    """It says nothing at all."""
    text = f"the gateway has said nothing for {seconds:g} s"
    return Unreachable("silent", text, "It hangs, or the line is cut: look at its machine; it is tried again by itself")


def other_account(seen: str, expected: str) -> Unreachable:
    """The terminal is not where it should be."""
    text = f"the terminal is logged in to {one_line(seen)[:80]}, not {expected}"
    return Unreachable("account", text, _REMEDIES["account"])


def real_money(account: str) -> Unreachable:
    """A real account without permission."""
    text = f"{one_line(account)[:80]} is an account with real money, and only demo accounts are allowed"
    return Unreachable("real", text, "Log in to a demo account, or set demo_only = false under [terminal]")


def reach_of(health: Health) -> Reach:
    """How the terminal behind an open connection is."""
    if health.state == OPEN:
        return Reach(OPEN, "connected", since=health.since)
    what, remedy = _HEALTH.get(health.state, ("the terminal is in a state we do not know", BUSY))
    more = one_line(health.text)[:LONGEST]
    return Reach(health.state, f"{what} ({more})" if more else what, remedy, health.since)

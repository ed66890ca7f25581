"""More of `tests.proof.mutants`: what follows a request. Caps, repeats, prices, and what an answer is taken for."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from signalos_tui.engine import deciding, desk
from signalos_tui.execute import acting, calls, retcodes, sending
from signalos_tui.execute import constants as mt
from signalos_tui.execute.dispatcher import Dispatcher
from signalos_tui.execute.retcodes import Answer, classify
from signalos_tui.model import events as e
from signalos_tui.model.orders import LegState
from tests.proof.removing import change


async def _never(*_: Any) -> bool:
    return False


# --- R11 to R13: caps, actions, prices ------------------------------------------------------------------------------


def unknown_is_not_counted() -> None:
    """R11: a leg whose answer was lost does not count in the caps."""
    inner: Any = deciding.open_trades

    def counted(state: Any) -> Any:
        lost = {
            trade.signal
            for trade in state.trades.values()
            if trade.legs and all(leg.state is LegState.UNKNOWN for leg in trade.legs)
        }
        return tuple(one for one in inner(state) if one.signal not in lost)

    change(deciding, "open_trades", counted)


def actions_share_a_number() -> None:
    """R12: follow-ups do not number on."""
    change(desk, "numbered_on", lambda events, *_: tuple(
        replace(event, action=replace(event.action, number=1)) if isinstance(event, e.ActionIntended) else event
        for event in events
    ))  # fmt: skip


def part_is_closed_again() -> None:
    """R12: a part whose answer was lost is closed again at once."""
    change(acting.Acting, "_is_doubtful", lambda *_: False)


def priced_for_ever() -> None:
    """R13: a requote is answered as often as it comes."""
    change(sending, "MOST_ATTEMPTS", 100)
    inner: Any = sending.Sending._send
    change(sending.Sending, "_send", lambda self, leg, send: inner(self, leg, replace(send, attempts=100)))


def timeout_is_try_again() -> None:
    """3.5: an ambiguous answer is taken for "the price changed"."""

    def hopeful(*args: Any) -> Answer:
        answer = classify(*args)
        return Answer.REPRICE if answer is Answer.AMBIGUOUS else answer

    change(calls, "classify", hopeful)
    change(Dispatcher, "_adopted", _never)


def timeout_is_a_no() -> None:
    """3.5: "the server did not answer in time" is taken for a refusal."""
    change(retcodes, "REFUSED", retcodes.REFUSED | {mt.TRADE_RETCODE_TIMEOUT})


def unlisted_is_a_no() -> None:
    """3.5: a number nobody knows is taken for a refusal."""

    def sure(*args: Any) -> Answer:
        result = args[0]
        answer = classify(*args)
        unlisted = result is not None and result.retcode not in retcodes.WORDS
        return Answer.REFUSED if unlisted and answer is Answer.AMBIGUOUS else answer

    change(calls, "classify", sure)


def failed_call_is_a_no() -> None:
    """3.5: None is taken for "nothing happened"."""
    change(calls, "classify", lambda *args: Answer.REFUSED if args[0] is None else classify(*args))


def done_needs_no_ticket() -> None:
    """3.5: "done" is believed without a ticket."""
    change(
        calls, "classify", lambda *args: classify(*args[:2]) if args[0] is None else _unread(args[0]) or classify(*args)
    )


def _unread(result: Any) -> Answer | None:
    return Answer.ACCEPTED if result.retcode == mt.TRADE_RETCODE_DONE else None


def answer_of_anybody() -> None:
    """3.5: an answer is not compared with the request."""
    change(retcodes, "echoes", lambda *_: True)

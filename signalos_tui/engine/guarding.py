"""What has to be true before anything is sent: times that fit together, and a journal that has not gone back in time.

Both are asked at every start and for themselves: no other check of the protocol notices when they are wrong
(reference: reliability R5, R9; 3.8 tells how a wrong time went unnoticed).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from signalos_tui.config import Config, Send
from signalos_tui.errors import ConfigInvalid
from signalos_tui.execute.terminal import GatewayNote
from signalos_tui.model.desk import DeskState, LegView
from signalos_tui.model.orders import LegState

ANSWERED = (LegState.OPEN, LegState.PLACED, LegState.SENT)


def require_times(config: Config, note: GatewayNote | None) -> None:
    """The right to send ends before absence can be proven: settle_s > ttl_s + the longest call. Raises ConfigInvalid."""
    limit = note.call_limit_s if note is not None else 0.0
    for where, send in _layers(config):
        call = max(send.call_s, limit)
        if config.send.settle_s <= send.ttl_s + call:
            whose = "the gateway's call limit" if limit > send.call_s else "call_s"
            raise ConfigInvalid(
                f"settle_s was {config.send.settle_s:g}, not above ttl_s + {whose} = {send.ttl_s + call:g}{where}",
                "Raise settle_s under [send], or lower ttl_s",
            )


def _layers(config: Config) -> Iterator[tuple[str, Send]]:
    yield "", config.send
    for symbol in config.symbols:
        yield f" for {symbol}", config.trading(symbol=symbol).send
    for channel, own in config.channels.items():
        yield f" for {channel}", config.trading(channel).send
        for symbol in own.get("symbols", {}):
            yield f" for {symbol} in {channel}", config.trading(channel, "", symbol).send


def disagreement(note: GatewayNote | None, state: DeskState, generation: int) -> str:
    """How the gateway's memory and the journal disagree, "" when they do not. generation: of this start."""
    if note is None:
        return ""
    if note.fence > generation:
        return f"the gateway has served start {note.fence} of a journal, this is start {generation}"
    if note.opening_at > state.vouched_at:
        when = datetime.fromtimestamp(note.opening_at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
        return f"the gateway was asked for an order of {when} UTC that this journal does not have"
    if not note.opening_at and any(_was_answered(leg) for leg in _legs(state)):
        return "the gateway remembers no order, and this journal has sent some through one"
    return ""


def _legs(state: DeskState) -> Iterable[LegView]:
    return (leg for trade in state.trades.values() for leg in trade.legs)


def _was_answered(leg: LegView) -> bool:
    return leg.attempt > 0 and leg.state in ANSWERED

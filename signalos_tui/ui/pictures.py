"""What the chart of a trace shows: the price since the post, and the levels of the trade or of the signal.

Pure: from the state to a `Picture`; drawing is the chart's business.
"""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.model.desk import DeskState, SignalView, Trade, UpdateView
from signalos_tui.model.signals import Number
from signalos_tui.ui.phrases import opened_at, stop_of
from signalos_tui.ui.tracing import Subject
from signalos_tui.ui.widgets.chart import Level, Picture


def picture(found: Subject, state: DeskState, now: int) -> Picture:
    """The price since the post against the levels of the trade, or of the signal where there is none."""
    trade = found.trades[0] if found.trades else None
    view = found.view
    symbol = trade.symbol if trade else view.symbol if isinstance(view, SignalView) else ""
    side = trade.side if trade else view.signal.side if isinstance(view, SignalView) else None
    levels, opened = _trade_levels(trade) if trade else _signal_levels(view)
    posted = found.post.message.posted_at if found.post else view.at
    since = min(posted, trade.at) if trade else posted
    until = trade.ended_at if trade and trade.ended_at else now
    quote = state.quotes.get(symbol)
    latest = None if trade and trade.ended_at else quote.closing(side) if quote and side else None
    return Picture(state.tracks.get(symbol, ()), levels, since, until, side.sign if side else 1, opened, latest)


def _trade_levels(trade: Trade) -> tuple[tuple[Level, ...], Decimal | None]:
    opened = opened_at(trade) or next((leg.plan.entry for leg in trade.legs if leg.plan.entry is not None), None)
    found = [] if opened is None else [Level("entry", opened, "entry", core=True)]
    stop, is_even = stop_of(trade)
    first = next((leg.plan.stop for leg in trade.legs if leg.plan.stop is not None), None)
    if stop is not None and stop != opened:
        found.append(Level("stop", stop, "stop", core=True))
    elif is_even:
        found = [level._replace(name="entry, stop") for level in found]
    if first is not None and first != stop:
        found.append(Level("first stop", first, "faint"))
    for leg in trade.legs:
        target = leg.plan.target if leg.target is None else leg.target
        if target is not None:
            done = leg.number in trade.reached
            found.append(Level(f"{'✓' if done else ''}TP{leg.number}", target, "target"))
    return tuple(found), opened


def _signal_levels(view: SignalView | UpdateView) -> tuple[tuple[Level, ...], Decimal | None]:
    if isinstance(view, UpdateView):
        return (), None
    signal = view.signal
    found = [Level("entry", number.value, "entry", core=True) for number in signal.entry]
    if isinstance(signal.stop, Number):
        found.append(Level("stop", signal.stop.value, "stop", core=True))
    for number, target in enumerate(signal.targets, 1):
        if isinstance(target, Number):
            found.append(Level(f"TP{number}", target.value, "target"))
    return tuple(found), signal.entry[-1].value if signal.entry else view.price

"""What to do with a trade that is open: targets, break-even, trailing, updates and the owner's keys, as actions on its legs.

Pure: a trade and a price go in, absolute wishes come out (close, reduce to, stop and target at, cancel). Saying a wish twice does
no harm (reference: reliability R12), and a wish that makes no sense now is answered with the reason instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from signalos_tui.config import Manage
from signalos_tui.execute.netting import guard
from signalos_tui.model.desk import LegView, Trade
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.orders import ActionKind, CloseReason, ClosingState, LegAction, LegState
from signalos_tui.model.parts import parts
from signalos_tui.model.signals import Distance, Number, OrderKind, Unit, Update, UpdateAction


class Wish(Struct, frozen=True):
    """Actions to intend, or the reason why there is nothing to do. text: what it means, for the owner.

    is_so: there is nothing to do because what is wished for is so already. missed: the legs it does not reach, for the owner.
    """

    actions: tuple[LegAction, ...]
    text: str
    is_so: bool = False
    missed: str = ""


class Market(Struct, frozen=True):
    """What the manager needs to know of an instrument now. is_netting: all legs of a trade share one position, so one stop."""

    spec: SymbolSpec
    quote: Quote
    is_netting: bool = False


def close_all(trade: Trade, reason: CloseReason, text: str) -> Wish:
    """Close all of the trade, at whatever price: what is open, what waits in the broker's book, and what is on its way.

    A leg that was not sent yet never is; one whose answer is still out is closed when it turns up, however late.
    """
    legs = [leg for leg in trade.legs if leg.is_live and not _is_closed_by(leg)]
    actions = tuple(_action(leg, ActionKind.CLOSE, reason, text) for leg in legs)
    if not actions:
        return Wish((), "Everything of this trade is closed or being closed", is_so=True)
    others = len([leg for leg in legs if not leg.is_open])
    more = f" and {others} orders" if others else ""
    return Wish(actions, f"{text}: {_lots([leg for leg in legs if leg.is_open])} lots of {trade.symbol}{more}")


def close(trade: Trade, market: Market, fraction: Decimal, reason: CloseReason, text: str) -> Wish:
    """Close a part of the trade, 0 < fraction <= 1; at 1 what is not open yet goes too.

    How much of each leg that is, in lots that exist, says `model.parts`.
    """
    if fraction >= 1:
        return close_all(trade, reason, text)
    legs = [leg for leg in trade.open_legs if not leg.is_closing]
    missed = _missed(trade)
    if not legs:
        return Wish((), _with("No position of this trade is open", missed))
    taken = parts([leg.volume for leg in legs], fraction, market.spec)
    actions = [
        _action(leg, ActionKind.CLOSE, reason, text)
        if part == leg.volume
        else _action(leg, ActionKind.REDUCE, reason, text, volume=leg.volume - part)
        for leg, part in zip(legs, taken, strict=True)
        if part
    ]
    closed = sum(taken, Decimal(0))
    done = f"{text}: {closed:f} of {_lots(legs)} lots of {trade.symbol}"
    return Wish(tuple(actions), _with(done, missed), missed=missed)


def cancel(trade: Trade, text: str, reason: CloseReason = CloseReason.OWNER) -> Wish:
    """Remove the pending orders, also those on their way; a leg that was not sent yet never is."""
    legs = [leg for leg in trade.legs if _may_be_cancelled(leg) and not leg.is_closing]
    actions = tuple(_action(leg, ActionKind.CANCEL, reason, text) for leg in legs)
    return Wish(actions, f"{text}: {len(actions)} orders" if actions else "This trade has no pending order")


def withdraw(trade: Trade, text: str) -> Wish:
    """Send nothing of a trade that was not sent yet, also no new attempt of a leg at market; what is there stays."""
    legs = [leg for leg in trade.legs if _is_unsent(leg) and not leg.is_closing]
    actions = tuple(_action(leg, ActionKind.CANCEL, CloseReason.UPDATE, text) for leg in legs)
    return Wish(actions, f"{text}: {len(actions)} orders" if actions else "All of this trade was sent")


def break_even(trade: Trade, market: Market, offset: Decimal, text: str) -> Wish:
    """Move every open leg's stop to its opening price, `offset` (price) beyond it; a stop that is better stays."""
    actions, blocked, missed = [], "", _missed(trade)
    shared = _average(trade) if market.is_netting else None
    for leg in trade.open_legs:
        if leg.price_open is None or leg.is_closing:
            continue
        stop = market.spec.rounded((shared or leg.price_open) + trade.side.sign * offset)
        if _is_better_or_same(trade, leg.levels[0], stop):
            continue
        why = _blocked(trade, market, stop)
        if not why:
            actions.append(_protect(leg, text, stop=stop))
        blocked = why or blocked
    if actions:
        missed = "; ".join(part for part in (missed, blocked) if part)
        told = _with(f"{text}: {len(actions)} stops", missed)
        return Wish((*actions, *_along(trade, market, actions[0].stop, text)), told, missed=missed)
    if not trade.open_legs:
        return Wish((), _with("No position of this trade is open", missed))
    return Wish((), blocked or _with("The stops are at break-even or better", missed), is_so=not (blocked or missed))


def move_stop(trade: Trade, market: Market, price: Decimal, text: str) -> Wish:
    """Move the stop of all legs to a price; those on their way get it as soon as they stand at the broker."""
    stop = market.spec.rounded(price)
    legs = _movable(trade)
    if not legs:
        return Wish((), "This trade has nothing open and no pending order")
    is_at_market = any(not _is_order(leg) for leg in legs)
    blocked = _blocked(trade, market, stop) if is_at_market else _wrong_side_of_entry(trade, legs, stop)
    if blocked:
        return Wish((), blocked)
    actions = tuple(_protect(leg, text, stop=stop) for leg in legs if leg.levels[0] != stop)
    return Wish(actions, f"{text} {stop:f}" if actions else f"The stop is at {stop:f} already", not actions)


def move_target(trade: Trade, market: Market, price: Decimal, number: int | None, text: str) -> Wish:
    """Move one target (from 1), or with None those of all legs, to a price; legs on their way too."""
    legs = [leg for leg in _movable(trade) if number is None or leg.number == number]
    if not legs:
        named = f"No leg has target {number}"
        return Wish((), "This trade has nothing open and no pending order" if number is None else named)
    return _aimed(trade, legs, market, price, text)


def move_planned_target(trade: Trade, market: Market, planned: Decimal, price: Decimal, text: str) -> Wish:
    """Move the target that was planned at a price: a call may list its targets in any order, or one of them twice."""
    was = market.spec.rounded(planned)
    legs = [leg for leg in _movable(trade) if leg.plan.target == was]
    return _aimed(trade, legs, market, price, text) if legs else Wish((), f"No leg has the target {was:f}")


def _aimed(trade: Trade, legs: list[LegView], market: Market, price: Decimal, text: str) -> Wish:
    target = market.spec.rounded(price)
    market_price = market.quote.closing(trade.side)
    if any(not _is_order(leg) for leg in legs) and (target - market_price) * trade.side.sign <= 0:
        return Wish((), f"The target {target:f} is not beyond the price {market_price:f}")
    actions = tuple(_protect(leg, text, target=target) for leg in legs if leg.levels[1] != target)
    if actions:
        return Wish(actions, f"{text} {target:f}")
    return Wish((), f"The target is at {target:f} already", is_so=True)


def trail(trade: Trade, market: Market, distance: Decimal) -> Wish:
    """Follow the price with the stop at a distance in price; it only ever moves in favour of the trade."""
    price = market.quote.closing(trade.side)
    stop = market.spec.rounded(price - trade.side.sign * distance)
    step = max(market.spec.tick_size, distance / 20)  # not every tick is worth a request
    actions = tuple(
        _protect(leg, "trailing", stop=stop)
        for leg in trade.open_legs
        if not leg.actions and (leg.stop is None or (stop - leg.stop) * trade.side.sign >= step)
    )
    if _blocked(trade, market, stop):
        return Wish((), "The price is too near")
    return Wish((*actions, *(_along(trade, market, stop, "trailing") if actions else ())), "trailing")


def keeps_targets(trade: Trade) -> bool:
    """On a netting account: it has a target that the shared position does not carry."""
    last = guard(trade.legs)
    return any(leg.target is not None and leg.target != last for leg in trade.open_legs)


def kept_targets(trade: Trade, market: Market) -> Wish:
    """On a netting account: close the legs whose own target the price has reached.

    The position carries the furthest target only. Where the price is beyond that, the broker is closing everything already; a
    leg whose close was given up is left to the owner.
    """
    price, last = market.quote.closing(trade.side), guard(trade.legs)
    if last is not None and (price - last) * trade.side.sign >= 0:
        return Wish((), "The broker closes at the last target")
    actions = tuple(
        _action(leg, ActionKind.CLOSE, CloseReason.TARGET, f"target {leg.number}")
        for leg in trade.open_legs
        if leg.target is not None
        and leg.target != last
        and (price - leg.target) * trade.side.sign >= 0
        and not leg.is_closing
        and not leg.unsettled
        and not any(closing.state is ClosingState.UNFILLED for closing in leg.closings)
    )
    return Wish(actions, "targets")


def after_target(trade: Trade, market: Market, number: int, manage: Manage) -> Wish:
    """What follows when a target was hit: break-even for the rest, by the owner's rule."""
    if not manage.breakeven_after_target or number < manage.breakeven_after_target or not trade.open_legs:
        return Wish((), "")
    return break_even(
        trade, market, manage.breakeven_offset_pips * market.spec.pip, f"break-even after target {number}"
    )


def trail_distance(trade: Trade, spec: SymbolSpec, manage: Manage) -> Decimal | None:
    """The distance a trade trails at by rule: its own or the signal's stop distance."""
    if manage.trail_pips:
        return manage.trail_pips * spec.pip
    leg = next((leg for leg in trade.legs if leg.price_open is not None and leg.plan.stop is not None), None)
    if leg is None or leg.price_open is None or leg.plan.stop is None:
        return None
    return abs(leg.price_open - leg.plan.stop)


def for_update(update: Update, trade: Trade, market: Market, manage: Manage) -> Wish:
    """What an update of the channel asks of a trade."""
    text = f"update: {update.action.replace('_', ' ')}"
    match update.action:
        case UpdateAction.CLOSE:
            return close(trade, market, Decimal(1), CloseReason.UPDATE, text)
        case UpdateAction.CLOSE_PARTIAL:
            return close(trade, market, update.fraction or manage.partial_default, CloseReason.UPDATE, text)
        case UpdateAction.BREAKEVEN:
            return break_even(trade, market, manage.breakeven_offset_pips * market.spec.pip, text)
        case UpdateAction.MOVE_SL | UpdateAction.MOVE_TP:
            price = named_price(update, trade, market.spec)
            if price is None:
                return Wish((), "It names no price that can be used")
            if update.action is UpdateAction.MOVE_SL:
                return move_stop(trade, market, price, text)
            return move_target(trade, market, price, update.target, text)
        case UpdateAction.CANCEL:
            return cancel(trade, text, CloseReason.UPDATE)
        case _:
            return Wish((), "It asks for nothing that is done by itself")


def named_price(update: Update, trade: Trade, spec: SymbolSpec) -> Decimal | None:
    """The price of the level an update moves, None when it names none that can be used.

    A distance counts from the opening price, in favour of the trade ("SL to +20 pips").
    """
    level = update.price
    if isinstance(level, Number):
        return level.value
    if level is None and update.action is UpdateAction.MOVE_SL:  # "stop to TP1"
        return next((leg.plan.target for leg in trade.legs if leg.number == update.target), None)
    opened = trade.price_open
    if not isinstance(level, Distance) or opened is None:
        return None
    unit = {Unit.PIPS: spec.pip, Unit.POINTS: spec.point, Unit.PERCENT: opened / 100}.get(level.unit)
    return None if unit is None else opened + trade.side.sign * level.value * unit


def _movable(trade: Trade) -> list[LegView]:
    # Legs whose levels can be moved. What is not at the broker yet keeps the wish until it is.
    return [leg for leg in trade.legs if leg.is_live and not leg.is_closing]


def _missed(trade: Trade) -> str:
    # A part of a leg, or its opening price, is not known before it is there: such a wish does not reach it.
    away = [leg for leg in _movable(trade) if not leg.is_open and leg.state is not LegState.PLACED]
    return f"{len(away)} of its legs still on the way, not touched" if away else ""


def _with(text: str, missed: str) -> str:
    return f"{text}; {missed}" if missed else text


def _average(trade: Trade) -> Decimal | None:
    # What the shared position opened at, of the legs that are open now.
    held = [(leg.price_open, leg.volume) for leg in trade.open_legs if leg.price_open is not None and leg.volume]
    lots = sum((volume for _, volume in held), Decimal(0))
    return sum((price * volume for price, volume in held), Decimal(0)) / lots if lots else None


def _along(trade: Trade, market: Market, stop: Decimal | None, text: str) -> tuple[LegAction, ...]:
    # On a netting account an order that is filled brings its own stop to the position, so it follows the others'. Where that
    # would be on the wrong side of its entry, the price cannot come there before the position has been stopped.
    if not market.is_netting or stop is None:
        return ()
    waiting = (leg for leg in trade.legs if leg.state is LegState.PLACED and not leg.is_closing)
    return tuple(
        _protect(leg, text, stop=stop)
        for leg in waiting
        if leg.levels[0] != stop and leg.plan.entry is not None and (leg.plan.entry - stop) * trade.side.sign > 0
    )


def _is_order(leg: LegView) -> bool:
    # It waits, or will wait, in the broker's book for its own price.
    return not leg.is_open and leg.plan.kind in (OrderKind.LIMIT, OrderKind.STOP)


def _may_be_cancelled(leg: LegView) -> bool:
    return leg.state in (LegState.INTENT, LegState.PLACED) or (leg.is_live and _is_order(leg))


def _is_unsent(leg: LegView) -> bool:
    return leg.state is LegState.INTENT or (leg.state is LegState.SENDING and not _is_order(leg))


def _is_closed_by(leg: LegView) -> bool:
    # A cancellation does not close what was filled meanwhile, so it is no reason to leave a close out.
    return any(action.kind is ActionKind.CLOSE for action in leg.actions)


def _is_better_or_same(trade: Trade, stop: Decimal | None, than: Decimal) -> bool:
    return stop is not None and (stop - than) * trade.side.sign >= 0


def _blocked(trade: Trade, market: Market, stop: Decimal) -> str:
    # A stop needs the broker's distance from the price a position closes at.
    price = market.quote.closing(trade.side)
    room = (price - stop) * trade.side.sign
    least = market.spec.stops_level * market.spec.point
    if room <= 0:
        return f"The stop {stop:f} is on the wrong side of the price {price:f}"
    if room < least:
        return f"The stop {stop:f} is {room:f} from the price {price:f}, the broker asks for {least:f}"
    return ""


def _wrong_side_of_entry(trade: Trade, legs: list[LegView], stop: Decimal) -> str:
    entry = next((leg.plan.entry for leg in legs if leg.plan.entry is not None), None)
    if entry is not None and (entry - stop) * trade.side.sign <= 0:
        return f"The stop {stop:f} is on the wrong side of the entry {entry:f}"
    return ""


def _lots(legs: Iterable[LegView]) -> str:
    return f"{sum((leg.volume for leg in legs), Decimal(0)):f}"


def _action(leg: LegView, kind: ActionKind, reason: CloseReason, text: str, volume: Decimal = Decimal(0)) -> LegAction:
    return LegAction(leg.id, leg.last_action + 1, kind, reason, text, volume)


def _protect(leg: LegView, text: str, *, stop: Decimal | None = None, target: Decimal | None = None) -> LegAction:
    # The level that is not named stays as it will be, so that two changes in a row do not undo one another.
    levels = stop if stop is not None else leg.levels[0], target if target is not None else leg.levels[1]
    return LegAction(
        leg.id, leg.last_action + 1, ActionKind.PROTECT, CloseReason.UPDATE, text, stop=levels[0], target=levels[1]
    )

"""What makes a channel's word on an open trade doubtful: its age, a level off the scale, a stop that risks more than planned.

The owner agreed to a plan with a stop. A channel may make the trade safer by itself; whatever would cost more than was agreed
is his to say (reference: reliability B2, C5). His own commands are not asked about here.
"""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.config import Rules
from signalos_tui.evaluate.figures import money, percent, plain, seconds
from signalos_tui.model.desk import LegView, Trade
from signalos_tui.model.market import Quote
from signalos_tui.model.signals import Reason


def stale(published: int, now: int, rules: Rules) -> Reason | None:
    """Why a word of this age is not followed. published, now: ms UTC."""
    age = now - published
    if age <= rules.max_update_age_s * 1000:
        return None
    limit = seconds(rules.max_update_age_s * 1000)
    return Reason("staleness", f"It was published {seconds(age)} ago, {limit} are followed without asking")


def doubt(
    trade: Trade,
    quote: Quote,
    rules: Rules,
    *,
    stop: Decimal | None = None,
    target: Decimal | None = None,
    currency: str,
) -> Reason | None:
    """Why these levels are not given to a trade without asking; None when nothing is against it.

    stop, target: prices, None for the one that is not moved. currency: of the account, for the sentence.
    """
    for level in (stop, target):
        found = _off_scale(level, quote, rules) if level is not None else None
        if found is not None:
            return found
    return None if stop is None else _riskier(trade, stop, quote, currency)


def _off_scale(level: Decimal, quote: Quote, rules: Rules) -> Reason | None:
    market = quote.mid
    off = abs(level - market) * 100 / market
    if off <= rules.max_scale_off:
        return None
    text = f"{plain(level)} is {percent(off)} from the market at {plain(market)}, {percent(rules.max_scale_off)} are allowed"
    return Reason("scale", f"{text}: a lost digit, or another instrument?")


def _riskier(trade: Trade, stop: Decimal, quote: Quote, currency: str) -> Reason | None:
    legs = [leg for leg in trade.legs if leg.is_live and not leg.is_closing]
    farther = [leg for leg in legs if leg.plan.stop is not None and (leg.plan.stop - stop) * trade.side.sign > 0]
    if not farther:
        return None
    then = sum((_risk_at(leg, stop, quote) for leg in legs), Decimal(0))
    figures = f"{money(trade.risk_left, currency)} now, {money(then, currency)} then"
    planned = plain(farther[0].plan.stop or Decimal(0))
    return Reason("riskier", f"The stop {plain(stop)} is farther than the planned {planned}. At risk: {figures}")


def _risk_at(leg: LegView, stop: Decimal, quote: Quote) -> Decimal:
    # In proportion to the distance that was planned, as the terminal reckoned the money of that.
    opened = leg.price_open or leg.plan.entry or quote.opening(leg.side)
    way = leg.plan.way(opened)
    if way is None:
        return leg.plan.risk
    share = (opened - stop) * leg.side.sign / way
    volume = leg.volume / leg.opened if leg.is_open and leg.opened else Decimal(1)
    return max(Decimal(0), leg.plan.risk * volume * share)

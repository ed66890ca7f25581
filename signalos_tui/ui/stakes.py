"""What a price means in money for a trade: the figures every confirmation shows before a key acts.

An instrument that is settled in the account's currency says what a price is worth. For any other it is worked out from what was
planned: the planned risk of a leg over the distance to its planned stop. Both are estimates and the screens say "about"; spread,
swap, commission and slippage decide the rest. Volumes are not: a part is shown in the lots that will be asked for.
"""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.model.desk import DeskState, LegView, Trade
from signalos_tui.model.ids import LegId
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.orders import LegState
from signalos_tui.model.parts import parts
from signalos_tui.ui.text import price

CURRENCIES = frozenset(
    [
        *("AUD", "CAD", "CHF", "CNH", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF"),
        *("JPY", "MXN", "NOK", "NZD", "PLN", "SEK", "SGD", "TRY", "USD", "ZAR"),
    ]
)


HUNDREDTH = Decimal("0.01")
_USUAL = SymbolSpec(
    name="",
    description="as most brokers have it, until this one has told us",
    digits=5,
    point=Decimal("0.00001"),
    tick_size=Decimal("0.00001"),
    contract_size=Decimal(100_000),
    volume_min=HUNDREDTH,
    volume_max=Decimal(100),
    volume_step=HUNDREDTH,
    stops_level=0,
    freeze_level=0,
    currency_base="",
    currency_profit="",
)


def closed_by(trade: Trade, state: DeskState, fraction: Decimal) -> dict[LegId, Decimal]:
    """The lots that closing a part of the trade would close of each open leg: exactly what will be asked for."""
    legs = [leg for leg in trade.open_legs if not leg.is_closing]
    if not legs:
        return {}
    taken = parts([leg.volume for leg in legs], fraction, state.specs.get(trade.symbol, _USUAL))
    return {leg.id: part for leg, part in zip(legs, taken, strict=True)}


def floating_of(trade: Trade, state: DeskState, taken: dict[LegId, Decimal]) -> Decimal | None:
    """The result now of these lots of each leg; None while one has no price."""
    total = Decimal(0)
    for leg in trade.open_legs:
        part = taken.get(leg.id, Decimal(0))
        mark = state.marks.get(leg.id)
        if part and mark is None:
            return None
        if part and mark is not None and leg.volume:
            total += mark.profit * part / leg.volume
    return total


def quoted(value: Decimal | None, state: DeskState, symbol: str) -> str:
    """A price with the digits its symbol is quoted with, where they are known."""
    spec = state.specs.get(symbol)
    return price(value, spec.digits if spec else None)


def worth(leg: LegView, state: DeskState) -> Decimal | None:
    """Account money one unit of price is worth for a leg's open lots (for its planned lots while it waits); None if unknown."""
    opened = leg.price_open or leg.plan.entry
    volume = leg.volume if leg.is_open else leg.plan.volume
    spec = state.specs.get(leg.symbol)
    if spec is not None and state.account is not None and spec.currency_profit == state.account.currency:
        return spec.contract_size * volume
    way = leg.plan.way(opened)
    if way is not None and leg.plan.volume:
        return leg.plan.risk * volume / leg.plan.volume / way
    mark = state.marks.get(leg.id)
    if mark is not None and leg.price_open is not None and mark.price != leg.price_open:
        value = mark.profit / ((mark.price - leg.price_open) * leg.side.sign)
        return value if value > 0 else None
    return None


def result_at(trade: Trade, level: Decimal, state: DeskState) -> Decimal | None:
    """What the whole trade will have made if all its open legs end at `level`; None if a leg's worth is unknown."""
    total = trade.realised
    for leg in trade.open_legs:
        value = worth(leg, state)
        if value is None or leg.price_open is None:
            return None
        total += (level - leg.price_open) * leg.side.sign * value
    return total


def result_at_stops(trade: Trade, state: DeskState, stops: dict[LegId, Decimal] | None = None) -> Decimal | None:
    """What the trade will have made if every open leg ends at its stop, `stops` by leg id where they differ; None without one."""
    total = trade.realised
    for leg in trade.open_legs:
        stop = (stops or {}).get(leg.id, leg.stop)
        value = worth(leg, state)
        if stop is None or value is None or leg.price_open is None:
            return None
        total += (stop - leg.price_open) * leg.side.sign * value
    return total


def floating(trade: Trade, state: DeskState) -> Decimal | None:
    """The result of what is open now; None while a leg has no price, because a part of it would look like the whole."""
    if any(leg.id not in state.marks for leg in trade.open_legs):
        return None
    return state.floating(trade)


def in_r(trade: Trade, result: Decimal | None) -> Decimal | None:
    """A result in units of the trade's planned risk."""
    return result / trade.risk if result is not None and trade.risk else None


def closing_price(trade: Trade, state: DeskState) -> Decimal | None:
    """Where the trade would close now."""
    quote = state.quotes.get(trade.symbol)
    return quote.closing(trade.side) if quote else None


def waiting(trade: Trade) -> tuple[LegView, ...]:
    """Legs that stand as pending orders."""
    return tuple(leg for leg in trade.legs if leg.state is LegState.PLACED)


def doubtful(trade: Trade) -> tuple[LegView, ...]:
    """Legs of which nobody knows yet whether they are at the broker."""
    return tuple(leg for leg in trade.legs if leg.state in (LegState.SENDING, LegState.SENT, LegState.UNKNOWN))


def quote_age(state: DeskState, symbol: str, now: int) -> int | None:
    """Milliseconds since the symbol's last price; None without one."""
    quote: Quote | None = state.quotes.get(symbol)
    return max(0, now - quote.at) if quote else None


def pip(symbol: str, state: DeskState) -> Decimal | None:
    """A pip as the instrument has it; before it is known where the whole market agrees on it, else None."""
    spec = state.specs.get(symbol)
    return spec.pip if spec else _agreed_pip(symbol)


def _agreed_pip(symbol: str) -> Decimal | None:
    # Currency pairs, gold and silver, with any suffix.
    base, counter = symbol[:3].upper(), symbol[3:6].upper()
    if counter == "USD" and base == "XAU":
        return Decimal("0.1")
    if counter == "USD" and base == "XAG":
        return Decimal("0.01")
    if base in CURRENCIES and counter in CURRENCIES:
        return Decimal("0.01") if counter == "JPY" else Decimal("0.0001")
    return None

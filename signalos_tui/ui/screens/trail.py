"""At which distance the stop follows the price, with where it would stand now and what it would secure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import partial

from msgspec import Struct
from textual.widget import Widget
from textual.widgets import Input

from signalos_tui.model.desk import DeskState, Trade
from signalos_tui.model.ids import SignalId
from signalos_tui.narrate import signal_name
from signalos_tui.ui import stakes
from signalos_tui.ui.actions import Fact, Refusal, Selection, live_trade, money_fact
from signalos_tui.ui.phrases import stop_of
from signalos_tui.ui.screens.card import Card
from signalos_tui.ui.screens.entry import Field, figure
from signalos_tui.ui.text import price

TRAILS = "the stop follows the price from when it does"


class Trailing(Struct, frozen=True):
    """The owner's choice. distance: in price, None to stop trailing."""

    distance: Decimal | None


class TrailScreen(Card[Trailing | None]):
    """A distance, or an end of trailing with an empty line; None for nothing."""

    FIRST = "#distance"
    YES = "Trail"

    def __init__(self, signal: SignalId, state: DeskState, now: int) -> None:
        super().__init__(state, now)
        self._signal = signal
        trade = state.trades.get(signal)
        self._was = trade.trail if trade else None
        suggested = self._was or (suggestion(trade) if trade else None)
        self._field = Field(
            "distance",
            name="distance",
            value=price(suggested) if suggested else "",
            after="in price" + ("; empty ends it" if self._was else ""),
        )

    def body(self) -> Iterable[Widget]:
        """The distance above what it means."""
        yield self._field
        yield self.facts

    @property
    def chosen(self) -> Decimal | None:
        """The distance as typed."""
        return figure(self._field.text)

    def refreshed(self) -> None:
        """Where the stop would stand."""
        trade = live_trade(self.state, Selection(trade=self._signal))
        if isinstance(trade, Refusal):
            self.say("No longer possible", (), problem=trade.text)
            return
        title = f"Trail the stop of {trade.symbol}?"
        name = Fact("trade", f"{trade.symbol} {trade.side.upper()}  {signal_name(trade.signal, self.state)}")
        if not self._field.text and self._was:
            ends = Fact(
                "trailing", f"ends; the stop stays at {stakes.quoted(stop_of(trade)[0], self.state, trade.symbol)}"
            )
            self.say(title, (name, ends), verb="Trail no more")
        elif not self._field.text:
            self.say(title, (name,), missing="Type the distance, in price.")
        elif self.chosen is None:
            self.say(title, (name,), problem=f'The distance was "{self._field.text}": one figure above 0')
        else:
            facts, problem = followed(trade, self.state, self.chosen)
            self.say(title, (name, *facts), problem=problem, verb="Trail", waits=TRAILS)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show it while it is typed."""
        event.stop()
        self.refreshed()

    def accept(self) -> None:
        """The distance, or its end."""
        self.dismiss(Trailing(self.chosen))


def suggestion(trade: Trade) -> Decimal | None:
    """The signal's own stop distance, what its author thought the market needs."""
    for leg in trade.legs:
        opened = leg.price_open or leg.plan.entry
        if opened is not None and leg.plan.stop is not None and opened != leg.plan.stop:
            return abs(opened - leg.plan.stop)
    return None


def followed(trade: Trade, state: DeskState, distance: Decimal) -> tuple[tuple[Fact, ...], str]:
    """Where the stop would stand at this distance, what that secures, and why it cannot be."""
    now = stakes.closing_price(trade, state)
    if now is None:
        return (), f"{trade.symbol} has no price: try again when quotes return"
    if distance >= now / 2:
        return (), f"The distance {price(distance)} is half of the price {price(now)} or more: a lost point?"
    quoted = partial(stakes.quoted, state=state, symbol=trade.symbol)
    stop, sign = now - trade.side.sign * distance, trade.side.sign
    current = stop_of(trade)[0]
    facts = [Fact("price", quoted(now))]
    if not trade.open_legs:
        facts.append(Fact("stop", "follows when the order is filled"))
    elif current is not None and (stop - current) * sign <= 0:
        facts.append(
            Fact("stop", f"stays at {quoted(current)} until the price is at {quoted(current + sign * distance)}")
        )
        facts.append(money_fact("at stop", trade, stakes.result_at(trade, current, state), state))
    else:
        facts.append(Fact("stop", f"{quoted(current)} to {quoted(stop)}, at once"))
        facts.append(money_fact("at stop", trade, stakes.result_at(trade, stop, state), state))
    return tuple(facts), ""

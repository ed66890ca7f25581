"""What a key would do, and what it would cost: from the desk, the selection and an action to a proposal or the reason why not.

Pure, so that the desk, the trace and the palette ask the same question and get the same answer, and a dialog that stands open
can ask again whenever the desk moves (reference: reliability G5). A proposal carries the facts to show and the commands it would
send; nothing is sent from here.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from msgspec import Struct

from signalos_tui.model import commands as c
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import Command
from signalos_tui.model.desk import ChannelView, DeskState, SignalView, Trade, UpdateView
from signalos_tui.model.ids import ChannelId, LegId, MessageKey, SignalId, UpdateId, channel_of, message_of
from signalos_tui.model.shown import mark_of
from signalos_tui.model.signals import UpdateAction
from signalos_tui.narrate import post_name, signal_name
from signalos_tui.ui import stakes
from signalos_tui.ui.phrases import opened_at
from signalos_tui.ui.text import lots, money, multiple, share

Draft = Callable[..., Command]
"""A command without its key and time: `draft(key=..., issued_at=...)` makes it."""


class Selection(Struct, frozen=True):
    """What the owner points at: what the focused pane has under its cursor, None for what it does not show.

    everywhere: all accounts together.
    """

    subject: SignalId | UpdateId | None = None
    trade: SignalId | None = None
    channel: ChannelId | None = None
    post: MessageKey | None = None
    symbol: str | None = None
    everywhere: bool = False


class Fact(Struct, frozen=True):
    """One line of a question. text may hold foreign words. tone: as in the tables ("profit", "held", "")."""

    label: str
    text: str
    tone: str = ""


class Proposal(Struct, frozen=True):
    """What a key would do. warning: what else to know. waits: what becomes of it while the terminal does not answer, if asked."""

    title: str
    verb: str
    facts: tuple[Fact, ...]
    drafts: tuple[Draft, ...]
    warning: str = ""
    asks: bool = True
    waits: str = ""


class Refusal(Struct, frozen=True):
    """Why a key does nothing now, and what to do instead."""

    text: str


Answer = Proposal | Refusal

WAITS = "the order waits until it does"
NEEDS_PRICE = "this needs a price, so it is refused until it does"
"""What becomes of an order while the terminal does not answer."""


def propose(action: str, state: DeskState, selection: Selection) -> Answer:
    """The answer to an action of the table (bindings.py) that needs no further input. KeyError for any other."""
    return _ANSWERS[action](state, selection)


def close(state: DeskState, selection: Selection, fraction: Decimal = Decimal(1)) -> Answer:
    """Close a part of the selected trade, 0 < fraction <= 1; at 1 its pending orders go too."""
    trade = live_trade(state, selection)
    if isinstance(trade, Refusal):
        return trade
    waiting = stakes.waiting(trade)
    if not trade.open_legs and (fraction < 1 or not waiting):
        return Refusal(_nothing_open(trade))
    whole = fraction == 1
    facts = [Fact("trade", _name(trade, state))]
    taken = {leg.id: leg.volume for leg in trade.open_legs} if whole else stakes.closed_by(trade, state, fraction)
    if trade.open_legs and not taken:
        return Refusal(f"{trade.symbol} is being closed already")
    if trade.open_legs:
        facts += [
            Fact("volume", _volume(trade, taken)),
            _closing_at(trade, state),
            *_results(trade, state, taken),
        ]
    if whole and waiting:
        facts.append(Fact("orders", f"{counted(len(waiting), 'pending order')} cancelled"))
    return Proposal(
        title=f"Close {'' if whole else share(fraction) + ' of '}{trade.symbol}?",
        verb="Close" if whole else f"Close {share(fraction)}",
        facts=tuple(facts),
        drafts=(partial(c.CloseTrade, signal=trade.signal, fraction=fraction),),
        warning=_indivisible(trade, fraction, taken) or _doubt(trade),
        waits=WAITS if whole else NEEDS_PRICE,
    )


def half(state: DeskState, selection: Selection) -> Answer:
    """Close half of the selected trade."""
    return close(state, selection, Decimal("0.5"))


def break_even(state: DeskState, selection: Selection) -> Answer:
    """Move every stop that is worse than its opening price there."""
    trade = live_trade(state, selection)
    if isinstance(trade, Refusal):
        return trade
    if not trade.open_legs:
        return Refusal(_nothing_open(trade))
    sign = trade.side.sign
    moving = [
        leg
        for leg in trade.open_legs
        if leg.price_open is not None and (leg.stop is None or (leg.stop - leg.price_open) * sign < 0)
    ]
    if not moving:
        return Refusal(f"The stops of {trade.symbol} are at break-even or better")
    now = stakes.closing_price(trade, state)
    opened = moving[0].price_open
    quoted = partial(stakes.quoted, state=state, symbol=trade.symbol)
    if now is not None and all((now - (leg.price_open or now)) * sign <= 0 for leg in moving):
        return Refusal(
            f"{trade.symbol} stands at {quoted(now)}, not beyond its opening price {quoted(opened)}: wait, or close"
        )
    stops = {leg.id: leg.price_open for leg in moving if leg.price_open is not None}
    after = stakes.result_at_stops(trade, state, stops)
    facts = (
        Fact("trade", _name(trade, state)),
        Fact(
            "stop",
            f"{quoted(moving[0].stop)} to {quoted(opened)}" + (f" on {len(moving)} legs" if len(moving) > 1 else ""),
        ),
        money_fact("at stop now", trade, stakes.result_at_stops(trade, state), state),
        money_fact("at stop then", trade, after, state),
    )
    drafts = (partial(c.BreakEven, signal=trade.signal),)
    return Proposal(f"Stop of {trade.symbol} to break-even?", "Move", facts, drafts, waits=NEEDS_PRICE)


def cancel_pending(state: DeskState, selection: Selection) -> Answer:
    """Remove the pending orders of the selected trade."""
    trade = live_trade(state, selection)
    if isinstance(trade, Refusal):
        return trade
    waiting = stakes.waiting(trade)
    if not waiting:
        return Refusal(f"{trade.symbol} has no pending order: Close ends what is open")
    facts = [Fact("trade", _name(trade, state))]
    facts += [
        Fact(
            "order", f"{leg.plan.kind} {lots(leg.plan.volume)} at {stakes.quoted(leg.plan.entry, state, trade.symbol)}"
        )
        for leg in waiting
    ]
    if trade.open_legs:
        facts.append(Fact("stays open", f"{lots(trade.volume)} lots"))
    verb = f"Cancel {counted(len(waiting), 'order')}"
    drafts = (partial(c.CancelPending, signal=trade.signal),)
    return Proposal(f"{verb} of {trade.symbol}?", verb, tuple(facts), drafts, waits=NEEDS_PRICE)


def reject(state: DeskState, selection: Selection) -> Answer:
    """Turn a held signal or update down. It opens and closes nothing, so it does not ask."""
    held = held_view(state, selection)
    if isinstance(held, Refusal):
        return held
    facts = (Fact("from", post_name(held.key, state)),)
    return Proposal("Reject it?", "Reject", facts, (partial(c.Reject, subject=held.id),), asks=False)


def approve(state: DeskState, selection: Selection) -> Answer:
    """Let a held signal or update go on; the approval dialog shows the rest (screens/approve.py)."""
    held = held_view(state, selection)
    if isinstance(held, Refusal):
        return held
    if isinstance(held, UpdateView) and (why := _leaves_it_to_the_owner(held, state)):
        return Refusal(why)
    facts = (Fact("from", post_name(held.key, state)),)
    return Proposal("Approve it?", "Approve", facts, (partial(c.Approve, subject=held.id, shown=mark_of(held)),))


def pause(state: DeskState, selection: Selection) -> Answer:
    """Pause the selected channel, or the channel of what is selected; a paused one trades again.

    The same key takes it back, so neither asks; whom it was is told.
    """
    view = channel_selected(state, selection)
    if isinstance(view, Refusal):
        return view
    facts = (Fact("channel", view.channel.title),)
    if view.is_paused:
        again = partial(c.ResumeChannel, channel=view.channel.id)
        return Proposal("Trade this channel again?", "Resume", facts, (again,), asks=False)
    draft = partial(c.PauseChannel, channel=view.channel.id)
    return Proposal("Pause this channel?", "Pause", facts, (draft,), asks=False)


def resume(state: DeskState, selection: Selection) -> Answer:
    """Trade again after a stop."""
    if state.trading is TradingState.ACTIVE:
        return Refusal("Trading is active already")
    facts = [
        Fact("state", state.trading.upper(), str(state.trading)),
        Fact("because", state.trading_reason or "not said"),
        Fact("open now", counted(len(state.live_trades), "trade")),
        Fact("open risk", in_currency(state.open_risk, state)),
    ]
    held = sum(1 for view in state.signals.values() if view.is_waiting)
    if held:
        facts.append(Fact("held", f"{counted(held, 'signal')} still {'waits' if held == 1 else 'wait'} for you"))
    draft = partial(c.SetTradingState, state=TradingState.ACTIVE)
    return Proposal("Trade again?", "Resume", tuple(facts), (draft,), "New signals will be traded from now on.")


# --- what is selected ---------------------------------------------------------------------------------------------


def live_trade(state: DeskState, selection: Selection) -> Trade | Refusal:
    """The selected trade, or that of the selected signal or update."""
    signal = selection.trade or _trade_of(state, selection.subject)
    if signal is None:
        return Refusal("No trade is selected: choose one in Trades, or a signal that was traded")
    trade = state.trades.get(signal)
    if trade is None:
        return Refusal(f"{signal_name(signal, state)} was not traded")
    if not trade.is_live:
        return Refusal(f"{trade.symbol} of {signal_name(signal, state)} has ended")
    return trade


def held_view(state: DeskState, selection: Selection) -> SignalView | UpdateView | Refusal:
    """The selected signal or update, where it waits for the owner."""
    subject = selection.subject
    if subject is None:
        return Refusal("Nothing held is selected: choose a held row in Signals")
    view = state.signals.get(SignalId(subject)) or state.updates.get(UpdateId(subject))
    if view is None:
        return Refusal("That signal is no longer in view")
    if not view.is_waiting:
        became = view.rejected or view.outcome or "being decided"
        return Refusal(f"{post_name(view.key, state)} is not held: {became}")
    return view


def _leaves_it_to_the_owner(view: UpdateView, state: DeskState) -> str:
    # What approving cannot settle, because it would have to guess.
    if view.update.action in (UpdateAction.CONDITIONAL, UpdateAction.REOPEN, UpdateAction.ADD):
        return "It leaves the choice to you: act on the trade itself with its keys, then reject it"
    bound = view.decision.signals if view.decision else ()
    live = [sid for sid in bound if sid in state.trades and state.trades[sid].is_live]
    if len(live) == 1 or (view.update.everything and live):
        return ""
    return f"It fits {counted(len(live), 'open trade')}: act on the one you mean with its keys"


def _trade_of(state: DeskState, subject: SignalId | UpdateId | None) -> SignalId | None:
    if subject is None:
        return None
    update = state.updates.get(UpdateId(subject))
    if update is None:
        return SignalId(subject)
    # An update acts on its trade only where there is no doubt which one that is.
    bound = update.decision.signals if update.decision else ()
    return bound[0] if len(bound) == 1 else None


def channel_selected(state: DeskState, selection: Selection) -> ChannelView | Refusal:
    """The selected channel, or that of what is selected."""
    channel = channel_meant(selection)
    view = state.channels.get(channel) if channel else None
    return view if view is not None else Refusal("No channel is selected: choose one, or a signal of it")


def channel_meant(selection: Selection) -> ChannelId | None:
    """The selected channel, or that of what is selected."""
    subject = selection.subject or selection.trade
    key = message_of(subject) if subject else selection.post
    return selection.channel or (channel_of(key) if key else None)


# --- words and money ----------------------------------------------------------------------------------------------


def money_fact(label: str, trade: Trade, result: Decimal | None, state: DeskState) -> Fact:
    """A result in the account's money and in R, in its colour."""
    if result is None:
        return Fact(label, "not known: a stop or a price is missing", "muted")
    about = f"{in_currency(result, state, sign=True)}  {multiple(stakes.in_r(trade, result))}"
    return Fact(label, f"about {about}", tone(result))


def in_currency(value: Decimal, state: DeskState, *, sign: bool = False) -> str:
    """Money of an account with its currency, as far as the account is known."""
    return f"{money(value, sign=sign)} {state.account.currency if state.account else ''}".rstrip()


def tone(result: Decimal) -> str:
    """The colour of a result."""
    return "profit" if result > 0 else "loss" if result < 0 else ""


def _name(trade: Trade, state: DeskState) -> str:
    return f"{trade.symbol} {trade.side.upper()}  {signal_name(trade.signal, state)}"


def _volume(trade: Trade, taken: dict[LegId, Decimal]) -> str:
    legs, closed = counted(len(trade.open_legs), "leg"), sum(taken.values(), Decimal(0))
    if closed == trade.volume:
        return f"{lots(trade.volume)} lots in {legs}"
    return f"{lots(closed)} of {lots(trade.volume)} lots, {share(closed / trade.volume)}, in {legs}"


def _indivisible(trade: Trade, fraction: Decimal, taken: dict[LegId, Decimal]) -> str:
    if fraction < 1 and trade.open_legs and sum(taken.values(), Decimal(0)) == trade.volume:
        return "It cannot be divided any further: this closes all of it."
    return ""


def _closing_at(trade: Trade, state: DeskState) -> Fact:
    now = stakes.closing_price(trade, state)
    if now is None:
        return Fact("price", "none: the terminal has no quote", "held")
    opened = stakes.quoted(opened_at(trade), state, trade.symbol)
    return Fact("price", f"about {stakes.quoted(now, state, trade.symbol)}, opened at {opened}")


def _results(trade: Trade, state: DeskState, taken: dict[LegId, Decimal]) -> list[Fact]:
    floating, result = stakes.floating(trade, state), stakes.floating_of(trade, state, taken)
    whole = sum(taken.values(), Decimal(0)) == trade.volume
    unknown = Fact("result", "not known: the terminal gives no price for it", "muted")
    facts = [money_fact("result", trade, result, state) if result is not None else unknown]
    if not whole and floating is not None and result is not None:
        facts.append(money_fact("stays open", trade, floating - result, state))
    if trade.realised:
        facts.append(Fact("already", in_currency(trade.realised, state, sign=True), tone(trade.realised)))
        if whole and floating is not None:
            facts.append(money_fact("together", trade, trade.realised + floating, state))
    return facts


def _doubt(trade: Trade) -> str:
    count = len(stakes.doubtful(trade))
    return f"{counted(count, 'leg')} not yet proven at the broker: not touched by this." if count else ""


def _nothing_open(trade: Trade) -> str:
    if stakes.waiting(trade):
        return f"{trade.symbol} is not open yet, its order waits: Cancel removes it"
    return f"{trade.symbol} has no open position yet"


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 leg", "2 legs"."""
    return f"{number} {noun}{'s' * (number != 1)}"


_ANSWERS: dict[str, Callable[[DeskState, Selection], Answer]] = {
    "close": close,
    "half": half,
    "break_even": break_even,
    "cancel_pending": cancel_pending,
    "approve": approve,
    "reject": reject,
    "pause": pause,
    "resume": resume,
}

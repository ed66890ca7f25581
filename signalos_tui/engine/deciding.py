"""From a reading to decisions: ask the terminal what the rules need to know, let evaluate decide, make the intents.

One decision at a time: who asks holds `desk.lock` from the look at the desk to the record on disk, and passes the desk as earlier
signals of the same post will leave it, so that two signals can never both fit under one cap (reference: reliability C7).
"""

from __future__ import annotations

import asyncio
from decimal import Decimal

from signalos_tui.config import Config, Trading
from signalos_tui.engine.answering import Answered, answered
from signalos_tui.engine.desk import Desk
from signalos_tui.engine.forwards import why_forwarded
from signalos_tui.engine.settings import Settings
from signalos_tui.engine.symbols import Symbols
from signalos_tui.engine.venue import Venue
from signalos_tui.evaluate.binding import Binding, bind
from signalos_tui.evaluate.case import Call, Case, Exposure, OpenTrade, fingerprint
from signalos_tui.evaluate.draft import Draft, DraftLeg, draft
from signalos_tui.evaluate.gate import judge
from signalos_tui.evaluate.sizing import size
from signalos_tui.model.decisions import Decision, DecisionOutcome
from signalos_tui.model.desk import DeskState, SignalView, Trade
from signalos_tui.model.events import Event, IntentRecorded, SignalDecided
from signalos_tui.model.ids import LegId, Magic, SignalId, leg_id, magic, signal_id
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.messages import Message
from signalos_tui.model.signals import Reading, Reason, Signal, Update

COMMISSION_SIDES = 2
MOST_FINGERPRINTS = 2000


class Decider:
    """Decides signals of one account."""

    def __init__(self, desk: Desk, venue: Venue, config: Config, settings: Settings, symbols: Symbols) -> None:
        self._desk = desk
        self._venue = venue
        self._symbols = symbols
        self._config = config
        self._settings = settings
        self._fingerprints: dict[SignalId, tuple[tuple[Signal, str], ...]] = {}

    async def decide(
        self,
        signal: Signal,
        reading: Reading,
        message: Message,
        state: DeskState,
        *,
        by_owner: bool = False,
        seconded: bool = False,
        asking: Reason | None = None,
    ) -> list[Event]:
        """The events of one signal's decision: SignalDecided and, when it is accepted, its intents; before them what is new
        about its name.

        state: the desk as it will be when this is written. seconded: both readers agree. asking: why the owner is asked even
        if all rules pass. Held: `desk.lock`.
        """
        venue, now = self._venue, self._desk.clock.now()
        sid = signal_id(message.key, signal.number)
        wanted = signal.symbol
        (resolution, spec, quote), account = await asyncio.gather(self._symbols.found(wanted, state), venue.account())
        trading = self._settings.of(message.channel, wanted or resolution.name or "")
        drafted = sized = None
        if spec is not None and quote is not None:
            drafted = draft(signal, spec, quote, trading, now)
            if account is not None:
                losses, margins = await self._asked(drafted, spec, quote)
                sized = size(drafted, losses, margins, account, spec, trading.risk, signal=sid)
        case = Case(
            signal=signal,
            signal_id=sid,
            channel=message.channel,
            reading=reading,
            posted_at=message.posted_at,
            edited=message.edited_at is not None,
            now=now,
            resolution=resolution,
            spec=spec,
            quote=quote,
            account=account,
            draft=drafted,
            sized=sized,
            trading=trading,
            exposure=self._exposure(state, message, sid, trading),
            quote_age_limit_ms=round(self._config.engine.quote_age_s * 1000),
            by_owner=by_owner,
            seconded=seconded,
            permit=self._settings.permit(message.channel),
            asking=asking or (None if by_owner else why_forwarded(message, trading.rules)),
        )
        return [
            *self._symbols.news(wanted, resolution, state),
            *self._events(judge(case), message, trading, quote, state),
        ]

    async def _asked(self, drafted: Draft, spec: SymbolSpec, quote: Quote) -> tuple[list[Decimal], list[Decimal]]:
        # What one lot of each leg loses at its stop and binds as margin, in the terminal's own arithmetic.
        # All of them at once: it may be far away.
        config, venue, side = self._config, self._venue, drafted.side
        commission = config.paper.commission if venue.is_paper else config.terminal.commission
        commission *= COMMISSION_SIDES

        async def lost(leg: DraftLeg) -> Decimal:
            if side is None or leg.stop is None:
                return Decimal("NaN")
            loss = await venue.profit_per_lot(side, spec.name, leg.reference, leg.stop)
            # A stop that loses nothing is a terminal that cannot compute: a size made of the costs alone would be enormous.
            return Decimal("NaN") if loss is None or loss >= 0 else commission - loss

        async def bound(leg: DraftLeg) -> Decimal:
            margin = await venue.margin_per_lot(side, spec.name, leg.reference) if side is not None else None
            return Decimal("NaN") if margin is None else margin

        legs = drafted.legs
        answers = await asyncio.gather(*map(lost, legs), *map(bound, legs))
        return answers[: len(legs)], answers[len(legs) :]

    def _exposure(self, state: DeskState, message: Message, signal: SignalId, trading: Trading) -> Exposure:
        view = state.channels.get(message.channel)
        oldest = message.posted_at - trading.rules.duplicate_window_min * 60_000
        calls = tuple(
            Call(one.id, one.channel, post.message.posted_at, written)
            for one in state.signals.values()
            if _counts_as_call(one)
            and one.id != signal
            and (post := state.posts.get(one.key)) is not None
            and post.message.posted_at >= oldest
            for written in self._written(one)
        )
        return Exposure(
            trading_state=state.trading,
            channel_paused=view.is_paused if view else False,
            channel_is_read=view.is_followed if view else True,
            trades=tuple(trade for trade in open_trades(state) if trade.signal != signal),
            day_equity=state.day_equity,
            calls=calls,
        )

    def _written(self, view: SignalView) -> list[str]:
        # A repost of what was traded is a repeat, and so is one of what an edit made of it.
        return list(dict.fromkeys(self._fingerprint(view.id, one) for one in (view.decided, view.signal) if one))

    def _fingerprint(self, name: SignalId, signal: Signal) -> str:
        for known, written in self._fingerprints.get(name, ()):
            if known is signal:
                return written
        if len(self._fingerprints) > MOST_FINGERPRINTS:
            self._fingerprints.clear()
        made = (signal, fingerprint(signal))
        self._fingerprints[name] = (*self._fingerprints.get(name, ())[-1:], made)
        return made[1]

    def _events(
        self, decision: Decision, message: Message, trading: Trading, quote: Quote | None, state: DeskState
    ) -> list[Event]:
        plan = decision.plan
        price = quote.mid if quote is not None else None
        events: list[Event] = [SignalDecided(decision, price)]
        if decision.outcome is not DecisionOutcome.ACCEPTED or plan is None:
            return events
        known = state.trades.get(decision.signal)
        issue = max((_issue_of(leg.id) for leg in known.legs), default=-1) + 1 if known else 0
        given = {leg.magic for trade in state.trades.values() for leg in trade.legs}
        for leg in plan.legs:
            name = leg_id(decision.signal, leg.number, issue)
            events.append(
                IntentRecorded(
                    leg=name,
                    signal=decision.signal,
                    magic=self._magic(name, given),
                    symbol=plan.symbol,
                    side=plan.side,
                    plan=leg,
                    posted_at=message.posted_at,
                    ttl_ms=round(trading.send.ttl_s * 1000),
                )
            )
        return events

    def _magic(self, leg: LegId, given: set[Magic]) -> Magic:
        journal = self._desk.journal
        for probe in range(1000):
            value = magic(journal.salt, self._desk.state.account_name, leg, probe)
            if value not in given and journal.magic_owner(value) in (None, leg):
                given.add(value)
                return value
        raise AssertionError(f"no free magic for leg {leg}")

    def binding(self, update: Update, message: Message, state: DeskState, known: SignalId | None = None) -> Binding:
        """The trades an update is about. state: the desk so far. known: the call it adds to, where that is known.

        Raises JournalFailed, JournalUnusable.
        """
        aliases = {**self._symbols.chosen(state), **self._config.aliases}
        found = Answered((known,)) if known is not None else self.answered(message, state)
        trades = open_trades(state)
        return bind(update, found.signals, trades, message.channel, aliases, is_answer_known=found.is_known)

    def answered(self, message: Message, state: DeskState) -> Answered:
        """What a message answers, as far back as the journal goes. Raises JournalFailed, JournalUnusable."""
        return answered(state, message, self._desk.journal.recalled)


def open_trades(state: DeskState) -> tuple[OpenTrade, ...]:
    """The trades that count in caps and that updates can reach, unsettled ones included (R11)."""
    return tuple(
        OpenTrade(trade.signal, trade.channel, trade.symbol, trade.side, trade.risk_left)
        for trade in state.trades.values()
        if trade.is_live or _is_about_to_open(trade)
    )


def _is_about_to_open(trade: Trade) -> bool:
    return not trade.legs  # accepted a moment ago, its intents are being written


def _counts_as_call(view: SignalView) -> bool:
    return view.outcome in (DecisionOutcome.ACCEPTED, DecisionOutcome.HELD)


def _issue_of(leg: LegId) -> int:
    _, _, issue = leg.rpartition(".")[0].partition("!")
    return int(issue) if issue else 0

"""Actions on a netting account: every close is a deal of its own, and follows the rules of an opening.

It has a magic of its own, is written down before it is called, looked for before it is sent, and never sent again while what
became of it is not known. It is only sent while the position covers all open legs: whatever changed it from outside stops us,
so that a close can never become the opposite trade. Stop and target are one for all legs. Decision 0010; reference: R12.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal

from signalos_tui.config import Send
from signalos_tui.execute import constants as mt
from signalos_tui.execute import netting, sharing
from signalos_tui.execute.calls import Called, Calls, until
from signalos_tui.execute.look import Look, look
from signalos_tui.execute.reconcile import of
from signalos_tui.execute.retcodes import Answer, what_of
from signalos_tui.execute.structs import TradeOrder, TradePosition
from signalos_tui.execute.terminal import Intent
from signalos_tui.execute.translate import decimal, order_type, price_or_none, side_of
from signalos_tui.model.desk import LegView
from signalos_tui.model.events import (
    ActionSettled,
    CloseRefused,
    CloseSending,
    CloseUnknown,
    Event,
    LegProtected,
)
from signalos_tui.model.ids import Magic, Ticket, closing_id
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.orders import ActionKind, LegAction, TradeRequest
from signalos_tui.model.signals import OrderKind
from signalos_tui.state import find_leg

SHOWS_WITHIN_S = 2.0


class Netted(Calls):
    """Closes, parts and levels on a netting account."""

    def _sharing(self, leg: LegView) -> tuple[LegView, ...]:
        # The legs of its trade: one trade a symbol, so also those of its position.
        trade = self._ledger.state.trades.get(leg.signal)
        return trade.legs if trade is not None else (leg,)

    async def _netted_request(
        self, leg: LegView, action: LegAction, send: Send, filling: int | None
    ) -> TradeRequest | str | None:
        # The request; a text when there is nothing left to do; None when the account cannot say, or something is on its way.
        seen = await look(self._terminal, self._sharing(leg), self._account(), self._clock.now(), sweep=True)
        leg = find_leg(self._ledger.state, leg.id) or leg
        if not seen.is_clean:
            return None
        order = of(leg, seen)[1]
        if action.kind is ActionKind.CANCEL or not leg.is_open:
            return self._waiting_request(leg, action, order)
        dealt = {deal.order for deal in netting.opening_deals(leg, seen.deals)}
        if action.kind is ActionKind.CLOSE and order is not None and order.ticket in (leg.order, *dealt):
            # Filled in part so far: the rest must not be filled after the close.
            return TradeRequest(action=mt.TRADE_ACTION_REMOVE, symbol=leg.symbol, order=Ticket(order.ticket))
        position = netting.position_of(leg, seen.positions)
        if position is None or side_of(position.type) is not leg.side:
            return None
        if action.kind is ActionKind.PROTECT:
            return TradeRequest(
                action=mt.TRADE_ACTION_SLTP,
                symbol=leg.symbol,
                position=Ticket(position.ticket),
                sl=action.stop or Decimal(0),
                tp=self._target_with(leg, action) or Decimal(0),
                magic=leg.magic,
            )
        known = await self._instrument(leg.symbol)
        if known is None or leg.unsettled or not self._covers(leg, position):
            return None
        return await self._closing_request(leg, action, position, seen, *known, send, filling)

    def _waiting_request(self, leg: LegView, action: LegAction, order: TradeOrder | None) -> TradeRequest | str | None:
        if order is None:  # it may have been filled this moment: then a close is still to be done
            return None if action.kind is ActionKind.CLOSE and not leg.is_open else "it is no longer at the broker"
        if action.kind is not ActionKind.PROTECT:
            return TradeRequest(action=mt.TRADE_ACTION_REMOVE, symbol=leg.symbol, order=Ticket(order.ticket))
        return TradeRequest(
            action=mt.TRADE_ACTION_MODIFY,
            symbol=leg.symbol,
            order=Ticket(order.ticket),
            price=decimal(order.price_open),
            sl=action.stop or Decimal(0),
            tp=self._target_with(leg, action) or Decimal(0),
            type_time=order.type_time,
            expiration=order.time_expiration,
        )

    def _target_with(self, leg: LegView, action: LegAction) -> Decimal | None:
        live = [one for one in self._sharing(leg) if one.is_live]
        return netting.furthest(leg.side, [action.target if one.id == leg.id else one.levels[1] for one in live])

    def _covers(self, leg: LegView, position: TradePosition) -> bool:
        # Less than our legs add up to: something was closed that we do not know of yet, and it may have been this.
        ours = sum((one.volume for one in self._sharing(leg) if one.is_open), Decimal(0))
        return decimal(position.volume) >= ours

    async def _closing_request(
        self,
        leg: LegView,
        action: LegAction,
        position: TradePosition,
        seen: Look,
        spec: SymbolSpec,
        quote: Quote,
        send: Send,
        filling: int | None,
    ) -> TradeRequest | str | None:
        volume = leg.volume - action.volume if action.kind is ActionKind.REDUCE else leg.volume
        if volume <= 0:
            return "the leg is that small already"
        magic = self._free_magic(leg, action, seen)
        if magic is None:
            return None
        return TradeRequest(
            action=mt.TRADE_ACTION_DEAL,
            symbol=leg.symbol,
            type=order_type(leg.side.opposite, OrderKind.MARKET),
            volume=await self._at_once(volume, spec),
            price=quote.closing(leg.side),
            deviation=send.deviation_points,
            magic=magic,
            position=Ticket(position.ticket),  # so that a server can refuse it when the position has ended meanwhile
            comment=f"so {magic:x}",
            type_filling=self._filling_of(spec) if filling is None else filling,
        )

    def _free_magic(self, leg: LegView, action: LegAction, seen: Look) -> Magic | None:
        # None while a close that a lost journal sent under the next name is not accounted for (R3). One that is, has been, and
        # so has one that came to nothing.
        counted = {ticket for one in self._sharing(leg) for ticket in one.deals}
        waiting = {order.magic for order in seen.orders}
        states = {order.magic: order.state for order in seen.past_orders}
        for _, magic in self._names(leg, action):
            deals = [deal.ticket for deal in seen.deals if deal.magic == magic]
            if not deals and magic not in waiting and magic not in states:
                return magic
            if (
                magic in waiting
                or not counted.issuperset(deals)
                or not (deals or states[magic] in sharing.CAME_TO_NOTHING)
            ):
                return None
        return None

    def _names(self, leg: LegView, action: LegAction) -> Iterator[tuple[int, Magic]]:
        # The parts of an action that this journal has not sent, with their magics.
        first = max((one.part for one in leg.closings if one.number == action.number), default=0) + 1
        for part in range(first, first + sharing.FORGOTTEN):
            yield part, self._ledger.magic(closing_id(leg.id, action.number, part))

    # --- the deal -------------------------------------------------------------------------------------------------

    async def _close(self, leg: LegView, action: LegAction, request: TradeRequest, send: Send) -> Called:
        """Write ahead, call, write the answer down. Whether it is asked again is the caller's to say, from the answer."""
        part = next(part for part, magic in self._names(leg, action) if magic == request.magic)
        await self._ledger.record(CloseSending(leg.id, action.number, part, request))
        now = self._clock.now()
        intent = Intent(closing_id(leg.id, action.number, part), now, until(leg, now, send))
        called = await self._asked(request, intent, send.call_s)
        if called.code == mt.TRADE_RETCODE_POSITION_CLOSED:
            # Nothing was closed by this deal: whatever ended the position is found in the books.
            await self._ledger.record(self._refused(leg, action, part, called))
        elif called.answer.is_accepted:
            await self._ledger.record(*await self._closed_now(leg, action, part))
        elif called.answer is Answer.AMBIGUOUS:
            await self._ledger.record(CloseUnknown(leg.id, action.number, part, called.code, what_of(called.code)))
        else:
            await self._ledger.record(self._refused(leg, action, part, called))
        return called

    def _refused(self, leg: LegView, action: LegAction, part: int, called: Called) -> Event:
        return CloseRefused(leg.id, action.number, part, called.code, called.text, called.latency)

    async def _closed_now(self, leg: LegView, action: LegAction, part: int) -> list[Event]:
        # The deal is done a moment before it is listed; what is not seen at once is found by comparing.
        deadline = self._clock.now() + round(SHOWS_WITHIN_S * 1000)
        while True:
            now = find_leg(self._ledger.state, leg.id) or leg
            closing = next((one for one in now.closings if (one.number, one.part) == (action.number, part)), None)
            deals = await self._terminal.history_deals_of(now.position or 0)
            found = netting.closed_by(now, closing, deals, self._sharing(now)) if closing and deals else []
            if found or self._clock.now() >= deadline:
                return found
            await asyncio.sleep(0.1)

    def _protected(self, leg: LegView, action: LegAction, code: int, latency: int) -> list[Event]:
        # One stop for all legs of the position.
        done: list[Event] = [ActionSettled(leg.id, action.number, True, code, "done", latency)]
        done.append(LegProtected(leg.id, action.stop, action.target, action.text))
        others = [one for one in self._sharing(leg) if leg.is_open and one.is_open and one.id != leg.id]
        done += [LegProtected(o.id, action.stop, o.target, action.text) for o in others if o.stop != action.stop]
        return done


def stands_already(request: TradeRequest, positions: tuple[TradePosition, ...]) -> bool:
    """The position has these levels already: another leg's wish has set them."""
    position = next((p for p in positions if p.ticket == request.position), None)
    if request.action != mt.TRADE_ACTION_SLTP or position is None:
        return False
    return (price_or_none(position.sl), price_or_none(position.tp)) == (request.sl or None, request.tp or None)

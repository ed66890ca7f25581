"""What events mean for the engine, the channels, the messages and the decisions in view."""

from __future__ import annotations

from msgspec.structs import replace

from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import (
    MOST_TITLES,
    ChannelView,
    DeskState,
    Post,
    Revision,
    SignalView,
    Trade,
    UpdateView,
)
from signalos_tui.model.ids import MessageKey, SignalId, UpdateId, channel_of, message_of, signal_id, update_id
from signalos_tui.model.market import Sample
from signalos_tui.model.messages import Health
from signalos_tui.model.signals import Reading
from signalos_tui.state.steps import having, on, with_channel

KEEP_POSTS = 400
KEEP_ENDED_TRADES = 100
KEEP_SAMPLES = 600
SAMPLE_EVERY_MS = 2000


# --- the engine ---------------------------------------------------------------------------------------------------


@on(e.EngineStarted)
def _engine_started(state: DeskState, at: int, event: e.EngineStarted) -> DeskState:
    return replace(
        state,
        version=event.version,
        generation=event.generation,
        account_name=event.account,
        started_at=at,
        is_running=True,
        is_armed=False,
    )


@on(e.EngineArmed)
def _engine_armed(state: DeskState, at: int, event: e.EngineArmed) -> DeskState:
    return replace(state, is_armed=True, vouched_at=max(state.vouched_at, at))


@on(e.EngineStopped)
def _engine_stopped(state: DeskState, at: int, event: e.EngineStopped) -> DeskState:
    return replace(state, is_running=False, is_armed=False)


@on(e.TradingStateChanged)
def _trading_state(state: DeskState, at: int, event: e.TradingStateChanged) -> DeskState:
    reason = "" if event.state is TradingState.ACTIVE else event.reason
    return replace(state, trading=event.state, trading_reason=reason)


@on(e.DayStarted)
def _day_started(state: DeskState, at: int, event: e.DayStarted) -> DeskState:
    return replace(state, day=event.date, day_equity=event.equity)


@on(e.AccountRecorded)
def _account_recorded(state: DeskState, at: int, event: e.AccountRecorded) -> DeskState:
    return replace(state, account=event.account, currency=event.account.currency)


# --- channels and messages ----------------------------------------------------------------------------------------


@on(e.ChannelFollowed)
def _channel_followed(state: DeskState, at: int, event: e.ChannelFollowed) -> DeskState:
    known = state.channels.get(event.channel.id)
    if known is None:
        return replace(state, channels=having(state.channels, event.channel.id, ChannelView(event.channel)))
    titles, old = known.titles, known.channel.title
    if old != event.channel.title:  # a title it had goes on to hold it back (config/titles.py)
        titles = (old, *(title for title in titles if title != old))[:MOST_TITLES]
    view = replace(known, channel=event.channel, is_followed=True, titles=titles)
    return replace(state, channels=having(state.channels, event.channel.id, view))


@on(e.ChannelUnfollowed)
def _channel_unfollowed(state: DeskState, at: int, event: e.ChannelUnfollowed) -> DeskState:
    return with_channel(state, event.channel, is_followed=False, health=Health.OK, detail="")


@on(e.ChannelPolicySet)
def _channel_policy(state: DeskState, at: int, event: e.ChannelPolicySet) -> DeskState:
    return with_channel(state, event.channel, policy=event.policy)


@on(e.PostImported)
def _post_imported(state: DeskState, at: int, event: e.PostImported) -> DeskState:
    view = state.channels.get(event.message.channel)
    return with_channel(state, event.message.channel, imported=view.imported + 1) if view else state


@on(e.ChannelHealthChanged)
def _channel_health(state: DeskState, at: int, event: e.ChannelHealthChanged) -> DeskState:
    return with_channel(state, event.channel, health=event.health, detail=event.detail)


@on(e.ChannelPaused)
def _channel_paused(state: DeskState, at: int, event: e.ChannelPaused) -> DeskState:
    return with_channel(state, event.channel, is_paused=True)


@on(e.ChannelResumed)
def _channel_resumed(state: DeskState, at: int, event: e.ChannelResumed) -> DeskState:
    return with_channel(state, event.channel, is_paused=False)


@on(e.MessageReceived)
def _message_received(state: DeskState, at: int, event: e.MessageReceived) -> DeskState:
    message = event.message
    state = _pruned(state)
    state = replace(state, posts=having(state.posts, message.key, Post(message, at)))
    view = state.channels.get(message.channel)
    return (
        with_channel(state, message.channel, messages=view.messages + 1, last_at=message.posted_at) if view else state
    )


@on(e.MessageEdited)
def _message_edited(state: DeskState, at: int, event: e.MessageEdited) -> DeskState:
    post = state.posts.get(event.message.key)
    if post is None:  # imported, or long out of view: it is written down, and an edit makes nobody read it
        return state
    before = Revision(post.message.edited_at or post.message.posted_at, post.message.text)
    # What was read was the revision before: until this one is read, after a restart too, the post counts as unread.
    post = replace(
        post,
        message=event.message,
        revision=event.revision,
        earlier=(*post.earlier, before),
        reading=None,
        corrected=None,
        second=None,
    )
    return replace(state, posts=having(state.posts, event.message.key, post))


@on(e.MessageDeleted)
def _message_deleted(state: DeskState, at: int, event: e.MessageDeleted) -> DeskState:
    post = state.posts.get(event.key)
    if post is None:
        return state
    return replace(state, posts=having(state.posts, event.key, replace(post, deleted_at=at)))


@on(e.MessageRead)
def _message_read(state: DeskState, at: int, event: e.MessageRead) -> DeskState:
    post = state.posts.get(event.key)
    if post is not None:
        # What the second reader said was compared with the reading before.
        second = post.second if event.reading == post.reading else None
        post = replace(post, reading=event.reading, second=second)
        state = replace(state, posts=having(state.posts, event.key, post))
    state = _with_reading(state, at, event.key, event.reading)
    signals = dict(state.signals)
    for one in event.differences:
        view = signals.get(SignalId(one.subject))
        if view is not None:
            signals[view.id] = replace(view, edited=one.text)
    return replace(state, signals=signals)


@on(e.PostsJoined)
def _posts_joined(state: DeskState, at: int, event: e.PostsJoined) -> DeskState:
    view = state.signals.get(event.signal)
    if view is None:
        return state
    view = replace(view, signal=event.reading.signals[0], reading=event.reading, parts=event.parts)
    return replace(state, signals=having(state.signals, view.id, view))


@on(e.SecondReading)
def _second_reading(state: DeskState, at: int, event: e.SecondReading) -> DeskState:
    state = replace(state, second=state.second.plus(event.opinion, at))
    post = state.posts.get(event.key)
    if post is None or post.revision != event.revision:
        return state
    return replace(state, posts=having(state.posts, event.key, replace(post, second=event.opinion)))


@on(e.ReadingCorrected)
def _reading_corrected(state: DeskState, at: int, event: e.ReadingCorrected) -> DeskState:
    post = state.posts.get(event.key)
    if post is None or post.revision != event.revision:
        return state
    after = replace(state, posts=having(state.posts, event.key, replace(post, corrected=event.reading)))
    return after if state.was_acted_on(event.key) else _with_reading(after, at, event.key, event.reading)


@on(e.ChannelTaught)
def _channel_taught(state: DeskState, at: int, event: e.ChannelTaught) -> DeskState:
    return with_channel(state, event.channel, lesson=event.lesson)


def _with_reading(state: DeskState, at: int, key: MessageKey, reading: Reading) -> DeskState:
    # What a post says now: its signals and updates under their numbers, new ones counted.
    channel = channel_of(key)
    signals, updates, fresh = dict(state.signals), dict(state.updates), 0
    for signal in reading.signals:
        sid = signal_id(key, signal.number)
        known = signals.get(sid)
        fresh += known is None
        signals[sid] = (
            replace(known, signal=signal, reading=reading, parts=())
            if known
            else SignalView(sid, key, channel, at, signal, reading)
        )
    for update in reading.updates:
        uid = update_id(key, update.number)
        before = updates.get(uid)
        if before is None:
            updates[uid] = UpdateView(uid, key, channel, at, update, reading)
        elif before.outcome is not DecisionOutcome.ACCEPTED:
            updates[uid] = replace(before, update=update, reading=reading)
    _lose(key, reading, signals, updates)
    state = replace(state, signals=signals, updates=updates)
    view = state.channels.get(channel)
    return with_channel(state, channel, signals=view.signals + fresh) if view and fresh else state


def _lose(
    key: MessageKey, reading: Reading, signals: dict[SignalId, SignalView], updates: dict[UpdateId, UpdateView]
) -> None:
    # What was acted on and is no longer in its post: remembered, whatever later edits write there.
    for sid, view in signals.items():
        if view.key == key and view.was_accepted:
            is_there = any(signal_id(key, signal.number) == sid for signal in reading.signals)
            signals[sid] = view if is_there else replace(view, is_lost=True)
    for uid, seen in updates.items():
        if seen.key == key and seen.outcome is DecisionOutcome.ACCEPTED:
            is_there = any(update_id(key, update.number) == uid for update in reading.updates)
            updates[uid] = seen if is_there else replace(seen, is_lost=True)


# --- decisions ----------------------------------------------------------------------------------------------------

_COUNTED = {DecisionOutcome.ACCEPTED: "traded", DecisionOutcome.HELD: "held", DecisionOutcome.DENIED: "denied"}


@on(e.SignalDecided)
def _signal_decided(state: DeskState, at: int, event: e.SignalDecided) -> DeskState:
    decision = event.decision
    view = state.signals.get(decision.signal)
    if view is None:
        return state
    before = view.outcome
    decided = view.signal if decision.outcome is DecisionOutcome.ACCEPTED else view.decided
    view = replace(view, decision=decision, price=event.price, rejected="", rejected_by="", decided=decided)
    state = replace(state, signals=having(state.signals, view.id, view))
    channel = state.channels.get(view.channel)
    if channel is not None and before is not decision.outcome:
        counts = {_COUNTED[decision.outcome]: getattr(channel, _COUNTED[decision.outcome]) + 1}
        if before is not None:
            counts[_COUNTED[before]] = getattr(channel, _COUNTED[before]) - 1
        state = with_channel(state, view.channel, **counts)
    if decision.outcome is DecisionOutcome.ACCEPTED and decision.plan is not None:
        plan = decision.plan
        known = state.trades.get(view.id)
        legs = known.legs if known else ()
        trade = Trade(view.id, view.channel, plan.symbol, plan.side, plan.risk, at, legs)
        state = replace(state, trades=having(state.trades, view.id, trade))
    return state


@on(e.SignalRejected)
def _signal_rejected(state: DeskState, at: int, event: e.SignalRejected) -> DeskState:
    view = state.signals.get(event.signal)
    if view is None:
        return state
    view = replace(view, rejected=event.reason, rejected_by=event.by)
    return replace(state, signals=having(state.signals, view.id, view))


@on(e.UpdateDecided)
def _update_decided(state: DeskState, at: int, event: e.UpdateDecided) -> DeskState:
    view = state.updates.get(event.decision.update)
    if view is None:
        return state
    return replace(state, updates=having(state.updates, view.id, replace(view, decision=event.decision, rejected="")))


@on(e.UpdateRejected)
def _update_rejected(state: DeskState, at: int, event: e.UpdateRejected) -> DeskState:
    view = state.updates.get(event.update)
    if view is None:
        return state
    return replace(state, updates=having(state.updates, view.id, replace(view, rejected=f"rejected by {event.by}")))


# --- not journalled -----------------------------------------------------------------------------------------------


@on(e.Pulsed)
def _pulsed(state: DeskState, at: int, event: e.Pulsed) -> DeskState:
    quotes, tracks = state.quotes, state.tracks
    if event.quotes:
        quotes, tracks = dict(quotes), dict(tracks)
        for quote in event.quotes:
            quotes[quote.symbol] = quote
            track = tracks.get(quote.symbol, ())
            if not track or quote.at - track[-1].at >= SAMPLE_EVERY_MS:
                tracks[quote.symbol] = (*track[-KEEP_SAMPLES + 1 :], Sample(quote.at, quote.mid))
    marks = {mark.leg: mark for mark in event.marks}
    specs = {**state.specs, **{spec.name: spec for spec in event.specs}} if event.specs else state.specs
    account = event.account or state.account
    reach = event.reach or state.reach
    return replace(state, account=account, quotes=quotes, tracks=tracks, marks=marks, specs=specs, reach=reach)


def _pruned(state: DeskState) -> DeskState:
    # Cut to what screens use, with some slack so that it is rarely done. What is live stays.
    if len(state.posts) < KEEP_POSTS + 50:
        return state
    ended = [sid for sid, trade in state.trades.items() if not trade.is_live]
    gone = set(ended[: max(0, len(ended) - KEEP_ENDED_TRADES)])
    trades = {sid: trade for sid, trade in state.trades.items() if sid not in gone}
    needed = {message_of(sid) for sid in trades}
    needed |= {view.key for view in state.signals.values() if view.is_waiting}
    needed |= {part.key for view in state.signals.values() if view.key in needed for part in view.parts}
    surplus = len(state.posts) - KEEP_POSTS
    dropped = {key for key in list(state.posts)[:surplus] if key not in needed}
    return replace(
        state,
        trades=trades,
        posts={key: post for key, post in state.posts.items() if key not in dropped},
        signals={sid: view for sid, view in state.signals.items() if view.key not in dropped},
        updates={uid: view for uid, view in state.updates.items() if view.key not in dropped},
    )

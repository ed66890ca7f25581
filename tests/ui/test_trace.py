"""The trace answers "why" from the state alone, and nothing in it can be confused with something else."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from signalos_tui.model.decisions import Decision, DecisionOutcome, Effect, RuleVerdict
from signalos_tui.model.desk import DeskState, LegStep
from signalos_tui.model.events import Severity
from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.model.signals import Evidence, Reason, Span
from signalos_tui.ui import tracing
from signalos_tui.ui.actions import Fact, Selection
from signalos_tui.ui.pictures import picture
from signalos_tui.ui.screens.trace import TraceScreen
from tests.ui.stage import DENIED, DOW, EURO, GOLD, HELD, HELD_UPDATE, SCREENS, Stage, desk, now


def found(subject: SignalId | UpdateId, state: DeskState | None = None) -> tracing.Subject:
    """The traced subject; fails when it is not in view."""
    traced = tracing.subject(state or desk(), subject)
    assert traced is not None
    return traced


def texts(facts: tuple[Fact, ...]) -> dict[str, str]:
    """Facts by label, the first of each."""
    return {fact.label: fact.text for fact in reversed(facts)}


# --- headline -----------------------------------------------------------------------------------------------------


def test_the_headline_when_a_post_was_edited_then_it_says_how_late() -> None:
    assert [fact.text for fact in tracing.headline(found(GOLD), desk())] == [
        "Gold VIP #2041",
        "BUY XAUUSD",
        "2340-2345",
        "revision 1 (+41s)",
    ]


def test_the_outcome_when_traded_then_money_and_age_follow() -> None:
    assert [fact.text for fact in tracing.outcome(found(GOLD), desk(), now())] == [
        "✓ filled 3, 1 closed",
        "+115.01  +1.2R",
        "18m",
    ]


def test_a_post_when_deleted_then_the_headline_says_so() -> None:
    post = desk().posts[desk().signals[GOLD].key]
    state = replace(desk(), posts={post.message.key: replace(post, deleted_at=now())})
    assert tracing.headline(found(GOLD, state), state)[-1].text == "deleted"


# --- message and reading ------------------------------------------------------------------------------------------


def test_marks_when_a_signal_was_read_then_they_cover_its_words() -> None:
    text = found(GOLD).post.message.text  # type: ignore[union-attr]
    words = {text[start:end]: style for start, end, style in tracing.marks(found(GOLD).view)}
    assert words["XAUUSD"].endswith("$symbol")
    assert words["BUY"].endswith("$buy")
    assert words["2335"].endswith("$stop")
    assert words["2345"].endswith("$entry")
    assert {words[level] for level in ("2350", "2360", "2370")} == {"bold underline $target"}


def test_the_reading_when_shown_then_it_quotes_the_words_it_stands_on() -> None:
    facts = texts(tracing.reading_facts(found(HELD)))
    assert facts["side"] == 'BUY  from "long"'
    assert facts["symbol"] == 'BTCUSD  from "BTCUSDT"'
    assert facts["stop"] == "none"
    assert facts["evidence"] == "start -3.5, side +1.9, symbol +2.0, targets +0.1"
    assert facts["but"] == "SL missing"


def test_the_reading_when_something_speaks_against_it_then_it_is_said_in_full_and_once() -> None:
    view = desk().signals[HELD]
    reading = replace(
        view.reading,
        evidence=(Evidence("start", -2.1), Evidence("side", 1.9), Evidence("no_stop", -1.5, "There is no stop")),
        reasons=(Reason("no_stop", "There is no stop"), Reason("scale", "A digit may be lost")),
    )
    facts = tracing.reading_facts(tracing.Subject(replace(view, reading=reading), None, ()))
    assert [(fact.label, fact.text) for fact in facts[-3:]] == [
        ("evidence", "start -2.1, side +1.9"),
        ("against", "There is no stop -1.5"),
        ("but", "A digit may be lost"),
    ]


def test_the_reading_when_an_order_has_a_kind_then_it_is_said_once() -> None:
    assert texts(tracing.reading_facts(found(DOW)))["entry"] == "limit 42480"


def test_the_reading_of_an_update_when_shown_then_what_it_asks_for() -> None:
    assert texts(tracing.reading_facts(found(HELD_UPDATE)))["asks for"].startswith("condition")


async def test_a_message_when_hostile_then_it_is_marked_and_shown_as_words() -> None:
    view, key = desk().signals[HELD], desk().signals[HELD].key
    post = desk().posts[key]
    text = "\x1b]0;x\x07\u202e[SL] BUY \u200b[/b] 1"
    start = text.index("BUY")
    signal = replace(view.signal, side_span=Span(start, start + 3), symbol_span=None, targets=())
    state = replace(
        desk(),
        signals={HELD: replace(view, signal=signal)},
        posts={key: replace(post, message=replace(post.message, text=text))},
    )
    app = Stage(lambda: TraceScreen(HELD))
    async with app.run_test(size=(120, 40)) as pilot:
        assert isinstance(app.screen, TraceScreen)
        app.screen.show(state, now())
        await pilot.pause()
        shown = "\n".join("".join(s.text for s in strip) for strip in app.screen._compositor.render_strips())
    assert "␛]0;x␇[SL] BUY [/b] 1" in shown


# --- checks -------------------------------------------------------------------------------------------------------


def test_checks_when_denied_then_the_reason_comes_first_in_full() -> None:
    first = tracing.check_facts(found(DENIED), desk())[0]
    assert first == Fact("× spread", "spread 3.1 > 3 pips", "denied")


def test_checks_when_passed_then_figures_have_a_line_and_the_rest_shares_one() -> None:
    verdicts = (
        RuleVerdict("open_risk", Effect.PASS, "1.8 %", "6 %", "1.8 % of 6 % at risk"),
        RuleVerdict("symbol", Effect.PASS, "XAUUSD (exact)", "an instrument", "gold is XAUUSD"),
        RuleVerdict("hours", Effect.PASS, "", "always", "At any time"),
        RuleVerdict("missing_stop", Effect.HOLD, "none", "a stop", "There is no stop"),
    )
    reasons = (Reason("missing_stop", "There is no stop"), Reason("duplicate", "Called before"))
    view = replace(desk().signals[HELD], decision=Decision(HELD, DecisionOutcome.HELD, verdicts, reasons, by="console"))
    facts = tracing.check_facts(tracing.Subject(view, None, ()), desk())
    assert [(fact.label, fact.text) for fact in facts] == [
        ("? missing stop", "There is no stop"),
        ("× because", "Called before"),
        ("✓ open risk", "1.8 %, limit 6 %"),
        ("✓ also", "symbol, hours"),
        ("by", "console"),
    ]


def test_checks_when_rejected_or_undecided_then_they_say_so() -> None:
    view = replace(desk().signals[HELD], decision=None)
    assert tracing.check_facts(tracing.Subject(view, None, ()), desk())[0].text == "being decided"
    rejected = replace(view, rejected="rejected by console")
    assert tracing.check_facts(tracing.Subject(rejected, None, ()), desk())[0].text == "rejected by console"


# --- orders -------------------------------------------------------------------------------------------------------


def test_orders_when_filled_then_the_answer_stands_and_what_led_to_it_is_not_repeated() -> None:
    facts = tracing.order_facts(found(GOLD), desk())
    legs = [fact.text for fact in facts if fact.label.startswith("leg")]
    assert legs[0].startswith("0.04 lots closed  +27.46  magic ")
    assert legs[1].startswith("0.04 lots open  at 2343.10  +43.48  magic ")
    lines = [fact.text for fact in facts if not fact.label.startswith("leg")]
    assert lines[0] == "10009 filled 0.04 at 2343.1 (asked 2343.05, slip 0.05) in 143 ms"
    assert not any(line.startswith("sent: ") for line in lines)
    assert sum(line.startswith("at the broker: stop 2343.1 target 2360") for line in lines) == 1


def test_orders_when_the_answer_is_lost_then_the_sending_stays_in_sight() -> None:
    trade = desk().trades[EURO]
    sent = LegStep(1, "leg 3314#1.1 sent: 0.15 EURUSD at 1.0891, magic ff")
    lost = LegStep(2, "leg 3314#1.1 answer lost (10012 timed out)", Severity.ALARM)
    alone = replace(trade, legs=(replace(trade.legs[0], history=(sent,)),))
    both = replace(trade, legs=(replace(trade.legs[0], history=(sent, lost)),))
    for legs, lines in ((alone, 1), (both, 2)):
        state = replace(desk(), trades={EURO: legs})
        facts = tracing.order_facts(found(EURO, state), state)[1:]
        assert len(facts) == lines
    assert facts[-1] == Fact("00:00:00", "answer lost (10012 timed out)", "halted")


def test_orders_when_an_action_succeeds_then_its_result_stands_alone_and_when_not_its_intent_too() -> None:
    trade = desk().trades[EURO]
    intent = LegStep(1, "leg 3314#1.1 asked: reduce to 0.1 (update: close partial)")
    for after, lines in (
        (LegStep(2, "leg 3314#1.1 part closed 0.05 at 1.1 +1.00 (update)"), 1),
        (LegStep(2, "leg 3314#1.1 not done, 10018: market closed", Severity.WARNING), 2),
    ):
        legs = (replace(trade.legs[0], history=(intent, after)),)
        state = replace(desk(), trades={EURO: replace(trade, legs=legs)})
        assert len(tracing.order_facts(found(EURO, state), state)) == 1 + lines


def test_orders_when_nothing_was_sent_then_it_says_so() -> None:
    assert tracing.order_facts(found(DENIED), desk())[0].text == "Nothing was sent."


def test_the_risk_when_a_trade_is_open_then_in_money_and_of_the_equity() -> None:
    assert tracing.at_risk(found(EURO), desk()).startswith("100.50 at risk, 0.96 %")
    assert tracing.at_risk(found(DENIED), desk()) == ""


# --- price --------------------------------------------------------------------------------------------------------


def test_the_picture_when_traded_then_entry_stop_and_targets_are_its_levels() -> None:
    shown = picture(found(GOLD), desk(), now())
    assert {level.name for level in shown.levels} == {"entry, stop", "first stop", "✓TP1", "TP2", "TP3"}
    assert shown.now == Decimal("2353.97")
    assert shown.samples


def test_the_picture_when_not_traded_then_the_signals_own_levels() -> None:
    shown = picture(found(DENIED), desk(), now())
    assert {level.name: level.price for level in shown.levels} == {"stop": Decimal("1.0910"), "TP1": Decimal("1.0850")}
    assert shown.sign == -1


def test_the_picture_when_an_order_waits_then_its_entry_is_the_planned_one() -> None:
    assert picture(found(DOW), desk(), now()).entry == Decimal(42480)


# --- the screen ---------------------------------------------------------------------------------------------------


async def test_a_headline_when_its_reason_is_too_long_then_it_ends_in_an_ellipsis() -> None:
    view = desk().signals[HELD]
    assert view.decision is not None
    long = Reason(
        "staleness", "The signal is 107.6 s old, at most 30 s is allowed, and nobody said that it may be older"
    )
    held = replace(view, decision=replace(view.decision, reasons=(long,)))
    app = Stage(SCREENS["trace"])
    async with app.run_test(size=(80, 24)) as pilot:
        assert isinstance(app.screen, TraceScreen)
        app.screen.subject = HELD
        app.screen.show(replace(desk(), signals={**desk().signals, HELD: held}), now())
        await pilot.pause()
        answer = "".join(segment.text for segment in app.screen._compositor.render_strips()[1]).rstrip()
    assert answer.lstrip().startswith("? held: The signal is 107.6 s old")
    assert answer.endswith("\u2026")


async def test_a_key_when_pressed_in_the_trace_then_it_asks_about_what_is_traced() -> None:
    app = Stage(SCREENS["trace"])
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("c", "m", "b")
        assert app.asked == [(action, Selection(subject=GOLD)) for action in ("close", "modify", "break_even")]


async def test_a_trace_when_its_signal_leaves_the_view_then_it_says_where_it_is() -> None:
    app = Stage(SCREENS["trace"])
    async with app.run_test(size=(120, 40)) as pilot:
        assert isinstance(app.screen, TraceScreen)
        app.screen.show(DeskState(), now())
        await pilot.pause()
        shown = "".join(segment.text for segment in app.screen._compositor.render_strips()[0])
    assert "the journal still has it" in shown

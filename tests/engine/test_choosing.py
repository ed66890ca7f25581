"""Names that several of the broker's instruments fit: asked once, remembered with the account, and applied to what waited."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.engine.symbols import RELIST_S
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import Outcome
from signalos_tui.model.orders import LegState
from signalos_tui.model.symbols import Choice, Verdict
from tests.engine.kit import BEGINS, Bench, first_signal, simulated
from tests.engine.two_golds import ACCEPTED, DENIED, GOLD, HELD, TwoGolds, choose, decided


def gold_is(bench: Bench) -> Verdict:
    """What the list says of gold now."""
    return bench.desk.symbols["XAUUSD"].match.verdict


def test_list_when_first_connected_then_what_is_certain_open_and_missing_is_written_down_once(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            (matched,) = bench.told(e.SymbolsMatched)
            found = {match.market: match for match in matched.matches}
            assert (found["EURUSD"].verdict, found["EURUSD"].name) == (Verdict.CERTAIN, "EURUSD")
            assert found["XAUUSD"].verdict is Verdict.ASK
            assert [one.name for one in found["XAUUSD"].candidates] == ["GOLD.pro", "XAUUSD"]
            gold = found["XAUUSD"].candidates[1].listed
            assert (gold.contract_size, gold.digits) == (Decimal(100), 2)
            assert (gold.description, gold.path) == ("Gold vs US Dollar", "Metals\\XAUUSD")
            assert found["LTCUSD"].verdict is Verdict.MISSING
            assert bench.desk.symbols["XAUUSD"].is_open
        again = Bench(tmp_path, at=BEGINS + 60_000)
        TwoGolds(again, "GOLD.pro")
        async with again:
            assert not again.told(e.SymbolsMatched)

    simulated(story)


def test_signal_when_two_fit_then_held_with_nothing_sent_and_every_other_rule_asked(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            await bench.say(GOLD)
            assert decided(bench) == [HELD]
            (event,) = bench.told(e.SignalDecided)
            assert [reason.text for reason in event.decision.reasons] == [
                "XAUUSD may be any of GOLD.pro, XAUUSD. Choose the instrument"
            ]
            asked = {verdict.rule for verdict in event.decision.verdicts}
            assert {"trading_state", "staleness", "symbol", "allowed", "hours"} <= asked
            assert "spread" not in asked
            fresh = bench.desk.symbols["XAUUSD"].match.candidate("XAUUSD")
            assert fresh is not None
            assert fresh.listed.spread == Decimal("0.2"), "what it costs when he is asked"
            assert not bench.terminal.calls

    simulated(story)


def test_choice_when_made_in_time_then_the_held_signal_is_traded_as_what_was_chosen(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            await bench.say(GOLD)
            outcome = await choose(bench, "XAUUSD", market="gold")
            assert outcome == Outcome(True, "XAUUSD is XAUUSD on this account; decided again: 1 accepted")
            assert decided(bench) == [HELD, ACCEPTED]
            assert {row.symbol for row in bench.truth} == {"XAUUSD"}
            assert bench.states == [LegState.OPEN]
            await bench.say(GOLD.replace("2360", "2370"))
            assert decided(bench)[2:] == [ACCEPTED], "it is not asked a second time"

    simulated(story)


def test_choice_when_made_late_then_the_stale_signal_is_not_traded_and_cannot_be_approved(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            message = await bench.say(GOLD)
            await asyncio.sleep(40)
            outcome = await choose(bench, "XAUUSD")
            assert outcome.text == "XAUUSD is XAUUSD on this account; decided again: 1 denied"
            assert decided(bench) == [HELD, DENIED]
            assert not (await bench.press(c.Approve, subject=first_signal(message))).ok
            assert not bench.terminal.calls

    simulated(story)


def test_choice_when_trading_was_stopped_meanwhile_then_every_rule_is_asked_again(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            await bench.say(GOLD, wait=1)
            await bench.stop(wait=1)
            await choose(bench, "XAUUSD")
            assert decided(bench) == [HELD, DENIED]
            assert not bench.terminal.calls
            await bench.press(c.SetTradingState, state=TradingState.ACTIVE)

    simulated(story)


def test_approval_when_the_instrument_is_not_chosen_then_it_is_refused_and_stays_held(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            message = await bench.say(GOLD)
            outcome = await bench.press(c.Approve, subject=first_signal(message))
            assert not outcome.ok
            assert "Choose the instrument first" in outcome.text
            assert bench.desk.signals[first_signal(message)].is_waiting
            assert not bench.terminal.calls

    simulated(story)


def test_never_when_chosen_then_held_and_later_signals_are_denied_until_it_is_changed(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            await bench.say(GOLD)
            outcome = await choose(bench, None)
            assert outcome.text == "XAUUSD is never traded on this account; decided again: 1 denied"
            await bench.say(GOLD.replace("2360", "2370"))
            assert decided(bench) == [HELD, DENIED, DENIED]
            await choose(bench, "XAUUSD")
            await bench.say(GOLD.replace("2360", "2380"))
            assert decided(bench)[3:] == [ACCEPTED]

    simulated(story)


def test_choice_when_the_engine_starts_again_then_it_is_remembered(tmp_path: Path) -> None:
    """From the snapshot and from the events after it."""

    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            await choose(bench, "XAUUSD")
        for life in (1, 2):
            again = Bench(tmp_path, at=BEGINS + life * 600_000)
            TwoGolds(again, "GOLD.pro")
            async with again:
                choice = again.desk.symbols["XAUUSD"].choice
                assert choice is not None
                assert choice == Choice("XAUUSD", Decimal(100), 2)
                again.room.say(again.post(GOLD.replace("2360", f"23{6 + life}0"), number=life))
                await again.until(lambda: bool(decided(again)))  # noqa: B023 (its life)
                assert decided(again) == [ACCEPTED]

    simulated(story)


def test_signal_when_it_waited_over_a_restart_then_the_choice_still_reaches_it(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            message = await bench.say(GOLD)
        again = Bench(tmp_path, at=BEGINS + 20_000)
        TwoGolds(again, "GOLD.pro")
        async with again:
            await choose(again, "XAUUSD")
            assert decided(again) == [ACCEPTED]
            assert again.trade.signal == first_signal(message)

    simulated(story)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"trade_contract_size": 10.0}, "a lot was 100 when you chose it, it is 10 now"),
        ({"digits": 3}, "it had 2 digits when you chose it, it has 3 now"),
        ({"currency_profit": "EUR"}, "it is another instrument now: quoted in EUR"),
    ],
)
def test_choice_when_the_broker_specifies_it_otherwise_then_taken_back_aloud_and_nothing_is_sent(
    change: dict[str, Any], why: str, tmp_path: Path
) -> None:
    """Between two looks at the list: found when a signal needs it, before anything is sized with it."""

    async def story() -> None:
        bench = Bench(tmp_path)
        listed = TwoGolds(bench, "GOLD.pro")
        async with bench:
            await choose(bench, "XAUUSD")
            listed.gold = change
            await bench.say(GOLD)
            assert decided(bench) == [HELD]
            (lapsed,) = bench.told(e.ChoiceLapsed)
            assert (lapsed.market, lapsed.name, lapsed.text) == ("XAUUSD", "XAUUSD", why)
            line = next(line for line in bench.desk.log if "Choose again" in line.text)
            assert line.severity is e.Severity.ALARM
            assert bench.desk.symbols["XAUUSD"].is_open
            assert not bench.terminal.calls
            await bench.say(GOLD.replace("2360", "2370"))
            assert decided(bench) == [HELD, HELD]
            assert len(bench.told(e.ChoiceLapsed)) == 1, "told once"

    simulated(story)


def test_choice_when_it_is_gone_at_the_next_start_then_it_is_asked_again_although_one_fits(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            await choose(bench, "GOLD.pro")
        again = Bench(tmp_path, at=BEGINS + 600_000)
        TwoGolds(again)
        async with again:
            (lapsed,) = again.told(e.ChoiceLapsed)
            assert lapsed.text == "the broker lists it no longer"
            await again.say(GOLD)
            assert decided(again) == [HELD]
            await choose(again, "XAUUSD")
            assert decided(again) == [HELD, ACCEPTED]

    simulated(story)


def test_list_when_it_changes_while_at_work_then_it_is_matched_again(tmp_path: Path) -> None:
    """A second gold appears: the first is certain no longer."""

    async def story() -> None:
        bench = Bench(tmp_path)
        listed = TwoGolds(bench)
        async with bench:
            assert gold_is(bench) is Verdict.CERTAIN
            listed.others = {"XAUUSD.r": {}}
            await asyncio.sleep(RELIST_S + 1)
            assert gold_is(bench) is Verdict.ASK
            assert [match.market for match in bench.told(e.SymbolsMatched)[-1].matches] == ["XAUUSD"]
            await bench.say(GOLD)
            assert decided(bench) == [HELD]
            written = len(bench.records)
            await asyncio.sleep(3 * RELIST_S)
            assert not [r for r in bench.records[written:] if isinstance(r.event, e.SymbolsMatched)]

    simulated(story)


def test_choice_when_it_goes_from_the_list_while_at_work_then_it_is_taken_back_at_the_next_look(tmp_path: Path) -> None:
    """Before any signal asks for it."""

    async def story() -> None:
        bench = Bench(tmp_path)
        listed = TwoGolds(bench, "GOLD.pro")
        async with bench:
            await choose(bench, "GOLD.pro")
            listed.gone = {"GOLD.pro"}
            await asyncio.sleep(RELIST_S + 1)
            (lapsed,) = bench.told(e.ChoiceLapsed)
            assert (lapsed.name, lapsed.text) == ("GOLD.pro", "the broker lists it no longer")
            await bench.say(GOLD)
            assert decided(bench) == [HELD]
            await choose(bench, "XAUUSD")
            assert decided(bench) == [HELD, ACCEPTED]

    simulated(story)


def test_list_when_it_comes_back_empty_or_not_at_all_then_nothing_is_forgotten(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench)
        async with bench:
            for nothing in ((), None):

                async def empty(found: Any = nothing) -> Any:
                    return found

                setattr(bench.terminal, "symbols_get", empty)  # noqa: B010
                await asyncio.sleep(RELIST_S + 1)
                assert gold_is(bench) is Verdict.CERTAIN

    simulated(story)

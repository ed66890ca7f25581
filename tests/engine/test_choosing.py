"""Names that several of the broker's instruments fit: asked once, remembered with the account, and applied to what waited."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.engine.symbols import RELIST_S
from signalos_tui.execute import constants as mt
from signalos_tui.execute.structs import SymbolInfo
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import Outcome
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.orders import LegState
from signalos_tui.model.symbols import Choice, Verdict
from tests.engine.kit import BEGINS, CONFIG, Bench, first_signal, simulated

HELD, DENIED, ACCEPTED = DecisionOutcome.HELD, DecisionOutcome.DENIED, DecisionOutcome.ACCEPTED
GOLD = "SELL XAUUSD NOW\nSL 2360\nTP 2330"


class TwoGolds:
    """What a broker lists besides the paper terminal's own: by name, a copy of its gold with changes. gone: not listed now."""

    def __init__(self, bench: Bench, *names: str, **changes: Any) -> None:
        self.others: dict[str, dict[str, Any]] = dict.fromkeys(names, changes)
        self.gold: dict[str, Any] = {}
        self.gone: set[str] = set()
        self._terminal = bench.terminal
        self._list, self._info = bench.terminal.symbols_get, bench.terminal.symbol_info
        for method in ("symbols_get", "symbol_info", "symbol_select"):
            setattr(bench.terminal, method, getattr(self, method))

    async def symbols_get(self) -> tuple[SymbolInfo, ...] | None:
        """Its own with the copies."""
        listed = await self._list()
        if listed is None:
            return None
        return tuple(self._changed([*listed, *self._copies(listed)]))

    async def symbol_info(self, symbol: str) -> SymbolInfo | None:
        """One of them."""
        return next((info for info in await self.symbols_get() or () if info.name == symbol), None)

    async def symbol_select(self, symbol: str, enable: bool = True) -> bool:
        """Every one that is listed can be watched."""
        return await self.symbol_info(symbol) is not None

    def _copies(self, listed: Iterable[SymbolInfo]) -> list[SymbolInfo]:
        gold = next(info for info in listed if info.name == "XAUUSD")
        return [replace(gold, **{"name": name, **changes}) for name, changes in self.others.items()]

    def _changed(self, infos: Iterable[SymbolInfo]) -> Iterable[SymbolInfo]:
        for info in infos:
            if info.name not in self.gone:
                yield replace(info, **self.gold) if info.name == "XAUUSD" else info


def decided(bench: Bench) -> list[DecisionOutcome]:
    """What became of the signals so far, in order."""
    return [event.decision.outcome for event in bench.told(e.SignalDecided)]


def gold_is(bench: Bench) -> Verdict:
    """What the list says of gold now."""
    return bench.desk.symbols["XAUUSD"].match.verdict


async def choose(bench: Bench, name: str | None, market: str = "XAUUSD") -> Outcome:
    """Answer the question."""
    return await bench.press(c.ChooseSymbol, key=f"choice {bench.clock.now()}", market=market, name=name)


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


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("GOLDMAN", "XAUUSD may be GOLD.pro, XAUUSD, not GOLDMAN. For any other name write it under [aliases]"),
        ("gold.PRO", "XAUUSD may be GOLD.pro, XAUUSD, not gold.PRO. For any other name write it under [aliases]"),
        ("", "XAUUSD may be GOLD.pro, XAUUSD, not . For any other name write it under [aliases]"),
    ],
)
def test_choice_when_it_is_no_candidate_then_refused(name: str, said: str, tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            assert await choose(bench, name) == Outcome(False, said)
            assert not bench.told(e.SymbolChosen)

    simulated(story)


def test_choice_when_it_cannot_be_traded_both_ways_then_refused(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro", trade_mode=mt.SYMBOL_TRADE_MODE_LONGONLY)
        async with bench:
            outcome = await choose(bench, "GOLD.pro")
            assert outcome == Outcome(False, "GOLD.pro cannot be traded both ways (can only be bought): choose another")

    simulated(story)


def test_choice_when_the_market_is_unknown_or_the_same_again_then_said(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            outcome = await choose(bench, "X", market="NOSUCH")
            assert outcome == Outcome(False, "The broker has nothing that may be NOSUCH: write it under [aliases]")
            await choose(bench, "XAUUSD")
            assert (await choose(bench, "XAUUSD")).text == "XAUUSD is XAUUSD on this account already"
            assert len(bench.told(e.SymbolChosen)) == 1

    simulated(story)


def test_alias_of_the_configuration_then_it_wins_and_a_choice_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path, config=replace(CONFIG, aliases={"gold": "x", "XAUUSD": "XAUUSD"}))
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            outcome = await choose(bench, "GOLD.pro")
            assert outcome == Outcome(False, "config.toml says under [aliases] what XAUUSD is: change it there")
            await bench.say(GOLD)
            assert decided(bench) == [ACCEPTED]

    simulated(story)


def test_correction_when_it_waits_for_a_name_too_then_the_choice_leaves_it_held(tmp_path: Path) -> None:
    """The owner corrected it, so it waits for his yes, whatever its name turns out to be."""

    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            message = await bench.say(GOLD)
            view = bench.desk.signals[first_signal(message)]
            await bench.press(c.CorrectReading, message=message.key, revision=0, reading=view.reading)
            await choose(bench, "XAUUSD")
            view = bench.desk.signals[first_signal(message)]
            assert view.is_waiting
            assert view.decision is not None
            assert view.decision.plan is not None
            assert not bench.terminal.calls

    simulated(story)


def test_edit_that_made_another_call_of_it_when_the_name_is_chosen_then_it_still_waits_for_the_owner(
    tmp_path: Path,
) -> None:
    """An answer about a name is no approval of a call that turned round."""

    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            message = await bench.say(GOLD)
            await bench.edit(message, "BUY XAUUSD NOW\nSL 2320\nTP 2370")
            outcome = await choose(bench, "XAUUSD")
            assert outcome.text.endswith("decided again: 1 held")
            view = bench.desk.signals[first_signal(message)]
            assert view.decision is not None
            assert [reason.code for reason in view.decision.reasons] == ["edit_swapped"]
            assert view.decision.plan is not None
            assert not bench.terminal.calls

    simulated(story)


def test_choice_when_the_same_key_comes_twice_then_it_is_made_once(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            await bench.say(GOLD)
            for _ in range(3):
                assert (await bench.press(c.ChooseSymbol, key="one", market="XAUUSD", name="XAUUSD")).ok
            assert len(bench.told(e.SymbolChosen)) == len(bench.truth) == 1

    simulated(story)


def test_update_when_it_names_gold_then_it_reaches_the_trade_on_what_was_chosen(tmp_path: Path) -> None:
    async def story() -> None:
        bench = Bench(tmp_path)
        TwoGolds(bench, "GOLD.pro")
        async with bench:
            await bench.say(GOLD)
            await choose(bench, "XAUUSD")
            await bench.say("CLOSE GOLD NOW")
            assert bench.states == [LegState.CLOSED]

    simulated(story)


def test_list_when_an_entry_is_broken_then_the_others_are_traded(tmp_path: Path) -> None:
    """Sizes that are no numbers, names that are attacks: left out, and nothing breaks."""

    async def story() -> None:
        bench = Bench(tmp_path)
        listed = TwoGolds(bench)
        listed.others = {
            "XAUUSD.nan": {"trade_contract_size": float("nan")},
            "XAUUSD.inf": {"point": float("inf")},
            "XAUUSD.none": {"volume_step": 0.0},
            "XAUUSD.odd": {"digits": -3},
            "XAUUSD\x1b[2J": {},
            "XAUUSD" + "m" * 500: {},
        }
        async with bench:
            await bench.say(GOLD)
            assert decided(bench) == [ACCEPTED]

    simulated(story)

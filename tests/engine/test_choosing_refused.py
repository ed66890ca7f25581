"""Choices of an instrument that cannot be made, and what a choice must not release."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.commands import Outcome
from signalos_tui.model.orders import LegState
from tests.engine.kit import CONFIG, Bench, first_signal, simulated
from tests.engine.two_golds import ACCEPTED, GOLD, TwoGolds, choose, decided


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

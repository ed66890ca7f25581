"""From `e` and `l` to the commands they send: what is proven is sent, what was rehearsed is taught, Escape does nothing."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import cast

import pytest
from msgspec.structs import replace

from signalos_tui.control import NEWEST, Progress, RecordedControl
from signalos_tui.errors import SignalOSError
from signalos_tui.model import events as e
from signalos_tui.model.commands import CorrectReading, Outcome, TeachChannel
from signalos_tui.model.ids import ChannelId, MessageKey, SignalId
from signalos_tui.model.lessons import Examined, Lesson, Problem, Rehearsal
from signalos_tui.model.signals import Number, ReadingKind, Side, Span
from signalos_tui.ui.actions import Refusal, Selection
from signalos_tui.ui.learning import pointed, taught
from signalos_tui.ui.screens.correct import CorrectScreen
from signalos_tui.ui.screens.teach import TeachScreen
from tests.ui.console import Desk, console
from tests.ui.learnt import CRYPTO, EXAMINED, REHEARSAL, REPORTS, SUGGESTIONS
from tests.ui.stage import DENIED, GOLD, HELD, HELD_UPDATE, desk

BTC = MessageKey("tg:-1001403/641")
TO_ENTRY = ("down",) * 4


async def correcting(on: Desk, *keys: str, subject: SignalId = HELD) -> CorrectScreen:
    """The card of a correction, after some keys in it."""
    on.app.ask("correct", Selection(subject=subject))
    await on.settle()
    await on.press(*keys)
    return cast("CorrectScreen", on.front())


async def teaching(on: Desk, *keys: str) -> TeachScreen:
    """The card of a lesson, after some keys in it."""
    on.app.ask("teach", Selection(channel=CRYPTO))
    await on.settle()
    await on.press(*keys)
    return cast("TeachScreen", on.front())


def can_say_yes(card: CorrectScreen | TeachScreen) -> bool:
    """Whether the first choice can be taken."""
    return not card.yes.disabled


# --- what is meant ------------------------------------------------------------------------------------------------


def test_a_key_when_a_signal_an_update_or_a_post_is_selected_then_its_post_is_meant() -> None:
    for selection in (Selection(subject=HELD), Selection(trade=HELD), Selection(post=BTC)):
        found = pointed(desk(), selection)
        assert not isinstance(found, Refusal)
        assert (found.key, found.number) == (BTC, 1)
    assert taught(desk(), Selection(post=BTC)) == taught(desk(), Selection(subject=HELD)) == CRYPTO


def test_a_key_when_nothing_can_be_corrected_then_it_says_why() -> None:
    gone = replace(desk(), posts={key: post for key, post in desk().posts.items() if key != BTC})
    posts = {**desk().posts, BTC: replace(desk().posts[BTC], deleted_at=5)}
    for state, selection, said in (
        (desk(), Selection(), "No post is selected"),
        (gone, Selection(subject=HELD), "no longer in view"),
        (replace(desk(), posts=posts), Selection(subject=HELD), "deleted"),
    ):
        why = pointed(state, selection)
        assert isinstance(why, Refusal)
        assert said in why.text
    assert isinstance(taught(desk(), Selection(channel=ChannelId("nobody"))), Refusal)


# --- correcting ---------------------------------------------------------------------------------------------------


async def test_e_when_pressed_on_a_held_signal_then_its_reading_can_be_typed_over() -> None:
    async with console() as on:
        on.screen.signals.grid.select(str(HELD))
        await on.press("e")
        assert isinstance(on.front(), CorrectScreen)
        assert "What does Crypto K #641 mean?" in on.text()
        await on.press("escape")
        assert on.submitted == []


async def test_a_correction_when_proven_and_meant_then_it_is_sent_as_it_was_proven() -> None:
    async with console(examined=replace(EXAMINED, suggestions=())) as on:
        card = await correcting(on, *TO_ENTRY, *"93600")
        assert can_say_yes(card)
        assert "was none" in on.text()
        await on.press("enter", "y")
        (command,) = on.submitted
        assert isinstance(command, CorrectReading)
        assert (command.message, command.revision, command.reading) == (BTC, 0, EXAMINED.reading)
        assert on.front() is on.screen


async def test_a_correction_when_a_figure_does_not_stand_in_the_post_then_it_cannot_be_sent() -> None:
    refused = Examined(None, (Problem("entry", "4061.5 does not stand in the post"),))
    async with console(examined=refused) as on:
        card = await correcting(on, *TO_ENTRY, *"4061.5", "enter")
        assert "4061.5 does not stand in the post" in on.text()
        assert not can_say_yes(card)
        card.action_yes()
        card.accept()
        await on.settle()
        assert on.submitted == []


async def test_a_correction_when_the_card_is_higher_than_the_terminal_then_down_still_goes_to_the_next_line() -> None:
    async with console(size=(50, 14)) as on:
        card = await correcting(on, *TO_ENTRY, *"93600")
        assert card.focused is not None
        assert card.focused.id == "entry"
        assert card.focused.region.y in card.region.line_range


async def test_a_correction_when_two_targets_are_wrong_then_the_line_of_targets_says_it() -> None:
    refused = Examined(None, (Problem("target 2", "97000 does not stand in the post"),))
    async with console(examined=refused, size=(160, 40)) as on:
        await correcting(on, *("down",) * 6, "end", "space", *"97000")
        (line,) = [line for line in on.text().splitlines() if "targets " in line and "97000 does" in line]
        assert line


async def test_a_correction_when_a_line_is_no_figure_then_the_engine_is_not_asked() -> None:
    async with console() as on:
        card = await correcting(on, *TO_ENTRY, *"93x")
        assert not can_say_yes(card)
        assert 'entry: was "93x"' in on.text()


async def test_a_correction_when_nothing_is_changed_then_there_is_nothing_to_send() -> None:
    async with console() as on:
        card = await correcting(on, *TO_ENTRY, *"9", "backspace")
        assert not can_say_yes(card)
        assert "Change what is wrong" in on.text()


async def test_a_correction_when_the_kind_changes_then_the_lines_are_those_of_that_kind() -> None:
    async with console() as on:
        card = await correcting(on, "right")
        assert "asks for" in on.text()
        assert "leverage" not in on.text()
        await on.press("right")
        assert "asks for" not in on.text()
        assert "what is held of it is turned down" in on.text()
        card.accept()
        await on.settle()
        (command,) = on.submitted
        assert isinstance(command, CorrectReading)
        assert (command.reading.kind, command.reading.signals) == (ReadingKind.NOISE, ())


async def test_a_correction_when_the_post_was_traded_then_it_says_that_its_trade_stays() -> None:
    async with console() as on:
        await correcting(on, *("down",) * 5, "backspace", subject=GOLD)
        assert "Its trade stays as it is" in " ".join(on.text().split())


async def test_a_correction_when_the_post_is_edited_meanwhile_then_it_can_no_longer_be_sent() -> None:
    async with console() as on:
        card = await correcting(on, *TO_ENTRY, *"93600")
        message = replace(on.app.state.posts[BTC].message, text="never mind", edited_at=on.clock.now())
        await on.happen(e.MessageEdited(message, message.content, 1))
        assert not can_say_yes(card)
        assert "changed meanwhile" in on.text()


async def test_a_correction_when_the_engine_refuses_it_then_nothing_is_taught() -> None:
    async with console(examined=EXAMINED, answer=Outcome(False, "That post was edited since")) as on:
        await correcting(on, *TO_ENTRY, *"93600", "enter", "y")
        assert on.front() is on.screen
        assert "That post was edited since" in on.told


async def test_a_correction_when_the_engine_fails_then_it_is_told_and_nothing_is_sent() -> None:
    async with console() as on:

        async def broken(correction: CorrectReading) -> Examined:
            raise SignalOSError("the journal is closed", "Start again")

        on.control.examine = broken  # type: ignore[method-assign]
        card = await correcting(on, *TO_ENTRY, *"93600")
        assert not can_say_yes(card)
        assert "the journal is closed" in on.text()


async def test_a_newer_proof_when_an_older_one_is_still_under_way_then_only_the_newer_counts() -> None:
    async with console() as on:
        waiting: list[asyncio.Event] = []

        async def slow(correction: CorrectReading) -> Examined:
            signal = correction.reading.signals[0]
            gate = asyncio.Event()
            waiting.append(gate)
            await gate.wait()
            entry = tuple(Number(one.value, Span(18, 24)) for one in signal.entry)
            return Examined(replace(correction.reading, signals=(replace(signal, entry=entry),)))

        on.control.examine = slow  # type: ignore[method-assign]
        card = await correcting(on, *TO_ENTRY, *"93")
        assert not can_say_yes(card)
        for gate in waiting:
            gate.set()
        await on.settle()
        card.accept()
        await on.settle()
        (command,) = on.submitted
        assert isinstance(command, CorrectReading)
        assert command.reading.signals[0].entry[0].value == Decimal(93)


async def test_an_update_when_corrected_then_its_own_lines_are_sent() -> None:
    async with console() as on:
        card = await correcting(on, "down", "right", subject=cast("SignalId", HELD_UPDATE))
        assert "was condition" in on.text()
        card.accept()
        await on.settle()
        (command,) = on.submitted
        assert isinstance(command, CorrectReading)
        assert [str(one.action) for one in command.reading.updates] == ["close"]


# --- teaching -----------------------------------------------------------------------------------------------------


async def test_a_correction_when_it_could_teach_something_then_that_is_rehearsed_before_it_is_taught() -> None:
    async with console(examined=EXAMINED, rehearsal=REHEARSAL) as on:
        await correcting(on, *TO_ENTRY, *"93600", "enter", "y")
        card = on.front()
        assert isinstance(card, TeachScreen)
        assert "1 988 posts read: 7 otherwise" in on.text()
        assert "NOW ACTS: BUY SOLUSD" in on.text()
        assert len(on.submitted) == 1
        await on.press("y")
        taught_now = on.submitted[1]
        assert isinstance(taught_now, TeachChannel)
        expected = Lesson(decimal_comma=False, words=(("target", ("moon",)),))
        assert (taught_now.channel, taught_now.lesson) == (CRYPTO, expected)


async def test_a_lesson_when_escaped_then_nothing_is_taught() -> None:
    async with console(reports=REPORTS, rehearsal=REHEARSAL) as on:
        await teaching(on, "space", "escape")
        assert on.submitted == []
        assert on.front() is on.screen


async def test_suggestions_when_nobody_corrected_then_they_begin_switched_off() -> None:
    async with console(reports=REPORTS, rehearsal=REHEARSAL) as on:
        card = await teaching(on)
        assert card.lesson == Lesson()
        assert not can_say_yes(card)
        await on.press("down", "space")
        assert card.lesson == SUGGESTIONS[1].lesson
        assert can_say_yes(card)
        await on.press("enter")
        assert not can_say_yes(card)


async def test_a_lesson_when_something_is_taken_out_then_the_rest_is_taught() -> None:
    async with console(rehearsal=REHEARSAL) as on:
        both = SUGGESTIONS[0].lesson.merged(SUGGESTIONS[1].lesson)
        await on.happen(e.ChannelTaught(CRYPTO, both, "console"))
        card = await teaching(on)
        assert not can_say_yes(card)
        assert "Nothing new is switched on" in on.text()
        await on.press("space", "y")
        (command,) = on.submitted
        assert isinstance(command, TeachChannel)
        assert command.lesson == both.without(both.singles[0])


async def test_a_lesson_when_a_word_is_added_then_it_is_part_of_it() -> None:
    async with console(rehearsal=REHEARSAL) as on:
        card = await teaching(on, "plus", *"koop", "tab", "s", "enter")
        assert card.lesson == Lesson(words=(("sell", ("koop",)),))
        await on.press("e", "end", *"je", "enter")
        assert card.lesson == Lesson(words=(("sell", ("koopje",)),))


async def test_an_entry_when_escaped_while_it_is_edited_then_it_stays_as_it_was() -> None:
    async with console(reports=REPORTS, rehearsal=REHEARSAL) as on:
        card = await teaching(on, "down", "space", "e", *"xx", "escape")
        assert card.lesson == SUGGESTIONS[1].lesson
        assert on.front() is card
        await on.press("plus", "enter")
        assert "Enter takes it" in on.text()  # nothing was typed, so there is nothing to take


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_changed_post_when_looked_at_then_all_of_it_is_shown_with_both_readings(size: tuple[int, int]) -> None:
    async with console(reports=REPORTS, rehearsal=REHEARSAL, size=size) as on:
        await teaching(on, "space", "tab", "down", "down")
        assert "low risk" in on.text()
        assert "until now noise" in on.text()
        assert "then held: SL missing" in on.text()


async def test_a_rehearsal_when_the_switch_moves_on_then_an_older_one_does_not_count() -> None:
    async with console(reports=REPORTS) as on:
        asked: list[tuple[Lesson, asyncio.Event]] = []

        async def slow(
            channel: ChannelId, lesson: Lesson, posts: int = NEWEST, progress: Progress | None = None
        ) -> Rehearsal:
            assert progress is not None
            progress(500, 2_000)
            gate = asyncio.Event()
            asked.append((lesson, gate))
            await gate.wait()
            return Rehearsal(channel, lesson, posts=7)

        on.control.rehearse = slow  # type: ignore[method-assign]
        card = await teaching(on, "space")
        assert [lesson for lesson, _ in asked] == [Lesson(), SUGGESTIONS[0].lesson]
        asked[0][1].set()
        await on.settle()
        assert not can_say_yes(card)
        assert "reading 2 000 posts again ━━━━━───────" in on.text()
        asked[1][1].set()
        await on.settle()
        assert can_say_yes(card)
        assert "7 posts read: 0 otherwise" in on.text()


@pytest.mark.parametrize("problem", ["refused", "raised"])
async def test_a_lesson_when_it_cannot_be_taught_then_it_says_why(problem: str) -> None:
    async with console(reports=REPORTS) as on:

        async def refuses(
            channel: ChannelId, lesson: Lesson, posts: int = NEWEST, progress: Progress | None = None
        ) -> Rehearsal:
            if problem == "raised":
                raise SignalOSError("it stands in every post", "Choose another")
            return Rehearsal(channel, lesson, problems=(Problem("words", "it stands in every post"),))

        on.control.rehearse = refuses  # type: ignore[method-assign]
        card = await teaching(on, "space")
        assert not can_say_yes(card)
        assert "it stands in every post" in on.text()


async def test_a_lesson_when_taught_elsewhere_meanwhile_then_it_cannot_be_taught_over_it() -> None:
    async with console(reports=REPORTS, rehearsal=REHEARSAL) as on:
        card = await teaching(on, "space")
        await on.happen(e.ChannelTaught(CRYPTO, Lesson(default_symbol="BTCUSD"), "bot:1"))
        assert not can_say_yes(card)
        assert "something else meanwhile" in on.text()


async def test_words_of_a_channel_when_hostile_then_they_are_shown_and_not_obeyed() -> None:
    bad = "\x1b[31mred[/bold]\u202e"
    suggestions = (replace(SUGGESTIONS[0], lesson=Lesson(ignore=(bad,)), text=bad),)
    reports = tuple(replace(report, suggestions=suggestions) for report in REPORTS)
    change = replace(REHEARSAL.changes[0], text=bad)
    async with console(reports=reports, rehearsal=replace(REHEARSAL, changes=(change,), remarks=(bad,))) as on:
        await teaching(on, "space")
        text = on.text()
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "red[/bold]" in text


def test_the_recorded_control_when_not_prepared_then_a_correction_is_taken_as_it_was_made() -> None:
    reading = EXAMINED.reading
    assert reading is not None
    command = CorrectReading(key="1", issued_at=0, message=BTC, revision=0, reading=reading)
    assert asyncio.run(RecordedControl().examine(command)).reading == reading
    assert reading.signals[0].side is Side.BUY
    assert DENIED != HELD

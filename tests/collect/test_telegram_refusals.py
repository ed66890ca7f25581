"""A request that is refused, or that a server does not serve at all, costs what it was for and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from telethon.tl import functions

from signalos_tui.model.messages import Health
from signalos_tui.model.places import Standing
from tests.collect.telegram_kit import QUICK, Reading
from tests.collect.test_telegram_kinds import forum_of
from tests.support.telegram.session import Failed

PATIENT = replace(QUICK, answer_s=8)
"""The client asks twice where a server has a trouble of its own, and waits two seconds each time."""


def without_tops(refusal: Failed) -> Any:
    """A server that never says the newest numbers of chats."""

    def change(request: Any, answer: Any) -> Any:
        if isinstance(request, functions.messages.GetPeerDialogsRequest):
            raise refusal
        return answer

    return change


@pytest.mark.parametrize("titles", [("Gold",), ("Gold", "FX")])
@pytest.mark.parametrize("refusal", [Failed(400, "METHOD_INVALID"), Failed(500, "NOT_SERVED")], ids=repr)
async def test_newest_numbers_when_they_are_not_served_then_taken_from_the_history(
    refusal: Failed, titles: tuple[str, ...]
) -> None:
    """What is not told is found all the same, and no channel is said to be unseen."""
    async with Reading(*titles, pace=PATIENT) as r:
        r.answers(without_tops(refusal))
        r.world.is_telling = False
        r.world.flood(r.rooms[-1], 3)
        await r.until(lambda: len(r.ids(r.rooms[-1])) == 3, 25)
        assert all(health is Health.OK for health, _ in r.health())


@pytest.mark.parametrize("is_refused", [True, False])
async def test_new_channel_when_nobody_says_its_newest_number_then_it_begins_all_the_same(*, is_refused: bool) -> None:
    async with Reading() as r:
        fx = r.world.room("FX", r.owner)
        r.world.flood(fx, 3)

        def change(request: Any, answer: Any) -> Any:
            if isinstance(request, functions.messages.GetPeerDialogsRequest):
                if is_refused:
                    raise Failed(400, "METHOD_INVALID")
                answer.dialogs = [one for one in answer.dialogs if one.peer.channel_id != fx.id]
            return answer

        r.answers(change)
        r.follow(fx)
        await r.numbers(1, 2, 3, room=fx)


async def test_channel_when_telegram_had_a_trouble_that_has_passed_then_seen_at_the_next_look() -> None:
    """It is not looked at seldom, as one that is closed is."""
    async with Reading(pace=replace(PATIENT, answer_s=20)) as r:
        has_trouble = True

        def change(request: Any, answer: Any) -> Any:
            if has_trouble and isinstance(
                request, functions.messages.GetPeerDialogsRequest | functions.messages.GetHistoryRequest
            ):
                raise Failed(500, "INTERNAL")
            return answer

        r.answers(change)
        await r.until(lambda: any(health is Health.BLIND for health, _ in r.health()), 30)
        has_trouble = False
        await r.until(lambda: not any(one.sight.now[1] for one in r.source._chats.all()), 20)


async def test_topic_when_its_past_is_refused_then_the_other_topics_of_the_forum_are_read() -> None:
    """It was deleted, say; what is live of it is read as well."""
    async with Reading() as r:
        forum, gold, silver = forum_of(r)

        def change(request: Any, answer: Any) -> Any:
            if isinstance(request, functions.messages.GetRepliesRequest) and request.msg_id == gold:
                raise Failed(400, "MSG_ID_INVALID")
            return answer

        r.answers(change)
        first, second = r.follow(forum, gold, since=4), r.follow(forum, silver, since=3)
        await r.numbers(5, 7, 9, 11, 13, room=second)
        r.world.post(forum, "live", topic=gold)
        await r.numbers(14, room=first)


@pytest.mark.parametrize("method", ["GetState", "GetConfig"])
@pytest.mark.parametrize("refusal", [Failed(400, "METHOD_INVALID"), Failed(500, "INTERNAL")], ids=repr)
async def test_connection_when_the_question_whether_it_answers_is_refused_then_it_answers(
    method: str, refusal: Failed
) -> None:
    """It stays as it is: hung up upon, nobody would listen while the login looks well."""
    async with Reading(pace=PATIENT) as r:
        listening = r.client._updates_handle
        r.source._connection._look_at_clock_at = 0
        r.server.refuse_next(method, *[refusal] * 50)
        asked = len(r.server.requests(method))
        await r.until(lambda: len(r.server.requests(method)) > asked + 1)
        r.world.post(r.room, "told")
        await r.numbers(6)
        assert r.client._updates_handle is listening
        assert r.source.standing.standing is Standing.READING


async def test_connection_when_it_cannot_be_made_again_then_the_login_says_so() -> None:
    async with Reading(pace=PATIENT) as r:
        r.server.refuse_next("GetConfig", *[Failed(400, "CONNECTION_LAYER_INVALID")] * 50)
        await r.client.disconnect()
        await r.until(lambda: r.source.standing.standing is Standing.BLIND)
        assert r.source.standing.detail == "Telegram says ConnectionLayerInvalid"


async def test_login_when_telegram_says_by_another_name_that_nobody_is_logged_in_then_lost() -> None:
    async with Reading(pace=PATIENT) as r:

        def change(request: Any, answer: Any) -> Any:
            raise Failed(401, "AUTH_KEY_PERM_EMPTY")

        r.answers(change)
        await r.until(lambda: r.source.standing.is_lost)

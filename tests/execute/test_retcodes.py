"""What an answer means: nothing that may have traded ever counts as a refusal."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalos_tui.execute import constants as mt
from signalos_tui.execute.retcodes import (
    ATTEMPTED_BEFORE,
    GATEWAY_REFUSED,
    WORKER_LOST,
    Answer,
    classify,
    text_of,
    words_of,
)
from signalos_tui.execute.structs import OrderSendResult, RequestEcho
from signalos_tui.link import messages
from signalos_tui.link.messages import REFUSED_BY_GATEWAY

FINE = (1, "Success")
OPEN: Final[dict[str, object]] = {
    "action": mt.TRADE_ACTION_DEAL,
    "symbol": "EURUSD",
    "type": 0,
    "volume": 0.1,
    "magic": 77,
}
CLOSE: Final = OPEN | {"position": 5, "type": 1}
LEVELS: Final[dict[str, object]] = {"action": mt.TRADE_ACTION_SLTP, "position": 5, "sl": 1.1, "tp": 0.0}

# The specification, written out a second time and by number: the send protocol's table.
REFUSED = {10006, 10013, 10014, 10015, 10016, 10017, 10018, 10019, 10022, 10026, 10027, 10030, *range(10032, 10036)} | {
    *range(10038, 10047)
}
REPRICED = {10004, 10020, 10021}
ACCEPTED = {10008, 10009, 10010}


def answer(code: int, request: dict[str, object], **fields: object) -> OrderSendResult:
    echo = RequestEcho(**request)  # type: ignore[arg-type]
    values = {"order": 9, "deal": 8} | fields
    return OrderSendResult(retcode=code, request=echo, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", range(9990, 10060))
def test_every_code_of_an_opening_request_is_classified_as_specified(code: int) -> None:
    meaning = classify(answer(code, OPEN), FINE, OPEN)
    if code in REFUSED:
        assert meaning is Answer.REFUSED
    elif code in REPRICED:
        assert meaning is Answer.REPRICE
    else:
        assert meaning.is_accepted == (code in ACCEPTED)
        assert meaning.is_accepted or meaning is Answer.AMBIGUOUS


@given(code=st.integers(-(2**31), 2**32), order=st.integers(0, 9), deal=st.integers(0, 9))
def test_an_unlisted_code_is_ambiguous_whatever_comes_with_it(code: int, order: int, deal: int) -> None:
    if code in REFUSED | REPRICED | ACCEPTED:
        return
    assert classify(answer(code, OPEN, order=order, deal=deal), FINE, OPEN) is Answer.AMBIGUOUS


def test_accepted_answers_tell_apart_whole_part_and_placed() -> None:
    assert classify(answer(10009, OPEN), FINE, OPEN) is Answer.ACCEPTED
    assert classify(answer(10010, OPEN), FINE, OPEN) is Answer.PARTIAL
    assert classify(answer(10008, OPEN), FINE, OPEN) is Answer.PLACED


@pytest.mark.parametrize("code", [10008, 10009, 10010])
def test_a_promise_without_a_ticket_is_ambiguous(code: int) -> None:
    assert classify(answer(code, OPEN, order=0, deal=0), FINE, OPEN) is Answer.AMBIGUOUS


def test_changed_levels_need_no_ticket() -> None:
    assert classify(answer(10009, LEVELS, order=0, deal=0), FINE, LEVELS) is Answer.ACCEPTED


@pytest.mark.parametrize("field", ["action", "magic", "symbol", "type"])
def test_an_answer_to_another_request_proves_nothing(field: str) -> None:
    """Not even a refusal: it refuses something else."""
    other = OPEN | {field: "GBPUSD" if field == "symbol" else 6}
    for code in (10009, 10019, 10004):
        assert classify(answer(code, other), FINE, OPEN) is Answer.AMBIGUOUS


def test_an_answer_with_another_volume_proves_nothing() -> None:
    assert classify(answer(10009, OPEN | {"volume": 0.2}), FINE, OPEN) is Answer.AMBIGUOUS


def test_float_noise_in_the_echoed_volume_is_no_other_request() -> None:
    sent = OPEN | {"volume": 0.1 + 0.2}
    assert classify(answer(10009, sent | {"volume": 0.3}), FINE, sent) is Answer.ACCEPTED


@pytest.mark.parametrize(
    ("found", "meaning"),
    [
        ({}, Answer.REPRICE),
        ({"request_id": 3}, Answer.AMBIGUOUS),
        ({"bid": 1.1, "ask": 1.2}, Answer.AMBIGUOUS),
        ({"order": 9}, Answer.AMBIGUOUS),
    ],
)
def test_too_many_requests_is_definite_only_when_the_terminal_itself_says_so(
    found: dict[str, object], meaning: Answer
) -> None:
    """What the server never heard of has no request number and no prices; anything else may have traded."""
    assert classify(answer(10024, OPEN, **({"order": 0, "deal": 0} | found)), FINE, OPEN) is meaning


@pytest.mark.parametrize(
    ("code", "meaning"), [(-20_001, Answer.REFUSED), (-20_002, Answer.AMBIGUOUS), (-20_003, Answer.AMBIGUOUS)]
)
def test_a_gateway_is_believed_only_where_it_called_nothing(code: int, meaning: Answer) -> None:
    assert classify(None, (code, ""), OPEN) is meaning
    assert (code in (GATEWAY_REFUSED, ATTEMPTED_BEFORE, WORKER_LOST)) is (words_of(code) != words_of(99_999))
    assert (REFUSED_BY_GATEWAY, messages.ATTEMPTED_BEFORE, messages.WORKER_LOST) == (
        GATEWAY_REFUSED,
        ATTEMPTED_BEFORE,
        WORKER_LOST,
    )


@pytest.mark.parametrize(("code", "refused"), [(-2, True), (-8, True), (-1, False), (1, False), (0, False)])
def test_a_call_that_failed_is_refused_only_when_it_cannot_have_left(code: int, refused: bool) -> None:
    assert (classify(None, (code, ""), OPEN) is Answer.REFUSED) == refused


@given(st.integers().filter(lambda code: code not in (-2, -8, -20_001)))
def test_any_other_failed_call_is_ambiguous(code: int) -> None:
    assert classify(None, (code, "?"), OPEN) is Answer.AMBIGUOUS


def test_work_that_is_done_already_counts_as_accepted() -> None:
    assert classify(answer(10036, CLOSE, order=0, deal=0), FINE, CLOSE) is Answer.ACCEPTED
    assert classify(answer(10025, LEVELS, order=0, deal=0), FINE, LEVELS) is Answer.ACCEPTED


def test_levels_for_a_position_that_is_gone_are_refused() -> None:
    assert classify(answer(10036, LEVELS), FINE, LEVELS) is Answer.REFUSED


def test_the_idempotent_codes_mean_nothing_for_an_opening_request() -> None:
    for code in (10025, 10036):
        assert classify(answer(code, OPEN), FINE, OPEN) is Answer.AMBIGUOUS
        assert classify(answer(code, OPEN), FINE) is Answer.AMBIGUOUS


def test_every_retcode_has_words_and_a_remedy() -> None:
    codes = [value for name, value in vars(mt).items() if name.startswith("TRADE_RETCODE_")]
    for code in codes:
        words = words_of(code)
        assert words.what
        assert words.what != words_of(99_999).what
        assert words.remedy.endswith(".")


def test_words_name_the_code_the_reason_and_the_next_step() -> None:
    assert text_of(10019) == (
        "10019: there is not enough free margin. Lower the risk, close something, or deposit money."
    )


def test_no_ambiguous_code_invites_to_send_again() -> None:
    for code in (10007, 10011, 10012, 10023, 10024, 10028, 10031, -10005, 31_337):
        assert "do not send it again" in text_of(code)

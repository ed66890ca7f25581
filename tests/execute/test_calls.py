"""Between two attempts: pauses that grow, end, and do not let all knock at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signalos_tui.execute.calls import pause_s
from signalos_tui.model.ids import Magic


@given(st.sampled_from([10004, 10020, 10021, 10024, 10030]), st.integers(1, 5), st.integers(1, 1 << 53))
def test_pause_before_another_attempt_then_it_grows_is_spread_and_ends_at_five_seconds(
    code: int, attempt: int, number: int
) -> None:
    """The same for the same leg, another for another (D22)."""
    pause = pause_s(code, attempt, Magic(number))
    least = 0.5 if code in (10021, 10024) else 0.3
    assert least <= pause <= 5.0
    assert pause <= pause_s(code, attempt + 1, Magic(number)) or pause == 5.0
    assert pause == pause_s(code, attempt, Magic(number))
    assert len({pause_s(code, 1, Magic(number + n)) for n in range(10)}) > 5

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from signalos_tui.model.signals import Side
from signalos_tui.ui.widgets.rail import Levels, best_price, rail

D = Decimal
BUY = Levels(
    Side.BUY, D("100"), D("104"), stop=D("98"), first_stop=D("98"), targets=((1, D("102")), (2, D("108")))
)  # fmt: skip


def drawn(levels: Levels, width: int = 21) -> str:
    return "".join(run.text for run in rail(levels, width))


def test_rail_of_a_buy_in_profit_runs_right_from_the_entry_to_the_price() -> None:
    assert drawn(BUY) == "S───┼━━━1━━━▶───────2"


def test_rail_when_a_target_was_reached_then_it_is_ticked() -> None:
    assert drawn(BUY._replace(reached=(1,))) == "S───┼━━━✓━━━▶───────2"


def test_rail_of_a_sell_is_mirrored_so_that_good_is_right() -> None:
    sell = Levels(Side.SELL, D("100"), D("96"), stop=D("102"), targets=((1, D("98")), (2, D("92"))))
    assert drawn(sell) == drawn(BUY)


def test_rail_in_loss_points_back_to_the_stop() -> None:
    assert drawn(BUY._replace(price=D("99"))) == "S─◀━┼───1───────────2"


def test_rail_when_the_stop_stands_at_the_entry_then_it_says_break_even() -> None:
    assert drawn(BUY._replace(stop=D("100"))) == "────B━━━1━━━▶───────2"


def test_rail_shows_how_far_the_price_has_been() -> None:
    assert drawn(BUY._replace(price=D("101"), best=D("105"))) == "S───┼━▶╌1╌╌╌╌╌╌─────2"


def test_rail_of_a_waiting_order_has_no_way_to_the_price() -> None:
    assert drawn(BUY._replace(is_open=False)) == "S───┼───1───•───────2"


def test_rail_when_the_price_left_the_scale_then_it_stands_at_the_end() -> None:
    assert drawn(BUY._replace(price=D("150")))[-1] == "▶"
    assert drawn(BUY._replace(price=D("50")))[0] == "◀"


def test_rail_without_entry_is_a_plain_line() -> None:
    assert drawn(BUY._replace(entry=None)) == "─" * 21


def test_rail_without_stop_and_targets_still_shows_the_direction() -> None:
    bare = Levels(Side.BUY, D("100"), D("100.1"))
    assert "┼" in drawn(bare)
    assert "▶" in drawn(bare)


prices = st.decimals(min_value=D("0.0001"), max_value=D("100000"), places=4)


@given(
    side=st.sampled_from(Side),
    entry=st.none() | prices,
    price=st.none() | prices,
    stop=st.none() | prices,
    best=st.none() | prices,
    targets=st.lists(prices, max_size=12),
    width=st.integers(-1, 80),
)
def test_rail_is_always_exactly_as_wide_as_asked(
    side: Side,
    entry: Decimal | None,
    price: Decimal | None,
    stop: Decimal | None,
    best: Decimal | None,
    targets: list[Decimal],
    width: int,
) -> None:
    levels = Levels(side, entry, price, stop, stop, tuple(enumerate(targets, 1)), best=best)
    assert cell_len(drawn(levels, width)) == max(0, width)


def test_best_price_is_the_highest_of_a_buy_and_the_lowest_of_a_sell() -> None:
    track = [D("3"), D("5"), D("4")]
    assert best_price(Side.BUY, track) == D("5")
    assert best_price(Side.SELL, track) == D("3")
    assert best_price(Side.BUY, []) is None

"""MetaTrader's numbers: all against the official package, and the few whose confusion costs money."""

from __future__ import annotations

from signalos_tui.execute import constants as mt
from tests.execute import reference


def test_filling_masks_and_filling_modes_do_not_share_their_numbers() -> None:
    """The mask of a symbol sent as the mode of a request is the most common mistake of all."""
    assert (mt.SYMBOL_FILLING_FOK, mt.SYMBOL_FILLING_IOC, mt.SYMBOL_FILLING_BOC) == (1, 2, 4)
    assert (mt.ORDER_FILLING_FOK, mt.ORDER_FILLING_IOC, mt.ORDER_FILLING_RETURN, mt.ORDER_FILLING_BOC) == (0, 1, 2, 3)


def test_the_side_of_a_waiting_order_is_its_parity() -> None:
    buys = (mt.ORDER_TYPE_BUY, mt.ORDER_TYPE_BUY_LIMIT, mt.ORDER_TYPE_BUY_STOP, mt.ORDER_TYPE_BUY_STOP_LIMIT)
    sells = (mt.ORDER_TYPE_SELL, mt.ORDER_TYPE_SELL_LIMIT, mt.ORDER_TYPE_SELL_STOP, mt.ORDER_TYPE_SELL_STOP_LIMIT)
    assert all(kind % 2 == mt.POSITION_TYPE_BUY for kind in buys)
    assert all(kind % 2 == mt.POSITION_TYPE_SELL for kind in sells)


def test_retcodes_have_the_two_gaps_and_no_doubles() -> None:
    codes = [value for name, value in vars(mt).items() if name.startswith("TRADE_RETCODE_")]
    assert len(codes) == len(set(codes))
    assert set(range(10004, 10047)) - set(codes) == {10005, 10037}


def test_the_official_packages_constants_are_all_here_and_no_others() -> None:
    assert mt.exported() == reference.load("constants")


def test_what_the_package_leaves_out_is_here_as_well() -> None:
    ours = {name for name, value in vars(mt).items() if type(value) is int}
    assert ours - set(mt.exported()) == mt.UNEXPORTED

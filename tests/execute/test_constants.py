"""MetaTrader's numbers: the few whose confusion costs money."""

from __future__ import annotations

import pytest

from signalos_tui.execute import constants as mt
from signalos_tui.execute import structs


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


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        (structs.AccountInfo, 28),
        (structs.TerminalInfo, 22),
        (structs.SymbolInfo, 96),
        (structs.Tick, 8),
        (structs.TradePosition, 19),
        (structs.TradeOrder, 24),
        (structs.TradeDeal, 18),
        (structs.RequestEcho, 17),
        (structs.OrderCheckResult, 9),
        (structs.OrderSendResult, 11),
    ],
)
def test_structures_have_as_many_fields_as_the_terminals(kind: type, count: int) -> None:
    assert len(kind.__struct_fields__) == count  # type: ignore[attr-defined]
    kind()

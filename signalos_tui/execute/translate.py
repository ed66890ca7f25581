"""Between MetaTrader's structures, in floats, and the model, in Decimal.

The only place where the two meet. A float becomes a Decimal through its shortest text and is cut to the instrument's digits, so
1.0973600000000001 is 1.09736 everywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from signalos_tui.errors import Transient
from signalos_tui.execute import constants as mt
from signalos_tui.execute.structs import AccountInfo, SymbolInfo, Tick
from signalos_tui.model.account import Account
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.orders import TradeRequest
from signalos_tui.model.signals import OrderKind, Side

COMMENT_LENGTH = 25
"""The binding refuses more than 29 UTF-16 units, the server keeps fewer; ASCII only (reference: mt5, section 1)."""


def decimal(value: float, digits: int = 8) -> Decimal:
    """A float as the number that was meant, with at most `digits` decimals and none to spare.

    Raises Transient: it is none that a terminal can mean. The next answer may be sound.
    """
    if not is_number(value):
        raise Transient(f"the terminal showed {value!r}, which is no price, no volume and no money", "Look at it there")
    exact = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits)).normalize()
    return exact if exact.as_tuple().exponent <= 0 else exact.quantize(Decimal(1))  # type: ignore[operator]


LARGEST = 1e12
"""No price and no sum of money of one lot is larger; what is, is a fault of the terminal."""


def is_number(value: float) -> bool:
    """It can be a price or money; NaN, infinity and what no account holds cannot."""
    return -LARGEST < value < LARGEST


def is_volume(value: float) -> bool:
    """So many lots can be open."""
    return is_number(value) and decimal(value) > 0


def figure(value: float | None) -> Decimal | None:
    """What the terminal computed; None when it has no answer, or one that is no number."""
    return decimal(value) if value is not None and is_number(value) else None


def price_or_none(value: float, digits: int = 8) -> Decimal | None:
    """A level, None where MetaTrader writes 0 for "no level"."""
    return decimal(value, digits) if value else None


def account_of(info: AccountInfo, at: int, *, is_paper: bool = False) -> Account:
    """The account. is_paper: nobody's money. An unknown trade mode counts as real money (reference: reliability C11)."""
    return Account(
        login=info.login,
        server=info.server,
        currency=info.currency,
        balance=decimal(info.balance, 2),
        equity=decimal(info.equity, 2),
        margin=decimal(info.margin, 2),
        margin_free=decimal(info.margin_free, 2),
        margin_level=decimal(info.margin_level, 2),
        leverage=info.leverage,
        is_demo=info.trade_mode in (mt.ACCOUNT_TRADE_MODE_DEMO, mt.ACCOUNT_TRADE_MODE_CONTEST),
        is_hedging=info.margin_mode == mt.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING,
        trade_allowed=info.trade_allowed and info.trade_expert,
        at=at,
        is_paper=is_paper,
    )


def spec_of(info: SymbolInfo) -> SymbolSpec:
    """The instrument."""
    return SymbolSpec(
        name=info.name,
        description=info.description,
        digits=info.digits,
        point=decimal(info.point, 10),
        tick_size=decimal(info.trade_tick_size or info.point, 10),
        contract_size=decimal(info.trade_contract_size),
        volume_min=decimal(info.volume_min),
        volume_max=decimal(info.volume_max),
        volume_step=decimal(info.volume_step),
        stops_level=info.trade_stops_level,
        freeze_level=info.trade_freeze_level,
        currency_base=info.currency_base,
        currency_profit=info.currency_profit,
        tradable=info.trade_mode == mt.SYMBOL_TRADE_MODE_FULL,
        filling_mode=info.filling_mode,
        execution_mode=info.trade_exemode,
    )


def quote_of(symbol: str, tick: Tick | None, digits: int, at: int) -> Quote | None:
    """The quote, None while there is none (a first tick can be empty). at: when the terminal gave it, ms UTC."""
    if tick is None or not 0 < tick.bid < LARGEST or not 0 < tick.ask < LARGEST:
        return None
    return Quote(symbol, decimal(tick.bid, digits), decimal(tick.ask, digits), at)


def order_type(side: Side, kind: OrderKind) -> int:
    """MetaTrader's order type."""
    buy = side is Side.BUY
    if kind is OrderKind.LIMIT:
        return mt.ORDER_TYPE_BUY_LIMIT if buy else mt.ORDER_TYPE_SELL_LIMIT
    if kind is OrderKind.STOP:
        return mt.ORDER_TYPE_BUY_STOP if buy else mt.ORDER_TYPE_SELL_STOP
    return mt.ORDER_TYPE_BUY if buy else mt.ORDER_TYPE_SELL


def side_of(type_: int) -> Side:
    """The side of a position or an order; MetaTrader's buys are the even numbers."""
    return Side.SELL if type_ % 2 else Side.BUY


def fillings(spec: SymbolSpec) -> tuple[int, ...]:
    """The filling modes to send, the likeliest first: the symbol's mask is a bit field, the request's value is not.

    What the mask does not name comes last: brokers' masks are not always right, and a refusal (10030) is definite. Under market
    execution RETURN is never allowed (MQL5 Reference: Symbol Properties).
    """
    modes = (
        (mt.ORDER_FILLING_FOK, bool(spec.filling_mode & mt.SYMBOL_FILLING_FOK)),
        (mt.ORDER_FILLING_IOC, bool(spec.filling_mode & mt.SYMBOL_FILLING_IOC)),
        (mt.ORDER_FILLING_RETURN, spec.execution_mode != mt.SYMBOL_TRADE_EXECUTION_MARKET),
    )
    named = tuple(mode for mode, is_named in modes if is_named)
    return (*named, *(mode for mode in (mt.ORDER_FILLING_FOK, mt.ORDER_FILLING_IOC) if mode not in named))


def wire(request: TradeRequest) -> Mapping[str, object]:
    """The request with exactly the types the binding accepts: floats for prices and volumes, ints for the rest."""
    fields = msgspec.structs.asdict(request)
    sent: dict[str, object] = {}
    for name, value in fields.items():
        if isinstance(value, Decimal):
            sent[name] = float(value)
        elif isinstance(value, str):
            sent[name] = value if name == "symbol" else value.encode("ascii", "ignore").decode()[:COMMENT_LENGTH]
        else:
            sent[name] = int(value)
    return sent

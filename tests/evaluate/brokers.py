"""Invented brokers, each with a style of naming that real ones have: what they list, and what signals mean there."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from signalos_tui.model.symbols import Listed, TradeMode

FULL, CLOSED = TradeMode.FULL, TradeMode.CLOSE_ONLY


class Broker(NamedTuple):
    """certain: what is traded without a question. ask: what the owner has to say, with the candidates. missing: not there."""

    style: str
    listed: tuple[Listed, ...]
    certain: dict[str, str]
    ask: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    missing: tuple[str, ...] = ()


def forex(name: str, base: str = "EUR", profit: str = "USD", size: int = 100_000, **more: object) -> Listed:
    """A currency pair."""
    words = {"description": f"{base} vs {profit}", "path": f"Forex\\{name}", **more}
    return Listed(name, digits=5, contract_size=Decimal(size), base=base, profit=profit, **words)  # type: ignore[arg-type]


def gold(name: str, size: int = 100, profit: str = "USD", **more: object) -> Listed:
    """A metal that is gold."""
    words = {"description": "Gold", "path": f"Metals\\Spot\\{name}", "base": "XAU", **more}
    return Listed(name, digits=2, contract_size=Decimal(size), profit=profit, **words)  # type: ignore[arg-type]


def index(name: str, size: int = 1, profit: str = "USD", **more: object) -> Listed:
    """An index."""
    words = {"description": "Index", "path": f"CFD\\Stock Indices\\{name}", **more}
    return Listed(name, digits=1, contract_size=Decimal(size), base=profit, profit=profit, **words)  # type: ignore[arg-type]


def coin(name: str, base: str = "BTC", profit: str = "USD", size: int = 1) -> Listed:
    """A coin."""
    return Listed(name, "Coin", f"Crypto\\{name}", 2, Decimal(size), base=base, profit=profit)


def share(name: str) -> Listed:
    """A share."""
    return Listed(name, "Barrick Corp", f"Stocks\\US\\{name}", 2, Decimal(1), base="USD", profit="USD")


BROKERS = (
    Broker(
        "plain names",
        (forex("EURUSD"), gold("XAUUSD"), index("US30"), index("NAS100"), coin("BTCUSD"), share("AAPL")),
        {"EURUSD": "EURUSD", "GOLD": "XAUUSD", "US100": "NAS100", "DJ30": "US30", "BTCUSDT": "BTCUSD", "AAPL": "AAPL"},
        missing=("GBPUSD", "XAGUSD", "GER40"),
    ),
    Broker(
        "a suffix for each kind of account, one of them ours",
        (
            *(forex(f"EURUSD{ending}", mode=mode) for ending, mode in (("", CLOSED), (".r", FULL), (".p", CLOSED))),
            *(gold(f"XAUUSD{ending}", mode=mode) for ending, mode in (("", CLOSED), (".r", FULL), (".p", CLOSED))),
        ),
        {"EURUSD": "EURUSD.r", "XAUUSD": "XAUUSD.r", "GOLD": "XAUUSD.r"},
    ),
    Broker(
        "two kinds of account that can both be traded",
        (forex("EURUSD"), forex("EURUSD.raw"), gold("GOLD"), gold("GOLD.raw")),
        {},
        {"EURUSD": ("EURUSD", "EURUSD.raw"), "XAUUSD": ("GOLD", "GOLD.raw")},
    ),
    Broker(
        "the mark stands before the name",
        (
            index("#USTEC"),
            index("#US30"),
            gold(".XAUUSD"),
            gold("mXAUUSD", 1),
            forex("_EURUSD"),
            forex("fxGBPUSD", "GBP"),
        ),
        {"NAS100": "#USTEC", "US30": "#US30", "XAUUSD": ".XAUUSD", "EURUSD": "_EURUSD", "GBPUSD": "fxGBPUSD"},
    ),
    Broker(
        "micro lots have a name of their own",
        (gold("GOLD"), gold("GOLDmicro", 1), forex("EURUSD"), forex("EURUSDmicro", size=1_000)),
        {"XAUUSD": "GOLD", "EURUSD": "EURUSD"},
    ),
    Broker(
        "only micro and cent lots",
        (gold("GOLDmicro", 1), forex("EURUSDc", size=1_000), index("US30mini")),
        {},
        {"XAUUSD": ("GOLDmicro",), "EURUSD": ("EURUSDc",), "US30": ("US30mini",)},
    ),
    Broker(
        "cash beside deliveries",
        (
            index("US500.cash"),
            index("US500.Z26"),
            index("USTEC_DEC26"),
            gold("XAUUSD"),
            gold("XAUUSD-DEC26", path="Futures\\XAUUSD-DEC26"),
            gold("GOLD.f", is_dated=True),
        ),
        {"US500": "US500.cash", "XAUUSD": "XAUUSD"},
        {"NAS100": ("USTEC_DEC26",)},
    ),
    Broker(
        "gold in every currency, and the mining company",
        (
            gold("XAUUSD"),
            gold("XAUEUR", profit="EUR"),
            gold("XAUAUD", profit="AUD"),
            gold("GOLDEUR", profit="EUR"),
            share("GOLD"),
        ),
        {"XAUUSD": "XAUUSD", "GOLD": "XAUUSD"},
    ),
    Broker(
        "gold by its word, in euros, and a share",
        (gold("GOLD", profit="EUR"), share("GOLD.US"), forex("EURUSD")),
        {"EURUSD": "EURUSD"},
        missing=("XAUUSD", "GOLD"),
    ),
    Broker(
        "a mark before and behind",
        (gold("XAUUSDm#"), coin("BTCUSD.x"), forex("EURUSDm#"), index("#US30m"), forex("EURAUDm#", "EUR", "AUD")),
        {"XAUUSD": "XAUUSDm#", "BTCUSD": "BTCUSD.x", "EURUSD": "EURUSDm#", "US30": "#US30m", "EURAUD": "EURAUDm#"},
        missing=("AUDUSD", "ETHUSD"),
    ),
    Broker(
        "old names beside new ones, and one that can only be bought",
        (
            index("GER30", profit="EUR", mode=CLOSED),
            index("GER40", profit="EUR"),
            gold("XAUUSD_i", mode=TradeMode.LONG_ONLY),
            gold("XAUUSD_e"),
        ),
        {"DAX": "GER40", "GER30": "GER40", "XAUUSD": "XAUUSD_e"},
    ),
    Broker(
        "coins in dollars and in tethers",
        (coin("BTCUSD"), coin("BTCUSDT", profit="USDT"), coin("SOLUSDT", "SOL", "USDT"), coin("ETHEUR", "ETH", "EUR")),
        {"BTCUSD": "BTCUSD", "BTCUSDT": "BTCUSDT", "SOLUSD": "SOLUSDT"},
        missing=("ETHUSD",),
    ),
    Broker(
        "wrong words in the terminal",
        (
            forex("EURUSD", profit="JPY"),
            forex("GBPUSD", "EUR"),
            gold("XAUUSD", base="USD"),
            gold("XAGUSD", base="XAU"),
            index("US30", description="Wall Street Trust Inc"),
        ),
        {"XAUUSD": "XAUUSD"},
        {"US30": ("US30",)},
        missing=("EURUSD", "GBPUSD", "XAGUSD"),
    ),
    Broker(
        "names that are attacks",
        (
            gold("XAUUSD\x1b[2J"),
            gold("[@click=app.quit]XAUUSD"),
            gold("XAUUSD" + "m" * 500),
            gold("XAUUSD\u202e"),
            gold("ХAUUSD"),
            gold(""),
            forex("EURUSD"),
        ),
        {"EURUSD": "EURUSD"},
        missing=("XAUUSD",),
    ),
)
"""One broker a style. Names, sizes and paths are made up."""

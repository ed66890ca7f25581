"""The markets of the demo channels. Strides suit the pace of the demo's prices: a first target is a minute or so away."""

from __future__ import annotations

from signalos_tui.collect.demo.voice import Market


def gold(*names: str, digits: int = 1) -> Market:
    """Gold; its pips are tenths of a dollar."""
    return Market("XAUUSD", names, digits, 1.6, 0.1)


def silver(*names: str) -> Market:
    """Silver; its pips are cents."""
    return Market("XAGUSD", names, 3, 0.08, 0.01)


def euro(*names: str) -> Market:
    """Euro against dollar."""
    return Market("EURUSD", names, 5, 0.0005, 0.0001)


def pound(*names: str) -> Market:
    """Pound against dollar."""
    return Market("GBPUSD", names, 5, 0.0006, 0.0001)


def yen(*names: str) -> Market:
    """Dollar against yen."""
    return Market("USDJPY", names, 3, 0.07, 0.01)


def franc(*names: str) -> Market:
    """Dollar against franc."""
    return Market("USDCHF", names, 5, 0.0004, 0.0001)


def aussie(*names: str) -> Market:
    """Australian against US dollar."""
    return Market("AUDUSD", names, 5, 0.0004, 0.0001)


def loonie(*names: str) -> Market:
    """US against Canadian dollar."""
    return Market("USDCAD", names, 5, 0.0006, 0.0001)


def euro_yen(*names: str) -> Market:
    """Euro against yen."""
    return Market("EURJPY", names, 3, 0.09, 0.01)


def pound_yen(*names: str) -> Market:
    """Pound against yen."""
    return Market("GBPJPY", names, 3, 0.12, 0.01)


def dow(*names: str) -> Market:
    """The Dow Jones index, in points."""
    return Market("US30", names, 0, 26.0, 1.0)


def nasdaq(*names: str) -> Market:
    """The Nasdaq 100 index, in points."""
    return Market("NAS100", names, 0, 18.0, 1.0)


def dax(*names: str) -> Market:
    """The DAX index, in points."""
    return Market("GER40", names, 0, 15.0, 1.0)


def oil(*names: str) -> Market:
    """US crude oil; its pips are cents."""
    return Market("USOIL", names, 2, 0.09, 0.01)


def bitcoin(*names: str) -> Market:
    """Bitcoin, in dollars."""
    return Market("BTCUSD", names, 1, 130.0, 1.0)


def ether(*names: str) -> Market:
    """Ether, in dollars."""
    return Market("ETHUSD", names, 2, 6.5, 1.0)

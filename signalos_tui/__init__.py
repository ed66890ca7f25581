"""SignalOS: a trading console for the terminal, from a published signal to a managed position."""

__version__ = "0.2.0"

"""The process that stands beside a MetaTrader 5 terminal and is the only one to speak with it."""

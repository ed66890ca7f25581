"""The vocabulary every stage and every front end shares: values only, no I/O, no asyncio.

All values are frozen. Times are integers: milliseconds since the epoch, UTC. Prices and volumes are `Decimal`.
"""

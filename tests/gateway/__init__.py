"""The gateway: real processes, real sockets, and a terminal that does what it is told."""

"""The console: screens over the control port. It sees snapshots and sends commands, nothing else (design: front end B)."""

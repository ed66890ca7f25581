"""The console's tests: figures and harmless text, screens, and what really reaches a terminal."""

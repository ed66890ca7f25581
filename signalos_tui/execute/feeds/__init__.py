"""Where prices come from when no broker sends them: a seeded market and files of bars or ticks."""

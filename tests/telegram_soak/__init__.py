"""The soak of Telegram reading: `signalos run` for a long time against a small Telegram that breaks whatever can break."""

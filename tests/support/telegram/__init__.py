"""A small Telegram on this machine: the MTProto server that the real, unmodified Telethon client talks to in the tests."""

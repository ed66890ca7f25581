"""Telegram channels, as a user follows them, through Telethon; nothing outside this folder knows that library."""

"""A watched folder as a source: exports of Telegram Desktop, single posts and lines of posts that are dropped into it."""

"""Stage 5, everything, written down first: an append-only, hash-chained event log in one SQLite file.

What `append` returned is on the disk. Tables for questions and screens are projections of the log, written in the same
transaction and rebuilt from it at will. `Journal` writes; `queries` and `verify` read a file that may be in use.
"""

from signalos_tui.errors import JournalConflict, JournalFailed, JournalUnusable
from signalos_tui.journal.codec import Head
from signalos_tui.journal.store import Journal

__all__ = ["Head", "Journal", "JournalConflict", "JournalFailed", "JournalUnusable"]

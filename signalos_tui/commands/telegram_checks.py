"""What `signalos doctor` finds of Telegram on this machine: who asks, whose sessions there are, and whether they can be opened.

Telegram is not asked; `signalos sessions test` does that.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from signalos_tui.collect.telegram.logins import FOLDER, names
from signalos_tui.commands.checked import Checked
from signalos_tui.commands.telegram import USUAL, PassphraseTyped, app_of, counted
from signalos_tui.config import Telegram
from signalos_tui.errors import SignalOSError


def telegram_checks(table: Telegram, data: Path) -> Iterator[Checked]:
    """Who asks, which logins there are, and what they follow. data: the data folder."""
    try:
        app = app_of(table)
        yield Checked("telegram app", True, f"api_id {app.api_id}, and its hash is there")
    except SignalOSError as error:
        yield Checked("telegram app", False, error.text, error.remedy)
    folder = data / FOLDER
    there = names(folder) if folder.is_dir() else ()
    missing = [name for name in table.logins if name not in there]
    if missing or not there:
        seen = f'no login "{missing[0]}"' if missing else "nobody is logged in"
        yield Checked("telegram login", False, seen, f"Run: signalos login {missing[0] if missing else USUAL}")
        return
    yield from _private(folder)
    yield from _followed(table, folder, table.logins or there)


def _private(folder: Path) -> Iterator[Checked]:
    loose = [path for path in (folder, *folder.iterdir()) if path.stat().st_mode & 0o077]
    if loose:
        yield Checked("telegram login", False, f"others may read {loose[0]}", f"chmod -R go= {folder}")


def _followed(table: Telegram, folder: Path, wanted: tuple[str, ...]) -> Iterator[Checked]:
    try:
        counts = counted(table, folder, wanted)
    except PassphraseTyped as asked:
        yield Checked("telegram login", True, f"{', '.join(wanted)}: {asked.text}")
    except SignalOSError as error:
        yield Checked("telegram login", False, error.text, error.remedy)
    except OSError as error:
        yield Checked("telegram login", False, f"{folder} cannot be read: {error.strerror or error}", "Mend the folder")
    else:
        for name, count in counts.items():
            seen = f"{name}: sealed, {count} channel{'s' * (count != 1)} followed"
            yield Checked("telegram login", True, seen)

"""What is wrong with the console's own settings, told before it starts: keys that are none or taken, themes nobody knows.

The console starts all the same and falls back; but who checks his configuration wants to hear of it then.
"""

from __future__ import annotations

from pathlib import Path

from textual.theme import BUILTIN_THEMES

from signalos_tui.config import Config
from signalos_tui.ui.bindings import keymap
from signalos_tui.ui.themes import load_themes, usable


def faults(config: Config, data_dir: Path | None = None) -> tuple[str, ...]:
    """One sentence for each setting the console would leave out. data_dir: where the owner's own themes lie."""
    own = load_themes(data_dir)
    _, unknown = usable(config.console.theme, [*BUILTIN_THEMES, *(theme.name for theme in own.themes)])
    return (*keymap(config.keymap).problems, *own.problems, *([unknown] if unknown else []))

"""`python -m signalos_tui` is `signalos`: the entry that can be interrupted from its very first import."""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; Ctrl-C while it is still loading ends it without a word too many."""
    try:
        from signalos_tui.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("signalos: interrupted\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()

"""`python -m signalos_tui` is `signalos`."""

from signalos_tui.cli import main

if __name__ == "__main__":
    main()

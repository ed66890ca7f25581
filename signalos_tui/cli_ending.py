"""How every command ends, and the options nearly every one has."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from signalos_tui.errors import SignalOSError

OWNER_NEEDED, INTERRUPTED = 1, 130

DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", readable=False, help="Folder of journal, paper account and logs."),
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", readable=False, help="Configuration file.")
]


def end(command: Callable[[], int]) -> None:
    """Run a command. Whatever goes wrong is one line and an exit code. Raises typer.Exit."""
    try:
        code = command()
        sys.stdout.flush()
    except SignalOSError as error:
        _fail(error.text, error.remedy)
    except KeyboardInterrupt:
        print("signalos: interrupted", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        _fail(f"{error.strerror or error}{place}", "Check the disk and its permissions: signalos doctor")
    else:
        raise typer.Exit(code)


def _fail(text: str, remedy: str) -> NoReturn:
    from signalos_tui.harmless import one_line

    sentences = (part[:1].upper() + part[1:] if place else part for place, part in enumerate((text, remedy)) if part)
    line = " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in sentences).removesuffix(".")
    print(f"signalos: {one_line(line)}", file=sys.stderr)
    raise typer.Exit(OWNER_NEEDED)

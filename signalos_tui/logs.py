"""The log of a headless engine: JSON lines on stderr and in a rotating file, with nothing but the standard library.

Every line is ASCII JSON, so nothing foreign can forge a line or reach a terminal (reference: reliability T5). Libraries that log
what they send are kept quiet. A log that cannot be written never stops the engine.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

KEEP_FILES = 5
LONGEST = 4000


class Logger:
    """Writes lines of text and fields: `log.info("position closed", ticket=7)`. Fields are what JSON can hold."""

    def __init__(self, name: str) -> None:
        self._inner = logging.getLogger(name)

    def debug(self, text: str, **fields: Any) -> None:
        """For whoever looks for a fault."""
        self._inner.debug(text, extra={"fields": fields})

    def info(self, text: str, **fields: Any) -> None:
        """What happens."""
        self._inner.info(text, extra={"fields": fields})

    def warning(self, text: str, **fields: Any) -> None:
        """What the owner should look at."""
        self._inner.warning(text, extra={"fields": fields})

    def error(self, text: str, **fields: Any) -> None:
        """What the owner has to look at."""
        self._inner.error(text, extra={"fields": fields})


def logger(name: str) -> Logger:
    """The logger of a part: "signalos.engine"."""
    return Logger(name)


class _JsonLine(logging.Formatter):
    # One record as one line; of a library's error also where it happened.

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        line = {
            "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps({k: v[:LONGEST] if isinstance(v, str) else v for k, v in line.items()}, default=str)


class _Stderr(logging.StreamHandler[TextIO]):
    """Lines for whoever reads stderr; when nobody does, the engine goes on without."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (the name is logging's)
        """There is nowhere left to tell it."""


class _LogFile(RotatingFileHandler):
    """The log file. When it cannot be written that is told once, on stderr; the engine goes on."""

    _told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (the name is logging's)
        """Called by `emit` from inside an except block."""
        if not self._told:
            self._told = True
            logger("signalos.logs").error(f"the log file {self.baseFilename} cannot be written: {sys.exception()}")


def configure(level: str, folder: Path | None, max_mb: int) -> None:
    """Write lines of at least `level` to stderr and, where a folder is given, to <folder>/signalos.log.

    What libraries log, warnings included, becomes such a line too. Raises OSError when the folder cannot be made.
    """
    handlers: list[logging.Handler] = [_Stderr(sys.stderr)]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = folder / "signalos.log"
        handlers.append(_LogFile(file, maxBytes=max_mb << 20, backupCount=KEEP_FILES, encoding="ascii", delay=True))
    for handler in handlers:
        handler.setFormatter(_JsonLine())
    logging.basicConfig(level=logging.WARNING, handlers=handlers, force=True)
    logging.captureWarnings(capture=True)
    logging.getLogger("signalos").setLevel(level.upper())


def quiet() -> None:
    """Log nothing at all: a console owns the terminal, its log pane shows the same lines."""
    logging.basicConfig(level=logging.CRITICAL + 1, handlers=[logging.NullHandler()], force=True)
    logging.getLogger("signalos").setLevel(logging.NOTSET)

"""The log of a headless engine: JSON lines on stderr and in a rotating file. The only user of structlog.

Every line is ASCII JSON, so nothing foreign can forge a line or reach a terminal (reference: reliability T5). Libraries that log
what they send are kept quiet.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

import structlog

KEEP_FILES = 5
LONGEST = 4000


def logger(name: str) -> Any:
    """A structured logger: `logger("engine").info("what", key=value)`."""
    return structlog.get_logger(name)


class _LogFile(RotatingFileHandler):
    """The log file. When it cannot be written that is told once, on stderr; the engine goes on."""

    _told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (the name is logging's)
        """Called by `emit` from inside an except block."""
        if not self._told:
            self._told = True
            logger("signalos.logs").error(f"the log file {self.baseFilename} cannot be written: {sys.exception()}")


class _Stderr(logging.StreamHandler[TextIO]):
    """Lines for whoever reads stderr; when nobody does, the engine goes on without."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (the name is logging's)
        """There is nowhere left to tell it."""


def configure(level: str, folder: Path | None, max_mb: int) -> None:
    """Write lines of at least `level` to stderr and, where a folder is given, to <folder>/signalos.log.

    What libraries log, warnings included, becomes such a line too. Raises OSError when the folder cannot be made.
    """
    handlers: list[logging.Handler] = [_Stderr(sys.stderr)]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handlers.append(
            _LogFile(
                folder / "signalos.log", maxBytes=max_mb << 20, backupCount=KEEP_FILES, encoding="ascii", delay=True
            )
        )
    before: list[Any] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
    rendering = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _shortened,
            structlog.processors.JSONRenderer(),
        ],
    )
    for handler in handlers:
        handler.setFormatter(rendering)
    logging.basicConfig(level=logging.WARNING, handlers=handlers, force=True)
    logging.captureWarnings(capture=True)
    logging.getLogger("signalos").setLevel(level.upper())
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def quiet() -> None:
    """Log nothing at all: a console owns the terminal, its log pane shows the same lines."""
    logging.basicConfig(level=logging.CRITICAL + 1, handlers=[logging.NullHandler()], force=True)
    structlog.configure(
        processors=[structlog.processors.KeyValueRenderer()], logger_factory=structlog.ReturnLoggerFactory()
    )


def _shortened(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {k: v[:LONGEST] if isinstance(v, str) else v for k, v in line.items()}

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
from typing import Any

import structlog

KEEP_FILES = 5
LONGEST = 4000


def logger(name: str) -> Any:
    """A structured logger: `logger("engine").info("what", key=value)`."""
    return structlog.get_logger(name)


def configure(level: str, folder: Path | None, max_mb: int) -> None:
    """Write lines of at least `level` to stderr and, where a folder is given, to <folder>/signalos.log."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handlers.append(
            RotatingFileHandler(folder / "signalos.log", maxBytes=max_mb << 20, backupCount=KEEP_FILES, delay=True)
        )
    logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=handlers, force=True)
    logging.getLogger("signalos").setLevel(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _shortened,
            structlog.processors.JSONRenderer(),
        ],
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

"""`signalos parse`: what the reader makes of messages, for people or as JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from signalos_tui.commands.places import configuration
from signalos_tui.decode import Profile, read
from signalos_tui.decode.jsonl import to_json
from signalos_tui.errors import SourceUnreadable
from signalos_tui.harmless import one_line
from signalos_tui.model.signals import Distance, Number, Reading, Signal, Update

LONGEST_LINE = 1 << 20


def parse(file: Path | None, *, jsonl: bool, config: Path | None) -> int:
    """Read messages from a file or standard input and print their readings."""
    configuration(config)  # a broken configuration is said before anything is read
    profile = Profile()
    with _opened(file) as stream:
        if jsonl:
            for number, line in enumerate(_lines(stream, file), 1):
                if line.strip():
                    message = _message(line, number, file)
                    reading = read(message["text"], profile)
                    print(json.dumps(to_json(message.get("id", number), reading), ensure_ascii=False))
        else:
            for text in _blocks(stream, file):
                for out in _told(read(text, profile)):
                    print(one_line(out))
                print()
    return 0


def _opened(file: Path | None) -> TextIO:
    if file is None or str(file) == "-":
        return open(sys.stdin.fileno(), encoding="utf-8", errors="strict", closefd=False)
    try:
        return file.open(encoding="utf-8")
    except OSError as error:
        raise SourceUnreadable(
            f"{file} cannot be read: {error.strerror}", "Name another file, or - for input"
        ) from None


def _lines(stream: TextIO, file: Path | None) -> Iterator[str]:
    try:
        yield from stream
    except UnicodeDecodeError as error:
        where = file or "standard input"
        raise SourceUnreadable(
            f"{where} is not UTF-8: {error.reason} at byte {error.start}", "Convert it first"
        ) from None


def _message(line: str, number: int, file: Path | None) -> dict[str, Any]:
    where = f"{file or 'standard input'}, line {number}"
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SourceUnreadable(f"{where}: not JSON ({error})", 'One {"id": …, "text": …} a line') from None
    if not isinstance(message, dict) or not isinstance(message.get("text"), str):
        raise SourceUnreadable(f'{where}: no "text" in it', 'One {"id": …, "text": …} a line')
    return message


def _blocks(stream: TextIO, file: Path | None) -> Iterator[str]:
    block: list[str] = []
    for line in _lines(stream, file):
        if line.strip() == "---":
            if block:
                yield "".join(block)
            block = []
        else:
            block.append(line)
    if block:
        yield "".join(block)


def _told(reading: Reading) -> Iterator[str]:
    words = f", {reading.language}" if reading.language else ""
    yield f"{reading.kind}: {reading.verdict}, {reading.confidence:.0%}{words}"
    for signal in reading.signals:
        yield f"  {_signal(signal)}"
    for update in reading.updates:
        yield f"  {_update(update)}"
    for reason in reading.reasons:
        yield f"  because: {reason.text}"
    for evidence in reading.evidence:
        yield f"  {evidence.weight:+.2f} {evidence.name}: {evidence.detail}".rstrip(": ")


def _signal(signal: Signal) -> str:
    parts = [signal.side or "no side", signal.symbol or "no symbol", signal.order]
    if signal.entry:
        parts.append("entry " + "-".join(f"{n.value:f}" for n in signal.entry))
    parts.append(f"stop {_level(signal.stop)}")
    parts.append("targets " + (" ".join(_level(level) for level in signal.targets) or "none"))
    if signal.leverage is not None:
        parts.append(f"leverage {signal.leverage.value:f}")
    return ", ".join(parts)


def _update(update: Update) -> str:
    parts = [update.action.replace("_", " ")]
    if update.fraction is not None:
        parts.append(f"{update.fraction:%}")
    if update.price is not None:
        parts.append(f"to {_level(update.price)}")
    if update.target is not None:
        parts.append(f"target {update.target}")
    if update.symbol:
        parts.append(update.symbol)
    if update.everything:
        parts.append("all trades")
    return ", ".join(parts)


def _level(level: object) -> str:
    if isinstance(level, Number):
        return f"{level.value:f}"
    if isinstance(level, Distance):
        return f"{level.value:f} {level.unit}"
    return "none" if level is None else "open"

"""`signalos parse`: what the reader makes of messages, for people or as JSON lines."""

from __future__ import annotations

import json
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from signalos_tui.commands.places import configuration
from signalos_tui.decode import Profile, read
from signalos_tui.decode.jsonl import to_json
from signalos_tui.errors import SourceUnreadable
from signalos_tui.harmless import one_line
from signalos_tui.model.signals import Distance, Number, Reading, Signal, Update

LONGEST_LINE = 1 << 20
ONE_A_LINE = 'Write one {"id": …, "text": …} a line'


def parse(file: Path | None, *, jsonl: bool, config: Path | None) -> int:
    """Read messages from a file or standard input and print their readings. Raises SourceUnreadable, ConfigInvalid."""
    configuration(config)  # a broken configuration is said before anything is read
    profile = Profile()
    where = "standard input" if file is None or str(file) == "-" else str(file)
    with _opened(file, where) as stream:
        if jsonl:
            for number, line in enumerate(_lines(stream, where), 1):
                if line.strip():
                    message = _message(line, f"{where}, line {number}")
                    # ASCII: what a terminal would obey stays an escape, and any encoding of the output will do.
                    print(json.dumps(to_json(message.get("id", number), read(message["text"], profile))))
        else:
            for text in _blocks(_lines(stream, where)):
                for out in _told(read(text, profile)):
                    print(one_line(out))
                print()
    return 0


def _opened(file: Path | None, where: str) -> BinaryIO:
    if file is None or str(file) == "-":
        return open(sys.stdin.fileno(), "rb", closefd=False)
    try:
        return file.expanduser().open("rb")
    except OSError as error:
        raise SourceUnreadable(
            f"{where} cannot be read: {error.strerror}", "Name another file, or - for input"
        ) from None


def _lines(stream: BinaryIO, where: str) -> Iterator[str]:
    # Line by line as bytes, so that a fault has its number and a file without line ends does not fill the memory.
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise SourceUnreadable(f"{where}, line {number}: longer than {LONGEST_LINE >> 20} MB", "Is it a text file?")
        try:
            yield line.removeprefix(BOM_UTF8 if number == 1 else b"").decode().replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise SourceUnreadable(
                f"{where}, line {number}: not UTF-8 ({error.reason})", "Convert it, or save it as UTF-8"
            ) from None


def _message(line: str, where: str) -> dict[str, Any]:
    try:
        message = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise SourceUnreadable(f"{where}: not JSON ({error})", ONE_A_LINE) from None
    if not isinstance(message, dict):
        raise SourceUnreadable(f"{where}: an object was expected, was {line.strip()[:40]}", ONE_A_LINE)
    if not isinstance(message.get("text"), str):
        raise SourceUnreadable(f'{where}: no "text" in it', ONE_A_LINE)
    return message


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _blocks(lines: Iterator[str]) -> Iterator[str]:
    block: list[str] = []
    for line in lines:
        if line.strip() != "---":
            block.append(line)
            continue
        if any(map(str.strip, block)):
            yield "".join(block)
        block = []
    if any(map(str.strip, block)):
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

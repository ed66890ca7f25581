"""How sure the reader says it is, against how often it is right; and where its weights come from.

    python -m benchmarks.calibration [messages.jsonl ...]     the reliability tables
    python -m benchmarks.calibration --write                  learn the weights anew (signalos_tui/decode/certainty.toml)

A reading is right when it says what the author meant. Our own corpus says what that is; damaged copies of it (a digit lost, a
word mistyped, a line gone, two posts run together) mean what they meant before, whatever they say now. A share of `DAMAGED`
counts as damaged: that is the assumption the figures stand on. The table of our corpus is made by weights that have not seen
the messages they judge (cross-validation). Labelled messages of others, named on the command line, are only measured.
"""

from __future__ import annotations

import itertools
import json
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from signalos_tui.decode import certainty, read, to_json
from signalos_tui.model.signals import Reading, ReadingKind
from tests.decode.corpus import messages

DAMAGED = 0.12
"""The share of posts that reach us damaged, or that say something our corpus has no example of."""

COPIES = 12
FOLDS = 5
PULL, STRIDE = 0.0002, 0.2
"""How strongly weights are held near zero, and how far one step of learning goes."""

BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.01)
FILE = Path(certainty.__file__).with_name("certainty.toml")
SIGNAL_FIELDS = ("side", "symbol", "order", "entry", "sl", "tp", "leverage")
UPDATE_FIELDS = ("action", "fraction", "price", "symbol")
_DOUBTS = ("contradiction", "missing", "two_readings", certainty.OTHER)
_AGAINST = (*_DOUBTS, "several calls", "targets alone", "hidden characters", "more commands")
_MOST, _MEANT, _LEAST, _FELT = 3.0, 0.1, -0.2, -0.5
"""The most and the least that what speaks for a reading is worth; the least that what speaks against it takes, and a doubt."""

Json = dict[str, Any]


class Seen(NamedTuple):
    """One reading. names: its evidence as the file names it. share: how much it counts. fold: which weights may judge it."""

    kind: ReadingKind
    names: tuple[str, ...]
    is_right: bool
    share: float
    fold: int


# --- our messages, whole and damaged --------------------------------------------------------------------------------


def corpus(copies: int = COPIES) -> Iterator[Seen]:
    """Every message of our corpus, as it is and in damaged copies."""
    random = Random(7)
    known = [message for _, message in messages()]
    calls = [message for message in known if message["kind"] == "signal" and message["verdict"] == "act"]
    for number, message in enumerate(known):
        fold = number % FOLDS
        yield from _judged(message["text"], message, 1 - DAMAGED, fold)
        for _ in range(copies):
            text, meant = _damaged(message, random.choice(calls), random)
            yield from _judged(text, meant, DAMAGED / copies, fold)


def _judged(text: str, meant: Json, share: float, fold: int) -> Iterator[Seen]:
    reading = read(text)
    if reading.kind is not ReadingKind.NOISE:
        yield Seen(reading.kind, names(reading), is_right(reading, meant), share, fold)


def _damaged(message: Json, other: Json, random: Random) -> tuple[str, Json]:
    """A damaged copy of a message, and what it was meant to say."""
    text: str = message["text"]
    lines = text.split("\n")
    digits = [at for at, sign in enumerate(text) if sign.isdecimal()]
    letters = [at for at in range(1, len(text)) if text[at].isalpha() and text[at - 1].isalpha()]
    damage: list[Callable[[], str]] = []
    if digits:
        at = random.choice(digits)
        damage += [
            lambda: text[:at] + text[at + 1 :],
            lambda: text[: at + 1] + text[at:],
            lambda: text[:at] + str((int(text[at]) + random.randrange(1, 10)) % 10) + text[at + 1 :],
        ]
    if letters:
        place = random.choice(letters)
        damage += [
            lambda: text[:place] + text[place + 1 :],
            lambda: text[: place - 1] + text[place] + text[place - 1] + text[place + 1 :],
        ]
    if len(lines) > 1:
        line = random.randrange(len(lines))
        damage += [lambda: "\n".join(lines[:line] + lines[line + 1 :]), lambda: "\n".join(lines[line:] + lines[:line])]
    if message["kind"] == "signal" and random.random() < 0.3:
        both = {**message, "signals": [*message.get("signals", []), *other.get("signals", [])]}
        return f"{text}\n\n{other['text']}", both
    return (random.choice(damage)() if damage else text), message


# --- right or wrong -------------------------------------------------------------------------------------------------


def is_right(reading: Reading, meant: Json) -> bool:
    """Whether a reading says what was meant: kind, and every field of every signal or command."""
    said = to_json("", reading)
    if meant["kind"] != "signal" and not _commands(
        meant.get("updates", [])
    ):  # a report commands nothing, whatever it is called
        return not said["signals"] and not _commands(said["updates"])
    if str(reading.kind) != meant["kind"]:
        return False
    disputed = set(meant.get("ambiguous_fields", ()))
    found, wanted = said["signals"], meant.get("signals", [])
    fields: Sequence[str] = SIGNAL_FIELDS
    if reading.kind is ReadingKind.UPDATE:
        found, wanted = _commands(said["updates"]), _commands(meant.get("updates", []))
        fields = UPDATE_FIELDS
    base_only = bool(meant.get("symbol_base_only"))
    return len(found) == len(wanted) and all(
        _plain(one.get(name), base_only) == _plain(other.get(name), base_only)
        for one, other in zip(found, wanted, strict=True)
        for name in fields
        if name not in disputed
    )


def _commands(updates: Iterable[Json]) -> list[Json]:
    return sorted((one for one in updates if one["action"] != "info"), key=lambda one: str(one["action"]))


def _plain(value: Any, base_only: bool) -> Any:
    # One form for numbers however they are written; a coin counts with and without its currency where the text has only the coin.
    if value in (None, [], ""):
        return None
    if isinstance(value, dict):
        return {name: _plain(inner, False) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, False) for inner in value]
    try:
        return float(value)
    except ValueError:
        word = str(value).upper()
        return word.removesuffix("USDT").removesuffix("USD") if base_only else word


# --- learning -------------------------------------------------------------------------------------------------------


def names(reading: Reading) -> tuple[str, ...]:
    """The evidence of a reading by the names of the file, each once: a doubt by its family, a command by its action."""
    doubts = {reason.code for reason in reading.reasons} - {"information"}
    found = [
        certainty.family(part.name) if part.name in doubts else part.name.removeprefix("command: ")
        for part in reading.evidence
    ]
    return tuple(dict.fromkeys(found))


def learned(found: Sequence[Seen]) -> dict[str, float]:
    """The weights that make what was seen most likely: logistic regression, held near zero, signs as evidence means them."""
    rows: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for one in found:
        counted = rows[one.names]
        counted[0] += one.share
        counted[1] += one.share * one.is_right
    weights = {name: 0.0 for seen in sorted(rows) for name in seen}
    total = sum(count for count, _ in rows.values())
    for _ in range(400):
        slopes = {name: -PULL * (name != certainty.START) * weight for name, weight in weights.items()}
        bends = dict.fromkeys(weights, PULL)
        for seen, (count, right) in rows.items():
            said = probability(weights[name] for name in seen)
            for name in seen:
                slopes[name] += (right - count * said) / total
                bends[name] += count * said * (1 - said) / total
        for (
            name,
            slope,
        ) in slopes.items():  # each by its own bend, so that what is rare is learned as well; damped together
            weights[name] = _bounded(name, weights[name] + STRIDE * slope / bends[name])
    return {name: round(weight, 2) for name, weight in weights.items()}


def _bounded(name: str, weight: float) -> float:
    if name == certainty.START:
        return weight
    if name in _AGAINST:
        return min(_FELT if name in _DOUBTS else _LEAST, weight)
    return min(_MOST, max(_MEANT, weight))


def probability(weights: Iterable[float]) -> float:
    """What weights add up to."""
    return 1 / (1 + math.exp(-sum(weights)))


def write(found: Sequence[Seen]) -> None:
    """Put what all of it teaches into the file; the families of doubts stay as they are."""
    head = FILE.read_text(encoding="utf-8").partition("[signal]")[0]
    text = head
    for kind in (ReadingKind.SIGNAL, ReadingKind.UPDATE):
        weights = learned([one for one in found if one.kind is kind])
        first = weights.pop(certainty.START)
        text += f"[{kind}]\nstart = {first}\n"
        text += "".join(f"{_key(name)} = {weight}\n" for name, weight in sorted(weights.items()))
        text += "\n"
    FILE.write_text(text.rstrip() + "\n", encoding="utf-8")


def _key(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'


# --- the tables -----------------------------------------------------------------------------------------------------

Judged = tuple[float, bool, float]
"""Said confidence, whether it was right, how much it counts."""


def crossed(found: Sequence[Seen]) -> Iterator[Judged]:
    """Our own messages, each judged by weights learned from the other folds."""
    for kind in (ReadingKind.SIGNAL, ReadingKind.UPDATE):
        same = [one for one in found if one.kind is kind]
        for fold in range(FOLDS):
            weights = learned([one for one in same if one.fold != fold])
            for one in same:
                if one.fold == fold:
                    said = probability(weights.get(name, 0.0) for name in one.names)
                    yield round(min(0.99, max(0.01, said)), 2), one.is_right, one.share


def measured(path: Path) -> Iterator[Judged]:
    """Labelled messages of others, as the reader judges them with the weights it has."""
    for line in path.read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        if label.get("ambiguous") and not label.get("ambiguous_fields"):
            continue  # two people would disagree
        reading = read(label["text"])
        if reading.kind is not ReadingKind.NOISE:
            plural = f"{label['kind']}s"
            yield reading.confidence, is_right(reading, {**label, plural: label["expect"]}), 1.0


def reliability(title: str, judged: Sequence[Judged]) -> Iterator[str]:
    """A table: of the readings said to be so sure, how many are right."""
    total = sum(share for *_, share in judged)
    error = 0.0
    yield f"\n### {title}\n\n| said | readings | said on average | right |\n|---|--:|--:|--:|"
    for low, high in itertools.pairwise(BINS):
        inside = [one for one in judged if low <= one[0] < high]
        count = sum(share for *_, share in inside)
        if not inside:
            continue
        said = sum(confidence * share for confidence, _, share in inside) / count
        right = sum(share for _, is_so, share in inside if is_so) / count
        error += abs(said - right) * count / total
        yield f"| {low:.0%} to {min(high, 1):.0%} | {len(inside)} | {said:.1%} | {right:.1%} |"
    yield f"\n{len(judged)} readings, expected calibration error {error:.1%}"


def own() -> Iterator[str]:
    """The table of our own messages."""
    yield from reliability(
        "Confidence: our own messages, whole and damaged (cross-validated)", list(crossed(list(corpus())))
    )


def main(arguments: Sequence[str]) -> None:
    """Learn, or show the tables."""
    if "--write" in arguments:
        write(list(corpus()))
        print(f"written to {FILE}")
        return
    for line in own():
        print(line)
    for name in arguments:
        for line in reliability(f"{Path(name).name} (measured, not learned from)", list(measured(Path(name)))):
            print(line)


if __name__ == "__main__":
    main(sys.argv[1:])

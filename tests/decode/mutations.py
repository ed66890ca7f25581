"""Damage as it happens: a digit mistyped, a sign slipped, a line lost, doubled or out of place, two posts run together."""

from __future__ import annotations

from random import Random

_SIGNS = ".,'-–/ :;()@#+~=\n"
_WORDS = (
    "not ", "no ", "if ", "sl ", "tp ", "buy ", "sell ", "limit ", "close ", "half ", "hit ", "pips", "%", "x", "🔥", "\u202e",
    "не ", "стоп ", "لا ", "٫", "止损", "損切り", "\u200b", "２", "٣", "½", "#", "@", "➡️", "don't ", "maybe ", "k",
)  # fmt: skip


def mutated(text: str, random: Random, other: str = "") -> str:
    """The text with one thing changed. other: a second message that may be run together with it."""
    at = random.randrange(len(text)) if text else 0
    digits = [place for place, character in enumerate(text) if character.isdecimal()]
    lines = text.split("\n")
    line = random.randrange(len(lines))
    match random.randrange(12):
        case 0 if digits:
            return _put(text, random.choice(digits), str(random.randrange(10)))
        case 1 if digits:
            return _put(text, random.choice(digits), "")
        case 2 if digits:
            place = random.choice(digits)
            return text[:place] + str(random.randrange(10)) + text[place:]
        case 3:
            signs = [place for place, character in enumerate(text) if character in _SIGNS]
            return _put(text, random.choice(signs), random.choice(_SIGNS)) if signs else text
        case 4:
            return text[:at] + random.choice(_SIGNS) + text[at:]
        case 5:
            return "\n".join(lines[:line] + lines[line + 1 :])
        case 6:
            return "\n".join([*lines[: line + 1], *lines[line:]])
        case 7:
            random.shuffle(lines)
            return "\n".join(lines)
        case 8:
            return text[:at] + random.choice(_WORDS) + text[at:]
        case 9:
            end = at + random.randrange(1, 12)
            return text[:at] + text[end:]
        case 10 if other:
            return random.choice(
                (f"{text}\n{other}", f"{text} {other}", text[:at] + other[random.randrange(len(other)) :])
            )
        case _:
            return _put(text, at, chr(random.choice((random.randrange(32, 127), random.randrange(0x110000)))))


def _put(text: str, at: int, written: str) -> str:
    return text[:at] + written + text[at + 1 :]

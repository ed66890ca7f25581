"""Second stage: a message becomes signals, updates or noise. Pure: the same text gives the same reading, always.

`read` is the door; what it loads when it is first used, `load_languages` loads before. Behind it, one module a step: normalise,
scan, signals and updates, compose, validate, score.
"""

from signalos_tui.decode.grounds import Grounds, grounds
from signalos_tui.decode.jsonl import to_json
from signalos_tui.decode.lexicon import common as load_languages
from signalos_tui.decode.pipeline import read
from signalos_tui.decode.profile import DEFAULT, Profile

__all__ = ["DEFAULT", "Grounds", "Profile", "grounds", "load_languages", "read", "to_json"]

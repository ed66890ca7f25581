"""Whatever a model or a server says, there is an opinion, and every number in it stands in the text."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.decode import DEFAULT, grounds, read
from signalos_tui.model.opinions import Opinion, Usage
from signalos_tui.model.signals import Distance, Number, ReadingVerdict
from signalos_tui.second import ModelReader
from signalos_tui.second.compare import differences
from signalos_tui.second.wire import Reply
from tests.second.answers import FakeLink, as_answer, perfect
from tests.second.benches import TRADING

TEXTS = (
    "BUY EURUSD 1.0850 SL 1.0800 TP 1.0900 / 50 pips / open? maybe sell",
    "SELL LIMIT GOLD 4061-59 SL 4070 TP1 4050 TP2 4040, lot 0.5",
    "close half of BTC now, SL to 95000, TP2 97.500",
)
DIGITS = st.sampled_from(
    ["1.0850", "1.0800", "1.0900", "50", "4061", "4059", "59", "4070", "95000", "97500", "0.5", "9999"]
)
LEVELS = st.fixed_dictionaries(
    {
        "value": st.none() | DIGITS | st.text(max_size=6),
        "unit": st.sampled_from(["price", "pips", "percent", "open", "points", "r", "lots"]),
    }
)
SIDES = st.sampled_from(["buy", "sell", None, "BUY"])
MARKETS = st.sampled_from(["EURUSD", "gold", "XAUUSD", "BTC", "LIMIT", None, ""]) | st.text(max_size=40)
SIGNALS = st.fixed_dictionaries(
    {
        "side": SIDES,
        "symbol": MARKETS,
        "order": st.sampled_from(["market", "limit", "stop", "unspecified", "any"]),
        "entry": st.lists(DIGITS, max_size=3),
        "stop": st.none() | LEVELS,
        "targets": st.lists(LEVELS, max_size=4),
    }
)
UPDATES = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["close", "close_partial", "move_sl", "move_tp", "info", "explode"]),
        "symbol": MARKETS,
        "side": SIDES,
        "percent": st.none() | DIGITS,
        "level": st.none() | LEVELS,
        "target": st.none() | st.integers(-2, 30),
        "everything": st.booleans(),
    }
)
SHAPED = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["signal", "update", "noise"]),
        "signals": st.lists(SIGNALS, max_size=3),
        "updates": st.lists(UPDATES, max_size=3),
    }
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def opinion(text: str, said: Any) -> Opinion:
    reader = ModelReader(TRADING, jitter=lambda: 0.0, link=FakeLink(said), environ={})
    return asyncio.run(reader.ask(text, DEFAULT, read(text), Usage(), 0))


def is_proven(text: str, said: Opinion) -> bool:
    if said.reading is None:
        return said.why is not None and not said.agrees
    found = grounds(text)
    levels = [*(level for s in said.reading.signals for level in (*s.entry, s.stop, *s.targets))]
    levels += [update.price for update in said.reading.updates]
    return (
        said.reading.verdict is not ReadingVerdict.ACT
        and said.agrees == (not differences(read(text), said.reading))
        and all(level.value in found.prices for level in levels if isinstance(level, Number))
        and all((level.value, level.unit) in found.distances for level in levels if isinstance(level, Distance))
        and all(signal.side is None or signal.side in found.sides for signal in said.reading.signals)
        and all(update.fraction is None or update.fraction in found.shares for update in said.reading.updates)
    )


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(TEXTS), SHAPED)
def test_answer_when_nearly_in_form_then_proven_or_refused(text: str, said: dict[str, Any]) -> None:
    assert is_proven(text, opinion(text, said))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(TEXTS), JSON | st.text(max_size=200))
def test_answer_when_anything_at_all_then_refused(text: str, said: Any) -> None:
    written = said if isinstance(said, str) else json.dumps(said)
    result = opinion(text, written)
    assert is_proven(text, result)
    assert result.reading is None


@settings(max_examples=100, deadline=None)
@given(st.integers(100, 599), st.binary(max_size=300), st.floats(0, 1e6))
def test_reply_when_anything_at_all_then_refused(status: int, body: bytes, after_s: float) -> None:
    result = opinion(TEXTS[0], Reply(status, body, after_s))
    assert result.reading is None
    assert result.why is not None
    assert result.requests <= 2


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120) | st.sampled_from(TEXTS))
def test_any_text_when_the_model_reads_as_the_rules_do_then_they_agree(text: str) -> None:
    """What the rules can read can be proven: the second reader is not blind where the first one sees."""
    reading = read(text)
    said = opinion(text, perfect(text))
    assert is_proven(text, said)
    if said.reading is not None:
        assert as_answer(said.reading) == as_answer(reading)

"""What the owner saw when he said yes: a yes is given to a call as it was shown, not to the name it goes by.

An edit keeps the name of a call and may turn everything else round. So an approval carries a mark of what was shown, and
is refused where that is not what stands there when it is carried out.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec

from signalos_tui.model.desk import DeskState, SignalView, UpdateView

_PLACES = frozenset({"span", "side_span", "symbol_span"})
"""Where something stands in the text: it may move without a word being different."""


def mark_of(view: SignalView | UpdateView) -> str:
    """A hash of what is asked for, of the trades it is about and of why it is held."""
    if isinstance(view, SignalView):
        asked: list[Any] = [_without_places(view.signal), view.symbol]
    else:
        asked = [_without_places(view.update), view.decision.signals if view.decision is not None else ()]
    reasons = [(reason.code, reason.text) for reason in view.decision.reasons] if view.decision is not None else []
    return blake2b(msgspec.json.encode([asked, reasons]), digest_size=12).hexdigest()


def is_read(view: SignalView | UpdateView, state: DeskState) -> bool:
    """The last revision of every post that says it was read; where not, what is shown is what it said before."""
    parts = view.parts if isinstance(view, SignalView) else ()
    posts = [state.posts.get(key) for key in (view.key, *(part.key for part in parts))]
    return all(post is None or post.reading is not None for post in posts)


def _without_places(value: object) -> Any:
    return _stripped(msgspec.to_builtins(value))


def _stripped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _stripped(inner) for key, inner in value.items() if key not in _PLACES}
    return [_stripped(one) for one in value] if isinstance(value, list | tuple) else value

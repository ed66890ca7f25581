"""The paper terminal in the place of the vendor's module: `signalos gateway --paper`.

What the worker calls is the same either way, so the whole chain to the console can be tried without a broker.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from signalos_tui.execute.paper.invented import invented_market
from signalos_tui.execute.paper.module import PaperModule, open_module
from signalos_tui.execute.paper.settings import PaperSettings


def paper_module(made_of: dict[str, Any]) -> PaperModule:
    """The paper terminal. made_of: `settings` ([paper] as a dict), `store` (path), `seed` and `pace` ([demo]).

    A store that has been used goes on from its last prices. Raises SourceUnreadable, msgspec.ValidationError.
    """
    settings = msgspec.convert(made_of["settings"], PaperSettings, strict=False)
    store = Path(made_of["store"])
    market = invented_market(made_of["seed"], store, made_of["pace"])
    return open_module(settings, seed=made_of["seed"], store=store, feed=market)

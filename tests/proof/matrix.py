"""The ambiguity matrix: every answer a terminal can give, whatever became of the request, killed or not, hedging or netting.

A cell is a world with one call of one leg and one request that goes wrong. What is promised in every cell: the broker accepts at
most one opening order of the leg, the leg ends in a state that agrees with the broker's books, and the owner is told of whatever
was not certain. "Late" is after the leg was given up, except for the codes after which the leg may be asked for again (R13):
they are taken to be definite, so for them it is before the next look.

`python -m tests.proof.matrix` runs all cells; `--cell NAME` tells one of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import PaperSettings
from signalos_tui.execute.retcodes import REPRICED
from signalos_tui.model.events import LegOpened, LegUnfilled, LegUnknown
from signalos_tui.model.messages import Message
from signalos_tui.model.orders import LegState
from tests.proof.broker import (
    ASKED,
    BROKEN,
    CODE,
    FOREIGN,
    HEARD,
    HUNG,
    LOST,
    NAMELESS,
    NEVER,
    SENT,
    Fate,
)
from tests.proof.story import BEGINS, CONFIGS, ROOM, Crash, Story, quoted
from tests.proof.telegram import Entry
from tests.proof.verdict import wrong
from tests.proof.world import End, lived

FATES = ("accepted", "late", "never")
KILLED: tuple[tuple[str, ...], ...] = ((), (ASKED, SENT, HEARD))
"""Not killed; killed, at each of the points of the request."""

LATE_S = 130.0
"""When all looks have been in vain and the leg has been given up."""

BEFORE_NEXT_LOOK_S = 0.02

ASKED_AGAIN = REPRICED | {mt.TRADE_RETCODE_INVALID_FILL}
"""Codes that are believed: at a new price, or with another filling, the leg is asked for again."""

UNLISTED = (0, 1, 9_999, 10_001, 10_005, 10_037, 10_047, 10_099, 65_535, -1, -10_005)
"""Result codes that no documentation knows, and numbers that are codes of something else."""


class Cell(Struct, frozen=True):
    """One cell. name: unique. fate: of the first request. kills: the points at which the first life ends, one world each."""

    name: str
    fate: Fate
    kills: tuple[str, ...]
    netting: bool = False


def netting_is_there() -> bool:
    """Whether the paper terminal has netting accounts."""
    return "margin_mode" in PaperSettings.__struct_fields__


def cells() -> Iterator[Cell]:
    """All of them."""
    for netting in (False, True) if netting_is_there() else (False,):
        for answer, reply in _replies():
            for fate in FATES:
                for kills in KILLED:
                    mode = "netting" if netting else "hedging"
                    name = f"{answer}/{fate}/{'killed' if kills else 'not-killed'}/{mode}"
                    yield Cell(name, _fated(reply, fate), kills, netting)


def _replies() -> Iterator[tuple[str, Fate]]:
    codes = {
        name.removeprefix("TRADE_RETCODE_"): getattr(mt, name) for name in dir(mt) if name.startswith("TRADE_RETCODE_")
    }
    for name, code in codes.items():
        yield f"{code}-{name}", Fate(0.0, CODE, code)
    for code in UNLISTED:
        yield f"{code}-unlisted", Fate(0.0, CODE, code)
    errors = {name: getattr(mt, name) for name in dir(mt) if name.startswith("RES_")}
    for name, code in errors.items():
        yield f"None-{code}-{name}", Fate(0.0, LOST, code)
    yield "None-unlisted", Fate(0.0, LOST, -4_711)
    for error in (ConnectionResetError, TimeoutError, BrokenPipeError, OSError, EOFError, ValueError, RuntimeError):
        yield f"raises-{error.__name__}", Fate(0.0, BROKEN, breaks=error)
    yield "hangs", Fate(0.0, HUNG)
    yield "done-without-a-ticket", Fate(0.0, NAMELESS)
    yield "done-of-another-request", Fate(0.0, FOREIGN)


def _fated(reply: Fate, fate: str) -> Fate:
    is_definite = reply.reply == CODE and reply.code in ASKED_AGAIN
    after = {"accepted": 0.0, "late": BEFORE_NEXT_LOOK_S if is_definite else LATE_S, "never": NEVER}[fate]
    return replace(reply, after=after)


def story_of(cell: Cell, kill: str = "") -> Story:
    """The world of a cell. kill: the point at which the first life ends, "" for none."""
    call = Message(ROOM.id, 1, BEGINS + 2_000, "BUY EURUSD NOW\nSL 1.0700\nTP1 1.1000")
    return Story(
        seed=7,
        config=CONFIGS[1],
        symbols=("EURUSD",),
        entries=(Entry(call.posted_at, call, (300,)),),
        prices=quoted("EURUSD"),
        fates=(cell.fate,),
        crashes=(Crash(kill, 900),) if kill else (),
        netting=cell.netting,
    )


def checked(cell: Cell) -> list[str]:
    """Live the worlds of a cell; what is wrong, in sentences. Call it while `ready` holds."""
    found: list[str] = []
    for kill in cell.kills or ("",):
        end = lived(story_of(cell, kill))
        where = f"{cell.name}{' at ' + kill if kill else ''}: "
        found += [where + text for text in (*wrong(end), *_honest(end, cell, kill))]
    return found


def _honest(end: End, cell: Cell, kill: str) -> Iterator[str]:
    legs = [leg for trade in end.state.trades.values() for leg in trade.legs]
    accepted = any(row.opens for row in end.books.truth)
    if len(legs) != 1:
        yield f"the call made {len(legs)} legs"
        return
    leg = legs[0]
    if kill and end.lives != 2:
        yield f"it lived {end.lives} times"
    if not kill and cell.fate.after != NEVER and not accepted:
        yield "the broker was to accept it and did not"
    if accepted is not (leg.state is LegState.OPEN):
        yield f"the broker {'accepted' if accepted else 'did not accept'} it, and it is {leg.state}"
    told = [r.event for r in end.records if isinstance(r.event, LegUnknown | LegUnfilled)]
    if kill and not any(isinstance(r.event, LegUnknown) for r in end.records):
        yield "it was being sent when the engine ended, and nobody was told"
    if not _is_certain(cell) and not kill and not told:
        yield "the answer proves nothing, and nobody was told"
    adopted = [r.event for r in end.records if isinstance(r.event, LegOpened) and r.event.adopted]
    if leg.state is LegState.UNFILLED and not told:
        yield "it was given up and nobody was told"
    if cell.fate.after == LATE_S and accepted and not kill and not adopted and cell.fate.reply != "honest":
        yield "it turned up late and nobody was told"


_CERTAIN = frozenset(
    {
        10004,
        10006,
        10008,
        10009,
        10010,
        10026,
        10027,
        10030,
        10032,
        10033,
        10034,
        10035,
        *range(10013, 10023),
        *range(10038, 10047),
    }
)
"""Result codes that prove something (reference: reliability 3.5), 10036 and 10025 apart: an opening is never told those."""

_CERTAIN_ERRORS = frozenset({-2, -8})


def _is_certain(cell: Cell) -> bool:
    fate = cell.fate
    if fate.reply == CODE:
        is_proof = fate.code not in (10008, 10009, 10010) or fate.after == 0.0  # without a ticket it is none
        return fate.code in _CERTAIN and is_proof
    return fate.reply == LOST and fate.code in _CERTAIN_ERRORS


def main() -> int:
    """As a command."""
    from tests.proof.world import ready

    with ready():
        if "--cell" in sys.argv:
            name = sys.argv[sys.argv.index("--cell") + 1]
            found = [text for cell in cells() if cell.name == name for text in checked(cell)]
        else:
            found = [text for cell in cells() for text in checked(cell)]
            sys.stdout.write(f"{len(list(cells()))} cells\n")
    sys.stdout.write("".join(f"WRONG {text}\n" for text in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""From the name a signal uses to the broker's own: XAUUSD -> "XAUUSDm", NAS100 -> "#USTEC".

A wrong instrument is the dearest mistake a copier can make, so a name is only certain when exactly one of the broker's fits
(reference: reliability C2, never the first match). Where several fit none is chosen and the owner is asked; his answer counts for
as long as what he chose is what it was. A merely similar name is proposed and waits for him as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace
from rapidfuzz import fuzz, process

from signalos_tui.evaluate.decorations import Decoration, decoration, is_sound
from signalos_tui.evaluate.kinds import apart, contradiction, other_size
from signalos_tui.model.symbols import SAME, Candidate, Choice, Listed, Match, TradeMode, Verdict, folded, market

How = Literal["exact", "alias", "suffix", "fuzzy", "none", "ambiguous", "chosen", "never"]

MOST_CANDIDATES = 12
"""More are not shown and not written down; the exact name can still be chosen."""


class Resolution(Struct, frozen=True):
    """What a wanted name means at this broker.

    name: the broker's, None when none or several fit. is_certain: may be traded without asking. candidates: the names that
    fit or come near, sorted. is_question: the owner can answer which it is. lapsed: why his last answer does not count.
    """

    name: str | None
    how: How
    is_certain: bool
    candidates: tuple[str, ...] = ()
    is_question: bool = False
    lapsed: str = ""


_GROUP = {name: group for group in SAME for name in group}

# Bases whose price in dollars is not that of a coin: for them a pair in USDT is another instrument.
_NO_COIN = re.compile(r"EUR|GBP|AUD|NZD|XAU|XAG|XPT|XPD|XTI|XBR|XNG|GOLD|SILVER|WTI|BRENT")

FUZZY_CUTOFF = 88
"""Similarity, 0 to 100, from which a name is proposed. One exchanged letter in a currency pair gives 83: EURAUD is never
proposed for EURUSD."""

_MAJORS = ("EUR", "GBP", "AUD", "NZD", "USD", "CAD", "CHF", "JPY")
WELL_KNOWN: tuple[str, ...] = (
    *(f"{base}{quote}" for place, base in enumerate(_MAJORS) for quote in _MAJORS[place + 1 :]),
    *(group[0] for group in SAME),
    *(f"{coin}USD" for coin in ("LTC", "XRP", "SOL", "BNB", "ADA", "DOGE", "DOT", "LINK", "BCH", "AVAX")),
)
"""What is looked for in every broker's list before a signal names it."""


class _Fit(Struct, frozen=True):
    # One of the broker's instruments that carries the name, and how. note: what sets it apart; "" makes it a peer.
    listed: Listed
    how: How
    around: Decoration
    note: str = ""


class Directory:
    """A broker's list, ready to be asked; it answers the same for the same list in any order. Made anew when the list changes."""

    def __init__(self, listed: Iterable[Listed]) -> None:
        """listed: what the broker has; names that cannot be names are left out."""
        sound = {one.name: one for one in listed if is_sound(one.name)}
        self.listed = tuple(sound[name] for name in sorted(sound))
        self._by_name = sound
        # Upper case for the first look, with its case for the second: "m" before a name is a decoration, "M" is not.
        self._bare = [(folded(one.name), one.name.replace("/", "").replace(" ", ""), one) for one in self.listed]
        self._fits: dict[str, tuple[_Fit, ...]] = {}

    def get(self, name: str) -> Listed | None:
        """The instrument of that very name."""
        return self._by_name.get(name)

    def resolve(
        self, wanted: str | None, aliases: Mapping[str, str] = {}, choice: Choice | None = None, lapsed: str = ""
    ) -> Resolution:
        """The broker's name for what a signal wants.

        Own aliases first (they overrule everything), then the owner's choice while it holds, then the name itself, well-known
        other names and the broker's decorations together, last a similar name, which is never certain. aliases: any case,
        wanted -> meant. lapsed: why an earlier choice holds no longer; then he is asked whatever fits.
        """
        if not folded(wanted or ""):
            return Resolution(None, "none", False)
        assert wanted is not None
        own = renamed(wanted, aliases)
        if own is not None:
            return self._renamed(own)
        if choice is not None:
            if choice.name is None:
                return Resolution(None, "never", False)
            lapsed = self.lapse(wanted, choice)
            if not lapsed:
                return Resolution(choice.name, "chosen", True, (choice.name,))
        found = self._found(wanted)
        if not lapsed:
            return found
        return replace(found, name=None, how="ambiguous", is_certain=False, is_question=True, lapsed=lapsed)

    def lapse(self, wanted: str, choice: Choice) -> str:
        """Why a choice does not count any more; "" when it does. A choice of never always does."""
        if choice.name is None:
            return ""
        listed = self.get(choice.name)
        if listed is None:
            return "the broker lists it no longer"
        wrong = contradiction(wanted, listed)
        if wrong:
            return f"it is another instrument now: {wrong}"
        if listed.contract_size != choice.contract_size:
            return f"a lot was {_size(choice.contract_size)} when you chose it, it is {_size(listed.contract_size)} now"
        if listed.digits != choice.digits:
            return f"it had {choice.digits} digits when you chose it, it has {listed.digits} now"
        return ""

    def match(self, wanted: str) -> Match:
        """What a market is here, before the owner said anything, with all he could say."""
        found = self._found(wanted)
        fits = sorted(self._fitting(wanted), key=lambda one: (bool(one.note), one.listed.name))
        candidates = [Candidate(one.listed, one.note) for one in fits]
        if not candidates:
            near = [listed for name in found.candidates if (listed := self.get(name)) is not None]
            candidates = [
                Candidate(one, apart(wanted, one, Decoration()) or "only its name is similar") for one in near
            ]
        if found.is_certain and found.name is not None:
            verdict = Verdict.CERTAIN
        elif any(one.listed.mode is TradeMode.FULL for one in candidates):
            verdict = Verdict.ASK
        else:
            verdict = Verdict.MISSING
        name = found.name if verdict is Verdict.CERTAIN and found.name else ""
        return Match(market(wanted), verdict, name, tuple(candidates[:MOST_CANDIDATES]))

    # --- what fits ------------------------------------------------------------------------------------------------

    def _found(self, wanted: str) -> Resolution:
        fits = self._fitting(wanted)
        if not fits:
            return self._similar(wanted)
        peers = [one for one in fits if not one.note]
        if len(peers) == 1:
            return Resolution(peers[0].listed.name, peers[0].how, True, (peers[0].listed.name,))
        names = tuple(sorted(one.listed.name for one in peers or fits))
        open_ = any(one.listed.mode is TradeMode.FULL for one in fits)
        if len(names) == 1:
            return Resolution(names[0], fits[0].how, False, names, is_question=open_)
        return Resolution(None, "ambiguous", False, names, is_question=open_)

    def _fitting(self, wanted: str) -> tuple[_Fit, ...]:
        key = folded(wanted)
        known = self._fits.get(key)
        if known is None:
            if len(self._fits) > 512:
                self._fits.clear()
            known = self._fits[key] = self._looked_up(key)
        return known

    def _looked_up(self, wanted: str) -> tuple[_Fit, ...]:
        # A coin's pair in another dollar stands in for it only where the very pair is not listed.
        own = _GROUP.get(wanted, (wanted,))
        for cores in (tuple(dict.fromkeys((wanted, *own))), synonyms(wanted)):
            fits = list(self._carrying(wanted, cores))
            if fits:
                return tuple(self._told_apart(wanted, fits))
        return ()

    def _carrying(self, wanted: str, cores: Sequence[str]) -> Iterator[_Fit]:
        for upper, bare, listed in self._bare:
            around = Decoration() if upper == wanted else None
            core = wanted
            if around is None:
                for core in cores:
                    if core in upper and (around := decoration(bare, core)) is not None:
                        break
            if around is not None and not contradiction(wanted, listed):
                how: How = "suffix" if around.text else "exact" if core == wanted else "alias"
                yield _Fit(listed, how, around)

    def _told_apart(self, wanted: str, fits: Sequence[_Fit]) -> Iterator[_Fit]:
        noted = [replace(one, note=apart(wanted, one.listed, one.around)) for one in fits]
        odd = {one.listed.name: other_size(wanted, one.listed, one.around) for one in noted if not one.note}
        # A size is only another one beside one that is not: a lot as large as that of an ordinary name is no micro.
        sizes = {one.listed.contract_size for one in noted if not one.note and not odd[one.listed.name]} - {None}
        for one in noted:
            is_settled = bool(one.note) or one.listed.contract_size in sizes
            yield one if is_settled else replace(one, note=odd[one.listed.name])

    def _renamed(self, meant: str) -> Resolution:
        # The owner said in config.toml what it means: that name, or that name as the broker decorates it. Nothing is guessed
        # beyond, and nothing is asked: the file is where it is put right.
        sought = folded(meant)
        very = [one.name for _, _, one in self._bare if one.name == meant]
        alike = very or [one.name for upper, _, one in self._bare if upper == sought]
        found = alike or [one.name for _, bare, one in self._bare if decoration(bare, sought) is not None]
        if len(found) == 1:
            return Resolution(found[0], "alias", True, tuple(found))
        return Resolution(None, "ambiguous" if found else "none", False, tuple(sorted(found)))

    def _similar(self, wanted: str) -> Resolution:
        sought = folded(wanted)
        names = {one.name: upper for upper, _, one in self._bare}
        near = process.extract(sought, names, scorer=fuzz.ratio, score_cutoff=FUZZY_CUTOFF, limit=5)
        near = [one for one in near if not contradiction(wanted, self._by_name[one[2]])]
        if not near:
            return Resolution(None, "none", False)
        best = [name for _, score, name in near if score == near[0][1]]
        candidates = tuple(sorted(name for _, _, name in near))
        if len(best) > 1:
            return Resolution(None, "ambiguous", False, candidates, is_question=True)
        return Resolution(best[0], "fuzzy", False, candidates, is_question=True)


def resolve(
    wanted: str | None,
    broker: Sequence[str | Listed],
    aliases: Mapping[str, str] = {},
    choices: Mapping[str, Choice] = {},
) -> Resolution:
    """The same over a plain list. broker: names alone, or what is known of them. choices: by market."""
    directory = Directory(Listed(one) if isinstance(one, str) else one for one in broker)
    return directory.resolve(wanted, aliases, choices.get(market(wanted or "")))


def renamed(wanted: str, aliases: Mapping[str, str]) -> str | None:
    """What the owner says in config.toml a name means, None when he says nothing."""
    sought = folded(wanted)
    return next((meant for name, meant in aliases.items() if folded(name) == sought), None)


def means(wanted: str, name: str) -> bool:
    """Whether `wanted` may mean the broker's (or another channel's) `name`: the same, a synonym, or one of them decorated."""
    sought = synonyms(folded(wanted))
    bare = name.replace("/", "").replace(" ", "")
    return any(decoration(bare, alias) is not None for alias in sought) or bool(
        set(sought) & set(synonyms(folded(name)))
    )


@lru_cache(maxsize=1024)
def synonyms(name: str) -> tuple[str, ...]:
    """`name` and its well-known other names, itself first; of a coin in dollars also the pair in USDT, and back."""
    group = list(_GROUP.get(name, (name,)))
    base = name.partition("USD")[0]
    if len(base) >= 2 and not _NO_COIN.fullmatch(base):
        if name == f"{base}USDT":
            group += _GROUP.get(f"{base}USD", (f"{base}USD",))
        elif name == f"{base}USD":
            group.append(f"{base}USDT")
    return (name, *(other for other in group if other != name))


def _size(value: Decimal | None) -> str:
    return "not told" if value is None else f"{value:f}"

"""What a name in a signal means at one account's broker: what the broker lists, what fits, and what the owner chose.

A channel says gold; the broker says "XAUUSD.r", "GOLDmicro" and "GOLD.f". Which of them is meant decides about money, so it is
either certain, or asked of the owner once and remembered for this account, or nothing is traded.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

SAME: tuple[tuple[str, ...], ...] = (
    ("XAUUSD", "GOLD", "GOLDUSD"),
    ("XAGUSD", "SILVER", "SILVERUSD"),
    ("XPTUSD", "PLATINUM"),
    ("XPDUSD", "PALLADIUM"),
    ("NAS100", "USTEC", "US100", "USTECH100", "USTECH", "TECH100", "NDX100", "NDX", "NASDAQ100", "NASDAQ", "USNAS100"),
    ("US30", "DJ30", "WS30", "DJI30", "DOW30", "DJIA30", "DJIA", "DJI", "USA30", "WALLSTREET30"),
    ("US500", "SPX500", "SP500", "SPX", "USA500", "USSPX500", "S&P500"),
    ("US2000", "RUSSELL2000", "RUT2000", "USSMALLCAP2000"),
    ("GER40", "DE40", "DAX40", "DAX", "GER30", "DE30", "DAX30", "GERMANY40"),
    ("UK100", "FTSE100", "FTSE", "GB100"),
    ("FRA40", "FR40", "CAC40"),
    ("EU50", "STOXX50", "EUSTX50", "ESTX50", "EURSTX50"),
    ("JP225", "JPN225", "JAP225", "NIK225", "NI225", "NIKKEI225", "NIKKEI"),
    ("HK50", "HKG50", "HSI50", "HSI"),
    ("AUS200", "AU200", "ASX200"),
    ("USOIL", "WTI", "XTIUSD", "WTIUSD", "USOUSD", "USCRUDE", "CRUDEOIL"),
    ("UKOIL", "BRENT", "XBRUSD", "BRENTUSD", "UKOUSD", "UKBRENT"),
    ("NATGAS", "XNGUSD", "NGAS", "NATURALGAS"),
    ("DXY", "USDX", "USDINDEX"),
    ("BTCUSD", "XBTUSD", "BITCOIN"),
    ("ETHUSD", "ETHEREUM"),
)
"""Names for one and the same instrument, as brokers and channels use them; the first is what we call it."""

_FIRST = {name: group[0] for group in SAME for name in group}


def folded(name: str) -> str:
    """A name as it is compared: "EUR/USD", " eurusd " and EURUSD are one."""
    return name.replace("/", "").replace(" ", "").upper()


def market(name: str) -> str:
    """What we call the instrument of a name: "gold" is XAUUSD. A choice is remembered under this."""
    bare = folded(name)
    return _FIRST.get(bare, bare)


class TradeMode(StrEnum):
    """What the broker lets us do with an instrument (MQL5 Reference: ENUM_SYMBOL_TRADE_MODE)."""

    DISABLED = "disabled"
    LONG_ONLY = "long-only"
    SHORT_ONLY = "short-only"
    CLOSE_ONLY = "close-only"
    FULL = "full"


class Listed(Struct, frozen=True, omit_defaults=True):
    """An instrument as the broker lists it; of a bare name nothing else is known.

    name, description, path: the broker's own words, as hostile as any. contract_size: units a lot, None when not known.
    tick_size: price. tick_value: account money for one tick of one lot, 0 when not told. spread: price, None without a quote.
    base, profit: currencies, "" when not told. is_dated: it expires.
    """

    name: str
    description: str = ""
    path: str = ""
    digits: int | None = None
    contract_size: Decimal | None = None
    tick_size: Decimal = Decimal(0)
    tick_value: Decimal = Decimal(0)
    spread: Decimal | None = None
    base: str = ""
    profit: str = ""
    mode: TradeMode = TradeMode.FULL
    is_dated: bool = False

    @property
    def lasting(self) -> Listed:
        """What does not change with every price: what two looks at the list are compared by."""
        return replace(self, spread=None, tick_value=Decimal(0))


class Candidate(Struct, frozen=True, omit_defaults=True):
    """An instrument that a name may mean. note: what sets it apart from an ordinary one, "" for nothing."""

    listed: Listed
    note: str = ""

    @property
    def name(self) -> str:
        """The broker's name."""
        return self.listed.name


class Verdict(StrEnum):
    """CERTAIN: traded without a question. ASK: the owner says which, once. MISSING: the broker has none."""

    CERTAIN = "certain"
    ASK = "ask"
    MISSING = "missing"


class Match(Struct, frozen=True, omit_defaults=True):
    """What one market is at this broker, before the owner said anything. name: the certain one, "" else."""

    market: str
    verdict: Verdict
    name: str = ""
    candidates: tuple[Candidate, ...] = ()

    @property
    def lasting(self) -> Match:
        """Without what moves with the price."""
        kept = tuple(Candidate(one.listed.lasting, one.note) for one in self.candidates)
        return replace(self, candidates=kept)

    def candidate(self, name: str) -> Candidate | None:
        """The candidate of that very name."""
        return next((one for one in self.candidates if one.name == name), None)


class Choice(Struct, frozen=True, omit_defaults=True):
    """The owner's answer. name: the broker's name, None for never. The figures are those it had when it was chosen."""

    name: str | None
    contract_size: Decimal | None = None
    digits: int | None = None

    @classmethod
    def of(cls, listed: Listed) -> Choice:
        """The choice of an instrument as it is now."""
        return cls(listed.name, listed.contract_size, listed.digits)


class SymbolView(Struct, frozen=True):
    """What a market is at this broker. choice: the owner's answer, None when there is none that still holds.

    lapsed: why the last one does not.
    """

    match: Match
    choice: Choice | None = None
    lapsed: str = ""

    @property
    def name(self) -> str:
        """What it is traded as, as far as this tells; "" for nothing. config.toml's aliases stand above it."""
        return (self.choice.name or "") if self.choice is not None else self.match.name

    @property
    def is_open(self) -> bool:
        """The owner is asked and has not answered."""
        return self.choice is None and (self.match.verdict is Verdict.ASK or bool(self.lapsed))

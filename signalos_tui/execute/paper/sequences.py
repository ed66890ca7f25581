"""MetaTrader's structures as the official package hands them out: tuples whose items have names.

The package's types are C struct sequences: a tuple, with an attribute for each field and `_asdict()`, but no `_fields` and no
`_replace`; the request inside a result stays an object of its own. Code that is tested against these types meets nothing new
at a real terminal.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct
from msgspec.structs import astuple

from signalos_tui.execute import structs


class StructSequence(tuple[Any, ...]):
    """The base of them all. n_fields, n_sequence_fields: how many there are; n_unnamed_fields: 0, all have names."""

    __slots__ = ()
    _names: ClassVar[tuple[str, ...]] = ()
    n_fields: ClassVar[int] = 0
    n_sequence_fields: ClassVar[int] = 0
    n_unnamed_fields: ClassVar[int] = 0

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...  # each field is a property of the types below

    def _asdict(self) -> dict[str, Any]:
        """Fields and values in their order; a nested structure stays one."""
        return dict(zip(self._names, self, strict=True))

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in zip(self._names, self, strict=True))
        return f"{type(self).__name__}({told})"


def _kind(source: type[Struct], name: str) -> type[StructSequence]:
    names = source.__struct_fields__
    body: dict[str, Any] = {field: property(itemgetter(index)) for index, field in enumerate(names)}
    body |= {"__slots__": (), "__match_args__": names, "_names": names}
    body |= {"n_fields": len(names), "n_sequence_fields": len(names), "__doc__": source.__doc__}
    return type(name, (StructSequence,), body)


KINDS: dict[type[Struct], type[StructSequence]] = {
    source: _kind(source, "TradeRequest" if source is structs.RequestEcho else source.__name__)
    for source in (
        structs.AccountInfo,
        structs.TerminalInfo,
        structs.SymbolInfo,
        structs.Tick,
        structs.BookInfo,
        structs.TradePosition,
        structs.TradeOrder,
        structs.TradeDeal,
        structs.RequestEcho,
        structs.OrderCheckResult,
        structs.OrderSendResult,
    )
}
"""Each of MetaTrader's structures, and the type the package would hand it out as."""


def sequence(value: Struct) -> StructSequence:
    """One of our structures as the package's."""
    items = (sequence(item) if isinstance(item, Struct) else item for item in astuple(value))
    return KINDS[type(value)](items)


class Row(tuple[Any, ...]):
    """A bar or a tick of `copy_rates_*` and `copy_ticks_*`: answers to `row["close"]` and to `row[4]`.

    The official package returns rows of a numpy array, which answer to the same.
    """

    __slots__ = ()
    names: ClassVar[tuple[str, ...]] = ()

    def __getitem__(self, key: Any) -> Any:
        return tuple.__getitem__(self, self.names.index(key) if isinstance(key, str) else key)


class Rate(Row):
    """A bar. time: server time of its opening, seconds. spread: points."""

    __slots__ = ()
    names = ("time", "open", "high", "low", "close", "tick_volume", "spread", "real_volume")


class TickRow(Row):
    """A tick of the past."""

    __slots__ = ()
    names = structs.Tick.__struct_fields__

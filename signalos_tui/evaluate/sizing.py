"""From drafted legs to volumes: how many lots lose no more than the owner is willing to lose.

The money one lot loses at its stop is asked of the terminal, never computed from pip values here. All arithmetic is in
Decimal and whole volume steps, and every rounding goes down: a plan never risks more than it was given, and a size below the
broker's smallest is refused, not lifted (reference: reliability C3, C5).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal, localcontext

from msgspec import Struct

from signalos_tui.config import Risk
from signalos_tui.evaluate.draft import Draft
from signalos_tui.evaluate.figures import lots, money, percent, plain
from signalos_tui.model.account import Account
from signalos_tui.model.ids import SignalId
from signalos_tui.model.market import SymbolSpec
from signalos_tui.model.orders import Plan, PlannedLeg
from signalos_tui.model.signals import Reason

PRECISION = 60
"""Digits of the arithmetic here: products of prices, shares and money stay exact, so a floor is a floor."""
_UNKNOWN = {
    "loss": "The terminal gives no loss of one lot at this stop: the stop is no stop of this order, or it cannot compute",
    "margin": "The terminal gives no margin of one lot",
}


class Sized(Struct, frozen=True):
    """A plan, or the reasons why there is none (never both). risk, margin: account money of all legs, as far as known."""

    plan: Plan | None
    reasons: tuple[Reason, ...] = ()
    risk: Decimal | None = None
    margin: Decimal | None = None


def size(
    draft: Draft,
    loss_per_lot: Sequence[Decimal],
    margin_per_lot: Sequence[Decimal],
    account: Account,
    spec: SymbolSpec,
    risk: Risk,
    *,
    signal: SignalId,
) -> Sized:
    """The plan of a draft.

    loss_per_lot: what one lot of each leg loses from its reference to its stop, costs included, account money, above 0.
    margin_per_lot: the margin one lot of each leg takes. The volumes of all legs together lose at most what `risk` allows
    at their stops, and never more than max_percent of the equity. Where the legs would fall below the smallest lot, the far
    ones are left out and the near ones take their volume.
    """
    fault = _unfit(draft, loss_per_lot, margin_per_lot, account, spec)
    if fault is not None:
        return Sized(None, (fault,))
    with localcontext() as context:
        context.prec = PRECISION
        weights = _weights(len(draft.legs), risk)
        budget = None if risk.mode == "lots" else _budget(account, risk)
        volumes = _fewest_needed(weights, loss_per_lot, budget, risk.value, spec)
        if not volumes:
            return Sized(None, (_too_small(loss_per_lot[0], budget, account, spec, risk),))
        lost = sum((v * loss for v, loss in zip(volumes, loss_per_lot, strict=False)), Decimal(0))
        margin = sum((v * need for v, need in zip(volumes, margin_per_lot, strict=False)), Decimal(0))
        reasons = _refusals(lost, margin, account, risk)
        if reasons:
            return Sized(None, reasons, lost, margin)
        notes = (*draft.notes, *_notes(len(draft.legs), volumes, spec))
        return Sized(_plan(draft, volumes, loss_per_lot, lost, notes, signal), (), lost, margin)


def _unfit(
    draft: Draft,
    loss_per_lot: Sequence[Decimal],
    margin_per_lot: Sequence[Decimal],
    account: Account,
    spec: SymbolSpec,
) -> Reason | None:
    # Why nothing can be sized at all.
    if draft.side is None or not draft.legs:
        return draft.faults[0] if draft.faults else Reason("nothing_to_size", "The signal gives no order")
    if any(leg.stop is None for leg in draft.legs):
        return Reason("no_stop", "Without a stop the risk is unknown")
    for what, figures in (("loss", loss_per_lot), ("margin", margin_per_lot)):
        if len(figures) != len(draft.legs):
            return Reason(
                f"{what}_unknown", f"The terminal gave the {what} of {len(figures)} of {len(draft.legs)} legs"
            )
        for figure in figures:
            if figure.is_nan():
                return Reason(f"{what}_unknown", _UNKNOWN[what])
            if not figure.is_finite() or figure < 0 or (what == "loss" and figure == 0):
                return Reason(f"{what}_unknown", f"The terminal says one lot's {what} is {figure}")
    if not all(v.is_finite() and v > 0 for v in (account.equity, account.balance)):
        return Reason("account_unusable", f"Equity was {account.equity}, balance {account.balance}")
    volumes = (spec.volume_min, spec.volume_step, spec.volume_max)
    if not all(v.is_finite() and v > 0 for v in volumes):
        return Reason("spec_unusable", f"Smallest lot, step and largest lot were {', '.join(map(str, volumes))}")
    return None


def _weights(legs: int, risk: Risk) -> tuple[Decimal, ...]:
    # The legs' shares, nearest first. A split with fewer shares than legs leaves the far legs out.
    return risk.split[:legs] if risk.split else (Decimal(1),) * legs


def _budget(account: Account, risk: Risk) -> Decimal:
    # The money this signal may lose.
    if risk.mode == "money":
        return risk.value
    return (account.balance if risk.mode == "balance" else account.equity) * risk.value / 100


def _fewest_needed(
    weights: Sequence[Decimal], losses: Sequence[Decimal], budget: Decimal | None, wanted: Decimal, spec: SymbolSpec
) -> tuple[Decimal, ...]:
    # The volumes of as many legs as the money can feed; () when it cannot feed one.
    for legs in range(len(weights), 0, -1):
        volumes = _dealt(weights[:legs], losses, budget, wanted, spec)
        if all(volume >= spec.volume_min for volume in volumes):
            return volumes
    return ()


def _dealt(
    weights: Sequence[Decimal], losses: Sequence[Decimal], budget: Decimal | None, wanted: Decimal, spec: SymbolSpec
) -> tuple[Decimal, ...]:
    # The whole size is floored to steps once, then the steps are dealt by share, odd ones to the near legs while the money
    # reaches. budget None: `wanted` lots.
    whole, step = sum(weights, Decimal(0)), spec.volume_step
    most = int(spec.volume_max // step)
    per_step = [loss * step for loss in losses[: len(weights)]]
    if budget is None:
        steps = _at_most(wanted, step, most * len(weights))
    else:
        cost = sum((w * loss for w, loss in zip(weights, per_step, strict=True)), Decimal(0))
        steps = _at_most(budget * whole, cost, most * len(weights))
    dealt = [min(int(steps * weight // whole), most) for weight in weights]
    spent = sum((n * loss for n, loss in zip(dealt, per_step, strict=True)), Decimal(0))
    for leg, loss in enumerate(per_step):
        has_money = budget is None or spent + loss <= budget
        if sum(dealt) < steps and dealt[leg] < most and has_money:
            dealt[leg] += 1
            spent += loss
    return tuple(n * step for n in dealt)


def _at_most(money_: Decimal, price: Decimal, most: int) -> int:
    # How many of `price` fit into `money_`, at most `most`; the comparison first, so that no quotient is ever too long.
    return most if money_ >= price * most else int((money_ / price).to_integral_value(rounding=ROUND_FLOOR))


def _refusals(lost: Decimal, margin: Decimal, account: Account, risk: Risk) -> tuple[Reason, ...]:
    reasons = []
    ceiling = account.equity * risk.max_percent / 100
    if lost > ceiling:
        share = lost * 100 / account.equity
        text = f"It would risk {money(lost, account.currency)} = {percent(share)} of equity, the ceiling is "
        reasons.append(Reason("risk_ceiling", text + percent(risk.max_percent)))
    if not account.margin_free.is_finite() or margin > account.margin_free:
        text = f"It needs {money(margin, account.currency)} of margin, "
        reasons.append(Reason("margin", text + f"{money(account.margin_free, account.currency)} is free"))
    return tuple(reasons)


def _too_small(loss: Decimal, budget: Decimal | None, account: Account, spec: SymbolSpec, risk: Risk) -> Reason:
    smallest = f"the smallest is {plain(spec.volume_min)}"
    if budget is None:
        return Reason("too_small", f"{plain(risk.value)} lots are asked for, {smallest}")
    if risk.mode == "money":
        what = money(budget, account.currency)
    else:
        of = account.balance if risk.mode == "balance" else account.equity
        what = f"{percent(risk.value)} of {money(of, account.currency)} = {money(budget, account.currency)}"
    return Reason("too_small", f"{what} buys {lots(budget / loss)}, {smallest}")


def _notes(legs: int, volumes: Sequence[Decimal], spec: SymbolSpec) -> tuple[str, ...]:
    notes = []
    if len(volumes) < legs:
        notes.append(f"Enough for {len(volumes)} of {legs} targets: the near ones take the whole size")
    if any(volume + spec.volume_step > spec.volume_max for volume in volumes):
        notes.append(f"A leg stands at the broker's largest order, {lots(spec.volume_max)}")
    return tuple(notes)


def _plan(
    draft: Draft,
    volumes: Sequence[Decimal],
    losses: Sequence[Decimal],
    lost: Decimal,
    notes: tuple[str, ...],
    signal: SignalId,
) -> Plan:
    assert draft.side is not None  # _unfit
    legs = tuple(
        PlannedLeg(
            number=leg.number,
            kind=leg.kind,
            volume=volume,
            entry=leg.entry,
            stop=leg.stop,
            target=leg.target,
            risk=volume * loss,
            expires_at=leg.expires_at,
            reference=leg.reference,
        )
        for leg, volume, loss in zip(draft.legs, volumes, losses, strict=False)
    )
    return Plan(signal, draft.symbol, draft.side, legs, lost, notes)

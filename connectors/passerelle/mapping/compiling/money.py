"""Compiling fields of money."""

from __future__ import annotations

import re

from ..decimals import number_reader
from ..entities import Kind, Target
from ..fields import Field, MoneyField, Rounds
from ..paths import Source
from ..pipeline import Location, Pipeline, describe
from ..spec import FieldSpec, MoneySpec, StepSpec
from .conditional import gaps_of
from .context import Context

__all__ = ["money_field"]

_CURRENCY = re.compile("[A-Z]{3}")
_ARITHMETIC = frozenset(
    {"multiply", "divide", "add", "subtract", "percent_off", "percent_on", "percent_out", "round", "raise_to",
     "at_least", "at_most"}
)  # fmt: skip


def money_field(context: Context, target: Target, spec: FieldSpec, at: Location, depth: int) -> Field | None:
    """Compile an amount with its currency; None when a flaw was reported."""
    money = spec.money
    if money is None or target.kind != "money":
        context.report((*at, "money"), f"{spec.to} is {describe(target.kind)}, not money")
        return None
    if spec.via or spec.as_ is not None:
        context.report(at, "money takes no via and no as: put them into money")
        return None
    here = (*at, "money")
    amount = context.source(money.amount, depth, (*here, "amount"))
    currency = _currency(context, money, depth, here)
    pipeline = _amount(context, money, depth, here)
    gaps = gaps_of(context, target, spec, None, at)
    if amount is None or currency is None or pipeline is None or gaps is None:
        return None
    return MoneyField(
        spec.to,
        target,
        amount,
        currency,
        pipeline,
        gaps=gaps,
        only=money.only,
        minor_units=money.minor_units,
        rounds=None if money.round is None else Rounds(money.round.by, money.round.digits),
        precise=money.precise,
    )


def _currency(
    context: Context, money: MoneySpec, depth: int, at: Location
) -> tuple[Source, Pipeline] | str | None:
    said = money.currency
    here = (*at, "currency")
    if said.value is not None:
        if _CURRENCY.fullmatch(said.value) is None:
            context.report(
                (*here, "value"), f"{said.value!r} is no currency: write three letters of ISO 4217"
            )
            return None
        if money.only and said.value not in money.only:
            context.report((*here, "value"), f"{said.value} is not among only: {', '.join(money.only)}")
            return None
        return said.value
    source = context.source(said.from_ or "", depth, here)
    pipeline = context.pipeline(said.via, None, "text", depth, here)
    if source is None or pipeline is None:
        return None
    if pipeline.kind != "text" or pipeline.operands or pipeline.default is not ...:
        context.report((*here, "via"), "a currency is a text of three letters, without default")
        return None
    return source, pipeline


def _amount(context: Context, money: MoneySpec, depth: int, at: Location) -> Pipeline | None:
    """Build what happens to the amount: its notation, the quantity it is for, further arithmetic."""
    steps: list[StepSpec] = []
    start: Kind = "decimal" if money.minor_units else "text"
    if money.decimal is not None:
        try:
            number_reader(money.decimal)
        except ValueError as error:
            context.report((*at, "decimal"), str(error))
            return None
        steps.append(StepSpec(name="decimal", argument=(money.decimal,)))
    elif money.implied_decimals is not None:
        steps.append(StepSpec(name="implied_decimals", argument=(money.implied_decimals,)))
    if money.per is not None:
        steps.append(StepSpec(name="divide", argument=(money.per,)))
    other = [step.name for step in money.via if step.name not in _ARITHMETIC]
    if other:
        context.report((*at, "via"), f"money takes arithmetic only, not {', '.join(other)}")
        return None
    # Places of flaws: `via` begins behind what was put in front of it.
    shift = len(steps)

    def report(where: Location, message: str) -> None:
        index = where[len(at) + 1] if len(where) > len(at) + 1 else None
        if isinstance(index, int):
            own = index - shift
            inside = (*at, "per") if own < 0 else (*at, "via", own, *where[len(at) + 2 :])
            context.report(inside, message)
        else:
            context.report(where, message)

    return context._replace(report=report).pipeline((*steps, *money.via), None, start, depth, at)

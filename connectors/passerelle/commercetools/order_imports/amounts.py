"""Amounts of a placed order: whole minor units of one currency that sum, or the order is refused.

The shop takes totals as they are given and never works them out again, so nobody would notice afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import Refused
from ...records import Money, PlacedLine, PlacedOrder

__all__ = ["check_amounts", "gross_of"]


def check_amounts(record: PlacedOrder) -> None:
    """Refuse an order whose amounts do not agree.

    Raises:
        Refused: `amounts`, with everything that is wrong at once.
    """
    faults = [*_currencies(record)]
    if not faults:
        # Amounts of two currencies, or of parts of a cent, have no sum.
        faults = [*_lines(record), *_sum(record), *_taxes(record)]
    if faults:
        raise Refused(
            f"order {record.order_number}: {'; '.join(faults)}",
            code="amounts",
            advice="The shop takes totals as they are given: have the sender correct the order, or map what"
            " is missing (shipping, a discount as a charge below zero)",
        )


def gross_of(record: PlacedOrder) -> Money | None:
    """What the order costs with its taxes, None when nothing is said of them."""
    tax = _tax(record)
    return None if record.net is None else _money(record.net.cent_amount + tax, record)


def _currencies(record: PlacedOrder) -> Iterator[str]:
    wanted = record.total.currency
    for what, amount in _amounts(record):
        if amount.currency != wanted:
            yield f"{what} is in {amount.currency}, the total in {wanted}"
        if amount.precise_amount is not None:
            yield f"{what} ({amount}) has parts of a cent"


def _amounts(record: PlacedOrder) -> Iterator[tuple[str, Money]]:
    yield "the total", record.total
    for place, line in enumerate(record.lines, 1):
        yield f"the price of line {place}", line.unit_price
        if line.total is not None:
            yield f"the total of line {place}", line.total
    for what, amount in (("shipping", record.shipping_price), ("net", record.net), ("tax", record.tax)):
        if amount is not None:
            yield what, amount
    for one in record.taxes:
        yield f"the tax of {one.rate}", one.amount


def _lines(record: PlacedOrder) -> Iterator[str]:
    for place, line in enumerate(record.lines, 1):
        if line.quantity < 1:
            yield f"line {place} has {line.quantity} pieces"
        elif line.total is not None and line.total.cent_amount != _cents(line):
            yield (
                f"line {place}: {line.quantity} times {line.unit_price} is"
                f" {_money(_cents(line), record)}, not {line.total}"
            )


def _sum(record: PlacedOrder) -> Iterator[str]:
    shipping = 0 if record.shipping_price is None else record.shipping_price.cent_amount
    summed = sum(map(_cents, record.lines)) + shipping
    if summed != record.total.cent_amount:
        yield f"lines and shipping sum to {_money(summed, record)}, the total is {record.total}"


def _taxes(record: PlacedOrder) -> Iterator[str]:
    if record.net is None:
        if record.tax is not None or record.taxes:
            yield "the tax is told, the net amount is not"
        return
    if record.tax is None and not record.taxes:
        yield "the net amount is told, the tax is not"
        return
    told = sum(one.amount.cent_amount for one in record.taxes)
    if record.taxes and record.tax is not None and told != record.tax.cent_amount:
        yield f"the taxes by rate sum to {_money(told, record)}, the tax is {record.tax}"
    inside = {line.tax_included for line in record.lines}
    if len(inside) > 1:
        yield "some lines are with their tax and some without: which of the two is the total?"
        return
    if inside == {False}:
        if record.net != record.total:
            yield f"prices are without tax, but the net amount is {record.net} and the total {record.total}"
    elif record.net.cent_amount + _tax(record) != record.total.cent_amount:
        yield f"net {record.net} and tax {_money(_tax(record), record)} are not the total {record.total}"


def _tax(record: PlacedOrder) -> int:
    if record.tax is not None:
        return record.tax.cent_amount
    return sum(one.amount.cent_amount for one in record.taxes)


def _cents(line: PlacedLine) -> int:
    return line.unit_price.cent_amount * line.quantity


def _money(cents: int, record: PlacedOrder) -> Money:
    return Money(cents, record.total.currency)

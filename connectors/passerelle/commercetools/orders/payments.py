"""Payments: how much of an order is authorised, charged and given back, by what its transactions say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...records import Money, Payment
from .wire_money import cents

__all__ = ["payments"]

Json = dict[str, Any]


def payments(body: Json) -> tuple[Payment, ...]:
    """The payments of an order that was read with `expand=paymentInfo.payments[*]`.

    Only transactions in state Success count: one that is pending has moved nothing yet. A payment that did
    not come with the order (deleted, or the scope to see it lacks) is left out: nobody knows what it says.

    Raises:
        Refused: a transaction in another currency than its payment was planned in, or an amount that is
            finer than the currency's smallest coin.
    """
    known = (body.get("paymentInfo") or {}).get("payments", ())
    return tuple(_payment(reference["obj"]) for reference in known if reference.get("obj") is not None)


def _payment(payment: Json) -> Payment:
    method = payment.get("paymentMethodInfo") or {}
    return Payment(
        # The provider's number, when there is one: it is what a refund is asked with.
        ref=str(payment.get("interfaceId") or payment.get("key") or payment["id"]),
        method=str(method.get("method") or method.get("paymentInterface") or ""),
        authorised=_sum(payment, ("Authorization",), less=("CancelAuthorization",)),
        charged=_sum(payment, ("Charge",), less=("Chargeback",)),
        refunded=_sum(payment, ("Refund",)),
    )


def _sum(payment: Json, kinds: Iterable[str], *, less: Iterable[str] = ()) -> Money | None:
    """Add up the successful transactions of these types; None when there is none at all."""
    signs = dict.fromkeys(kinds, 1) | dict.fromkeys(less, -1)
    currency = str(payment["amountPlanned"]["currencyCode"])
    amounts = [
        signs[one["type"]] * cents(one["amount"], f"transaction {one['id']}", currency).cent_amount
        for one in payment.get("transactions", ())
        if one["type"] in signs and one["state"] == "Success"
    ]
    return Money(sum(amounts), currency) if amounts else None

"""What is told of payments: created, transactions, what the provider says.

A step of a workflow is told by the action that makes it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..store import Doc
from ..told import Told

__all__ = ["tell_of_payments"]


def tell_of_payments(old: Doc | None, new: Doc | None) -> Iterator[Told]:
    """Created, and what changed, each as the API names it; a deletion is not told."""
    if new is None:
        return
    if old is None:
        yield Told("PaymentCreated", {"payment": new})
        return
    known = {one["id"]: one for one in old["transactions"]}
    for transaction in new["transactions"]:
        was = known.get(transaction["id"])
        if was is None:
            yield Told("PaymentTransactionAdded", {"transaction": transaction})
        else:
            yield from _transaction(was, transaction)
    for interaction in new["interfaceInteractions"][len(old["interfaceInteractions"]) :]:
        yield Told("PaymentInteractionAdded", {"interaction": interaction})
    code = new["paymentStatus"].get("interfaceCode")
    if old["paymentStatus"].get("interfaceCode") != code:
        told = {"paymentId": new["id"], **({} if code is None else {"interfaceCode": code})}
        yield Told("PaymentStatusInterfaceCodeSet", told)
    if old.get("interfaceId") != new.get("interfaceId"):
        yield Told("PaymentInterfaceIdSet", {"interfaceId": new["interfaceId"]})


def _transaction(was: Doc, now: Doc) -> Iterator[Told]:
    where = {"transactionId": now["id"]}
    if was["state"] != now["state"]:
        yield Told("PaymentTransactionStateChanged", {**where, "state": now["state"]})
    if was.get("interfaceId") != now.get("interfaceId"):
        told = {"newInterfaceId": now.get("interfaceId"), "oldInterfaceId": was.get("interfaceId")}
        filled = {name: value for name, value in told.items() if value is not None}
        yield Told("PaymentTransactionInterfaceIdSet", {**where, **filled})

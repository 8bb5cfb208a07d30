"""What the ERP answered about orders, written into the order ledger beside what was done in the shop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ..errors import Skippable
from ..ledger import Ledger
from ..records import OrderAck, Shipment
from ..sync import RunReport

__all__ = ["journal"]


def journal(ledger: Ledger, report: RunReport) -> Callable[[Sequence[msgspec.Struct]], None]:
    """Make the listener that notes acknowledgements and shipments, step by step, each once.

    An answer about an order that the ledger never met, or a second ERP number for one order, is a reject in
    the report: the shop was served, a person must look.
    """

    def note(records: Sequence[msgspec.Struct]) -> None:
        for record in records:
            try:
                _note(ledger, record, report.run_id)
            except Skippable as error:
                report.reject(error.code, error.message, error.advice)

    return note


def _note(ledger: Ledger, record: msgspec.Struct, run_id: str) -> None:
    match record:
        case OrderAck(order_number=number, accepted=True, erp_number=erp_number):
            ledger.orders.set_step(number, "acknowledge", "done", external_id=erp_number, run_id=run_id)
        case OrderAck(order_number=number, reason=reason):
            ledger.orders.set_step(
                number, "acknowledge", "refused", detail={"reason": reason or ""}, run_id=run_id
            )
        case Shipment(order_number=number, key=key, parcels=parcels):
            detail = {"parcels": [msgspec.structs.asdict(parcel) for parcel in parcels]}
            # Each delivery is a step of its own: partial shipments are several of them.
            ledger.orders.set_step(
                number, f"ship {key}", "done", external_id=key, detail=detail, run_id=run_id
            )
        case _:
            return

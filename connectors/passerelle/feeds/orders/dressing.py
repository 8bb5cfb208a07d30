"""Orders dressed for a receiver: addresses cut to its lengths, the full text kept beside them."""

from __future__ import annotations

import msgspec

from ...fulfilment import cut_address
from ...records import Address, Order
from .out_settings import AddressLengths
from .remarks import OrderRemarks

__all__ = ["OrderDressing"]


class OrderDressing:
    """Cuts the addresses of orders and remarks what was cut; without lengths an order stays as it is."""

    def __init__(self, lengths: AddressLengths | None, remarks: OrderRemarks) -> None:
        self._lengths = lengths
        self._remarks = remarks

    def dressed(self, order: Order) -> Order:
        """The order as the receiver can take it; what was cut stands in full in `full` of the address."""
        if self._lengths is None:
            return order
        return msgspec.structs.replace(
            order,
            shipping_address=self._cut(order.shipping_address, order.order_number, "shipping address"),
            billing_address=self._cut(order.billing_address, order.order_number, "billing address"),
        )

    def _cut(self, address: Address | None, number: str, which: str) -> Address | None:
        lengths = self._lengths
        if address is None or lengths is None:
            return address
        cut = cut_address(address, lengths.fields, overflow=lengths.overflow)
        for one in cut.cuts:
            self._remarks.add(f"{which}: {one.field} is cut", f"{number}: {one}")
        return msgspec.structs.replace(cut.address, full=cut.full)

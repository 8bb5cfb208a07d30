"""What a feed of orders says of the shop: how orders are read, which ones it takes, when they may leave."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from pydantic import TypeAdapter, ValidationError

from ...commercetools.orders.rules import OrderRules
from ...errors import ConfigError
from ...fulfilment import GateRules
from ...mapping.spec.base import Duration
from ...records import Address, Order, OrderKind

__all__ = ["AddressLengths", "OrderOutSettings"]

#: What leaves as an order; a reservation is a promise of a store and goes by a feed of its own.
_SALES: tuple[OrderKind, ...] = ("delivery", "ship_from_store", "click_and_collect")
#: Orders in one file: a file of a size that any ERP reads at once.
IN_ONE_FILE = 500

_duration = TypeAdapter(Duration)


class AddressLengths(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long the fields of an address may be, in characters; what is cut off goes on in `overflow`."""

    fields: dict[str, int]
    overflow: str | None = None

    def __post_init__(self) -> None:
        known = Address.__struct_fields__
        wrong = [name for name in (*self.fields, self.overflow) if name is not None and name not in known]
        if wrong or any(length < 1 for length in self.fields.values()):
            raise ValueError(
                f"addresses have no {', '.join(wrong) or 'length below 1'}; they have {', '.join(known)}"
            )


class OrderOutSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The target section of a feed of orders.

    `channel` is the key of the channel that marks what left. `kinds` and `stores` say which orders are this
    feed's (no stores: all). `messages` looks for changes in the shop's messages, too. A file has at most
    `in_one_file` orders. `sweep_every` is how often the shop is to be looked through (`10min`; left out: as
    often as it was), `subscription` the key of the one that fills the feed's queue, whose health is asked.
    """

    channel: str = "erp"
    kinds: tuple[OrderKind, ...] = _SALES
    stores: tuple[str, ...] = ()
    gates: GateRules = GateRules()
    reading: OrderRules = OrderRules()
    addresses: AddressLengths | None = None
    messages: bool = False
    #: How the shop shows what became of orders (commercetools/orders/settings.py).
    shows: dict[str, Any] = {}
    in_one_file: int = IN_ONE_FILE
    sweep_every: timedelta | None = None
    subscription: str | None = None

    @classmethod
    def of(cls, target: Mapping[str, Any]) -> OrderOutSettings:
        """Read the section of a mapping; raises ConfigError for what it does not know.

        `payment_states` beside the gates is the older word for the rule of that name.
        """
        said = dict(target)
        try:
            gates = _gates(said.pop("gates", {}))
            if "payment_states" in said:
                gates = {"payment_states": said.pop("payment_states"), **gates}
            if isinstance(said.get("sweep_every"), str):
                said["sweep_every"] = _span(said["sweep_every"])
            return msgspec.convert({**said, "gates": gates}, cls)
        except (msgspec.ValidationError, ValidationError, ValueError) as error:
            known = [
                f"{name}: {', '.join(kind.__struct_fields__)}"
                for name, kind in (("It knows", cls), ("gates", GateRules), ("reading", OrderRules))
            ]
            raise ConfigError(f"target of a feed of orders: {error}", advice="; ".join(known)) from error

    def takes(self, order: Order) -> bool:
        """Whether an order is this feed's."""
        return order.kind in self.kinds and (not self.stores or order.store in self.stores)

    def rules_for(self, order: Order) -> tuple[Order, GateRules]:
        """The order as the gates are to see it: a reservation is not sold, so nobody has to pay for it."""
        if order.kind != "reservation":
            return order, self.gates
        open_to_all = msgspec.structs.replace(self.gates, payment_states=("Reserved",))
        return msgspec.structs.replace(order, kind="delivery", payment_state="Reserved"), open_to_all


def _gates(said: Mapping[str, Any]) -> dict[str, Any]:
    """Read durations as mappings write them: 30min, 5d."""
    gates = dict(said)
    for name in ("quiet", "oldest"):
        if isinstance(gates.get(name), str):
            gates[name] = _span(gates[name])
    return gates


def _span(said: str) -> timedelta:
    return timedelta(seconds=_duration.validate_python(said))

"""Statements: how an ERP says that it holds our orders, to be compared with what the shop and we say."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from .money import Money

__all__ = ["OrderStatement", "StatedState"]

#: How far an order is at the ERP, as a list of orders can say it.
StatedState: TypeAlias = Literal["received", "confirmed", "partly_shipped", "shipped", "cancelled", "refused"]


class OrderStatement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One order as the ERP lists it: once for each number that it has for it.

    `placed_on` is the day on which it was placed, as 2026-11-01, in the zone of the shop: a calendar day.
    What a list does not say is None and is not compared.
    """

    order_number: str
    erp_number: str | None = None
    state: StatedState | None = None
    amount: Money | None = None
    revision: int | None = None
    placed_on: str | None = None

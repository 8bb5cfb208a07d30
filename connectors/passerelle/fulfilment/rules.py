"""Rules: what a retailer decides about what follows from messages: who is asked for what."""

from __future__ import annotations

from typing import Literal

import msgspec

from .states import RequestKind

__all__ = ["FulfilmentRules"]


class FulfilmentRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What follows from the state of an order, as the retailer has it.

    `asks` are the kinds of requests that are made at all. `restock` says who tells the system that owns
    stock about goods that came back: `never` when its own next stock file has them, `graded` when it must be
    told. `shortage` is the same for pieces that a picker did not find.
    """

    asks: tuple[RequestKind, ...] = (
        "capture",
        "refund",
        "mail",
        "cancel",
        "change",
        "stock",
        "release",
        "exchange",
    )
    restock: Literal["never", "graded"] = "never"
    shortage: Literal["never", "told"] = "never"
    #: The ERP also cancels what was short, under a number of its own: a cancellation that nobody asked for
    #: means these pieces before others. Without this it means them only when no other piece is left.
    shortage_cancelled_too: bool = False
    #: Since when the ERP's own numbers of stock may have a piece taken off: since it accepted the order; with
    #: `delivered`, where it does not answer, since the order's file was delivered.
    known_at: Literal["delivered", "accepted"] = "delivered"
    #: An order is complete when the carrier delivered it, or, where no carrier speaks, when it left.
    complete_on: Literal["delivered", "shipped"] = "delivered"
    #: Freight and other charges go back too when every piece of a shipped order came back.
    refund_charges_on_full_return: bool = False

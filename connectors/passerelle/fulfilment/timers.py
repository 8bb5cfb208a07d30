"""Timers: how long each step of an order may take before somebody should look."""

from __future__ import annotations

from datetime import timedelta

import msgspec

__all__ = ["Timers"]

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class Timers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a step may take; None: it is not awaited. In files as ISO 8601 durations (`PT2H`, `P3D`).

    The defaults are those of the sheet order-lifecycle where it names one.
    """

    #: An order that did not leave, or that the ERP refused, keeps its pieces from being sold for so long;
    #: then they may be sold again. None: for ever.
    stock: timedelta | None = 14 * _DAY
    #: An order that did not leave (unpaid, suspected, not written) for so long is looked at.
    gate: timedelta | None = _DAY
    #: From written to received by the ERP; absent is not refused: ask before sending again.
    technical_ack: timedelta | None = _HOUR
    #: From written to accepted or refused: the same day.
    functional_ack: timedelta | None = 12 * _HOUR
    #: The ERP's answer to a changed order.
    change: timedelta | None = 4 * _HOUR
    #: From accepted to a place that shall send it.
    allocation: timedelta | None = 4 * _HOUR
    #: From allocated to claimed or declined by the store.
    claim: timedelta | None = 2 * _HOUR
    #: From allocated or claimed to packed.
    preparation: timedelta | None = _DAY
    #: From packed to gone.
    shipment: timedelta | None = _DAY
    #: From gone to a tracking number.
    tracking: timedelta | None = _DAY
    #: From gone to captured: an authorisation expires.
    capture: timedelta | None = 3 * _DAY
    #: From the carrier's last word to delivered.
    delivery: timedelta | None = 5 * _DAY
    #: The promise of a store: from accepted to ready for collection.
    ready: timedelta | None = 4 * _HOUR
    #: How long pieces wait in a store for their customer, when the store says no date.
    collection: timedelta | None = 7 * _DAY
    #: From the end of that time to the store's word that they went back.
    expiry: timedelta | None = _DAY
    #: A store confirms an e-reservation within this time.
    reservation: timedelta | None = 2 * _HOUR
    #: How long it then holds the pieces, when it says no date.
    hold: timedelta | None = 3 * _DAY
    #: The answer to a cancellation.
    cancel: timedelta | None = 4 * _HOUR
    #: From announced to received.
    return_received: timedelta | None = 30 * _DAY
    #: From received to money back.
    refund: timedelta | None = 14 * _DAY
    #: An exchange of which only one half is known.
    exchange: timedelta | None = _DAY
    #: From gone to invoiced; not awaited unless asked for: many ERPs send no invoice links.
    invoice: timedelta | None = None
    #: An order that is still open.
    complete: timedelta | None = 60 * _DAY

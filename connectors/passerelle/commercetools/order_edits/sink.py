"""Edits of orders as records of a feed: previewed when they are planned, applied as they were seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ...errors import Fatal, ReferenceMissing, Refused, Skippable
from ...records import Money, OrderEdit
from ...sync.protocols import Applied, Change, FieldChange, Live
from ..http.client import Client
from ..planning.wire import money_text
from .desk import EditPreview, OrderEditDesk

__all__ = ["OrderEditSink"]

Json = dict[str, Any]


class OrderEditSink:
    """Carries edits by the desk: what it planned is what the shop said it would make of them."""

    entity = "order_edit"
    record_type = OrderEdit
    hierarchical = False
    #: Two edits of one order never pass each other.
    concurrency = 1

    def __init__(self, client: Client) -> None:
        self._desk = OrderEditDesk(client)
        self._seen: dict[str, EditPreview | Skippable] = {}

    def key(self, record: OrderEdit) -> str:
        """The order's number and the sender's own of the edit."""
        return f"{record.order_number}/{record.key}"

    def parents(self, record: OrderEdit) -> Sequence[str]:  # noqa: ARG002 - the Protocol's signature
        """No edit needs another one first: of two, the later waits until somebody saw it."""
        return ()

    async def prepare(self) -> None:
        """Nothing is needed before the first question."""

    async def read_live(self, records: Sequence[OrderEdit]) -> Mapping[str, Live]:
        """Have the shop preview each edit: a few calls each, of which none keeps anything there."""
        self._seen = {}
        found: dict[str, Live] = {}
        for record in records:
            key = self.key(record)
            try:
                seen = await self._desk.preview(record)
            except Skippable as error:
                self._seen[key] = never_waits(error)
                continue
            self._seen[key] = seen
            # Of the order nothing is kept: what it was is in the edit.
            found[key] = Live(seen.order_id, seen.version, {})
        return found

    def plan(self, record: OrderEdit, live: Live | None) -> Change | None:
        """Say lines, address and total, old and new; None when the order is so already.

        Raises:
            Refused: the shop would not take it, or there is no such order; the reason is the shop's.
        """
        seen = self._seen.get(self.key(record))
        if isinstance(seen, Skippable):
            raise seen
        if seen is None or live is None:
            raise Fatal(f"edit {self.key(record)} was planned without its preview")
        if seen.state != "waits":
            return None
        return Change(
            key=self.key(record),
            kind="update",
            fields=tuple(_told(record, seen)),
            target_id=seen.order_id,
            version=seen.version,
            body={
                "edit": msgspec.to_builtins(record),
                "before": seen.before.cent_amount,
                "after": seen.after.cent_amount,
                "currency": seen.after.currency,
            },
            actions=seen.actions,
        )

    async def apply(self, change: Change) -> Applied:
        """Apply what was previewed, to the version that was previewed.

        Raises:
            Conflict: the order moved since, or the edit did not arrive; it is not applied.
            Refused: the shop does not take it, or would make another total of it now.
        """
        done = await self._apply(edit_of(change), seen_of(change))
        return Applied(done.order_id, done.version)

    async def _apply(self, edit: OrderEdit, seen: EditPreview) -> EditPreview:
        try:
            return await self._desk.apply(edit, seen)
        except ReferenceMissing as error:
            raise never_waits(error) from error


def edit_of(change: Change) -> OrderEdit:
    """The edit that a planned change is about."""
    return msgspec.convert((change.body or {})["edit"], OrderEdit)


def seen_of(change: Change) -> EditPreview:
    """What was seen when a change was planned."""
    if change.body is None or change.target_id is None or change.version is None:
        raise Fatal(f"edit {change.key} was planned without its preview")
    body = change.body
    before, after = Money(body["before"], body["currency"]), Money(body["after"], body["currency"])
    return EditPreview("waits", change.target_id, change.version, before, after, change.actions)


def never_waits(error: Skippable) -> Skippable:
    """Refuse for something missing: what waited would be applied one day with nobody looking."""
    if not isinstance(error, ReferenceMissing):
        return error
    return Refused(error.message, code="unknown_order", advice=error.advice)


def _told(record: OrderEdit, seen: EditPreview) -> Iterator[FieldChange]:
    """What a person reads of it: the lines that change, the address, the total and the difference."""
    lines = {line["id"]: line for line in (seen.order or {}).get("lineItems", ())}
    for action in seen.actions:
        if action["action"] == "setShippingAddress":
            held = (seen.order or {}).get("shippingAddress") or {}
            for name, text in action["address"].items():
                if held.get(name) != text:
                    yield FieldChange(f"shippingAddress.{name}", held.get(name), text)
        else:
            yield from _line(action, lines.get(action.get("lineItemId", ""), {}))
    yield FieldChange("totalPrice", str(seen.before), str(seen.after))
    if record.reason:
        yield FieldChange("reason", None, record.reason)


def _line(action: Json, line: Json) -> Iterator[FieldChange]:
    """Of a line that goes, changes or comes; of one that comes `line` is empty."""
    sku = line.get("variant", {}).get("sku") or action.get("sku")
    if action["action"] == "removeLineItem":
        yield FieldChange(f"lines.{sku}.quantity", line.get("quantity"), 0)
        return
    if action["action"] != "setLineItemPrice":
        yield FieldChange(f"lines.{sku}.quantity", line.get("quantity"), action["quantity"])
    # Beside a new quantity it is the price that the line has.
    if "externalPrice" in action and action["action"] != "changeLineItemQuantity":
        yield FieldChange(f"lines.{sku}.price", _price(line), money_text(action["externalPrice"]))


def _price(line: Json) -> str | None:
    value = line.get("price", {}).get("value")
    return None if value is None else money_text(value)

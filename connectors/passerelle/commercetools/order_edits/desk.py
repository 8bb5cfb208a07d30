"""The desk of order edits: what an edit would cost is shown, and exactly that is applied, once."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias
from urllib.parse import quote

from ...errors import Conflict, ReferenceMissing, Refused
from ...records import Money, OrderEdit
from ..http.client import Client
from ..planning.wire import target_key
from .actions import edit_actions

__all__ = ["EditPreview", "OrderEditDesk", "edit_key"]

Json = dict[str, Any]

#: `same`: the order is so already; `waits`: it would change; `applied`: this edit changed it.
EditState: TypeAlias = Literal["same", "waits", "applied"]


class EditPreview(NamedTuple):
    """What an edit does to an order: its total before and after, at the version that was looked at.

    `difference` is what the customer owes then, or is owed below zero. Nobody moves it here.
    """

    state: EditState
    order_id: str
    version: int
    before: Money
    after: Money
    actions: tuple[Json, ...] = ()
    #: The order that was looked at, for those who tell people what changes.
    order: Json | None = None

    @property
    def difference(self) -> Money:
        """After less before."""
        return Money(self.after.cent_amount - self.before.cent_amount, self.before.currency)


def edit_key(edit: OrderEdit) -> str:
    """Name an edit in the shop after business facts: the order's number and the sender's own of the edit."""
    return target_key(edit.order_number, edit.key)


class OrderEditDesk:
    """Previews and applies edits; each call may be repeated at any time."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def preview(self, edit: OrderEdit) -> EditPreview:
        """Show what the shop would make of an edit; nothing is kept there.

        Raises:
            ReferenceMissing: there is no such order.
            Refused: it cannot be said, or the shop would not take it; the reason is the shop's.
        """
        held = await self._held(edit)
        if held is not None and held["result"]["type"] == "Applied":
            return _applied(held)
        order = await self._order(edit)
        total = _total(order)
        actions = edit_actions(edit, order)
        if not actions:
            return EditPreview("same", order["id"], order["version"], total, total)
        dry = await self._client.create(
            "orders/edits", {**_draft(edit, order["id"], actions), "dryRun": True}
        )
        result = dry["result"]
        if result["type"] != "PreviewSuccess":
            raise _refusal(edit, result)
        after = _total(result["preview"])
        return EditPreview("waits", order["id"], order["version"], total, after, tuple(actions), order)

    async def applied(self, edit: OrderEdit) -> EditPreview | None:
        """Read an edit by its key: what it did, or None when it is not applied."""
        held = await self._held(edit)
        return None if held is None or held["result"]["type"] != "Applied" else _applied(held)

    async def apply(self, edit: OrderEdit, seen: EditPreview) -> EditPreview:
        """Do what was seen, to the version that was seen; an edit that is applied already is left alone.

        Raises:
            Conflict: the order moved since, or the answer was lost and the edit is not applied: look again.
            Refused: the shop does not take it, or would make another total of it than was seen.
        """
        if seen.state != "waits":
            return seen
        held = await self._held(edit)
        if held is None:
            held = await self._created(edit, seen)
            _check_as_seen(edit, held, seen)
        if held["result"]["type"] == "Applied":
            return _applied(held)
        if held["stagedActions"] != list(seen.actions):
            staged = {"action": "setStagedActions", "stagedActions": list(seen.actions)}
            held = await self._client.update("orders/edits", held["id"], held["version"], [staged])
            _check_as_seen(edit, held, seen)
        versions = {"editVersion": held["version"], "resourceVersion": seen.version}
        try:
            done = await self._client.act(f"orders/edits/{quote(held['id'], safe='')}/apply", versions)
        except Conflict:
            # The order moved, or the answer was lost: the edit itself says which.
            found = await self._held(edit)
            if found is None or found["result"]["type"] != "Applied":
                raise
            done = found
        return _applied(done)

    async def _created(self, edit: OrderEdit, seen: EditPreview) -> Json:
        try:
            return await self._client.create("orders/edits", _draft(edit, seen.order_id, list(seen.actions)))
        except Conflict:
            found = await self._held(edit)
            if found is None:
                raise
            return found

    async def _held(self, edit: OrderEdit) -> Json | None:
        return await self._client.get(f"orders/edits/key={edit_key(edit)}")

    async def _order(self, edit: OrderEdit) -> Json:
        found = await self._client.get(f"orders/order-number={quote(edit.order_number, safe='')}")
        if found is None:
            raise ReferenceMissing(
                f"there is no order {edit.order_number} in the shop",
                reference=edit.order_number,
                advice="Is it an order of another channel or of the test system?",
            )
        return found


def _draft(edit: OrderEdit, order_id: str, actions: list[Json]) -> Json:
    draft: Json = {
        "key": edit_key(edit),
        "resource": {"typeId": "order", "id": order_id},
        "stagedActions": actions,
    }
    return {**draft, "comment": edit.reason} if edit.reason else draft


def _applied(held: Json) -> EditPreview:
    before, after = held["result"]["excerptBeforeEdit"], held["result"]["excerptAfterEdit"]
    order_id = held["resource"]["id"]
    return EditPreview("applied", order_id, after["version"], _total(before), _total(after))


def _check_as_seen(edit: OrderEdit, held: Json, seen: EditPreview) -> None:
    """Raise Refused when prices or taxes of the shop moved, though the order did not."""
    result = held["result"]
    if result["type"] == "PreviewFailure":
        raise _refusal(edit, result)
    if result["type"] == "PreviewSuccess" and (after := _total(result["preview"])) != seen.after:
        raise Refused(
            f"edit {edit.key} of order {edit.order_number}: {seen.after} was seen, it makes {after} now",
            code="edit_moved",
            advice="Nothing was changed: look at it again",
        )


def _total(body: Json) -> Money:
    total = body["totalPrice"]
    return Money(total["centAmount"], total["currencyCode"])


def _refusal(edit: OrderEdit, result: Json) -> Refused:
    why = "; ".join(str(one.get("message", one.get("code"))) for one in result.get("errors", ()))
    return Refused(
        f"edit {edit.key} of order {edit.order_number}: {why or result['type']}",
        code="edit_refused",
        advice="Nothing was written: tell the sender, or change the order in the shop",
    )

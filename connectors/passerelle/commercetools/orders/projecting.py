"""Projecting: what the shop needs so that it says what the ledger says; pure, and empty when it does.

What the shop knows better is not taken back:

- the order: Open, Confirmed, Complete only forward; Cancelled only from Open and Confirmed; Complete and
  Cancelled are final.
- the shipment: Delivered and Canceled are final; Pending says nothing that any other state does not.
- the payment: what is Paid or CreditOwed does not become BalanceDue, Pending or Failed again, and Pending is
  never written over another word: the payment integration of the shop is nearer to the money.
- the sync info: only a number of the ERP's is written; the name of the file stands until then.

Deliveries, parcels and returns are told apart by their keys. What others made in the shop stays, is counted
where sums are kept (never more delivered than ordered), and is told as a remark.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ...records import OrderView
from ...sync.protocols import FieldChange
from ..planning.steps import Step
from ..planning.wire import instant, moment
from .deliveries import plan_deliveries
from .item_states import ItemStates, plan_item_states
from .reading import exported_as
from .remarks import Remark
from .returns import plan_returns
from .settings import CustomNames, ProjectionSettings

__all__ = ["OrderPlan", "Showing", "plan_order", "plan_shipment_state", "plan_view"]

Json = dict[str, Any]

_ORDER = ("Open", "Confirmed", "Complete")
_FINAL = frozenset({"Complete", "Cancelled"})
#: The carrier's word comes after ours.
_ARRIVED = frozenset({"Delivered", "Canceled"})
_SETTLED = frozenset({"Paid", "CreditOwed"})
_OWED = frozenset({"BalanceDue", "Pending", "Failed"})


class Showing(NamedTuple):
    """How a project shows orders: its settings with the ids that they stand for."""

    settings: ProjectionSettings = ProjectionSettings()
    #: The id of the export channel; without it the sync info is left alone.
    channel_id: str | None = None
    states: ItemStates | None = None
    synced_at: datetime | None = None


class OrderPlan(NamedTuple):
    """What an order needs: update actions in their order, what they change, and what is left alone."""

    actions: tuple[Json, ...]
    fields: tuple[FieldChange, ...]
    remarks: tuple[Remark, ...]


def plan_order(view: OrderView, body: Json, showing: Showing) -> list[Json]:
    """The update actions that make an order say what the picture says; empty when it does."""
    return list(plan_view(view, body, showing).actions)


def plan_view(view: OrderView, body: Json, showing: Showing) -> OrderPlan:
    """Compare an order with its picture.

    What happened comes before the states that follow from it, so that a reader of messages sees why.
    """
    steps: list[Step] = []
    remarks: list[Remark] = []
    for one in _compared(view, body, showing):
        if isinstance(one, Remark):
            remarks.append(one)
        else:
            steps.append(one)
    return OrderPlan(
        tuple(step.action for step in steps if step.action is not None),
        tuple(field for step in steps for field in step.fields),
        tuple(remarks),
    )


def _compared(view: OrderView, body: Json, showing: Showing) -> Iterator[Step | Remark]:
    yield from _sync_info(view, body, showing)
    if body["orderState"] == "Cancelled" and view.order_state != "Cancelled":
        yield _contrary(body["orderState"], view.order_state)
    yield from plan_deliveries(view.deliveries, body)
    yield from plan_returns(view.returns, body)
    if showing.states is not None:
        yield from plan_item_states(view.items, body, showing.states)
    yield from _custom(view, body, showing.settings.custom)
    yield from plan_shipment_state(view.shipment_state, body)
    yield from _payment_state(view, body)
    yield from _order_state(view, body)


def _sync_info(view: OrderView, body: Json, showing: Showing) -> Iterator[Step]:
    wanted = view.exported_as
    held = exported_as(body, showing.channel_id)
    if showing.channel_id is None or wanted is None or held == wanted:
        return
    action = {
        "action": "updateSyncInfo",
        "channel": {"typeId": "channel", "id": showing.channel_id},
        "externalId": wanted,
        "syncedAt": instant(showing.synced_at or datetime.now(UTC)),
    }
    yield Step.of(action, "syncInfo", held, wanted)


def _order_state(view: OrderView, body: Json) -> Iterator[Step | Remark]:
    held, wanted = body["orderState"], view.order_state
    if held in (wanted, "Cancelled"):
        return
    forward = held not in _FINAL and (wanted == "Cancelled" or _ORDER.index(wanted) > _ORDER.index(held))
    if forward:
        yield Step.of({"action": "changeOrderState", "orderState": wanted}, "orderState", held, wanted)
    elif wanted == "Cancelled":
        yield _contrary(held, wanted)


def _contrary(held: str, wanted: str) -> Remark:
    return Remark(
        "order_state",
        f"the order is {held} in the shop, {wanted} as we know it",
        "The shop's word stays: find out who said it, and tell the other side",
    )


def plan_shipment_state(wanted: str | None, body: Json) -> Iterator[Step]:
    """Move the shipment state, never back from what the carrier or a cancellation said."""
    held = body.get("shipmentState")
    if wanted is None or held == wanted or held in _ARRIVED or (wanted == "Pending" and held is not None):
        return
    yield Step.of({"action": "changeShipmentState", "shipmentState": wanted}, "shipmentState", held, wanted)


def _payment_state(view: OrderView, body: Json) -> Iterator[Step]:
    held, wanted = body.get("paymentState"), view.payment_state
    if wanted is None or held == wanted:
        return
    if (held in _SETTLED and wanted in _OWED) or (wanted == "Pending" and held is not None):
        return
    yield Step.of({"action": "changePaymentState", "paymentState": wanted}, "paymentState", held, wanted)


def _custom(view: OrderView, body: Json, names: CustomNames) -> Iterator[Step | Remark]:
    wanted = dict(_values(view, names))
    custom = body.get("custom")
    held = {} if custom is None else custom.get("fields", {})
    differs = {name: value for name, value in wanted.items() if not _same(held.get(name), value)}
    if not differs:
        return
    if custom is None and names.type is None:
        yield Remark(
            "no_custom_type",
            f"the order has no custom type: {', '.join(sorted(differs))} cannot be shown",
            "Name one in target.commercetools.shows.custom.type, or let checkout set it",
        )
    elif custom is None:
        action = {
            "action": "setCustomType",
            "type": {"typeId": "type", "key": names.type},
            "fields": differs,
        }
        yield Step(
            action, tuple(FieldChange(f"custom.{name}", None, value) for name, value in differs.items())
        )
    else:
        for name, value in differs.items():
            action = {"action": "setCustomField", "name": name, "value": value}
            yield Step.of(action, f"custom.{name}", held.get(name), value)


def _values(view: OrderView, names: CustomNames) -> Iterator[tuple[str, Any]]:
    """What custom fields should hold; what the picture does not say is left as it is."""
    if names.pickup_code is not None and view.pickup_code is not None:
        yield names.pickup_code, view.pickup_code
    if names.pickup_until is not None and view.pickup_until is not None:
        yield names.pickup_until, instant(view.pickup_until)
    if names.documents is not None and view.documents:
        texts = (" ".join(filter(None, (one.kind, one.number, one.url))) for one in view.documents)
        yield names.documents, sorted(texts)


def _same(held: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        # A set has no order.
        return isinstance(held, list) and sorted(held) == wanted
    if isinstance(held, str) and held != wanted:
        try:
            return moment(held) == moment(wanted)
        except ValueError:
            return False
    return bool(held == wanted)

"""Projecting: the shop says what the ledger says, needs nothing more then, and keeps what others made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.commercetools import Client, CommercetoolsConfig
from passerelle.commercetools.orders.deliveries import delivery_key, every_delivery, parcel_key
from passerelle.commercetools.orders.item_states import ItemStates, read_item_states
from passerelle.commercetools.orders.projecting import Showing, plan_order, plan_view
from passerelle.commercetools.orders.settings import CustomNames, ProjectionSettings
from passerelle.errors import ConfigError
from passerelle.records import DeliveryView, DocumentView, OrderView, ParcelView, ReturnView
from passerelle.sandbox import Sandbox, SandboxConfig

Json = dict[str, Any]
NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
_NUMBERS = count(1)


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    """One sandbox for the file; orders name any SKU."""
    with Sandbox(SandboxConfig(unknown_order_skus="accept"), in_process=True) as running:
        yield running


@asynccontextmanager
async def client_of(shop: Sandbox) -> AsyncIterator[Client]:
    """A client of the sandbox's project."""
    config = CommercetoolsConfig(
        project_key="demo",
        client_id=shop.client_id,
        client_secret=shop.client_secret,
        auth_url=shop.url,
        api_url=shop.url,
    )
    async with Client(config) as client:
        yield client


def euro(cents: int) -> Json:
    """An amount as it is written."""
    return {"currencyCode": "EUR", "centAmount": cents}


def draft(number: str, *quantities: int, **changes: Any) -> Json:
    """An order of so many pieces a line, as it is imported."""
    lines = [
        {
            "name": {"fr-FR": "Chemise"},
            "variant": {"sku": f"S-{place}"},
            "quantity": quantity,
            "price": {"value": euro(1000)},
        }
        for place, quantity in enumerate(quantities, 1)
    ]
    return {
        "orderNumber": number,
        "totalPrice": euro(1000 * sum(quantities)),
        "lineItems": lines,
        "shippingInfo": {
            "shippingMethodName": "Domicile",
            "price": euro(0),
            "shippingRate": {"price": euro(0)},
        },
        "shippingAddress": {"country": "FR"},
        **changes,
    }


async def place(client: Client, *quantities: int, **changes: Any) -> Json:
    """A customer orders."""
    return await client.create("orders/import", draft(f"W-{next(_NUMBERS)}", *quantities, **changes))


async def show(client: Client, view: OrderView, body: Json, showing: Showing | None = None) -> Json:
    """Carry out the plan, and check that nothing is left to do."""
    showing = showing or Showing()
    actions = plan_order(view, body, showing)
    if actions:
        body = await client.update("orders", body["id"], body["version"], actions)
    again = await client.get(f"orders/{body['id']}")
    assert again is not None
    assert plan_order(view, again, showing) == []
    return again


def picture(body: Json, **says: Any) -> OrderView:
    """A picture of an order; what is not said is open and unknown."""
    return OrderView(number=body["orderNumber"], **{"order_state": "Open", **says})


# --- whatever the picture, once is enough ---

PARCELS = st.lists(st.sampled_from(["1", "2", "3"]), unique=True, max_size=2)
TRACKING = st.sampled_from([None, "T1", "T2"])
QUANTITIES = (2, 3)


@st.composite
def pictures(draw: st.DrawFn) -> dict[str, Any]:
    """What a picture says, with lines by their place: never more delivered than ordered."""
    room = list(QUANTITIES)
    deliveries = []
    for key in draw(st.lists(st.sampled_from(["BL-1", "BL-2", "BL 3/x"]), unique=True, max_size=3)):
        items = []
        for place, left in enumerate(room):
            part = draw(st.integers(0, left))
            room[place] -= part
            items += [(place, part)] if part else []
        parcels = [(one, draw(TRACKING), draw(st.sampled_from([None, "GLS"]))) for one in draw(PARCELS)]
        deliveries.append((key, items, parcels))
    returns = [
        (key, draw(st.sampled_from(["Advised", "Returned", "BackInStock", "Unusable"])), draw(st.booleans()))
        for key in draw(st.lists(st.sampled_from(["R-1/a", "R-1/b", "R-2"]), unique=True, max_size=3))
    ]
    return {
        "deliveries": deliveries,
        "returns": returns,
        "order_state": draw(st.sampled_from(["Open", "Confirmed", "Complete", "Cancelled"])),
        "shipment_state": draw(
            st.sampled_from([None, "Pending", "Ready", "Partial", "Shipped", "Delivered", "Canceled"])
        ),
        "payment_state": draw(st.sampled_from([None, "Pending", "BalanceDue", "Paid", "CreditOwed"])),
    }


def drawn(says: dict[str, Any], body: Json) -> OrderView:
    """The picture of a real order."""
    ids = [line["id"] for line in body["lineItems"]]
    return picture(
        body,
        **{
            **says,
            "deliveries": tuple(
                DeliveryView(
                    key=key,
                    items=tuple((ids[place], part) for place, part in items),
                    parcels=tuple(
                        ParcelView(key=f"{key}/{one}", tracking_id=tracking, carrier=carrier)
                        for one, tracking, carrier in (parcels if items else ())
                    ),
                )
                for key, items, parcels in says["deliveries"]
            ),
            "returns": tuple(
                ReturnView(
                    key=key,
                    return_number=key[:3],
                    line=ids[0],
                    quantity=1,
                    shipment=shipment,
                    payment="NonRefundable"
                    if shipment == "Advised"
                    else "Refunded"
                    if refunded
                    else "Initial",
                )
                for key, shipment, refunded in says["returns"]
            ),
        },
    )


@settings(max_examples=60, deadline=None)
@given(first=pictures(), second=pictures())
def test_one_plan_is_enough(shop: Sandbox, first: dict[str, Any], second: dict[str, Any]) -> None:
    """From any picture to any other: the strict shop takes the plan, and a second one is empty."""

    async def live() -> None:
        async with client_of(shop) as client:
            body = await place(client, *QUANTITIES)
            for says in (first, second):
                view = drawn(says, body)
                body = await show(client, view, body)
                held = {
                    one["key"]: {item["id"]: item["quantity"] for item in one["items"]}
                    for one in every_delivery(body)
                }
                for one in view.deliveries:
                    # What a picture does not name any more was made by somebody else, as far as we know.
                    known = held.get(delivery_key(one.key), {})
                    assert known == dict(one.items) or says is second
                ordered = {line["id"]: line["quantity"] for line in body["lineItems"]}
                for line, quantity in ordered.items():
                    assert sum(items.get(line, 0) for items in held.values()) <= quantity

    asyncio.run(live())


# --- one thing after the other ---


async def test_a_delivery_is_added_completed_and_corrected(shop: Sandbox) -> None:
    """The same delivery number is one delivery; parcels come later, tracking is corrected, pieces shrink."""
    async with client_of(shop) as client:
        body = await place(client, 2, 1)
        first, second = (line["id"] for line in body["lineItems"])
        delivery = DeliveryView(key="BL-1", items=((first, 2), (second, 1)))
        body = await show(client, picture(body, deliveries=(delivery,), shipment_state="Shipped"), body)
        assert body["shipmentState"] == "Shipped"

        parcel = ParcelView(key="BL-1/1", tracking_id="8Q", carrier="Colis Vert")
        parcels = DeliveryView(key="BL-1", items=delivery.items, parcels=(parcel,))
        body = await show(client, picture(body, deliveries=(parcels,)), body)
        (held,) = every_delivery(body)
        assert [one["key"] for one in held["parcels"]] == ["BL-1_1"]

        corrected = DeliveryView(
            key="BL-1",
            items=((first, 1),),
            parcels=(ParcelView(key="BL-1/1", tracking_id="9Z", carrier="Colis Vert"),),
        )
        view = picture(body, deliveries=(corrected,), shipment_state="Partial")
        names = [action["action"] for action in plan_order(view, body, Showing())]
        assert names == ["setDeliveryItems", "setParcelTrackingData", "changeShipmentState"]
        body = await show(client, view, body)
        (held,) = every_delivery(body)
        assert held["items"] == [{"id": first, "quantity": 1}]
        assert held["parcels"][0]["trackingData"]["trackingId"] == "9Z"


async def test_a_parcel_that_belongs_elsewhere_is_moved(shop: Sandbox) -> None:
    """Keyed by carrier and number it is taken out of one delivery and put into the other."""
    async with client_of(shop) as client:
        body = await place(client, 2)
        (line,) = (line["id"] for line in body["lineItems"])
        parcel = ParcelView(key="GLS/4711", tracking_id="4711", carrier="GLS")
        one, other = (
            DeliveryView(key="BL-1", items=((line, 1),)),
            DeliveryView(key="BL-2", items=((line, 1),)),
        )

        def with_parcel(delivery: DeliveryView) -> DeliveryView:
            return DeliveryView(key=delivery.key, items=delivery.items, parcels=(parcel,))

        body = await show(client, picture(body, deliveries=(with_parcel(one), other)), body)
        body = await show(client, picture(body, deliveries=(one, with_parcel(other))), body)
        at = {d["key"]: [p["key"] for p in d["parcels"]] for d in every_delivery(body)}
        assert at == {"BL-1": [], "BL-2": [parcel_key("BL-2", "GLS/4711")]}


async def test_a_delivery_made_by_hand_is_kept_and_counts(shop: Sandbox) -> None:
    """Never more delivered than ordered: ours is not added beside it, and people are told."""
    async with client_of(shop) as client:
        body = await place(client, 2)
        (line,) = (line["id"] for line in body["lineItems"])
        by_hand = {"action": "addDelivery", "items": [{"id": line, "quantity": 1}]}
        body = await client.update("orders", body["id"], body["version"], [by_hand])
        both = picture(body, deliveries=(DeliveryView(key="BL-1", items=((line, 2),)),))
        plan = plan_view(both, body, Showing())
        assert plan.actions == ()
        assert [remark.code for remark in plan.remarks] == ["foreign_delivery", "over_delivery"]
        rest = picture(body, deliveries=(DeliveryView(key="BL-2", items=((line, 1),)),))
        body = await show(client, rest, body)
        assert [one.get("key") for one in every_delivery(body)] == [None, "BL-2"]


async def test_a_delivery_that_was_taken_back_goes_away(shop: Sandbox) -> None:
    """A delivery of ours without pieces is removed, a foreign one never."""
    async with client_of(shop) as client:
        body = await place(client, 1)
        (line,) = (line["id"] for line in body["lineItems"])
        body = await show(
            client, picture(body, deliveries=(DeliveryView(key="BL-1", items=((line, 1),)),)), body
        )
        body = await show(client, picture(body, deliveries=(DeliveryView(key="BL-1", items=()),)), body)
        assert every_delivery(body) == []


async def test_without_shipping_information_nothing_else_is_held_up(shop: Sandbox) -> None:
    """The delivery cannot be hung on anything: told; the state is shown all the same."""
    async with client_of(shop) as client:
        bare = draft("x", 1)
        del bare["shippingInfo"]
        body = await client.create("orders/import", {**bare, "orderNumber": f"W-{next(_NUMBERS)}"})
        (line,) = (line["id"] for line in body["lineItems"])
        view = picture(
            body, deliveries=(DeliveryView(key="BL-1", items=((line, 1),)),), order_state="Confirmed"
        )
        assert [remark.code for remark in plan_view(view, body, Showing()).remarks] == ["no_shipping_info"]
        assert (await show(client, view, body))["orderState"] == "Confirmed"


def test_with_several_shippings_the_lines_say_which() -> None:
    """Shipping mode Multiple: the key of the shipping that these lines go by."""
    body: Json = {
        "id": "o", "version": 1, "orderNumber": "W", "orderState": "Open", "returnInfo": [],
        "lineItems": [
            {"id": "l1", "quantity": 1, "variant": {"sku": "a"},
             "shippingDetails": {"targets": [{"addressKey": "h", "quantity": 1,
                                              "shippingMethodKey": "fast"}]}},
            {"id": "l2", "quantity": 1, "variant": {"sku": "b"}},
        ],
        "shipping": [
            {"shippingKey": "slow", "shippingInfo": {"deliveries": []}},
            {"shippingKey": "fast", "shippingInfo": {"deliveries": []}},
        ],
    }  # fmt: skip
    one = OrderView(
        number="W", order_state="Open", deliveries=(DeliveryView(key="BL-1", items=(("l1", 1),)),)
    )
    (action,) = plan_order(one, body, Showing())
    assert action["shippingKey"] == "fast"
    other = OrderView(
        number="W", order_state="Open", deliveries=(DeliveryView(key="BL-2", items=(("l2", 1),)),)
    )
    assert [remark.code for remark in plan_view(other, body, Showing()).remarks] == ["no_shipping_info"]


async def test_a_return_goes_its_way_and_never_back(shop: Sandbox) -> None:
    """Announced, received, graded, paid back: each once; an older picture changes nothing."""
    async with client_of(shop) as client:
        body = await place(client, 2)
        (line,) = (line["id"] for line in body["lineItems"])

        def returned(shipment: Any, payment: Any) -> OrderView:
            one = ReturnView(
                key="R-9/1", return_number="R-9", line=line, quantity=1, shipment=shipment, payment=payment
            )
            return picture(body, returns=(one,))

        body = await show(client, returned("Advised", "NonRefundable"), body)
        body = await show(client, returned("BackInStock", "Refunded"), body)
        body = await show(client, returned("Returned", "Initial"), body)
        ((item,),) = (info["items"] for info in body["returnInfo"])
        assert (item["shipmentState"], item["paymentState"]) == ("BackInStock", "Refunded")


async def test_a_return_announced_in_the_shop_is_the_same_return(shop: Sandbox) -> None:
    """Without our key it is found by its number, line and pieces: it is moved on, not added again."""
    async with client_of(shop) as client:
        body = await place(client, 2)
        (line,) = (line["id"] for line in body["lineItems"])
        announced = {
            "action": "addReturnInfo",
            "returnTrackingId": "R-9",
            "items": [{"quantity": 1, "lineItemId": line, "shipmentState": "Advised"}],
        }
        body = await client.update("orders", body["id"], body["version"], [announced])
        one = ReturnView(
            key="R-9/1", return_number="R-9", line=line, quantity=1, shipment="Returned", payment="Initial"
        )
        body = await show(client, picture(body, returns=(one,)), body)
        assert [len(info["items"]) for info in body["returnInfo"]] == [1]
        assert body["returnInfo"][0]["items"][0]["shipmentState"] == "Returned"


@pytest.mark.parametrize(
    ("held", "wanted", "then"),
    [
        ("Open", "Confirmed", "Confirmed"),
        ("Confirmed", "Open", "Confirmed"),
        ("Complete", "Confirmed", "Complete"),
        ("Confirmed", "Cancelled", "Cancelled"),
        ("Complete", "Cancelled", "Complete"),
        ("Cancelled", "Complete", "Cancelled"),
    ],
)
async def test_the_order_state_only_goes_forward(shop: Sandbox, held: str, wanted: str, then: str) -> None:
    """Complete and Cancelled are final, whoever said it; that we know otherwise is told."""
    async with client_of(shop) as client:
        body = await place(client, 1, orderState=held)
        view = picture(body, order_state=wanted)
        told = {remark.code for remark in plan_view(view, body, Showing()).remarks}
        assert (await show(client, view, body))["orderState"] == then
        assert told == ({"order_state"} if "Cancelled" in {held, wanted} and then == held else set())


@pytest.mark.parametrize(
    ("held", "wanted", "then"),
    [("Paid", "BalanceDue", "Paid"), ("Paid", "CreditOwed", "CreditOwed"), ("CreditOwed", "Paid", "Paid"),
     ("BalanceDue", "Paid", "Paid"), ("BalanceDue", "Pending", "BalanceDue"), (None, "Pending", "Pending")],
)  # fmt: skip
async def test_what_is_paid_does_not_become_owed(
    shop: Sandbox, held: str | None, wanted: str, then: str
) -> None:
    """The payment integration of the shop is nearer to the money than we are."""
    async with client_of(shop) as client:
        body = await place(client, 1, **({} if held is None else {"paymentState": held}))
        assert (await show(client, picture(body, payment_state=wanted), body)).get("paymentState") == then


async def test_the_erps_number_replaces_the_file(shop: Sandbox) -> None:
    """Without a number nothing is written; the number is written once, at the time of the projection."""
    async with client_of(shop) as client:
        channel = await client.create("channels", {"key": f"erp-{next(_NUMBERS)}", "roles": ["OrderExport"]})
        showing = Showing(channel_id=channel["id"], synced_at=NOW)
        body = await place(client, 1)
        body = await show(client, picture(body, exported_as="CMDWEB_1"), body, showing)
        body = await show(client, picture(body), body, showing)
        body = await show(client, picture(body, exported_as="C-77"), body, showing)
        assert [info["externalId"] for info in body["syncInfo"]] == ["C-77"]


FIELDS = CustomNames(
    type="order-extras", pickup_code="pickupCode", pickup_until="pickupUntil", documents="documents"
)


async def test_a_pickup_code_and_documents_are_shown(shop: Sandbox) -> None:
    """An order without a custom type gets the one of the settings; one that has a type gets the fields."""
    async with client_of(shop) as client:
        await make_type(client)
        showing = Showing(ProjectionSettings(custom=FIELDS))
        body = await place(client, 1)
        until = datetime(2026, 11, 9, 18, 0, tzinfo=UTC)
        body = await show(client, picture(body, pickup_code="7421", pickup_until=until), body, showing)
        documents = (
            DocumentView(kind="invoice", number="F-1", url="https://docs.example/F-1"),
            DocumentView(kind="credit_note", number="A-1"),
        )
        view = picture(body, pickup_code="7421", pickup_until=until, documents=documents)
        body = await show(client, view, body, showing)
        fields = body["custom"]["fields"]
        assert fields["pickupCode"] == "7421"
        assert sorted(fields["documents"]) == ["credit_note A-1", "invoice F-1 https://docs.example/F-1"]


async def test_without_a_custom_type_it_is_told(shop: Sandbox) -> None:
    """Nobody said which type an order gets."""
    async with client_of(shop) as client:
        body = await place(client, 1)
        showing = Showing(ProjectionSettings(custom=CustomNames(pickup_code="pickupCode")))
        plan = plan_view(picture(body, pickup_code="1"), body, showing)
        assert (plan.actions, [one.code for one in plan.remarks]) == ((), ["no_custom_type"])


async def make_type(client: Client) -> None:
    """The custom type of orders that takes what has no place."""

    def field(name: str, kind: Json) -> Json:
        return {"name": name, "label": {"en": name}, "required": False, "type": kind}

    await client.create(
        "types",
        {
            "key": "order-extras",
            "name": {"en": "Extras"},
            "resourceTypeIds": ["order"],
            "fieldDefinitions": [
                field("pickupCode", {"name": "String"}),
                field("pickupUntil", {"name": "DateTime"}),
                field("documents", {"name": "Set", "elementType": {"name": "String"}}),
            ],
        },
    )


# --- states of lines ---

KEYS = {
    "ordered": "open", "confirmed": "open", "allocated": "open", "preparing": "picking", "ready": "picking",
    "shipped": "sent", "delivered": "sent", "collected": "sent", "cancelled": "gone", "returning": "back",
    "returned": "back",
}  # fmt: skip


async def states_of(client: Client, prefix: str, lead: dict[str, list[str]] | None) -> ItemStates:
    """The project's States, with or without what may follow what."""
    names = ["open", "picking", "sent", "gone", "back"]
    for name in names:
        await client.create(
            "states", {"key": f"{prefix}-{name}", "type": "LineItemState", "initial": name == "open"}
        )
    for name, follow in (lead or {}).items():
        body = await client.get(f"states/key={prefix}-{name}")
        assert body is not None
        transitions = [{"typeId": "state", "key": f"{prefix}-{one}"} for one in follow]
        await client.update(
            "states",
            body["id"],
            body["version"],
            [{"action": "setTransitions", "transitions": transitions}],
        )
    found = await read_item_states(client, {item: f"{prefix}-{key}" for item, key in KEYS.items()})
    assert found is not None
    return found


def counted(body: Json, states: ItemStates) -> dict[str, int]:
    """Pieces of the first line by the name of their State."""
    return {
        states.by_id[one["state"]["id"]].key.partition("-")[2]: one["quantity"]
        for one in body["lineItems"][0]["state"]
        if one["quantity"]
    }


def test_a_state_for_each_or_none() -> None:
    """Settings that name some states of pieces and not others are refused, naming those that lack."""
    with pytest.raises(ConfigError, match=r"lacks confirmed, .*knows no sold"):
        ProjectionSettings.of({"shows": {"states": {"ordered": "a", "sold": "b"}}})
    assert ProjectionSettings.of({"channel": "oms"}).channel == "oms"


async def test_a_state_that_the_project_lacks_is_named(shop: Sandbox) -> None:
    """Nothing is started with settings that mean nothing."""
    async with client_of(shop) as client:
        with pytest.raises(ConfigError, match="no State nowhere"):
            await read_item_states(client, {"ordered": "nowhere"})


async def test_states_of_lines_are_set_where_nothing_leads(shop: Sandbox) -> None:
    """No State says what may follow it: one action sets the pieces of a line."""
    async with client_of(shop) as client:
        states = await states_of(client, "free", None)
        showing = Showing(states=states)
        body = await place(client, 3)
        (line,) = (line["id"] for line in body["lineItems"])
        view = picture(body, items=((line, "shipped", 2), (line, "preparing", 1)))
        assert [one["action"] for one in plan_order(view, body, showing)] == ["importLineItemState"]
        body = await show(client, view, body, showing)
        assert counted(body, states) == {"sent": 2, "picking": 1}


async def test_states_of_lines_are_gone_through_where_they_lead(shop: Sandbox) -> None:
    """From open to sent through picking, as the States allow; where no way leads it is told."""
    async with client_of(shop) as client:
        lead = {"open": ["picking", "gone"], "picking": ["sent"], "sent": ["back"], "gone": [], "back": []}
        states = await states_of(client, "led", lead)
        showing = Showing(states=states)
        body = await place(client, 3)
        (line,) = (line["id"] for line in body["lineItems"])
        begun = picture(body, items=((line, "ordered", 3),))
        body = await show(client, begun, body, showing)
        view = picture(body, items=((line, "shipped", 2), (line, "cancelled", 1)))
        body = await show(client, view, body, showing)
        assert counted(body, states) == {"sent": 2, "gone": 1}
        back = picture(body, items=((line, "preparing", 3),))
        plan = plan_view(back, body, showing)
        assert {remark.code for remark in plan.remarks} == {"no_transition"}
        assert plan.actions == ()


async def test_pieces_announced_together_in_the_shop_are_not_announced_again(shop: Sandbox) -> None:
    """One item of two pieces stands for two of ours; while one has come and one has not, it says the less."""
    async with client_of(shop) as client:
        body = await place(client, 3)
        (line,) = (line["id"] for line in body["lineItems"])
        announced = {
            "action": "addReturnInfo",
            "returnTrackingId": "R-9",
            "items": [{"quantity": 2, "lineItemId": line, "shipmentState": "Advised"}],
        }
        body = await client.update("orders", body["id"], body["version"], [announced])

        def come(*states: Any) -> OrderView:
            views = [
                ReturnView(
                    key=f"R-9/{line}/{number}",
                    return_number="R-9",
                    line=line,
                    quantity=1,
                    shipment=state,
                    payment="NonRefundable" if state == "Advised" else "Initial",
                )
                for number, state in enumerate(states, 1)
            ]
            return picture(body, returns=tuple(views))

        half = come("Returned", "Advised")
        plan = plan_view(half, body, Showing())
        assert (plan.actions, [one.code for one in plan.remarks]) == ((), ["return_differs"])
        body = await show(client, come("Returned", "Returned"), body)
        body = await show(client, come("Returned", "Returned", "Advised"), body)
        items = [item for info in body["returnInfo"] for item in info["items"]]
        assert [(item["quantity"], item["shipmentState"]) for item in items] == [
            (2, "Returned"),
            (1, "Advised"),
        ]


async def test_which_piece_was_graded_first_does_not_matter(shop: Sandbox) -> None:
    """One sellable, one not: told in the other order the items of the shop stay what they are."""
    async with client_of(shop) as client:
        body = await place(client, 2)
        (line,) = (line["id"] for line in body["lineItems"])

        def graded(*states: Any) -> OrderView:
            views = [
                ReturnView(
                    key=f"R-9/{line}/{number}",
                    return_number="R-9",
                    line=line,
                    quantity=1,
                    shipment=state,
                    payment="Initial",
                )
                for number, state in enumerate(states, 1)
            ]
            return picture(body, returns=tuple(views))

        body = await show(client, graded("BackInStock"), body)
        other = graded("Unusable", "BackInStock")
        assert plan_view(other, body, Showing()).remarks == ()
        body = await show(client, other, body)
        items = [item for info in body["returnInfo"] for item in info["items"]]
        assert [item["shipmentState"] for item in items] == ["BackInStock", "Unusable"]

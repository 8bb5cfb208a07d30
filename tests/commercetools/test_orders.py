"""Orders out and back: read whole, written back once, whatever is repeated or races."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.commercetools import OrderCursor, OrderDesk, OrderSource
from passerelle.commercetools.orders.actions import acknowledged, exported, shipped
from passerelle.commercetools.orders.reading import order
from passerelle.errors import ConfigError, Conflict, ReferenceMissing, Refused
from passerelle.records import Money, OrderAck, Parcel, Shipment, ShipmentLine

from .conftest import Connect, FakeTime

Json = dict[str, Any]
ERP = "id-of-erp"
NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def euro(cents: int) -> Json:
    """An amount as it is read."""
    return {"type": "centPrecision", "currencyCode": "EUR", "centAmount": cents, "fractionDigits": 2}


def line(line_id: str, sku: str, quantity: int) -> Json:
    """An order line as it is read."""
    return {
        "id": line_id,
        "name": {"fr-FR": "Chemise en lin", "nl-BE": "Linnen hemd"},
        "variant": {"id": 1, "sku": sku},
        "price": {"id": "p", "value": euro(5990)},
        "quantity": quantity,
        "totalPrice": euro(5990 * quantity),
        "taxRate": {"name": "TVA", "amount": 0.2, "includedInPrice": True, "country": "FR"},
    }


def body(**changes: Any) -> Json:
    """An order as it is read: two lines of one SKU and one of another."""
    return {
        "id": "o-1",
        "version": 4,
        "createdAt": "2026-11-01T10:00:00.123Z",
        "orderNumber": "WEB-1001",
        "orderState": "Open",
        "paymentState": "Paid",
        "totalPrice": euro(24450),
        "country": "FR",
        "locale": "fr-FR",
        "customerEmail": "zoe@example.com",
        "lineItems": [line("l1", "s-1", 2), line("l2", "s-1", 1), line("l3", "s-2", 1)],
        "shippingInfo": {"shippingMethodName": "Domicile", "price": euro(490), "deliveries": []},
        "shippingAddress": {
            "firstName": "Zoé", "lastName": "Quénard", "streetName": "rue du Rouet", "streetNumber": "4",
            "additionalStreetInfo": "Bât. B", "postalCode": "69003", "city": "Lyon", "country": "FR",
        },
        "syncInfo": [],
        **changes,
    }  # fmt: skip


def test_an_order_is_read_whole() -> None:
    """Amounts in cents, the text in the order's language, times in UTC."""
    read = order(body(), ERP)

    assert (read.id, read.version, read.order_number) == ("o-1", 4, "WEB-1001")
    assert read.created_at == datetime(2026, 11, 1, 10, 0, 0, 123_000, tzinfo=UTC)
    assert read.total == Money(24450, "EUR")
    assert [(one.sku, one.quantity, one.total) for one in read.lines] == [
        ("s-1", 2, Money(11980, "EUR")), ("s-1", 1, Money(5990, "EUR")), ("s-2", 1, Money(5990, "EUR")),
    ]  # fmt: skip
    assert read.lines[0].name == "Chemise en lin"
    assert read.lines[0].tax_rate == "0.2"
    assert read.shipping_price == Money(490, "EUR")
    assert read.shipping_address is not None
    assert (read.shipping_address.street, read.shipping_address.additional) == (
        "rue du Rouet",
        "Bât. B",
    )
    assert read.exported_as is None


def test_only_our_channel_says_that_we_exported() -> None:
    """Another system's sync info is not ours."""
    at = "2026-11-02T08:00:00.000Z"
    other = {"channel": {"typeId": "channel", "id": "id-of-crm"}, "externalId": "c", "syncedAt": at}
    ours = {"channel": {"typeId": "channel", "id": ERP}, "syncedAt": at}

    assert order(body(syncInfo=[other]), ERP).exported_as is None
    assert order(body(syncInfo=[other, ours]), ERP).exported_as == ""


def entry(external_id: str, synced_at: str) -> Json:
    """A sync info of our channel."""
    return {
        "channel": {"typeId": "channel", "id": ERP},
        "externalId": external_id,
        "syncedAt": synced_at,
    }


@pytest.mark.parametrize(
    "entries",
    [
        [entry("CMDWEB", "2026-11-02T08:00:00.000Z"), entry("4711", "2026-11-02T09:00:00.000Z")],
        [entry("4711", "2026-11-02T09:00:00.000Z"), entry("CMDWEB", "2026-11-02T08:00:00.000Z")],
        # 7:30 and 8:00 UTC: compared as text, the older one would win.
        [entry("CMDWEB", "2026-11-02T09:30:00.000+02:00"), entry("4711", "2026-11-02T08:00:00.000Z")],
        [entry("CMDWEB", "2026-11-02T08:00:00.000Z"), entry("4711", "2026-11-02T08:00:00.000Z")],
    ],
)
def test_the_newest_word_of_our_channel_holds(entries: list[Json]) -> None:
    """A server may keep what it was told before: the newest entry counts, of one instant the last."""
    ack = OrderAck(order_number="WEB-1001", accepted=True, erp_number="4711")
    confirmed = body(syncInfo=entries, orderState="Confirmed")

    assert order(confirmed, ERP).exported_as == "4711"
    assert acknowledged(confirmed, ERP, ack, NOW) == []


def test_an_order_that_no_erp_could_book_is_refused() -> None:
    """Without number, or with a line without SKU."""
    with pytest.raises(Refused, match="no order number"):
        order(body(orderNumber=None), ERP)
    bare = line("l9", "s", 1)
    del bare["variant"]["sku"]
    with pytest.raises(Refused, match="l9 has no SKU"):
        order(body(lineItems=[bare]), ERP)


# --- decisions ---


def carried_out(order_body: Json, actions: list[Json]) -> Json:
    """The order after the actions, as the API describes them."""
    after = deepcopy(order_body)
    for number, action in enumerate(actions):
        match action["action"]:
            case "updateSyncInfo":
                kept = [s for s in after["syncInfo"] if s["channel"]["id"] != action["channel"]["id"]]
                after["syncInfo"] = [*kept, {k: v for k, v in action.items() if k != "action"}]
            case "changeOrderState":
                after["orderState"] = action["orderState"]
            case "changeShipmentState":
                after["shipmentState"] = action["shipmentState"]
            case "addDelivery":
                delivery = {"id": f"d{number}-{after['version']}", "key": action["deliveryKey"]}
                parcels = [{"id": f"p-{p['key']}", **p} for p in action.get("parcels", [])]
                delivery |= {"items": action["items"], "parcels": parcels}
                after["shippingInfo"]["deliveries"].append(delivery)
            case "addParcelToDelivery":
                (found,) = [d for d in after["shippingInfo"]["deliveries"] if d["id"] == action["deliveryId"]]
                parcel = {"id": f"p-{action['parcelKey']}", "key": action["parcelKey"]}
                found["parcels"].append({**parcel, "trackingData": action.get("trackingData", {})})
            case "setParcelTrackingData":
                parcels = [p for d in after["shippingInfo"]["deliveries"] for p in d["parcels"]]
                (parcel,) = [p for p in parcels if p["id"] == action["parcelId"]]
                parcel["trackingData"] = action["trackingData"]
            case other:
                raise AssertionError(other)
    after["version"] += 1
    return after


def test_an_export_is_marked_once() -> None:
    """The mark names the channel by id; an order that is marked stays as it is."""
    actions = exported(body(), ERP, "CMDWEB_00001", NOW)

    assert actions == [{
        "action": "updateSyncInfo", "channel": {"typeId": "channel", "id": ERP},
        "externalId": "CMDWEB_00001", "syncedAt": "2026-11-02T08:00:00.000Z",
    }]  # fmt: skip
    assert exported(carried_out(body(), actions), ERP, "CMDWEB_00002", NOW) == []


def test_an_acknowledgement_writes_the_erp_number_and_confirms() -> None:
    """Twice the same acknowledgement changes nothing the second time."""
    ack = OrderAck(order_number="WEB-1001", accepted=True, erp_number="4711")
    marked = carried_out(body(), exported(body(), ERP, "CMDWEB_00001", NOW))
    actions = acknowledged(marked, ERP, ack, NOW)

    assert [action["action"] for action in actions] == ["updateSyncInfo", "changeOrderState"]
    assert actions[0]["externalId"] == "4711"
    after = carried_out(marked, actions)
    assert acknowledged(after, ERP, ack, NOW) == []
    assert exported(after, ERP, "CMDWEB_00001", NOW) == []


@pytest.mark.parametrize("state", ["Complete", "Cancelled", "Confirmed"])
def test_a_late_acknowledgement_never_turns_an_order_back(state: str) -> None:
    """Only an open order is confirmed."""
    ack = OrderAck(order_number="WEB-1001", accepted=True, erp_number="4711")
    assert [a["action"] for a in acknowledged(body(orderState=state), ERP, ack, NOW)] == ["updateSyncInfo"]


def test_a_refused_order_stays_open() -> None:
    """That the ERP said no is for people."""
    assert acknowledged(body(), ERP, OrderAck(order_number="WEB-1001", accepted=False), NOW) == []


def shipment(key: str = "BL-77", *, parcels: tuple[Parcel, ...] = (), **goods: int) -> Shipment:
    """A delivery of the ERP: s_1=2 is two pieces of s-1."""
    lines = tuple(ShipmentLine(sku=sku.replace("_", "-"), quantity=n) for sku, n in goods.items())
    return Shipment(key=key, order_number="WEB-1001", lines=lines, parcels=parcels)


def test_a_delivery_fills_the_lines_of_its_sku() -> None:
    """Two order lines of one SKU: the first is filled first, and the order is partly shipped."""
    actions = shipped(body(), shipment(s_1=3))

    assert actions[0]["items"] == [{"id": "l1", "quantity": 2}, {"id": "l2", "quantity": 1}]
    assert actions[0]["deliveryKey"] == "BL-77"
    assert actions[1:] == [{"action": "changeShipmentState", "shipmentState": "Partial"}]


def test_the_last_delivery_ships_the_order() -> None:
    """Shipped when every line is delivered whole."""
    after = carried_out(body(), shipped(body(), shipment(s_1=3)))
    last = shipped(after, shipment("BL-78", s_2=1))

    assert last[-1] == {"action": "changeShipmentState", "shipmentState": "Shipped"}
    assert shipped(carried_out(after, last), shipment("BL-78", s_2=1)) == []
    assert shipped(carried_out(after, last), shipment(s_1=3)) == []


def test_the_carrier_s_word_stands() -> None:
    """Delivered is not turned back to Shipped by a file that comes late."""
    actions = shipped(body(shipmentState="Delivered"), shipment(s_1=1))
    assert [action["action"] for action in actions] == ["addDelivery"]


def test_no_more_is_delivered_than_was_ordered() -> None:
    """The message tells ordered, delivered before and now."""
    after = carried_out(body(), shipped(body(), shipment(s_1=2)))
    with pytest.raises(Refused, match="s-1: 3 ordered, 2 delivered before, 2 now") as caught:
        shipped(after, shipment("BL-78", s_1=2, s_2=1))
    assert caught.value.code == "over_delivery"
    with pytest.raises(Refused, match="s-9: 0 ordered"):
        shipped(body(), shipment(s_9=1))


def test_a_delivery_that_says_something_else_now_is_refused() -> None:
    """The same number with other goods is a fault of the ERP, not a correction to be guessed."""
    after = carried_out(body(), shipped(body(), shipment(s_1=2)))
    with pytest.raises(Refused, match="2 x s-1, the ERP now says 1 x s-1"):
        shipped(after, shipment(s_1=1))


def test_parcels_are_completed_and_never_doubled() -> None:
    """A parcel that comes later is added, a tracking number that comes later is set."""
    first = shipment(s_1=3, parcels=(Parcel(key="1"),))
    after = carried_out(body(), shipped(body(), first))
    tracked = (Parcel(key="1", tracking_id="8Q00", carrier="Colis Vert"), Parcel(key="2", tracking_id="8Q01"))
    later = shipment(s_1=3, parcels=tracked)
    actions = shipped(after, later)

    assert [action["action"] for action in actions] == ["setParcelTrackingData", "addParcelToDelivery"]
    assert actions[0]["trackingData"] == {"trackingId": "8Q00", "carrier": "Colis Vert"}
    assert actions[1]["parcelKey"] == "BL-77_2"
    assert shipped(carried_out(after, actions), later) == []
    assert shipped(carried_out(after, actions), first) == []


def test_an_order_without_shipping_takes_no_delivery() -> None:
    """Deliveries hang on the shipping information."""
    with pytest.raises(Refused, match="no shipping information"):
        shipped(body(shippingInfo=None), shipment(s_1=1))


def test_a_cancelled_order_takes_no_delivery() -> None:
    """Somebody must stop the parcel or reopen the order."""
    with pytest.raises(Refused, match="cancelled"):
        shipped(body(orderState="Cancelled"), shipment(s_1=1))


@given(
    st.lists(
        st.builds(
            lambda key, one, two: shipment(key, **{k: n for k, n in (("s_1", one), ("s_2", two)) if n}),
            st.sampled_from(["BL-1", "BL-2", "BL-3"]),
            st.integers(0, 4),
            st.integers(0, 2),
        ),
        max_size=8,
    )
)
def test_whatever_the_erp_sends_nothing_is_delivered_twice(shipments: list[Shipment]) -> None:
    """After any sequence of deliveries, repeated or not, no line has more than was ordered."""
    now = body()
    for one in shipments:
        try:
            actions = shipped(now, one)
        except Refused:
            continue
        now = carried_out(now, actions) if actions else now
        assert shipped(now, one) == []
    delivered: dict[str, int] = {}
    for delivery in now["shippingInfo"]["deliveries"]:
        for item in delivery["items"]:
            delivered[item["id"]] = delivered.get(item["id"], 0) + item["quantity"]
    ordered = {one["id"]: one["quantity"] for one in now["lineItems"]}
    assert all(quantity <= ordered[line_id] for line_id, quantity in delivered.items())
    keys = [delivery["key"] for delivery in now["shippingInfo"]["deliveries"]]
    assert len(keys) == len(set(keys))
    if delivered:
        assert now["shipmentState"] == ("Shipped" if delivered == ordered else "Partial")


# --- the desk ---


class Shop:
    """One order that others write to at the worst moment."""

    def __init__(self, *, moves: int = 0, loses_answer: bool = False) -> None:
        self.order = body()
        self.moves = moves
        self.loses_answer = loses_answer
        self.writes = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer as the API does for one channel and one order."""
        path = request.url.path.removeprefix("/maison-lin/")
        if path == "channels/key=erp":
            return httpx.Response(200, json={"id": ERP, "key": "erp", "version": 1, "roles": ["OrderExport"]})
        if request.method == "GET":
            found = path == "orders/order-number=WEB-1001"
            return httpx.Response(200, json=self.order) if found else httpx.Response(404, json={})
        update = orjson.loads(request.content)
        if self.moves:
            self.moves -= 1
            self.order["version"] += 1
        if update["version"] != self.order["version"]:
            error = {"code": "ConcurrentModification", "message": "stale", "currentVersion": 0}
            return httpx.Response(409, json={"statusCode": 409, "message": "stale", "errors": [error]})
        self.writes += 1
        self.order = carried_out(self.order, update["actions"])
        if self.loses_answer:
            self.loses_answer = False
            raise httpx.ReadError("reset")
        return httpx.Response(200, json=self.order)


async def desk_at(connected: Any, **options: Any) -> OrderDesk:
    """A desk that knows its channel."""
    desk = OrderDesk(connected, clock=lambda: NOW, **options)
    await desk.prepare()
    return desk


async def test_an_order_that_moves_is_read_and_decided_again(connect: Connect) -> None:
    """A 409 is no reason to give up, nor to write blindly."""
    shop = Shop(moves=2)
    async with connect(shop) as client:
        written = await (await desk_at(client)).ship(shipment(s_1=1))

    assert shop.writes == 1
    assert written.version == shop.order["version"]


async def test_an_order_that_keeps_moving_is_given_up(connect: Connect, fake_time: FakeTime) -> None:
    """Tries are bounded."""
    async with connect(Shop(moves=99)) as client:
        desk = await desk_at(client, tries=3)
        with pytest.raises(Conflict):
            await desk.ship(shipment(s_1=1))
    assert len(fake_time.slept) == 2


async def test_a_lost_answer_adds_no_second_delivery(connect: Connect) -> None:
    """The delivery was added, the answer was lost: reading shows it, nothing is sent again."""
    shop = Shop(loses_answer=True)
    async with connect(shop) as client:
        written = await (await desk_at(client)).ship(shipment(s_1=1))

    assert written.actions == ()
    assert shop.writes == 1
    assert len(shop.order["shippingInfo"]["deliveries"]) == 1


async def test_the_desk_does_all_three(connect: Connect) -> None:
    """Exported, acknowledged, shipped; a second time nothing is written."""
    shop = Shop()
    ack = OrderAck(order_number="WEB-1001", accepted=True, erp_number="4711")
    async with connect(shop) as client:
        desk = await desk_at(client)
        for _ in range(2):
            await desk.mark_exported("WEB-1001", "CMDWEB_00001")
            await desk.acknowledge(ack)
            await desk.ship(shipment(s_1=3, s_2=1))

    assert shop.writes == 3
    assert shop.order["orderState"] == "Confirmed"
    assert shop.order["shipmentState"] == "Shipped"


async def test_an_unknown_order_is_named(connect: Connect) -> None:
    """The ERP may know orders that this shop does not."""
    async with connect(Shop()) as client:
        desk = await desk_at(client)
        with pytest.raises(ReferenceMissing, match="WEB-9"):
            await desk.ship(Shipment(key="B", order_number="WEB-9", lines=()))


async def test_a_channel_without_the_role_is_a_wrong_setting(connect: Connect) -> None:
    """Every updateSyncInfo would be InvalidInput."""
    channel = httpx.Response(200, json={"id": "x", "key": "erp", "version": 1, "roles": ["InventorySupply"]})
    async with connect(lambda _: channel) as client:
        with pytest.raises(ConfigError, match="has only InventorySupply"):
            await OrderDesk(client).prepare()


# --- the source ---


def test_a_cursor_reads_back() -> None:
    """What the ledger keeps as text is the same cursor again."""
    cursor = OrderCursor(datetime(2026, 11, 1, 10, 0, 0, 123_000, tzinfo=UTC), "0b1e-2")
    assert str(cursor) == "2026-11-01T10:00:00.123Z 0b1e-2"
    assert OrderCursor.parse(str(cursor)) == cursor


async def test_orders_are_walked_by_time_and_id(connect: Connect) -> None:
    """The predicate keeps orders of one instant apart, and leaves the youngest for the next look."""
    asked: list[httpx.QueryParams] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params)
        page = [body(), body(id="o-2", orderNumber=None)] if len(asked) == 1 else [body(id="o-3")]
        return httpx.Response(200, json={"results": page})

    async with connect(handler, page_size=2) as client:
        source = OrderSource(client, clock=lambda: NOW)
        pages = [page async for page in source.since(None)]

    assert [[o.id for o in page.orders] for page in pages] == [["o-1"], ["o-3"]]
    assert [refusal.code for refusal in pages[0].refused] == ["no_order_number"]
    assert pages[0].cursor.id == "o-2"
    assert asked[0]["where"] == 'createdAt <= "2026-11-02T07:59:00.000Z"'
    at = '"2026-11-01T10:00:00.123Z"'
    assert asked[1]["where"].endswith(f'and (createdAt > {at} or (createdAt = {at} and id > "o-2"))')
    assert asked[0].get_list("sort") == ["createdAt asc", "id asc"]

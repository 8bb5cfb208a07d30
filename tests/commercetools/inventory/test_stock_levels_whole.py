"""Stock levels against the sandbox: what was wanted is there, nothing is left, nothing more was done."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from msgspec import UNSET
from msgspec.structs import asdict, replace

from passerelle.commercetools import StockSettings, StockSink
from passerelle.errors import ConfigError, ReferenceMissing, Refused
from passerelle.records import StockLevel
from tests.commercetools.shopfloor import Floor, carry, planned
from tests.contract.official import OfficialContract

from .stockroom import DEPOT, levels, open_room, sink_of

LEVEL = StockLevel(sku="A-1", quantity=5, supply_channel=DEPOT)


@settings(max_examples=60)
@given(levels(), levels())
def test_any_level_becomes_any_other(
    official: OfficialContract, before: StockLevel, wanted: StockLevel
) -> None:
    """After the plan every field that the record names is as wanted, the others as before.

    A second plan is empty, and no action was sent that one less would have spared.
    """
    asyncio.run(_becomes(official, before, wanted))


async def _becomes(official: OfficialContract, before: StockLevel, wanted: StockLevel) -> None:
    floor = Floor()
    async with floor.client() as client:
        await open_room(client)
        sink = await sink_of(client)
        await carry(sink, before)
        was = sink.record_of((await sink.read_live([before]))[sink.key(before)])
        changes = await carry(sink, wanted)
        live = (await sink.read_live([wanted]))[sink.key(wanted)]
        assert sink.plan(wanted, live) is None
        now = sink.record_of(live)
    for name, value in asdict(wanted).items():
        if value is not UNSET and name not in {"custom", "relative"}:
            assert getattr(now, name) == value, name
    held = {} if isinstance(now.custom, type(UNSET)) else now.custom
    if isinstance(wanted.custom, dict):
        for name, value in wanted.custom.items():
            assert held.get(name) == value
    assert sum(len(change.actions) for change in changes) == _fewest(was, now)
    floor.judge(official)


_OWN_ACTION = [
    "quantity",
    "expected_delivery",
    "restockable_in_days",
    "reorder_point",
    "safety_stock",
    "reservation_expiration_in_minutes",
]


def _fewest(was: StockLevel, now: StockLevel) -> int:
    """One action for each field that differs; limits share one, and so does a type with its fields."""
    fewest = int(was.custom_type != now.custom_type)
    for name in _OWN_ACTION:
        fewest += getattr(was, name) != getattr(now, name)
    limits = ("min_cart_quantity", "max_cart_quantity")
    fewest += any(getattr(was, name) != getattr(now, name) for name in limits)
    if was.custom_type == now.custom_type and isinstance(was.custom, dict) and isinstance(now.custom, dict):
        fields = {*was.custom, *now.custom}
        fewest += sum(was.custom.get(name) != now.custom.get(name) for name in fields)
    return fewest


@settings(max_examples=40)
@given(levels(whole=True))
def test_an_entry_reads_back_as_the_record_that_made_it(record: StockLevel) -> None:
    """`record_of` is the inverse of the draft."""

    async def read_back() -> StockLevel:
        floor = Floor()
        async with floor.client() as client:
            await open_room(client)
            sink = await sink_of(client)
            await carry(sink, record)
            return sink.record_of((await sink.read_live([record]))[sink.key(record)])

    assert asyncio.run(read_back()) == record


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (replace(LEVEL, min_cart_quantity=0), "out_of_range"),
        (replace(LEVEL, reservation_expiration_in_minutes=44_641), "out_of_range"),
        (replace(LEVEL, restockable_in_days=-1), "out_of_range"),
        (replace(LEVEL, min_cart_quantity=5, max_cart_quantity=4), "limits_crossed"),
        (replace(LEVEL, supply_channel="web"), "role_missing"),
        (replace(LEVEL, custom={"row": "A"}), "custom_type_missing"),
        (replace(LEVEL, custom_type="shelf", custom={"colour": "A"}), "unknown_field"),
    ],
)
async def test_what_cannot_be_is_refused_before_it_is_sent(
    floor: Floor, wanted: StockLevel, code: str
) -> None:
    """A number out of its bounds, limits that cross, a channel that supplies nothing, an unknown field."""
    async with floor.client() as client:
        await open_room(client)
        sink = await sink_of(client)
        with pytest.raises(Refused) as caught:
            await planned(sink, wanted)
    assert caught.value.code == code
    assert caught.value.advice


async def test_a_limit_may_not_cross_the_one_that_the_shop_has(floor: Floor) -> None:
    """One action sets both limits: the one that the record does not name stays, and counts."""
    async with floor.client() as client:
        await open_room(client)
        sink = await sink_of(client)
        await carry(sink, replace(LEVEL, max_cart_quantity=4))
        (change,) = await carry(sink, replace(LEVEL, min_cart_quantity=2))
        with pytest.raises(Refused, match="at least 5 and at most 4"):
            await planned(sink, replace(LEVEL, min_cart_quantity=5))
    assert change.actions == ({"action": "setInventoryLimits", "minCartQuantity": 2, "maxCartQuantity": 4},)


async def test_a_place_without_a_channel_waits(floor: Floor) -> None:
    """The record is parked under the name of the depot."""
    async with floor.client() as client:
        await open_room(client)
        sink = await sink_of(client)
        with pytest.raises(ReferenceMissing) as caught:
            await planned(sink, replace(LEVEL, supply_channel="depot-999"))
    assert caught.value.reference == "depot-999"


# The pool -------------------------------------------------------------------------------------------

POOLED = StockLevel(sku="A-1", quantity=5)


@pytest.mark.parametrize(("pool", "channel"), [("allow", None), (None, None), ("pool", "pool")])
async def test_stock_without_a_place_goes_where_the_feed_says(
    floor: Floor, pool: str | None, channel: str | None
) -> None:
    """An entry without a channel, or one in the channel that is named."""
    async with floor.client() as client:
        await open_room(client)
        sink = await sink_of(client, **({} if pool is None else {"pool": pool}))
        await carry(sink, POOLED)
        live = (await sink.read_live([POOLED]))[sink.key(POOLED)]
        assert sink.record_of(live).supply_channel == channel
        assert await planned(sink, POOLED) == [None]


async def test_stock_without_a_place_can_be_refused(floor: Floor) -> None:
    """`pool: refuse`: such a record was forgotten by somebody."""
    async with floor.client() as client:
        await open_room(client)
        sink = await sink_of(client, pool="refuse")
        with pytest.raises(Refused) as caught:
            await planned(sink, POOLED)
    assert caught.value.code == "pool_refused"


async def test_one_pool_needs_no_channel_in_the_project(floor: Floor) -> None:
    """`pool: allow` says that it is meant; left out, a project without depots was not set up."""
    async with floor.client() as client:
        with pytest.raises(ConfigError, match="pool: allow"):
            await sink_of(client)
        assert len(await carry(await sink_of(client, pool="allow"), POOLED)) == 1


@pytest.mark.parametrize("target", [{"quantity_mean": "physical"}, {"quantity_means": "all"}])
def test_a_target_section_is_read_strictly(target: dict[str, Any]) -> None:
    """An option that is not known, or a value that it has not, stops the run before it starts."""
    with pytest.raises(ConfigError, match="quantity_means"):
        StockSettings.of(target)


# What numbers mean ----------------------------------------------------------------------------------


async def test_an_available_quantity_leaves_room_for_what_is_reserved(floor: Floor) -> None:
    """3 of 10 are reserved: 8 available pieces are 11 on the shelf; then nothing is left to do."""
    async with floor.client() as client:
        await open_room(client)
        sink = await sink_of(client, quantity_means="available")
        await carry(sink, replace(LEVEL, quantity=10))
        live = (await sink.read_live([LEVEL]))[sink.key(LEVEL)]
    body = {**live.body, "availableQuantity": 7}
    held = type(live)(live.id, live.version, body)
    change = sink.plan(replace(LEVEL, quantity=8), held)
    assert change is not None
    assert change.actions == ({"action": "changeQuantity", "quantity": 11},)
    assert [(f.field, f.old, f.new) for f in change.fields] == [("quantity", 7, 8)]
    assert sink.plan(replace(LEVEL, quantity=7), held) is None
    assert sink.record_of(held).quantity == 7
    zeroed = sink.plan_removal("k", held, "zero")
    assert zeroed is not None
    assert zeroed.actions == ({"action": "changeQuantity", "quantity": 3},)


# Taken away -----------------------------------------------------------------------------------------


async def test_what_the_source_no_longer_has_is_zeroed_or_deleted(floor: Floor) -> None:
    """Zero is set once; a deleted entry is gone, and a level that is back creates it again."""
    async with floor.client() as client:
        await open_room(client)
        sink = await sink_of(client)
        await carry(sink, LEVEL)
        live = (await sink.read_live([LEVEL]))[sink.key(LEVEL)]
        zero = sink.plan_removal("k", live, "zero")
        assert zero is not None
        await sink.apply(zero)
        (live,) = (await sink.read_ids([live.id])).values()
        assert live.body["quantityOnStock"] == 0
        assert sink.plan_removal("k", live, "zero") is None
        assert sink.plan_removal("k", live, "keep") is None
        gone = sink.plan_removal("k", live, "delete")
        assert gone is not None
        await sink.apply(gone)
        assert await sink.read_ids([live.id]) == {}
        (back,) = await carry(sink, sink.returned(LEVEL, "delete"))
        assert back.kind == "create"
        with pytest.raises(ConfigError, match="unpublish"):
            sink.plan_removal("k", live, "unpublish")


def test_what_orders_take_settles_after_a_while() -> None:
    """Verification asks the sink how long quantities may lag."""
    assert StockSink.settles_in == 10.0

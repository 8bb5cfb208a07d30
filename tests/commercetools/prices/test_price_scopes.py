"""Scopes: prices that move, replace each other, stand in each other's way, or belong to somebody else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from passerelle.commercetools import Client, PriceSettings, PriceSink
from passerelle.errors import PasserelleError, Refused
from passerelle.records import Money, Price
from passerelle.sync.protocols import Change
from tests.commercetools.shopfloor import Floor, carry, carry_on, planned

from .pricelist import at, open_list, value

PRICE = Price(sku="A-1", key="P-1", value=value(1000), country="FR")


def sale(name: str, first: int | None, last: int | None, cents: int = 900) -> Price:
    """A price of some days in January."""
    return Price(
        sku="A-1",
        key=name,
        value=value(cents),
        country="FR",
        valid_from=None if first is None else at(first),
        valid_until=None if last is None else at(last),
    )


async def live_keys(client: Client) -> list[str | None]:
    """The keys of all prices in the shop."""
    return sorted([price.get("key", "") async for price in client.query("standalone-prices")])


# A scope that changes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"country": "BE"},
        {"country": None},
        {"value": Money(1000, "USD")},
        {"customer_group": "b2b"},
        {"channel": "web"},
        {"sku": "A-2"},
    ],
)
async def test_a_price_of_another_scope_takes_the_place_of_the_old_one(
    floor: Floor, change: dict[str, object]
) -> None:
    """No action changes a scope. The new price is there before the old one goes, then it gets the key."""
    async with floor.client() as client:
        await open_list(client)
        sink = PriceSink(client)
        first = replace(PRICE, custom_type="terms", custom={"list": "A"})
        await carry(sink, first)
        (old,) = (await sink.read_live([PRICE])).values()
        wanted = replace(PRICE, **change)
        before = len(floor.writes())
        (done,) = await carry(sink, wanted)
        assert done.kind == "replace"
        writes = [write.split("/")[0] for write in floor.writes()[before:]]
        assert writes == ["POST standalone-prices", "DELETE standalone-prices", "POST standalone-prices"]
        assert await planned(sink, wanted) == [None]
        (new,) = (await sink.read_live([wanted])).values()
        assert await live_keys(client) == ["P-1"]
        assert new.id != old.id
        # What the record says nothing of goes along.
        assert sink.record_of(new).custom == {"list": "A"}


async def test_a_moved_validity_is_an_update_not_a_replacement(floor: Floor) -> None:
    """Begin and end move in one action: there is one for them, and the price keeps its id."""
    async with floor.client() as client:
        sink = PriceSink(client)
        await carry(sink, sale("S-1", 1, 9))
        (change,) = await carry(sink, sale("S-1", 3, 12))
        assert change.kind == "update"
        assert [action["action"] for action in change.actions] == ["setValidFromAndUntil"]
        assert await live_keys(client) == ["S-1"]


@settings(max_examples=30)
@given(st.lists(st.booleans(), max_size=8), st.integers(0, 8))
def test_a_replacement_ends_well_wherever_it_is_cut(lost: list[bool], cut: int) -> None:
    """Answers are lost, or the run is killed after some writes: run again, one price is there, as wanted.

    At no moment is there none.
    """
    asyncio.run(_ends_well(lost, cut))


class _Killed(Exception):
    """The run is over, from one moment to the other."""


async def _ends_well(lost: Sequence[bool], cut: int) -> None:
    floor = Floor()
    wanted = replace(PRICE, country="BE", value=value(500))
    async with floor.client() as client:
        sink = PriceSink(client)
        await carry(sink, PRICE)
        taken, writes = iter(lost), 0

        def accident(request: httpx.Request) -> bool:
            nonlocal writes
            if request.method == "GET":
                return False
            writes += 1
            if writes > cut:
                raise _Killed
            return next(taken, False)

        floor.loses = accident
        with suppress(_Killed):
            await carry_on(sink, [wanted], await planned(sink, wanted))
        floor.loses = lambda _request: False
        assert await live_keys(client) != []
        again = PriceSink(client)
        await carry_on(again, [wanted], await planned(again, wanted))
        assert await planned(again, wanted) == [None]
        assert await live_keys(client) == ["P-1"]


# In each other's way ---------------------------------------------------------------------------------


def refused(sink: PriceSink, record: Price) -> Refused:
    """The refusal of a price that is not there."""
    with pytest.raises(Refused) as caught:
        sink.plan(record, None)
    return caught.value


async def test_two_prices_of_the_feed_that_hold_at_one_time_are_both_refused(floor: Floor) -> None:
    """Before anything is sent, each naming the other; the third of the batch is planned."""
    one, two, three = sale("S-1", 1, 9), sale("S-2", 8, 12), sale("S-3", 12, 20)
    async with floor.client() as client:
        sink = PriceSink(client)
        await sink.read_live([one, two, three])
        first, second = refused(sink, one), refused(sink, two)
        assert sink.plan(three, None) is not None
    assert (first.code, second.code) == ("overlapping_prices", "overlapping_prices")
    assert "S-2" in str(first)
    assert "S-1" in str(second)
    assert "ends when" in first.advice or "end when" in first.advice


async def test_a_price_of_the_shop_that_holds_at_that_time_is_named(floor: Floor) -> None:
    """Somebody else made it; a person decides which of the two it is to be."""
    async with floor.client() as client:
        sink = PriceSink(client)
        await carry(sink, sale("theirs", 1, 9))
        await sink.read_live([sale("S-1", 5, 12)])
        refusal = refused(sink, sale("S-1", 5, 12))
        assert "theirs" in str(refusal)
        assert "S-1" in str(refusal)
        sends = PriceSink(client, settings=PriceSettings(overlaps="send"))
        assert (await planned(sends, sale("S-1", 5, 12)))[0] is not None


async def test_a_price_without_dates_is_in_nobodys_way(floor: Floor) -> None:
    """It holds when none of the dated ones does; other countries are other scopes."""
    records = [PRICE, sale("S-1", 1, 9), replace(sale("S-2", 1, 9), country="BE"), sale("S-3", 9, None)]
    async with floor.client() as client:
        sink = PriceSink(client)
        assert [change.kind for change in await carry(sink, *records)] == ["create"] * 4
        assert await planned(sink, *records) == [None] * 4


async def test_two_records_of_one_price_that_differ_are_refused(floor: Floor) -> None:
    """They would overwrite each other in every run; two that are alike do no harm."""
    async with floor.client() as client:
        sink = PriceSink(client)
        await sink.read_live([PRICE, replace(PRICE, value=value(1))])
        assert refused(sink, PRICE).code == "same_price"
        await sink.read_live([PRICE, replace(PRICE)])
        assert sink.plan(PRICE, None) is not None


async def test_a_price_moves_out_of_the_way_before_another_takes_its_days(floor: Floor) -> None:
    """The first sale is shortened for the second one: planned together, sent in the wrong order."""
    async with floor.client() as client:
        sink = PriceSink(client)
        await carry(sink, sale("S-1", 1, 20))
        second, first = sale("S-2", 10, 20), sale("S-1", 1, 10)
        before = len(floor.writes())
        new, moved = await carry(sink, second, first)
        assert (new.kind, moved.kind) == ("create", "update")
        # The first sale is still there when the second one's turn comes: it goes first.
        create, update = "POST standalone-prices", f"POST standalone-prices/{moved.target_id}"
        assert floor.writes()[before:] == [update, create]
        assert await planned(sink, second, first) == [None, None]


windows = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(
    lambda ends: (None if ends[0] == 0 else ends[0], None if ends[1] == 0 else 7 + ends[1])
)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), max_size=5), st.data())
def test_what_is_not_refused_is_taken_by_the_shop(spans: list[tuple[int, int]], data: st.DataObject) -> None:
    """The sink refuses beforehand exactly what the shop would refuse.

    Of prices of one scope those that overlap no other are all created; of each that is refused the shop
    refuses it or the one that it was refused for.
    """
    whole = [(min(span), max(span) + 1) for span in spans]
    ends = data.draw(st.lists(st.sampled_from(["both", "start", "end", "none"]), min_size=5, max_size=5))
    records = [
        sale(f"S-{n}", None if cut in {"start", "none"} else a, None if cut in {"end", "none"} else b)
        for n, ((a, b), cut) in enumerate(zip(whole, ends, strict=False))
    ]
    asyncio.run(_agree(records))


async def _agree(records: list[Price]) -> None:
    floor = Floor()
    async with floor.client() as client:
        sink = PriceSink(client)
        await sink.read_live(records)
        changes: list[Change] = []
        stopped = []
        for record in records:
            try:
                change = sink.plan(record, None)
            except Refused:
                stopped.append(record)
            else:
                assert change is not None
                changes.append(change)
        for change in changes:
            await sink.apply(change)
        # One by one, in a shop of their own, without looking beforehand: some of them are refused.
        blind = PriceSink(client, settings=PriceSettings(overlaps="send"))
        failed = 0
        for record in stopped:
            (change,) = await planned(blind, replace(record))
            assert change is not None
            try:
                await blind.apply(change)
            except PasserelleError:
                failed += 1
        assert bool(stopped) == bool(failed)


# Somebody else's ------------------------------------------------------------------------------------


async def test_a_price_that_somebody_made_is_taken_over_and_gets_the_key(floor: Floor) -> None:
    """It is the only one that this scope can have; from then on it is found by key."""
    async with floor.client() as client:
        draft = {"sku": "A-1", "country": "FR", "value": {"currencyCode": "EUR", "centAmount": 1000}}
        theirs = await client.create("standalone-prices", draft)
        sink = PriceSink(client)
        (change,) = await carry(sink, PRICE)
        assert (change.target_id, change.actions) == (theirs["id"], ({"action": "setKey", "key": "P-1"},))
        assert await planned(sink, PRICE) == [None]


async def test_a_price_with_a_key_of_somebody_else_keeps_it(floor: Floor) -> None:
    """Whoever gave it finds it by it; ours is found by its scope."""
    async with floor.client() as client:
        sink = PriceSink(client)
        await carry(sink, replace(PRICE, key="theirs"))
        (change,) = await carry(sink, replace(PRICE, key=UNSET, value=value(5)))
        assert [action["action"] for action in change.actions] == ["changeValue"]
        assert await live_keys(client) == ["theirs"]


async def test_a_price_that_the_source_names_is_not_one_of_another_name(floor: Floor) -> None:
    """Two names are two prices: the second one is refused, the first one is not touched."""
    async with floor.client() as client:
        sink = PriceSink(client)
        await carry(sink, replace(PRICE, key="theirs"))
        await sink.read_live([PRICE])
        assert "theirs" in str(refused(sink, PRICE))


async def test_a_price_named_after_its_scope_gets_the_name_of_the_source(floor: Floor) -> None:
    """A feed that begins to map `key` finds the prices that it made before."""
    async with floor.client() as client:
        sink = PriceSink(client)
        await carry(sink, replace(PRICE, key=UNSET))
        (change,) = await carry(sink, PRICE)
        assert change.actions == ({"action": "setKey", "key": "P-1"},)


async def test_an_undated_price_does_not_take_over_a_dated_one(floor: Floor) -> None:
    """The sale of somebody else ends; the price of every day is another one."""
    async with floor.client() as client:
        draft = {"sku": "A-1", "country": "FR", "value": {"currencyCode": "EUR", "centAmount": 1}}
        await client.create("standalone-prices", {**draft, "validUntil": "2027-01-09T00:00:00.000Z"})
        (change,) = await carry(PriceSink(client), PRICE)
        assert change.kind == "create"


async def test_discounts_are_left_to_the_platform(floor: Floor) -> None:
    """No action and no draft names them."""
    async with floor.client() as client:
        sink = PriceSink(client)
        await carry(sink, PRICE)
        (live,) = (await sink.read_live([PRICE])).values()
        money = {"type": "centPrecision", "currencyCode": "EUR", "centAmount": 1, "fractionDigits": 2}
        reduced = {"value": money, "discount": {"typeId": "product-discount", "id": "d"}}
        held = type(live)(live.id, live.version, {**live.body, "discounted": reduced})
        assert sink.plan(PRICE, held) is None
        assert sink.record_of(held) == replace(
            PRICE, tiers=(), active=True, staged_value=None, custom_type=None, custom=UNSET
        )


# Embedded products ----------------------------------------------------------------------------------


async def _product(client: Client, sku: str, mode: str) -> None:
    kind = {"typeId": "product-type", "key": "plain"}
    if await client.get("product-types/key=plain") is None:
        await client.create("product-types", {"key": "plain", "name": "Plain", "description": "Plain"})
    await client.create(
        "products",
        {
            "key": f"style-{sku}",
            "productType": kind,
            "name": {"en": sku},
            "slug": {"en": f"style-{sku}"},
            "priceMode": mode,
            "masterVariant": {"sku": sku},
            "variants": [{"sku": f"{sku}-M"}],
        },
    )


async def test_a_product_that_takes_embedded_prices_is_told(floor: Floor) -> None:
    """It would show none of these: refused, with the product's key; others, and unknown SKUs, are not."""
    async with floor.client() as client:
        await _product(client, "A-1", "Embedded")
        await _product(client, "A-2", "Standalone")
        sink = PriceSink(client)
        records = [replace(PRICE, key=UNSET, sku=sku) for sku in ("A-1-M", "A-2-M", "A-9")]
        await sink.read_live(records)
        refusal = refused(sink, records[0])
        assert (refusal.code, "style-A-1" in str(refusal)) == ("price_mode", True)
        assert all(sink.plan(record, None) is not None for record in records[1:])
        before = len(floor.recorder.calls())
        await sink.read_live(records)
        asked = [call.path.split("?")[0] for call in floor.recorder.calls()[before:]]
        assert asked == [f"/{floor.project}/standalone-prices"]


async def test_a_project_without_such_products_is_asked_once(floor: Floor) -> None:
    """One question for the whole run."""
    async with floor.client() as client:
        await _product(client, "A-2", "Standalone")
        sink = PriceSink(client)
        for sku in ("A-1", "A-2", "A-3"):
            await sink.read_live([replace(PRICE, key=UNSET, sku=sku)])
        asked = [call.path for call in floor.recorder.calls() if call.method in {"HEAD", "GET"}]
        assert sum("/products" in path or "/product-projections" in path for path in asked) == 1


# Tax ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rates", "country", "code"),
    [
        ([("FR", True)], "FR", None),
        ([("FR", True), ("US", False)], "FR", None),
        ([("FR", False)], "FR", "tax_basis_differs"),
        ([("FR", True), ("FR", False)], "FR", "tax_basis_unclear"),
        ([("FR", True), ("US", False)], None, "tax_basis_unclear"),
        ([("BE", True)], "FR", "tax_basis_unknown"),
        ([], "FR", "tax_basis_unknown"),
    ],
)
async def test_what_a_price_says_of_the_tax_is_compared_with_the_rates(
    floor: Floor, rates: list[tuple[str, bool]], country: str | None, code: str | None
) -> None:
    """A price that contains the tax is carried where the rates say so too; else it is told which it is."""
    async with floor.client() as client:
        await client.create(
            "tax-categories",
            {
                "key": "normal",
                "name": "Normal",
                "rates": [
                    {"name": f"r{n}", "amount": 0.1 + n / 100, "country": c, "includedInPrice": included}
                    for n, (c, included) in enumerate(rates)
                ],
            },
        )
        sink = PriceSink(client)
        record = replace(PRICE, country=country, tax_included=True)
        await sink.read_live([record])
        if code is None:
            assert sink.plan(record, None) is not None
        else:
            assert refused(sink, record).code == code

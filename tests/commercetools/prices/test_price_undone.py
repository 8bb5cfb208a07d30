"""A price that a run changed is as it was before, its scope included."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from msgspec.structs import replace

from passerelle.commercetools import PriceSink
from passerelle.records import Price
from passerelle.sync.restoring import as_before
from tests.commercetools.prices.pricelist import open_list, prices
from tests.commercetools.prices.test_prices_whole import same_tiers
from tests.commercetools.shopfloor import Floor, carry


@settings(max_examples=40)
@given(prices(whole=True), prices())
def test_any_change_of_any_price_is_taken_back(before: Price, wrote: Price) -> None:
    """Value, tiers, staged value, validity, custom fields: the shop holds again what it held."""

    async def there_and_back() -> tuple[Price, Price]:
        floor = Floor()
        async with floor.client() as client:
            await open_list(client)
            sink = PriceSink(client)
            await carry(sink, before)
            was = sink.record_of((await sink.read_live([before]))["P-1"])
            await carry(sink, wrote)
            given_back = as_before(was, sink.record_of((await sink.read_live([wrote]))["P-1"]))
            assert given_back.left == ()
            if given_back.record is not None:
                await carry(sink, given_back.record)
            return was, sink.record_of((await sink.read_live([was]))["P-1"])

    was, now = asyncio.run(there_and_back())
    assert same_tiers(was.tiers, now.tiers)
    assert replace(now, tiers=was.tiers) == was

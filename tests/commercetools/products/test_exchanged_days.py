"""Embedded prices that take each other's days: a product says all of its own, so one plan knows them all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from zlib import crc32

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from passerelle.commercetools import ProductSink
from passerelle.records import EmbeddedPrice, Money, Product, Variant
from passerelle.sync.protocols import Change
from tests.commercetools.prices.pricelist import at
from tests.commercetools.prices.test_turns import Span, spans
from tests.commercetools.shopfloor import Floor, planned

Days = list[Span]


def price(number: int, days: Span, *, named: bool) -> EmbeddedPrice:
    """A price of some days in January; a named one is found again by its key, another by its days."""
    first, last = (None if day is None else at(day) for day in days)
    key = f"P-{number}" if named else UNSET
    amount = Money(100 + number, "EUR")
    return EmbeddedPrice(value=amount, key=key, country="FR", valid_from=first, valid_until=last)


def product(number: int, variants: Sequence[Days], *, named: bool) -> Product:
    """A product whose variants have prices of such days."""
    return Product(
        key=f"style-{number}",
        name={"en": "Shirt"},
        slug={"en": f"shirt-{number}"},
        product_type="plain",
        variants=tuple(
            Variant(
                sku=f"{number}-{n}",
                prices=tuple(price(place, one, named=named) for place, one in enumerate(days)),
            )
            for n, days in enumerate(variants)
        ),
    )


@st.composite
def exchanged(draw: st.DrawFn) -> tuple[Days, Days]:
    """Days of the prices of a variant, and later: the same ones exchanged, or others."""
    before = draw(spans())
    after = draw(st.permutations(before if draw(st.booleans()) else draw(spans())))
    return before, list(after)


catalogues = st.lists(st.lists(exchanged(), min_size=1, max_size=3), min_size=2, max_size=4)


@settings(max_examples=25)
@given(catalogues, st.sampled_from(["named", "found by scope"]), st.integers(1, 3), st.integers(0, 99))
def test_any_exchange_is_taken_whatever_is_read_and_sent_beside_it(
    products: list[list[tuple[Days, Days]]], kind: str, together: int, seed: int
) -> None:
    """Read a few at a time, sent all at once: no call is refused, a product takes one, nothing is left."""
    named = kind == "named"
    before = [product(n, [was for was, _ in variants], named=named) for n, variants in enumerate(products)]
    after = [product(n, [to for _, to in variants], named=named) for n, variants in enumerate(products)]
    asyncio.run(_exchange(before, after, together, seed))


def test_more_actions_than_a_request_takes_leave_no_two_in_each_others_way() -> None:
    """Five hundred a request: whichever is the last of one, the next begins where it ended."""
    rows: list[Days] = [[(1, 5), (5, 9), (9, 12), (12, 15), (15, 18), (18, 20)] for _ in range(90)]
    turned = [[*days[1:], days[0]] for days in rows]
    before, after = (product(1, variants, named=True) for variants in (rows, turned))
    asyncio.run(_exchange([before], [after], 1, 0, requests=2))


async def _exchange(
    before: list[Product], after: list[Product], together: int, seed: int, *, requests: int = 1
) -> None:
    asked = 0

    async def delay(_request: httpx.Request) -> None:
        nonlocal asked
        asked += 1
        for _ in range(crc32(f"{seed}/{asked}".encode()) % 8):
            await asyncio.sleep(0)

    floor = Floor(delays=delay)
    async with floor.client() as client:
        await client.create("product-types", {"key": "plain", "name": "Plain", "description": "Plain"})
        for records, calls in ((before, 1), (after, requests)):
            sink = ProductSink(client)
            await sink.prepare()
            changes: list[Change] = []
            for start in range(0, len(records), together):
                found = await planned(sink, *records[start : start + together])
                changes += [change for change in found if change is not None]
            writes = len(floor.writes())
            await asyncio.gather(*(sink.apply(change) for change in changes))
            assert len(floor.writes()) - writes == calls * len(changes)
        sink = ProductSink(client)
        await sink.prepare()
        assert await planned(sink, *after) == [None] * len(after)
    assert [call.path for call in floor.recorder.calls() if (call.status or 0) >= 400] == []

"""How pages of live products are read: small objects for what stands in them thousands of times."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.commercetools import Client, RetryPolicy
from passerelle.commercetools.products.projection import ProjectionReader, compact, values_of
from passerelle.errors import Retriable

from ..conftest import granted, settings

names = st.sampled_from(["colour", "size", "weight", "libellé", "made-in"])
values = st.one_of(
    st.text(max_size=6),
    st.integers(-(2**53), 2**53),
    st.booleans(),
    st.lists(st.text(max_size=3), max_size=3),
    st.fixed_dictionaries({"key": st.text(max_size=3), "label": st.dictionaries(st.text(), st.text())}),
)
variants = st.fixed_dictionaries(
    {
        "id": st.integers(1, 100),
        "attributes": st.lists(st.fixed_dictionaries({"name": names, "value": values}), max_size=4),
    },
    optional={
        "sku": st.text(min_size=1, max_size=5),
        "images": st.lists(
            st.fixed_dictionaries({"url": st.text(max_size=5)}, optional={"label": st.text(max_size=5)}),
            max_size=2,
        ),
        "prices": st.just([{"id": "p", "value": {"centAmount": 1, "currencyCode": "EUR"}}]),
    },
)
products = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str),
        "version": st.integers(1, 9),
        "name": st.dictionaries(st.sampled_from(["fr", "nl"]), st.text(max_size=5)),
        "masterVariant": variants,
        "variants": st.lists(variants, max_size=3),
    }
)


@given(st.lists(products, max_size=4), st.sets(names))
def test_what_is_read_says_what_was_sent(sent: list[dict[str, Any]], known: set[str]) -> None:
    """Written again a page is the page that came, whatever names of attributes were known before."""
    reader = ProjectionReader()
    reader.expect(known)
    page = reader(orjson.dumps({"limit": 500, "offset": 0, "results": sent}))
    assert orjson.loads(msgspec.json.encode(page)) == {"results": sent}


@given(products)
def test_a_kept_product_is_as_one_that_was_read(product: dict[str, Any]) -> None:
    """What was kept before a change is looked at as what the shop answers."""
    read = ProjectionReader()(orjson.dumps({"results": [product]}))["results"][0]
    kept = msgspec.json.decode(msgspec.json.encode(read))
    assert compact(kept) == compact(read) == read
    assert values_of(read["masterVariant"]) == {
        one["name"]: one["value"] for one in product["masterVariant"]["attributes"]
    }


def test_a_name_that_is_known_is_one_text() -> None:
    """The name of an attribute stands in a page thousands of times, and once in memory."""
    reader = ProjectionReader()
    reader.expect(["size"])
    variant = {"id": 1, "attributes": [{"name": "size", "value": "36"}]}
    page = reader(orjson.dumps({"results": [{"id": "a", "masterVariant": variant, "variants": [variant]}]}))
    product = page["results"][0]
    first, second = product["masterVariant"]["attributes"][0], product["variants"][0]["attributes"][0]
    assert first.name is second.name


def test_what_no_plan_looks_at_is_left_out() -> None:
    """A field that nothing compares costs no memory; the size of a product is that of the whole answer."""
    reader = ProjectionReader()
    content = orjson.dumps({"results": [{"id": "a", "reviews": ["x" * 1000]}, {"id": "b"}]})
    assert reader(content) == {"results": [{"id": "a"}, {"id": "b"}]}
    assert reader.size == len(content) // 2


@pytest.mark.parametrize("content", [b"<html>", b'{"results": [{"variants": 5}]}', b'{"results": {}}'])
async def test_an_answer_that_is_no_page_is_asked_for_again(content: bytes) -> None:
    """Something else than products, such as a page of a proxy, is an error that names the path."""
    answer = httpx.MockTransport(lambda request: _token(request) or httpx.Response(200, content=content))
    once = RetryPolicy(attempts=1)
    async with Client(settings(), transport=answer, retry=once) as client:
        with pytest.raises(Retriable, match="product-projections answered something"):
            await client.query_in("product-projections", "key", ["a"], read=ProjectionReader())


def _token(request: httpx.Request) -> httpx.Response | None:
    if not request.url.path.endswith("/oauth/token"):
        return None
    return granted()

"""Keys that no resource can have are refused before anything is sent, and say how to make one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.commercetools import (
    CategorySink,
    ChannelSink,
    Client,
    CustomerGroupSink,
    CustomTypeSink,
    ProductSelectionSink,
    ProductTypeSink,
    StateSink,
    StoreSink,
    TaxCategorySink,
)
from passerelle.errors import Refused
from passerelle.records import (
    Category,
    Channel,
    CustomerGroup,
    CustomType,
    ProductSelection,
    ProductType,
    State,
    Store,
    TaxCategory,
)
from tests.commercetools.in_process import open_shop, run

NAME = {"en": "Name"}
KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "category": (CategorySink, {"record": Category, "name": NAME, "slug": {"en": "slug"}}),
    "channel": (ChannelSink, {"record": Channel, "roles": ("Primary",)}),
    "customer_group": (CustomerGroupSink, {"record": CustomerGroup, "name": "Name"}),
    "custom_type": (CustomTypeSink, {"record": CustomType, "name": NAME, "resource_types": ("order",)}),
    "product_type": (ProductTypeSink, {"record": ProductType, "name": "Name", "description": "What it is"}),
    "product_selection": (ProductSelectionSink, {"record": ProductSelection, "name": NAME}),
    "state": (StateSink, {"record": State, "type": "ProductState"}),
    "store": (StoreSink, {"record": Store, "name": NAME}),
    "tax_category": (TaxCategorySink, {"record": TaxCategory, "name": "Name"}),
}


def made(kind: str, key: str) -> Any:
    """A record that lacks nothing but a good key."""
    values = dict(KINDS[kind][1])
    return values.pop("record")(key=key, **values)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_key_that_no_resource_has_is_refused_with_advice(kind: str) -> None:
    """Whatever the record: the code, the key that came, and the function that makes one."""
    async with open_shop() as client:
        sink = KINDS[kind][0](client)
        await sink.prepare()
        assert sink.plan(made(kind, "good_Key-1"), None).kind == "create"
        for bad in ("x", "", "two words", "été", "a/b", "k" * 257, "line\n"):
            with pytest.raises(Refused) as told:
                sink.plan(made(kind, bad), None)
            assert (told.value.code, repr(bad) in str(told.value)) == ("invalid_key", True)
            assert "`via: key`" in str(told.value.advice)


@given(keys=st.lists(st.text("aZ09_-. é\n/", max_size=4), unique=True, max_size=12))
@settings(max_examples=25)
def test_only_what_the_shop_takes_is_sent(keys: list[str]) -> None:
    """A key passes if and only if it has 2 to 256 plain letters, digits, - and _."""

    async def each(client: Client) -> None:
        sink = ChannelSink(client)
        for key in keys:
            good = len(key) >= 2 and set(key) <= set("aZ09_-")
            try:
                change = sink.plan(Channel(key=key, roles=("Primary",)), None)
            except Refused:
                assert not good
            else:
                assert good
                assert change is not None
                await sink.apply(change)

    run(each)

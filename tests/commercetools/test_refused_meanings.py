"""What a record declares and commercetools cannot hold is refused, never dropped in silence."""

from __future__ import annotations

import httpx
import pytest

from passerelle.commercetools import PriceSink, StockSink
from passerelle.errors import Refused
from passerelle.records import Money, Price, StockLevel

from .conftest import Connect


def silent(request: httpx.Request) -> httpx.Response:
    """Answer nothing: planning asks nothing."""
    raise AssertionError(str(request.url))


async def test_a_movement_is_never_set_as_a_level(connect: Connect) -> None:
    """Convention 36: three pieces sold are not a stock of minus three."""
    async with connect(silent) as client:
        with pytest.raises(Refused, match="a movement of -3") as caught:
            StockSink(client).plan(StockLevel(sku="A-1", quantity=-3, relative=True), None)
    assert caught.value.code == "movement_not_carried"


@pytest.mark.parametrize("included", ["true", "false"])
async def test_the_tax_basis_of_a_price_is_not_dropped_in_silence(connect: Connect, included: str) -> None:
    """Convention 37: tax rates say whether prices contain the tax; where there are none it is told."""
    price = Price(sku="A-1", value=Money(1200, "EUR"), tax_included=included == "true")
    async with connect(silent) as client:
        with pytest.raises(Refused, match=f"tax_included: {included}") as caught:
            PriceSink(client).plan(price, None)
    assert caught.value.code == "tax_basis_unknown"

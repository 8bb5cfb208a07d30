"""What the tests of prices share: a project with channels, groups and types, and prices of all shapes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from passerelle.commercetools import Client
from passerelle.records import Money, Price, PriceTier

__all__ = ["JANUARY", "at", "open_list", "prices", "value"]


def at(day: int, month: int = 1) -> datetime:
    """Midnight of a day in 2027."""
    return datetime(2027, month, day, tzinfo=UTC)


JANUARY: dict[str, Any] = {"valid_from": at(1), "valid_until": at(31)}


def value(cents: int) -> Money:
    """So many cents."""
    return Money(cents, "EUR")


async def open_list(client: Client) -> None:
    """A channel, a customer group, and custom types for prices."""
    await client.create("channels", {"key": "web", "roles": ["ProductDistribution"]})
    await client.create("customer-groups", {"key": "b2b", "groupName": "B2B"})
    for key in ("terms", "notes"):
        fields = [
            {"name": name, "type": {"name": kind}, "label": {"en": name}, "required": False}
            for name, kind in (("list", "String"), ("floor", "Money"))
        ]
        await client.create(
            "types",
            {
                "key": key,
                "name": {"en": key},
                "resourceTypeIds": ["standalone-price"],
                "fieldDefinitions": fields,
            },
        )


_CUSTOMS: list[tuple[str | UnsetType | None, dict[str, Any] | UnsetType]] = [
    (None, UNSET),
    ("terms", {"list": "A", "floor": value(5)}),
    ("terms", {"list": "B"}),
    ("terms", {"list": "A", "floor": None}),
    ("notes", {"list": "A"}),
]
_MONEY = [value(cents) for cents in (0, 1, 2)] + [Money(1, "EUR", 105, 4)]


@st.composite
def prices(draw: st.DrawFn, *, whole: bool = False) -> Price:
    """A price of one SKU in one scope; `whole` says something of every field."""

    def some(values: st.SearchStrategy[Any]) -> Any:
        return draw(values if whole else st.just(UNSET) | values)

    quantities = st.lists(st.sampled_from([2, 5, 10]), unique=True)
    tiers = quantities.flatmap(
        lambda ns: st.tuples(*(st.builds(_tier, st.just(n), st.sampled_from(_MONEY)) for n in ns))
    )
    custom_type, custom = draw(st.sampled_from(_CUSTOMS if whole else [(UNSET, UNSET), *_CUSTOMS]))
    if whole and isinstance(custom, dict):
        custom = {name: held for name, held in custom.items() if held is not None}
    since, until = draw(st.sampled_from([(None, None), (at(1), None), (None, at(9)), (at(1), at(9))]))
    return Price(
        sku="A-1",
        key="P-1",
        value=draw(st.sampled_from(_MONEY)),
        country="FR",
        customer_group="b2b",
        channel="web",
        valid_from=since,
        valid_until=until,
        tiers=some(tiers),
        active=some(st.booleans()),
        staged_value=some(st.sampled_from([None, *_MONEY])),
        custom_type=custom_type,
        custom=custom,
    )


def _tier(quantity: int, of: Money) -> PriceTier:
    return PriceTier(minimum_quantity=quantity, value=of)

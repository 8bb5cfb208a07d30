"""Custom field values: the same in other words is no change, and what is read back is what was meant."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from passerelle.commercetools import ChannelSink, CustomerGroupSink, CustomTypeSink
from passerelle.errors import ReferenceMissing, Refused
from passerelle.records import Channel, CustomerGroup, CustomType, EnumValue, FieldDefinition, Money
from tests.commercetools.in_process import carry, open_shop, pending, read_back

FIELDS: dict[str, dict[str, Any]] = {
    "active": {"type": "Boolean"},
    "rank": {"type": "Number"},
    "note": {"type": "LocalizedString"},
    "size": {"type": "Enum", "values": (EnumValue(key="s", label="S"), EnumValue(key="l", label="L"))},
    "limit": {"type": "Money"},
    "since": {"type": "DateTime"},
    "day": {"type": "Date"},
    "depot": {"type": "Reference", "reference_type": "channel"},
    "depots": {"type": "Reference", "reference_type": "channel", "set": True},
    "numbers": {"type": "Number", "set": True},
}
MORE = CustomType(
    key="more",
    name={"en": "More"},
    resource_types=("customer-group",),
    fields=tuple(FieldDefinition(name=name, label={"en": name}, **kind) for name, kind in FIELDS.items()),
)
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def group(**custom: Any) -> CustomerGroup:
    """A group with these fields."""
    return CustomerGroup(key="club", name="Club", custom_type="more", custom=custom)


SAME: list[tuple[str, Any, list[Any]]] = [
    ("active", True, [True]),
    ("rank", 12, [Decimal("12.0"), 12.0, "12.00"]),
    ("rank", Decimal("12.50"), ["12.5", 12.5]),
    ("note", {"fr-FR": "a", "en": "b"}, [{"en": "b", "fr-FR": "a"}, {"fr-FR": "a"}]),
    ("size", "s", ["s"]),
    ("limit", Money(1250, "EUR"), [{"cent_amount": 1250, "currency": "EUR"}]),
    ("since", NOON, ["2026-11-02T13:00:00+01:00", "2026-11-02T12:00:00.000Z"]),
    ("day", "2026-11-02", ["2026-11-02"]),
    ("depot", {"typeId": "channel", "key": "d-one"}, ["d-one"]),
    ("depots", ("d-one", "d-two"), [("d-two", "d-one"), ({"typeId": "channel", "key": "d-two"}, "d-one")]),
    ("numbers", (1, 2), [(2, 1), [Decimal("2.0"), 1], (1, 2, 2)]),
]


@pytest.mark.parametrize(("field", "value", "others"), SAME)
async def test_the_same_in_other_words_is_no_change(field: str, value: Any, others: list[Any]) -> None:
    """Numbers, sets, instants, references and texts by locale compare by what they mean."""
    async with open_shop() as client:
        await carry(CustomTypeSink(client), MORE)
        await carry(ChannelSink(client), Channel(key="d-one"), Channel(key="d-two"))
        sink = CustomerGroupSink(client)
        await carry(sink, group(**{field: value}))
        fresh = CustomerGroupSink(client)
        alike = [group(**{field: other}) for other in (value, *others)]
        assert await pending(fresh, *alike) == [None] * len(alike)
        # Also as the ledger keeps it, and as it is read back.
        kept = msgspec.json.decode(msgspec.json.encode(alike[0]), type=CustomerGroup)
        (found,) = await read_back(fresh, [alike[0]])
        assert await pending(fresh, kept, found) == [None, None]


@pytest.mark.parametrize(
    ("field", "value", "error", "said"),
    [
        ("rank", "many", Refused, "rank is of type Number"),
        ("rank", True, Refused, "rank is of type Number"),
        ("active", "yes", Refused, "active is of type Boolean"),
        ("size", "xl", ReferenceMissing, "no value 'xl'; it has s, l"),
        ("depot", "d-nine", ReferenceMissing, "points to channel d-nine"),
        ("depot", {"typeId": "product", "key": "p"}, Refused, "depot is of type Reference"),
        ("colour", "red", Refused, "no field colour"),
    ],
)
async def test_values_are_checked_before_anything_is_sent(
    field: str, value: Any, error: type[Exception], said: str
) -> None:
    """What may come is waited for, what is wrong is refused."""
    async with open_shop() as client:
        await carry(CustomTypeSink(client), MORE)
        with pytest.raises(error, match=said):
            await carry(CustomerGroupSink(client), group(**{field: value}))


async def test_one_field_is_one_action_and_others_stay() -> None:
    """A field that is not named is the shop's; None removes one."""
    async with open_shop() as client:
        await carry(CustomTypeSink(client), MORE)
        sink = CustomerGroupSink(client)
        await carry(sink, group(rank=1, size="s"))
        (change,) = await carry(sink, CustomerGroup(key="club", custom={"rank": 2}))
        assert change.actions == ({"action": "setCustomField", "name": "rank", "value": 2},)
        (change,) = await carry(sink, CustomerGroup(key="club", custom={"rank": None}))
        assert change.actions == ({"action": "setCustomField", "name": "rank"},)
        (found,) = await read_back(sink, [group()])
        assert found.custom == {"size": "s"}

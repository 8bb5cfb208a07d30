"""Customer groups, tax categories, channels, states: from any record to any other in one plan."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from passerelle.commercetools import (
    ChannelSink,
    Client,
    CustomerGroupSink,
    CustomTypeSink,
    StateSink,
    TaxCategorySink,
)
from passerelle.errors import ConfigError, ReferenceMissing, Refused
from passerelle.records import (
    Address,
    Channel,
    CustomerGroup,
    CustomType,
    EnumValue,
    FieldDefinition,
    State,
    TaxCategory,
    TaxRate,
)
from passerelle.sync.protocols import Readable, Removing
from tests.commercetools.in_process import carry, open_shop, pending, read_back
from tests.commercetools.reference_data.proving import (
    KEYS,
    localized,
    maybe_localized,
    plain,
    prove,
)

EXAMPLES = settings(max_examples=25)

MORE = CustomType(
    key="more",
    name={"en": "More"},
    resource_types=("channel", "customer-group"),
    fields=(
        FieldDefinition(name="note", type="String", label={"en": "Note"}),
        FieldDefinition(name="rank", type="Number", label={"en": "Rank"}),
        FieldDefinition(name="tags", type="String", set=True, label={"en": "Tags"}),
        FieldDefinition(
            name="size",
            type="Enum",
            label={"en": "Size"},
            values=(EnumValue(key="s", label="Small"), EnumValue(key="l", label="Large")),
        ),
    ),
)
OTHER = replace(
    MORE, key="other", fields=(FieldDefinition(name="note", type="String", label={"en": "Note"}),)
)


async def custom_types(client: Client) -> None:
    """The two types that channels and groups may have."""
    await carry(CustomTypeSink(client), MORE, OTHER)


def customs() -> st.SearchStrategy[dict[str, Any]]:
    """Type and fields, every field named: None is none."""
    more = st.fixed_dictionaries(
        {
            "note": st.none() | plain(),
            "rank": st.none() | st.integers(-5, 5) | st.decimals(0, 9, places=2),
            "tags": st.none() | st.lists(plain(), unique=True, max_size=3).map(tuple),
            "size": st.none() | st.sampled_from(["s", "l"]),
        }
    )
    return st.one_of(
        st.just({"custom_type": None}),
        more.map(lambda fields: {"custom_type": "more", "custom": fields}),
        plain().map(lambda note: {"custom_type": "other", "custom": {"note": note}}),
    )


def told(record: Any) -> Any:
    """A record with its custom fields as they read back: those of None are not there, sets in order."""
    if isinstance(record.custom, dict):
        fields = {
            name: tuple(sorted(value)) if isinstance(value, tuple) else value
            for name, value in record.custom.items()
            if value is not None
        }
        record = replace(record, custom=fields)
    return record


GROUPS = st.builds(lambda name, custom: CustomerGroup(key="club", name=name, **custom), plain(), customs())


@EXAMPLES
@given(GROUPS, GROUPS)
def test_any_customer_group_becomes_any_other(first: CustomerGroup, second: CustomerGroup) -> None:
    """Name and custom fields, types that change included."""
    prove(CustomerGroupSink, first, second, before=custom_types, same=told)


ROLES = ("InventorySupply", "ProductDistribution", "OrderExport", "OrderImport", "Primary")
ADDRESSES = st.builds(
    Address, street=plain(), city=st.just("") | plain(), country=st.sampled_from(["FR", "BE"])
)
DEGREES = st.decimals(-90, 90, places=4)
CHANNELS = st.builds(
    lambda roles, name, description, address, place, custom: Channel(
        key="depot",
        roles=tuple(roles),
        name=name,
        description=description,
        address=address,
        latitude=place and place[0],
        longitude=place and place[1],
        **custom,
    ),
    st.lists(st.sampled_from(ROLES), unique=True, min_size=1),
    localized(),
    localized(),
    st.none() | ADDRESSES,
    st.none() | st.tuples(DEGREES, DEGREES),
    customs(),
)


@EXAMPLES
@given(CHANNELS, CHANNELS)
def test_any_channel_becomes_any_other(first: Channel, second: Channel) -> None:
    """Roles, texts, address, place, custom fields."""

    def same(record: Channel) -> Any:
        roles = () if not isinstance(record.roles, tuple) else record.roles
        return told(replace(record, roles=tuple(sorted(roles))))

    prove(ChannelSink, first, second, before=custom_types, same=same)


RATES = st.lists(
    st.builds(
        TaxRate,
        name=plain(),
        country=st.sampled_from(["FR", "BE", "US"]),
        state=st.none() | st.sampled_from(["NY", "CA"]),
        amount=st.decimals(0, 1, places=3),
        included=st.booleans(),
        key=st.just(UNSET) | st.sampled_from(["r-one", "r-two", "r-three"]),
    ),
    max_size=4,
    unique_by=(lambda rate: (rate.country, rate.state), lambda rate: rate.key or id(rate)),
)
TAXES = st.builds(
    lambda name, description, rates: TaxCategory(
        key="normal", name=name, description=description, rates=tuple(rates)
    ),
    plain(),
    st.none() | plain(),
    RATES,
)


def _unkeyed(record: TaxCategory) -> Any:
    """Rates in the order of their places; a key that the feed does not give stays as it is."""
    rates = record.rates if isinstance(record.rates, tuple) else ()
    told_rates = sorted((r.country, r.state or "", r.name, r.amount, r.included) for r in rates)
    return (record.key, record.name, record.description, told_rates)


@EXAMPLES
@given(TAXES, TAXES)
def test_any_tax_category_becomes_any_other(first: TaxCategory, second: TaxCategory) -> None:
    """Rates found by key or place, replaced, added and removed."""
    prove(TaxCategorySink, first, second, same=_unkeyed)


async def test_a_rate_gets_the_key_of_the_record_and_keeps_its_place() -> None:
    """A rate without a key is taken over by the record that names its country and has one."""
    rate = TaxRate(name="TVA", country="FR", amount=Decimal("0.2"))
    async with open_shop() as client:
        sink = TaxCategorySink(client)
        await carry(sink, TaxCategory(key="normal", name="Normal", rates=(rate,)))
        keyed = TaxCategory(key="normal", rates=(replace(rate, key="fr"),))
        (change,) = await carry(sink, keyed)
        assert [action["action"] for action in change.actions] == ["replaceTaxRate"]
        assert await pending(sink, keyed, TaxCategory(key="normal", rates=(rate,))) == [None, None]


STATES = st.builds(
    lambda kind, name, description, initial, transitions: State(
        key="k-one",
        type=kind,
        name=name,
        description=description,
        initial=initial,
        roles=("Return",) if kind == "LineItemState" and initial else (),
        transitions=transitions,
    ),
    st.just("LineItemState"),
    maybe_localized(),
    maybe_localized(),
    st.booleans(),
    st.none() | st.lists(st.sampled_from(KEYS[1:]), unique=True).map(tuple),
)


@EXAMPLES
@given(STATES, STATES)
def test_any_state_becomes_any_other(first: State, second: State) -> None:
    """Texts, roles and the states that follow."""

    async def others(client: Client) -> None:
        await carry(StateSink(client), *(State(key=key, type="LineItemState") for key in KEYS[1:]))

    def same(record: State) -> State:
        following = record.transitions
        return replace(record, transitions=tuple(sorted(following)) if following else following)

    prove(StateSink, first, second, before=others, same=same)


async def test_states_in_a_ring_are_created_then_led_on() -> None:
    """Each is carried without the state that is not there yet, waits for it, and is completed."""
    ring = (
        State(key="picked", type="LineItemState", transitions=("packed", "picked")),
        State(key="packed", type="LineItemState", transitions=("picked",)),
    )
    async with open_shop() as client:
        sink = StateSink(client)
        made = await carry(sink, *ring)
        assert [change.waiting for change in made] == [("packed", "picked"), ()]
        (completed,) = await carry(sink, *ring)
        assert completed.actions[0]["action"] == "setTransitions"
        assert await pending(sink, *ring) == [None, None]


async def test_a_state_whose_follower_never_comes_waits() -> None:
    """When nothing but the missing transition is left, the record is parked, not sent again."""
    state = State(key="picked", type="LineItemState", transitions=("gone",))
    async with open_shop() as client:
        sink = StateSink(client)
        await carry(sink, state)
        with pytest.raises(ReferenceMissing, match="no state gone"):
            await pending(sink, state)


async def test_what_is_removed_is_deleted_and_nothing_else_is_known() -> None:
    """Delete is the only way; every room can remove, and read back."""
    async with open_shop() as client:
        sink = CustomerGroupSink(client)
        await carry(sink, CustomerGroup(key="club", name="Club"))
        live = (await sink.read_live([CustomerGroup(key="club")]))["club"]
        assert isinstance(sink, Removing)
        assert isinstance(sink, Readable)
        assert sink.plan_removal("club", live, "keep") is None
        with pytest.raises(ConfigError, match="kept or deleted"):
            sink.plan_removal("club", live, "unpublish")
        found = await sink.read_ids([live.id])
        change = sink.plan_removal("club", found[live.id], "delete")
        assert change is not None
        await sink.apply(change)
        await sink.apply(change)  # An answer that was lost: it is gone already.
        assert await sink.read_ids([live.id]) == {}


async def test_custom_fields_without_a_type_are_refused_and_a_missing_type_is_waited_for() -> None:
    """Fields need a type; one that is not there yet may come."""
    async with open_shop() as client:
        sink = CustomerGroupSink(client)
        with pytest.raises(Refused, match="need a custom type"):
            await carry(sink, CustomerGroup(key="club", name="Club", custom={"note": "x"}))
        with pytest.raises(ReferenceMissing, match="no custom type more"):
            await carry(sink, CustomerGroup(key="club", name="Club", custom_type="more"))


async def test_an_address_keeps_what_records_do_not_know() -> None:
    """The region, which no record has, and the address's own custom fields stay when the street changes."""
    address = Address(street="Rue du Lin", country="FR")
    record = Channel(key="depot", roles=("InventorySupply",), address=address)
    async with open_shop() as client:
        await carry(CustomTypeSink(client), replace(MORE, resource_types=("address",)))
        sink = ChannelSink(client)
        await carry(sink, record)
        live = (await sink.read_live([record]))["depot"]
        by_hand = [
            {
                "action": "setAddress",
                "address": {"country": "FR", "streetName": "Rue du Lin", "region": "Nord"},
            },
            {
                "action": "setAddressCustomType",
                "type": {"typeId": "type", "key": "more"},
                "fields": {"note": "by hand"},
            },
        ]
        await client.update("channels", live.id, live.version, by_hand)
        assert await pending(sink, record) == [None]
        await carry(sink, replace(record, address=replace(address, street="Rue du Chanvre")))
        body = (await sink.read_live([record]))["depot"].body
        assert body["address"]["region"] == "Nord"
        assert body["address"]["custom"]["fields"] == {"note": "by hand"}
        (found,) = await read_back(sink, [record])
        assert found.address.street == "Rue du Chanvre"

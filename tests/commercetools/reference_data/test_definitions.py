"""Product types and custom types: from any record to any other, types for good, nothing lost silently."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from passerelle.commercetools import CustomTypeSink, ProductTypeSink
from passerelle.errors import ReferenceMissing, Refused
from passerelle.records import (
    AttributeDefinition,
    CustomType,
    EnumValue,
    FieldDefinition,
    ProductType,
)
from passerelle.sync.telling import Telling
from tests.commercetools.in_process import carry, open_shop, pending, read_back, run
from tests.commercetools.reference_data.proving import localized, maybe_localized, plain, prove

EXAMPLES = settings(max_examples=40)
TYPES = {"colour": "lenum", "size": "enum", "ean": "text", "weight": "number", "care": "ltext"}


def values(*, by_locale: bool) -> st.SearchStrategy[tuple[EnumValue, ...]]:
    """Some values, each with its label."""
    one = (
        st.builds(EnumValue, key=st.sampled_from(["v-a", "v-b", "v-c", "v-d"]), labels=localized())
        if by_locale
        else st.builds(EnumValue, key=st.sampled_from(["v-a", "v-b", "v-c", "v-d"]), label=plain())
    )
    return st.lists(one, unique_by=lambda value: value.key, max_size=4).map(tuple)


@st.composite
def attributes(draw: st.DrawFn) -> tuple[AttributeDefinition, ...]:
    """Some attributes, each with the type that its name has in the project."""
    names = draw(st.lists(st.sampled_from(sorted(TYPES)), unique=True))
    return tuple(
        AttributeDefinition(
            name=name,
            type=TYPES[name],
            set=name == "size",
            label=draw(localized()),
            input_tip=draw(maybe_localized()),
            input_hint=draw(st.sampled_from(["SingleLine", "MultiLine"])),
            constraint="None",
            required=False,
            searchable=draw(st.booleans()),
            values=draw(values(by_locale=name == "colour")) if TYPES[name].endswith("enum") else UNSET,
        )
        for name in names
    )


PRODUCT_TYPES = st.builds(
    lambda name, description, defined: ProductType(
        key="article", name=name, description=description, attributes=defined
    ),
    plain(),
    plain(),
    attributes(),
)


@EXAMPLES
@given(PRODUCT_TYPES, PRODUCT_TYPES)
def test_any_product_type_becomes_any_other(first: ProductType, second: ProductType) -> None:
    """With `remove` the record's attributes and values are all that there are, in its order."""
    prove(partial(ProductTypeSink, remove=True), first, second)


@EXAMPLES
@given(PRODUCT_TYPES, PRODUCT_TYPES)
def test_attributes_and_values_that_are_not_named_stay_and_are_told(
    first: ProductType, second: ProductType
) -> None:
    """By default no data of products is lost: what is left over stands behind, and is named."""

    async def example(client: Any) -> None:
        await carry(ProductTypeSink(client), first)
        sink = ProductTypeSink(client)
        await carry(sink, second)
        assert await pending(sink, second) == [None]
        (found,) = await read_back(sink, [second])
        held = _attributes(found)
        for record in (first, second):
            for name, attribute in _attributes(record).items():
                assert _values(attribute) <= _values(held[name])
        left = set(_attributes(first)) - set(_attributes(second))
        assert {name for name in sink.left.get("article", ()) if "=" not in name} == left

    run(example)


def _attributes(record: ProductType) -> dict[str, AttributeDefinition]:
    assert isinstance(record.attributes, tuple)
    return {one.name: one for one in record.attributes}


def _values(attribute: AttributeDefinition) -> set[str]:
    return {value.key for value in attribute.values} if isinstance(attribute.values, tuple) else set()


FIELDS = {"note": "String", "size": "Enum", "kind": "LocalizedEnum", "since": "Date"}


@st.composite
def fields(draw: st.DrawFn) -> tuple[FieldDefinition, ...]:
    """Some fields, each with the type that its name has in the project."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), unique=True))
    return tuple(
        FieldDefinition(
            name=name,
            type=FIELDS[name],
            set=name == "since",
            label=draw(localized()),
            required=False,
            input_hint=draw(st.sampled_from(["SingleLine", "MultiLine"])),
            values=draw(values(by_locale=name == "kind")) if FIELDS[name].endswith("Enum") else UNSET,
        )
        for name in names
    )


CUSTOM_TYPES = st.builds(
    lambda name, description, defined: CustomType(
        key="more", name=name, description=description, resource_types=("category",), fields=defined
    ),
    localized(),
    maybe_localized(),
    fields(),
)


@EXAMPLES
@given(CUSTOM_TYPES, CUSTOM_TYPES)
def test_any_custom_type_becomes_any_other(first: CustomType, second: CustomType) -> None:
    """Fields removed, changed, added, in order; values of enums never go."""
    for one in first.fields if isinstance(first.fields, tuple) else ():
        for two in second.fields if isinstance(second.fields, tuple) else ():
            if one.name == two.name and isinstance(one.values, tuple) and isinstance(two.values, tuple):
                assume({value.key for value in one.values} <= {value.key for value in two.values})
    prove(partial(CustomTypeSink, remove=True), first, second)


ARTICLE = ProductType(
    key="article",
    name="Article",
    description="Any",
    attributes=(
        AttributeDefinition(
            name="colour",
            type="enum",
            label={"en": "Colour"},
            constraint="SameForAll",
            values=(EnumValue(key="red", label="Red"), EnumValue(key="blue", label="Blue")),
        ),
        AttributeDefinition(name="ean", type="text", label={"en": "EAN"}),
    ),
)


def changed(**changes: Any) -> ProductType:
    """The article with another colour attribute."""
    assert isinstance(ARTICLE.attributes, tuple)
    colour, ean = ARTICLE.attributes
    return replace(ARTICLE, attributes=(replace(colour, **changes), ean))


@pytest.mark.parametrize(
    ("change", "actions"),
    [
        ({"label": {"en": "Tint"}}, ["changeLabel"]),
        ({"input_tip": {"en": "As on the label"}}, ["setInputTip"]),
        ({"input_hint": "MultiLine"}, ["changeInputHint"]),
        ({"searchable": False}, ["changeIsSearchable"]),
        ({"constraint": "None"}, ["changeAttributeConstraint"]),
        ({"name": "tint", "was": "colour"}, ["changeAttributeName"]),
        (
            {"values": (EnumValue(key="rouge", was="red"), EnumValue(key="blue"))},
            ["changeEnumKey"],
        ),
        (
            {"values": (EnumValue(key="blue"), EnumValue(key="red"))},
            ["changePlainEnumValueOrder"],
        ),
        (
            {"values": (EnumValue(key="red", label="Rouge"), EnumValue(key="blue"))},
            ["changePlainEnumValueLabel"],
        ),
        (
            {"values": (EnumValue(key="red"), EnumValue(key="blue"), EnumValue(key="black"))},
            ["addPlainEnumValue"],
        ),
    ],
)
async def test_one_change_is_one_action(change: dict[str, Any], actions: list[str]) -> None:
    """Each change of an attribute has an action of its own, and none is sent besides."""
    async with open_shop() as client:
        await carry(ProductTypeSink(client), ARTICLE)
        wanted = changed(**change)
        (made,) = await carry(ProductTypeSink(client), wanted)
        assert [action["action"] for action in made.actions] == actions
        assert await pending(ProductTypeSink(client), wanted) == [None]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "lenum"}, "colour of article is enum and should be lenum: a type stays for good"),
        ({"constraint": "Unique"}, "only lifts constraints"),
        ({"required": True}, "colour is not required, and that stays"),
    ],
)
async def test_what_stays_for_good_is_refused_before_anything_is_sent(
    change: dict[str, Any], said: str
) -> None:
    """Type, stricter constraints, required: the record goes to quarantine with advice."""
    async with open_shop() as client:
        sink = ProductTypeSink(client)
        await carry(sink, ARTICLE)
        with pytest.raises(Refused, match=said) as refusal:
            await pending(sink, changed(**change))
        assert refusal.value.advice


async def test_one_name_has_one_type_in_the_whole_project() -> None:
    """Found before loading: against what is live, and between two records of one feed."""
    text = AttributeDefinition(name="colour", type="text", label={"en": "Colour"})
    shoe = ProductType(key="shoe", name="Shoe", description="Any", attributes=(text,))
    async with open_shop() as client:
        fresh = ProductTypeSink(client)
        await fresh.prepare()
        await fresh.read_live([ARTICLE, shoe])
        assert fresh.plan(ARTICLE, None) is not None
        with pytest.raises(Refused, match="colour is enum in article, and should be text in shoe"):
            fresh.plan(shoe, None)
        await carry(ProductTypeSink(client), ARTICLE)
        later = ProductTypeSink(client)
        await later.prepare()
        with pytest.raises(Refused, match="colour is enum in article, and should be text in shoe"):
            await pending(later, shoe)


async def test_what_nests_a_type_that_is_not_there_yet_is_completed_later() -> None:
    """A product type that nests itself, or a later one, is created without that attribute."""
    part = AttributeDefinition(name="parts", type="nested", set=True, nested_type="kit", label={"en": "P"})
    kit = ProductType(key="kit", name="Kit", description="Any", attributes=(part,))
    async with open_shop() as client:
        sink = ProductTypeSink(client)
        (made,) = await carry(sink, kit)
        assert made.waiting == ("kit",)
        (completed,) = await carry(sink, kit)
        assert [action["action"] for action in completed.actions] == ["addAttributeDefinition"]
        assert await pending(ProductTypeSink(client), kit) == [None]
        (found,) = await read_back(sink, [kit])
        assert found.attributes[0].nested_type == "kit"
        lonely = replace(kit, attributes=(part, replace(part, name="more", nested_type="gone")))
        with pytest.raises(ReferenceMissing, match="no product type gone"):
            await pending(sink, lonely)


async def test_the_setup_adds_and_changes_nothing() -> None:
    """`additive`: new attributes and values come, labels, names, order and renames are left alone."""
    async with open_shop() as client:
        await carry(ProductTypeSink(client), ARTICLE)
        values_now = (EnumValue(key="black"), EnumValue(key="rouge", was="red"), EnumValue(key="blue"))
        wanted = replace(
            changed(label={"en": "Tint"}, constraint="Unique", required=True, values=values_now), name="Other"
        )
        assert isinstance(wanted.attributes, tuple)
        more = AttributeDefinition(name="size", type="text", label={"en": "Size"})
        wanted = replace(wanted, attributes=(more, *wanted.attributes))
        sink = ProductTypeSink(client, additive=True)
        (change,) = await carry(sink, wanted)
        assert [action["action"] for action in change.actions] == [
            "addPlainEnumValue",
            "addAttributeDefinition",
        ]
        assert await pending(sink, wanted) == [None]


async def test_resource_types_and_required_stay_for_good() -> None:
    """No action changes them."""
    note = FieldDefinition(name="note", type="String", label={"en": "Note"}, required=False)
    record = CustomType(key="more", name={"en": "M"}, resource_types=("category",), fields=(note,))
    async with open_shop() as client:
        sink = CustomTypeSink(client)
        await carry(sink, record)
        with pytest.raises(Refused, match="is for category, and that stays"):
            await pending(sink, replace(record, resource_types=("category", "order")))
        with pytest.raises(Refused, match="note is not required, and that stays"):
            await pending(sink, replace(record, fields=(replace(note, required=True),)))
        other = CustomType(
            key="other", name={"en": "O"}, resource_types=("order",), fields=(replace(note, type="Number"),)
        )
        with pytest.raises(Refused, match="field note is String in more, and should be Number in other"):
            await pending(sink, other)


async def test_what_is_left_over_is_said_in_the_report() -> None:
    """A person decides: the report names attributes and values, and the word that removes them."""
    async with open_shop() as client:
        sink = ProductTypeSink(client)
        await carry(sink, ARTICLE)
        assert isinstance(sink, Telling)
        assert sink.remarks() == []
        assert isinstance(ARTICLE.attributes, tuple)
        colour = replace(ARTICLE.attributes[0], values=(EnumValue(key="red"),))
        await carry(sink, replace(ARTICLE, attributes=(colour,)))
        (said,) = sink.remarks()
        assert said == (
            "product type article keeps what the feed does not name: ean, colour=blue; `remove: true` in the "
            "feed takes it away, with the data of products"
        )

"""Attributes of live variants: what all share is set once, what tells variants apart in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType

from ...errors import Refused
from ...records import Product, Variant
from ...sync.protocols import FieldChange
from ..planning.steps import Step
from .agreeing import Apart
from .attributes import SAME, Attribute, Attributes
from .known import Lacking
from .matching import Matched
from .projection import values_of
from .turns import Turn, in_turn

__all__ = [
    "Own",
    "attribute_steps",
    "draft_attributes",
    "own_step",
    "product_attributes",
    "shared_by_new",
    "shared_step",
    "shared_value",
    "unique_steps",
]

Json = dict[str, Any]


class Own(NamedTuple):
    """A value that one variant gets."""

    live: Json
    sku: str
    attribute: Attribute
    held: Any
    value: Any


def attribute_steps(
    record: Product,
    live: Json,
    matched: Matched,
    apart: Sequence[Apart],
    attributes: Attributes,
    lacking: Lacking,
) -> tuple[list[Step], list[Step]]:
    """What sets the attributes of live variants: first those that all share, then the others.

    Args:
        record: The wanted product.
        live: The staged projection.
        matched: Which variants are new, and which stay.
        apart: What does not show what the record says of it.
        attributes: The definitions of the product's type.
        lacking: Gathers references that have to wait.

    Raises:
        Refused: an unknown attribute, a value of another type, variants that do not agree on what they share.
        ReferenceMissing: an enum has no such key.
    """
    own: list[Own] = []
    shared: dict[str, None] = {}
    for one in apart:
        for name, old, value in one.values:
            attribute = attributes.by_name[name]
            if attribute.shared:
                shared[name] = None
                continue
            sent = attribute.change(old, value, lacking.waiting)
            if sent is not SAME:
                own.append(Own(one.live, one.wanted.sku, attribute, old, sent))
    for wanted in matched.new:
        if wanted.attributes is not UNSET:
            shared |= dict.fromkeys(name for name in wanted.attributes if name in attributes.shared)
    # Where nothing stays, the old master variant is there until a new one has taken its place.
    kept = matched.kept or [live["masterVariant"]]
    first = [step for name in shared for step in shared_step(attributes[name], record, live, kept, lacking)]
    return first, (_own_steps(own, kept, attributes) if own else [])


def shared_value(name: str, record: Product) -> Any:
    """The value of an attribute that all variants share, SAME when the record does not name it.

    Raises:
        Refused: the variants of the record do not agree.
    """
    found: Any = SAME
    holder = ""
    for variant in () if isinstance(record.variants, UnsetType) else record.variants:
        if isinstance(variant.attributes, UnsetType) or name not in variant.attributes:
            continue
        value = variant.attributes[name]
        if found is SAME:
            found, holder = value, variant.sku
        elif found != value:
            raise Refused(
                f"{name} must be the same for all variants of {record.key}: "
                f"{holder} has {found!r}, {variant.sku} has {value!r}",
                code="same_for_all",
                advice="Correct the source",
            )
    return found


def shared_by_new(record: Product, old: Mapping[str, Any], attributes: Attributes) -> Mapping[str, Any]:
    """What a new variant must share with the others: the record's SameForAll values, else those of `old`."""
    held = values_of(old)
    shared: dict[str, Any] = {}
    for name in sorted(attributes.shared - attributes.of_product):
        value = shared_value(name, record)
        if value is SAME and name in held:
            value = attributes[name].kind.read(held[name])
        if value is not SAME:
            shared[name] = value
    return shared


def product_attributes(record: Product, attributes: Attributes, lacking: Lacking) -> list[Json]:
    """The attributes of a new product itself."""
    values = ((name, shared_value(name, record)) for name in sorted(attributes.of_product))
    return _drafts(((name, value) for name, value in values if value is not SAME), attributes, lacking)


def draft_attributes(
    variant: Variant, shared: Mapping[str, Any], attributes: Attributes, lacking: Lacking
) -> list[Json]:
    """The attributes of a new variant, with those that all variants share."""
    named = {} if isinstance(variant.attributes, UnsetType) else variant.attributes
    values = {**shared, **named}
    drafts = _drafts(
        ((name, value) for name, value in values.items() if name not in attributes.of_product),
        attributes,
        lacking,
    )
    if attributes.required:
        there = {one["name"] for one in drafts}
        _refuse_incomplete(variant, [n for n in attributes.required if n not in there], attributes, lacking)
    return drafts


def _refuse_incomplete(
    variant: Variant, absent: Sequence[str], attributes: Attributes, lacking: Lacking
) -> None:
    names = [name for name in absent if name not in attributes.of_product]
    if not names:
        return
    if lacking.waiting:
        # What it lacks may be what it waits for: it cannot be carried without.
        lacking.missing += lacking.waiting
        return
    raise Refused(
        f"variant {variant.sku} has no {', '.join(names)}, and product type {attributes.product_type} "
        "requires it",
        code="required_attribute",
        advice="Map these attributes, or make them optional in the product type",
    )


def _drafts(values: Iterator[tuple[str, Any]], attributes: Attributes, lacking: Lacking) -> list[Json]:
    drafts: list[Json] = []
    for name, value in values:
        sent = attributes[name].change(None, value, lacking.waiting)
        if sent is not SAME and sent is not None:
            drafts.append({"name": name, "value": sent})
    return drafts


def shared_step(
    attribute: Attribute, record: Product, live: Json, kept: Sequence[Json], lacking: Lacking
) -> Iterator[Step]:
    """One action for all variants, also when only one of them is behind (commercetools-sync-java#513)."""
    name = attribute.name
    wanted = shared_value(name, record)
    holders = [live] if attribute.of_product else kept
    seen: list[Any] = []
    for held in (values_of(holder).get(name) for holder in holders):
        if held in seen:
            continue
        seen.append(held)
        sent = attribute.change(held, wanted, lacking.waiting)
        if sent is not SAME:
            action = "setProductAttribute" if attribute.of_product else "setAttributeInAllVariants"
            yield _step({"action": action, "name": name}, (_said(name, attribute, held, sent),), sent)
            return


def _own_steps(own: list[Own], kept: Sequence[Json], attributes: Attributes) -> list[Step]:
    unique = {attribute.name for attribute in attributes.unique}
    apart = [one for one in own if one.attribute.name in unique]
    by_name: dict[str, list[Own]] = {}
    for one in own:
        if one.attribute.name not in unique:
            by_name.setdefault(one.attribute.name, []).append(one)
    at_once = {name: group for name, group in by_name.items() if _same_everywhere(group, kept)}
    done = [_for_all(group) for group in at_once.values()]
    done += [own_step(one) for one in own if one.attribute.name not in (unique | at_once.keys())]
    if len(apart) == 1:
        return [*done, own_step(apart[0])]
    return [*done, *unique_steps(apart, kept, attributes)]


def _same_everywhere(group: Sequence[Own], kept: Sequence[Json]) -> bool:
    """Whether one action for all variants does what several of single ones would."""
    if len(group) == 1:
        return False
    attribute, value = group[0].attribute, group[0].value
    if any(one.value != value for one in group):
        return False
    changing = {one.live["id"] for one in group}
    for variant in kept:
        if variant["id"] not in changing:
            held = values_of(variant).get(attribute.name)
            if held is None or value is None:
                if held is not value:
                    return False
            elif attribute.kind.normal(held) != attribute.kind.normal(value):
                return False
    return True


def _for_all(group: Sequence[Own]) -> Step:
    name = group[0].attribute.name
    fields = tuple(_said(f"variants[{one.sku}].{name}", one.attribute, one.held, one.value) for one in group)
    return _step({"action": "setAttributeInAllVariants", "name": name}, fields, group[0].value)


def own_step(one: Own) -> Step:
    """Set the value of one variant."""
    name = one.attribute.name
    said = _said(f"variants[{one.sku}].{name}", one.attribute, one.held, one.value)
    return _step({"action": "setAttribute", "sku": one.sku, "name": name}, (said,), one.value)


def unique_steps(apart: Sequence[Own], kept: Sequence[Json], attributes: Attributes) -> Iterator[Step]:
    """Values that tell variants apart, each freed before another variant takes it."""
    if not apart:
        return
    held: dict[int, dict[str, Any]] = {}
    for variant in kept:
        values = values_of(variant)
        held[variant["id"]] = {
            one.name: one.kind.normal(values[one.name]) if one.name in values else None
            for one in attributes.unique
        }
    turns = [
        Turn(
            one.live["id"],
            one.attribute.name,
            None if one.value is None else one.attribute.kind.normal(one.value),
            own_step(one),
            None if one.attribute.required else _let_go(one),
        )
        for one in apart
    ]
    together = [one.name for one in attributes.unique if one.constraint == "CombinationUnique"]
    yield from in_turn(turns, held, together)


def _let_go(one: Own) -> Step:
    return Step({"action": "setAttribute", "sku": one.sku, "name": one.attribute.name}, ())


def _said(field: str, attribute: Attribute, old: Any, new: Any) -> FieldChange:
    return FieldChange(field, attribute.shown(old), attribute.shown(new))


def _step(action: Json, fields: tuple[FieldChange, ...], value: Any) -> Step:
    return Step(action if value is None else {**action, "value": value}, fields)

"""Variants that stay: what tells them apart is set in turn, then all else of one variant in one request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from msgspec import UnsetType

from ...records import Product
from ..http.client import Json
from ..planning.keys import check_key
from ..planning.steps import Step
from ..products.agreeing import Apart
from ..products.attribute_actions import (
    Own,
    own_step,
    shared_step,
    shared_value,
    unique_steps,
)
from ..products.attributes import SAME, Attribute, Attributes
from ..products.known import Known, Lacking
from ..products.matching import Matched
from ..products.projection import values_of
from ..products.publishing import Publish
from ..products.turns import Turn, in_turn
from ..products.variants import change_variant
from .requests import variant_request

__all__ = ["Changes", "changes", "grouped"]

#: Actions on variants that know no staged side.
_AT_ONCE = frozenset({"setKey"})


class _OnVariant(NamedTuple):
    """A step on one variant."""

    live: Json
    step: Step


class Changes(NamedTuple):
    """What variants that stay need: what tells them apart, in its order, and all else."""

    telling: Sequence[_OnVariant] = ()
    others: Sequence[_OnVariant] = ()

    @property
    def staged(self) -> frozenset[str]:
        """The ids of variants with something that shows only when they are published."""
        return frozenset(one.live["id"] for one in self if _is_staged(one.step.action or {}))

    def __iter__(self) -> Iterator[_OnVariant]:  # type: ignore[override]  # both lists as one
        yield from self.telling
        yield from self.others


def changes(
    record: Product,
    live: Json,
    matched: Matched,
    found: Sequence[Apart],
    attributes: Attributes,
    known: Known,
    lacking: Lacking,
    publish: Publish,
) -> tuple[list[Step], Changes]:
    """Steps on the product's own attributes, and on variants that stay, those that tell them apart first."""
    of_product, own = _attributes(record, live, matched, found, attributes, lacking)
    unique = {attribute.name for attribute in attributes.unique}
    by_sku = {one.wanted.sku: one.live for one in found}
    apart_by = unique_steps([o for o in own if o.attribute.name in unique], matched.kept, attributes)
    telling = [
        *_identities(found, matched.kept),
        *(_OnVariant(by_sku[(step.action or {})["sku"]], _bare(step)) for step in apart_by),
    ]
    # On both sides at once where it shows anyway: what one side still held another variant could not take.
    # Under the policy `never` it cannot: a value that is on the shop is free when a person published.
    if publish in ("keep", "always") or not any(one["published"] for one in live["variants"]):
        telling = [_on_both_sides(one) for one in telling]
    others = [_OnVariant(o.live, _bare(own_step(o))) for o in own if o.attribute.name not in unique]
    for changed in found:
        if changed.touched:
            of_it = change_variant(changed.live, changed.wanted, known, lacking)
            others += [_OnVariant(changed.live, _bare(step)) for step in of_it]
    return of_product, Changes(telling, others)


def _attributes(
    record: Product,
    live: Json,
    matched: Matched,
    found: Sequence[Apart],
    attributes: Attributes,
    lacking: Lacking,
) -> tuple[list[Step], list[Own]]:
    """Steps on the product's own attributes, and the values that variants get."""
    shared: dict[str, None] = {}
    own: list[Own] = []
    for one in found:
        for name, old, value in one.values:
            attribute = attributes[name]
            if attribute.shared:
                shared[name] = None
                continue
            sent = attribute.change(old, value, lacking.waiting)
            if sent is not SAME:
                own.append(Own(one.live, one.wanted.sku, attribute, old, sent))
    for wanted in matched.new:
        if not isinstance(wanted.attributes, UnsetType):
            shared |= dict.fromkeys(name for name in wanted.attributes if name in attributes.shared)
    of_product: list[Step] = []
    for name in shared:
        if attributes[name].of_product:
            of_product += shared_step(attributes[name], record, live, [live], lacking)
        else:
            own += _for_all(attributes[name], shared_value(name, record), matched.kept, lacking)
    return of_product, own


def _for_all(attribute: Attribute, value: Any, kept: Sequence[Json], lacking: Lacking) -> Iterator[Own]:
    """A value that all share: no action reaches all variants, each that is behind is given it."""
    for variant in kept:
        held = values_of(variant).get(attribute.name)
        sent = attribute.change(held, value, lacking.waiting)
        if sent is not SAME:
            yield Own(variant, str(variant.get("sku", variant["id"])), attribute, held, sent)


def _identities(found: Sequence[Apart], kept: Sequence[Json]) -> Iterator[_OnVariant]:
    """SKUs and keys that changed, each freed before another variant takes it."""
    turns: list[Turn] = []
    by_id = {one.live["id"]: one.live for one in found}
    for live, wanted, _, _ in found:
        if wanted.sku != live.get("sku"):
            name, marked = live.get("sku", live["id"]), {"of": live["id"]}
            step = Step.of(
                {"action": "setSku", **marked, "sku": wanted.sku},
                f"variants[{name}].sku",
                live.get("sku"),
                wanted.sku,
            )
            turns.append(Turn(live["id"], "sku", wanted.sku, step, None))
        key = wanted.key
        if not isinstance(key, UnsetType) and key != live.get("key"):
            check_key(f"variant {wanted.sku}", key)
            action = {"action": "setKey", "of": live["id"]}
            step = Step.of({**action, "key": key}, f"variants[{wanted.sku}].key", live.get("key"), key)
            turns.append(Turn(live["id"], "key", key, step, Step(action, ())))
    if not turns:
        return
    held: dict[Any, Mapping[str, Any]] = {
        one["id"]: {"key": one.get("key"), "sku": one.get("sku")} for one in kept
    }
    for step in in_turn(turns, held):
        action = dict(step.action or {})
        yield _OnVariant(by_id[action.pop("of")], Step(action, step.fields))


def _is_staged(action: Mapping[str, Any]) -> bool:
    return action["action"] not in _AT_ONCE and action.get("staged", True) is True


def _bare(step: Step) -> Step:
    """The step without the SKU that names a variant within its product."""
    action = {name: value for name, value in (step.action or {}).items() if name != "sku"}
    return Step(action, step.fields)


def _on_both_sides(one: _OnVariant) -> _OnVariant:
    action = one.step.action or {}
    if action.get("action") in _AT_ONCE:
        return one
    return _OnVariant(one.live, Step({**action, "staged": False}, one.step.fields))


def grouped(steps: Changes, shown: AbstractSet[str]) -> list[Json]:
    """One request a variant; two only for one that lets something go before another takes it.

    Those of `shown` are published by the request that changes them: no change is left staged half-way.
    """
    found: list[Json] = []
    of: dict[str, Json] = {}
    for live, step in steps.telling:
        request = of.get(live["id"])
        if request is None or found[-1] is not request:
            request = variant_request(live, ())
            found.append(request)
            of[live["id"]] = request
        request["actions"].append(step.action)
    for live, step in steps.others:
        request = of.get(live["id"])
        if request is None:
            request = variant_request(live, ())
            found.append(request)
            of[live["id"]] = request
        request["actions"].append(step.action)
    for variant in of.keys() & shown:
        of[variant]["actions"].append({"action": "publish"})
    return found

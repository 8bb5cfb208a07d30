"""What a product and its own variants need, as requests in an order in which each is allowed.

1. The product: fields, categories, its own attributes; a default variant that goes hands over before.
2. Variants go: taken off the shop together, then deleted. What goes holds values that others may take.
3. Variants change: what tells them apart in turn, then all else of one variant in one request, which
   publishes it.
4. Variants come, several at once.
5. A new one becomes the default variant; the product is published before its variants.
6. Variants that come on the shop with nothing else changed are published together, a thousand a request.

A product is taken off the shop the other way round: its variants first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import UnsetType

from ...errors import Refused
from ...records import Product
from ...sync.protocols import FieldChange
from ..http.client import Json
from ..planning.steps import Step
from ..products.agreeing import apart
from ..products.assortment import category_steps
from ..products.attribute_actions import shared_by_new
from ..products.attributes import Attributes
from ..products.fields import field_steps, setting_steps
from ..products.known import Known, Lacking
from ..products.limits import MAX_OWN_VARIANTS
from ..products.matching import Matched, check_identities, match
from ..products.projection import values_of
from ..products.publishing import Publish, publishing
from ..products.variants import Master
from .changing import Changes, changes, grouped
from .default import default_steps
from .draft import own_draft
from .publishing import name_of, published, shows
from .reading import default_ids
from .requests import item, product_request

__all__ = ["Planned", "refuse_embedded", "removal", "requests"]


class Planned(NamedTuple):
    """The requests of a change, and what it changes as a person reads it."""

    requests: list[Json]
    fields: list[FieldChange]


def refuse_embedded(record: Product) -> None:
    """Refuse a price mode that a project with the catalogue model Modular does not have."""
    if record.price_mode == "Embedded":
        raise Refused(
            f"product {record.key} should read embedded prices; in a project with the catalogue model "
            "Modular all prices stand alone",
            code="price_mode",
            advice="Leave `price_mode` out, and let a feed of the entity price carry the prices",
        )


def requests(
    record: Product,
    live: Json,
    attributes: Attributes,
    known: Known,
    lacking: Lacking,
    *,
    publish: Publish,
    master: Master,
) -> Planned:
    """What makes the live product and its variants those of the record; nothing when they are.

    Raises:
        Refused: a fault of the record, a limit, variants that do not agree on what they share.
        ReferenceMissing: an enum has no such key.
    """
    refuse_embedded(record)
    removals, additions = category_steps(record, live, known, lacking)
    of_product = [*removals, *field_steps(record, live), *setting_steps(record, live, known, lacking)]
    variants: list[Json] = live["variants"]
    if isinstance(record.variants, UnsetType):
        matched, steps = Matched([], [], [], variants), Changes()
    else:
        matched = match(record, variants, most=MAX_OWN_VARIANTS)
        check_identities(record)
        found = apart(matched.pairs, attributes, values_of(live) if attributes.of_product else {})
        shared, steps = changes(record, live, matched, found, attributes, known, lacking, publish)
        of_product += shared
    of_product += additions
    before, after = default_steps(record, live, matched, master)
    on_shop = list(publishing(publish, record, live, [*of_product, *before, *after]))
    drafts = _arrivals(record, live, matched, attributes, known, lacking, publish)
    return _in_order(record, live, matched, steps, drafts, publish, (of_product, before, after, on_shop))


def removal(live: Json, *, delete: bool) -> list[Json]:
    """Take a product and its variants off the shop, and delete the variants when it is to be deleted."""
    shown = [item(one) for one in live["variants"] if one["published"]]
    steps: list[Json] = [{"action": "unpublishVariants", "items": shown}] if shown else []
    actions: list[Json] = [{"action": "unpublish"}] if live["published"] else []
    if delete and any(default_ids(live)):
        actions.append({"action": "setDefaultVariant", "staged": False})
    if actions:
        steps.append(product_request(live["version"], actions))
    if delete and live["variants"]:
        steps.append({"action": "deleteVariants", "items": [item(one) for one in live["variants"]]})
    return steps


def _arrivals(
    record: Product,
    live: Json,
    matched: Matched,
    attributes: Attributes,
    known: Known,
    lacking: Lacking,
    publish: Publish,
) -> list[Json]:
    if not matched.new:
        return []
    shared = shared_by_new(record, (matched.kept or live["variants"] or [{}])[0], attributes)
    at_once = bool(live["published"]) and record.published is not False and publish in ("keep", "always")
    return [own_draft(one, shared, attributes, known, lacking, publish=at_once) for one in matched.new]


def _in_order(
    record: Product,
    live: Json,
    matched: Matched,
    steps: Changes,
    drafts: Sequence[Json],
    publish: Publish,
    product: tuple[list[Step], list[Step], list[Step], list[Step]],
) -> Planned:
    of_product, before, after, on_shop = product
    off = any(step.action == {"action": "unpublish"} for step in on_shop)
    first = [*of_product, *before, *([] if after else on_shop)]
    last = [*after, *on_shop] if after else []
    found: list[Json] = []
    fields = [field for step in (*first, *last) for field in step.fields]
    if record.published is False:
        shown = [one for one in live["variants"] if one["published"]]
        found += _bulk("unpublishVariants", [item(one) for one in shown])
        fields += [shows(one, on=False) for one in shown if not off]
    found += _product(live, first)
    going = [one for one in matched.gone if one["published"] and record.published is not False]
    found += _bulk("unpublishVariants", [item(one) for one in going])
    if matched.gone:
        found.append({"action": "deleteVariants", "items": [item(one) for one in matched.gone]})
        fields += [FieldChange("variants", name_of(one), None) for one in matched.gone]
    shown_now, said = published(record, live, matched, steps, drafts, publish, on_shop)
    found += grouped(steps, shown_now.at_once)
    fields += [field for one in steps for field in one.step.fields]
    if drafts:
        found.append({"action": "createVariants", "drafts": list(drafts)})
        fields += [FieldChange("variants", None, one["sku"]) for one in drafts]
    found += _product(live, last)
    found += _bulk("publishVariants", shown_now.last)
    return Planned(found, [*fields, *said])


def _product(live: Json, steps: Sequence[Step]) -> list[Json]:
    actions = [step.action for step in steps if step.action is not None]
    return [product_request(live["version"], actions)] if actions else []


def _bulk(action: str, items: Sequence[Json]) -> list[Json]:
    return [{"action": action, "items": list(items)}] if items else []

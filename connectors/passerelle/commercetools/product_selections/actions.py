"""Update actions of an assortment: remove, change and add products after its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import UnsetType

from ...errors import Refused
from ...records import ProductSelection, SelectedProduct
from ..http.client import Json
from ..planning.custom_fields import CustomFields
from ..planning.pointed import Pointed
from ..planning.steps import Step
from ..planning.texts import locales_step
from .draft import add_product, chosen

__all__ = ["missing_products", "selection_steps"]

_INCLUDES = {"inclusion", "includeOnly"}


def selection_steps(
    record: ProductSelection, live: Json, custom: CustomFields, pointed: Pointed, *, keep: bool
) -> Iterator[Step]:
    """Name, products and custom fields; `keep` leaves the products that others put in."""
    yield from locales_step("changeName", "name", live["name"], record.name)
    yield from custom.steps(record, live)
    if isinstance(record.products, UnsetType):
        return
    if live.get("mode", "Individual") != "Individual":
        raise Refused(
            f"product selection {record.key} lists what it leaves out (mode {live['mode']})",
            code="selection_mode",
            advice="Give the feed's assortment another key, or leave `products` out of the feed",
        )
    yield from _products(live.get("products", ()), chosen(record), pointed, keep=keep)


def missing_products(record: ProductSelection, pointed: Pointed) -> tuple[str, ...]:
    """The products of the record that are not there yet."""
    return tuple(one.product for one in chosen(record) if pointed.id("product", one.product) is None)


def _products(
    live: Sequence[Json], wanted: Sequence[SelectedProduct], pointed: Pointed, *, keep: bool
) -> Iterator[Step]:
    held = {one["product"]["id"]: one for one in live}
    ids = {one.product: pointed.id("product", one.product) for one in wanted}
    named = set(ids.values())
    for product_id, old in held.items():
        if product_id not in named and not keep:
            product = {"typeId": "product", "id": product_id}
            name = old["product"].get("key", product_id)
            yield Step.of({"action": "removeProduct", "product": product}, "products", name, None)
    for one in wanted:
        product_id = ids[one.product]
        if product_id is not None and product_id in held:
            yield from _variants(held[product_id].get("variantSelection"), one)
    for one in wanted:
        product_id = ids[one.product]
        if product_id is not None and product_id not in held:
            yield Step.of(add_product(one), "products", None, one.product)


def _variants(live: Json | None, wanted: SelectedProduct) -> Iterator[Step]:
    """Which variants are in: without a selection all of them."""
    action: Json = {
        "action": "setVariantSelection",
        "product": {"typeId": "product", "key": wanted.product},
    }
    field = f"products[{wanted.product}].skus"
    if isinstance(wanted.skus, UnsetType):
        if live is not None and (live["type"] in _INCLUDES or live["skus"]):
            yield Step.of(action, field, live["skus"], "all")
        return
    same = live is not None and live["type"] in _INCLUDES and set(live["skus"]) == set(wanted.skus)
    if not same:
        skus = list(dict.fromkeys(wanted.skus))
        action["variantSelection"] = {"type": "includeOnly", "skus": skus}
        yield Step.of(action, field, "all" if live is None else live["skus"], skus)

"""Variants that are resources of their own (beta, projects with the catalogue model Modular)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, TypeAlias

from typing_extensions import override

from ...assets import Assets, new_assets
from ...custom_fields import type_of
from ...field_tree import ASSET, CREATED, REFERENCE, Leaf, Tree
from ...kind import Kind
from ...problems import Problem, invalid_operation, reference_exists
from ...project import Project
from ...store import Claim, Doc
from ...vocabulary import Image, Key, Model, ProductIdentifier, Text, as_json, put
from ..catalogue_model import is_modular
from ..products.attributes import (
    Attributes,
    check_constraints,
    check_required,
    definitions,
    new_attributes,
)
from .assets import ModularAssetAction
from .fields import ModularFieldAction, product_of

__all__ = ["ModularVariantAction", "ModularVariants"]

ModularVariantAction: TypeAlias = ModularFieldAction | ModularAssetAction
MAX_VARIANTS = 10_000

_DATA: Tree = {
    "sku": Leaf.TEXT,
    "images": {"url": Leaf.TEXT, "label": Leaf.TEXT},
    "attributes": {"name": Leaf.TEXT, "value": Leaf.ANY},
    "assets": ASSET,
}


class VariantDraft(Model):
    """A new variant of a product; it has a current side alone."""

    product: ProductIdentifier
    key: Key | None = None
    sku: Text | None = None
    publish: bool = False
    images: tuple[Image, ...] = ()
    attributes: Attributes = ()
    assets: Assets = ()


class ModularVariants(Kind[VariantDraft]):
    """`/variants`."""

    type_id = "variant"
    path = "variants"
    read_scopes = ("view_products",)
    write_scopes = ("manage_products",)
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "variantId": Leaf.NUMBER,
        "product": REFERENCE,
        "published": Leaf.BOOLEAN,
        "current": _DATA,
        "staged": _DATA,
    }
    paths: ClassVar = {
        ("key",): "key",
        ("product", "id"): "product",
        ("current", "sku"): "sku",
        ("staged", "sku"): "sku",
    }

    def __init__(self) -> None:
        super().__init__(VariantDraft, ModularVariantAction)

    @override
    def build(self, draft: VariantDraft, project: Project) -> Doc:
        if not is_modular(project):
            raise invalid_operation(
                "Variants are resources of their own only in projects with the productCatalogModel Modular."
            )
        product = project.referenced(draft.product, "product")
        if draft.publish and not product["masterData"]["published"]:
            raise invalid_operation("A variant cannot be published before its product is.")
        taken = [
            one["variantId"] for one in project.collection(self.type_id).sharing("product", product["id"])
        ]
        if len(taken) >= MAX_VARIANTS:
            raise Problem(
                400,
                "MaxResourceLimitExceeded",
                f"A product can have at most {MAX_VARIANTS} variants.",
                exceededResource="variant",
            )
        data: Doc = {
            "images": as_json(draft.images),
            "attributes": new_attributes(draft.attributes, definitions(product, project), project),
            "assets": new_assets(draft.assets, project),
        }
        put(data, "sku", draft.sku)
        doc: Doc = {
            "variantId": max(taken, default=0) + 1,
            "product": {"typeId": "product", "id": product["id"]},
            "published": draft.publish,
            "current": data,
        }
        put(doc, "key", draft.key)
        return doc

    @override
    def claims(self, doc: Doc) -> Iterable[Claim]:
        claims: dict[Claim, None] = dict.fromkeys(super().claims(doc))
        for data in _sides(doc):
            if "sku" in data:
                claims["sku", data["sku"]] = None
        return claims

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        yield "product", doc["product"]["id"]
        for data in _sides(doc):
            yield from type_of(*data["assets"])

    @override
    def finish(self, doc: Doc, project: Project) -> None:
        if doc.get("staged") == doc["current"]:
            del doc["staged"]
        known = definitions(product_of(doc, project), project)
        for data in _sides(doc):
            check_required(data["attributes"], known, "Variant")
        # No action reaches all variants at once: SameForAll could never be given another value.
        bound = [one for one in known.values() if one["attributeConstraint"] not in ("None", "SameForAll")]
        if bound:
            self._check_among_siblings(doc, bound, project)

    def _check_among_siblings(self, doc: Doc, bound: list[Doc], project: Project) -> None:
        siblings = project.collection(self.type_id).sharing("product", doc["product"]["id"])
        variants = [*(one for one in siblings if one["id"] != doc["id"]), doc]
        for sides in (
            [one["current"] for one in variants],
            [one.get("staged", one["current"]) for one in variants],
        ):
            check_constraints({"masterVariant": sides[0], "variants": sides[1:]}, bound)

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        if doc["published"]:
            raise invalid_operation("A published variant cannot be deleted; unpublish it first.")
        if project.collection("product").found("defaultVariant", doc["id"]):
            raise reference_exists("variant", "product")


def _sides(doc: Doc) -> Iterator[Doc]:
    yield doc["current"]
    if "staged" in doc:
        yield doc["staged"]

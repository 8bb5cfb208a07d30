"""Update actions on variants: which there are, which one is the master, how they are identified."""

from __future__ import annotations

from typing import Literal, TypeAlias

from typing_extensions import override

from ...actions import Action
from ...assets import Assets
from ...problems import invalid_operation
from ...project import Project
from ...store import Doc, copied
from ...vocabulary import Identifier, Image, Key, Text, put
from ..catalogue_model import is_modular
from ..variants import all_variants, sides_of, variant_named
from .attributes import Attributes, check_attributes, definitions
from .prices import Prices
from .sides import OnVariant, Staged
from .variant_drafts import ProductVariantDraft, new_variant

__all__ = ["VariantAction"]


class VariantIdentifier(Identifier):
    """Points to a variant that is a resource of its own."""

    type_id: Literal["variant"] = "variant"


class AddVariant(Staged, kw_only=True):
    """Adds a variant behind the others; its id is new even when others were removed."""

    sku: Text | None = None
    key: Key | None = None
    prices: Prices = ()
    images: tuple[Image, ...] = ()
    attributes: Attributes = ()
    assets: Assets = ()

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        known = definitions(doc, project)
        draft = ProductVariantDraft(
            sku=self.sku,
            key=self.key,
            prices=self.prices,
            images=self.images,
            attributes=self.attributes,
            assets=self.assets,
        )
        number = max(variant["id"] for data in sides_of(doc) for variant in all_variants(data)) + 1
        variant = new_variant(draft, number, known, project)
        for data in self.sides(doc):
            data["variants"].append(copied(variant))
            check_attributes(data, known)


class RemoveVariant(Staged, kw_only=True):
    """Takes a variant away; the master variant cannot go."""

    id: int | None = None
    sku: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            variant = variant_named(data, self.id, self.sku)
            if variant is data["masterVariant"]:
                raise invalid_operation(
                    "The master variant cannot be removed; change the master variant first."
                )
            data["variants"] = [other for other in data["variants"] if other is not variant]


class ChangeMasterVariant(OnVariant, kw_only=True):
    """Makes another variant the master; the old master becomes the first of the others. Ids stay."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            variant = variant_named(data, self.variant_id, self.sku)
            if variant is not data["masterVariant"]:
                others = [other for other in data["variants"] if other is not variant]
                data["variants"] = [data["masterVariant"], *others]
                data["masterVariant"] = variant


class SetProductVariantKey(OnVariant, kw_only=True):
    """`key` left out removes it."""

    key: Key | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for variant in self.variants(doc):
            put(variant, "key", self.key)


class SetSku(Staged, kw_only=True):
    """Changes a SKU that no inventory entry uses; `sku` left out removes it."""

    variant_id: int
    sku: Text | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            _set_sku(variant_named(data, self.variant_id, None), self.sku, project)


class LegacySetSku(Action, tag="setSKU"):
    """The old name of `setSku`, deprecated: it knows the staged side alone."""

    variant_id: int
    sku: Text | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        variant = variant_named(doc["masterData"]["staged"], self.variant_id, None)
        _set_sku(variant, self.sku, project)


class SetDefaultVariant(Staged, kw_only=True):
    """Names the variant that stands for the product, `variant` left out none.

    Only where variants are resources of their own.
    """

    variant: VariantIdentifier | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        if not is_modular(project):
            raise invalid_operation(
                "setDefaultVariant is only available in projects with the productCatalogModel Modular."
            )
        reference: Doc | None = None
        if self.variant is not None:
            variant = project.referenced(self.variant, "variant")
            if variant["product"]["id"] != doc["id"]:
                raise invalid_operation(f"The variant '{variant['id']}' is one of another product.")
            reference = {"typeId": "variant", "id": variant["id"]}
        for data in self.sides(doc):
            put(data, "defaultVariant", reference)


VariantAction: TypeAlias = (
    AddVariant
    | RemoveVariant
    | ChangeMasterVariant
    | SetProductVariantKey
    | SetSku
    | LegacySetSku
    | SetDefaultVariant
)


def _set_sku(variant: Doc, sku: str | None, project: Project) -> None:
    used = variant.get("sku")
    if used is not None and used != sku and project.collection("inventory-entry").found("sku", used):
        raise invalid_operation(f"The SKU '{used}' is used by an inventory entry and cannot be changed.")
    put(variant, "sku", sku)

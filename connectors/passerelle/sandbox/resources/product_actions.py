"""Update actions of products. Most act on the staged side, with `staged: false` on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ..actions import Action, SetFields
from ..problems import invalid_field, invalid_input, invalid_operation
from ..project import Project
from ..store import Doc, copied
from ..vocabulary import (
    CategoryIdentifier,
    Image,
    Key,
    Localized,
    Model,
    OrderHint,
    Slugs,
    TaxCategoryIdentifier,
    Text,
    as_json,
    put,
)
from .variants import (
    Attributes,
    ProductVariantDraft,
    all_variants,
    check_attributes,
    definitions,
    new_variant,
    set_attribute,
    variant_named,
)

__all__ = ["ProductAction", "check_order_hints"]


class _Staged(Action):
    staged: bool = True

    def sides(self, doc: Doc) -> Iterator[Doc]:
        """The sides that the action changes."""
        master = doc["masterData"]
        if not self.staged:
            yield master["current"]
        yield master["staged"]


class _SetStaged(_Staged, kw_only=True):
    """Sets what it names, `staged` aside."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            for name, encoded in zip(self.__struct_fields__, self.__struct_encode_fields__, strict=True):
                if name != "staged":
                    put(data, encoded, copied(as_json(getattr(self, name))))


class ChangeName(_SetStaged, kw_only=True):
    """`name` replaces all locales."""

    name: Localized


class ChangeSlug(_SetStaged, kw_only=True):
    """`slug` replaces all locales."""

    slug: Slugs


class SetDescription(_SetStaged, kw_only=True):
    """`description` left out removes it."""

    description: Localized | None = None


class SetMetaTitle(_SetStaged, kw_only=True):
    """`metaTitle` left out removes it."""

    meta_title: Localized | None = None


class SetMetaDescription(_SetStaged, kw_only=True):
    """`metaDescription` left out removes it."""

    meta_description: Localized | None = None


class SetMetaKeywords(_SetStaged, kw_only=True):
    """`metaKeywords` left out removes it."""

    meta_keywords: Localized | None = None


class SearchKeyword(Model):
    """A word that finds the product."""

    text: Text


class SetSearchKeywords(_SetStaged, kw_only=True):
    """Replaces all keywords."""

    search_keywords: dict[str, list[SearchKeyword]]


class AddToCategory(_Staged, kw_only=True):
    """Adds the product to a category, in which it must not be yet."""

    category: CategoryIdentifier
    order_hint: OrderHint | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        reference = project.reference(self.category, "category")
        for data in self.sides(doc):
            if reference in data["categories"]:
                raise invalid_operation(f"The product is already in the category '{reference['id']}'.")
            data["categories"].append(reference)
            if self.order_hint is not None:
                data["categoryOrderHints"][reference["id"]] = self.order_hint


class RemoveFromCategory(_Staged, kw_only=True):
    """Takes the product out of a category, in which it must be; its order hint goes too."""

    category: CategoryIdentifier

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        reference = project.reference(self.category, "category")
        for data in self.sides(doc):
            if reference not in data["categories"]:
                raise invalid_operation(f"The product is not in the category '{reference['id']}'.")
            data["categories"].remove(reference)
            data["categoryOrderHints"].pop(reference["id"], None)


class SetCategoryOrderHint(_Staged, kw_only=True):
    """Where the product stands in a category; the category is named by id. Left out: removed."""

    category_id: str
    order_hint: OrderHint | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            if all(category["id"] != self.category_id for category in data["categories"]):
                raise invalid_operation(f"The product is not in the category '{self.category_id}'.")
            put(data["categoryOrderHints"], self.category_id, self.order_hint)


def check_order_hints(data: Doc) -> None:
    """Refuse an order hint for a category in which the product is not."""
    inside = {category["id"] for category in data["categories"]}
    for category_id in data["categoryOrderHints"]:
        if category_id not in inside:
            raise invalid_operation(f"The product is not in the category '{category_id}'.")


class SetTaxCategory(Action):
    """`taxCategory` left out removes it."""

    tax_category: TaxCategoryIdentifier | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        found = None if self.tax_category is None else project.reference(self.tax_category, "tax-category")
        put(doc, "taxCategory", found)


class SetKey(SetFields):
    """`key` left out removes it."""

    key: Key | None = None


class SetPriceMode(Action):
    """Where prices are read from; left out it is Embedded."""

    price_mode: Literal["Embedded", "Standalone"] = "Embedded"

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["priceMode"] = self.price_mode


class AddVariant(_Staged, kw_only=True):
    """Adds a variant behind the others; its id is new even when others were removed."""

    sku: Text | None = None
    key: Key | None = None
    prices: Annotated[tuple[Any, ...], Meta(max_length=0)] = ()
    images: tuple[Image, ...] = ()
    attributes: Attributes = ()

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        known = definitions(doc, project)
        draft = ProductVariantDraft(
            sku=self.sku, key=self.key, images=self.images, attributes=self.attributes
        )
        master = doc["masterData"]
        taken = {v["id"] for side in ("current", "staged") for v in all_variants(master[side])}
        number = max(taken) + 1
        for data in self.sides(doc):
            data["variants"].append(new_variant(draft, number, known, project))
            check_attributes(data, known)


class RemoveVariant(_Staged, kw_only=True):
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
            data["variants"].remove(variant)


class _OnVariant(_Staged, kw_only=True):
    variant_id: int | None = None
    sku: str | None = None

    def variants(self, doc: Doc) -> Iterator[tuple[Doc, Doc]]:
        """Each side that changes, with the variant that is meant in it."""
        for data in self.sides(doc):
            yield data, variant_named(data, self.variant_id, self.sku)


class ChangeMasterVariant(_OnVariant, kw_only=True):
    """Makes another variant the master; the old master becomes the first of the others."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data, variant in self.variants(doc):
            if variant is not data["masterVariant"]:
                data["variants"].remove(variant)
                data["variants"].insert(0, data["masterVariant"])
                data["masterVariant"] = variant


class SetProductVariantKey(_OnVariant, kw_only=True):
    """`key` left out removes it."""

    key: Key | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for _, variant in self.variants(doc):
            put(variant, "key", self.key)


class SetSku(_Staged, kw_only=True):
    """Changes a SKU that no inventory entry uses; `sku` left out removes it."""

    variant_id: int
    sku: Text | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            variant = variant_named(data, self.variant_id, None)
            used = variant.get("sku")
            if (
                used is not None
                and used != self.sku
                and project.collection("inventory-entry").found("sku", used)
            ):
                raise invalid_operation(
                    f"The SKU '{used}' is used by an inventory entry and cannot be changed."
                )
            put(variant, "sku", self.sku)


class SetAttribute(_OnVariant, kw_only=True):
    """Sets one attribute of one variant; `value` left out removes it."""

    name: Text
    value: Any = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        known = definitions(doc, project)
        for data, variant in self.variants(doc):
            set_attribute(variant, self.name, self.value, known, project)
            if known[self.name]["attributeConstraint"] == "SameForAll":
                check_attributes(data, {self.name: known[self.name]})


class SetAttributeInAllVariants(_Staged, kw_only=True):
    """Sets one attribute of all variants at once; `value` left out removes it."""

    name: Text
    value: Any = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        known = definitions(doc, project)
        for data in self.sides(doc):
            for variant in all_variants(data):
                set_attribute(variant, self.name, copied(self.value), known, project)


class AddExternalImage(_OnVariant, kw_only=True):
    """Adds an image; one URL stands once on a variant."""

    image: Image

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for _, variant in self.variants(doc):
            if any(image["url"] == self.image.url for image in variant["images"]):
                raise invalid_operation(f"The variant already has the image '{self.image.url}'.")
            variant["images"].append(as_json(self.image))


class _OnImage(_OnVariant, kw_only=True):
    image_url: str

    def images(self, doc: Doc) -> Iterator[tuple[Doc, Doc]]:
        """Each variant that changes, with the image that is meant."""
        for _, variant in self.variants(doc):
            for image in variant["images"]:
                if image["url"] == self.image_url:
                    yield variant, image
                    break
            else:
                known = [image["url"] for image in variant["images"]]
                raise invalid_field("imageUrl", self.image_url, known)


class RemoveImage(_OnImage, kw_only=True):
    """Takes an image away."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for variant, image in self.images(doc):
            variant["images"].remove(image)


class MoveImageToPosition(_OnImage, kw_only=True):
    """Puts an image at a place counted from zero."""

    position: Annotated[int, Meta(ge=0)]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for variant, image in self.images(doc):
            if self.position >= len(variant["images"]):
                raise invalid_input(f"position {self.position} is behind the last image.")
            variant["images"].remove(image)
            variant["images"].insert(self.position, image)


class SetImageLabel(_OnImage, kw_only=True):
    """`label` left out removes it."""

    label: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for _, image in self.images(doc):
            put(image, "label", self.label)


class Publish(Action):
    """Makes the staged side the current one, for sale."""

    scope: Literal["All", "Prices"] = "All"

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        master = doc["masterData"]
        if self.scope == "Prices":
            if not master["published"]:
                raise invalid_operation("Only prices of a published product can be published.")
            return
        master["published"] = True
        master["current"] = copied(master["staged"])


class Unpublish(Action):
    """Takes the product out of sale."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["masterData"]["published"] = False


class RevertStagedChanges(Action):
    """Makes the staged side what the current one is."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        master = doc["masterData"]
        master["staged"] = copied(master["current"])


class RevertStagedVariantChanges(Action):
    """Makes one staged variant what it is on the current side."""

    variant_id: int

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        master = doc["masterData"]
        staged = variant_named(master["staged"], self.variant_id, None)
        current = variant_named(master["current"], self.variant_id, None)
        staged.clear()
        staged.update(copied(current))


ProductAction: TypeAlias = (
    ChangeName
    | ChangeSlug
    | SetDescription
    | SetMetaTitle
    | SetMetaDescription
    | SetMetaKeywords
    | SetSearchKeywords
    | AddToCategory
    | RemoveFromCategory
    | SetCategoryOrderHint
    | SetTaxCategory
    | SetKey
    | SetPriceMode
    | AddVariant
    | RemoveVariant
    | ChangeMasterVariant
    | SetProductVariantKey
    | SetSku
    | SetAttribute
    | SetAttributeInAllVariants
    | AddExternalImage
    | RemoveImage
    | MoveImageToPosition
    | SetImageLabel
    | Publish
    | Unpublish
    | RevertStagedChanges
    | RevertStagedVariantChanges
)

"""Update actions on what a variant of its own is called and how it looks, and on its two sides."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ...actions import Action, SetFields
from ...images import add_image, image_at, move_image, remove_image
from ...problems import invalid_operation
from ...project import Project
from ...store import Doc, copied
from ...vocabulary import Image, Key, Text, as_json, put
from ..products.attributes import Attributes, definitions, new_attributes, set_attribute
from .sides import StagedVariant

__all__ = ["ModularFieldAction", "product_of"]


def product_of(variant: Doc, project: Project) -> Doc:
    """The product that a variant belongs to."""
    return project.collection("product").docs[variant["product"]["id"]]


class SetKey(SetFields):
    """`key` left out removes it."""

    key: Key | None = None


class SetSku(StagedVariant, kw_only=True):
    """Changes a SKU that no inventory entry uses; `sku` left out removes it."""

    sku: Text | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            used = data.get("sku")
            if used not in (None, self.sku) and project.collection("inventory-entry").found("sku", used):
                raise invalid_operation(
                    f"The SKU '{used}' is used by an inventory entry and cannot be changed."
                )
            put(data, "sku", self.sku)


class SetAttribute(StagedVariant, kw_only=True):
    """Sets one attribute; `value` left out removes it."""

    name: Text
    value: Any = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        known = definitions(product_of(doc, project), project)
        for data in self.sides(doc):
            set_attribute(data["attributes"], self.name, copied(self.value), known, project)


class SetAttributes(StagedVariant, kw_only=True):
    """Replaces all attributes."""

    attributes: Attributes

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        known = definitions(product_of(doc, project), project)
        for data in self.sides(doc):
            data["attributes"] = new_attributes(self.attributes, known, project)


class SetImages(StagedVariant, kw_only=True):
    """Replaces all images."""

    images: tuple[Image, ...]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            data["images"] = as_json(self.images)


class AddExternalImage(StagedVariant, kw_only=True):
    """Adds an image; one URL stands once on a variant."""

    image: Image

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            add_image(data, self.image)


class RemoveImage(StagedVariant, kw_only=True):
    """Takes an image away."""

    image_url: str

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            remove_image(data, self.image_url)


class MoveImageToPosition(StagedVariant, kw_only=True):
    """Puts an image at a place counted from zero."""

    image_url: str
    position: Annotated[int, Meta(ge=0)]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            move_image(data, self.image_url, self.position)


class SetImageLabel(StagedVariant, kw_only=True):
    """`label` left out removes it."""

    image_url: str
    label: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            put(image_at(data, self.image_url), "label", self.label)


class Publish(Action):
    """Makes the staged side the current one, for sale; the product must be for sale before."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        if not product_of(doc, project)["masterData"]["published"]:
            raise invalid_operation("A variant cannot be published before its product is.")
        doc["published"] = True
        doc["current"] = doc.pop("staged", doc["current"])


class Unpublish(Action):
    """Takes the variant out of sale."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["published"] = False


class RemoveStagedChanges(Action):
    """Forgets the staged side."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc.pop("staged", None)


ModularFieldAction: TypeAlias = (
    SetKey
    | SetSku
    | SetAttribute
    | SetAttributes
    | SetImages
    | AddExternalImage
    | RemoveImage
    | MoveImageToPosition
    | SetImageLabel
    | Publish
    | Unpublish
    | RemoveStagedChanges
)

"""Update actions on the images of a variant: each is known by its URL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ...problems import invalid_field, invalid_input, invalid_operation
from ...project import Project
from ...store import Doc
from ...vocabulary import Image, as_json, put
from .sides import OnVariant

__all__ = ["ImageAction"]


class AddExternalImage(OnVariant, kw_only=True):
    """Adds an image; one URL stands once on a variant."""

    image: Image

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for variant in self.variants(doc):
            if any(image["url"] == self.image.url for image in variant["images"]):
                raise invalid_operation(f"The variant already has the image '{self.image.url}'.")
            variant["images"].append(as_json(self.image))


class _OnImage(OnVariant, kw_only=True):
    image_url: str

    def images(self, doc: Doc) -> Iterator[tuple[Doc, Doc]]:
        """Each variant that changes, with the image that is meant."""
        for variant in self.variants(doc):
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


ImageAction: TypeAlias = AddExternalImage | RemoveImage | MoveImageToPosition | SetImageLabel

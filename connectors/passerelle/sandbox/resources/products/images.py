"""Update actions on the images of a variant."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ...images import add_image, image_at, move_image, remove_image
from ...project import Project
from ...store import Doc
from ...vocabulary import Image, put
from .sides import OnVariant

__all__ = ["ImageAction"]


class AddExternalImage(OnVariant, kw_only=True):
    """Adds an image; one URL stands once on a variant."""

    image: Image

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for variant in self.variants(doc):
            add_image(variant, self.image)


class RemoveImage(OnVariant, kw_only=True):
    """Takes an image away."""

    image_url: str

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for variant in self.variants(doc):
            remove_image(variant, self.image_url)


class MoveImageToPosition(OnVariant, kw_only=True):
    """Puts an image at a place counted from zero."""

    image_url: str
    position: Annotated[int, Meta(ge=0)]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for variant in self.variants(doc):
            move_image(variant, self.image_url, self.position)


class SetImageLabel(OnVariant, kw_only=True):
    """`label` left out removes it."""

    image_url: str
    label: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for variant in self.variants(doc):
            put(image_at(variant, self.image_url), "label", self.label)


ImageAction: TypeAlias = AddExternalImage | RemoveImage | MoveImageToPosition | SetImageLabel

"""Images that lie elsewhere and hang on a variant: each is known by its URL, which stands there once."""

from __future__ import annotations

from .problems import invalid_field, invalid_input, invalid_operation
from .store import Doc
from .vocabulary import Image, as_json

__all__ = ["add_image", "image_at", "move_image", "remove_image"]


def add_image(holder: Doc, image: Image) -> None:
    """Put an image behind the others.

    Raises:
        Problem: 400 InvalidOperation when one of its URL is there.
    """
    if any(known["url"] == image.url for known in holder["images"]):
        raise invalid_operation(f"The variant already has the image '{image.url}'.")
    holder["images"].append(as_json(image))


def image_at(holder: Doc, url: str) -> Doc:
    """The image of a URL.

    Raises:
        Problem: 400 InvalidField, with the URLs that there are.
    """
    for image in holder["images"]:
        if image["url"] == url:
            found: Doc = image
            return found
    raise invalid_field("imageUrl", url, [image["url"] for image in holder["images"]])


def move_image(holder: Doc, url: str, position: int) -> None:
    """Put an image at a place counted from zero.

    Raises:
        Problem: 400 for a place behind the last image, or no such image.
    """
    image = image_at(holder, url)
    if position >= len(holder["images"]):
        raise invalid_input(f"position {position} is behind the last image.")
    holder["images"].remove(image)
    holder["images"].insert(position, image)


def remove_image(holder: Doc, url: str) -> None:
    """Take the image of a URL away."""
    holder["images"].remove(image_at(holder, url))

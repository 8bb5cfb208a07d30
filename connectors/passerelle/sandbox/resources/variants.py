"""Where the variants of a product are: on its current and its staged side, the master variant first."""

from __future__ import annotations

from collections.abc import Iterator

from ..problems import invalid_input
from ..store import Doc

__all__ = ["all_variants", "sides_of", "variant_named"]


def sides_of(product: Doc) -> Iterator[Doc]:
    """The sides of a product; one alone when both are the same."""
    master = product["masterData"]
    yield master["staged"]
    if master["current"] is not master["staged"]:
        yield master["current"]


def all_variants(data: Doc) -> Iterator[Doc]:
    """The variants of one side of a product, the master variant first."""
    yield data["masterVariant"]
    yield from data["variants"]


def variant_named(data: Doc, number: int | None, sku: str | None) -> Doc:
    """The variant that an action names by id or SKU.

    Raises:
        Problem: 400 when neither or both are given, or there is none.
    """
    if (number is None) == (sku is None):
        raise invalid_input("An action on a variant takes either a variant id or a sku.")
    for variant in all_variants(data):
        if (number is not None and variant["id"] == number) or (
            sku is not None and variant.get("sku") == sku
        ):
            return variant
    named = f"id {number}" if number is not None else f"sku '{sku}'"
    raise invalid_input(f"The product has no variant with {named}.")

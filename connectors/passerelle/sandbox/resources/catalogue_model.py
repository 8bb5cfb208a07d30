"""Which catalogue model a project has, and what it asks of products."""

from __future__ import annotations

from ..problems import invalid_operation
from ..project import Project
from ..store import Doc

__all__ = ["check_without_variants", "is_modular"]


def is_modular(project: Project) -> bool:
    """Whether variants are resources of their own."""
    return bool(project.settings.get("productCatalogModel") == "Modular")


def check_without_variants(product: Doc) -> None:
    """Refuse a product that carries variants, or reads embedded prices, where variants stand alone.

    Raises:
        Problem: 400 InvalidOperation, for drafts and for update actions on variants alike.
    """
    if product["priceMode"] != "Standalone":
        raise invalid_operation("In a project with the catalogue model Modular all prices stand alone.")
    for side in ("current", "staged"):
        data = product["masterData"][side]
        master = data["masterVariant"]
        if data["variants"] or any(value for name, value in master.items() if name != "id"):
            raise invalid_operation(
                "In a project with the catalogue model Modular a product carries no variants: "
                "they are created and changed at /variants."
            )

"""Update actions on the categories of a product, and where it stands in them."""

from __future__ import annotations

from typing import TypeAlias

from typing_extensions import override

from ...problems import invalid_operation
from ...project import Project
from ...store import Doc
from ...vocabulary import CategoryIdentifier, OrderHint, put
from .sides import Staged

__all__ = ["AssortmentAction", "check_order_hints"]


class AddToCategory(Staged, kw_only=True):
    """Adds the product to a category, in which it must not be yet."""

    category: CategoryIdentifier
    order_hint: OrderHint | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        reference = project.reference(self.category, "category")
        for data in self.sides(doc):
            if reference in data["categories"]:
                raise invalid_operation(f"The product is already in the category '{reference['id']}'.")
            data["categories"].append(dict(reference))
            put(data["categoryOrderHints"], reference["id"], self.order_hint)


class RemoveFromCategory(Staged, kw_only=True):
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


class SetCategoryOrderHint(Staged, kw_only=True):
    """Where the product stands in a category; the category is named by id. Left out: removed."""

    category_id: str
    order_hint: OrderHint | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            _refuse_outside(data, self.category_id)
            put(data["categoryOrderHints"], self.category_id, self.order_hint)


def check_order_hints(data: Doc) -> None:
    """Refuse an order hint for a category in which the product is not."""
    for category_id in data["categoryOrderHints"]:
        _refuse_outside(data, category_id)


def _refuse_outside(data: Doc, category_id: str) -> None:
    if all(category["id"] != category_id for category in data["categories"]):
        raise invalid_operation(f"The product is not in the category '{category_id}'.")


AssortmentAction: TypeAlias = AddToCategory | RemoveFromCategory | SetCategoryOrderHint

"""Update actions on attributes.

SameForAll is looked at after each action, everything else after the last: the platform refuses a single
`setAttribute` that leaves the variants apart, and a new variant that comes before the others were changed.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from typing_extensions import override

from ...project import Project
from ...store import Doc, copied
from ...vocabulary import Text
from ..variants import all_variants, variant_named
from .attributes import check_constraints, definitions, set_attribute
from .sides import Staged

__all__ = ["AttributeAction"]


class _SetAttribute(Staged, kw_only=True):
    name: Text
    value: Any = None


class SetAttribute(_SetAttribute, kw_only=True):
    """Sets one attribute of one variant; `value` left out removes it."""

    variant_id: int | None = None
    sku: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        known = definitions(doc, project)
        for data in self.sides(doc):
            variant = variant_named(data, self.variant_id, self.sku)
            set_attribute(variant["attributes"], self.name, copied(self.value), known, project)
            if known[self.name]["attributeConstraint"] == "SameForAll":
                check_constraints(data, (known[self.name],))


class SetAttributeInAllVariants(_SetAttribute, kw_only=True):
    """Sets one attribute of all variants at once; `value` left out removes it."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        known = definitions(doc, project)
        for data in self.sides(doc):
            for variant in all_variants(data):
                set_attribute(variant["attributes"], self.name, copied(self.value), known, project)


class SetProductAttribute(_SetAttribute, kw_only=True):
    """Sets one attribute of the product itself; `value` left out removes it."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        known = definitions(doc, project)
        for data in self.sides(doc):
            value = copied(self.value)
            set_attribute(data["attributes"], self.name, value, known, project, level="Product")


AttributeAction: TypeAlias = SetAttribute | SetAttributeInAllVariants | SetProductAttribute

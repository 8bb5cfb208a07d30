"""Product discounts: what prices may be reduced by; the sandbox keeps them, and reduces no price itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ..actions import Action, SetFields
from ..field_tree import CREATED, REFERENCE, Leaf, Tree
from ..kind import Kind
from ..problems import invalid_input
from ..project import Project
from ..store import Claim, Doc
from ..vocabulary import Key, Localized, Model, Moment, Money, Text, as_json, put, typed_money

__all__ = ["ProductDiscountAction", "ProductDiscounts"]

#: A number between zero and one without zeros at its end: the greater comes first.
SortOrder: TypeAlias = Annotated[str, Meta(pattern=r"^0\.[0-9]*[1-9]$")]


class RelativeValue(Model, tag="relative", tag_field="type"):
    """So many ten thousandths off."""

    permyriad: Annotated[int, Meta(ge=0, le=10_000)]


class AbsoluteValue(Model, tag="absolute", tag_field="type"):
    """An amount off, one a currency."""

    money: Annotated[list[Money], Meta(min_length=1)]


class ExternalValue(Model, tag="external", tag_field="type"):
    """Prices are reduced from outside, by `setDiscountedPrice`."""


Value: TypeAlias = RelativeValue | AbsoluteValue | ExternalValue


class ProductDiscountDraft(Model):
    """A new discount."""

    name: Localized
    value: Value
    predicate: Text
    sort_order: SortOrder
    is_active: bool
    key: Key | None = None
    description: Localized | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None


class ChangeName(SetFields):
    """`name` replaces all locales."""

    name: Localized


class SetKey(SetFields):
    """`key` left out removes it."""

    key: Key | None = None


class SetDescription(SetFields):
    """`description` left out removes it."""

    description: Localized | None = None


class ChangePredicate(SetFields):
    """Which prices are meant."""

    predicate: Text


class ChangeSortOrder(SetFields):
    """Which discount comes first."""

    sort_order: SortOrder


class ChangeIsActive(SetFields):
    """Whether it holds at all."""

    is_active: bool


class ChangeValue(Action):
    """How much is taken off."""

    value: Value

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["value"] = _value(self.value)


class SetValidFrom(SetFields):
    """`validFrom` left out removes it."""

    valid_from: Moment | None = None


class SetValidUntil(SetFields):
    """`validUntil` left out removes it."""

    valid_until: Moment | None = None


class SetValidFromAndUntil(SetFields):
    """What is left out is removed."""

    valid_from: Moment | None = None
    valid_until: Moment | None = None


ProductDiscountAction: TypeAlias = (
    ChangeName
    | SetKey
    | SetDescription
    | ChangePredicate
    | ChangeSortOrder
    | ChangeIsActive
    | ChangeValue
    | SetValidFrom
    | SetValidUntil
    | SetValidFromAndUntil
)


def _value(draft: Value) -> Doc:
    if isinstance(draft, AbsoluteValue):
        return {"type": "absolute", "money": [typed_money(money) for money in draft.money]}
    stored: Doc = as_json(draft)
    return stored


class ProductDiscounts(Kind[ProductDiscountDraft]):
    """`/product-discounts`."""

    type_id = "product-discount"
    path = "product-discounts"
    read_scopes = ("view_product_discounts", "view_products")
    write_scopes = ("manage_product_discounts", "manage_products")
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "name": Leaf.LOCALIZED,
        "description": Leaf.LOCALIZED,
        "predicate": Leaf.TEXT,
        "sortOrder": Leaf.TEXT,
        "isActive": Leaf.BOOLEAN,
        "value": {"type": Leaf.TEXT, "permyriad": Leaf.NUMBER},
        "references": REFERENCE,
        "validFrom": Leaf.TIME,
        "validUntil": Leaf.TIME,
    }
    paths: ClassVar = {("key",): "key"}

    def __init__(self) -> None:
        super().__init__(ProductDiscountDraft, ProductDiscountAction)

    @override
    def build(self, draft: ProductDiscountDraft, project: Project) -> Doc:
        doc: Doc = {
            "name": draft.name,
            "value": _value(draft.value),
            "predicate": draft.predicate,
            "sortOrder": draft.sort_order,
            "isActive": draft.is_active,
            "references": [],
        }
        put(doc, "key", draft.key)
        put(doc, "description", draft.description)
        put(doc, "validFrom", draft.valid_from)
        put(doc, "validUntil", draft.valid_until)
        return doc

    @override
    def claims(self, doc: Doc) -> Iterable[Claim]:
        yield from super().claims(doc)
        yield "sortOrder", doc["sortOrder"]

    @override
    def finish(self, doc: Doc, project: Project) -> None:
        start, end = doc.get("validFrom"), doc.get("validUntil")
        if start is not None and end is not None and start >= end:
            raise invalid_input(f"validFrom {start} must be before validUntil {end}.")

"""Discount codes, as customers typed them at checkout: they can be read, and are what orders refer to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from msgspec import Meta
from typing_extensions import override

from ..actions import Action
from ..field_tree import CREATED, REFERENCE, Leaf, Tree
from ..kind import Kind
from ..project import Project
from ..store import Claim, Doc
from ..vocabulary import Identifier, Key, Localized, Model, Text

__all__ = ["DiscountCodes"]


class CartDiscountIdentifier(Identifier):
    """Points to a cart discount."""

    type_id: Literal["cart-discount"] = "cart-discount"


class DiscountCodeDraft(Model):
    """A new code for cart discounts, of which the sandbox has none: it cannot be created over the API."""

    code: Text
    cart_discounts: Annotated[tuple[CartDiscountIdentifier, ...], Meta(min_length=1)]
    key: Key | None = None
    name: Localized | None = None
    is_active: bool = True


class SetKey(Action):
    """Codes are changed where they are made: the sandbox only reads them."""

    key: Key | None = None


class DiscountCodes(Kind[DiscountCodeDraft]):
    """`/discount-codes`."""

    type_id = "discount-code"
    path = "discount-codes"
    read_scopes = ("view_discount_codes",)
    write_scopes = ("manage_discount_codes",)
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "code": Leaf.TEXT,
        "isActive": Leaf.BOOLEAN,
        "cartDiscounts": REFERENCE,
    }
    paths: ClassVar = {("code",): "code", ("key",): "key"}

    def __init__(self) -> None:
        super().__init__(DiscountCodeDraft, SetKey)

    @override
    def build(self, draft: DiscountCodeDraft, project: Project) -> Doc:
        discounts = [project.reference(one, "cart-discount") for one in draft.cart_discounts]
        return {"code": draft.code, "cartDiscounts": discounts, "isActive": draft.is_active}

    @override
    def claims(self, doc: Doc) -> Iterable[Claim]:
        yield from super().claims(doc)
        yield "code", doc["code"]

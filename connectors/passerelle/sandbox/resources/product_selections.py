"""Product selections: which products, and which of their variants, an assortment has or leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal, TypeAlias

from typing_extensions import override

from ..actions import Action, SetFields
from ..custom_fields import CustomFieldAction, CustomFieldsDraft, CustomTypeAction, custom_fields, type_of
from ..field_tree import CREATED, CUSTOM, Leaf, Tree
from ..kind import Kind
from ..moments import now_text
from ..problems import Problem, invalid_input, invalid_operation, reference_exists
from ..project import Project
from ..store import Claim, Doc
from ..vocabulary import Key, Localized, Model, ProductIdentifier, Text, as_json, put

__all__ = ["ProductSelections"]

Mode: TypeAlias = Literal["Individual", "IndividualExclusion"]
# The older name of the mode, still told.
_TYPE_OF: dict[Mode, str] = {"Individual": "individual", "IndividualExclusion": "individualExclusion"}


class ProductSelectionDraft(Model):
    """A new selection without products; what it does with them stays."""

    name: Localized
    key: Key | None = None
    mode: Mode | None = None
    type: Literal["individual", "individualExclusion"] | None = None
    custom: CustomFieldsDraft | None = None


class VariantSelection(Model):
    """Which variants are in; the first two names are the older ones of the last two."""

    type: Literal["inclusion", "exclusion", "includeOnly", "includeAllExcept"]
    skus: list[Text]


class VariantExclusion(Model):
    """Which variants are out."""

    skus: list[Text]


class ChangeName(SetFields):
    """`name` replaces all locales."""

    name: Localized


class SetKey(SetFields):
    """`key` left out removes it."""

    key: Key | None = None


class SetCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "product-selection"


class SetCustomField(CustomFieldAction):
    """`value` left out removes the field."""


class _OnProduct(Action):
    product: ProductIdentifier

    def named(self, doc: Doc, project: Project) -> tuple[Doc, Doc | None]:
        """The product that is meant, as a reference, and what the selection says of it so far."""
        reference = project.reference(self.product, "product")
        assigned: dict[str, Doc] = doc["assignments"]
        return reference, assigned.get(reference["id"])

    def assign(self, doc: Doc, project: Project, field: str, value: Doc | None) -> None:
        """Take the product in, or find it there as it should be."""
        product, present = self.named(doc, project)
        if present is None:
            assignment: Doc = {"product": product, "createdAt": now_text()}
            put(assignment, field, value)
            doc["assignments"][product["id"]] = assignment
        elif present.get(field) != value:
            raise Problem(
                400,
                "ProductPresentWithDifferentVariantSelection",
                "The product is in the selection already, with other variants.",
                product=product,
                existingVariantSelection={
                    "type": "includeAllExcept",
                    "skus": [],
                    **present.get(field, {}),
                },
            )

    def reassign(self, doc: Doc, project: Project, field: str, value: Doc | None) -> None:
        """Change which variants of a product are meant."""
        product, present = self.named(doc, project)
        if present is None:
            raise _missing(product)
        put(present, field, value)


class AddProduct(_OnProduct, kw_only=True):
    """Takes a product in; without `variantSelection` with all its variants."""

    variant_selection: VariantSelection | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _require(doc, "Individual", "addProduct")
        self.assign(doc, project, "variantSelection", as_json(self.variant_selection))


class ExcludeProduct(_OnProduct, kw_only=True):
    """Leaves a product out; without `variantExclusion` with all its variants."""

    variant_exclusion: VariantExclusion | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _require(doc, "IndividualExclusion", "excludeProduct")
        self.assign(doc, project, "variantExclusion", as_json(self.variant_exclusion))


class RemoveProduct(_OnProduct):
    """Says nothing of a product any more."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        product, present = self.named(doc, project)
        if present is None:
            raise _missing(product)
        del doc["assignments"][product["id"]]


class SetVariantSelection(_OnProduct, kw_only=True):
    """Which variants of a product are in; left out, all are."""

    variant_selection: VariantSelection | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _require(doc, "Individual", "setVariantSelection")
        self.reassign(doc, project, "variantSelection", as_json(self.variant_selection))


class SetVariantExclusion(_OnProduct, kw_only=True):
    """Which variants of a product are out; left out, all are."""

    variant_exclusion: VariantExclusion | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _require(doc, "IndividualExclusion", "setVariantExclusion")
        self.reassign(doc, project, "variantExclusion", as_json(self.variant_exclusion))


ProductSelectionAction: TypeAlias = (
    ChangeName
    | SetKey
    | SetCustomType
    | SetCustomField
    | AddProduct
    | ExcludeProduct
    | RemoveProduct
    | SetVariantSelection
    | SetVariantExclusion
)


def _require(doc: Doc, mode: str, action: str) -> None:
    if doc["mode"] != mode:
        raise invalid_operation(f"{action} is for selections of the mode {mode}, this one is {doc['mode']}.")


def _missing(product: Doc) -> Problem:
    message = "The product is not in the selection."
    return Problem(400, "ProductAssignmentMissing", message, product=product)


class ProductSelections(Kind[ProductSelectionDraft]):
    """`/product-selections`; the products of one are told at a path of their own, page by page."""

    type_id = "product-selection"
    path = "product-selections"
    read_scopes = ("view_product_selections",)
    write_scopes = ("manage_product_selections",)
    hides = True
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "name": Leaf.LOCALIZED,
        "productCount": Leaf.NUMBER,
        "type": Leaf.TEXT,
        "mode": Leaf.TEXT,
        "custom": CUSTOM,
    }
    paths: ClassVar = {("key",): "key", ("custom", "type", "id"): "type"}

    def __init__(self) -> None:
        super().__init__(ProductSelectionDraft, ProductSelectionAction)

    @override
    def build(self, draft: ProductSelectionDraft, project: Project) -> Doc:
        mode: Mode = "IndividualExclusion" if draft.type == "individualExclusion" else "Individual"
        if draft.mode is not None:
            mode = draft.mode
        if draft.type not in (None, _TYPE_OF[mode]):
            raise invalid_input(f"The type {draft.type} contradicts the mode {mode}.")
        doc: Doc = {"name": draft.name, "mode": mode, "type": _TYPE_OF[mode], "assignments": {}}
        put(doc, "key", draft.key)
        put(doc, "custom", custom_fields(draft.custom, self.type_id, project))
        return doc

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        yield from type_of(doc)
        for product_id in doc["assignments"]:
            yield "assigned", product_id

    @override
    def shown(self, doc: Doc, project: Project) -> Doc:
        told: dict[str, Any] = {name: value for name, value in doc.items() if name != "assignments"}
        # A product that is gone is in no selection any more.
        told["productCount"] = sum(project.holds("product", product) for product in doc["assignments"])
        return told

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        if project.collection("store").found("productSelection", doc["id"]):
            raise reference_exists(self.type_id, "store")

"""Categories: a tree without cycles; every node knows its ancestors, the root first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeAlias

from typing_extensions import override

from ..actions import Action, SetFields
from ..assets import Assets, new_assets
from ..custom_fields import CustomFieldAction, CustomFieldsDraft, CustomTypeAction, custom_fields, type_of
from ..field_tree import ASSET, CREATED, CUSTOM, REFERENCE, Leaf, Tree
from ..kind import Kind
from ..problems import invalid_operation, reference_exists
from ..project import Project
from ..store import Claim, Doc
from ..vocabulary import CategoryIdentifier, Key, Localized, Model, OrderHint, Slugs, as_json, put
from .category_assets import CategoryAssetAction

__all__ = ["Categories"]


class CategoryDraft(Model):
    """A new category; without `parent` it is a root."""

    name: Localized
    slug: Slugs
    description: Localized | None = None
    parent: CategoryIdentifier | None = None
    order_hint: OrderHint | None = None
    external_id: str | None = None
    meta_title: Localized | None = None
    meta_description: Localized | None = None
    meta_keywords: Localized | None = None
    custom: CustomFieldsDraft | None = None
    assets: Assets = ()
    key: Key | None = None


class ChangeName(SetFields):
    """`name` replaces all locales."""

    name: Localized


class ChangeSlug(SetFields):
    """`slug` replaces all locales."""

    slug: Slugs


class ChangeOrderHint(SetFields):
    """A decimal between 0 and 1 that does not end in zero."""

    order_hint: OrderHint


class SetDescription(SetFields):
    """`description` left out removes it."""

    description: Localized | None = None


class SetExternalId(SetFields):
    """`externalId` left out removes it."""

    external_id: str | None = None


class SetKey(SetFields):
    """`key` left out removes it."""

    key: Key | None = None


class SetMetaTitle(SetFields):
    """`metaTitle` left out removes it."""

    meta_title: Localized | None = None


class SetMetaDescription(SetFields):
    """`metaDescription` left out removes it."""

    meta_description: Localized | None = None


class SetMetaKeywords(SetFields):
    """`metaKeywords` left out removes it."""

    meta_keywords: Localized | None = None


class ChangeParent(Action):
    """Hangs the category, and all below it, elsewhere in the tree."""

    parent: CategoryIdentifier

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        parent = project.referenced(self.parent, "category")
        if parent["id"] == doc["id"] or any(above["id"] == doc["id"] for above in parent["ancestors"]):
            raise invalid_operation("A category cannot be its own ancestor.")
        doc["parent"] = _reference(parent)
        doc["ancestors"] = [*parent["ancestors"], _reference(parent)]


class SetCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "category"


class SetCustomField(CustomFieldAction):
    """`value` left out removes the field."""


CategoryAction: TypeAlias = (
    ChangeName
    | ChangeSlug
    | ChangeOrderHint
    | ChangeParent
    | SetDescription
    | SetExternalId
    | SetKey
    | SetMetaTitle
    | SetMetaDescription
    | SetMetaKeywords
    | SetCustomType
    | SetCustomField
    | CategoryAssetAction
)


def _reference(category: Doc) -> Doc:
    return {"typeId": "category", "id": category["id"]}


class Categories(Kind[CategoryDraft]):
    """`/categories`."""

    type_id = "category"
    path = "categories"
    read_scopes = ("view_categories", "view_products")
    write_scopes = ("manage_categories", "manage_products")
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "externalId": Leaf.TEXT,
        "orderHint": Leaf.TEXT,
        "name": Leaf.LOCALIZED,
        "slug": Leaf.LOCALIZED,
        "description": Leaf.LOCALIZED,
        "metaTitle": Leaf.LOCALIZED,
        "metaDescription": Leaf.LOCALIZED,
        "metaKeywords": Leaf.LOCALIZED,
        "parent": REFERENCE,
        "ancestors": REFERENCE,
        "assets": ASSET,
        "custom": CUSTOM,
    }
    paths: ClassVar = {
        ("key",): "key",
        ("externalId",): "externalId",
        ("parent", "id"): "parent",
        ("ancestors", "id"): "ancestors",
        ("custom", "type", "id"): "type",
    }

    def __init__(self) -> None:
        super().__init__(CategoryDraft, CategoryAction)

    @override
    def build(self, draft: CategoryDraft, project: Project) -> Doc:
        doc: Doc = {**as_json(draft), "ancestors": [], "assets": new_assets(draft.assets, project)}
        put(doc, "custom", custom_fields(draft.custom, "category", project))
        if draft.parent is not None:
            parent = project.referenced(draft.parent, "category")
            doc["parent"] = _reference(parent)
            doc["ancestors"] = [*parent["ancestors"], _reference(parent)]
        if draft.order_hint is None:
            # New categories go behind the others, as on the real API; never a trailing zero.
            doc["orderHint"] = f"0.{len(project.collection('category')) + 1:07d}1"
        return doc

    @override
    def claims(self, doc: Doc) -> Iterable[Claim]:
        yield from super().claims(doc)
        for locale, slug in doc["slug"].items():
            yield f"slug.{locale}", slug

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        if "externalId" in doc:
            yield "externalId", doc["externalId"]
        if "parent" in doc:
            yield "parent", doc["parent"]["id"]
        for above in doc["ancestors"]:
            yield "ancestors", above["id"]
        yield from type_of(doc, *doc["assets"])

    @override
    def committed(self, old: Doc | None, new: Doc, project: Project) -> None:
        if old is None or old["ancestors"] == new["ancestors"]:
            return
        collection = project.collection("category")
        for below in tuple(collection.sharing("parent", new["id"])):
            moved = {**below, "ancestors": [*new["ancestors"], _reference(new)]}
            collection.replace(below, moved)
            self.committed(below, moved, project)

    @override
    def delete(self, doc: Doc, version: int, project: Project) -> Doc:
        """Remove a category, and all below it with it, as the real API does."""
        deleted = super().delete(doc, version, project)
        collection = project.collection("category")
        for below in tuple(collection.sharing("ancestors", doc["id"])):
            collection.remove(below)
        return deleted

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        # What becomes of products in the category is not documented: the sandbox takes the strict side.
        below = project.collection("category").sharing("ancestors", doc["id"])
        for category in (doc, *below):
            for kind, collection in project.collections():
                if kind.type_id != "category" and collection.found("category", category["id"]):
                    raise reference_exists("category", kind.type_id)

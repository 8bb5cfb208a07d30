"""Stores: where customers buy, with their languages, countries, channels and assortments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from typing_extensions import override

from ..custom_fields import CustomFieldsDraft, custom_fields, type_of
from ..field_tree import CREATED, CUSTOM, REFERENCE, Leaf, Tree
from ..kind import Kind
from ..problems import invalid_input, reference_exists
from ..project import Project
from ..store import Claim, Doc
from ..vocabulary import ChannelIdentifier, Key, Locale, Localized, Model, as_json, put
from .store_actions import (
    ProductSelectionSetting,
    StoreAction,
    StoreCountry,
    different,
    languages_of,
    selection_settings,
    sellers,
    suppliers,
)
from .storefronts import Storefront

__all__ = ["MAX_OF_A_STORE", "Stores"]

#: Supply channels, distribution channels, product selections: so many of each (sheet section 2.2).
MAX_OF_A_STORE = 100


class StoreDraft(Model):
    """A new store; its key stays."""

    key: Key
    name: Localized | None = None
    languages: tuple[Locale, ...] = ()
    countries: tuple[StoreCountry, ...] = ()
    distribution_channels: tuple[ChannelIdentifier, ...] = ()
    supply_channels: tuple[ChannelIdentifier, ...] = ()
    product_selections: tuple[ProductSelectionSetting, ...] = ()
    custom: CustomFieldsDraft | None = None
    storefront: Storefront | None = None


class Stores(Kind[StoreDraft]):
    """`/stores`."""

    type_id = "store"
    path = "stores"
    read_scopes = ("view_stores",)
    write_scopes = ("manage_stores",)
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "name": Leaf.LOCALIZED,
        "languages": Leaf.TEXTS,
        "countries": {"code": Leaf.TEXT},
        "distributionChannels": REFERENCE,
        "supplyChannels": REFERENCE,
        "productSelections": {"productSelection": REFERENCE, "active": Leaf.BOOLEAN},
        "custom": CUSTOM,
        "storefront": dict.fromkeys(Storefront.__struct_encode_fields__, Leaf.TEXT),
    }
    paths: ClassVar = {
        ("key",): "key",
        ("distributionChannels", "id"): "seller",
        ("supplyChannels", "id"): "supplier",
        ("productSelections", "productSelection", "id"): "productSelection",
        ("custom", "type", "id"): "type",
    }

    def __init__(self) -> None:
        super().__init__(StoreDraft, StoreAction)

    @override
    def build(self, draft: StoreDraft, project: Project) -> Doc:
        doc: Doc = {
            "key": draft.key,
            "languages": languages_of(draft.languages, project),
            "countries": different(as_json(draft.countries)),
            "distributionChannels": sellers(draft.distribution_channels, project),
            "supplyChannels": suppliers(draft.supply_channels, project),
            "productSelections": selection_settings(draft.product_selections, project),
        }
        put(doc, "name", draft.name)
        put(doc, "custom", custom_fields(draft.custom, self.type_id, project))
        put(doc, "storefront", as_json(draft.storefront) or None)
        return doc

    @override
    def finds(self, doc: Doc) -> Iterable[Claim]:
        for field, found in (("distributionChannels", "seller"), ("supplyChannels", "supplier")):
            for reference in doc[field]:
                yield found, reference["id"]
                yield "channel", reference["id"]
        for setting in doc["productSelections"]:
            yield "productSelection", setting["productSelection"]["id"]
        yield from type_of(doc)

    @override
    def finish(self, doc: Doc, project: Project) -> None:
        for field in ("distributionChannels", "supplyChannels", "productSelections"):
            if len(doc[field]) > MAX_OF_A_STORE:
                raise invalid_input(f"{len(doc[field])} {field} in one store; at most {MAX_OF_A_STORE}.")

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        for kind, collection in project.collections():
            if collection.found("store", doc["key"]):
                raise reference_exists(self.type_id, kind.type_id)

"""Stores: where customers buy, with their languages, countries, channels and assortments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, TypeAlias

import msgspec
from typing_extensions import override

from ..actions import Action, SetFields
from ..custom_fields import CustomFieldAction, CustomFieldsDraft, CustomTypeAction, custom_fields, type_of
from ..field_tree import CREATED, CUSTOM, REFERENCE, Leaf, Tree
from ..kind import Kind
from ..problems import Problem, invalid_input, invalid_operation, reference_exists
from ..project import Project
from ..store import Claim, Doc
from ..vocabulary import (
    ChannelIdentifier,
    Country,
    Key,
    Locale,
    Localized,
    Model,
    ProductSelectionIdentifier,
    as_json,
    put,
)
from .channels import channel_with_role
from .storefronts import Storefront, StorefrontAction

__all__ = ["MAX_OF_A_STORE", "Stores"]

#: Supply channels, distribution channels, product selections: so many of each (sheet section 2.2).
MAX_OF_A_STORE = 100


class StoreCountry(Model):
    """A country."""

    code: Country


class ProductSelectionSetting(Model):
    """An assortment of the store, on sale when `active`."""

    product_selection: ProductSelectionIdentifier
    active: bool = False


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


class SetName(SetFields):
    """`name` left out removes it."""

    name: Localized | None = None


class SetLanguages(Action):
    """Replaces all languages; left out, there are none."""

    languages: list[Locale] = msgspec.field(default_factory=list)

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["languages"] = _languages(self.languages, project)


class SetCountries(Action):
    """Replaces all countries; left out, there are none."""

    countries: list[StoreCountry] = msgspec.field(default_factory=list)

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["countries"] = _different(as_json(self.countries))


class AddCountry(Action):
    """Adds a country; one that is there already stays."""

    country: StoreCountry

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["countries"] = _different([*doc["countries"], as_json(self.country)])


class RemoveCountry(Action):
    """Takes a country away."""

    country: StoreCountry

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["countries"] = [known for known in doc["countries"] if known != as_json(self.country)]


class SetDistributionChannels(Action):
    """Replaces all channels that sell; left out, there are none."""

    distribution_channels: list[ChannelIdentifier] = msgspec.field(default_factory=list)

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["distributionChannels"] = _sellers(self.distribution_channels, project)


class AddDistributionChannel(Action):
    """Adds a channel that sells; one that is there already stays."""

    distribution_channel: ChannelIdentifier

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        added = _sellers([self.distribution_channel], project)
        doc["distributionChannels"] = _different([*doc["distributionChannels"], *added])


class RemoveDistributionChannel(Action):
    """Takes a channel that sells away."""

    distribution_channel: ChannelIdentifier

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        gone = project.reference(self.distribution_channel, "channel")
        doc["distributionChannels"] = [known for known in doc["distributionChannels"] if known != gone]


class SetSupplyChannels(Action):
    """Replaces all channels that supply; left out, there are none."""

    supply_channels: list[ChannelIdentifier] = msgspec.field(default_factory=list)

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["supplyChannels"] = _suppliers(self.supply_channels, project)


class AddSupplyChannel(Action):
    """Adds a channel that supplies; one that is there already stays."""

    supply_channel: ChannelIdentifier

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        added = _suppliers([self.supply_channel], project)
        doc["supplyChannels"] = _different([*doc["supplyChannels"], *added])


class RemoveSupplyChannel(Action):
    """Takes a channel that supplies away."""

    supply_channel: ChannelIdentifier

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        gone = project.reference(self.supply_channel, "channel")
        doc["supplyChannels"] = [known for known in doc["supplyChannels"] if known != gone]


class SetProductSelections(Action):
    """Replaces all assortments; left out, there are none."""

    product_selections: list[ProductSelectionSetting] = msgspec.field(default_factory=list)

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["productSelections"] = _settings(self.product_selections, project)


class _OnSelection(Action):
    product_selection: ProductSelectionIdentifier
    active: bool = False

    def named(self, doc: Doc, project: Project) -> tuple[Doc, Doc | None]:
        """The assortment that is meant, as a setting, and the store's own setting of it."""
        reference = project.reference(self.product_selection, "product-selection")
        known = (one for one in doc["productSelections"] if one["productSelection"] == reference)
        return {"productSelection": reference, "active": self.active}, next(known, None)


class AddProductSelection(_OnSelection):
    """Adds an assortment; nothing happens when it is there with the same `active`."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        setting, present = self.named(doc, project)
        if present is None:
            doc["productSelections"] = [*doc["productSelections"], setting]
        elif present != setting:
            raise invalid_operation("The store has the product selection: changeProductSelectionActive.")


class ChangeProductSelectionActive(_OnSelection):
    """Puts an assortment of the store on sale, or not."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _setting, present = self.named(doc, project)
        if present is None:
            raise invalid_operation("The store does not have the product selection.")
        present["active"] = self.active


class RemoveProductSelection(Action):
    """Takes an assortment away."""

    product_selection: ProductSelectionIdentifier

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        gone = project.reference(self.product_selection, "product-selection")
        doc["productSelections"] = [
            setting for setting in doc["productSelections"] if setting["productSelection"] != gone
        ]


class SetCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "store"


class SetCustomField(CustomFieldAction):
    """`value` left out removes the field."""


StoreAction: TypeAlias = (
    SetName
    | SetLanguages
    | SetCountries
    | AddCountry
    | RemoveCountry
    | SetDistributionChannels
    | AddDistributionChannel
    | RemoveDistributionChannel
    | SetSupplyChannels
    | AddSupplyChannel
    | RemoveSupplyChannel
    | SetProductSelections
    | AddProductSelection
    | ChangeProductSelectionActive
    | RemoveProductSelection
    | SetCustomType
    | SetCustomField
    | StorefrontAction
)


def _different(values: Iterable[Any]) -> list[Any]:
    kept: list[Any] = []
    for value in values:
        if value not in kept:
            kept.append(value)
    return kept


def _languages(languages: Sequence[str], project: Project) -> list[str]:
    missing = [language for language in languages if language not in project.settings["languages"]]
    if missing:
        raise Problem(
            400,
            "ProjectNotConfiguredForLanguages",
            f"The project is not configured for {', '.join(missing)}.",
            languages=missing,
        )
    return _different(languages)


def _with_role(role: str) -> Callable[[Sequence[ChannelIdentifier], Project], list[Doc]]:
    def references(identifiers: Sequence[ChannelIdentifier], project: Project) -> list[Doc]:
        return _different(channel_with_role(project, identifier, role) for identifier in identifiers)

    return references


_sellers = _with_role("ProductDistribution")
_suppliers = _with_role("InventorySupply")


def _settings(drafts: Sequence[ProductSelectionSetting], project: Project) -> list[Doc]:
    settings = {
        reference["id"]: {"productSelection": reference, "active": draft.active}
        for draft in drafts
        for reference in (project.reference(draft.product_selection, "product-selection"),)
    }
    if len(settings) < len(drafts):
        raise invalid_input("One product selection is named twice.")
    return list(settings.values())


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
            "languages": _languages(draft.languages, project),
            "countries": _different(as_json(draft.countries)),
            "distributionChannels": _sellers(draft.distribution_channels, project),
            "supplyChannels": _suppliers(draft.supply_channels, project),
            "productSelections": _settings(draft.product_selections, project),
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

"""Update actions of stores: languages, countries, channels, assortments, and what those are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import msgspec
from typing_extensions import override

from ..actions import Action, SetFields
from ..custom_fields import CustomFieldAction, CustomTypeAction
from ..problems import Problem, invalid_input, invalid_operation
from ..project import Project
from ..store import Doc
from ..vocabulary import (
    ChannelIdentifier,
    Country,
    Locale,
    Localized,
    Model,
    ProductSelectionIdentifier,
    as_json,
)
from .channels import channel_with_role
from .storefronts import StorefrontAction

__all__ = [
    "ProductSelectionSetting",
    "StoreAction",
    "StoreCountry",
    "different",
    "languages_of",
    "selection_settings",
    "sellers",
    "suppliers",
]


class StoreCountry(Model):
    """A country."""

    code: Country


class ProductSelectionSetting(Model):
    """An assortment of the store, on sale when `active`."""

    product_selection: ProductSelectionIdentifier
    active: bool = False


class SetName(SetFields):
    """`name` left out removes it."""

    name: Localized | None = None


class SetLanguages(Action):
    """Replaces all languages; left out, there are none."""

    languages: list[Locale] = msgspec.field(default_factory=list)

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["languages"] = languages_of(self.languages, project)


class SetCountries(Action):
    """Replaces all countries; left out, there are none."""

    countries: list[StoreCountry] = msgspec.field(default_factory=list)

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["countries"] = different(as_json(self.countries))


class AddCountry(Action):
    """Adds a country; one that is there already stays."""

    country: StoreCountry

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["countries"] = different([*doc["countries"], as_json(self.country)])


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
        doc["distributionChannels"] = sellers(self.distribution_channels, project)


class AddDistributionChannel(Action):
    """Adds a channel that sells; one that is there already stays."""

    distribution_channel: ChannelIdentifier

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        added = sellers([self.distribution_channel], project)
        doc["distributionChannels"] = different([*doc["distributionChannels"], *added])


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
        doc["supplyChannels"] = suppliers(self.supply_channels, project)


class AddSupplyChannel(Action):
    """Adds a channel that supplies; one that is there already stays."""

    supply_channel: ChannelIdentifier

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        added = suppliers([self.supply_channel], project)
        doc["supplyChannels"] = different([*doc["supplyChannels"], *added])


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
        doc["productSelections"] = selection_settings(self.product_selections, project)


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


def different(values: Iterable[Any]) -> list[Any]:
    """Values in their order, none twice."""
    kept: list[Any] = []
    for value in values:
        if value not in kept:
            kept.append(value)
    return kept


def languages_of(languages: Sequence[str], project: Project) -> list[str]:
    """The languages of a store.

    Raises:
        Problem: 400 ProjectNotConfiguredForLanguages.
    """
    missing = [language for language in languages if language not in project.settings["languages"]]
    if missing:
        raise Problem(
            400,
            "ProjectNotConfiguredForLanguages",
            f"The project is not configured for {', '.join(missing)}.",
            languages=missing,
        )
    return different(languages)


def _with_role(role: str) -> Callable[[Sequence[ChannelIdentifier], Project], list[Doc]]:
    def references(identifiers: Sequence[ChannelIdentifier], project: Project) -> list[Doc]:
        return different(channel_with_role(project, identifier, role) for identifier in identifiers)

    return references


sellers = _with_role("ProductDistribution")
suppliers = _with_role("InventorySupply")


def selection_settings(drafts: Sequence[ProductSelectionSetting], project: Project) -> list[Doc]:
    """The assortments of a store.

    Raises:
        Problem: 400 ReferencedResourceNotFound, or InvalidInput for one that is named twice.
    """
    settings = {
        reference["id"]: {"productSelection": reference, "active": draft.active}
        for draft in drafts
        for reference in (project.reference(draft.product_selection, "product-selection"),)
    }
    if len(settings) < len(drafts):
        raise invalid_input("One product selection is named twice.")
    return list(settings.values())

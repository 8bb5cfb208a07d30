"""The project itself: its currencies, countries and languages, and how it is configured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, TypeVar

from msgspec import Meta
from typing_extensions import override

from ..actions import Action, SetFields
from ..field_tree import Leaf, Tree
from ..kind import Kind
from ..moments import now_text
from ..problems import Problem, duplicate_field
from ..project import Project
from ..store import Doc
from ..vocabulary import Country, Currency, Locale, Model, Text, as_json

__all__ = ["ProjectSettings"]

Rounding: TypeAlias = Literal["HalfEven", "HalfUp", "HalfDown"]
T = TypeVar("T")
Some: TypeAlias = Annotated[list[T], Meta(min_length=1)]
# What every document has and the answer about a project has not.
_NOT_TOLD = frozenset({"id", "lastModifiedAt", "createdBy", "lastModifiedBy"})


class ProjectDraft(Model):
    """Projects are not created through the API."""


class CartsConfiguration(Model):
    """How carts are kept and summed up."""

    delete_days_after_last_modification: Annotated[int, Meta(ge=1, le=365_250)]
    country_tax_rate_fallback_enabled: bool | None = None
    price_rounding_mode: Rounding | None = None
    tax_rounding_mode: Rounding | None = None


class ShoppingListsConfiguration(Model):
    """How long shopping lists are kept."""

    delete_days_after_last_modification: Annotated[int, Meta(ge=1, le=365_250)]


class MessagesConfiguration(Model):
    """Whether messages are kept to be asked for, and for how many days."""

    enabled: bool
    delete_days_after_creation: Annotated[int, Meta(ge=1, le=90)]


class DiscountsConfiguration(Model):
    """How several discounts add up."""

    discount_combination_mode: Literal["BestDeal", "Stacking"]


class ChangeName(SetFields):
    """`name` is required."""

    name: Text


class ChangeCurrencies(Action):
    """Replaces all currencies."""

    currencies: Some[Currency]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["currencies"] = _different("currencies", self.currencies)


class ChangeCountries(Action):
    """Replaces all countries."""

    countries: list[Country]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["countries"] = _different("countries", self.countries)


class ChangeLanguages(Action):
    """Replaces all languages; one that a store speaks must stay."""

    languages: Some[Locale]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        gone = set(doc["languages"]).difference(self.languages)
        for store in project.collection("store").docs.values():
            used = sorted(gone.intersection(store["languages"]))
            if used:
                raise Problem(
                    400, "LanguageUsedInStores", f"The store '{store['key']}' uses {', '.join(used)}."
                )
        doc["languages"] = _different("languages", self.languages)


class ChangeMessagesConfiguration(Action):
    """Whether messages are kept, and how long."""

    messages_configuration: MessagesConfiguration

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["messages"] = as_json(self.messages_configuration)


class ChangeMessagesEnabled(Action):
    """Whether messages are kept (the older way to say so)."""

    messages_enabled: bool

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["messages"]["enabled"] = self.messages_enabled


class ChangeCartsConfiguration(Action):
    """What is left out of it stays as it is."""

    carts_configuration: CartsConfiguration

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["carts"] = {**doc["carts"], **as_json(self.carts_configuration)}


class ChangeCountryTaxRateFallbackEnabled(Action):
    """Whether the rate of a country holds for its states that have none."""

    country_tax_rate_fallback_enabled: bool

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["carts"]["countryTaxRateFallbackEnabled"] = self.country_tax_rate_fallback_enabled


class ChangePriceRoundingMode(Action):
    """How prices of carts are rounded."""

    price_rounding_mode: Rounding

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["carts"]["priceRoundingMode"] = self.price_rounding_mode


class ChangeTaxRoundingMode(Action):
    """How taxes of carts are rounded."""

    tax_rounding_mode: Rounding

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["carts"]["taxRoundingMode"] = self.tax_rounding_mode


class ChangeShoppingListsConfiguration(Action):
    """How long shopping lists are kept."""

    shopping_lists_configuration: ShoppingListsConfiguration

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["shoppingLists"] = as_json(self.shopping_lists_configuration)


class SetProductCatalogModel(SetFields):
    """Whether variants live in their products or on their own."""

    product_catalog_model: Literal["Classic", "Modular"]


class SetReleaseExpiredReservations(Action):
    """Whether pieces that were reserved too long are free again."""

    release_expired_reservations: bool

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["inventory"]["releaseExpiredReservations"] = self.release_expired_reservations


class SetReservationExpirationInMinutes(Action):
    """How long pieces are reserved where the stock itself does not say."""

    reservation_expiration_in_minutes: Annotated[int, Meta(ge=1, le=44_640)]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["inventory"]["reservationExpirationInMinutes"] = self.reservation_expiration_in_minutes


class SetDiscountsConfiguration(Action):
    """How several discounts add up."""

    discounts_configuration: DiscountsConfiguration

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["discounts"] = as_json(self.discounts_configuration)


ProjectAction: TypeAlias = (
    ChangeName
    | ChangeCurrencies
    | ChangeCountries
    | ChangeLanguages
    | ChangeMessagesConfiguration
    | ChangeMessagesEnabled
    | ChangeCartsConfiguration
    | ChangeCountryTaxRateFallbackEnabled
    | ChangePriceRoundingMode
    | ChangeTaxRoundingMode
    | ChangeShoppingListsConfiguration
    | SetProductCatalogModel
    | SetReleaseExpiredReservations
    | SetReservationExpirationInMinutes
    | SetDiscountsConfiguration
)


def _different(field: str, values: Sequence[str]) -> list[str]:
    for value in values:
        if values.count(value) > 1:
            raise duplicate_field(field, value)
    return list(values)


class ProjectSettings(Kind[ProjectDraft]):
    """`/{projectKey}`: one document, there from the start."""

    type_id = "project"
    path = "project"
    routed = False
    hides = True
    read_scopes = ("view_project_settings",)
    write_scopes = ("manage_project_settings",)
    tree: ClassVar[Tree] = {"key": Leaf.TEXT}
    paths: ClassVar = {}

    def __init__(self) -> None:
        super().__init__(ProjectDraft, ProjectAction)

    @override
    def found(self, project: Project) -> None:
        """A project like one at the real service: some currencies, countries and languages, no messages."""
        moment = now_text()
        project.collection(self.type_id).add(
            {
                "id": project.key,
                "version": 1,
                "createdAt": moment,
                "lastModifiedAt": moment,
                "key": project.key,
                "name": project.key,
                "currencies": ["EUR", "CHF", "GBP", "USD"],
                "countries": ["AT", "BE", "CH", "DE", "ES", "FR", "GB", "IT", "LU", "NL", "US"],
                "languages": [
                    "en",
                    "de",
                    "fr",
                    "de-DE",
                    "en-GB",
                    "en-US",
                    "es-ES",
                    "fr-FR",
                    "it-IT",
                    "nl-NL",
                ],
                "messages": {
                    "enabled": project.messages.enabled,
                    "deleteDaysAfterCreation": project.messages.days,
                },
                "carts": {
                    "deleteDaysAfterLastModification": 90,
                    "countryTaxRateFallbackEnabled": False,
                    "priceRoundingMode": "HalfEven",
                    "taxRoundingMode": "HalfEven",
                },
                "shoppingLists": {"deleteDaysAfterLastModification": 360},
                "inventory": {"releaseExpiredReservations": True},
                "discounts": {"discountCombinationMode": "Stacking"},
                "productCatalogModel": "Classic",
            }
        )

    @override
    def shown(self, doc: Doc, project: Project) -> Doc:
        told: dict[str, Any] = {name: value for name, value in doc.items() if name not in _NOT_TOLD}
        # Whoever enabled messages: the control plane or the API.
        told["messages"] = {
            "enabled": project.messages.enabled,
            "deleteDaysAfterCreation": project.messages.days,
        }
        return told

    @override
    def committed(self, old: Doc | None, new: Doc, project: Project) -> None:
        if old is not None and old["messages"] != new["messages"]:
            project.messages.configure(
                enabled=new["messages"]["enabled"], days=new["messages"]["deleteDaysAfterCreation"]
            )

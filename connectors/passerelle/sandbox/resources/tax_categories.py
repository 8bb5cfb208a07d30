"""Tax categories and their rates by country."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ..actions import Action, SetFields
from ..field_tree import CREATED, Leaf, Tree
from ..kind import Kind
from ..problems import duplicate_field, invalid_input, reference_exists
from ..project import Project
from ..store import Doc
from ..vocabulary import Country, Key, Model, Text, as_json, new_id

__all__ = ["SubRate", "TaxCategories"]

Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]


class SubRate(Model):
    """Part of a rate that is made of several."""

    name: Text
    amount: Share


class TaxRateDraft(Model):
    """A rate in one country; `amount` is a share between 0 and 1."""

    name: Text
    included_in_price: bool
    country: Country
    amount: Share | None = None
    state: str | None = None
    sub_rates: tuple[SubRate, ...] = ()
    key: Key | None = None


class TaxCategoryDraft(Model):
    """A new tax category."""

    name: Text
    description: str | None = None
    rates: tuple[TaxRateDraft, ...] = ()
    key: Key | None = None


class ChangeName(SetFields):
    """`name` is required."""

    name: Text


class SetKey(SetFields):
    """`key` left out removes it."""

    key: Key | None = None


class SetDescription(SetFields):
    """`description` left out removes it."""

    description: str | None = None


class AddTaxRate(Action):
    """Adds a rate."""

    tax_rate: TaxRateDraft

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["rates"].append(_rate(self.tax_rate))


class RemoveTaxRate(Action):
    """Takes a rate away, named by id or key."""

    tax_rate_id: str | None = None
    tax_rate_key: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["rates"].remove(_named_rate(doc, self.tax_rate_id, self.tax_rate_key))


class ReplaceTaxRate(Action):
    """Puts another rate in the place of one; it gets a new id."""

    tax_rate: TaxRateDraft
    tax_rate_id: str | None = None
    tax_rate_key: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        place = doc["rates"].index(_named_rate(doc, self.tax_rate_id, self.tax_rate_key))
        doc["rates"][place] = _rate(self.tax_rate)


TaxCategoryAction: TypeAlias = (
    ChangeName | SetKey | SetDescription | AddTaxRate | RemoveTaxRate | ReplaceTaxRate
)


def _rate(draft: TaxRateDraft) -> Doc:
    if draft.amount is None and not draft.sub_rates:
        raise invalid_input(f"The tax rate '{draft.name}' has neither an amount nor sub rates.")
    total = math.fsum(part.amount for part in draft.sub_rates)
    if draft.amount is not None and draft.sub_rates and not math.isclose(draft.amount, total, abs_tol=1e-9):
        raise invalid_input(
            f"The amount {draft.amount} of '{draft.name}' is not the sum {total} of its sub rates."
        )
    rate: Doc = {"id": new_id(), "amount": total, "subRates": [], **as_json(draft)}
    return rate


def _named_rate(doc: Doc, rate_id: str | None, key: str | None) -> Any:
    if (rate_id is None) == (key is None):
        raise invalid_input("An action on a tax rate takes either a taxRateId or a taxRateKey.")
    for rate in doc["rates"]:
        if (rate_id is not None and rate["id"] == rate_id) or (key is not None and rate.get("key") == key):
            return rate
    raise invalid_input(f"The tax category has no tax rate '{rate_id or key}'.")


def _refuse_twice(field: str, values: Sequence[str]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise duplicate_field(field, value)


class TaxCategories(Kind[TaxCategoryDraft]):
    """`/tax-categories`."""

    type_id = "tax-category"
    path = "tax-categories"
    read_scopes = ("view_tax_categories", "view_products")
    write_scopes = ("manage_tax_categories", "manage_products")
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "name": Leaf.TEXT,
        "description": Leaf.TEXT,
        "rates": {
            "id": Leaf.TEXT,
            "key": Leaf.TEXT,
            "name": Leaf.TEXT,
            "amount": Leaf.NUMBER,
            "includedInPrice": Leaf.BOOLEAN,
            "country": Leaf.TEXT,
            "state": Leaf.TEXT,
            "subRates": {"name": Leaf.TEXT, "amount": Leaf.NUMBER},
        },
    }
    paths: ClassVar = {("key",): "key"}

    def __init__(self) -> None:
        super().__init__(TaxCategoryDraft, TaxCategoryAction)

    @override
    def build(self, draft: TaxCategoryDraft, project: Project) -> Doc:
        return {**as_json(draft), "rates": [_rate(rate) for rate in draft.rates]}

    @override
    def finish(self, doc: Doc, project: Project) -> None:
        _refuse_twice("rates.key", [rate["key"] for rate in doc["rates"] if "key" in rate])

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        if project.collection("product").found("taxCategory", doc["id"]):
            raise reference_exists("tax-category", "product")

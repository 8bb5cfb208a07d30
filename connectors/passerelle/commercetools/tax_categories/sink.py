"""Tax categories: each found by its key, its rates by theirs or by country and state."""

from __future__ import annotations

from collections.abc import Iterable

from ...records import TaxCategory
from ...sync.protocols import Live
from ..http.client import Json
from ..planning.keyed_sink import KeyedSink
from ..planning.steps import Step
from .actions import tax_steps
from .draft import tax_draft
from .reading import tax_category_of

__all__ = ["TaxCategorySink"]


class TaxCategorySink(KeyedSink[TaxCategory]):
    """Carries tax categories; the record's rates are all that the category has."""

    entity = "tax_category"
    record_type = TaxCategory
    path = "tax-categories"

    def draft(self, record: TaxCategory) -> Json:
        """The draft; raises Refused without a name, or for two rates of one country and state."""
        return tax_draft(record)

    def steps(self, record: TaxCategory, live: Json) -> Iterable[Step]:
        """Name, description and rates."""
        return tax_steps(record, live)

    def record_of(self, live: Live) -> TaxCategory:
        """The record that would have made the category."""
        return tax_category_of(live.body)

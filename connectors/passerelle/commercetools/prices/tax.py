"""Tax basis: the tax rates say whether a price contains the tax; a record that says it is compared."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UnsetType

from ...errors import Refused
from ...records import Price
from ..http.client import Client, Json

__all__ = ["TaxBasis"]

_RECKON = "or reckon the tax on or off with percent_on or percent_off"


class TaxBasis:
    """The project's tax rates, read once when a record says whether it contains the tax."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._rates: list[Json] | None = None

    async def learn(self, records: Iterable[Price]) -> None:
        """Read the tax categories, if anybody wants to know."""
        if self._rates is None and any(not isinstance(record.tax_included, UnsetType) for record in records):
            categories = [category async for category in self._client.query("tax-categories")]
            self._rates = [rate for category in categories for rate in category["rates"]]

    def check(self, record: Price, key: str) -> None:
        """Compare what a record says with the rates of its country; rates of nothing say nothing.

        Raises:
            Refused: the project's rates say otherwise, do not agree, or there are none.
        """
        if isinstance(record.tax_included, UnsetType):
            return
        bases = {
            bool(rate["includedInPrice"])
            for rate in self._rates or ()
            if rate["amount"] and record.country in (None, rate["country"])
        }
        if bases == {record.tax_included}:
            return
        where = record.country or "any country"
        said = f"price {key} says tax_included: {str(record.tax_included).lower()}"
        if not bases:
            raise Refused(
                f"{said}, and the project has no tax rate for {where} to compare with",
                code="tax_basis_unknown",
                advice="Add the tax rates to the project model and run the setup, or leave the field out",
            )
        if len(bases) > 1:
            raise Refused(
                f"{said}, and of the tax rates for {where} some are included in prices, others are not",
                code="tax_basis_unclear",
                advice="Make the rates of a country agree (includedInPrice), or leave the field out",
            )
        raise Refused(
            f"{said}, the tax rates for {where} say the contrary",
            code="tax_basis_differs",
            advice=f"Correct includedInPrice of the rates, {_RECKON}",
        )

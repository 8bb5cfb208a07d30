"""Money: whole minor units of a currency, read from decimal text without ever touching a float."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import msgspec

__all__ = ["Money", "minor_digits"]

# ISO 4217 exceptions to two digits (facts: commercetools "Money", cent precision).
_DIGITS = {
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
    "RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip


def minor_digits(currency: str) -> int:
    """Digits after the decimal point in `currency` (ISO 4217): EUR 2, JPY 0, KWD 3."""
    return _DIGITS.get(currency, 2)


class Money(msgspec.Struct, frozen=True, order=True):
    """An amount in minor units: `Money(1290, "EUR")` is 12.90 EUR."""

    cent_amount: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | str, currency: str) -> Money:
        """Turn a decimal amount in major units into Money, exactly.

        Raises:
            ValueError: the amount is no number, or has more digits than the currency has
                (`12.905` EUR): rounding is a decision of the mapping, never of this type.
        """
        try:
            scaled = Decimal(amount).scaleb(minor_digits(currency))
            cents = int(scaled)
        except (InvalidOperation, OverflowError, ValueError) as error:
            raise ValueError(f"{amount!r} is not an amount") from error
        if scaled != cents:
            raise ValueError(f"{amount} has more decimals than {currency} has ({minor_digits(currency)})")
        return cls(cents, currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.cent_amount).scaleb(-minor_digits(self.currency))

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

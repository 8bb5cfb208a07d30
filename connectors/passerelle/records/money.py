"""Money: whole minor units of a currency, read from decimal text without ever touching a float."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext

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


#: What a target takes (facts: commercetools highPrecision): above the currency's own digits, at most 20.
_MOST_DIGITS = 20
_PRECISION = 50


class Money(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """An amount in minor units: `Money(1290, "EUR")` is 12.90 EUR.

    A high precision price has a `precise_amount` in units of `fraction_digits` decimals (0.1050 EUR is 1050
    with 4 digits); its `cent_amount` is then that amount rounded half-even to the currency's digits.
    """

    cent_amount: int
    currency: str
    precise_amount: int | None = None
    fraction_digits: int | None = None

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

    @classmethod
    def precisely(cls, amount: Decimal | str, currency: str, digits: int) -> Money:
        """Turn a decimal amount in major units into a high precision price, exactly.

        Raises:
            ValueError: the amount is no number or has more decimals than `digits`, or these are not more
                than the currency has anyway, or more than 20.
        """
        if not minor_digits(currency) < digits <= _MOST_DIGITS:
            raise ValueError(
                f"a high precision price in {currency} has {minor_digits(currency) + 1} to {_MOST_DIGITS} "
                f"decimals, not {digits}"
            )
        try:
            with localcontext() as context:
                context.prec = _PRECISION
                number = Decimal(amount)
                precise = int(number.scaleb(digits))
                exact = number.scaleb(digits) == precise
                cents = number.quantize(Decimal(1).scaleb(-minor_digits(currency)), ROUND_HALF_EVEN)
        except (InvalidOperation, OverflowError, ValueError) as error:
            raise ValueError(f"{amount!r} is not an amount") from error
        if not exact:
            raise ValueError(f"{amount} has more than {digits} decimals")
        return cls(int(cents.scaleb(minor_digits(currency))), currency, precise, digits)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exact."""
        if self.precise_amount is not None and self.fraction_digits is not None:
            return Decimal(self.precise_amount).scaleb(-self.fraction_digits)
        return Decimal(self.cent_amount).scaleb(-minor_digits(self.currency))

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

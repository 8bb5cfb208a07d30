"""Words that several resources share: texts, money, identifiers, addresses, images."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import uuid4

import msgspec
import orjson
from msgspec import Meta

from .moments import moment_text
from .problems import Problem
from .store import Doc

__all__ = [
    "Address",
    "CategoryIdentifier",
    "ChannelIdentifier",
    "Country",
    "Currency",
    "CustomerGroupIdentifier",
    "Identifier",
    "Image",
    "Key",
    "Locale",
    "Localized",
    "Model",
    "Moment",
    "Money",
    "OrderHint",
    "PriceTierDraft",
    "ProductIdentifier",
    "ProductSelectionIdentifier",
    "ProductTypeIdentifier",
    "Slugs",
    "StateIdentifier",
    "TaxCategoryIdentifier",
    "Text",
    "as_json",
    "new_id",
    "put",
    "typed_money",
]

Key: TypeAlias = Annotated[str, Meta(min_length=2, max_length=256, pattern=r"^[A-Za-z0-9_-]+$")]
Text: TypeAlias = Annotated[str, Meta(min_length=1)]
Locale: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$")]
Localized: TypeAlias = dict[Locale, str]
Slug: TypeAlias = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{2,256}$")]
Slugs: TypeAlias = Annotated[dict[Locale, Slug], Meta(min_length=1)]
OrderHint: TypeAlias = Annotated[str, Meta(pattern=r"^0\.[0-9]*[1-9]$")]
Country: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]
Currency: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
Moment: TypeAlias = Annotated[datetime, Meta(tz=True)]

# ISO 4217 exceptions to two digits.
_DIGITS = {
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"), 0),
    **dict.fromkeys(("UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
}


_MOST = 2**63 - 1


class Model(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """Part of a request; null and absent are the same, as in the API."""


class Identifier(Model):
    """What points to another resource: by id or by key, never by both."""

    id: str | None = None
    key: str | None = None


class ProductTypeIdentifier(Identifier):
    """Points to a product type."""

    type_id: Literal["product-type"] = "product-type"


class CategoryIdentifier(Identifier):
    """Points to a category."""

    type_id: Literal["category"] = "category"


class TaxCategoryIdentifier(Identifier):
    """Points to a tax category."""

    type_id: Literal["tax-category"] = "tax-category"


class ChannelIdentifier(Identifier):
    """Points to a channel."""

    type_id: Literal["channel"] = "channel"


class CustomerGroupIdentifier(Identifier):
    """Points to a customer group."""

    type_id: Literal["customer-group"] = "customer-group"


class StateIdentifier(Identifier):
    """Points to a state."""

    type_id: Literal["state"] = "state"


class ProductIdentifier(Identifier):
    """Points to a product."""

    type_id: Literal["product"] = "product"


class ProductSelectionIdentifier(Identifier):
    """Points to a product selection."""

    type_id: Literal["product-selection"] = "product-selection"


class Money(Model):
    """An amount in minor units; `type` and `fractionDigits` may be echoed back when they are right."""

    cent_amount: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
    currency_code: Currency
    type: Literal["centPrecision"] = "centPrecision"
    fraction_digits: Annotated[int, Meta(ge=0, le=3)] | None = None

    def __post_init__(self) -> None:
        digits = _DIGITS.get(self.currency_code, 2)
        if self.fraction_digits is not None and self.fraction_digits != digits:
            raise ValueError(f"{self.currency_code} has {digits} fraction digits, not {self.fraction_digits}")


class PriceTierDraft(Model):
    """A price that holds from a quantity on."""

    minimum_quantity: Annotated[int, Meta(ge=2)]
    value: Money


class Address(Model):
    """A postal address."""

    country: Country
    id: str | None = None
    key: Key | None = None
    title: str | None = None
    salutation: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    street_name: str | None = None
    street_number: str | None = None
    additional_street_info: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    state: str | None = None
    company: str | None = None
    department: str | None = None
    building: str | None = None
    apartment: str | None = None
    p_o_box: str | None = msgspec.field(default=None, name="pOBox")
    phone: str | None = None
    mobile: str | None = None
    email: str | None = None
    fax: str | None = None
    additional_address_info: str | None = None
    external_id: str | None = None


class ImageDimensions(Model):
    """Width and height in pixels; zero when nobody measured."""

    w: Annotated[int, Meta(ge=0)]
    h: Annotated[int, Meta(ge=0)]


class Image(Model):
    """A picture that lies elsewhere."""

    url: Annotated[str, Meta(pattern=r"^(https?:)?//[^\s]+$")]
    dimensions: ImageDimensions
    label: str | None = None


def new_id() -> str:
    """An id in no order that a client could rely on."""
    return str(uuid4())


def typed_money(money: Money) -> Doc:
    """Money as answers show it.

    Raises:
        Problem: 400 MoneyOverflow, for a product of price and quantity beyond 64 bits.
    """
    if not -_MOST - 1 <= money.cent_amount <= _MOST:
        raise Problem(400, "MoneyOverflow", f"The amount {money.cent_amount} is beyond 64 bits.")
    return {
        "type": "centPrecision",
        "currencyCode": money.currency_code,
        "centAmount": money.cent_amount,
        "fractionDigits": _DIGITS.get(money.currency_code, 2),
    }


def as_json(model: Any) -> Any:
    """A model as JSON, absent fields left out. Times must be put apart: see `put`."""
    return orjson.loads(msgspec.json.encode(model))


def put(doc: Doc, field: str, value: Any) -> None:
    """Set a field, or take it away when there is no value: what every `set…` action does."""
    if value is None:
        doc.pop(field, None)
    else:
        doc[field] = moment_text(value) if isinstance(value, datetime) else value

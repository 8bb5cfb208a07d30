"""At once: whether a live product is seen to be what a record says, without planning anything.

Nearly every product of a run is, in the same words and order. False means no more than: take a closer look.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import UNSET

from ...records import Product
from ..http.client import Json
from .assortment import stands_as_wanted
from .fields import TEXTS
from .projection import key_of

__all__ = ["fields_agree"]

#: Fields of the record and of the API: what points to another resource, by key.
_POINTING = (("tax_category", "taxCategory"), ("state", "state"))


def fields_agree(record: Product, live: Json) -> bool:
    """Whether a staged projection, its references named, is what a record says of the product itself."""
    for name, field in TEXTS.items():
        wanted = getattr(record, name)
        if wanted is not UNSET and wanted != live.get(field) and not _is_said(wanted, live.get(field)):
            return False
    return _stands(record, live)


def _is_said(wanted: Mapping[str, str | None] | None, live: Mapping[str, str] | None) -> bool:
    """Whether texts are there as a record has them; locales that it does not name are others'."""
    return wanted is not None and live is not None and wanted.items() <= live.items()


def _stands(record: Product, live: Json) -> bool:
    """Categories, tax category, state, and where prices are read from."""
    if not stands_as_wanted(record, live):
        return False
    for name, field in _POINTING:
        wanted = getattr(record, name)
        if wanted is not UNSET and wanted != key_of(live.get(field)):
            return False
    if record.price_mode is not UNSET and record.price_mode != live.get("priceMode", "Embedded"):
        return False
    # These are looked at closely.
    return record.category_order_hints is UNSET and record.search_keywords is UNSET

"""Which price a customer pays: of a country before that of all, one with dates before one without."""

from __future__ import annotations

from ..moments import now_text
from ..project import Project
from ..store import Doc

__all__ = ["chosen_price"]


def chosen_price(project: Project, sku: str, currency: str | None, country: str | None) -> Doc | None:
    """The standalone price of a SKU that holds now; None when there is none."""
    now = now_text()
    found = [
        price
        for price in project.collection("standalone-price").sharing("sku", sku)
        if price["active"]
        and "channel" not in price
        and "customerGroup" not in price
        and currency in (None, price["value"]["currencyCode"])
        and price.get("country", country) == country
        and price.get("validFrom", "") <= now < price.get("validUntil", "9")
    ]
    if not found:
        return None
    return max(found, key=lambda p: ("country" in p, "validFrom" in p or "validUntil" in p, p["id"]))

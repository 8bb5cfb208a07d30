"""Price modes: a product in mode Embedded shows none of its standalone prices, and nobody says so."""

from __future__ import annotations

from collections.abc import Iterable

from ...errors import Refused
from ..http.client import Client
from ..http.predicates import chunks, encoded_length, one_of
from ..http.scopes import Need, allowed

__all__ = ["PriceModes"]

_EMBEDDED = 'priceMode is not defined or priceMode = "Embedded"'


class PriceModes:
    """Which SKUs belong to products of mode Embedded.

    One question a project when it has no such product; else each SKU is asked for once. A client that may
    not read products asks nothing: the preflight says that the mode is not known.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._any: bool | None = None
        self._asked: set[str] = set()
        self._embedded: dict[str, str] = {}

    async def learn(self, skus: Iterable[str]) -> None:
        """Look up the SKUs that were not asked for yet."""
        if self._any is None:
            one = [("where", _EMBEDDED), ("limit", "1"), ("withTotal", "false")]
            may = allowed(Need("products"), await self._client.scopes())
            self._any = may and bool(await self._client.page("products", one))
        if not self._any:
            return
        new = [sku for sku in dict.fromkeys(skus) if sku not in self._asked]
        config = self._client.config
        # Each SKU stands twice in its question.
        room = (config.predicate_length - encoded_length(f"({_EMBEDDED}) and ({_variants([])})")) // 2
        parts = chunks(new, room=room, most=config.predicate_values)
        wheres = [f"({_EMBEDDED}) and ({_variants(part)})" for part in parts]
        for product in await self._client.query_all("product-projections", wheres, [("staged", "true")]):
            for variant in (product["masterVariant"], *product["variants"]):
                if "sku" in variant:
                    self._embedded[variant["sku"]] = str(product.get("key", product["id"]))
        self._asked.update(new)

    def refuse(self, sku: str) -> None:
        """Refuse a price that its product would not show; raises Refused."""
        product = self._embedded.get(sku)
        if product is not None:
            raise Refused(
                f"product {product} of SKU {sku} takes its prices embedded: it would not show this one",
                code="price_mode",
                advice="Map `price_mode: Standalone` in the feed of products, or carry the prices there as "
                "`variants.prices`",
            )


def _variants(skus: Iterable[str]) -> str:
    listed = one_of("sku", skus)
    return f"masterVariant({listed}) or variants({listed})"

"""The products of an assortment: a list of its own, page by page."""

from __future__ import annotations

from ...errors import ConfigError
from ..http.client import Client, Json

__all__ = ["products_of"]

#: Paging by offset ends here, and assignments have no id that could be walked along (facts 2.2, 2.5).
_MOST = 10_000


async def products_of(client: Client, selection_id: str) -> list[Json]:
    """All products of a selection, each with which of its variants are in.

    Raises:
        ConfigError: there are more than can be listed; comparing a part would add what is there already.
    """
    size = client.config.page_size
    found: list[Json] = []
    while True:
        page = await client.page(
            f"product-selections/{selection_id}/products",
            [("limit", str(size)), ("offset", str(len(found))), ("withTotal", "false")],
        )
        found += page
        if len(page) < size:
            return found
        if len(found) > _MOST:
            raise ConfigError(
                f"product selection {selection_id} has more than {_MOST} products: they cannot be listed",
                advice="Split the selection, or leave `products` out of the feed",
            )

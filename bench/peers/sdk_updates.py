"""The community's Python SDK sets quantities, one after the other: `python -m bench.peers.sdk_updates N`.

It reads entries from the shop that the environment names, page by page; only the updates are measured. More
threads cost it more CPU an update, not less.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from commercetools.platform import models
from commercetools.platform.client import Client

from passerelle.feeds import Settings

from ..children import report_costs

_PAGE = 500


def main() -> None:
    """Update as many entries as asked for."""
    shop = Settings.load().commercetools
    if shop is None:
        raise SystemExit("the environment names no shop")
    # The shop is on this machine: its address need not be https.
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    client = Client(  # type: ignore[no-untyped-call]  # the SDK's own constructor has no types
        client_id=shop.client_id,
        client_secret=shop.client_secret.get_secret_value(),
        scope=[f"manage_project:{shop.project_key}"],
        url=shop.api_url,
        token_url=f"{shop.auth_url}/oauth/token",
    )
    inventory = client.with_project_key(shop.project_key).inventory()
    entries: list[Any] = []
    wanted = int(sys.argv[1])
    for start in range(0, wanted, _PAGE):
        page = inventory.get(limit=_PAGE, offset=start, sort=["id asc"])
        entries += [] if page is None else page.results

    def work() -> dict[str, float]:
        for entry in entries:
            action = models.InventoryEntryChangeQuantityAction(quantity=entry.quantity_on_stock + 1)
            body = models.InventoryEntryUpdate(version=entry.version, actions=[action])
            answer = inventory.with_id(entry.id).post(body)
            if answer is None or answer.version != entry.version + 1:
                raise SystemExit(f"{entry.sku} was not updated: {answer}")
        return {"updated": len(entries)}

    report_costs(work)


if __name__ == "__main__":
    main()

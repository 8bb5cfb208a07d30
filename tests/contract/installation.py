"""An installation in front of a shop: an ERP's folder, a ledger of its own, a recorder of what it asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from passerelle.commercetools import (
    Allowance,
    Client,
    CommercetoolsConfig,
    PooledTransport,
    ensure,
    load_model,
)
from passerelle.feeds import RunReport, Settings, Workspace, run_feed
from passerelle.retailer import lay_folders
from tests.contract.recorder import Recorder
from tests.contract.shelf import Shelf, read_shelf

__all__ = ["CATALOGUE", "Installation"]

MAPPINGS = Path(__file__).parents[2] / "mappings"
#: The groups of the catalogue and the stock, in running order.
CATALOGUE = ("category", "product", "price", "stock")


class Installation:
    """Everything below `home`; a second one for the same shop knows nothing of what this one did."""

    def __init__(self, home: Path, shop: CommercetoolsConfig, recorder: Recorder) -> None:
        self.erp = home / "erp"
        lay_folders(self.erp)
        self.workspace = _Watched(
            Settings(home=home / "ours", mappings=MAPPINGS, folder=self.erp, commercetools=shop, order_lag=0),
            recorder,
        )

    async def set_up(self) -> None:
        """Give the shop what its model declares."""
        async with self.workspace.client() as client:
            await ensure(client, load_model(MAPPINGS / "commercetools" / "model.yaml"))

    async def carry(self, *names: str) -> list[RunReport]:
        """Run the feeds of these names, or of the groups of these names."""
        groups = self.workspace.feeds()
        feeds = [feed for name in names for feed in groups.get(name, [name])]
        return [await run_feed(self.workspace, feed) for feed in feeds]

    async def shelf(self) -> Shelf:
        """Read what stands in the shop."""
        async with self.workspace.client() as client:
            return await read_shelf(client)


class _Watched(Workspace):
    """A workspace whose calls to the shop are written down."""

    def __init__(self, settings: Settings, recorder: Recorder) -> None:
        super().__init__(settings)
        self._recorder = recorder

    @asynccontextmanager
    async def client(self, allowance: Allowance | None = None) -> AsyncIterator[Client]:
        """Open the connection to the shop."""
        shop = self.settings.commercetools
        assert shop is not None
        pool = PooledTransport(connections=shop.concurrency)
        async with Client(shop, transport=self._recorder.wrap(pool), allowance=allowance) as client:
            yield client

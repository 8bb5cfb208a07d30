"""The ground that histories are played on, one after the other: what they share costs each of them little.

Mappings are written and read once, the ledger's statements are compiled once. Everything else is made anew
for each history: the ledger's file (the copy of an empty one), the folders, the project in the shop.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from typing_extensions import override

from passerelle.commercetools import Allowance, Client, CommercetoolsConfig, RetryPolicy
from passerelle.feeds import Settings, Workspace
from passerelle.ledger import Ledger
from passerelle.mapping import Mapping, OutgoingMapping
from passerelle.sandbox import Sandbox

__all__ = ["Ground", "Premises"]


class _Standing(Ledger):
    """A ledger that stays open from run to run; a process that dies lets it go."""

    @override
    def close(self) -> None:
        """Nothing: a run is over, the process is not."""

    def let_go(self) -> None:
        """Close every connection; the next question opens one."""
        super().close()


class Ground:
    """A folder, and what stays of one history for the next."""

    def __init__(self, home: Path, sandbox: Sandbox) -> None:
        self.home = home
        self.sandbox = sandbox
        self.mappings: dict[str, Mapping | OutgoingMapping] = {}
        self._ledger: _Standing | None = None

    def clear(self) -> Path:
        """Remove everything that a history left, here and in the shop; gives the folder."""
        self.let_go()
        for path in self.home.iterdir():
            if path.name != "mappings":
                shutil.rmtree(path)
        self.sandbox.control("POST", "/reset")
        return self.home

    def ledger(self, url: str) -> Ledger:
        """Give the ledger; of a file that was replaced meanwhile, the new one."""
        if self._ledger is None:
            self._ledger = _Standing.open(url, migrate=False)
        return self._ledger

    def let_go(self) -> None:
        """Close the ledger's connections, as the end of a process does."""
        if self._ledger is not None:
            self._ledger.let_go()


class Premises(Workspace):
    """A workspace on the ground; it tries again after milliseconds where a real one waits for seconds."""

    def __init__(self, settings: Settings, ground: Ground) -> None:
        super().__init__(settings)
        self._loaded = ground.mappings
        self._ground = ground
        self._client: Client | None = None

    @override
    def ledger(self) -> Ledger:
        """Give the ledger, open already."""
        return self._ground.ledger(self.settings.ledger_url)

    @override
    @asynccontextmanager
    async def client(self, allowance: Allowance | None = None) -> AsyncIterator[Client]:
        """Give the connection to the shop, which stays open until `leave`."""
        yield await self._connected(self.settings.commercetools, allowance)

    async def _connected(self, config: CommercetoolsConfig | None, allowance: Allowance | None) -> Client:
        assert config is not None
        if self._client is None:
            client = Client(config, allowance=allowance, retry=RetryPolicy(first=0.002, longest=0.01))
            self._client = await client.__aenter__()
        return self._client

    async def leave(self) -> None:
        """Close the connection to the shop."""
        client, self._client = self._client, None
        if client is not None:
            await client.__aexit__(None, None, None)

"""Our client with a look over its shoulder: every request that it sends is kept for the judges."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from passerelle.commercetools import Client, CommercetoolsConfig, PooledTransport
from tests.contract.recorder import Recorder

__all__ = ["watched"]


@asynccontextmanager
async def watched(config: CommercetoolsConfig, recorder: Recorder, **client: Any) -> AsyncIterator[Client]:
    """Open a client whose calls the recorder keeps; `client` are further arguments of the client."""
    network = recorder.wrap(PooledTransport(connections=config.concurrency))
    async with Client(config, transport=network, **client) as opened:
        yield opened

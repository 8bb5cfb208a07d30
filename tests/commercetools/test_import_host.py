"""The Import API over real HTTP: another host, the same token, the same count."""

from __future__ import annotations

import pytest

from passerelle.commercetools import Client, CommercetoolsConfig
from passerelle.errors import Conflict, Refused
from passerelle.sandbox import Sandbox
from tests.contract.judge import Judge

STOCK = {
    "type": "inventory",
    "resources": [{"key": "s-1", "sku": "s-1", "quantityOnStock": 3}],
}


async def test_a_container_is_made_filled_and_taken_away(judge: Judge) -> None:
    """One token serves both hosts; what is gone already is told as such."""
    with Sandbox() as sandbox:
        config = CommercetoolsConfig(
            project_key=sandbox.project,
            client_id=sandbox.client_id,
            client_secret=sandbox.client_secret,
            auth_url=sandbox.url,
            api_url=sandbox.url,
            import_url=sandbox.import_url,
        )
        async with Client(config) as client:
            assert await client.page("channels") == []
            host = client.importing
            made = await host.submit("import-containers", {"key": "first-load"})
            assert made["key"] == "first-load"
            answer = await host.submit("inventories/import-containers/first-load", STOCK)
            assert len(answer["operationStatus"]) == 1
            changed = await host.change(
                "import-containers/first-load", {"version": made["version"], "resourceType": "inventory"}
            )
            assert changed["resourceType"] == "inventory"
            with pytest.raises(Conflict):
                await host.change("import-containers/first-load", {"version": 99})
            with pytest.raises(Refused):
                await host.submit("inventories/import-containers/first-load", {"type": "inventory"})
            judge.take()  # this one was meant
            assert await host.get("import-containers/nobody") is None
            assert await host.delete("import-containers/first-load") is not None
            assert await host.delete("import-containers/first-load") is None
            assert client.usage.calls == 9
        assert sandbox.stats()["tokens"] == 1

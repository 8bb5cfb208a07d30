"""Stock in peak mode: more is kept back while it is on, and given free again when it has ended."""

from __future__ import annotations

import datetime as dt

from tests.sync.desk import open_ledger

from ..orders.till import Till
from .test_stock_law import Shop


async def test_buffers_rise_while_it_is_on_and_fall_when_it_ends(till: Till) -> None:
    """No file has to come for either: what follows from other rules is worked out again."""
    async with till.workspace.client() as client:
        await client.create("channels", {"key": "depot-001", "roles": ["InventorySupply"]})
    shop = Shop(till)
    shop.drop(10, hours=1)
    await shop.run()
    assert await shop.shows() == 10
    now = dt.datetime.now(dt.UTC)
    with open_ledger(till.ledger_path) as ledger:
        ledger.peak.switch_on(
            "black-friday",
            {"stock": {"buffer": 2, "buffer_share": "25%"}},
            since=now,
            until=now + dt.timedelta(hours=1),
            by="Zoé",
            reason="sales",
        )
    report = await shop.run()
    assert report.outcome == "succeeded"
    assert any("Peak mode black-friday until" in note for note in report.notes)
    assert await shop.shows() == 7
    with open_ledger(till.ledger_path) as ledger:
        ledger.peak.switch_off(by="Zoé")
    await shop.run()
    assert await shop.shows() == 10

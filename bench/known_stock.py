"""The measured run: a full stock file from folder to ledger; the shop would agree with every record.

The shop's side is a sink that agrees: what is measured is files → formats → ledger → sync, with download,
hash, archive, sequence, guard and settling, as in any run. With `must_know` the sink refuses to be asked, so
that "nothing changed" cannot mean "compared with the shop after all".
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from passerelle.errors import Fatal
from passerelle.feeds import RunOptions, RunReport, Settings, Workspace
from passerelle.feeds.incoming import IncomingRun
from passerelle.records import StockLevel
from passerelle.sync import Applied, Change, Job, Live

from .children import report_costs


class AgreeingSink:
    """A shop that holds every stock level already."""

    entity = "stock"
    record_type = StockLevel
    hierarchical = False
    concurrency = 1

    def __init__(self, *, must_know: bool) -> None:
        self._must_know = must_know

    def key(self, record: StockLevel) -> str:
        """SKU and channel."""
        return f"{record.sku}/{record.supply_channel}"

    def parents(self, record: StockLevel) -> Sequence[str]:  # noqa: ARG002 - the Protocol's signature
        """None."""
        return ()

    async def prepare(self) -> None:
        """Nothing."""

    async def read_live(self, records: Sequence[StockLevel]) -> Mapping[str, Live]:
        """Say that all is there."""
        if self._must_know:
            raise Fatal(f"the shop was asked for {len(records)} records although nothing changed")
        return {self.key(record): Live("id", 1, {}) for record in records}

    def plan(self, record: StockLevel, live: Live | None) -> Change | None:  # noqa: ARG002 - as above
        """Agree."""
        return None

    async def apply(self, change: Change) -> Applied:
        """Never reached."""
        raise Fatal(f"a write of {change.key} although nothing changed")


async def run(home: Path, *, must_know: bool) -> RunReport:
    """Carry what waits in `home/erp/out/stock`."""
    workspace = Workspace(Settings(home=home, folder=home / "erp", mappings=Path("mappings")))
    mapping = workspace.incoming("stock")
    with workspace.ledger() as ledger, workspace.folder() as root:
        started = ledger.runs.start("stock", mode="auto")
        report = RunReport(feed="stock", entity="stock", run_id=started.id)
        job: Job[Any] = Job(
            feed="stock",
            run_id=started.id,
            system="bench",
            mapping=mapping,
            sink=AgreeingSink(must_know=must_know),
            ledger=ledger,
        )
        await IncomingRun(workspace, job, RunOptions(), report).carry(root)
        ledger.runs.finish(started.id, report.outcome, {}, report.message)
    return report


def main() -> None:
    """Measure one run; fail unless it did what its name says."""
    home, expected = Path(sys.argv[1]), sys.argv[2]

    def work() -> dict[str, float]:
        report = asyncio.run(run(home, must_know=expected == "known"))
        if report.outcome != "succeeded" or report.unchanged != report.received or not report.received:
            raise SystemExit(f"{report.outcome}: {report.message} {report.files}")
        return {"records": report.received}

    report_costs(work)


if __name__ == "__main__":
    main()
